/* commit: one lane with one place. See commit.h.
 *
 * Memory:  the place is the engine's.
 * Threads: the mutex guards `busy`; the rest is the writer's while it is false, the lane's while it is true.
 * Fails:   as the header says. */
#include "api/commit.h"

#include <stdlib.h>

#include "api/due.h"
#include "api/engine_state.h"
#include "base/condition.h"

typedef struct api_commit {
  io_message message;
  api_engine *engine;
  io_lane *lane;
  pthread_mutex_t mutex;
  pthread_cond_t idle;
  bool busy;
  api_group group;
  api_request *first;
} api_commit;

/* --- replies ----------------------------------------------------------------------------------- */

static void fail_with_group(api_request *request, const base_error *error) {
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
static void settle(api_request *request) {
  api_engine *engine = request->engine;
  bool again = request->again && request->error.code == BASE_OK;
  request->again = false;
  if (again && !atomic_load(&engine->stopping)) {
    (void)io_lane_post(engine->writer, &request->message);
    return;
  }
  if (again) refuse_rest(request);
  api_request_finish(request);
}

void api_commit_reply(api_request *first, const api_request *end, const base_error *error) {
  while (first != end) {
    api_request *next = (api_request *)first->message.next;
    if (error->code != BASE_OK) fail_with_group(first, error);
    settle(first);
    first = next;
  }
}

/* --- the lane ---------------------------------------------------------------------------------- */

static void set_busy(api_commit *commit, bool busy) {
  (void)pthread_mutex_lock(&commit->mutex);
  commit->busy = busy;
  if (!busy) (void)pthread_cond_signal(&commit->idle);
  (void)pthread_mutex_unlock(&commit->mutex);
}

static void flush(io_message *message) {
  api_commit *commit = (api_commit *)message;
  base_error error = {.language = commit->engine->options.language};
  if (api_group_flush(&commit->group, &error) != BASE_OK) api_due_pause(commit->engine, &error);
  api_commit_reply(commit->first, NULL, &error);
  set_busy(commit, false);
}

base_code api_commit_open(api_engine *engine, base_error *error) {
  io_lane_options lane = {.name = "commit", .threads = 1};
  api_commit *commit = base_alloc(sizeof *commit);
  *commit = (api_commit){.message.run = flush, .engine = engine};
  (void)pthread_mutex_init(&commit->mutex, NULL);
  base_condition_init(&commit->idle);
  engine->commit = commit;
  return io_lane_new(&lane, &commit->lane, error);
}

void api_commit_close(api_engine *engine) {
  api_commit *commit = engine->commit;
  if (commit == NULL) return;
  io_lane_stop(commit->lane);
  (void)pthread_cond_destroy(&commit->idle);
  (void)pthread_mutex_destroy(&commit->mutex);
  free(commit);
  engine->commit = NULL;
}

/* --- the writer lane's side -------------------------------------------------------------------- */

bool api_commit_busy(const api_engine *engine) {
  api_commit *commit = engine->commit;
  (void)pthread_mutex_lock(&commit->mutex);
  bool busy = commit->busy;
  (void)pthread_mutex_unlock(&commit->mutex);
  return busy;
}

void api_commit_wait(const api_engine *engine) {
  api_commit *commit = engine->commit;
  (void)pthread_mutex_lock(&commit->mutex);
  while (commit->busy) (void)pthread_cond_wait(&commit->idle, &commit->mutex);
  (void)pthread_mutex_unlock(&commit->mutex);
}

void api_commit_hand(api_engine *engine, const api_group *group, api_request *first) {
  api_commit *commit = engine->commit;
  set_busy(commit, true);
  commit->group = *group;
  commit->first = first;
  (void)io_lane_post(commit->lane, &commit->message);
}
