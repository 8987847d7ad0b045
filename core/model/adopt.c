/* adopt: see adopt.h. The keys of the map keep their order, so that what is exported again has the same
 * bytes. */
#include "model/adopt.h"

#include "model/record_write.h"

#define ID_MAX ((INT64_C(1) << 53) - 1)

static const data_field stamps[] = {
    {.name = "id",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = ID_MAX},
    {.name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "version",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = ID_MAX},
    {.name = "created_at", .kind = DATA_KIND_DATETIME, .flags = DATA_REQUIRED},
    {.name = "created_by", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "updated_at", .kind = DATA_KIND_DATETIME, .flags = DATA_REQUIRED},
    {.name = "updated_by", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "deleted_at", .kind = DATA_KIND_DATETIME},
    {.name = "deleted_by", .kind = DATA_KIND_TEXT},
    {.name = "merged_into", .kind = DATA_KIND_INTEGER},
    {.name = "merged", .kind = DATA_KIND_LIST, .of = DATA_KIND_INTEGER},
    {.name = NULL}};

/* The pairs whose key is one of the stamps, or those whose key is none. */
static void append_part(base_slice record, bool stamp, base_buffer *out) {
  size_t count = 0;
  size_t place = data_append_open_map(out);
  data_walk walk = data_walk_begin(record);
  while (data_walk_next(&walk)) {
    if ((data_field_find(stamps, walk.key.as.bytes) != NULL) != stamp) continue;
    data_append_raw(out, walk.key.raw);
    data_append_raw(out, walk.value.raw);
    count++;
  }
  data_append_close(out, place, count);
}

static base_code check_part(crm_ctx *ctx, const data_field *fields, base_slice record, bool stamp,
                            base_buffer *normal) {
  base_buffer part = {0};
  append_part(record, stamp, &part);
  base_code code = data_validate(fields, base_buffer_slice(&part), DATA_VALIDATE_TRUSTED,
                                 BASE_VALIDATION_FAILED, normal, ctx->error);
  base_buffer_fini(&part);
  return code;
}

/* The record with every value in normal form. */
static base_code check(crm_ctx *ctx, const model_type *type, base_slice record,
                       base_slice *checked) {
  base_buffer own = {0};
  base_buffer system = {0};
  base_buffer whole = {0};
  base_code code = check_part(ctx, stamps, record, true, &system);
  if (code == BASE_OK) code = check_part(ctx, type->fields, record, false, &own);
  if (code == BASE_OK) data_splice(record, base_buffer_slice(&own), &whole);
  base_buffer_fini(&own);
  base_buffer_fini(&system);
  *checked = model_ctx_take(ctx, &whole);
  return code;
}

static base_code refuse_number(crm_ctx *ctx, const model_type *type, int64_t id) {
  base_buffer data = {0};
  data_append_map(&data, 2);
  data_append_pair_text(&data, "type", type->name);
  data_append_pair_integer(&data, "id", id);
  base_code code =
      model_ctx_fail(ctx, BASE_DUPLICATE, "id", "已有编号 %lld 的 %s",
                     "there is a number %lld of %s already", (long long)id, type->name);
  ctx->error->data = model_ctx_take(ctx, &data);
  return code;
}

static base_code check_access(crm_ctx *ctx, const model_type *type) {
  if (ctx->actor.administrator) return BASE_OK;
  return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, NULL, "只有管理员可以按原编号恢复 %s",
                        "only administrators may bring back %s with their numbers", type->name);
}

/* What a new store is given at its first start gives way, as long as nobody changed it. */
static bool gives_way(const crm_ctx *ctx, const data_key *key) {
  store_entry entry;
  uint64_t sequence = store_record_sequence(ctx->set, data_key_slice(key));
  return store_entry_get(store_change_set_view(ctx->set), sequence, &entry) &&
         base_slice_is(entry.head.op, "server.start");
}

base_code model_adopt(crm_ctx *ctx, const model_type *type, base_slice record,
                      base_slice *adopted) {
  data_key key;
  base_slice known;
  BASE_TRY(model_write_allowed(ctx, type, 0));
  BASE_TRY(check_access(ctx, type));
  BASE_TRY(check(ctx, type, record, adopted));
  int64_t id = data_map_integer(*adopted, "id", 0);
  model_record_key(&key, type->name, id);
  bool there = store_get(ctx->set, STORE_RECORD, data_key_slice(&key), &known);
  if (there && !gives_way(ctx, &key)) return refuse_number(ctx, type, id);
  known = base_arena_slice(ctx->arena, known);
  BASE_TRY(model_record_count_id(ctx, type, id));
  return model_write_put(ctx, type, id, known, *adopted);
}

base_code model_adopt_link(crm_ctx *ctx, const model_link_row *row) {
  data_key key;
  model_link_row other = {.type = row->to_type,
                          .id = row->to,
                          .name = row->name,
                          .out = !row->out,
                          .to_type = row->type,
                          .to = row->id};
  model_link_mirror(row, &key);
  BASE_TRY(store_put(ctx->set, STORE_LINK, data_key_slice(&key), (base_slice){0}, ctx->error));
  model_link_mirror(&other, &key);
  return store_put(ctx->set, STORE_LINK, data_key_slice(&key), (base_slice){0}, ctx->error);
}
