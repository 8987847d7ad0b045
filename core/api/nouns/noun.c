#include <stdio.h>

#include "api/nouns/nouns.h"

const model_type *api_noun_type(const crm_ctx *ctx, const char *name) {
  return model_schema_find(ctx->schema, base_slice_text(name));
}

unsigned api_noun_trust(crm_ctx *ctx) {
  return api_execution_of(ctx)->caller == API_CALLER_PACKAGE ? MODEL_TRUSTED : 0;
}

static bool find_oldest(crm_ctx *ctx, const model_type *type, int64_t before, base_slice *record) {
  data_key lower;
  data_key upper;
  base_slice key;
  model_record_key(&lower, type->name, 0);
  model_record_key(&upper, type->name, before);
  store_cursor *cursor = store_cursor_open(ctx->set, STORE_RECORD, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  bool found = store_cursor_next(cursor, &key, record);
  store_cursor_close(cursor);
  if (found) *record = base_arena_slice(ctx->arena, *record);
  return found;
}

base_code api_noun_forget(crm_ctx *ctx, const model_type *type, int64_t newest, int64_t kept) {
  base_slice record;
  data_key key;
  for (int i = 0; i < 2 && newest > kept; i++) {
    if (!find_oldest(ctx, type, newest - kept + 1, &record)) return BASE_OK;
    int64_t id = data_map_integer(record, "id", 0);
    model_record_key(&key, type->name, id);
    BASE_TRY(model_index_update(ctx, type, id, record, (base_slice){0}));
    BASE_TRY(store_delete(ctx->set, STORE_RECORD, data_key_slice(&key), ctx->error));
  }
  return BASE_OK;
}

base_slice api_param_text(base_slice params, const char *name) {
  return data_map_text(params, name);
}

int64_t api_param_integer(base_slice params, const char *name) {
  return data_map_integer(params, name, 0);
}

base_slice api_param_raw(base_slice params, const char *name) {
  data_value value;
  bool given = data_map_find(params, name, &value) && value.type != DATA_NIL;
  return given ? value.raw : (base_slice){0};
}

base_code api_param_type(crm_ctx *ctx, base_slice params, const char *name,
                         const model_type **type) {
  BASE_TRY(model_schema_type(ctx->schema, api_param_text(params, name), type, ctx->error));
  return model_access_check(ctx, *type, MODEL_ACTION_READ);
}

void api_noun_append_title(const model_type *type, base_slice record, base_buffer *out) {
  data_value title = {0};
  if (type->title != NULL) data_map_find(record, type->title, &title);
  if (title.type == DATA_TEXT) {
    data_append_slice(out, title.as.bytes);
    return;
  }
  char number[24];
  (void)snprintf(number, sizeof number, "%lld", (long long)data_map_integer(record, "id", 0));
  data_append_text(out, number);
}

base_slice api_noun_where(crm_ctx *ctx, const char *field, data_value value, const char *state) {
  base_buffer where = {0};
  data_append_map(&where, state == NULL ? 1 : 2);
  data_append_pair_raw(&where, field, value.raw);
  if (state != NULL) data_append_pair_text(&where, "state", state);
  return model_ctx_take(ctx, &where);
}

base_slice api_noun_order(crm_ctx *ctx, const char *term) {
  base_buffer terms = {0};
  data_append_array(&terms, 1);
  data_append_text(&terms, term);
  return model_ctx_take(ctx, &terms);
}

base_code api_noun_find(crm_ctx *ctx, const char *type, base_slice where, const char *order,
                        int64_t limit, base_slice after, model_page *page) {
  model_query query = {.type = api_noun_type(ctx, type),
                       .where = where,
                       .order = api_noun_order(ctx, order),
                       .limit = limit,
                       .after = after};
  return model_find(ctx, &query, page);
}

void api_noun_append_items(const model_page *page, base_buffer *out) {
  data_append_array(out, page->count);
  for (size_t i = 0; i < page->count; i++) data_append_raw(out, page->items[i]);
}

void api_noun_append_page(const model_page *page, base_buffer *out) {
  data_append_map(out, 2);
  data_append_text(out, "items");
  api_noun_append_items(page, out);
  data_append_text(out, "next");
  if (page->next.size > 0)
    data_append_slice(out, page->next);
  else
    data_append_nil(out);
}

const model_type *api_noun_changed_type(crm_ctx *ctx, const store_change *change, int64_t *id) {
  uint8_t scratch[DATA_KEY_MAX];
  data_value part;
  base_slice rest = change->key;
  if (change->table != STORE_RECORD || change->erased) return NULL;
  if (!data_key_read(&rest, &part, scratch)) return NULL;
  const model_type *type = model_schema_find(ctx->schema, part.as.bytes);
  if (type == NULL || (type->flags & MODEL_TYPE_INTERNAL)) return NULL;
  data_key_read(&rest, &part, scratch);
  *id = part.as.integer;
  return type;
}

/* --- positions in the journal --------------------------------------------------------------------- */

base_code api_noun_retired(crm_ctx *ctx, uint64_t sequence) {
  return model_ctx_fail(ctx, BASE_CURSOR_EXPIRED, "after",
                        "第 %llu 条日志已按保留期限移走；请从头开始读，更早的在归档目录里",
                        "entry %llu is older than the journal is kept: begin at the front; what is "
                        "older is in the archive",
                        (unsigned long long)sequence);
}

base_code api_noun_cursor(crm_ctx *ctx, base_slice params, uint64_t *after) {
  store_info info = store_info_get(api_engine_store(api_execution_of(ctx)->engine));
  int64_t epoch = data_map_integer(params, "epoch", (int64_t)info.epoch);
  *after = (uint64_t)api_param_integer(params, "after");
  if (epoch != (int64_t)info.epoch) {
    return model_ctx_fail(ctx, BASE_CURSOR_EXPIRED, "after",
                          "位置 %llu 不属于当前纪元 %llu；请重新读取数据，再从当前位置开始",
                          "position %llu does not belong to epoch %llu: read the data anew and go "
                          "on from now",
                          (unsigned long long)*after, (unsigned long long)info.epoch);
  }
  if (info.first <= *after + 1) return BASE_OK;
  if (*after > 0) return api_noun_retired(ctx, *after + 1);
  *after = info.first - 1;
  return BASE_OK;
}
