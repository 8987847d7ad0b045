/* text: the rows of the text table that a record owns: (type, field, gram, id) → nothing, for every gram
 * of its fields marked `search` (gram.h). They are written in the record's own change set, so what was
 * committed is found by the next request.
 *
 * Memory:  none kept.  Threads: one per ctx.
 * Fails:   as the change set: TOO_LARGE. */
#pragma once

#include "model/changed.h"
#include "model/ctx.h"

/* Of a text this many letters are searched. The layout counts up when this, gram.h or the table of
 * readings changes: stored rows are then made again. */
#define MODEL_TEXT_LETTERS 2000
#define MODEL_TEXT_LAYOUT 1

/* Whether the field is searched, and whether as numbers that are dialled. */
static inline bool model_text_searched(const data_field *field) {
  return (field->flags & DATA_SEARCH) != 0;
}
bool model_text_phones(const data_field *field);

/* Whether any field of the type is searched. */
bool model_text_searches(const model_type *type);

/* Calls visit for each text that the record has in the field: of tags and lists for each element. */
void model_text_values(const data_field *field, base_slice record,
                       void (*visit)(const data_field *field, base_slice text, void *self),
                       void *self);

/* A phone number's digits in normal form. */
base_slice model_text_digits(base_slice phone, base_arena *arena);

/* Replaces the rows of `before` by those of `after`; an empty slice has none. Rows that stay the same
 * are not touched; `changed` is about the two. */
base_code model_text_update(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                            base_slice after, const model_changed *changed);

/* Calls visit for each row that the record owns, with its whole key. */
void model_text_each(crm_ctx *ctx, const model_type *type, int64_t id, base_slice record,
                     void (*visit)(const data_key *key, void *self), void *self);

/* The beginning of the keys of one field's rows, up to some beginning of their grams. */
void model_text_prefix(const model_type *type, const data_field *field, base_slice gram,
                       data_key *key);
