/* walk: the records of one type in the order of their numbers, a bounded piece at a time: for exports,
 * which see everything once and never sort.
 *
 * Memory:  records live in the view or ctx->arena.
 * Threads: one per ctx.
 * Fails:   what the where and the access check refuse. */
#pragma once

#include "model/ctx.h"
#include "model/where.h"

typedef struct model_walk {
  crm_ctx *ctx;
  const model_type *type;
  const model_where *where;
  bool hidden;
  store_cursor *cursor;
  int64_t id;   /* of the last record looked at, whether it matched or not */
  int64_t left; /* records that may still be looked at */
  bool ended;   /* there is none behind it */
} model_walk;

/* Begins behind number `after`; looks at `most` records. `hidden`: also those that were deleted or
 * merged. Access to read the type is asked. */
base_code model_walk_begin(crm_ctx *ctx, const model_type *type, base_slice where, bool hidden,
                           int64_t after, int64_t most, model_walk *walk);

/* The next record for which the where holds, which is not noted as read (reads.h): the caller may still
 * leave it out; false when there is none among those looked at. */
bool model_walk_next(model_walk *walk, base_slice *record);
void model_walk_end(model_walk *walk);
