/* group: the store's group, counted, and the head of each entry. See group.h.
 *
 * Memory:  heads are made of slices of the ctx.  Threads: one at a time.  Fails: as the store. */
#include "api/group.h"

#include "api/engine_state.h"
#include "api/firing.h"
#include "api/publish.h"
#include "base/histogram.h"
#include "base/metric.h"

#define NANOSECONDS_PER_MS ((uint64_t)1000000)
#define NANOSECONDS_PER_US ((uint64_t)1000)

BASE_METRIC(groups_total, "api_groups_total");
BASE_METRIC(entries_total, "api_entries_total");
BASE_HISTOGRAM(commit_us, "api_commit_us");
BASE_HISTOGRAM(group_entries, "api_group_entries");

base_code api_group_begin(api_group *group, api_engine *engine, base_error *error) {
  *group = (api_group){.engine = engine, .begun = base_clock_monotonic()};
  return store_group_begin(engine->store, &group->store, error);
}

api_execution api_group_execution(const api_group *group, const api_registry *registry,
                                  api_session *session, base_arena *arena, base_error *error) {
  store_change_set *set = store_change_set_new(store_group_view(group->store), arena);
  return (api_execution){.ctx = {.arena = arena,
                                 .error = error,
                                 .set = set,
                                 .now = api_engine_now(group->engine),
                                 .writes = true},
                         .engine = group->engine,
                         .registry = registry,
                         .session = session,
                         .caller = API_CALLER_PACKAGE};
}

/* --- the head's packages ----------------------------------------------------------------------- */

typedef struct version_search {
  base_slice name;
  const char *version;
} version_search;

static void find_version(const api_package *package, void *self) {
  version_search *search = self;
  if (base_slice_is(search->name, package->name)) search->version = package->version;
}

/* "health_product,refill" becomes "health_product 1.0.0,refill 0.2.0". */
static base_slice packages_with_versions(api_execution *execution) {
  base_slice rest = base_buffer_slice(&execution->ctx.packages);
  base_buffer out = {0};
  while (rest.size > 0) {
    const uint8_t *comma = memchr(rest.data, ',', rest.size);
    size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
    version_search search = {.name = base_slice_make(rest.data, size)};
    api_registry_each_package(execution->registry, find_version, &search);
    if (out.size > 0) base_buffer_byte(&out, ',');
    base_buffer_append(&out, search.name.data, search.name.size);
    if (search.version != NULL) base_buffer_format(&out, " %s", search.version);
    rest = base_slice_after(rest, comma == NULL ? rest.size : size + 1);
  }
  return model_ctx_take(&execution->ctx, &out);
}

/* --- appending and ending ---------------------------------------------------------------------- */

base_code api_group_append(api_group *group, api_execution *execution, base_slice op,
                           base_slice request, base_error *error) {
  const crm_ctx *ctx = &execution->ctx;
  uint64_t sequence = 0;
  if (store_change_set_size(ctx->set) == 0) return BASE_OK;
  store_entry_head head = {.at = ctx->now,
                           .actor = ctx->actor.name,
                           .op = op,
                           .request = request,
                           .cause = ctx->cause,
                           .packages = packages_with_versions(execution)};
  BASE_TRY(store_group_append(group->store, ctx->set, &head, &sequence, error));
  atomic_store(&group->engine->last_at, ctx->now);
  api_firing_note(group->engine, ctx->set);
  group->entries++;
  group->job_made = group->job_made || execution->job_made;
  group->made = execution->made;
  execution->made = NULL;
  return BASE_OK;
}

bool api_group_full(const api_group *group) {
  const api_engine_options *options = &group->engine->options;
  uint64_t most = (uint64_t)options->group_ms * NANOSECONDS_PER_MS;
  return store_group_size(group->store) >= options->group_bytes ||
         base_clock_monotonic() - group->begun >= most;
}

/* Forks have groups too; they are no one's wait. */
static void count(const api_group *group, uint64_t nanoseconds) {
  if (group->engine->options.fork.inside) return;
  base_metric_add(&groups_total, 1);
  base_metric_add(&entries_total, (int64_t)group->entries);
  base_histogram_add(&commit_us, nanoseconds / NANOSECONDS_PER_US);
  base_histogram_add(&group_entries, group->entries);
}

base_code api_group_seal(api_group *group, base_error *error) {
  base_code code = store_group_seal(group->store, error);
  if (code != BASE_OK) {
    group->store = NULL;
    api_group_abort(group);
    return code;
  }
  group->users_changed = atomic_exchange(&group->engine->users_changed, false);
  return BASE_OK;
}

static void committed(api_group *group) {
  if (group->made != NULL) api_publish_put(group->engine, group->made);
  group->made = NULL;
  api_engine_committed(group->engine, group->users_changed);
  if (group->job_made && group->engine->jobs != NULL) io_lane_wake(group->engine->jobs);
}

base_code api_group_flush(api_group *group, base_error *error) {
  uint64_t begun = base_clock_monotonic();
  base_code code = store_group_flush(group->store, error);
  group->store = NULL;
  if (code != BASE_OK) {
    api_group_abort(group);
    return code;
  }
  if (group->entries == 0) return BASE_OK;
  count(group, base_clock_monotonic() - begun);
  committed(group);
  return BASE_OK;
}

base_code api_group_commit(api_group *group, base_error *error) {
  BASE_TRY(api_group_seal(group, error));
  return api_group_flush(group, error);
}

void api_group_abort(api_group *group) {
  if (group->store != NULL) store_group_abort(group->store);
  api_registry_release(group->made);
  api_firing_forget(group->engine);
  group->store = NULL;
  group->made = NULL;
}
