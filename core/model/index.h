/* index: the rows of the index and unique tables that a record owns. The key of an index row is
 * (type, index, values…, id), of a unique row the same without the id; the value of both is the id, or of a
 * covering index a part of the record.
 *
 * Which rows a record has follows from the stored map alone: a live one has all, a deleted one only its
 * row in the recycle bin, one that was merged into another only its unique values.
 *
 * Memory:  none kept.  Threads: one per ctx.
 * Fails:   DUPLICATE with the existing record's id in data and text. */
#pragma once

#include "model/ctx.h"

/* Replaces the rows of `before` by those of `after`, those of the text table too (text.h); an empty
 * slice has none. Rows that stay the same are not touched. */
base_code model_index_update(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                             base_slice after);

/* Calls visit for each row that the record owns, with its whole key and value. */
void model_index_each(crm_ctx *ctx, const model_type *type, int64_t id, base_slice record,
                      void (*visit)(const model_index *index, const data_key *key, base_slice value,
                                    void *self),
                      void *self);

/* The number of the record that owns a row of that value. */
int64_t model_index_row_id(base_slice value);

/* Whether the index's rows keep the field. */
bool model_index_keeps(const model_index *index, base_slice field);

/* Whether a record has one row per element of the field: of tags and lists, and of a path for all that
 * it is under. */
bool model_index_many(const data_field *field);

/* A value of the field, or one of its elements, as indexes keep it (phones normalised, decimal numbers
 * in the order of their values); `scratch` holds what had to be made. */
data_value model_index_value(const data_field *field, data_value value, base_buffer *scratch);

/* The record that owns the unique key, or 0. */
int64_t model_index_owner(const crm_ctx *ctx, const data_key *key);
