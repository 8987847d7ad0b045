/* writer: the writer lane. Requests in order, each into its own change set over what the group has
 * so far; then the commit; then the replies. See engine_state.h.
 *
 * Memory:  a request's change set lives in the request's arena, a timer's in the engine's.
 * Threads: the writer lane.
 * Fails:   an op that fails costs its own change set; a commit that fails costs the whole group,
 *          and every request of it answers that error, because what they saw did not happen. */
#include "api/due.h"
#include "api/engine_state.h"
#include "api/idempotency.h"
#include "api/publish.h"
#include "api/read_log.h"
#include "api/swap.h"

static api_request *next_of(const api_request *request) {
  return (api_request *)request->message.next;
}

static bool is_control(const api_request *request) {
  return (request->op->flags & API_CONTROL) != 0;
}

/* --- write ops --------------------------------------------------------------------------------- */

static base_code run_once(api_execution *execution, api_request *request) {
  bool repeated = false;
  bool keyed = request->idempotency_key.size > 0;
  if (keyed) BASE_TRY(api_idempotency_find(&execution->ctx, request, &repeated));
  if (repeated) return BASE_OK;
  BASE_TRY(api_execution_run(execution, request->op, request->prepared, &request->result));
  if (request->reads.count > 0) {
    BASE_TRY(api_read_log_write(&execution->ctx, base_slice_text(request->op->name)));
  }
  return keyed && !execution->again ? api_idempotency_put(&execution->ctx, request) : BASE_OK;
}

/* Only the version in force knows every index there is. False: the error is in the request. */
static bool make_current(api_engine *engine, api_request *request) {
  if (request->registry != api_publish_current(engine) &&
      api_publish_renew(engine, request) != BASE_OK) {
    return false;
  }
  /* No package is closed while the writer lane runs ops, so that once is enough. */
  if (!request->ready) (void)api_prepare_run(engine, request);
  return request->ready;
}

/* Each run of an op in steps has its memory to itself: the whole of it has no bound. */
static base_arena *arena_of(api_request *request) {
  if (!(request->op->flags & API_STEPS)) return request->arena;
  if (request->step == NULL) {
    request->step = base_arena_new();
  } else {
    base_arena_reset(request->step);
  }
  return request->step;
}

/* Whether the disk has room for what the op writes. */
static base_code check_space(const api_engine *engine, api_request *request) {
  store_space space = store_space_get(engine->store);
  bool frees = (request->op->flags & API_FREES) != 0;
  if (space == STORE_SPACE_ROOM) return BASE_OK;
  if (space == STORE_SPACE_RESERVE && frees && store_space_give(engine->store)) return BASE_OK;
  if (space == STORE_SPACE_RESERVE && !frees) {
    return base_error_set(
        &request->error, BASE_STORAGE_FULL, NULL,
        "磁盘只剩保留空间（store.reserve_bytes），现在只能删除和清除（record."
        "delete、record.purge）；"
        "请清理磁盘，腾出空间后自动恢复",
        "the disk has only the reserve left (store.reserve_bytes): only record.delete and "
        "record.purge are done; free some space, writing resumes by itself");
  }
  return base_error_set(
      &request->error, BASE_READ_ONLY, NULL,
      "磁盘已满，保留空间也已用完，现在只能读取；请清理磁盘，腾出空间后自动恢复",
      "the disk is full and the reserve is used up: only reads are answered; free "
      "some space, writing resumes by itself");
}

/* The request has read, and its answer waits: what it tells of is logged in the version in force. */
static base_code log_read(api_group *group, api_request *request, base_error *error) {
  base_code code = BASE_OK;
  base_slice op = base_slice_text(request->op->name);
  if (check_space(group->engine, request) != BASE_OK) return BASE_OK;
  api_execution execution = api_group_execution(group, api_publish_current(group->engine),
                                                &request->session, request->arena, &request->error);
  execution.ctx.request = request->number;
  execution.ctx.reads = &request->reads;
  api_execution_open(&execution);
  if (api_read_log_write(&execution.ctx, op) == BASE_OK) {
    code = api_group_append(group, &execution, op, (base_slice){0}, error);
  }
  api_execution_close(&execution);
  return code;
}

