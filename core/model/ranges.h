/* ranges: the rows of a plan, one after the other, from all of its ranges together. Inside the room only.
 *
 * The ranges are merged by what follows their fixed fields, so that rows come as if one range held them
 * all; a row that lies in several ranges (two tags of one record) comes once.
 *
 * Memory:  ranges lie in the ctx's arena; model_ranges_close frees their cursors.
 * Threads: one per ctx.
 * Fails:   never. */
#pragma once

#include "model/plan.h"

typedef struct model_range model_range;

typedef struct model_ranges {
  crm_ctx *ctx;
  const model_type *type;
  const model_plan *plan;
  bool descending;
  size_t count; /* ranges with rows left: a heap, the next row's on top */
  model_range *ranges;
  size_t taken;     /* rows of a point plan so far */
  int64_t *owners;  /* and whose they are */
  base_slice after; /* what the last row was compared by */
} model_ranges;

/* With `after`, from behind that row of the order on. */
void model_ranges_open(crm_ctx *ctx, const model_type *type, const model_plan *plan,
                       const model_order *order, const model_row *after, model_ranges *rows);

/* The next row: a record of the record table, else the number of one. */
bool model_ranges_next(model_ranges *rows, base_slice *value);
void model_ranges_close(model_ranges *rows);
