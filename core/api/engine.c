/* engine: made and freed, and where each request goes. See engine.h.
 *
 * Memory:  the engine is one object; its lanes are its own.
 * Threads: what is here runs on the submitting thread or the prepare lane.
 * Fails:   through the request. */
#include <stdlib.h>

#include "api/boot.h"
#include "api/commit.h"
#include "api/custom.h"
#include "api/engine_state.h"
#include "api/identity.h"
#include "api/job_lane.h"
#include "api/member.h"
#include "api/pause.h"
#include "api/policies.h"
#include "api/publish.h"
#include "api/rehearsal.h"
#include "api/simulation.h"
#include "api/stored_package.h"
#include "api/submission.h"
#include "api/swap.h"
#include "api/upgrade.h"
#include "base/metric.h"

BASE_METRIC(requests_total, "api_requests_total");
BASE_METRIC(prepare_full, "api_limit_prepare_waiting_total");

/* --- made and freed ---------------------------------------------------------------------------- */

static api_import_options import_with_defaults(api_import_options options) {
  if (options.commit_rows == 0) options.commit_rows = 200;
  if (options.row_bytes == 0) options.row_bytes = (size_t)256 << 10;
  if (options.failures == 0) options.failures = 10000;
  if (options.dry_run_bytes == 0) options.dry_run_bytes = (size_t)512 << 20;
  return options;
}

static api_delivery_options delivery_with_defaults(api_delivery_options options) {
  if (options.attempts == 0) options.attempts = 20;
  if (options.retry_first_ms == 0) options.retry_first_ms = (int64_t)10 * 1000;
  if (options.retry_most_ms == 0) options.retry_most_ms = (int64_t)6 * 60 * 60 * 1000;
  if (options.kept == 0) options.kept = 100000;
  if (options.data_bytes == 0) options.data_bytes = (size_t)64 << 10;
  return options;
}

static api_engine_options with_defaults(const api_engine_options *given) {
  api_engine_options options = *given;
  if (options.reader_lanes == 0) options.reader_lanes = 2;
  if (options.group_ops == 0) options.group_ops = 512;
  if (options.group_bytes == 0) options.group_bytes = (size_t)1 << 20;
  if (options.group_ms == 0) options.group_ms = 10;
  if (options.prepare_waiting == 0) options.prepare_waiting = 128;
  if (options.scan_rows == 0) options.scan_rows = 20000;
  if (options.loop_rows == 0) options.loop_rows = 64;
  if (options.result_bytes == 0) options.result_bytes = (size_t)16 << 20;
  if (options.week.count == 0) options.week = data_week_standard;
  if (options.custom_fields == 0) options.custom_fields = 500;
  if (options.build_rows == 0) options.build_rows = 500;
  if (options.drain_ms == 0) options.drain_ms = 5000;
  if (options.job_kept == 0) options.job_kept = 1000;
  if (options.read_log_kept == 0) options.read_log_kept = 1000000;
  if (options.logged_records == 0) options.logged_records = 5000;
  if (options.shares == 0) options.shares = 10000;
  if (options.failure_kept == 0) options.failure_kept = 1000;
  if (options.simulate_items == 0) options.simulate_items = 100000;
  if (options.package_kept == 0) options.package_kept = 10;
  if (options.export_bytes == 0) options.export_bytes = (size_t)1 << 20;
  if (options.skip_ids == 0) options.skip_ids = 10000;
  options.delivery = delivery_with_defaults(options.delivery);
  options.import = import_with_defaults(options.import);
  if (options.guesses.strangers == 0) options.guesses.strangers = 16;
  if (options.guesses.networks == 0) options.guesses.networks = 16;
  return options;
}

