/* call: from the server into a plugin's functions and back.
 *
 * While a callback runs, a frame on its thread's stack remembers what the plugin may not ignore: a
 * write that failed cannot be taken back alone, so the callback fails with it.
 *
 * Memory:  rows live in the plugin's arena; frames on the stack.
 * Threads: any lane; a frame belongs to its thread.
 * Fails:   UNAVAILABLE while the plugin is being replaced (gate.h); with what the plugin failed with;
 *          INTERNAL when it answers a code without a reason, a
 *          code that does not exist, or a result that is not one value. */
#pragma once

#include "loader/plugin.h"

/* An op's row; the self of its api_op. */
typedef struct loader_op {
  loader_plugin *plugin;
  crm_op op;
} loader_op;

/* A rule's row; the self of its model_rule. */
typedef struct loader_rule {
  loader_plugin *plugin;
  crm_rule rule;
} loader_rule;

base_code loader_op_run(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self);
base_code loader_op_prepare(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                            const void *self);
base_code loader_rule_run(crm_ctx *ctx, const model_rule_change *change, const void *self);

/* The package's start and stop, in a ctx that has an arena and an error and nothing else. */
base_code loader_call_start(loader_plugin *plugin, base_slice config, base_error *error);
void loader_call_stop(loader_plugin *plugin);

/* The params of a submit, in the arena; empty without `ask`. */
base_code loader_call_ask(crm_ask ask, const char *plugin, base_arena *arena, base_slice *params,
                          void *self, base_error *error);

/* The answer to a submit. */
void loader_call_done(crm_done done, const char *plugin, base_arena *arena, const crm_reply *reply,
                      void *self);

/* Whether this thread is inside a callback of a plugin. */
bool loader_call_inside(void);

/* Remembers ctx->error as the end of the callback that runs on this thread; returns its code. */
base_code loader_call_spoil(const crm_ctx *ctx);
