/* segment: a where with a name, of one type: who is a key customer, which deals are stale. What uses the
 * name means what the package that defines it says now: {segment = "key"} in any where of that type, in
 * queries, rules, transitions and permissions.
 *
 * Memory:  belongs to its package.  Threads: read-only.
 * Fails:   model_schema_new: VALIDATION_FAILED for a segment that is there twice or whose where does
 *          not compile. */
#pragma once

#include "base/slice.h"

typedef struct model_segment {
  const char *name; /* NULL ends a table */
  const char *label_zh;
  const char *label_en;
  const char *package;
  base_slice where; /* msgpack map; may name other segments */
} model_segment;
