/* Types as msgpack and back: what api.describe shows, and what the stored type records hold so that a
 * store can be verified without its packages. */
#include "model/text.h"
#include "model/type.h"

static void append_terms(const model_term *terms, base_buffer *out) {
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (const model_term *term = terms; term != NULL && term->field != NULL; term++, count++) {
    data_append_array(out, 2);
    data_append_text(out, term->field);
    data_append_text(out, term->value);
  }
  data_append_close(out, place, count);
}

static void append_index(const model_index *index, base_buffer *out) {
  size_t keys = index->count + 1; /* what a covering row keeps first: the id and these */
  data_append_map(out, (size_t)4 + index->deleted + index->building + (index->kept_count > 0));
  data_append_pair_text(out, "name", index->name);
  data_append_pair_boolean(out, "unique", index->unique);
  data_append_text(out, "fields");
  data_append_array(out, index->count);
  for (size_t i = 0; i < index->count; i++) data_append_text(out, index->fields[i]->name);
  data_append_text(out, "where");
  append_terms(index->terms, out);
  if (index->kept_count > 0) {
    data_append_text(out, "keeps");
    data_append_array(out, index->kept_count - keys);
    for (size_t i = keys; i < index->kept_count; i++) data_append_slice(out, index->kept[i]);
  }
  if (index->deleted) data_append_pair_boolean(out, "deleted", true);
  if (index->building) data_append_pair_boolean(out, "building", true);
}

static void append_label(const char *zh, const char *en, base_buffer *out) {
  data_append_map(out, 2);
  data_append_pair_text(out, "zh", zh == NULL ? "" : zh);
  data_append_pair_text(out, "en", en == NULL ? "" : en);
}

/* What the rows of the searched fields depend on. */
static void append_searched(const data_field *fields, base_buffer *out) {
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (const data_field *field = fields; field->name != NULL; field++) {
    if (!model_text_searched(field)) continue;
    data_append_map(out, 3);
    data_append_pair_text(out, "name", field->name);
    data_append_pair_boolean(out, "phone", model_text_phones(field));
    data_append_pair_integer(out, "layout", MODEL_TEXT_LAYOUT);
    count += 1;
  }
  data_append_close(out, place, count);
}

static void append_segments(const model_type *type, base_buffer *out) {
  data_append_map(out, type->segment_count);
  for (size_t i = 0; i < type->segment_count; i++) {
    const model_segment *segment = &type->segments[i];
    data_append_text(out, segment->name);
    data_append_map(out, 3);
    data_append_text(out, "label");
    append_label(segment->label_zh, segment->label_en, out);
    data_append_pair_text(out, "package", segment->package == NULL ? "core" : segment->package);
    data_append_pair_raw(out, "where", segment->where);
  }
}

/* Fields that carry an index of their own appear among the indexes; their flags would make a second
 * one when the description is read back. */
void model_type_append(const model_type *type, base_buffer *out) {
  data_append_map(out, type->visible_count > 0 ? 11 : 10);
  data_append_pair_text(out, "name", type->name);
  data_append_text(out, "label");
  append_label(type->label_zh, type->label_en, out);
  data_append_pair_text(out, "doc", type->doc == NULL ? "" : type->doc);
  data_append_pair_text(out, "title", type->title == NULL ? "" : type->title);
  data_append_pair_text(out, "package", type->package == NULL ? "core" : type->package);
  data_append_pair_integer(out, "flags", type->flags);
  data_append_text(out, "fields");
  data_field_append(type->fields, out);
  data_append_text(out, "indexes");
  data_append_array(out, type->index_count);
  for (size_t i = 0; i < type->index_count; i++) append_index(&type->indexes[i], out);
  data_append_text(out, "search");
  append_searched(type->fields, out);
  data_append_text(out, "segments");
  append_segments(type, out);
  if (type->visible_count == 0) return;
  data_append_text(out, "visible");
  data_append_array(out, type->visible_count);
  for (size_t i = 0; i < type->visible_count; i++) data_append_raw(out, type->visible[i]);
}

static const char *text_of(base_slice map, const char *key, base_arena *arena) {
  return base_arena_text(arena, data_map_text(map, key));
}

static const model_term *read_terms(base_slice list, base_arena *arena) {
  size_t count = data_peek(list).as.count;
  if (data_peek(list).type != DATA_ARRAY || count == 0) return NULL;
  model_term *terms = BASE_NEW_ARRAY(arena, model_term, count + 1);
  data_walk walk = data_walk_begin(list);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    data_walk pair = data_walk_begin(walk.value.raw);
    data_walk_next(&pair);
    terms[i].field = base_arena_text(arena, pair.value.as.bytes);
    data_walk_next(&pair);
    terms[i].value = base_arena_text(arena, pair.value.as.bytes);
  }
  return terms;
}

