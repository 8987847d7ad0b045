/* frame: the scanner over bytes that arrive in pieces. See frame.h.
 *
 * Memory:  `kept` is freed as soon as nothing is left over.
 * Threads: one at a time.  Fails: see frame.h. */
#include "rpc/frame.h"

#define SCAN_KEPT ((size_t)1024) /* memory that the scanner keeps between messages */

void rpc_frame_init(rpc_frame *frame, data_limits limits) {
  *frame = (rpc_frame){.at = 0};
  data_scan_init(&frame->scan, limits);
}

void rpc_frame_fini(rpc_frame *frame) {
  data_scan_fini(&frame->scan);
  base_buffer_fini(&frame->kept);
}

void rpc_frame_limit(rpc_frame *frame, data_limits limits) {
  frame->scan.limits = limits;
}

void rpc_frame_offer(rpc_frame *frame, base_slice bytes) {
  if (frame->kept.size == 0) {
    frame->bytes = bytes;
    return;
  }
  base_buffer_append(&frame->kept, bytes.data, bytes.size);
  frame->bytes = base_buffer_slice(&frame->kept);
}

rpc_frame_state rpc_frame_next(rpc_frame *frame, base_slice *message, base_error *error) {
  base_slice rest = base_slice_make(NULL, 0);
  if (frame->at < frame->bytes.size) rest = base_slice_after(frame->bytes, frame->at);
  *message = rest;
  if (rest.size == 0) return RPC_FRAME_MORE;
  switch (data_scan_run(&frame->scan, rest, error)) {
    case DATA_SCAN_DONE:
      message->size = frame->scan.at;
      frame->at += message->size;
      frame->number++;
      data_scan_reset(&frame->scan);
      return RPC_FRAME_READY;
    case DATA_SCAN_MORE:
      return RPC_FRAME_MORE;
    case DATA_SCAN_FAILED:
    default:
      frame->at = frame->bytes.size;
      return RPC_FRAME_BROKEN;
  }
}

void rpc_frame_keep(rpc_frame *frame) {
  size_t left = frame->bytes.size - frame->at;
  if (left == 0) {
    base_buffer_fini(&frame->kept);
    if (frame->scan.levels.capacity + frame->scan.keys.capacity > SCAN_KEPT) {
      data_scan_fini(&frame->scan);
    }
  } else if (frame->bytes.data == frame->kept.data) {
    memmove(frame->kept.data, frame->kept.data + frame->at, left);
    frame->kept.size = left;
  } else {
    base_buffer_append(&frame->kept, frame->bytes.data + frame->at, left);
  }
  frame->at = 0;
  frame->bytes = base_buffer_slice(&frame->kept);
}
