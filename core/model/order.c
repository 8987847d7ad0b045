#include "model/order.h"

#include "model/index.h"
#include "model/permission.h"

static base_code refuse_order(crm_ctx *ctx, const model_type *type, base_slice name) {
  bool known = model_type_field(type, name) != NULL;
  base_slice near = known ? (base_slice){0} : model_type_nearest(type, name);
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "order",
                        "不能按 %.*s 排序（%s 没有此字段、重复，或不可排序）%s%.*s",
                        "cannot order by %.*s (%s has no such field, or it is named twice, or has "
                        "no order)%s%.*s",
                        BASE_SLICE_ARGS(name), type->name, near.size > 0 ? ": " : "",
                        BASE_SLICE_ARGS(near));
}

static bool has_term(const model_order *order, const data_field *field) {
  for (size_t i = 0; i < order->count; i++) {
    if (order->terms[i].field == field) return true;
  }
  return false;
}

static bool orderable(const data_field *field) {
  return field->kind != DATA_KIND_LIST && field->kind != DATA_KIND_MAP &&
         field->kind != DATA_KIND_FILE && field->kind != DATA_KIND_TAGS &&
         field->kind != DATA_KIND_ANY;
}

static base_code read_term(crm_ctx *ctx, const model_type *type, data_value item,
                           model_order *order) {
  base_slice name = item.type == DATA_TEXT ? item.as.bytes : (base_slice){0};
  bool descending = name.size > 0 && name.data[0] == '-';
  if (descending) name = base_slice_after(name, 1);
  const data_field *field = model_type_field(type, name);
  bool fits = field != NULL && orderable(field) && !has_term(order, field);
  if (!fits) return refuse_order(ctx, type, name);
  BASE_TRY(model_permission_plain(ctx, type, field, "order"));
  order->terms[order->count++] = (model_order_term){.field = field, .descending = descending};
  return BASE_OK;
}

base_code model_order_read(crm_ctx *ctx, const model_type *type, base_slice list,
                           model_order *order) {
  const data_field *id = data_field_find(model_system_fields, base_slice_text("id"));
  *order = (model_order){0};
  data_value array = data_peek(list);
  if (list.size > 0 && array.type != DATA_NIL) {
    if (array.type != DATA_ARRAY) {
      return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "order", "order 应为字段名的列表",
                            "order is a list of field names");
    }
    if (array.as.count >= MODEL_ORDER_MAX) {
      return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "order", "order 最多 %d 个字段",
                            "order takes at most %d fields", MODEL_ORDER_MAX - 1);
    }
    data_walk walk = data_walk_begin(list);
    while (data_walk_next(&walk)) BASE_TRY(read_term(ctx, type, walk.value, order));
  }
  if (has_term(order, id)) {
    while (order->terms[order->count - 1].field != id) order->count -= 1;
    return BASE_OK;
  }
  bool descending = order->count > 0 && order->terms[order->count - 1].descending;
  order->terms[order->count++] = (model_order_term){.field = id, .descending = descending};
  return BASE_OK;
}

/* The value as an index key keeps it. */
static data_value kept_value(crm_ctx *ctx, const data_field *field, base_slice record) {
  data_value value = {0};
  data_map_find(record, field->name, &value);
  base_buffer scratch = {0};
  value = model_index_value(field, value, &scratch);
  if (scratch.size > 0) value.as.bytes = base_arena_slice(ctx->arena, value.as.bytes);
  base_buffer_fini(&scratch);
  if (value.type == DATA_TEXT) {
    value.as.bytes = data_key_text_kept(value.as.bytes);
  }
  return value;
}

void model_order_values(crm_ctx *ctx, const model_order *order, model_row *row) {
  for (size_t i = 0; i < order->count; i++) {
    row->values[i] = kept_value(ctx, order->terms[i].field, row->record);
  }
}

