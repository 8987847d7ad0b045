/* role: what users may do, by name. */
#include "api/nouns/nouns.h"

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
    {.name = NULL}};

const model_type_definition api_types_role[] = {{.name = "role",
                                                 .label_zh = "角色",
                                                 .label_en = "role",
                                                 .title = "name",
                                                 .flags = MODEL_TYPE_ADMIN,
                                                 .doc = "What a user may do (ROL-01).",
                                                 .fields = role_fields},
                                                {.name = NULL}};

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
    {.name = NULL}};
static const data_field list_params[] = {API_PARAM_LIMIT, API_PARAM_AFTER, {.name = NULL}};
static const data_field list_result[] = {
    API_RESULT_ITEMS("Roles, the oldest first."), API_RESULT_NEXT, {.name = NULL}};

const api_op api_ops_role[] = {{.name = "role.define",
                                .flags = API_WRITE | API_ADMIN,
                                .params = define_params,
                                .errors = "VALIDATION_FAILED",
                                .since = "1",
                                .result = model_system_fields,
                                .doc = "Makes a role, or changes the one of that name (ROL-01).",
                                .doc_zh = "定义角色；已有同名的就修改它。",
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
