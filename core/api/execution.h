/* execution: the ctx of one op with what the api room knows about it. Inside the room only: handlers
 * of the core reach the engine and the caller's session through it.
 *
 * Memory:  lives on the stack of whoever runs the op.  Threads: one.  Fails: never. */
#pragma once

#include "api/access.h"
#include "api/engine.h"

typedef struct api_execution {
  crm_ctx ctx; /* first: a ctx of the api room is its execution */
  api_engine *engine;
  const api_registry *registry;
  api_session *session; /* the caller's; a copy inside timers */
  api_caller caller;    /* of the op that runs now */
} api_execution;

static inline api_execution *api_execution_of(crm_ctx *ctx) {
  return (api_execution *)ctx;
}
