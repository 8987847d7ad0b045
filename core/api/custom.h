/* custom: fields that the business defined itself while the server ran (schema.define), on top of what
 * the packages bring. They are kept in the records of type `type` and come back with every start.
 *
 * As one value they are a map {type = {fields = [field, …], building = [index, …]}, …}: the fields in
 * the language of data/field.h, and the names of those indexes whose rows are still being made.
 *
 * Memory:  the arena given.
 * Threads: any; reads a view.
 * Fails:   VALIDATION_FAILED for a field that the language refuses. */
#pragma once

#include "model/model.h"

/* Of all records of type `type`. */
base_slice api_custom_read(const store_change_set *set, base_arena *arena);

/* What one type has of it: {fields, building}; empty when it has nothing. */
base_slice api_custom_of(base_slice customs, const char *type);

/* The same with other fields and building indexes of that type. */
base_slice api_custom_put(base_slice customs, const char *type, base_slice own, base_arena *arena);

/* One definition per type, which extends it. `definitions` has room for as many as there are pairs. */
base_code api_custom_definitions(base_slice customs, base_arena *arena,
                                 model_type_definition *definitions, size_t *count,
                                 base_error *error);

/* Who is named as the definer. */
#define API_CUSTOM_PACKAGE "schema.define"
