#include "model/changed.h"

static void add(model_changed *changed, base_slice name) {
  if (changed->count == MODEL_CHANGED_MAX) {
    changed->all = true;
  } else {
    changed->names[changed->count++] = name;
  }
}

/* Adds what is in the one and not, or not as it is, in the other. */
static void add_missing(model_changed *changed, base_slice one, base_slice other) {
  data_value found;
  data_walk walk = data_walk_begin(one);
  while (data_walk_next(&walk)) {
    base_slice name = walk.key.as.bytes;
    if (!data_map_find_slice(other, name, &found) || !base_slice_equal(found.raw, walk.value.raw)) {
      add(changed, name);
    }
  }
}

/* An update leaves the fields where they were and puts new ones behind them, so that both are mostly walked
 * side by side. False where the order differs. */
static bool compare_in_order(model_changed *changed, base_slice before, base_slice after) {
  data_walk old = data_walk_begin(before);
  data_walk new = data_walk_begin(after);
  while (data_walk_next(&old)) {
    if (!data_walk_next(&new) || !base_slice_equal(old.key.as.bytes, new.key.as.bytes))
      return false;
    if (!base_slice_equal(old.value.raw, new.value.raw)) add(changed, new.key.as.bytes);
  }
  while (data_walk_next(&new)) add(changed, new.key.as.bytes);
  return true;
}

model_changed model_changed_find(base_slice before, base_slice after) {
  model_changed changed = {.all = before.size == 0 || after.size == 0};
  if (changed.all || compare_in_order(&changed, before, after)) return changed;
  changed = (model_changed){0};
  add_missing(&changed, before, after);
  add_missing(&changed, after, before);
  return changed;
}

bool model_changed_has(const model_changed *changed, base_slice field) {
  if (changed->all) return true;
  const uint8_t *dot = memchr(field.data, '.', field.size);
  if (dot != NULL) field.size = (size_t)(dot - field.data);
  for (size_t i = 0; i < changed->count; i++) {
    if (base_slice_equal(changed->names[i], field)) return true;
  }
  return false;
}
