/* frame: see frame.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "loader/frame.h"

static _Thread_local loader_frame *innermost;

void loader_frame_enter(loader_frame *frame, const crm_ctx *ctx, const char *plugin,
                        const char *function) {
  *frame = (loader_frame){.outer = innermost, .ctx = ctx, .plugin = plugin, .function = function};
  innermost = frame;
  loader_guard_enter(frame);
}

void loader_frame_leave(loader_frame *frame) {
  loader_guard_leave(frame);
  innermost = frame->outer;
}

loader_frame *loader_frame_innermost(void) {
  return innermost;
}
