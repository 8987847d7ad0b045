/* import_csv: rows of a CSV file as values by field. See import_source.h.
 *
 * Memory:  values in the ctx's arena.  Threads: one.  Fails: see the header. */
#include "api/import_source.h"

static base_code decode(api_source *source, const data_field *field, base_slice cell,
                        base_slice *text) {
  crm_ctx *ctx = source->import->ctx;
  base_buffer out = {0};
  bool valid = data_decoder_read(source->decoder, cell, &out);
  *text = model_ctx_take(ctx, &out);
  if (valid) return BASE_OK;
  return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, field->name, "%s：不是有效的 %s 文本",
                        "%s is not valid %s text", field->name,
                        data_encoding_name(source->import->encoding));
}

static base_code read_reference(crm_ctx *ctx, const data_field *field, base_slice text,
                                base_buffer *value) {
  base_buffer narrow = {0};
  int64_t id = 0;
  data_text_narrow(text, &narrow);
  base_code code = api_source_reference(ctx, field, base_buffer_slice(&narrow), &id);
  base_buffer_fini(&narrow);
  if (code == BASE_OK) data_append_integer(value, id);
  return code;
}

static base_code read_cell(api_source *source, const data_field *field, base_slice text,
                           base_buffer *value) {
  crm_ctx *ctx = source->import->ctx;
  base_slice trimmed = data_text_trim(text);
  if (field->kind == DATA_KIND_REFERENCE && trimmed.size > 0) {
    return read_reference(ctx, field, trimmed, value);
  }
  return data_cell_read(field, text, &source->rules, BASE_VALIDATION_FAILED, value, ctx->error);
}

/* What is at fault is kept as the row's value. */
static base_code add_cell(api_source *source, const data_field *field, base_slice cell,
                          api_source_row *row, base_buffer *values, size_t *count) {
  base_buffer value = {0};
  base_slice text;
  base_code code = decode(source, field, cell, &text);
  if (code == BASE_OK) code = read_cell(source, field, text, &value);
  if (code != BASE_OK) {
    row->value = data_text_cut(text, API_SOURCE_VALUE_MAX);
  } else if (data_peek(base_buffer_slice(&value)).type != DATA_NIL) {
    data_append_pair_raw(values, field->name, base_buffer_slice(&value));
    *count += 1;
  }
  base_buffer_fini(&value);
  return code;
}

static base_code check_shape(api_source *source, size_t columns) {
  const data_csv_row *cells = &source->cells;
  crm_ctx *ctx = source->import->ctx;
  if (cells->unclosed) {
    return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, NULL, "引号没有配对，直到文件末尾",
                          "a quote is not closed up to the end of the file");
  }
  if (cells->bytes > source->row_bytes) {
    return model_ctx_fail(ctx, BASE_TOO_LARGE, NULL, "这一行超过 %zu 字节（import.row_bytes）",
                          "the row is longer than %zu bytes (import.row_bytes)", source->row_bytes);
  }
  for (size_t i = columns; i < cells->count; i++) {
    if (cells->fields[i].size == 0) continue;
    return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, NULL, "这一行有 %zu 格，表头只有 %zu 格",
                          "the row has %zu cells and the header %zu", cells->count, columns);
  }
  return BASE_OK;
}

static base_code read_cells(api_source *source, api_source_row *row, base_buffer *values) {
  size_t count = 0;
  size_t place = data_append_open_map(values);
  data_walk walk = data_walk_begin(source->import->columns);
  BASE_TRY(check_shape(source, walk.left));
  while (data_walk_next(&walk) && walk.index < source->cells.count) {
    if (walk.value.type != DATA_TEXT) continue;
    const data_field *field = model_type_field(row->type, walk.value.as.bytes);
    if (field == NULL) continue;
    base_slice cell = source->cells.fields[walk.index];
    BASE_TRY(add_cell(source, field, cell, row, values, &count));
  }
  data_append_close(values, place, count);
  return BASE_OK;
}

static bool is_empty(const data_csv_row *cells) {
  for (size_t i = 0; i < cells->count; i++) {
    if (cells->fields[i].size > 0) return false;
  }
  return !cells->unclosed;
}

api_source_state api_source_csv(api_source *source, base_slice bytes, bool last,
                                api_source_row *row) {
  api_import *import = source->import;
  base_buffer values = {0};
  data_csv_state state = data_csv_read(source->csv, bytes, last, &source->cells);
  if (state == DATA_CSV_MORE) {
    return bytes.size > source->row_bytes ? api_source_long(source) : API_SOURCE_MORE;
  }
  row->bytes = source->cells.bytes;
  row->lines_before = source->cells.blank_lines;
  row->lines = source->cells.lines;
  if (state == DATA_CSV_END) return API_SOURCE_END;
  if (is_empty(&source->cells)) return API_SOURCE_BLANK;
  api_source_guess(source, bytes, row->bytes);
  if (import->columns.size == 0) {
    base_code code = api_source_header(source, &source->cells);
    return code == BASE_OK ? API_SOURCE_BLANK : API_SOURCE_REFUSED;
  }
  row->type = import->type;
  row->code = read_cells(source, row, &values);
  row->values = model_ctx_take(import->ctx, &values);
  return API_SOURCE_ROW;
}

base_slice api_source_csv_value(api_source *source, base_slice field) {
  data_walk walk = data_walk_begin(source->import->columns);
  while (data_walk_next(&walk) && walk.index < source->cells.count) {
    if (walk.value.type != DATA_TEXT || !base_slice_equal(walk.value.as.bytes, field)) continue;
    base_buffer text = {0};
    (void)data_decoder_read(source->decoder, source->cells.fields[walk.index], &text);
    return data_text_cut(model_ctx_take(source->import->ctx, &text), API_SOURCE_VALUE_MAX);
  }
  return (base_slice){0};
}