/* Fails only as the group does; what the op failed with is in the request. */
static base_code run_write(api_group *group, api_request *request, base_error *error) {
  if (request->told) return log_read(group, request, error);
  request->begun = base_clock_monotonic();
  if (!make_current(group->engine, request)) return BASE_OK;
  if ((request->op->flags & API_WRITE) && check_space(group->engine, request) != BASE_OK) {
    return BASE_OK;
  }
  api_execution execution = api_group_execution(group, request->registry, &request->session,
                                                arena_of(request), &request->error);
  base_code code = BASE_OK;
  execution.caller = request->caller;
  request->reads = (model_reads){0};
  if (!group->engine->options.fork.inside) execution.ctx.reads = &request->reads;
  execution.ctx.request = request->number;
  execution.carry = request->carry;
  base_buffer_clear(&request->result);
  execution.ctx.writes = (request->op->flags & API_WRITE) != 0; /* a renewed op may only read */
  api_execution_open(&execution);
  if (run_once(&execution, request) == BASE_OK) {
    code = api_group_append(group, &execution, base_slice_text(request->op->name),
                            request->idempotency_key, error);
  }
  request->ran = base_clock_monotonic();
  request->again = execution.again;
  request->carry = execution.carry;
  api_execution_close(&execution);
  return code;
}

/* A due timer rides along with each request: timers go on under load, and clients never wait for
 * more than one each. */
static base_code run_timer(api_group *group, bool *timers, base_error *error) {
  *timers = *timers && api_due_allowed(group->engine);
  return *timers ? api_firing_next(group, timers, error) : BASE_OK;
}

static void fail_group(api_request *request, const base_error *error) {
  base_language language = request->error.language;
  request->error = *error;
  request->error.language = language;
}

/* What was written so far stays; the client goes on from there. */
static void refuse_rest(api_request *request) {
  (void)base_error_set(&request->error, BASE_UNAVAILABLE, NULL,
                       "服务器正在停止，%s 只完成了一部分；重新启动后可从断处继续",
                       "the server is stopping and %s is done in part; go on from there later",
                       request->op->name);
}

/* Hands the request back, or has it run once more behind those that wait. */
static void settle(api_engine *engine, api_request *request) {
  bool again = request->again && request->error.code == BASE_OK;
  request->again = false;
  if (again && !atomic_load(&engine->stopping)) {
    (void)io_lane_post(engine->writer, &request->message);
    return;
  }
  if (again) refuse_rest(request);
  api_request_finish(request);
}

/* Settles the requests from `first` up to `end`; a failed group is everybody's error. */
static void reply(api_engine *engine, api_request *first, const api_request *end,
                  const base_error *error) {
  while (first != end) {
    api_request *next = next_of(first);
    if (error->code != BASE_OK) fail_group(first, error);
    settle(engine, first);
    first = next;
  }
}

/* Runs one group, which ends before a control op and behind one that made a new version, and is
 * bounded in ops by what the lane hands over at once, in bytes and in time; returns the first
 * request behind it. */
static api_request *serve_group(api_engine *engine, api_request *first) {
  base_error error = {.language = engine->options.language};
  api_request *end = first;
  api_group group;
  bool timers = true;
  base_code code = api_group_begin(&group, engine, &error);
  do {
    if (code == BASE_OK) code = run_write(&group, end, &error);
    if (code == BASE_OK && group.made == NULL) code = run_timer(&group, &timers, &error);
    end = next_of(end);
  } while (code == BASE_OK && group.made == NULL && end != NULL && !is_control(end) &&
           !api_group_full(&group));
  if (code == BASE_OK) {
    code = api_group_commit(&group, &error);
  } else {
    api_group_abort(&group);
  }
  if (code != BASE_OK) api_due_pause(engine, &error);
  base_arena_reset(engine->arena);
  reply(engine, first, end, &error);
  return end;
}

/* --- control ops ------------------------------------------------------------------------------- */

/* Runs alone; what it made due has fired when the reply leaves. */
static api_request *serve_control(api_engine *engine, api_request *request) {
  api_request *next = next_of(request);
  engine->advance_to = INT64_MIN;
  /* the core's ops: no package is asked */
  if (make_current(engine, request)) (void)api_reader_run(engine, request);
  (void)api_swap_settle(engine, request);
  if (request->error.code == BASE_OK) (void)api_due_settle(engine, &request->error);
  api_request_finish(request);
  return next;
}

int64_t api_writer_serve(io_message *first, unsigned thread, void *self) {
  (void)thread;
  api_engine *engine = self;
  api_request *request = (api_request *)first;
  while (request != NULL) {
    request = is_control(request) ? serve_control(engine, request) : serve_group(engine, request);
  }
  return api_due_serve(engine);
}
