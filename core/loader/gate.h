/* gate: whether calls may go into a plugin, and how many are inside.
 *
 * Memory:  a plain value inside its plugin.
 * Threads: enter and leave: any. close: one at a time, on a thread that is not inside.
 * Fails:   enter: UNAVAILABLE. A closed gate opens again, with the next version or with this one, so
 *          the ctx is marked stale and its op runs again; a gate that is down stays down. */
#pragma once

#include <stdatomic.h>

#include "api/api.h"

typedef enum loader_gate_state { LOADER_CLOSED, LOADER_OPEN, LOADER_DOWN } loader_gate_state;

typedef struct loader_gate {
  _Atomic int state; /* loader_gate_state */
  _Atomic unsigned inside;
} loader_gate;

void loader_gate_init(loader_gate *gate); /* closed */

base_code loader_gate_enter(loader_gate *gate, crm_ctx *ctx, const char *plugin);
void loader_gate_leave(loader_gate *gate);

/* Nothing when it is down. */
void loader_gate_open(loader_gate *gate);

/* False, and as before, when calls were still inside after `ms`. */
bool loader_gate_close(loader_gate *gate, int64_t ms);

/* The plugin could not be started again. */
void loader_gate_break(loader_gate *gate);
