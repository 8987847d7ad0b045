/* record_write: the steps that every write of a record takes, whatever it is. Inside the room only.
 *
 * Memory:  what is made lies in the ctx's arena.
 * Threads: one per ctx.
 * Fails:   READ_ONLY, PERMISSION_DENIED, and what references, states, indexes and rules answer. */
#pragma once

#include "model/record.h"

/* A record whose write is under way, linked to the one that caused it. */
struct model_flight {
  model_flight *up;
  const model_type *type;
  int64_t id;
  base_slice record; /* as it is in the change set now */
};

/* The record alive behind that number, or behind that of the one it was merged into, as it is stored; false
 * when there is none that the actor may see. What reads do and writes begin with. */
bool model_record_fetch(crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record);

/* The same with NOT_FOUND. */
base_code model_record_need(crm_ctx *ctx, const model_type *type, int64_t id, const char *field,
                            base_slice *record);

base_code model_write_allowed(crm_ctx *ctx, const model_type *type, unsigned flags);

/* RULE_FAILED when the record's own write is under way: its rules may change it, and no more. */
base_code model_write_free(crm_ctx *ctx, const model_type *type, int64_t id);
model_flight *model_write_flight(const crm_ctx *ctx, const model_type *type, int64_t id);

base_slice model_write_splice(crm_ctx *ctx, base_slice map, base_slice patch);

/* A pair of system fields: the ctx's instant and actor. */
void model_write_append_stamp(crm_ctx *ctx, const char *at, const char *by, base_buffer *out);

/* The record with one version more, changed now by the actor. */
base_slice model_write_stamp(crm_ctx *ctx, base_slice record);

/* Puts the record with its index rows; `before` is what it was, empty when it is new. */
base_code model_write_put(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                          base_slice after);

/* Runs the rules of a record that was put; they may change it further. */
base_code model_write_fly(crm_ctx *ctx, const model_type *type, int64_t id, model_event event,
                          base_slice before, base_slice *record);
