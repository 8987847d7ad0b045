/* listing: ops, types and fields as people read them: what `describe` and `plugin inspect` print.
 *
 * Memory:  none kept.  Threads: the main thread only.
 * Fails:   never: what is missing in a description is left out. */
#pragma once

#include "data/data.h"

/* One line per op of an array as api.describe gives it. */
void server_listing_ops(base_slice ops);

/* One op with params, result and errors. */
void server_listing_op(base_slice op);

/* One line per record type of an array as model_type_append writes them. */
void server_listing_types(base_slice types);

/* The op of that name; false when the array has none. */
bool server_listing_find(base_slice ops, const char *name, base_slice *op);
