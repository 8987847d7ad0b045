/* share: one record shown to one more user. A share is a record; the user's policy takes it in
 * (api/policies.h). It opens no more than roles do: what a type's `visible` hides stays hidden. */
#include "api/nouns/nouns.h"
#include "api/nouns/user.h"
#include "base/metric.h"

BASE_METRIC(too_many, "api_limit_shares_total");

static const char *const levels[] = {"read", "write", NULL};

static const data_field share_fields[] = {{.name = "record_type",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_REQUIRED,
                                           .label_zh = "记录类型",
                                           .label_en = "record's type"},
                                          {.name = "record_id",
                                           .kind = DATA_KIND_INTEGER,
                                           .flags = DATA_REQUIRED,
                                           .label_zh = "记录编号",
                                           .label_en = "record's number"},
                                          {.name = "user",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_REQUIRED | DATA_INDEX,
                                           .bounded = true,
                                           .min = 1,
                                           .max = API_NAME_MAX,
                                           .label_zh = "用户",
                                           .label_en = "user"},
                                          {.name = "level",
                                           .kind = DATA_KIND_CHOICE,
                                           .choices = levels,
                                           .flags = DATA_REQUIRED,
                                           .label_zh = "程度",
                                           .label_en = "level",
                                           .doc = "read, or write: to change it, too."},
                                          {.name = NULL}};

static const model_index_definition share_indexes[] = {
    {.name = "record", .fields = {"record_type", "record_id", "user"}, .unique = true},
    {.name = NULL}};

/* {any = [{user = "$user"}, {created_by = "$user"}]} */
#define TWO_ENDS                                                                                   \
  "\x81\xa3"                                                                                       \
  "any"                                                                                            \
  "\x92\x81\xa4"                                                                                   \
  "user"                                                                                           \
  "\xa5"                                                                                           \
  "$user"                                                                                          \
  "\x81\xaa"                                                                                       \
  "created_by"                                                                                     \
  "\xa5"                                                                                           \
  "$user"

const model_type_definition api_types_share[] = {
    {.name = "share",
     .label_zh = "共享",
     .label_en = "share",
     .title = "user",
     .flags = MODEL_TYPE_ADMIN,
     .doc = "A record that was shared with a user (ROL-04).",
     .fields = share_fields,
     .indexes = share_indexes,
     .visible = {.data = (const uint8_t *)TWO_ENDS, .size = sizeof TWO_ENDS - 1}},
    {.name = NULL}};

/* --- rules ---------------------------------------------------------------------------------------- */

const model_rule api_rules_share[] = {
    {.name = "share_sessions",
     .type = "share",
     .events = MODEL_CREATE | MODEL_UPDATE | MODEL_DELETE | MODEL_RESTORE,
     .doc = "What is shared or no longer shared is so at once (ROL-04).",
     .run = api_user_tell_sessions},
    {.name = NULL}};

/* --- ops ------------------------------------------------------------------------------------------ */

/* Whoever may change the record may share it; nobody gives more than she has. */
static base_code read_shared(crm_ctx *ctx, base_slice params, const model_type **type,
                             int64_t *id) {
  BASE_TRY(api_param_type(ctx, params, "type", type));
  return model_record_may(ctx, *type, api_param_integer(params, "id"), MODEL_DO_UPDATE, id);
}

static base_code check_user(crm_ctx *ctx, base_slice user) {
  base_slice record;
  if (api_user_find(ctx, user, &record)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_REFERENCE_MISSING, "user", "没有用户 %.*s",
                        "there is no user %.*s", BASE_SLICE_ARGS(user));
}

static base_code find_share(crm_ctx *ctx, const model_type *type, int64_t id, base_slice user,
                            base_slice *share) {
  base_buffer where = {0};
  model_page page;
  data_append_map(&where, 3);
  data_append_pair_text(&where, "record_type", type->name);
  data_append_pair_integer(&where, "record_id", id);
  data_append_pair_slice(&where, "user", user);
  const model_policy *policy = model_permission_lift(ctx);
  base_code code =
      api_noun_find(ctx, "share", model_ctx_take(ctx, &where), "id", 1, (base_slice){0}, &page);
  model_permission_drop(ctx, policy);
  BASE_TRY(code);
  *share = page.count > 0 ? page.items[0] : (base_slice){0};
  return BASE_OK;
}

