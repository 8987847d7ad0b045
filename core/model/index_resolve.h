/* index_resolve: an index as defined becomes an index of a type. Inside the room only.
 *
 * Memory:  texts are the definition's; what is compiled lies in the arena.
 * Threads: any.
 * Fails:   VALIDATION_FAILED naming type, index and field: unknown fields, fields that have no order,
 *          two fields of many values, values that together may not fit into a key. */
#pragma once

#include "model/type.h"

base_code model_index_resolve(const model_type *type, const model_index_definition *definition,
                              base_arena *arena, model_index *index, base_error *error);
