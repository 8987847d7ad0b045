/* frame: one callback of a plugin under way, on the stack of the thread that runs it.
 *
 * Memory:  on the stack, between enter and leave.
 * Threads: a frame belongs to its thread, which has a chain of them: callbacks call ops, whose rules are
 *          callbacks again.
 * Fails:   never. */
#pragma once

#include "loader/guard.h"

typedef struct loader_frame {
  struct loader_frame *outer;
  const crm_ctx *ctx;
  const char *plugin;
  const char *function; /* the op, the rule, "start" … */
  base_error spoiled;   /* what the callback ends with, whatever it answers; BASE_OK: nothing yet */
  loader_guard guard;
} loader_frame;

void loader_frame_enter(loader_frame *frame, const crm_ctx *ctx, const char *plugin,
                        const char *function);
void loader_frame_leave(loader_frame *frame);

/* Of this thread; NULL outside of callbacks. */
loader_frame *loader_frame_innermost(void);
