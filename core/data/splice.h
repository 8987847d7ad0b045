/* splice: a map with some of its fields replaced, added or taken out.
 *
 * Memory:  the result is appended to the caller's buffer; the inputs are not changed.
 * Threads: any.  Fails: never; both inputs must be maps with text keys. */
#pragma once

#include "base/buffer.h"
#include "data/read.h"

/* `map` with each pair of `patch` put in place: existing keys keep their place, new ones follow in
 * the patch's order, a nil takes the key out. */
void data_splice(base_slice map, base_slice patch, base_buffer *out);

/* Only the listed keys of `map`, in the map's order. */
void data_pick(base_slice map, const base_slice *keys, size_t count, base_buffer *out);

/* A patch that turns `before` into `after`: changed and new keys with their value, gone ones nil.
 */
void data_difference(base_slice before, base_slice after, base_buffer *out);
