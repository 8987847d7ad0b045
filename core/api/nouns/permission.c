/* permission: why a user may see or write a record, or may not. */
#include "api/nouns/nouns.h"
#include "api/nouns/user.h"
#include "api/policies.h"

typedef struct explaining {
  crm_ctx *ctx;
  const model_type *type;
  model_subject subject;
  base_slice record;
  base_buffer *out;
  size_t count;
} explaining;

static const char *const grounds[] = {
    [MODEL_GROUND_OPEN] = "open",   [MODEL_GROUND_GONE] = "gone",
    [MODEL_GROUND_ROW] = "row",     [MODEL_GROUND_ACTION] = "action",
    [MODEL_GROUND_SHARE] = "share", [MODEL_GROUND_VISIBLE] = "visible"};

static const struct {
  const char *zh[2]; /* when it does not hold, when it does */
  const char *en[2];
} words[] = {
    [MODEL_GROUND_OPEN] = {{"", "该角色没有限制此类型"},
                           {"", "the role does not restrict this type"}},
    [MODEL_GROUND_GONE] = {{"该角色已不存在，不给任何权限", ""},
                           {"the role is not there any more and allows nothing", ""}},
    [MODEL_GROUND_ROW] = {{"该角色的这一条权限，其条件不成立", "该角色的这一条权限允许"},
                          {"the condition of this row of the role does not hold",
                           "this row of the role allows it"}},
    [MODEL_GROUND_ACTION] = {{"该角色对此类型的权限都不包括这一操作", ""},
                             {"no row of the role for this type is for this action", ""}},
    [MODEL_GROUND_SHARE] = {{"记录已共享给该用户，但程度不够", "记录已共享给该用户"},
                            {"the record is shared with the user, but not for this",
                             "the record is shared with the user"}},
    [MODEL_GROUND_VISIBLE] = {{"类型的 visible 条件不成立：对该用户隐藏",
                               "类型的 visible 条件成立"},
                              {"the type's `visible` does not hold: it is hidden from the user",
                               "the type's `visible` holds"}},
};

static void tell(const model_policy_reason *reason, void *self) {
  explaining *e = self;
  base_buffer *out = e->out;
  bool english = e->ctx->error->language == BASE_EN;
  bool numbered = reason->ground == MODEL_GROUND_ROW || reason->ground == MODEL_GROUND_VISIBLE;
  size_t place = data_append_open_map(out);
  size_t pairs = 3;
  data_append_pair_text(out, "ground", grounds[reason->ground]);
  data_append_pair_boolean(out, "holds", reason->holds);
  data_append_pair_text(
      out, "text",
      english ? words[reason->ground].en[reason->holds] : words[reason->ground].zh[reason->holds]);
  if (reason->role.size > 0) {
    data_append_pair_slice(out, "role", reason->role);
    pairs += 1;
  }
  if (numbered) {
    data_append_pair_integer(out, "number", (int64_t)reason->number);
    pairs += 1;
  }
  if (reason->where.size > 0) {
    data_append_pair_raw(out, "where", reason->where);
    pairs += 1;
  }
  data_append_close(out, place, pairs);
  e->count += 1;
}

static bool is_administrator(const model_subject *subject) {
  for (size_t i = 0; i < subject->role_count; i++) {
    if (base_slice_is(subject->roles[i].name, "administrator")) return true;
  }
  return false;
}

static void append_doing(explaining *e, model_doing doing, const model_policy *policy) {
  bool administrator = is_administrator(&e->subject);
  const model_policy *own = model_permission_lift(e->ctx);
  e->ctx->actor.policy = administrator ? NULL : policy;
  bool allowed = model_permission_sees(e->ctx, e->type, e->record) &&
                 model_permission_allows(e->ctx, e->type, doing, e->record);
  model_permission_drop(e->ctx, own);
  data_append_map(e->out, 4);
  data_append_pair_text(e->out, "action", model_doing_name(doing));
  data_append_pair_boolean(e->out, "allowed", allowed);
  data_append_pair_boolean(e->out, "administrator", administrator);
  data_append_text(e->out, "reasons");
  size_t place = data_append_open_array(e->out);
  e->count = 0;
  model_policy_explain(e->type, &e->subject, doing, e->record, e->ctx->arena, tell, e);
  data_append_close(e->out, place, e->count);
}

static base_code run_explain(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  static const model_doing doings[] = {MODEL_DO_READ, MODEL_DO_UPDATE, MODEL_DO_DELETE};
  explaining e = {.ctx = ctx, .out = result};
  base_slice user = api_param_text(params, "user");
  base_slice known;
  int64_t id = api_param_integer(params, "id");
  BASE_TRY(api_param_type(ctx, params, "type", &e.type));
  if (!api_user_find(ctx, user, &known)) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "user", "没有用户 %.*s", "there is no user %.*s",
                          BASE_SLICE_ARGS(user));
  }
  BASE_TRY(model_record_get(ctx, e.type, id, &e.record));
  api_policies_subject(ctx, user, &e.subject);
  const model_policy *policy = model_policy_new(ctx->schema, &e.subject, ctx->arena);
  data_append_map(result, 4);
  data_append_pair_text(result, "type", e.type->name);
  data_append_pair_integer(result, "id", data_map_integer(e.record, "id", id));
  data_append_pair_slice(result, "user", user);
  data_append_text(result, "actions");
  data_append_array(result, sizeof doings / sizeof doings[0]);
  for (size_t i = 0; i < sizeof doings / sizeof doings[0]; i++) append_doing(&e, doings[i], policy);
  return BASE_OK;
}

static const data_field explain_params[] = {
    API_PARAM_TYPE,
    API_PARAM_ID,
    {.name = "user", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "Whose rights."},
    {0}};

static const data_field explain_result[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .doc = "The record's type."},
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "Its number; of a merged one the survivor's."},
    {.name = "user", .kind = DATA_KIND_TEXT, .doc = "Whose rights."},
    {.name = "actions",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .doc =
         "read, update, delete: {action, allowed, administrator, reasons = [{ground, holds, text, "
         "role?, number?, where?}]}; ground is row, action, open, gone, share or visible."},
    {0}};

const api_op api_ops_permission[] = {
    {.name = "permission.explain",
     .flags = API_ADMIN,
     .params = explain_params,
     .result = explain_result,
     .errors = "NOT_FOUND",
     .since = "2",
     .doc =
         "Why a user may see, change and delete a record, or may not: each row of her roles that "
         "has a say, each share, and what the type itself says (ROL-02).",
     .doc_zh = "解释某用户能否查看、修改、删除一条记录：逐条列出角色权限、共享和类型规则。",
     .run = run_explain},
    {.name = NULL}};
