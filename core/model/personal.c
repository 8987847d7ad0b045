#include "model/personal.h"

#include "model/index.h"

static bool is_text(const data_field *field) {
  return field->kind == DATA_KIND_TEXT || field->kind == DATA_KIND_PHONE ||
         field->kind == DATA_KIND_EMAIL || field->kind == DATA_KIND_ADDRESS;
}

static bool stays(const data_field *field) {
  return (field->flags & DATA_REQUIRED) && is_text(field);
}

static bool is_blank(const data_field *field, data_value value) {
  if (value.type == DATA_NIL) return true;
  return stays(field) && value.type == DATA_TEXT &&
         base_slice_is(value.as.bytes, MODEL_PERSONAL_ERASED);
}

bool model_personal_has(const model_type *type, base_slice record) {
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    data_value value = {0};
    if (!(field->flags & DATA_PERSONAL)) continue;
    if (data_map_find(record, field->name, &value) && !is_blank(field, value)) return true;
  }
  return false;
}

base_slice model_personal_blank(const model_type *type, base_slice record, base_arena *arena) {
  base_buffer patch = {0};
  base_buffer out = {0};
  size_t count = 0;
  size_t place = data_append_open_map(&patch);
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    data_value value = {0};
    if (!(field->flags & DATA_PERSONAL) || !data_map_find(record, field->name, &value)) continue;
    data_append_text(&patch, field->name);
    if (stays(field))
      data_append_text(&patch, MODEL_PERSONAL_ERASED);
    else
      data_append_nil(&patch);
    count++;
  }
  data_append_close(&patch, place, count);
  data_splice(record, base_buffer_slice(&patch), &out);
  base_slice blank = base_arena_slice(arena, base_buffer_slice(&out));
  base_buffer_fini(&patch);
  base_buffer_fini(&out);
  return blank;
}

/* --- rows ----------------------------------------------------------------------------------------- */

/* Texts of parts lie in `scratch` until the next one is read. */
static bool next_part(base_slice *rest, base_slice *raw, data_value *part, uint8_t *scratch) {
  base_slice before = *rest;
  if (rest->size == 0 || !data_key_read(rest, part, scratch)) return false;
  *raw = base_slice_make(before.data, before.size - rest->size);
  return true;
}

bool model_personal_owner(const store_change *row, base_slice *type, int64_t *id) {
  uint8_t scratch[DATA_KEY_MAX];
  data_value part = {0};
  base_slice raw;
  base_slice rest = row->key;
  if (!next_part(&rest, &raw, &part, scratch) || part.type != DATA_TEXT) return false;
  /* Names of types have no characters that a key would escape. */
  *type = base_slice_make(raw.data + 1, part.as.bytes.size);
  if (!row->deleted && row->table != STORE_TEXT) {
    *id = model_index_row_id(row->value);
    return true;
  }
  while (next_part(&rest, &raw, &part, scratch)) continue;
  *id = part.as.integer;
  return row->table != STORE_UNIQUE && part.type == DATA_INTEGER;
}

static const model_index *find_index(const model_type *type, base_slice name) {
  for (size_t i = 0; i < type->index_count; i++) {
    if (base_slice_is(name, type->indexes[i].name)) return &type->indexes[i];
  }
  return NULL;
}

static bool is_personal(const data_field *field) {
  return field != NULL && (field->flags & DATA_PERSONAL) != 0;
}

/* A field of a list, "lines.product", has the flags of what it is in; its own are asked too. */
static bool any_personal(const model_index *index, bool *many) {
  bool any = false;
  *many = false;
  for (size_t i = 0; i < index->count; i++) {
    if (!is_personal(index->fields[i])) continue;
    any = true;
    *many = *many || model_index_many(index->fields[i]);
  }
  return any;
}

static bool keeps_personal(const model_type *type, const model_index *index) {
  for (size_t i = 0; i < index->kept_count; i++) {
    if (is_personal(model_type_field(type, index->kept[i]))) return true;
  }
  return false;
}

static bool blank_key(const model_index *index, const store_change *row, base_arena *arena,
                      base_slice *left) {
  uint8_t scratch[DATA_KEY_MAX];
  data_value part = {0};
  base_slice raw;
  base_slice rest = row->key;
  data_key key;
  data_key_init(&key);
  for (size_t i = 0; next_part(&rest, &raw, &part, scratch); i++) {
    const data_field *field = i >= 2 && i - 2 < index->count ? index->fields[i - 2] : NULL;
    if (is_personal(field) && stays(field)) {
      data_key_text(&key, base_slice_text(MODEL_PERSONAL_ERASED), DATA_KEY_CUT);
    } else if (is_personal(field)) {
      data_key_nil(&key);
    } else {
      if (key.size + raw.size > sizeof key.bytes) return false;
      memcpy(key.bytes + key.size, raw.data, raw.size);
      key.size += raw.size;
    }
  }
  *left = base_arena_slice(arena, data_key_slice(&key));
  return true;
}

static store_verdict judge_index(const model_type *type, const model_index *index,
                                 const store_change *row, base_arena *arena, store_change *left) {
  bool many = false;
  bool any = any_personal(index, &many);
  bool keeps = keeps_personal(type, index);
  if (!any && !keeps) return STORE_KEEP;
  if (many || (any && index->unique) || !blank_key(index, row, arena, &left->key)) {
    return STORE_ERASE;
  }
  if (keeps && !row->deleted) left->value = model_personal_blank(type, row->value, arena);
  bool same = base_slice_equal(left->key, row->key) && base_slice_equal(left->value, row->value);
  return same ? STORE_KEEP : STORE_REDACT;
}

store_verdict model_personal_row(const model_type *type, const store_change *row, base_arena *arena,
                                 store_change *left) {
  uint8_t scratch[DATA_KEY_MAX];
  data_value part = {0};
  base_slice raw;
  base_slice rest = row->key;
  bool named = next_part(&rest, &raw, &part, scratch); /* the type's; then what the row is of */
  named = named && next_part(&rest, &raw, &part, scratch) && part.type == DATA_TEXT;
  if (!named) return STORE_ERASE;
  if (row->table == STORE_TEXT) {
    return is_personal(model_type_field(type, part.as.bytes)) ? STORE_ERASE : STORE_KEEP;
  }
  const model_index *index = find_index(type, part.as.bytes);
  if (index == NULL) return STORE_ERASE; /* of an index that is gone: nothing looks for its rows */
  return judge_index(type, index, row, arena, left);
}
