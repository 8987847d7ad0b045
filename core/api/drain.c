/* drain: the drain lane. It brings what was committed into LMDB whenever the store has enough of it,
 * or it waited long enough. Nobody waits for it but a writer whose tail is full.
 *
 * Memory:  none.  Threads: the drain lane; waking from any.
 * Fails:   logged once a pause; the store keeps what it could not drain, and it is tried again. */
#include "api/engine_state.h"
#include "base/log.h"

#define PAUSE_MS ((int64_t)1000)

void api_drain_wake(void *self) {
  api_engine *engine = self;
  io_lane_wake(engine->drain);
}

static base_code drain(api_engine *engine) {
  base_error error = {.language = engine->options.language};
  base_code code = store_drain(engine->store, &error);
  if (code != BASE_OK) {
    base_log(BASE_LOG_ERROR, "api.drain_failed", "code=%s text=\"%s\"", base_code_name(code),
             error.message);
  }
  return code;
}

int64_t api_drain_serve(io_message *first, unsigned thread, void *self) {
  (void)first, (void)thread;
  api_engine *engine = self;
  int64_t delay = store_drain_delay(engine->store);
  while (delay == 0) {
    if (drain(engine) != BASE_OK) return PAUSE_MS;
    delay = store_drain_delay(engine->store);
  }
  return delay == INT64_MAX ? IO_LANE_FOREVER : delay;
}

void api_drain_finish(api_engine *engine) {
  while (store_drain_delay(engine->store) != INT64_MAX && drain(engine) == BASE_OK) continue;
}
