/* writer: the writer lane. Requests in order, each into its own change set over what the group has
 * so far; then the commit; then the replies. While others wait the commit lane does the latter two
 * (commit.h), and the next group is filled meanwhile. See engine_state.h.
 *
 * Memory:  a request's change set lives in the request's arena, a timer's in the engine's.
 * Threads: the writer lane.
 * Fails:   an op that fails costs its own change set; a commit that fails costs the whole group,
 *          and every request of it answers that error, because what they saw did not happen. */
#include "api/commit.h"
#include "api/due.h"
#include "api/engine_state.h"
#include "api/idempotency.h"
#include "api/publish.h"
#include "api/read_log.h"
#include "api/swap.h"

/* Entries for whose sake the disk is kept waiting while more requests wait. Chosen, not measured. */
#define GROUP_LEAST 8

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

/* How a group ended. */
typedef struct serving {
  api_engine *engine;
  api_group group;
  api_request *first;
  api_request *last;
  api_request *end; /* the first behind it */
  size_t count;
  bool again; /* one is to be run again */
} serving;

static bool others_wait(const serving *serve) {
  if (serve->end != NULL) return !is_control(serve->end);
  return io_lane_waiting(serve->engine->writer) > 0;
}

/* Whether the group should go now: because it is full, or because the disk has nothing to do. */
static bool goes_now(const serving *serve) {
  if (serve->group.made != NULL || serve->again || api_group_full(&serve->group)) return true;
  if (serve->count >= serve->engine->options.group_ops) return true;
  return serve->group.entries >= GROUP_LEAST && !api_commit_busy(serve->engine);
}

/* The request behind the last one of the group; what came meanwhile is taken from the lane. */
static api_request *next_request(const serving *serve) {
  io_message *last = &serve->last->message;
  if (last->next == NULL) last->next = io_lane_take(serve->engine->writer);
  return (api_request *)last->next;
}

/* Runs the requests of one group, which ends before a control op and behind one that made a new version
 * or is not done, and is bounded in ops, in bytes and in time. */
static base_code fill(serving *serve, base_error *error) {
  bool timers = true;
  BASE_TRY(api_group_begin(&serve->group, serve->engine, error));
  do {
    api_request *request = serve->end;
    BASE_TRY(run_write(&serve->group, request, error));
    serve->again = request->again && request->error.code == BASE_OK;
    if (serve->group.made == NULL) BASE_TRY(run_timer(&serve->group, &timers, error));
    serve->last = request;
    serve->count++;
    serve->end = next_request(serve);
  } while (serve->end != NULL && !is_control(serve->end) && !goes_now(serve));
  return BASE_OK;
}

/* Whether the group was handed over to the commit lane: when there is something to do meanwhile. */
static bool hand_over(serving *serve) {
  if (serve->again || serve->group.made != NULL || !others_wait(serve)) return false;
  serve->last->message.next = NULL;
  api_commit_hand(serve->engine, &serve->group, serve->first);
  return true;
}

/* Runs one group; returns the first request behind it. */
static api_request *serve_group(api_engine *engine, api_request *first) {
  base_error error = {.language = engine->options.language};
  serving serve = {.engine = engine, .first = first, .end = first};
  base_code code = fill(&serve, &error);
  api_commit_wait(engine);
  if (code != BASE_OK) {
    api_group_abort(&serve.group);
    serve.end = next_of(serve.end);
  } else {
    code = api_group_seal(&serve.group, &error);
  }
  base_arena_reset(engine->arena);
  if (code == BASE_OK && hand_over(&serve)) return serve.end;
  if (code == BASE_OK) code = api_group_flush(&serve.group, &error);
  if (code != BASE_OK) api_due_pause(engine, &error);
  api_commit_reply(first, serve.end, &error);
  return serve.end;
}

/* --- control ops ------------------------------------------------------------------------------- */

/* Runs alone; what it made due has fired when the reply leaves. */
static api_request *serve_control(api_engine *engine, api_request *request) {
  api_request *next = next_of(request);
  api_commit_wait(engine);
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
