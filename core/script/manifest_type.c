/* manifest: the types a package brings or adds fields to. See manifest.h. */
#include "script/manifest.h"

#define INDEX_FIELDS_MAX 6

const data_field script_manifest_type_form[] = {
    {.name = "label", .kind = DATA_KIND_ANY},
    {.name = "doc", .kind = DATA_KIND_ANY},
    {.name = "title", .kind = DATA_KIND_TEXT},
    {.name = "extends", .kind = DATA_KIND_BOOLEAN},
    {.name = "admin", .kind = DATA_KIND_BOOLEAN},
    {.name = "log_reads", .kind = DATA_KIND_BOOLEAN},
    {.name = "fields", .kind = DATA_KIND_ANY, .flags = DATA_REQUIRED},
    {.name = "indexes", .kind = DATA_KIND_MAP},
    {.name = "visible", .kind = DATA_KIND_MAP},
    {.name = NULL},
};

const data_field script_manifest_index_form[] = {
    {.name = "fields", .kind = DATA_KIND_TAGS, .flags = DATA_REQUIRED},
    {.name = "unique", .kind = DATA_KIND_BOOLEAN},
    {.name = "where", .kind = DATA_KIND_MAP},
    {.name = "keeps", .kind = DATA_KIND_TAGS, .bounded = true, .min = 0, .max = MODEL_KEEPS_MAX},
    {.name = NULL},
};

const data_field script_manifest_segment_form[] = {
    {.name = "on", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "where", .kind = DATA_KIND_MAP, .flags = DATA_REQUIRED},
    {.name = "label", .kind = DATA_KIND_ANY},
    {.name = NULL},
};

/* --- indexes -------------------------------------------------------------------------------------- */

static base_code refuse_term(base_slice field, base_error *error) {
  return base_error_set(
      error, BASE_VALIDATION_FAILED, "where", "%.*s 的值必须是文本，或几个文本的列表",
      "the value of %.*s must be a text, or a list of texts", BASE_SLICE_ARGS(field));
}

/* field = value is one term; field = {a, b} is two, of which one must hold. */
static size_t count_terms(base_slice where) {
  size_t count = 0;
  data_walk walk = data_walk_begin(where);
  while (data_walk_next(&walk)) {
    count += walk.value.type == DATA_ARRAY ? walk.value.as.count : 1;
  }
  return count;
}

static base_code read_term(data_value value, base_slice field, base_arena *arena, model_term *term,
                           base_error *error) {
  if (value.type != DATA_TEXT) return refuse_term(field, error);
  term->field = base_arena_text(arena, field);
  term->value = base_arena_text(arena, value.as.bytes);
  return BASE_OK;
}

static base_code read_terms(base_slice where, base_arena *arena, const model_term **terms,
                            base_error *error) {
  size_t count = count_terms(where);
  if (count == 0) return BASE_OK;
  model_term *made = BASE_NEW_ARRAY(arena, model_term, count + 1);
  *terms = made;
  data_walk walk = data_walk_begin(where);
  while (data_walk_next(&walk)) {
    base_slice field = walk.key.as.bytes;
    if (walk.value.type != DATA_ARRAY) {
      BASE_TRY(read_term(walk.value, field, arena, made++, error));
      continue;
    }
    data_walk values = data_walk_begin(walk.value.raw);
    while (data_walk_next(&values)) {
      BASE_TRY(read_term(values.value, field, arena, made++, error));
    }
  }
  return BASE_OK;
}

static base_code read_index(base_slice map, base_arena *arena, model_index_definition *index,
                            base_error *error) {
  base_slice part;
  data_value where;
  BASE_TRY(script_manifest_part(map, script_manifest_index_form, arena, &part, error));
  const char *const *fields = script_manifest_texts(part, "fields", arena);
  for (size_t i = 0; fields[i] != NULL; i++) {
    if (i == INDEX_FIELDS_MAX) {
      return base_error_set(error, BASE_VALIDATION_FAILED, "fields", "一个索引最多 %d 个字段",
                            "an index has at most %d fields", INDEX_FIELDS_MAX);
    }
    index->fields[i] = fields[i];
  }
  const char *const *keeps = script_manifest_texts(part, "keeps", arena);
  for (size_t i = 0; keeps != NULL && keeps[i] != NULL; i++) index->keeps[i] = keeps[i];
  index->unique = data_map_boolean(part, "unique", false);
  data_map_find(part, "where", &where);
  return read_terms(where.raw, arena, &index->where, error);
}

