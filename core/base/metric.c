/* metric: a list that metrics push themselves onto. See metric.h.
 * Memory:  the metrics are static objects elsewhere; nothing is ever taken off the list.
 * Threads: any.  Fails: never. */
#include "base/metric.h"

#include <stddef.h>

static base_metric *_Atomic first_metric;

/* The exchange lets exactly one thread through, so `next` is written once, before the metric can
 * be seen. */
static void register_once(base_metric *metric) {
  if (atomic_exchange(&metric->registered, true)) return;
  base_metric *first = atomic_load(&first_metric);
  do {
    metric->next = first;
  } while (!atomic_compare_exchange_weak(&first_metric, &first, metric));
}

void base_metric_add(base_metric *metric, int64_t amount) {
  atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
  if (!atomic_load_explicit(&metric->registered, memory_order_relaxed)) register_once(metric);
}

void base_metric_each(void (*visit)(const char *name, int64_t value, void *self), void *self) {
  for (base_metric *metric = atomic_load(&first_metric); metric != NULL; metric = metric->next) {
    visit(metric->name, atomic_load_explicit(&metric->value, memory_order_relaxed), self);
  }
}
