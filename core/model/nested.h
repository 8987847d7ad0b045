/* nested: what the maps of a list hold, as a field of the record. An order's lines have products;
 * "lines.product" is a list of references, for conditions and indexes, and so that a product that only
 * lines name is known to be in use.
 *
 * Memory:  made in the schema's arena.
 * Threads: read-only after construction; any.
 * Fails:   never. */
#pragma once

#include "model/type.h"

/* The fields "list.inner" of all lists of maps in the table, each a list of what the inner one is; ends
 * with a NULL name. Inner fields that hold several values themselves are left out. */
const data_field *model_nested_fields(const data_field *fields, base_arena *arena);

/* The field of that name, also a nested one; NULL if unknown. */
const data_field *model_nested_find(const model_type *type, base_slice name);

/* The record's value of the field. Of a nested field it is the list of maps: each element goes through
 * model_nested_element. */
data_value model_nested_value(base_slice record, const data_field *field);

/* What an element of that value is worth: itself, or of a nested field the inner field's value. */
data_value model_nested_element(const data_field *field, data_value element);
