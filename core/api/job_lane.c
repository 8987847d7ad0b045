/* job_lane: see job_lane.h.
 *
 * Memory:  a step's arena and view end with it.  Threads: the long lane.
 * Fails:   a job that cannot be written as failed is logged and tried again. */
#include "api/job_lane.h"

#include "api/boot.h"
#include "api/execution.h"
#include "api/identity.h"
#include "api/publish.h"
#include "api/simulation.h"
#include "base/log.h"
#include "base/metric.h"

/* After a step that could not be written: the disk is full, or a commit failed. */
#define PAUSE_MS 1000
/* Jobs that are put right in one commit when the server starts. */
#define BOOT_JOBS 200

BASE_METRIC(steps_total, "api_job_steps_total");

/* --- kinds --------------------------------------------------------------------------------------- */

typedef struct kind_search {
  base_slice name;
  const api_job_kind *found;
} kind_search;

static void look_in_package(const api_package *package, void *self) {
  kind_search *search = self;
  for (const api_job_kind *kind = package->jobs; kind != NULL && kind->name != NULL; kind++) {
    if (base_slice_is(search->name, kind->name)) search->found = kind;
  }
}

const api_job_kind *api_job_kind_find(const api_registry *registry, base_slice name) {
  kind_search search = {.name = name};
  api_registry_each_package(registry, look_in_package, &search);
  return search.found;
}

/* --- open jobs ----------------------------------------------------------------------------------- */