static void read_index(base_slice map, base_arena *arena, model_index_definition *index) {
  data_value fields = {0};
  data_value where = {0};
  data_map_find(map, "fields", &fields);
  data_map_find(map, "where", &where);
  index->name = text_of(map, "name", arena);
  index->unique = data_map_boolean(map, "unique", false);
  index->where = read_terms(where.raw, arena);
  data_walk walk = data_walk_begin(fields.raw);
  for (size_t i = 0; i < 6 && data_walk_next(&walk); i++) {
    index->fields[i] = base_arena_text(arena, walk.value.as.bytes);
  }
  if (!data_map_find(map, "keeps", &fields)) return;
  walk = data_walk_begin(fields.raw);
  for (size_t i = 0; i < MODEL_KEEPS_MAX && data_walk_next(&walk); i++) {
    index->keeps[i] = base_arena_text(arena, walk.value.as.bytes);
  }
}

/* Every type has the bin's index by itself. */
static const model_index_definition *read_indexes(data_value list, base_arena *arena) {
  model_index_definition *indexes =
      BASE_NEW_ARRAY(arena, model_index_definition, list.as.count + 1);
  size_t count = 0;
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    if (data_map_boolean(walk.value.raw, "deleted", false)) continue;
    read_index(walk.value.raw, arena, &indexes[count++]);
  }
  return indexes;
}

static const char *const *read_building(data_value list, base_arena *arena) {
  const char **names = BASE_NEW_ARRAY(arena, const char *, list.as.count + 1);
  size_t count = 0;
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    if (!data_map_boolean(walk.value.raw, "building", false)) continue;
    names[count++] = text_of(walk.value.raw, "name", arena);
  }
  return names;
}

static const model_segment *read_segments(data_value map, base_arena *arena) {
  if (map.type != DATA_MAP) return NULL;
  model_segment *segments = BASE_NEW_ARRAY(arena, model_segment, map.as.count + 1);
  data_walk walk = data_walk_begin(map.raw);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    data_value where = {0};
    data_value label = {0};
    data_map_find(walk.value.raw, "where", &where);
    data_map_find(walk.value.raw, "label", &label);
    segments[i] = (model_segment){.name = base_arena_text(arena, walk.key.as.bytes),
                                  .label_zh = text_of(label.raw, "zh", arena),
                                  .label_en = text_of(label.raw, "en", arena),
                                  .package = text_of(walk.value.raw, "package", arena),
                                  .where = base_arena_slice(arena, where.raw)};
  }
  return segments;
}

static const data_field *without_index_flags(const data_field *fields, base_arena *arena) {
  size_t count = data_field_count(fields);
  data_field *plain = BASE_NEW_ARRAY(arena, data_field, count + 1);
  memcpy(plain, fields, count * sizeof *plain);
  for (size_t i = 0; i < count; i++) plain[i].flags &= ~(unsigned)(DATA_INDEX | DATA_UNIQUE);
  return plain;
}

base_code model_type_read(base_slice described, base_arena *arena,
                          model_type_definition *definition, base_error *error) {
  data_value fields = {0};
  data_value indexes = {0};
  data_value label = {0};
  data_value segments = {0};
  bool whole = data_map_find(described, "fields", &fields) &&
               data_map_find(described, "indexes", &indexes) && indexes.type == DATA_ARRAY &&
               data_map_text(described, "name").size > 0;
  if (!whole) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "type", "类型描述不完整",
                          "the description of a type is incomplete");
  }
  data_map_find(described, "label", &label);
  data_map_find(described, "segments", &segments);
  const data_field *read = NULL;
  BASE_TRY(data_field_read(fields.raw, arena, &read, error));
  *definition = (model_type_definition){
      .name = text_of(described, "name", arena),
      .label_zh = text_of(label.raw, "zh", arena),
      .label_en = text_of(label.raw, "en", arena),
      .doc = text_of(described, "doc", arena),
      .title = text_of(described, "title", arena),
      .flags = (unsigned)data_map_integer(described, "flags", 0),
      .fields = without_index_flags(read, arena),
      .indexes = read_indexes(indexes, arena),
      .building = read_building(indexes, arena),
      .segments = read_segments(segments, arena),
      .package = text_of(described, "package", arena),
  };
  return BASE_OK;
}
