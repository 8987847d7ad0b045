/* find: lists of records by where, order and cursor, answered from the best index.
 *
 * The plan: among the type's indexes (the record table itself is the index over id) the one whose
 * leading fields are fixed by equalities, then give the order asked for, then narrow a range; what
 * is left of the where is tested on the records. Without an index that gives the order, the matches
 * are collected and sorted. Where a covering index keeps all that is needed, no record is looked at. Beyond ctx->scan_rows rows looked at the query is refused with a hint
 * which fields want an index; a page that an index gives in order, and a count that it decides
 * alone, have no such bound.
 *
 * What the actor may not see (permission.h) is put to the where, so that it is part of the plan; items are
 * shown as the actor may see them.
 *
 * Cursors hold the last key's values, not a position: they survive restarts and writes by others
 * and neither skip nor repeat a record that stays.
 *
 * Memory:  items live in the view or ctx->arena.  Threads: one per ctx.
 * Fails:   INVALID_ARGUMENT (unknown field, broken cursor), TOO_LARGE (no index; the message names
 *          the fields). */
#pragma once

#include "model/ctx.h"
#include "model/where.h"

#define MODEL_LIMIT_MAX 500
#define MODEL_LIMIT_DEFAULT 50

typedef struct model_query {
  const model_type *type;
  base_slice where; /* msgpack map, or empty */
  base_slice order; /* msgpack array of names, "-" before one for descending; or empty: by id */
  int64_t limit;    /* 0 for the default */
  base_slice after; /* text cursor of an earlier page, or empty */
  bool deleted;     /* what lies in the recycle bin instead */
  /* All that the caller needs of the records: items may have no more than these and what the query itself
   * is about. NULL: whole records. */
  const base_slice *fields;
  size_t field_count;
} model_query;

typedef struct model_page {
  size_t count;
  base_slice *items;
  base_slice next; /* text, or empty: no more */
} model_page;

/* The number of items asked for, 0 for the default. INVALID_ARGUMENT outside 1 to MODEL_LIMIT_MAX. */
base_code model_limit_read(crm_ctx *ctx, int64_t asked, size_t *limit);

base_code model_find(crm_ctx *ctx, const model_query *query, model_page *page);

base_code model_count(crm_ctx *ctx, const model_type *type, base_slice where, int64_t *count);

/* {groups = {{key, count}, …}} by one field; keys in order. */
base_code model_count_groups(crm_ctx *ctx, const model_type *type, base_slice where,
                             base_slice group, base_buffer *out);

/* The plan as msgpack: {index, equal, ranges, range, sorted, filter, covering}. */
base_code model_explain(crm_ctx *ctx, const model_query *query, base_buffer *out);