/* A policy holds all shares of its user. */
static base_code check_shares(crm_ctx *ctx, base_slice user) {
  int64_t count = 0;
  int64_t most = api_engine_options_get(api_execution_of(ctx)->engine)->shares;
  base_buffer where = {0};
  data_append_map(&where, 1);
  data_append_pair_slice(&where, "user", user);
  const model_policy *policy = model_permission_lift(ctx);
  base_code code =
      model_count(ctx, api_noun_type(ctx, "share"), model_ctx_take(ctx, &where), &count);
  model_permission_drop(ctx, policy);
  BASE_TRY(code);
  if (count < most) return BASE_OK;
  base_metric_add(&too_many, 1);
  return model_ctx_fail(ctx, BASE_TOO_LARGE, "user",
                        "已有 %lld 条记录共享给 %.*s，达到上限（limits.shares）；请先收回一些"
                        "（record.unshare），或改用角色的权限",
                        "%lld records are shared with %.*s, which is the limit (limits.shares): "
                        "take some back (record.unshare), or let a role's permission say it",
                        (long long)count, BASE_SLICE_ARGS(user));
}

static base_code put_share(crm_ctx *ctx, base_slice values, base_slice known, base_slice *share) {
  const model_type *type = api_noun_type(ctx, "share");
  const model_policy *policy = model_permission_lift(ctx);
  base_code code = known.size == 0
                       ? model_record_create(ctx, type, values, MODEL_TRUSTED, share)
                       : model_record_update(ctx, type, data_map_integer(known, "id", 0), values, 0,
                                             MODEL_TRUSTED, share);
  model_permission_drop(ctx, policy);
  return code;
}

static base_code run_share(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type;
  int64_t id = 0;
  base_slice known;
  base_slice share;
  base_buffer values = {0};
  base_slice user = api_param_text(params, "user");
  BASE_TRY(read_shared(ctx, params, &type, &id));
  BASE_TRY(check_user(ctx, user));
  BASE_TRY(find_share(ctx, type, id, user, &known));
  if (known.size == 0) BASE_TRY(check_shares(ctx, user));
  data_append_map(&values, 4);
  data_append_pair_text(&values, "record_type", type->name);
  data_append_pair_integer(&values, "record_id", id);
  data_append_pair_slice(&values, "user", user);
  data_append_pair_slice(&values, "level", api_param_text(params, "level"));
  BASE_TRY(put_share(ctx, model_ctx_take(ctx, &values), known, &share));
  data_append_raw(result, share);
  return BASE_OK;
}

static base_code run_unshare(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  const model_type *type;
  int64_t id = 0;
  base_slice share;
  base_slice user = api_param_text(params, "user");
  BASE_TRY(read_shared(ctx, params, &type, &id));
  BASE_TRY(find_share(ctx, type, id, user, &share));
  if (share.size == 0) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "user", "编号 %lld 的 %s 没有共享给 %.*s",
                          "number %lld of %s is not shared with %.*s", (long long)id, type->name,
                          BASE_SLICE_ARGS(user));
  }
  const model_policy *policy = model_permission_lift(ctx);
  base_code code = model_record_delete(ctx, api_noun_type(ctx, "share"),
                                       data_map_integer(share, "id", 0), MODEL_TRUSTED, &share);
  model_permission_drop(ctx, policy);
  BASE_TRY(code);
  data_append_raw(result, share);
  return BASE_OK;
}

#define PARAM_USER                                                                                 \
  { .name = "user", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "With whom." }

static const data_field share_params[] = {API_PARAM_TYPE,
                                          API_PARAM_ID,
                                          PARAM_USER,
                                          {.name = "level",
                                           .kind = DATA_KIND_CHOICE,
                                           .choices = levels,
                                           .initial = "read",
                                           .doc = "read, or write: to change it, too."},
                                          {0}};
static const data_field unshare_params[] = {API_PARAM_TYPE, API_PARAM_ID, PARAM_USER, {0}};

const api_op api_ops_share[] = {
    {.name = "record.share",
     .flags = API_WRITE,
     .params = share_params,
     .errors = "NOT_FOUND PERMISSION_DENIED REFERENCE_MISSING TOO_LARGE",
     .since = "2",
     .result = model_system_fields,
     .doc =
         "Lets one more user see a record, or change it, whatever that user's roles say; who may "
         "change the record may share it. What a type's `visible` hides stays hidden (ROL-04).",
     .doc_zh = "把一条记录共享给另一用户，只读或可改；类型的 visible 规则仍然有效。",
     .run = run_share},
    {.name = "record.unshare",
     .flags = API_WRITE,
     .params = unshare_params,
     .errors = "NOT_FOUND PERMISSION_DENIED",
     .since = "2",
     .result = model_system_fields,
     .doc = "Takes a share back (ROL-04).",
     .doc_zh = "收回共享。",
     .run = run_unshare},
    {.name = NULL}};
