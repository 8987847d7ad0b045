/* diagram: states fields as people draw them, in the language of mermaid: what `describe --states` prints.
 *
 * Memory:  the caller's buffer.  Threads: any.
 * Fails:   never: what is missing in a description is left out. */
#pragma once

#include "data/data.h"

/* One diagram per states field of the types, an array as api.describe gives it; of one type only unless
 * `type` is NULL. Returns how many. */
size_t server_diagram_append(base_slice types, const char *type, base_buffer *out);
