/* export: rows as JSON lines, msgpack or CSV. See export.h.
 *
 * Memory:  the export's buffers.  Threads: one.  Fails: see the header. */
#include "api/export.h"

bool api_export_full(const api_export *e) {
  return e->rows >= e->limit || e->data.size >= e->bytes;
}

/* --- rows ---------------------------------------------------------------------------------------- */

static void append_cells(api_export *e, base_slice record) {
  for (size_t i = 0; i < e->column_count; i++) {
    base_buffer cell = {0};
    data_value value = {0};
    data_map_find(record, e->columns[i]->name, &value);
    data_cell_append(e->columns[i], value, &e->rules, &cell);
    data_csv_append(base_buffer_slice(&cell), i == 0, &e->data);
    base_buffer_fini(&cell);
  }
  data_csv_append_end(&e->data);
}

void api_export_row(api_export *e, base_slice record) {
  e->rows++;
  if (e->format == API_EXPORT_MSGPACK) {
    data_append_raw(&e->data, record);
  } else if (e->format == API_EXPORT_JSONL) {
    data_json_append(data_peek(record), &e->data);
    base_buffer_byte(&e->data, '\n');
  } else {
    append_cells(e, record);
  }
}

void api_export_header(api_export *e) {
  bool labels = data_map_boolean(e->params, "labels", false);
  bool english = api_execution_of(e->ctx)->session->language == BASE_EN;
  if (data_map_boolean(e->params, "bom", false)) base_buffer_text(&e->data, "\xef\xbb\xbf");
  for (size_t i = 0; i < e->column_count; i++) {
    const data_field *field = e->columns[i];
    const char *label = english ? field->label_en : field->label_zh;
    const char *shown = labels && label != NULL ? label : field->name;
    data_csv_append(base_slice_text(shown), i == 0, &e->data);
  }
  data_csv_append_end(&e->data);
}

/* --- columns ------------------------------------------------------------------------------------- */

static base_code named_columns(api_export *e, base_slice names) {
  data_walk walk = data_walk_begin(names);
  e->columns = BASE_NEW_ARRAY(e->ctx->arena, const data_field *, walk.left + 1);
  while (data_walk_next(&walk)) {
    const data_field *field = model_type_field(e->only, walk.value.as.bytes);
    if (field == NULL) {
      base_slice near = model_type_nearest(e->only, walk.value.as.bytes);
      return model_ctx_fail(e->ctx, BASE_INVALID_ARGUMENT, "fields", "%s 没有字段 %.*s%s%.*s",
                            "%s has no field %.*s%s%.*s", e->only->name,
                            BASE_SLICE_ARGS(walk.value.as.bytes), near.size > 0 ? " → " : "",
                            BASE_SLICE_ARGS(near));
    }
    e->columns[e->column_count++] = field;
  }
  return BASE_OK;
}

/* The number, the type's own fields, and who made and changed it when. */
static void all_columns(api_export *e) {
  static const char *const behind[] = {"created_at", "created_by", "updated_at", "updated_by"};
  size_t own = data_field_count(e->only->fields);
  e->columns = BASE_NEW_ARRAY(e->ctx->arena, const data_field *, own + 6);
  e->columns[e->column_count++] = model_type_field(e->only, base_slice_text("id"));
  for (size_t i = 0; i < own; i++) e->columns[e->column_count++] = &e->only->fields[i];
  for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++) {
    e->columns[e->column_count++] = model_type_field(e->only, base_slice_text(behind[i]));
  }
}

static base_slice fields_of(const api_export *e) {
  data_value fields;
  bool given = data_map_find(e->params, "fields", &fields) && fields.type != DATA_NIL;
  return given ? fields.raw : (base_slice){0};
}

base_code api_export_columns(api_export *e) {
  base_slice names = fields_of(e);
  if (names.size > 0 && data_peek(names).as.count > 0) return named_columns(e, names);
  all_columns(e);
  return BASE_OK;
}