int model_order_compare(const model_order *order, const model_row *a, const model_row *b) {
  for (size_t i = 0; i < order->count; i++) {
    int compared = data_compare(a->values[i], b->values[i]);
    if (compared != 0) return order->terms[i].descending ? -compared : compared;
  }
  return 0;
}

/* --- cursors ------------------------------------------------------------------------------------ */

#define CURSOR_MAX 4096 /* characters */

base_slice model_cursor_text(crm_ctx *ctx, base_slice bytes) {
  static const char digits[] = "0123456789abcdef";
  char *text = base_arena_alloc(ctx->arena, bytes.size * 2 + 1);
  for (size_t i = 0; i < bytes.size; i++) {
    text[2 * i] = digits[bytes.data[i] >> 4];
    text[2 * i + 1] = digits[bytes.data[i] & 0x0f];
  }
  return base_slice_make(text, bytes.size * 2);
}

static void append_value(data_value value, base_buffer *out) {
  switch (value.type) {
    case DATA_NIL:
      data_append_nil(out);
      break;
    case DATA_TEXT:
      data_append_slice(out, value.as.bytes);
      break;
    default:
      data_append_raw(out, value.raw);
  }
}

base_slice model_cursor_write(crm_ctx *ctx, const model_order *order, uint64_t query,
                              const model_row *row) {
  base_buffer packed = {0};
  data_append_array(&packed, order->count + 1);
  data_append_integer(&packed, (int64_t)(query >> 1));
  for (size_t i = 0; i < order->count; i++) append_value(row->values[i], &packed);
  base_slice text = model_cursor_text(ctx, base_buffer_slice(&packed));
  base_buffer_fini(&packed);
  return text;
}

static int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool model_cursor_bytes(crm_ctx *ctx, base_slice text, base_slice *bytes) {
  if (text.size > CURSOR_MAX) return false;
  uint8_t *out = base_arena_alloc(ctx->arena, text.size / 2 + 1);
  if (text.size == 0 || text.size % 2 != 0) return false;
  for (size_t i = 0; i < text.size; i += 2) {
    int high = hex_digit(text.data[i]);
    int low = hex_digit(text.data[i + 1]);
    if (high < 0 || low < 0) return false;
    out[i / 2] = (uint8_t)(high * 16 + low);
  }
  *bytes = base_slice_make(out, text.size / 2);
  return true;
}

/* Behind the fingerprint one value for each term, the id last. */
static bool read_values(const model_order *order, data_walk *walk, model_row *row) {
  *row = (model_row){0};
  for (size_t i = 0; i < order->count; i++) {
    if (!data_walk_next(walk)) return false;
    data_type type = walk->value.type;
    bool scalar = type == DATA_NIL || type == DATA_BOOLEAN || type == DATA_INTEGER ||
                  (type == DATA_TEXT && walk->value.as.bytes.size <= DATA_KEY_TEXT_MAX);
    if (!scalar) return false;
    row->values[i] = walk->value;
  }
  return row->values[order->count - 1].type == DATA_INTEGER;
}

base_code model_cursor_read(crm_ctx *ctx, const model_order *order, uint64_t query,
                            base_slice cursor, model_row *row) {
  static const data_limits limits = {
      .bytes = CURSOR_MAX / 2, .depth = 1, .items = 16, .map_entries = 0};
  base_slice bytes = {0};
  base_error ignored = {0};
  bool whole = model_cursor_bytes(ctx, cursor, &bytes) &&
               data_scan_whole(bytes, limits, &ignored) == BASE_OK;
  data_walk walk = data_walk_begin(whole ? bytes : (base_slice){0});
  bool ours = data_walk_next(&walk) && !walk.map && walk.left == order->count &&
              walk.value.type == DATA_INTEGER && walk.value.as.integer == (int64_t)(query >> 1) &&
              read_values(order, &walk, row);
  if (ours) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "after",
                        "after 不是这个查询（类型、where、order）返回的游标",
                        "after is not a cursor that this query (type, where, order) returned");
}