/* Calls visit for the open jobs in the order of their numbers, until it says no. */
static void each_open(crm_ctx *ctx, bool (*visit)(base_slice record, void *self), void *self) {
  data_key lower;
  data_key upper;
  base_slice key;
  base_slice record;
  bool more = true;
  data_key_init(&lower);
  data_key_text(&lower, base_slice_text("job"), DATA_KEY_HASH);
  upper = lower;
  data_key_successor(&upper);
  store_cursor *cursor = store_cursor_open(ctx->set, STORE_RECORD, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  while (more && store_cursor_next(cursor, &key, &record)) {
    if (api_job_open(record)) more = visit(record, self);
  }
  store_cursor_close(cursor);
}

/* --- boot ---------------------------------------------------------------------------------------- */

typedef struct booting {
  crm_ctx *ctx;
  const api_registry *registry;
  base_arena *arena;
  int64_t after; /* jobs up to this number were put right */
  int64_t ids[BOOT_JOBS];
  base_slice kinds[BOOT_JOBS];
  size_t count;
} booting;

static bool remember(base_slice record, void *self) {
  booting *boot = self;
  int64_t id = data_map_integer(record, "id", 0);
  if (id <= boot->after) return true;
  boot->ids[boot->count] = id;
  boot->kinds[boot->count++] = base_arena_slice(boot->arena, data_map_text(record, "kind"));
  return boot->count < BOOT_JOBS;
}

static base_code restart(booting *boot, size_t i) {
  crm_ctx *ctx = boot->ctx;
  const api_job_kind *kind = api_job_kind_find(boot->registry, boot->kinds[i]);
  base_code code = BASE_OK;
  base_buffer error = {0};
  base_slice record;
  if (kind == NULL) {
    code = model_ctx_fail(ctx, BASE_UNAVAILABLE, "kind", "没有 %.*s 这种任务：它的包没有启用",
                          "there is no kind of job %.*s: its package is not enabled",
                          BASE_SLICE_ARGS(boot->kinds[i]));
  } else if (kind->restart != NULL) {
    code = kind->restart(ctx, boot->ids[i]);
  }
  if (code == BASE_OK) return BASE_OK;
  api_job_append_error(ctx->error, &error);
  base_error_clear(ctx->error);
  base_slice told = model_ctx_take(ctx, &error);
  return api_job_end(ctx, boot->ids[i], "failed", (base_slice){0}, told, &record);
}

/* The jobs behind *after, as many as one commit takes; *after is 0 when those were all. */
static base_code restart_some(api_group *group, const api_registry *registry, base_arena *arena,
                              int64_t *after, base_error *error) {
  api_session session = api_boot_session(group->engine);
  api_execution execution = api_group_execution(group, registry, &session, arena, error);
  booting *boot = BASE_NEW(arena, booting);
  *boot = (booting){.ctx = &execution.ctx, .registry = registry, .arena = arena, .after = *after};
  base_code code = BASE_OK;
  api_execution_open(&execution);
  each_open(&execution.ctx, remember, boot);
  for (size_t i = 0; i < boot->count && code == BASE_OK; i++) code = restart(boot, i);
  *after = boot->count == BOOT_JOBS ? boot->ids[BOOT_JOBS - 1] : 0;
  if (code == BASE_OK) {
    code = api_group_append(group, &execution, base_slice_text("server.start"), (base_slice){0},
                            error);
  }
  api_execution_close(&execution);
  return code;
}

static base_code restart_group(api_engine *engine, const api_registry *registry, int64_t *after,
                               base_error *error) {
  api_group group;
  BASE_TRY(api_group_begin(&group, engine, error));
  base_arena *arena = base_arena_new();
  base_code code = restart_some(&group, registry, arena, after, error);
  if (code == BASE_OK) {
    code = api_group_commit(&group, error);
  } else {
    api_group_abort(&group);
  }
  base_arena_free(arena);
  return code;
}

base_code api_job_boot(api_engine *engine, const api_registry *registry, base_error *error) {
  int64_t after = 0;
  if (model_schema_find(api_registry_schema(registry), base_slice_text("job")) == NULL) {
    return BASE_OK;
  }
  do {
    BASE_TRY(restart_group(engine, registry, &after, error));
  } while (after > 0);
  return BASE_OK;
}

/* --- the next one -------------------------------------------------------------------------------- */

typedef struct picking {
  const api_registry *registry;
  int64_t turn; /* the job whose step ran last */
  base_slice first;
  base_slice next; /* behind it */
} picking;

static bool consider(base_slice record, void *self) {
  picking *pick = self;
  const api_job_kind *kind = api_job_kind_find(pick->registry, data_map_text(record, "kind"));
  if (kind == NULL || kind->step == NULL) return true;
  if (pick->first.size == 0) pick->first = record;
  if (data_map_integer(record, "id", 0) > pick->turn) pick->next = record;
  return pick->next.size == 0;
}

static api_session session_of(const api_engine *engine, base_slice record) {
  api_session session = {.language = engine->options.language, .staff = true};
  base_slice name = data_text_cut(data_map_text(record, "created_by"), API_NAME_MAX);
  if (name.size > 0) memcpy(session.user, name.data, name.size);
  session.administrator = data_map_boolean(record, "administrator", false);
  /* An account is looked up anew with every call: rights that are taken away end in jobs too. */
  if (data_map_boolean(record, "account", false)) session.identity = API_IDENTITY_NEW;
  return session;
}

/* What the step is given, copied out of the view. */
static const api_job_kind *take_job(crm_ctx *ctx, const api_registry *registry, base_slice record,
                                    api_job *job, bool *queued) {
  data_value params;
  base_slice work;
  job->id = data_map_integer(record, "id", 0);
  job->session = session_of(job->engine, record);
  (void)data_map_find(record, "params", &params);
  job->params = base_arena_slice(job->arena, params.raw);
  bool worked = api_job_row(ctx, job->id, API_JOB_WORK, 0, &work);
  job->work = worked ? base_arena_slice(job->arena, work) : (base_slice){0};
  *queued = base_slice_is(data_map_text(record, "state"), "queued");
  return api_job_kind_find(registry, data_map_text(record, "kind"));
}

static const api_job_kind *pick_job(api_job *job, const api_registry *registry, bool *queued) {
  api_engine *engine = job->engine;
  store_view *view = NULL;
  const api_job_kind *kind = NULL;
  if (store_view_open(engine->store, &view, job->error) != BASE_OK) return NULL;
  crm_ctx ctx = {.arena = job->arena,
                 .error = job->error,
                 .set = store_change_set_new(view, job->arena),
                 .schema = api_registry_schema(registry)};
  picking pick = {.registry = registry, .turn = engine->job_turn};
  each_open(&ctx, consider, &pick);
  base_slice record = pick.next.size > 0 ? pick.next : pick.first;
  if (record.size > 0) kind = take_job(&ctx, registry, record, job, queued);
  store_view_close(view);
  return kind;
}

/* --- one step ------------------------------------------------------------------------------------ */

static void append_id(base_buffer *params, const api_job *job, size_t more) {
  data_append_map(params, 1 + more);
  data_append_pair_integer(params, "id", job->id);
}

static base_slice keep(const api_job *job, base_buffer *buffer) {
  base_slice kept = base_arena_slice(job->arena, base_buffer_slice(buffer));
  base_buffer_fini(buffer);
  return kept;
}

static base_code begin_job(const api_job *job) {
  base_buffer params = {0};
  base_slice result;
  append_id(&params, job, 0);
  return api_job_call(job, "job.begin", keep(job, &params), &result);
}

static base_code end_job(const api_job *job, base_slice result) {
  base_buffer params = {0};
  base_slice record;
  append_id(&params, job, 2);
  data_append_pair_text(&params, "state", "done");
  data_append_pair_raw(&params, "result", result);
  return api_job_call(job, "job.end", keep(job, &params), &record);
}

static base_code fail_job(const api_job *job) {
  base_buffer params = {0};
  base_slice record;
  append_id(&params, job, 2);
  data_append_pair_text(&params, "state", "failed");
  data_append_text(&params, "error");
  api_job_append_error(job->error, &params);
  base_error_clear(job->error);
  return api_job_call(job, "job.end", keep(job, &params), &record);
}

static base_code run_step(const api_job *job, const api_job_kind *kind, bool queued) {
  static const uint8_t empty_map[] = {0x80};
  base_buffer result = {0};
  bool done = false;
  base_code code = queued ? begin_job(job) : BASE_OK;
  if (code == BASE_OK) code = kind->step(job, &done, &result);
  base_slice made = keep(job, &result);
  if (made.size == 0) made = base_slice_make(empty_map, sizeof empty_map);
  return code == BASE_OK && done ? end_job(job, made) : code;
}

/* A job that was cancelled during its step is not open any more: what else it says is dropped. */
static bool was_cancelled(const api_job *job) {
  base_buffer params = {0};
  base_slice record;
  base_error ignored = {.language = job->error->language};
  api_job look = *job;
  look.error = &ignored;
  append_id(&params, job, 0);
  base_code code = api_job_call(&look, "job.get", keep(job, &params), &record);
  return code == BASE_NOT_FOUND || (code == BASE_OK && !api_job_open(record));
}

/* After how many milliseconds the lane wants to look again. */
static int64_t settle_step(const api_job *job, base_code code) {
  if (code == BASE_OK) return 0;
  if (code == BASE_UNAVAILABLE || code == BASE_STORAGE_FULL) return PAUSE_MS;
  if (was_cancelled(job)) return 0;
  /* The text may quote a value, of a person too: it stands in the job's record. */
  base_log(BASE_LOG_WARN, "api.job_failed", "id=%lld code=%s field=%s place=\"%s\"",
           (long long)job->id, base_code_name(code), job->error->field, job->error->place);
  return fail_job(job) == BASE_OK ? 0 : PAUSE_MS;
}

static int64_t serve_one(api_engine *engine, const api_registry *registry, base_arena *arena) {
  base_error error = {.language = engine->options.language};
  bool queued = false;
  api_job job = {.engine = engine, .arena = arena, .error = &error};
  const api_job_kind *kind = pick_job(&job, registry, &queued);
  if (kind == NULL) return error.code == BASE_OK ? IO_LANE_FOREVER : PAUSE_MS;
  engine->job_turn = job.id;
  base_metric_add(&steps_total, 1);
  return settle_step(&job, run_step(&job, kind, queued));
}

/* Prepare steps that take long. Each belongs to another one as soon as it ran. */
static void run_messages(io_message *first) {
  while (first != NULL) {
    io_message *next = first->next;
    first->run(first);
    first = next;
  }
}

int64_t api_job_serve(io_message *first, unsigned thread, void *self) {
  (void)thread;
  api_engine *engine = self;
  run_messages(first);
  if (atomic_load(&engine->stopping) || engine->options.fork.inside) return IO_LANE_FOREVER;
  api_registry *registry = api_publish_acquire(engine);
  base_arena *arena = base_arena_new();
  api_simulation_sweep(engine);
  int64_t wait = serve_one(engine, registry, arena);
  base_arena_free(arena);
  api_registry_release(registry);
  return wait;
}

/* --- calls --------------------------------------------------------------------------------------- */

base_code api_job_call(const api_job *job, const char *op, base_slice params, base_slice *result) {
  base_buffer out = {0};
  base_code code = api_engine_call_inside(job->engine, &job->session, op, params, &out, job->error);
  *result = keep(job, &out);
  if (code != BASE_OK && job->error->data.size > 0) job->error->data = *result;
  return code;
}

base_code api_job_save(const api_job *job, base_slice work, int64_t done, int64_t total) {
  base_buffer params = {0};
  base_buffer whole = {0};
  base_buffer patch = {0};
  base_slice result;
  data_append_map(&patch, 2);
  data_append_pair_integer(&patch, "done", done);
  data_append_pair_integer(&patch, "total", total);
  data_splice(work, base_buffer_slice(&patch), &whole);
  base_buffer_fini(&patch);
  append_id(&params, job, 1);
  data_append_pair_raw(&params, "work", base_buffer_slice(&whole));
  base_buffer_fini(&whole);
  return api_job_call(job, "job.save", keep(job, &params), &result);
}
