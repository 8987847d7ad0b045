/* simulation: see simulation.h.
 *
 * Memory:  a step's in its arena.  Threads: the long lane.  Fails: as the header says. */
#include "api/simulation.h"

#include <stdlib.h>

#include "api/engine_state.h"
#include "api/fork.h"
#include "api/nouns/nouns.h"
#include "api/publish.h"

#define STEP_MS ((int64_t)24 * 60 * 60 * 1000)
/* Items of one commit: what fits a change set of the least size. */
#define CHUNK_BYTES ((size_t)24 << 10)

typedef struct api_simulation {
  struct api_simulation *next;
  int64_t job;
  int64_t until;
  api_fork *fork;
  uint64_t told; /* the fork's entries up to here have become items */
  int64_t at;    /* how far its clock is */
  int64_t items;
} api_simulation;

/* --- those that are under way -------------------------------------------------------------------- */

static void end(api_simulation **link) {
  api_simulation *gone = *link;
  *link = gone->next;
  api_fork_close(gone->fork);
  free(gone);
}

static api_simulation **find(api_engine *engine, int64_t job) {
  api_simulation **link = &engine->simulations;
  while (*link != NULL && (*link)->job != job) link = &(*link)->next;
  return link;
}

static bool is_open(api_engine *engine, int64_t job) {
  base_error ignored = {.language = engine->options.language};
  store_view *view = NULL;
  data_key key;
  base_slice record;
  if (store_view_open(engine->store, &view, &ignored) != BASE_OK) return true;
  base_arena *arena = base_arena_new();
  model_record_key(&key, "job", job);
  const store_change_set *set = store_change_set_new(view, arena);
  bool open = store_get(set, STORE_RECORD, data_key_slice(&key), &record) && api_job_open(record);
  store_view_close(view);
  base_arena_free(arena);
  return open;
}

void api_simulation_sweep(api_engine *engine) {
  api_simulation **link = &engine->simulations;
  while (*link != NULL) {
    if (is_open(engine, (*link)->job)) {
      link = &(*link)->next;
    } else {
      end(link);
    }
  }
}

void api_simulation_end_all(api_engine *engine) {
  while (engine->simulations != NULL) end(&engine->simulations);
}

static base_code begin(const api_job *job, api_simulation **begun) {
  api_engine *engine = job->engine;
  api_registry *registry = api_publish_acquire(engine);
  api_fork *fork = NULL;
  base_code code = api_fork_open(engine, registry, &fork, job->error);
  api_registry_release(registry);
  BASE_TRY(code);
  api_simulation *made = base_alloc(sizeof *made);
  *made = (api_simulation){.next = engine->simulations,
                           .job = job->id,
                           .until = data_map_integer(job->params, "until", 0),
                           .fork = fork,
                           .told = api_fork_sequence(fork),
                           .at = api_fork_at(fork)};
  engine->simulations = made;
  *begun = made;
  return BASE_OK;
}

/* The one of the job, which is begun anew when the packages are others by now. */
static base_code take(const api_job *job, api_simulation **taken) {
  api_simulation **link = find(job->engine, job->id);
  *taken = *link;
  if (*taken == NULL) return begin(job, taken);
  if (api_fork_registry((*taken)->fork) == api_publish_current(job->engine)) return BASE_OK;
  end(link);
  return begin(job, taken);
}

/* --- items --------------------------------------------------------------------------------------- */

/* The fork's new entries on their way to the job. */
typedef struct telling {
  const api_job *job;
  api_simulation *simulation;
  crm_ctx ctx;       /* over the fork */
  base_buffer chunk; /* items one behind the other, without the array's head */
  size_t count;      /* of the chunk */
  bool over;         /* there was one more than may be told */
} telling;

static base_code keep_chunk(telling *t) {
  base_buffer params = {0};
  base_slice result;
  if (t->count == 0) return BASE_OK;
  data_append_map(&params, 3);
  data_append_pair_integer(&params, "id", t->job->id);
  data_append_pair_integer(&params, "from", t->simulation->items);
  data_append_text(&params, "items");
  data_append_array(&params, t->count);
  base_buffer_append(&params, t->chunk.data, t->chunk.size);
  base_code code = api_job_call(t->job, "job.keep", base_buffer_slice(&params), &result);
  base_buffer_fini(&params);
  BASE_TRY(code);
  t->simulation->items += (int64_t)t->count;
  t->count = 0;
  base_buffer_clear(&t->chunk);
  return BASE_OK;
}

