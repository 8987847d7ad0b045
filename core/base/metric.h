/* metric: named counters, added to from any thread and read by server.info.
 * Memory:  metrics are static objects of the file that counts; they register themselves on first
 *          use.
 * Threads: any.
 * Fails:   never. Names are room_thing_unit: rpc_notifications_total. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct base_metric {
  const char *name;
  _Atomic int64_t value;
  _Atomic bool registered;
  struct base_metric *next;
} base_metric;

#define BASE_METRIC(identifier, text) static base_metric identifier = {.name = (text)}

void base_metric_add(base_metric *metric, int64_t amount);

/* Calls visit for each metric that was ever added to. */
void base_metric_each(void (*visit)(const char *name, int64_t value, void *self), void *self);
