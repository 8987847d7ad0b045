/* role: what users may do, by name. Its permissions are data; model/policy.h makes of them what a user may
 * do. */
#include "api/nouns/nouns.h"
#include "api/nouns/user.h"

#define PERMISSIONS_MAX 500

static const data_field permission_fields[] = {
    {.name = "type",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .label_zh = "类型",
     .label_en = "type",
     .doc = "Whose records."},
    {.name = "actions",
     .kind = DATA_KIND_TAGS,
     .flags = DATA_REQUIRED,
     .label_zh = "动作",
     .label_en = "actions",
     .doc = "What may be done: read, create, update, delete."},
    {.name = "where",
     .kind = DATA_KIND_MAP,
     .label_zh = "条件",
     .label_en = "where",
     .doc =
         "To which records; to all when not given. \"$user\", \"$team\" and \"$region\" are those "
         "of whoever asks."},
    {.name = "fields",
     .kind = DATA_KIND_MAP,
     .label_zh = "字段",
     .label_en = "fields",
     .doc = "Field → hidden, masked (138****1001) or readonly."},
    {.name = NULL}};

static const data_field role_fields[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED | DATA_UNIQUE,
     .bounded = true,
     .min = 1,
     .max = API_NAME_MAX,
     .label_zh = "角色名",
     .label_en = "name"},
    {.name = "label", .kind = DATA_KIND_TEXT, .label_zh = "称呼", .label_en = "label"},
    {.name = "permissions",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .fields = permission_fields,
     .bounded = true,
     .min = 0,
     .max = PERMISSIONS_MAX,
     .label_zh = "权限",
     .label_en = "permissions",
     .doc = "Rows, one for a type: a type without one is open as it is to all staff (ROL-02)."},
    {.name = NULL}};

const model_type_definition api_types_role[] = {{.name = "role",
                                                 .label_zh = "角色",
                                                 .label_en = "role",
                                                 .title = "name",
                                                 .flags = MODEL_TYPE_ADMIN,
                                                 .doc = "What a user may do (ROL-01).",
                                                 .fields = role_fields},
                                                {.name = NULL}};

/* --- rules ---------------------------------------------------------------------------------------------- */

static base_code check_permissions(crm_ctx *ctx, const model_rule_change *change,
                                   const void *self) {
  (void)self;
  data_value rows = {0};
  data_map_find(change->after, "permissions", &rows);
  if (rows.type != DATA_ARRAY) return BASE_OK;
  base_code code = model_policy_check(ctx->schema, rows.raw, ctx->arena, ctx->error);
  if (code != BASE_OK) base_error_within(ctx->error, "permissions");
  return code;
}

static const char *const permissions_only[] = {"permissions", NULL};

const model_rule api_rules_role[] = {
    {.name = "role_permissions",
     .type = "role",
     .events = MODEL_CREATE | MODEL_UPDATE | MODEL_RESTORE,
     .fields = permissions_only,
     .doc = "Permissions fit the types there are (ROL-02).",
     .run = check_permissions},
    {.name = "role_sessions",
     .type = "role",
     .events = MODEL_CREATE | MODEL_UPDATE | MODEL_DELETE | MODEL_RESTORE,
     .doc = "Rights that are taken away end at once (ROL-02).",
     .run = api_user_tell_sessions},
    {.name = NULL}};

/* --- ops ------------------------------------------------------------------------------------------------ */

/* The role of that name is made, or takes the values given. */
static base_code run_define(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  const model_type *type = api_noun_type(ctx, "role");
  base_slice record;
  if (model_record_find_by(ctx, type, "name", api_param_text(params, "name"), &record)) {
    BASE_TRY(
        model_record_update(ctx, type, data_map_integer(record, "id", 0), params, 0, 0, &record));
  } else {
    BASE_TRY(model_record_create(ctx, type, params, 0, &record));
  }
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_list(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  model_page page;
  BASE_TRY(api_noun_find(ctx, "role", (base_slice){0}, "id", api_param_integer(params, "limit"),
                         api_param_text(params, "after"), &page));
  api_noun_append_page(&page, result);
  return BASE_OK;
}

static const data_field define_params[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = API_NAME_MAX,
     .doc = "The role's name, by which users have it."},
    {.name = "label", .kind = DATA_KIND_TEXT, .doc = "What people call it."},
    {.name = "permissions",
     .kind = DATA_KIND_ANY,
     .doc = "Rows {type, actions, where?, fields?}, in the place of those there are: what the role "
            "may do to records of that type. Nothing is said of a type: all that staff may."},
    {.name = NULL}};
static const data_field list_params[] = {API_PARAM_LIMIT, API_PARAM_AFTER, {.name = NULL}};
static const data_field list_result[] = {
    API_RESULT_ITEMS("Roles, the oldest first."), API_RESULT_NEXT, {.name = NULL}};

const api_op api_ops_role[] = {
    {.name = "role.define",
     .flags = API_WRITE | API_ADMIN,
     .params = define_params,
     .errors = "VALIDATION_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Makes a role with its permissions, or changes the one of that "
            "name (ROL-01, ROL-02).",
     .doc_zh = "定义角色及其权限；已有同名的就修改它。",
     .run = run_define},
    {.name = "role.list",
     .flags = API_ADMIN,
     .params = list_params,
     .since = "1",
     .result = list_result,
     .doc = "All roles: {items, next}.",
     .doc_zh = "列出角色。",
     .run = run_list},
    {.name = NULL}};
