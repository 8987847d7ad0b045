/* plan: which index answers a query, and between which keys. Inside the room only.
 *
 * The rows of every index end with the id; the record table is the index without fields. A plan fixes
 * the leading fields by equalities, may bound the next by a range, and knows whether the rows come in
 * the order asked for.
 *
 * Memory:  values.
 * Threads: one per ctx.
 * Fails:   never: the record table is always a plan. */
#pragma once

#include "model/order.h"
#include "model/where.h"

typedef struct model_plan {
  const model_index *index; /* NULL: the record table */
  bool point;               /* a unique index with all fields fixed: at most one row */
  size_t equal;             /* leading fields fixed by `equals` */
  const model_test *equals[MODEL_ORDER_MAX];
  const model_test *above; /* lower bound of the next field, or NULL */
  const model_test *below; /* upper bound, or NULL */
  bool ordered;            /* rows come in the order asked for, but for `ties` */
  bool ties;               /* rows that differ in the id alone come the other way round */
  bool descending;         /* walk from the end */
  bool exact;              /* the keys alone decide: nothing is left of the where */
} model_plan;

void model_plan_choose(const model_type *type, const model_where *where, const model_order *order,
                       model_plan *plan);

/* The keys between which the rows lie; with `after`, those behind that row of the order. */
void model_plan_bounds(const model_type *type, const model_plan *plan, const model_order *order,
                       const model_row *after, data_key *lower, data_key *upper);