static base_code open_lanes(api_engine *engine, base_error *error) {
  io_lane_options writer = {.name = "writer",
                            .threads = 1,
                            .batch = engine->options.group_ops,
                            .serve = api_writer_serve,
                            .self = engine};
  /* One at a time, so that a long read holds up nothing another thread could take. */
  io_lane_options readers = {.name = "reader", .threads = engine->options.reader_lanes, .batch = 1};
  /* Passwords are checked with what the others leave of the cores, yet not with nothing: a tenth of one at
   * least, so that somebody can log in when the server is busy. */
  io_lane_options prepare = {.name = "prepare",
                             .threads = 1,
                             .capacity = engine->options.prepare_waiting,
                             .batch = 1,
                             .nice = 10};
  io_lane_options jobs = {.name = "long", .threads = 1, .serve = api_job_serve, .self = engine};
  io_lane_options drain = {
      .name = "drain", .threads = 1, .nice = 15, .serve = api_drain_serve, .self = engine};
  BASE_TRY(io_lane_new(&drain, &engine->drain, error));
  store_drain_attach(engine->store, api_drain_wake, engine);
  BASE_TRY(io_lane_new(&jobs, &engine->jobs, error));
  BASE_TRY(api_commit_open(engine, error));
  BASE_TRY(io_lane_new(&writer, &engine->writer, error));
  BASE_TRY(io_lane_new(&readers, &engine->readers, error));
  return io_lane_new(&prepare, &engine->prepare, error);
}

/* The packages' version with the fields that the business defined itself. */
static base_code take_customs(api_engine *engine, api_registry *registry, base_error *error) {
  store_view *view = NULL;
  api_registry *defined = NULL;
  base_arena *arena = base_arena_new();
  base_code code = store_view_open(engine->store, &view, error);
  if (code == BASE_OK) {
    base_slice customs = api_custom_read(store_change_set_new(view, arena), arena);
    code = api_registry_define(registry, customs, &defined, error);
    store_view_close(view);
  }
  base_arena_free(arena);
  BASE_TRY(code);
  atomic_init(&engine->registry, defined);
  api_registry_open(defined);
  return BASE_OK;
}

base_code api_engine_new(const api_engine_options *options, store *records, base_clock *clock,
                         const data_zone *zone, api_registry *registry, api_engine **engine,
                         base_error *error) {
  api_engine *made = base_alloc(sizeof *made);
  *made = (api_engine){.options = with_defaults(options),
                       .store = records,
                       .clock = clock,
                       .zone = zone,
                       .opened = base_clock_monotonic(),
                       .arena = base_arena_new()};
  (void)pthread_mutex_init(&made->hook_mutex, NULL);
  made->policies = api_policies_new();
  made->guesses = api_guesses_new(&made->options.guesses);
  atomic_init(&made->identity, API_IDENTITY_NEW + 1);
  atomic_init(&made->slow_ms, made->options.slow_ms);
  atomic_init(&made->timer_due, INT64_MIN);
  atomic_init(&made->last_at, store_info_get(records).at);
  base_code code = take_customs(made, registry, error);
  if (code == BASE_OK) code = api_pause_boot(made, api_publish_current(made), error);
  if (code == BASE_OK) code = api_boot(made, api_publish_current(made), error);
  if (code == BASE_OK && !made->options.fork.inside) {
    code = api_upgrade_boot(made, api_publish_current(made), error);
  }
  if (code == BASE_OK && !made->options.fork.inside) {
    api_session session = api_boot_session(made);
    code =
        api_stored_package_write(made, api_publish_current(made), &session, "server.start", error);
  }
  if (code == BASE_OK && !made->options.fork.inside) {
    code = api_job_boot(made, api_publish_current(made), error);
  }
  if (code == BASE_OK) code = open_lanes(made, error);
  if (code != BASE_OK) {
    api_engine_free(made);
    return code;
  }
  io_lane_wake(made->writer); /* for timers that came due while the server was down */
  io_lane_wake(made->jobs);   /* for jobs that were under way when it went down */
  io_lane_wake(made->drain);  /* for what the journal put into the tail */
  *engine = made;
  return BASE_OK;
}

/* Prepared requests go on to writer and readers, a job's step waits for the writer, and reads that are
 * logged go on to it, so those end later; commits wake the long lane and the drain lane to the last. */
