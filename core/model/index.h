/* index: the rows of the index and unique tables that a record owns.
 *
 * Memory:  none kept.  Threads: one per ctx.
 * Fails:   DUPLICATE with the existing record's id in data and text. */
#pragma once

#include "model/ctx.h"

/* Replaces the rows of `before` by those of `after`; an empty slice has none. Rows that stay the
 * same are not touched. */
base_code model_index_update(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                             base_slice after);

/* The key of one row up to and without the id: (type, index, values…). False when the record is
 * outside the index's where, or, for unique indexes, has a nil among the values. */
bool model_index_key(const model_type *type, const model_index *index, base_slice record,
                     data_key *key);

/* The value of a field as indexes keep it (phones normalised); `scratch` holds what had to be made.
 */
data_value model_index_value(const data_field *field, data_value value, base_buffer *scratch);

/* The record that owns the unique key, or 0. */
int64_t model_index_owner(const crm_ctx *ctx, const data_key *key);
