/* frame: cuts the bytes of a connection into messages, one msgpack object each, with the bounded
 * scanner. What is complete is read where it arrived; only what is left over is kept, and nothing
 * is kept of a connection that is idle between messages.
 *
 *   rpc_frame_offer(frame, bytes) → rpc_frame_next until it is not RPC_FRAME_READY, or earlier when
 *   no more is wanted now → rpc_frame_keep
 *
 * Memory:  a frame owns what it keeps. Messages are valid until the next offer or keep.
 * Threads: one at a time.
 * Fails:   BROKEN with BAD_REQUEST or TOO_LARGE; everything behind it is dropped. */
#pragma once

#include "data/data.h"

typedef enum rpc_frame_state { RPC_FRAME_MORE, RPC_FRAME_READY, RPC_FRAME_BROKEN } rpc_frame_state;

typedef struct rpc_frame {
  data_scan scan;   /* of the message under way; keeps its place between offers */
  base_buffer kept; /* left over from earlier offers */
  base_slice bytes; /* being cut: what was offered, or all that is kept */
  size_t at;        /* where the message under way begins in bytes */
  uint64_t number;  /* messages cut so far */
} rpc_frame;

void rpc_frame_init(rpc_frame *frame, data_limits limits);
void rpc_frame_fini(rpc_frame *frame);

/* For the messages from here on. */
void rpc_frame_limit(rpc_frame *frame, data_limits limits);

/* `bytes` follow what came before; empty to go on with what was kept. */
void rpc_frame_offer(rpc_frame *frame, base_slice bytes);

/* READY: `message` is one whole, well-formed object. MORE: the bytes end inside a message.
 * BROKEN: `message` is what there is of the one at fault, not to be trusted. */
rpc_frame_state rpc_frame_next(rpc_frame *frame, base_slice *message, base_error *error);

/* Makes own what was offered and not cut yet; ends the messages. */
void rpc_frame_keep(rpc_frame *frame);
