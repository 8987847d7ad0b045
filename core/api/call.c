/* call: a request whose submitter waits. See engine.h.
 *
 * Memory:  result and the error's data are copied out before the request is freed.
 * Threads: the caller's, which must not be one of the engine's lanes.  Fails: as the op. */
#include <pthread.h>

#include "api/engine_state.h"

typedef struct waiting {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  bool done;
} waiting;

/* The signal is given with the mutex held: the waiter's frame may be gone right after. */
static void wake(api_request *request, void *self) {
  (void)request;
  waiting *wait = self;
  (void)pthread_mutex_lock(&wait->mutex);
  wait->done = true;
  (void)pthread_cond_signal(&wait->changed);
  (void)pthread_mutex_unlock(&wait->mutex);
}

static void submit_and_wait(api_engine *engine, api_request *request) {
  waiting wait = {.done = false};
  (void)pthread_mutex_init(&wait.mutex, NULL);
  (void)pthread_cond_init(&wait.changed, NULL);
  request->done = wake;
  request->self = &wait;
  api_engine_submit(engine, request);
  (void)pthread_mutex_lock(&wait.mutex);
  while (!wait.done) (void)pthread_cond_wait(&wait.changed, &wait.mutex);
  (void)pthread_mutex_unlock(&wait.mutex);
  (void)pthread_cond_destroy(&wait.changed);
  (void)pthread_mutex_destroy(&wait.mutex);
}

static base_code call(api_engine *engine, const api_session *session, api_caller caller,
                      const char *op, base_slice params, base_buffer *result, base_error *error) {
  api_request *request = api_request_new(NULL, session, params);
  request->caller = caller;
  if (api_engine_find(engine, request, base_slice_text(op)) == BASE_OK) {
    submit_and_wait(engine, request);
  }
  base_code code = request->error.code;
  base_buffer_clear(result);
  *error = request->error;
  if (code == BASE_OK) {
    base_buffer_append(result, request->result.data, request->result.size);
  } else if (error->data.size > 0) {
    base_buffer_append(result, error->data.data, error->data.size);
    error->data = base_buffer_slice(result);
  }
  api_request_free(request);
  return code;
}

base_code api_engine_call(api_engine *engine, const api_session *session, const char *op,
                          base_slice params, base_buffer *result, base_error *error) {
  return call(engine, session, API_CALLER_CLIENT, op, params, result, error);
}

base_code api_engine_call_inside(api_engine *engine, const api_session *session, const char *op,
                                 base_slice params, base_buffer *result, base_error *error) {
  return call(engine, session, API_CALLER_PACKAGE, op, params, result, error);
}