static void append_item(telling *t, const store_entry *entry, const model_type *type, int64_t id,
                        const model_history_item *item) {
  base_buffer *out = &t->chunk;
  data_append_map(out, 5);
  data_append_pair_integer(out, "at", entry->head.at);
  data_append_pair_slice(out, "op", entry->head.op);
  data_append_pair_text(out, "type", type->name);
  data_append_pair_integer(out, "id", id);
  data_append_text(out, "changes");
  data_append_map(out, 2);
  model_history_append_change(item, out);
  t->count += 1;
}

static bool fits(telling *t) {
  int64_t most = t->job->engine->options.simulate_items;
  t->over = t->simulation->items + (int64_t)t->count >= most;
  return !t->over;
}

static base_code tell_entry(telling *t, const store_entry *entry) {
  base_slice rest = entry->body;
  store_change change;
  int64_t id = 0;
  model_history_item item;
  /* What a start writes is the server's, not the business's. */
  if (base_slice_is(entry->head.op, "server.start")) return BASE_OK;
  while (!t->over && store_entry_next(&rest, &change)) {
    const model_type *type = api_noun_changed_type(&t->ctx, &change, &id);
    if (type == NULL || !model_history_at(&t->ctx, type, id, entry->sequence, &item)) continue;
    if (fits(t)) append_item(t, entry, type, id, &item);
    if (t->chunk.size >= CHUNK_BYTES) BASE_TRY(keep_chunk(t));
  }
  return BASE_OK;
}

static base_code tell_all(telling *t, const store_view *view) {
  api_simulation *simulation = t->simulation;
  uint64_t last = store_view_sequence(view);
  store_entry entry;
  while (simulation->told < last && !t->over) {
    simulation->told += 1;
    if (store_entry_get(view, simulation->told, &entry)) BASE_TRY(tell_entry(t, &entry));
  }
  return keep_chunk(t);
}

static base_code tell(const api_job *job, api_simulation *simulation, bool *over) {
  api_engine *inner = api_fork_engine(simulation->fork);
  store_view *view = NULL;
  BASE_TRY(store_view_open(api_engine_store(inner), &view, job->error));
  base_arena *arena = base_arena_new();
  telling t = {.job = job,
               .simulation = simulation,
               .ctx = {.arena = arena,
                       .error = job->error,
                       .set = store_change_set_new(view, arena),
                       .schema = api_registry_schema(api_fork_registry(simulation->fork)),
                       .zone = inner->zone}};
  base_code code = tell_all(&t, view);
  *over = t.over;
  base_buffer_fini(&t.chunk);
  base_arena_free(arena);
  store_view_close(view);
  return code;
}

/* --- steps --------------------------------------------------------------------------------------- */

static base_code save(const api_job *job, const api_simulation *simulation) {
  static const uint8_t empty_map[] = {0x80};
  int64_t from = api_fork_at(simulation->fork);
  base_slice work = base_slice_make(empty_map, sizeof empty_map);
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_pair_integer(&patch, API_JOB_ITEMS, simulation->items);
  work = base_arena_slice(job->arena, base_buffer_slice(&patch));
  base_buffer_fini(&patch);
  return api_job_save(job, work, (simulation->at - from) / STEP_MS,
                      (simulation->until - from) / STEP_MS);
}

static void append_result(const api_simulation *simulation, bool over, base_buffer *result) {
  data_append_map(result, 4);
  data_append_pair_integer(result, "from", api_fork_at(simulation->fork));
  data_append_pair_integer(result, "until", simulation->at);
  data_append_pair_integer(result, "count", simulation->items);
  data_append_pair_boolean(result, "complete", !over);
}

static base_code step(const api_job *job, bool *done, base_buffer *result) {
  api_simulation *simulation;
  bool over = false;
  BASE_TRY(take(job, &simulation));
  int64_t to =
      simulation->until - simulation->at > STEP_MS ? simulation->at + STEP_MS : simulation->until;
  if (to < simulation->at) to = simulation->at;
  BASE_TRY(api_fork_advance(simulation->fork, to, job->error));
  simulation->at = to;
  BASE_TRY(tell(job, simulation, &over));
  BASE_TRY(save(job, simulation));
  *done = over || to >= simulation->until;
  if (!*done) return BASE_OK;
  append_result(simulation, over, result);
  end(find(job->engine, job->id));
  return BASE_OK;
}

const api_job_kind api_jobs_simulate[] = {{.name = "simulate",
                                           .doc = "What would fire until an instant, on a fork.",
                                           .step = step,
                                           .lists = true},
                                          {.name = NULL}};