void api_engine_free(api_engine *engine) {
  if (engine == NULL) return;
  atomic_store(&engine->stopping, true);
  io_lane_stop(engine->prepare);
  io_lane_join(engine->jobs);
  io_lane_stop(engine->readers); /* whose answers are logged by the writer */
  io_lane_stop(engine->writer);
  api_commit_close(engine);
  io_lane_stop(engine->jobs);
  io_lane_join(engine->drain);
  api_simulation_end_all(engine);
  store_drain_attach(engine->store, NULL, NULL);
  io_lane_stop(engine->drain);
  api_drain_finish(engine);
  api_rehearsal_end_all(engine);
  api_guesses_free(engine->guesses);
  api_policies_free(engine->policies);
  api_registry_release(api_publish_current(engine));
  base_arena_free(engine->arena);
  base_buffer_fini(&engine->configs);
  (void)pthread_mutex_destroy(&engine->hook_mutex);
  free(engine);
}

/* --- commits ----------------------------------------------------------------------------------- */

void api_engine_on_commit(api_engine *engine, void (*run)(void *self), void *self) {
  (void)pthread_mutex_lock(&engine->hook_mutex);
  engine->committed = run;
  engine->committed_self = self;
  (void)pthread_mutex_unlock(&engine->hook_mutex);
}

void api_engine_committed(api_engine *engine, bool users_changed) {
  if (users_changed) atomic_fetch_add(&engine->identity, 1);
  (void)pthread_mutex_lock(&engine->hook_mutex);
  if (engine->committed != NULL) engine->committed(engine->committed_self);
  (void)pthread_mutex_unlock(&engine->hook_mutex);
}

/* --- a request's way --------------------------------------------------------------------------- */

base_code api_engine_find(api_engine *engine, api_request *request, base_slice op) {
  request->registry = api_publish_acquire(engine);
  base_code code = api_registry_op(request->registry, op, &request->op, &request->error);
  if (code == BASE_OK || request->session.user[0] != '\0') return code;
  /* Strangers learn nothing about which ops there are. */
  return base_error_set(&request->error, BASE_UNAUTHENTICATED, NULL, "请先登录（auth.login）",
                        "log in first (auth.login)");
}

/* A request may have waited for the writes before it on its connection: it sees what they made. */
static base_code find_again(api_engine *engine, api_request *request) {
  if (request->registry == api_publish_current(engine)) return BASE_OK;
  api_registry *before = request->registry;
  base_slice name = base_arena_slice(request->arena, base_slice_text(request->op->name));
  base_code code = api_engine_find(engine, request, name);
  api_registry_release(before);
  return code;
}

static void refuse(api_request *request, const char *zh, const char *en) {
  (void)base_error_set(&request->error, BASE_UNAVAILABLE, NULL, "%s", "%s",
                       request->error.language == BASE_EN ? en : zh);
  api_request_finish(request);
}

void api_engine_submit(api_engine *engine, api_request *request) {
  request->engine = engine;
  request->started = base_clock_monotonic();
  api_identity_refresh(engine, request);
  base_metric_add(&requests_total, 1);
  if (atomic_load(&engine->stopping)) {
    refuse(request, "服务器正在停止，请稍后重试", "the server is stopping: try again later");
  } else if (find_again(engine, request) != BASE_OK || api_submission_check(request) != BASE_OK ||
             (request->op->prepare != NULL && api_prepare_admit(engine, request) != BASE_OK)) {
    api_request_finish(request);
  } else if (request->op->prepare == NULL) {
    api_engine_dispatch(engine, request);
  } else if (!api_prepare_post(engine, request)) {
    base_metric_add(&prepare_full, 1);
    refuse(request, "等待处理的登录和密码请求太多，请稍后重试",
           "too many requests wait for the prepare lane: try again later");
  }
}

static bool reads(const api_request *request) {
  unsigned flags = request->op->flags;
  return !(flags & API_CONTROL) && (!(flags & API_WRITE) || request->dry_run);
}

/* What is told of records whose reads are logged leaves when that is durable (read_log.h). */
static void answer(api_request *request) {
  request->told = request->reads.count > 0 && request->error.code == BASE_OK;
  if (request->told) {
    (void)io_lane_post(request->engine->writer, &request->message);
  } else {
    api_request_finish(request);
  }
}

