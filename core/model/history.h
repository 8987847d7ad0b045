/* history: what a record was, change by change, from the journal: each change names the entry that
 * changed the record before, so that no table keeps it a second time (ARC-16).
 *
 * Memory:  records are slices of the view's entries, changes lie in the ctx's arena.
 * Threads: one per ctx, over a view.
 * Fails:   CURSOR_EXPIRED behind an item that is `cut`; NOT_FOUND, also for a record that was purged; INVALID_ARGUMENT for `after` that is no change
 *          of the record. */
#pragma once

#include "model/ctx.h"

typedef struct model_history_item {
  uint64_t sequence;
  int64_t at;
  base_slice actor;
  base_slice op;
  uint64_t previous; /* of the change before; 0: it was made */
  base_slice before; /* the record, empty when it was made, or `cut` */
  base_slice after;
  bool cut; /* what it was before is older than the journal is kept */
} model_history_item;

typedef struct model_history_page {
  size_t count;
  model_history_item *items; /* newest first */
  uint64_t next;             /* 0: no more */
} model_history_page;

/* Of the very record of that number, when it may be seen as it is now: then all that it was before, as far
 * as its fields may be seen. What was merged into another, or deleted, has its own history.
 * `after` is the sequence of an item, 0 from the newest on. */
base_code model_history_find(crm_ctx *ctx, const model_type *type, int64_t id, int64_t limit,
                             uint64_t after, model_history_page *page);

/* An item as the actor may see it. */
void model_history_show(crm_ctx *ctx, const model_type *type, model_history_item *item);

/* The one change that the entry of that sequence made to the record; false when it made none, or it is
 * not known any more. Asks no access. */
bool model_history_at(const crm_ctx *ctx, const model_type *type, int64_t id, uint64_t sequence,
                      model_history_item *item);

/* {before, after} of the fields that differ, without version and stamps. */
void model_history_append_change(const model_history_item *item, base_buffer *out);
