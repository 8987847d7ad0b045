/* drain: the drain lane. It brings what was committed into LMDB whenever the store has enough of it,
 * or it waited long enough. Nobody waits for it but a writer whose tail is full.
 *
 * Memory:  none.  Threads: the drain lane; waking from any.
 * Fails:   logged once a pause; the store keeps what it could not drain, and it is tried again. */
#include "api/engine_state.h"
#include "base/log.h"

#define PAUSE_MS ((int64_t)1000)
#define RETIRE_EVERY_NS ((uint64_t)60 * 1000000000)

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

/* Files of the journal that are old enough go, after a drain and at most once in a while. */
static void retire(api_engine *engine) {
  size_t retired = 0;
  base_error error = {.language = engine->options.language};
  int64_t kept = engine->options.keep_ms;
  if (kept == 0 || base_clock_monotonic() < engine->retire_from) return;
  engine->retire_from = base_clock_monotonic() + RETIRE_EVERY_NS;
  int64_t before = api_engine_now(engine) - kept;
  base_code code = store_retire(engine->store, before, engine->options.archive, &retired, &error);
  if (retired > 0) base_log(BASE_LOG_INFO, "api.journal_retired", "files=%zu", retired);
  if (code == BASE_OK) return;
  base_log(BASE_LOG_ERROR, "api.retire_failed", "code=%s text=\"%s\"", base_code_name(code),
           error.message);
}

int64_t api_drain_serve(io_message *first, unsigned thread, void *self) {
  (void)first, (void)thread;
  api_engine *engine = self;
  int64_t delay = store_drain_delay(engine->store);
  while (delay == 0) {
    if (drain(engine) != BASE_OK) return PAUSE_MS;
    delay = store_drain_delay(engine->store);
  }
  retire(engine);
  return delay == INT64_MAX ? IO_LANE_FOREVER : delay;
}

void api_drain_finish(api_engine *engine) {
  while (store_drain_delay(engine->store) != INT64_MAX && drain(engine) == BASE_OK) continue;
}
