#include "model/reference.h"

#include <stdio.h>

#include "model/index.h"
#include "model/permission.h"
#include "model/record_write.h"

static base_code check_one(crm_ctx *ctx, const data_field *field, const char *path,
                           data_value value) {
  if (value.type != DATA_INTEGER) return BASE_OK;
  const model_type *to = model_schema_find(ctx->schema, base_slice_text(field->to));
  base_slice record;
  if (model_record_fetch(ctx, to, value.as.integer, &record)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_REFERENCE_MISSING, path, "%s 引用的 %s 不存在：没有编号 %lld",
                        "%s refers to a %s that does not exist: %lld", path, field->to,
                        (long long)value.as.integer);
}

static base_code check_fields(crm_ctx *ctx, const data_field *fields, base_slice before,
                              base_slice after);

static bool has_element(data_value list, data_value element) {
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    if (base_slice_equal(walk.value.raw, element.raw)) return true;
  }
  return false;
}

static base_code check_element(crm_ctx *ctx, const data_field *field, unsigned at,
                               base_slice before, data_value element) {
  char step[80];
  snprintf(step, sizeof step, "%s[%u]", field->name, at);
  if (field->of == DATA_KIND_REFERENCE) return check_one(ctx, field, step, element);
  base_code code = check_fields(ctx, field->fields, before, element.raw);
  if (code != BASE_OK) base_error_within(ctx->error, step);
  return code;
}

/* An element that was there before, at whatever place, is not asked again; a changed one only for
 * what differs from the one at its place. */
static base_code check_list(crm_ctx *ctx, const data_field *field, data_value had,
                            data_value list) {
  data_walk old = data_walk_begin(had.raw);
  data_walk walk = data_walk_begin(list.raw);
  for (unsigned i = 0; data_walk_next(&walk); i++) {
    base_slice before = data_walk_next(&old) ? old.value.raw : (base_slice){0};
    if (has_element(had, walk.value)) continue;
    BASE_TRY(check_element(ctx, field, i, before, walk.value));
  }
  return BASE_OK;
}

static base_code check_value(crm_ctx *ctx, const data_field *field, data_value had,
                             data_value value) {
  if (field->kind == DATA_KIND_REFERENCE) return check_one(ctx, field, field->name, value);
  if (value.type == DATA_ARRAY) return check_list(ctx, field, had, value);
  if (value.type != DATA_MAP) return BASE_OK;
  base_code code = check_fields(ctx, field->fields, had.raw, value.raw);
  if (code != BASE_OK) base_error_within(ctx->error, field->name);
  return code;
}

const model_type *model_reference_type(const crm_ctx *ctx, const data_field *field) {
  data_kind kind = field->kind == DATA_KIND_LIST ? field->of : field->kind;
  if (kind != DATA_KIND_REFERENCE) return NULL;
  return model_schema_find(ctx->schema, base_slice_text(field->to));
}

/* Whether values of the field can hold references. */
static bool may_refer(const data_field *field) {
  if (field->kind == DATA_KIND_LIST && field->of == DATA_KIND_REFERENCE) return true;
  return field->kind == DATA_KIND_REFERENCE || field->fields != NULL;
}

static base_code check_fields(crm_ctx *ctx, const data_field *fields, base_slice before,
                              base_slice after) {
  for (const data_field *field = fields; field->name != NULL; field++) {
    data_value value;
    data_value had = {0};
    if (!may_refer(field) || !data_map_find(after, field->name, &value)) continue;
    if (before.size > 0) data_map_find(before, field->name, &had);
    if (base_slice_equal(value.raw, had.raw)) continue;
    BASE_TRY(check_value(ctx, field, had, value));
  }
  return BASE_OK;
}

base_code model_reference_check(crm_ctx *ctx, const model_type *type, base_slice before,
                                base_slice after) {
  return check_fields(ctx, type->fields, before, after);
}

/* Whether a record refers by that index; `seen`: one that the actor may see, among a bounded number. */
static bool has_referrer(crm_ctx *ctx, const model_referrer *referrer, int64_t id, bool seen) {
  data_key lower;
  data_key_init(&lower);
  data_key_text(&lower, base_slice_text(referrer->type->name), DATA_KEY_HASH);
  data_key_text(&lower, base_slice_text(referrer->index->name), DATA_KEY_HASH);
  data_key_integer(&lower, id);
  data_key upper = lower;
  data_key_successor(&upper);
  base_slice key;
  base_slice value;
  store_table table = referrer->index->unique ? STORE_UNIQUE : STORE_INDEX;
  store_cursor *cursor =
      store_cursor_open(ctx->set, table, data_key_slice(&lower), data_key_slice(&upper), false);
  bool found = false;
  int64_t looked = 0;
  while (!found && looked++ < ctx->scan_rows && store_cursor_next(cursor, &key, &value)) {
    found = !seen || model_permission_tells(ctx, referrer->type, model_index_row_id(value));
  }
  store_cursor_close(cursor);
  return found;
}

/* By what the record is used is told only of what the actor may see. */
static base_code refuse_used(crm_ctx *ctx, const model_type *type, int64_t id) {
  for (size_t i = 0; i < type->referrer_count; i++) {
    const model_referrer *referrer = &type->referrers[i];
    if (!has_referrer(ctx, referrer, id, true)) continue;
    return model_ctx_fail(ctx, BASE_REFERENCE_IN_USE, "id",
                          "编号 %lld 的 %s 还被 %s 引用，不能删除",
                          "number %lld of %s is still referred to by %s and cannot be deleted",
                          (long long)id, type->name, referrer->type->name);
  }
  return model_ctx_fail(ctx, BASE_REFERENCE_IN_USE, "id", "编号 %lld 的 %s 还被引用，不能删除",
                        "number %lld of %s is still referred to and cannot be deleted",
                        (long long)id, type->name);
}

base_code model_reference_free(crm_ctx *ctx, const model_type *type, int64_t id) {
  for (size_t i = 0; i < type->referrer_count; i++) {
    if (has_referrer(ctx, &type->referrers[i], id, false)) return refuse_used(ctx, type, id);
  }
  return BASE_OK;
}
