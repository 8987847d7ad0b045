#include "model/nested.h"

#include <stdio.h>

/* No field's own name has a point in it. */
static const char *point_in(const data_field *field) {
  return strchr(field->name, '.');
}

static bool holds_one(const data_field *field) {
  return field->kind != DATA_KIND_LIST && field->kind != DATA_KIND_TAGS &&
         field->kind != DATA_KIND_MAP && field->kind != DATA_KIND_FILE &&
         field->kind != DATA_KIND_TREE;
}

static bool is_list_of_maps(const data_field *field) {
  return field->kind == DATA_KIND_LIST && field->of == DATA_KIND_MAP && field->fields != NULL;
}

static size_t count_nested(const data_field *fields) {
  size_t count = 0;
  for (const data_field *field = fields; field->name != NULL; field++) {
    if (is_list_of_maps(field)) count += data_field_count(field->fields);
  }
  return count;
}

static data_field nest(const data_field *list, const data_field *inner, base_arena *arena) {
  size_t size = strlen(list->name) + strlen(inner->name) + 2;
  char *name = base_arena_alloc(arena, size);
  (void)snprintf(name, size, "%s.%s", list->name, inner->name);
  return (data_field){.name = name,
                      .kind = DATA_KIND_LIST,
                      .of = inner->kind,
                      .label_zh = inner->label_zh,
                      .label_en = inner->label_en,
                      .choices = inner->choices,
                      .to = inner->to};
}

const data_field *model_nested_fields(const data_field *fields, base_arena *arena) {
  data_field *nested = BASE_NEW_ARRAY(arena, data_field, count_nested(fields) + 1);
  size_t count = 0;
  for (const data_field *list = fields; list->name != NULL; list++) {
    if (!is_list_of_maps(list)) continue;
    for (const data_field *inner = list->fields; inner->name != NULL; inner++) {
      if (holds_one(inner)) nested[count++] = nest(list, inner, arena);
    }
  }
  return nested;
}

const data_field *model_nested_find(const model_type *type, base_slice name) {
  const data_field *field = model_type_field(type, name);
  if (field != NULL || type->nested == NULL) return field;
  return data_field_find(type->nested, name);
}

data_value model_nested_value(base_slice record, const data_field *field) {
  const char *point = point_in(field);
  data_value value = {0};
  base_slice name = base_slice_text(field->name);
  if (point != NULL) name.size = (size_t)(point - field->name);
  (void)data_map_find_slice(record, name, &value);
  return value;
}

data_value model_nested_element(const data_field *field, data_value element) {
  const char *point = point_in(field);
  data_value inner = {0};
  if (point == NULL) return element;
  if (element.type == DATA_MAP) (void)data_map_find(element.raw, point + 1, &inner);
  return inner;
}