/* Runs the read once more, when the swap that it met is over; false when it met another. */
static bool run_again(api_engine *engine, api_request *request) {
  api_swap_wait(engine);
  if (api_publish_renew(engine, request) != BASE_OK) return true;
  if (!reads(request)) {
    (void)base_error_set(&request->error, BASE_UNAVAILABLE, NULL, "%s 刚刚更换了版本，请重试",
                         "%s was just replaced by another version: try again", request->op->name);
    return true;
  }
  if (!request->ready && !api_prepare_run(engine, request)) return false;
  return !request->ready || api_reader_run(engine, request) == API_OUTCOME_DONE;
}

static void run_again_on_lane(io_message *message) {
  api_request *request = (api_request *)message;
  while (!run_again(request->engine, request)) {}
  answer(request);
}

static void run_on_lane(io_message *message) {
  api_request *request = (api_request *)message;
  request->begun = base_clock_monotonic();
  if (api_reader_run(request->engine, request) == API_OUTCOME_DONE) {
    answer(request);
  } else {
    run_again_on_lane(message);
  }
}

/* What was begun on the submitting thread goes on elsewhere, from its beginning. */
static void move(api_request *request, void (*run)(io_message *message)) {
  base_error_clear(&request->error);
  request->message.run = run;
  (void)io_lane_post(request->engine->readers, &request->message);
}

/* The submitting thread neither waits for a swap nor reads at length. */
static void run_here(api_request *request) {
  switch (api_reader_run_here(request->engine, request)) {
    case API_OUTCOME_STALE:
      move(request, run_again_on_lane);
      break;
    case API_OUTCOME_LONG:
      move(request, run_on_lane);
      break;
    case API_OUTCOME_DONE:
    default:
      answer(request);
  }
}

/* Params of more bytes are not looked at on the loop: a long where is not read in no time. */
#define LOOP_PARAMS ((size_t)4096)

static bool runs_here(const api_engine *engine, const api_request *request) {
  unsigned flags = request->op->flags;
  if (flags & API_WRITE) return false;
  bool point = (flags & API_POINT) && request->op->prepare == NULL;
  return (flags & (API_SESSION | API_AT_ONCE)) ||
         (point && engine->options.reads_on_loop && request->params.size <= LOOP_PARAMS);
}

void api_engine_dispatch(api_engine *engine, api_request *request) {
  if (!reads(request)) {
    (void)io_lane_post(engine->writer, &request->message);
  } else if (runs_here(engine, request)) {
    run_here(request);
  } else {
    request->message.run = run_on_lane;
    (void)io_lane_post(engine->readers, &request->message);
  }
}

/* --- what others ask the engine ---------------------------------------------------------------- */

int64_t api_engine_now(const api_engine *engine) {
  int64_t now = base_clock_now(engine->clock);
  int64_t last = atomic_load(&engine->last_at);
  return now < last ? last : now;
}

void api_engine_log_slow(api_engine *engine, int64_t ms) {
  atomic_store(&engine->slow_ms, ms);
}

void api_engine_drain(api_engine *engine) {
  atomic_store(&engine->draining, true);
}

base_code api_engine_configure(api_engine *engine, const char *package, base_slice values,
                               base_error *error) {
  api_registry *registry = api_publish_acquire(engine);
  api_member *member = api_registry_member(registry, package);
  base_code code = member != NULL ? api_member_try(member, values, error)
                                  : base_error_set(error, BASE_NOT_FOUND, NULL, "没有名为 %s 的包",
                                                   "there is no package %s", package);
  api_registry_release(registry);
  return code;
}

store *api_engine_store(api_engine *engine) {
  return engine->store;
}

const api_engine_options *api_engine_options_get(const api_engine *engine) {
  return &engine->options;
}

base_clock *api_engine_clock(const api_engine *engine) {
  return engine->clock;
}

const data_zone *api_engine_zone(const api_engine *engine) {
  return engine->zone;
}
