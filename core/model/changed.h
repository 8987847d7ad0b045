/* changed: in which fields two versions of a record differ. Found once for each update, and asked by whatever
 * follows a field: an update that touches three fields must not cost what all indexes cost.
 *
 * Memory:  a plain value, whose names lie in the records.
 * Threads: any.
 * Fails:   never; where more fields differ than it holds, all count as changed. */
#pragma once

#include "data/data.h"

#define MODEL_CHANGED_MAX 24

typedef struct model_changed {
  bool all; /* one of the two is missing, or more differ than have room */
  size_t count;
  base_slice names[MODEL_CHANGED_MAX];
} model_changed;

/* Either may be empty: a record that was not there, or is there no more. */
model_changed model_changed_find(base_slice before, base_slice after);

/* The field of that name, or the one that holds it ("lines" of "lines.product"). */
bool model_changed_has(const model_changed *changed, base_slice field);
