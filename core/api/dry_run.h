/* dry_run: what an op would have done, read from its change set. Inside the room only.
 *
 * Memory:  the caller's buffer; reads the set and the view below it.  Threads: one.
 * Fails:   never. */
#pragma once

#include "base/buffer.h"
#include "model/model.h"

/* Puts the op's result into {result, changes = [{type, id, before, after}], timers = [{due, op,
 * params}], deliveries = [the delivery as it would be]}. Deliveries are not among the changes; records of
 * internal types are left out. */
void api_dry_run_wrap(crm_ctx *ctx, base_buffer *result);
