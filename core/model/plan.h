/* plan: which index answers a query, and between which keys. Inside the room only.
 *
 * The rows of every index end with the id; the record table is the index without fields. A plan fixes
 * the leading fields by equalities and lists, may bound the next by a range, and knows whether the rows
 * come in the order asked for. Each combination of the lists' values is a range of keys of its own; the
 * ranges are walked together (ranges.h), by what follows their fixed fields, or as whole keys where the
 * order asks for a field that a list fixes.
 *
 * Memory:  values.
 * Threads: one per ctx.
 * Fails:   never: the record table is always a plan. */
#pragma once

#include "model/order.h"
#include "model/where.h"

/* Most ranges of one plan: longer lists are tested on the records. */
#define MODEL_PLAN_RANGES 1024

typedef struct model_plan {
  const model_index *index; /* NULL: the record table */
  bool point;               /* a unique index with all fields fixed: a range is one row at most */
  size_t ranges;            /* 1 but for lists; 0 when a list is empty */
  bool whole;               /* the ranges follow one another; else they are merged */
  size_t equal;             /* leading fields fixed by `equals` */
  const model_test *equals[MODEL_ORDER_MAX];
  const model_test *above; /* lower bound of the next field, or NULL */
  const model_test *below; /* upper bound, or NULL */
  bool ordered;            /* rows come in the order asked for, but for `ties` */
  bool ties;               /* rows that differ in the id alone come the other way round */
  bool descending;         /* walk from the end */
  bool exact;              /* the keys alone decide: nothing is left of the where */
} model_plan;

/* `deleted`: the query is about the recycle bin. */
void model_plan_choose(const model_type *type, const model_where *where, const model_order *order,
                       bool deleted, model_plan *plan);

/* What of the where is left to be tested on the records. */
const model_where *model_plan_left(const model_plan *plan, const model_where *where,
                                   base_arena *arena);

/* The keys between which the rows of a range lie; with `after`, those behind that row of the order.
 * Returns how many bytes of its keys the walk does not compare. */
size_t model_plan_bounds(const model_type *type, const model_plan *plan, const model_order *order,
                         const model_row *after, size_t range, data_key *lower, data_key *upper);
