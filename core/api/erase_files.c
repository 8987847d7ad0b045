#include "api/erase_files.h"

#include "data/data.h"
#include "store/store.h"

static bool is_name(data_value value) {
  if (value.type != DATA_TEXT || value.as.bytes.size != STORE_FILE_NAME - 1) return false;
  for (size_t i = 0; i < value.as.bytes.size; i++) {
    uint8_t byte = value.as.bytes.data[i];
    if (!(byte >= '0' && byte <= '9') && !(byte >= 'a' && byte <= 'f')) return false;
  }
  return true;
}

typedef void (*name_step)(base_map *names, base_slice name);

static void add(base_map *names, base_slice name) {
  (void)base_map_put(names, name, names);
}

static void take(base_map *names, base_slice name) {
  (void)base_map_remove(names, name);
}

/* Any text of that form counts: a package's record has its bundle in one. */
static void each_name(base_map *names, data_value value, name_step step) {
  if (is_name(value)) step(names, value.as.bytes);
  if (value.type != DATA_MAP && value.type != DATA_ARRAY) return;
  data_walk walk = data_walk_begin(value.raw);
  while (data_walk_next(&walk)) each_name(names, walk.value, step);
}

void api_erase_files_note(base_map *names, const model_type *type, base_slice record) {
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    data_value value = {0};
    if (!(field->flags & DATA_PERSONAL)) continue;
    if (data_map_find(record, field->name, &value)) each_name(names, value, add);
  }
}

void api_erase_files_keep(base_map *names, base_slice value) {
  if (base_map_count(names) > 0) each_name(names, data_peek(value), take);
}
