#include "model/type.h"

#include "base/map.h"

const data_field model_system_fields[] = {{.name = "id",
                                           .kind = DATA_KIND_INTEGER,
                                           .flags = DATA_READONLY,
                                           .label_zh = "编号",
                                           .label_en = "number",
                                           .doc = "Given by the server, never reused (ARC-01)."},
                                          {.name = "type",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_READONLY,
                                           .label_zh = "类型",
                                           .label_en = "type",
                                           .doc = "The record's type."},
                                          {.name = "version",
                                           .kind = DATA_KIND_INTEGER,
                                           .flags = DATA_READONLY,
                                           .label_zh = "版本",
                                           .label_en = "version",
                                           .doc = "1 at first, one more with each change."},
                                          {.name = "created_at",
                                           .kind = DATA_KIND_DATETIME,
                                           .flags = DATA_READONLY,
                                           .label_zh = "创建时间",
                                           .label_en = "created at",
                                           .doc = "Milliseconds UTC."},
                                          {.name = "created_by",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_READONLY,
                                           .label_zh = "创建人",
                                           .label_en = "created by",
                                           .doc = "The actor who created it."},
                                          {.name = "updated_at",
                                           .kind = DATA_KIND_DATETIME,
                                           .flags = DATA_READONLY,
                                           .label_zh = "修改时间",
                                           .label_en = "updated at",
                                           .doc = "Milliseconds UTC."},
                                          {.name = "updated_by",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_READONLY,
                                           .label_zh = "修改人",
                                           .label_en = "updated by",
                                           .doc = "The actor of the last change."},
                                          {.name = "deleted_at",
                                           .kind = DATA_KIND_DATETIME,
                                           .flags = DATA_READONLY,
                                           .label_zh = "删除时间",
                                           .label_en = "deleted at",
                                           .doc = "In the recycle bin only."},
                                          {.name = "deleted_by",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_READONLY,
                                           .label_zh = "删除人",
                                           .label_en = "deleted by",
                                           .doc = "In the recycle bin only."},
                                          {.name = "merged_into",
                                           .kind = DATA_KIND_INTEGER,
                                           .flags = DATA_READONLY,
                                           .label_zh = "合并到",
                                           .label_en = "merged into",
                                           .doc = "The number that this one means now (ARC-13)."},
                                          {.name = "merged",
                                           .kind = DATA_KIND_LIST,
                                           .of = DATA_KIND_INTEGER,
                                           .flags = DATA_READONLY,
                                           .label_zh = "已并入",
                                           .label_en = "merged",
                                           .doc = "Numbers that mean this record (ARC-13)."},
                                          {.name = "timing",
                                           .kind = DATA_KIND_MAP,
                                           .flags = DATA_READONLY,
                                           .label_zh = "计时",
                                           .label_en = "timing",
                                           .doc = "Of states with delays or clocks: since when, "
                                                  "and what is due."},
                                          {.name = NULL}};

const data_field *model_type_field(const model_type *type, base_slice name) {
  const data_field *field = data_field_find(type->fields, name);
  return field != NULL ? field : data_field_find(model_system_fields, name);
}

static base_slice nearest_in(const data_field *fields, base_slice name, size_t *best) {
  base_slice near = {0};
  for (const data_field *field = fields; field->name != NULL; field++) {
    size_t distance = base_map_distance(base_slice_text(field->name), name, *best);
    if (distance < *best) {
      *best = distance;
      near = base_slice_text(field->name);
    }
  }
  return near;
}

base_slice model_type_nearest(const model_type *type, base_slice name) {
  /* A third of the letters may differ; beyond, a suggestion is noise. */
  size_t best = name.size / 3 + 2;
  base_slice own = nearest_in(type->fields, name, &best);
  base_slice system = nearest_in(model_system_fields, name, &best);
  return system.size > 0 ? system : own;
}

const model_segment *model_type_segment(const model_type *type, base_slice name) {
  for (size_t i = 0; i < type->segment_count; i++) {
    if (base_slice_is(name, type->segments[i].name)) return &type->segments[i];
  }
  return NULL;
}