static base_code read_indexes(base_slice map, base_arena *arena, model_type_definition *type,
                              base_error *error) {
  size_t count = map.size == 0 ? 0 : data_peek(map).as.count;
  if (count == 0) return BASE_OK;
  model_index_definition *indexes = BASE_NEW_ARRAY(arena, model_index_definition, count + 1);
  type->indexes = indexes;
  data_walk walk = data_walk_begin(map);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    indexes[i].name = base_arena_text(arena, walk.key.as.bytes);
    base_code code = read_index(walk.value.raw, arena, &indexes[i], error);
    if (code != BASE_OK) {
      base_error_within(error, indexes[i].name);
      base_error_within(error, "indexes");
      return code;
    }
  }
  return BASE_OK;
}

/* --- types ---------------------------------------------------------------------------------------- */

static base_code read_type(base_slice map, base_arena *arena, model_type_definition *type,
                           base_error *error) {
  base_slice part;
  const char *doc_zh = NULL;
  data_value indexes;
  data_value visible;
  BASE_TRY(script_manifest_part(map, script_manifest_type_form, arena, &part, error));
  BASE_TRY(script_manifest_doc(part, "label", arena, &type->label_zh, &type->label_en, error));
  BASE_TRY(script_manifest_doc(part, "doc", arena, &doc_zh, &type->doc, error));
  BASE_TRY(script_manifest_fields(part, "fields", arena, &type->fields, error));
  type->title = script_manifest_text(part, "title", arena);
  type->extends = data_map_boolean(part, "extends", false);
  type->flags = data_map_boolean(part, "admin", false) ? MODEL_TYPE_ADMIN : 0;
  if (data_map_boolean(part, "log_reads", false)) type->flags |= MODEL_TYPE_LOG_READS;
  data_map_find(part, "indexes", &indexes);
  if (data_map_find(part, "visible", &visible)) type->visible = visible.raw;
  return read_indexes(indexes.raw, arena, type, error);
}

static base_code read_types(base_slice types, script_package *package, model_type_definition *made,
                            base_error *error) {
  data_walk walk = data_walk_begin(types);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    made[i].name = base_arena_text(package->arena, walk.key.as.bytes);
    made[i].package = package->name;
    base_code code = read_type(walk.value.raw, package->arena, &made[i], error);
    if (code != BASE_OK) {
      base_error_within(error, made[i].name);
      base_error_within(error, "types");
      return code;
    }
  }
  return BASE_OK;
}

static base_code read_segment(base_slice map, script_package *package, model_segment *segment,
                              model_type_definition *row, base_error *error) {
  base_arena *arena = package->arena;
  base_slice part;
  data_value where;
  BASE_TRY(script_manifest_part(map, script_manifest_segment_form, arena, &part, error));
  BASE_TRY(
      script_manifest_doc(part, "label", arena, &segment->label_zh, &segment->label_en, error));
  if (data_map_find(part, "where", &where)) segment->where = where.raw;
  *row = (model_type_definition){.name = script_manifest_text(part, "on", arena),
                                 .extends = true,
                                 .segments = segment,
                                 .package = package->name};
  return BASE_OK;
}

static base_code read_segments(base_slice segments, script_package *package,
                               model_type_definition *made, base_error *error) {
  data_walk walk = data_walk_begin(segments);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    model_segment *segment = BASE_NEW_ARRAY(package->arena, model_segment, 2);
    segment->name = base_arena_text(package->arena, walk.key.as.bytes);
    segment->package = package->name;
    base_code code = read_segment(walk.value.raw, package, segment, &made[i], error);
    if (code != BASE_OK) {
      base_error_within(error, segment->name);
      base_error_within(error, "segments");
      return code;
    }
  }
  return BASE_OK;
}

static size_t count_entries(base_slice map) {
  return map.size == 0 ? 0 : data_peek(map).as.count;
}

base_code script_manifest_types(base_slice types, base_slice segments, script_package *package,
                                base_error *error) {
  size_t count = count_entries(types);
  model_type_definition *made =
      BASE_NEW_ARRAY(package->arena, model_type_definition, count + count_entries(segments) + 1);
  package->door.types = made;
  BASE_TRY(read_types(types, package, made, error));
  return read_segments(segments, package, made + count, error);
}
