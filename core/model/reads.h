/* reads: which records of types marked `log_reads` an op tells its caller of (ARC-15). Every function that
 * shows a record to the actor notes it here; whoever answers the caller writes the notes down first
 * (api/read_log.h). What rules look at is no answer and is not noted.
 *
 * Memory:  the list grows in the ctx's arena.
 * Threads: one per ctx.
 * Fails:   never. */
#pragma once

#include "model/ctx.h"

typedef struct model_read {
  const model_type *type;
  int64_t id; /* 0: records of the type were told of in sum only */
} model_read;

struct model_reads {
  size_t count;
  size_t room;
  model_read *items;
};

void model_reads_add(crm_ctx *ctx, const model_type *type, int64_t id);

/* Costs a look at the type's flags where reads are not logged. */
static inline void model_reads_note(crm_ctx *ctx, const model_type *type, int64_t id) {
  if ((type->flags & MODEL_TYPE_LOG_READS) && ctx->reads != NULL) model_reads_add(ctx, type, id);
}

/* Sorts the notes by type, then number, each once; of a type with numbers, the sum is left out. */
void model_reads_sort(model_reads *reads);
