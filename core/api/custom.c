/* custom: see custom.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/custom.h"

static void append_own(base_slice record, data_value fields, base_buffer *out) {
  data_value building;
  data_append_slice(out, data_map_text(record, "name"));
  data_append_map(out, 2);
  data_append_pair_raw(out, "fields", fields.raw);
  data_append_text(out, "building");
  if (data_map_find(record, "building", &building))
    data_append_raw(out, building.raw);
  else
    data_append_array(out, 0);
}

base_slice api_custom_read(const store_change_set *set, base_arena *arena) {
  data_key lower;
  base_slice key;
  base_slice record;
  data_value fields;
  base_buffer out = {0};
  size_t place = data_append_open_map(&out);
  size_t pairs = 0;
  data_key_init(&lower);
  data_key_text(&lower, base_slice_text("type"), DATA_KEY_HASH);
  data_key upper = lower;
  data_key_successor(&upper);
  store_cursor *cursor =
      store_cursor_open(set, STORE_RECORD, data_key_slice(&lower), data_key_slice(&upper), false);
  while (store_cursor_next(cursor, &key, &record)) {
    if (model_record_deleted(record) || !data_map_find(record, "custom", &fields)) continue;
    append_own(record, fields, &out);
    pairs += 1;
  }
  store_cursor_close(cursor);
  data_append_close(&out, place, pairs);
  base_slice customs = base_arena_slice(arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return customs;
}

base_slice api_custom_of(base_slice customs, const char *type) {
  data_value own = {0};
  if (customs.size > 0) data_map_find(customs, type, &own);
  return own.raw;
}

base_slice api_custom_put(base_slice customs, const char *type, base_slice own, base_arena *arena) {
  base_buffer patch = {0};
  base_buffer empty = {0};
  base_buffer out = {0};
  data_append_map(&empty, 0);
  data_append_map(&patch, 1);
  data_append_pair_raw(&patch, type, own);
  data_splice(customs.size > 0 ? customs : base_buffer_slice(&empty), base_buffer_slice(&patch),
              &out);
  base_slice put = base_arena_slice(arena, base_buffer_slice(&out));
  base_buffer_fini(&patch);
  base_buffer_fini(&empty);
  base_buffer_fini(&out);
  return put;
}

static const char *const *read_names(base_slice list, base_arena *arena) {
  const char **names = BASE_NEW_ARRAY(arena, const char *, data_peek(list).as.count + 1);
  data_walk walk = data_walk_begin(list);
  while (data_walk_next(&walk)) {
    names[walk.index] = base_arena_text(arena, walk.value.as.bytes);
  }
  return names;
}

base_code api_custom_definitions(base_slice customs, base_arena *arena,
                                 model_type_definition *definitions, size_t *count,
                                 base_error *error) {
  *count = 0;
  data_walk walk = data_walk_begin(customs);
  while (customs.size > 0 && data_walk_next(&walk)) {
    data_value fields = {0};
    data_value building = {0};
    data_map_find(walk.value.raw, "fields", &fields);
    data_map_find(walk.value.raw, "building", &building);
    model_type_definition *made = &definitions[*count];
    *made = (model_type_definition){.name = base_arena_text(arena, walk.key.as.bytes),
                                    .extends = true,
                                    .building = read_names(building.raw, arena),
                                    .package = API_CUSTOM_PACKAGE};
    BASE_TRY(data_field_read(fields.raw, arena, &made->fields, error));
    *count += 1;
  }
  return BASE_OK;
}
