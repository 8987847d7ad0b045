/* host_record: records, calls and timers for plugins. See host.h.
 *
 * Memory:  results live in the view or ctx->arena.  Threads: the ctx's.  Fails: see the header. */
#include "loader/call.h"
#include "loader/host.h"
#include "loader/out.h"

/* --- what a plugin hands in -------------------------------------------------------------------- */

static int check_records(crm_ctx *ctx) {
  if (ctx->set != NULL) return CRM_OK;
  return (int)model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "这里没有记录可用：请在操作或规则中访问",
                             "there are no records here: use them in an op or a rule");
}

static int check_write(crm_ctx *ctx) {
  CRM_TRY(check_records(ctx));
  if (ctx->writes) return CRM_OK;
  return (int)model_ctx_fail(ctx, BASE_READ_ONLY, NULL, "只读操作不能写入：请给它 CRM_OP_WRITE",
                             "an op that reads cannot write: give it CRM_OP_WRITE");
}

static int find_type(crm_ctx *ctx, const char *name, const model_type **type) {
  CRM_TRY(check_records(ctx));
  return (int)model_schema_type(ctx->schema, base_slice_text(name), type, ctx->error);
}

static const char *package_of(const crm_ctx *ctx) {
  return ctx->package == NULL ? "" : ctx->package;
}

/* Bytes from outside become bytes that the rooms below read without checking. */
static int check_bytes(crm_ctx *ctx, crm_slice bytes, const char *what) {
  return (int)loader_out_check(loader_slice(bytes), package_of(ctx), what, ctx->error);
}

static int check_given(crm_ctx *ctx, crm_slice bytes, const char *what) {
  return bytes.size == 0 ? CRM_OK : check_bytes(ctx, bytes, what);
}

/* A write that failed may have left half of itself in the change set. */
static int end_write(const crm_ctx *ctx, base_code code, base_slice kept, crm_slice *record) {
  if (code != BASE_OK) return (int)loader_call_spoil(ctx);
  if (record != NULL) *record = loader_lend(kept);
  return CRM_OK;
}

/* --- reading ----------------------------------------------------------------------------------- */

int loader_host_get(crm_ctx *ctx, const char *name, int64_t id, crm_slice *record) {
  const model_type *type = NULL;
  base_slice found = {0};
  CRM_TRY(find_type(ctx, name, &type));
  CRM_TRY((int)model_record_get(ctx, type, id, &found));
  *record = loader_lend(found);
  return CRM_OK;
}

/* "-ordered_on id" as a msgpack array. */
static base_slice order_names(crm_ctx *ctx, const char *order) {
  base_buffer names = {0};
  size_t count = 0;
  size_t place = data_append_open_array(&names);
  for (const char *at = order; *(at += strspn(at, " ")) != '\0'; count++) {
    size_t size = strcspn(at, " ");
    data_append_slice(&names, base_slice_make(at, size));
    at += size;
  }
  data_append_close(&names, place, count);
  return model_ctx_take(ctx, &names);
}

int loader_host_find(crm_ctx *ctx, const crm_query *query, crm_page *page) {
  model_query asked = {.where = loader_slice(query->where),
                       .limit = query->limit,
                       .after = loader_slice(query->after)};
  model_page found = {0};
  *page = (crm_page){0};
  CRM_TRY(find_type(ctx, query->type, &asked.type));
  CRM_TRY(check_given(ctx, query->where, "where"));
  if (query->order != NULL) asked.order = order_names(ctx, query->order);
  CRM_TRY((int)model_find(ctx, &asked, &found));
  crm_slice *items = BASE_NEW_ARRAY(ctx->arena, crm_slice, found.count + 1);
  for (size_t i = 0; i < found.count; i++) items[i] = loader_lend(found.items[i]);
  *page = (crm_page){.count = found.count, .items = items, .next = loader_lend(found.next)};
  return CRM_OK;
}

int loader_host_count(crm_ctx *ctx, const char *name, crm_slice where, int64_t *count) {
  const model_type *type = NULL;
  CRM_TRY(find_type(ctx, name, &type));
  CRM_TRY(check_given(ctx, where, "where"));
  return (int)model_count(ctx, type, loader_slice(where), count);
}

/* --- writing ----------------------------------------------------------------------------------- */

int loader_host_create(crm_ctx *ctx, const char *name, crm_slice values, crm_slice *record) {
  const model_type *type = NULL;
  base_slice kept = {0};
  CRM_TRY(check_write(ctx));
  CRM_TRY(find_type(ctx, name, &type));
  CRM_TRY(check_bytes(ctx, values, "values"));
  base_code code = model_record_create(ctx, type, loader_slice(values), MODEL_TRUSTED, &kept);
  return end_write(ctx, code, kept, record);
}

int loader_host_update(crm_ctx *ctx, const char *name, int64_t id, crm_slice values,
                       int64_t version, crm_slice *record) {
  const model_type *type = NULL;
  base_slice kept = {0};
  CRM_TRY(check_write(ctx));
  CRM_TRY(find_type(ctx, name, &type));
  CRM_TRY(check_bytes(ctx, values, "values"));
  base_code code =
      model_record_update(ctx, type, id, loader_slice(values), version, MODEL_TRUSTED, &kept);
  return end_write(ctx, code, kept, record);
}

int loader_host_remove(crm_ctx *ctx, const char *name, int64_t id, crm_slice *record) {
  const model_type *type = NULL;
  base_slice kept = {0};
  CRM_TRY(check_write(ctx));
  CRM_TRY(find_type(ctx, name, &type));
  base_code code = model_record_delete(ctx, type, id, MODEL_TRUSTED, &kept);
  return end_write(ctx, code, kept, record);
}

/* --- calls and timers -------------------------------------------------------------------------- */

int loader_host_call(crm_ctx *ctx, const char *op, crm_slice params, crm_slice *result) {
  static const uint8_t empty_map = 0x80;
  base_slice given = params.size == 0 ? base_slice_make(&empty_map, 1) : loader_slice(params);
  base_buffer answer = {0};
  CRM_TRY(check_records(ctx));
  CRM_TRY(check_given(ctx, params, "params"));
  /* Whoever runs ops sees to it that a write that failed is not ignored. */
  base_code code = ctx->call(ctx, base_slice_text(op), given, &answer);
  crm_slice kept = loader_lend(model_ctx_take(ctx, &answer));
  if (code == BASE_OK && result != NULL) *result = kept;
  return (int)code;
}

int loader_host_at(crm_ctx *ctx, int64_t due, const char *op, const char *name, crm_slice params) {
  CRM_TRY(check_write(ctx));
  CRM_TRY(check_given(ctx, params, "params"));
  model_timer timer = {.due = due,
                       .op = base_slice_text(op),
                       .name = base_slice_text(name),
                       .params = loader_slice(params),
                       .actor = ctx->actor.name,
                       .package = base_slice_text(ctx->package)};
  return end_write(ctx, model_timer_put(ctx, &timer), timer.params, NULL);
}

int loader_host_cancel(crm_ctx *ctx, int64_t due, const char *op, const char *name) {
  CRM_TRY(check_write(ctx));
  base_code code = model_timer_delete(ctx, due, base_slice_text(op), base_slice_text(name));
  return end_write(ctx, code, base_slice_text(name), NULL);
}
