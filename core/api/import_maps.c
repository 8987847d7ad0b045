/* import_maps: rows that are maps already: JSON lines and msgpack. See import_source.h.
 *
 * Memory:  values in the ctx's arena.  Threads: one.  Fails: see the header. */
#include "api/import_source.h"

static data_limits limits_of(const api_source *source) {
  return (data_limits){
      .bytes = source->row_bytes, .depth = 32, .items = 100000, .map_entries = 4096};
}

static base_code find_type(api_source *source, base_slice map, const model_type **type) {
  crm_ctx *ctx = source->import->ctx;
  base_slice name = data_map_text(map, "type");
  *type = source->import->type;
  if (*type != NULL) {
    if (name.size == 0 || base_slice_is(name, (*type)->name)) return BASE_OK;
    return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, "type", "这是 %.*s，导入的是 %s",
                          "this is a %.*s, and %s is imported", BASE_SLICE_ARGS(name),
                          (*type)->name);
  }
  if (name.size > 0) return model_schema_type(ctx->schema, name, type, ctx->error);
  return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, "type", "没有说明是哪种类型（type）",
                        "it does not say its type");
}

/* The pairs that are a client's to give, under the names of their fields; a name that no field has is
 * left for the validator to refuse. */
static void append_given(api_source *source, const model_type *type, base_slice map,
                         base_buffer *out) {
  const api_import *import = source->import;
  size_t count = 0;
  size_t place = data_append_open_map(out);
  data_walk walk = data_walk_begin(map);
  while (data_walk_next(&walk)) {
    bool known = false;
    base_slice name = walk.key.as.bytes;
    if (walk.value.type == DATA_NIL) continue;
    const data_field *field = api_source_field(import, type, name, &known);
    if (known && field == NULL) continue;
    data_append_slice(out, field == NULL ? name : base_slice_text(field->name));
    data_append_raw(out, walk.value.raw);
    count++;
  }
  data_append_close(out, place, count);
}

static base_code use_map(api_source *source, base_slice map, api_source_row *row) {
  crm_ctx *ctx = source->import->ctx;
  base_buffer values = {0};
  if (data_peek(map).type != DATA_MAP) {
    return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, NULL, "这一行不是一条记录（映射）",
                          "the row is no record (a map)");
  }
  base_slice type = data_map_text(map, "type");
  bool other = base_slice_is(type, "timer") || base_slice_is(type, "link");
  if (source->import->keep_ids && other) {
    row->values = map;
    return BASE_OK;
  }
  BASE_TRY(find_type(source, map, &row->type));
  append_given(source, row->type, map, &values);
  row->values = model_ctx_take(ctx, &values);
  return BASE_OK;
}

api_source_state api_source_json(api_source *source, base_slice bytes, bool last,
                                 api_source_row *row) {
  crm_ctx *ctx = source->import->ctx;
  base_buffer map = {0};
  const uint8_t *end = bytes.size == 0 ? NULL : memchr(bytes.data, '\n', bytes.size);
  if (end == NULL && !last) {
    return bytes.size > source->row_bytes ? api_source_long(source) : API_SOURCE_MORE;
  }
  if (bytes.size == 0) return API_SOURCE_END;
  row->bytes = end == NULL ? bytes.size : (size_t)(end - bytes.data) + 1;
  row->lines = 1;
  base_slice line = base_slice_make(bytes.data, row->bytes);
  if (data_text_valid(line) && data_text_trim(line).size == 0) return API_SOURCE_BLANK;
  row->code = data_json_read(line, limits_of(source), &map, ctx->error);
  base_slice made = model_ctx_take(ctx, &map);
  if (row->code == BASE_OK) row->code = use_map(source, made, row);
  return API_SOURCE_ROW;
}

/* Where one value ends inside a broken one, nobody knows: the rest of the file is lost. */
api_source_state api_source_msgpack(api_source *source, base_slice bytes, bool last,
                                    api_source_row *row) {
  crm_ctx *ctx = source->import->ctx;
  data_scan scan;
  if (bytes.size == 0) return last ? API_SOURCE_END : API_SOURCE_MORE;
  data_scan_init(&scan, limits_of(source));
  data_scan_state state = data_scan_run(&scan, bytes, ctx->error);
  size_t size = scan.at;
  data_scan_fini(&scan);
  if (state == DATA_SCAN_FAILED) return API_SOURCE_BROKEN;
  if (state == DATA_SCAN_DONE) {
    row->bytes = size;
    base_slice map = base_arena_slice(ctx->arena, base_slice_make(bytes.data, size));
    row->code = use_map(source, map, row);
    return API_SOURCE_ROW;
  }
  if (!last) return API_SOURCE_MORE;
  (void)model_ctx_fail(ctx, BASE_BAD_REQUEST, "data", "文件在一个值的中间结束了",
                       "the file ends in the middle of a value");
  return API_SOURCE_BROKEN;
}

base_slice api_source_map_value(crm_ctx *ctx, base_slice values, base_slice field) {
  data_value value;
  if (values.size == 0 || !data_map_find_slice(values, field, &value)) return (base_slice){0};
  if (value.type == DATA_TEXT) return data_text_cut(value.as.bytes, API_SOURCE_VALUE_MAX);
  base_buffer text = {0};
  data_json_append(value, &text);
  return data_text_cut(model_ctx_take(ctx, &text), API_SOURCE_VALUE_MAX);
}
