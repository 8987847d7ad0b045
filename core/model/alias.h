/* alias: records that were merged into others. A merge moves nothing: the record that goes gets
 * `merged_into`, the one that stays lists it in `merged`, and both keep all else, their version too. From
 * then on the number of the one that went means the survivor: in get and find, in references, in a where
 * over a reference. Taking the two marks away is the unmerge, and everything is as it was.
 *
 * Who was merged into may be merged further: a record, those merged into it, those merged into them make
 * one alias set, and its root is the survivor.
 *
 * Memory:  sets and wheres lie in the ctx's arena.
 * Threads: one per ctx.
 * Fails:   NOT_FOUND, INVALID_ARGUMENT (merged already, into itself, not merged), and as writes do. */
#pragma once

#include "model/ctx.h"
#include "model/where.h"

/* The number of the survivor: the root of the number's alias set, or the number itself. */
int64_t model_alias_root(const crm_ctx *ctx, const model_type *type, int64_t id);

typedef struct model_alias_set {
  size_t count;
  int64_t *ids; /* the root first */
} model_alias_set;

/* All numbers that mean the same as this one; the number alone when there is no such record. */
model_alias_set model_alias_find(const crm_ctx *ctx, const model_type *type, int64_t id);

/* The where with each number in it standing for its whole alias set: what references are compared with
 * becomes a list, what `id` is compared with the survivor's number. */
const model_where *model_alias_where(crm_ctx *ctx, const model_type *type,
                                     const model_where *where);

/* The number of the survivor as a value. */
data_value model_alias_value(crm_ctx *ctx, const model_type *type, data_value id);

/* Merges the record into another of its type, or into that one's survivor. Rules of MODEL_MERGE run:
 * `id` and `before` are the record that goes, `after` is the survivor. */
base_code model_alias_create(crm_ctx *ctx, const model_type *type, int64_t id, int64_t into,
                             unsigned flags, base_slice *survivor);

/* Takes that back, for this record and those merged into it. `into` is asked for when it is not 0. Its
 * references must still exist. Rules of MODEL_UNMERGE run: `id` and `after` are the record that is
 * back, `before` is the survivor. */
base_code model_alias_delete(crm_ctx *ctx, const model_type *type, int64_t id, int64_t into,
                             unsigned flags, base_slice *survivor);
