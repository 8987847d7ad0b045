/* personal: what of records and of their rows is about a person, and what is left without it. A field is
 * personal by its flag; what it holds counts as a whole. Without it a field is not there, but a required text is
 * MODEL_PERSONAL_ERASED, which has nothing that a search could find.
 *
 * Memory:  what is made lies in the arena.  Threads: any.  Fails: never. */
#pragma once

#include "base/arena.h"
#include "model/type.h"
#include "store/store.h"

#define MODEL_PERSONAL_ERASED "***"

/* Whether the record holds any. */
bool model_personal_has(const model_type *type, base_slice record);

/* The record without. */
base_slice model_personal_blank(const model_type *type, base_slice record, base_arena *arena);

/* The type and number of the record that a row of the index, unique or text table belongs to, as far as key and
 * value tell; false when they do not (a unique row that was deleted). */
bool model_personal_owner(const store_change *row, base_slice *type, int64_t *id);

/* The row of the index table as it would be without, or of the other two: STORE_ERASE when it holds any. */
store_verdict model_personal_row(const model_type *type, const store_change *row, base_arena *arena,
                                 store_change *left);
