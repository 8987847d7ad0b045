/* call: running a package's function for the api: a state is taken from the pool, serves one call
 * and is given back. Inside the room only.
 *
 * Memory:  see state.h.
 * Threads: any lane; each call has a state of its own.
 * Fails:   see script.h. A state in which a budget ran out or a script error left is closed; one
 *          that ended with ctx:fail or an answer of the model goes back. */
#pragma once

#include "script/package.h"

/* An api_handler; self is the script_function. */
base_code script_call_op(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self);

/* A model_rule.run; self is the script_function. */
base_code script_call_rule(crm_ctx *ctx, const model_rule_change *change, const void *self);

/* An api_migration.run; self is the script_function. */
base_code script_call_migration(crm_ctx *ctx, int64_t after, int64_t *next, const void *self);
