/* gate: see gate.h. Whoever enters counts itself first and looks then; whoever closes, the other way
 * round: so one of the two sees the other.
 *
 * Memory, Threads, Fails: see the header. */
#include "loader/gate.h"

#include <time.h>

#include "base/clock.h"

#define POLL_NS 200000
#define NANOSECONDS_PER_MS ((uint64_t)1000000)

void loader_gate_init(loader_gate *gate) {
  atomic_init(&gate->state, LOADER_CLOSED);
  atomic_init(&gate->inside, 0);
}

static base_code refuse(crm_ctx *ctx, int state, const char *plugin) {
  if (state == LOADER_DOWN) {
    return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL,
                          "插件 %s 已停止，未能重新启动（见日志）：请修复后用 plugin.load 装入",
                          "plugin %s is down, it could not be started again (see the log): load it "
                          "anew with plugin.load",
                          plugin);
  }
  ctx->stale = true;
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "插件 %s 正在更换版本，请稍后重试",
                        "plugin %s is being replaced: try again", plugin);
}

base_code loader_gate_enter(loader_gate *gate, crm_ctx *ctx, const char *plugin) {
  atomic_fetch_add(&gate->inside, 1);
  int state = atomic_load(&gate->state);
  if (state == LOADER_OPEN) return BASE_OK;
  atomic_fetch_sub(&gate->inside, 1);
  return refuse(ctx, state, plugin);
}

void loader_gate_leave(loader_gate *gate) {
  atomic_fetch_sub(&gate->inside, 1);
}

void loader_gate_open(loader_gate *gate) {
  int expected = LOADER_CLOSED;
  (void)atomic_compare_exchange_strong(&gate->state, &expected, LOADER_OPEN);
}

bool loader_gate_close(loader_gate *gate, int64_t ms) {
  const struct timespec pause = {.tv_nsec = POLL_NS};
  uint64_t end = base_clock_monotonic() + (uint64_t)ms * NANOSECONDS_PER_MS;
  int before = atomic_exchange(&gate->state, LOADER_CLOSED);
  while (atomic_load(&gate->inside) > 0) {
    if (base_clock_monotonic() >= end) {
      atomic_store(&gate->state, before);
      return false;
    }
    (void)nanosleep(&pause, NULL);
  }
  return true;
}

void loader_gate_break(loader_gate *gate) {
  atomic_store(&gate->state, LOADER_DOWN);
}
