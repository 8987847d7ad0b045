/* gauges: what is to be seen of a store from outside, gathered when somebody asks.
 *
 * Memory:  none.
 * Threads: any: what other threads write is atomic.  Fails: never. */
#include "base/clock.h"
#include "store/inside.h"

#define NANOSECONDS_PER_MS ((uint64_t)1000000)

static void look_at_views(store *self, store_gauges *gauges) {
  uint64_t now = base_clock_coarse();
  uint64_t oldest = now;
  for (size_t i = 0; i < STORE_VIEWS_MAX; i++) {
    if (atomic_load(&self->views[i].slot) == VIEW_IDLE) continue;
    uint64_t opened = atomic_load_explicit(&self->views[i].opened, memory_order_relaxed);
    gauges->views++;
    if (opened != 0 && opened < oldest) oldest = opened; /* 0: it was taken this moment */
  }
  gauges->view_ms = (now - oldest) / NANOSECONDS_PER_MS;
}

static size_t data_bytes(const store *self) {
  MDB_envinfo info;
  MDB_stat stat;
  if (mdb_env_info(self->env, &info) != 0 || mdb_env_stat(self->env, &stat) != 0) return 0;
  return (info.me_last_pgno + 1) * stat.ms_psize;
}

store_gauges store_gauges_get(store *self) {
  store_gauges gauges = {
      .tail_entries = atomic_load(&self->filling_ops) + atomic_load(&self->draining_ops),
      .tail_bytes = atomic_load(&self->filling_bytes) + atomic_load(&self->draining_bytes),
      .data_bytes = data_bytes(self),
      .free_bytes = store_space_free_bytes(self)};
  look_at_views(self, &gauges);
  return gauges;
}
