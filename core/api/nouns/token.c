/* token: what a program logs in with instead of a password. A token acts as one user, within a scope: ops,
 * types, until an instant. The secret is shown once; only its digest is kept, in records that the server
 * alone sees. It has 256 random bits, so a quick digest keeps it as well as a slow one would. */
#include "api/nouns/token.h"

#include "api/identity.h"
#include "api/nouns/user.h"
#include "base/hash.h"
#include "base/random.h"

#define SECRET_BYTES 32
#define SECRET_PREFIX "haoke_" /* so that people and scanners see what it is */
#define YEAR_MS ((int64_t)365 * 24 * 3600 * 1000)
#define SCOPE_MAX 100

static const data_field token_fields[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = API_NAME_MAX,
     .label_zh = "名称",
     .label_en = "name",
     .doc = "What it is for."},
    {.name = "user",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED | DATA_INDEX,
     .label_zh = "用户",
     .label_en = "user",
     .doc = "Acts as this user, with at most that user's rights."},
    {.name = "ops",
     .kind = DATA_KIND_TAGS,
     .bounded = true,
     .min = 0,
     .max = SCOPE_MAX,
     .label_zh = "操作",
     .label_en = "ops",
     .doc = "Limited to these ops: task.list, or task.* for all of a noun; none: not limited."},
    {.name = "types",
     .kind = DATA_KIND_TAGS,
     .bounded = true,
     .min = 0,
     .max = SCOPE_MAX,
     .label_zh = "类型",
     .label_en = "types",
     .doc = "Limited to these types; without ops, to ops that are asked of one type by name."},
    {.name = "expires_at",
     .kind = DATA_KIND_DATETIME,
     .label_zh = "到期",
     .label_en = "expires at",
     .doc = "Of no use from then on."},
    {.name = "revoked_at",
     .kind = DATA_KIND_DATETIME,
     .flags = DATA_READONLY,
     .label_zh = "撤销于",
     .label_en = "revoked at",
     .doc = "Of no use since then."},
    {.name = NULL}};

static const data_field secret_fields[] = {
    {.name = "digest", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED | DATA_UNIQUE},
    {.name = "token", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED},
    {.name = NULL}};

const model_type_definition api_types_token[] = {
    {.name = "token",
     .label_zh = "令牌",
     .label_en = "token",
     .title = "name",
     .flags = MODEL_TYPE_ADMIN,
     .doc = "What a program logs in with (auth.token).",
     .fields = token_fields},
    {.name = "token_secret",
     .label_zh = "令牌摘要",
     .label_en = "token secret",
     .flags = MODEL_TYPE_INTERNAL,
     .doc = "The digest of a token's secret.",
     .fields = secret_fields},
    {.name = NULL}};

/* --- rules ---------------------------------------------------------------------------------------------- */

static base_code check_user(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  base_slice record;
  base_slice user = data_map_text(change->after, "user");
  if (api_user_find(ctx, user, &record)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_REFERENCE_MISSING, "user", "没有用户 %.*s",
                        "there is no user %.*s", BASE_SLICE_ARGS(user));
}

typedef struct noun_search {
  base_slice noun; /* with its dot */
  bool found;
} noun_search;

static void look_at_op(const api_op *op, void *self) {
  noun_search *search = self;
  bool starts = base_slice_starts(base_slice_text(op->name), search->noun);
  search->found = search->found || (starts && !(op->flags & API_INTERNAL));
}

/* What is not there is wrong with the field that names it. */
static base_code in_field(crm_ctx *ctx, base_code code, const char *field) {
  if (code == BASE_OK) return BASE_OK;
  ctx->error->field[0] = '\0';
  base_error_within(ctx->error, field);
  return ctx->error->code = BASE_VALIDATION_FAILED;
}

static base_code check_pattern(crm_ctx *ctx, base_slice pattern) {
  const api_registry *registry = api_execution_of(ctx)->registry;
  const api_op *op;
  if (pattern.size < 3 || pattern.data[pattern.size - 1] != '*') {
    return in_field(ctx, api_registry_op(registry, pattern, &op, ctx->error), "ops");
  }
  noun_search search = {.noun = base_slice_make(pattern.data, pattern.size - 1)};
  bool dot = pattern.data[pattern.size - 2] == '.';
  if (dot) api_registry_each_op(registry, look_at_op, &search);
  if (search.found) return BASE_OK;
  return model_ctx_fail(
      ctx, BASE_VALIDATION_FAILED, "ops", "没有操作符合 %.*s：应如 task.list 或 task.*",
      "no op fits %.*s: it should be like task.list or task.*", BASE_SLICE_ARGS(pattern));
}

static base_code check_scope(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  data_value list = {0};
  const model_type *type;
  data_map_find(change->after, "ops", &list);
  data_walk walk = data_walk_begin(list.raw);
  while (list.type == DATA_ARRAY && data_walk_next(&walk)) {
    BASE_TRY(check_pattern(ctx, walk.value.as.bytes));
  }
  list = (data_value){0};
  data_map_find(change->after, "types", &list);
  walk = data_walk_begin(list.raw);
  while (list.type == DATA_ARRAY && data_walk_next(&walk)) {
    base_slice name = walk.value.as.bytes;
    BASE_TRY(in_field(ctx, model_schema_type(ctx->schema, name, &type, ctx->error), "types"));
  }
  return BASE_OK;
}

static const char *const user_only[] = {"user", NULL};
static const char *const scope_only[] = {"ops", "types", NULL};

const model_rule api_rules_token[] = {{.name = "token_user",
                                       .type = "token",
                                       .events = MODEL_CREATE | MODEL_UPDATE,
                                       .fields = user_only,
                                       .doc = "A token's user exists.",
                                       .run = check_user},
                                      {.name = "token_scope",
                                       .type = "token",
                                       .events = MODEL_CREATE | MODEL_UPDATE,
                                       .fields = scope_only,
                                       .doc = "What a token is limited to exists.",
                                       .run = check_scope},
                                      {.name = NULL}};

/* --- look-ups --------------------------------------------------------------------------------------------- */

static void append_hex(base_slice bytes, base_buffer *out) {
  for (size_t i = 0; i < bytes.size; i++) base_buffer_format(out, "%02x", bytes.data[i]);
}

static base_slice digest_of(crm_ctx *ctx, base_slice secret) {
  base_digest digest = base_hash_slice(secret);
  base_buffer text = {0};
  append_hex(base_slice_make(digest.bytes, sizeof digest.bytes), &text);
  return model_ctx_take(ctx, &text);
}

bool api_token_find_by_secret(crm_ctx *ctx, base_slice secret, base_slice *record) {
  base_slice found;
  const model_type *type = api_noun_type(ctx, "token_secret");
  if (!model_record_find_by(ctx, type, "digest", digest_of(ctx, secret), &found)) return false;
  int64_t id = data_map_integer(found, "token", 0);
  return model_record_find(ctx, api_noun_type(ctx, "token"), id, record) &&
         api_token_serves(*record, ctx->now);
}

/* --- ops -------------------------------------------------------------------------------------------------- */

static base_code prepare_secret(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                                const void *self) {
  (void)self;
  uint8_t bytes[SECRET_BYTES];
  base_buffer secret = {0};
  base_buffer patch = {0};
  base_random_bytes(bytes, sizeof bytes);
  base_buffer_append(&secret, SECRET_PREFIX, sizeof SECRET_PREFIX - 1);
  append_hex(base_slice_make(bytes, sizeof bytes), &secret);
  data_append_map(&patch, 1);
  data_append_pair_slice(&patch, "secret", model_ctx_take(ctx, &secret));
  data_splice(params, base_buffer_slice(&patch), prepared);
  base_buffer_fini(&patch);
  return BASE_OK;
}

static base_code write_secret(crm_ctx *ctx, base_slice secret, int64_t token) {
  base_buffer values = {0};
  base_slice record;
  data_append_map(&values, 2);
  data_append_pair_slice(&values, "digest", digest_of(ctx, secret));
  data_append_pair_integer(&values, "token", token);
  return model_record_create(ctx, api_noun_type(ctx, "token_secret"), model_ctx_take(ctx, &values),
                             MODEL_TRUSTED, &record);
}

static base_slice values_of(crm_ctx *ctx, base_slice params) {
  base_buffer patch = {0};
  base_buffer values = {0};
  data_append_map(&patch, 2);
  data_append_text(&patch, "secret");
  data_append_nil(&patch);
  data_append_pair_integer(&patch, "expires_at",
                           data_map_integer(params, "expires_at", ctx->now + YEAR_MS));
  data_splice(params, base_buffer_slice(&patch), &values);
  base_buffer_fini(&patch);
  return model_ctx_take(ctx, &values);
}

static base_code run_create(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_slice record;
  base_buffer patch = {0};
  base_slice secret = api_param_text(params, "secret");
  base_slice values = values_of(ctx, params);
  BASE_TRY(model_record_create(ctx, api_noun_type(ctx, "token"), values, 0, &record));
  BASE_TRY(write_secret(ctx, secret, data_map_integer(record, "id", 0)));
  data_append_map(&patch, 1);
  data_append_pair_slice(&patch, "secret", secret);
  data_splice(record, base_buffer_slice(&patch), result);
  base_buffer_fini(&patch);
  return BASE_OK;
}

static base_code run_revoke(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_slice record;
  base_buffer patch = {0};
  const model_type *type = api_noun_type(ctx, "token");
  int64_t id = api_param_integer(params, "id");
  BASE_TRY(model_record_get(ctx, type, id, &record));
  if (data_map_integer(record, "revoked_at", 0) == 0) {
    data_append_map(&patch, 1);
    data_append_pair_integer(&patch, "revoked_at", ctx->now);
    base_slice values = model_ctx_take(ctx, &patch);
    BASE_TRY(model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &record));
  }
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_list(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  model_page page;
  BASE_TRY(api_noun_find(ctx, "token", (base_slice){0}, "id", api_param_integer(params, "limit"),
                         api_param_text(params, "after"), &page));
  api_noun_append_page(&page, result);
  return BASE_OK;
}

static const data_field create_params[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "What it is for."},
    {.name = "user", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "Whom it acts as."},
    {.name = "ops",
     .kind = DATA_KIND_TAGS,
     .doc = "Limits it to these ops: task.list, or task.* for all of a noun."},
    {.name = "types", .kind = DATA_KIND_TAGS, .doc = "Limits it to these types."},
    {.name = "expires_at",
     .kind = DATA_KIND_DATETIME,
     .doc = "Milliseconds UTC; a year from now when not given."},
    {.name = NULL}};
static const data_field revoke_params[] = {API_PARAM_ID, {.name = NULL}};
static const data_field list_params[] = {API_PARAM_LIMIT, API_PARAM_AFTER, {.name = NULL}};

static const data_field create_result[] = {
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "The token's number; its fields beside it."},
    {.name = "secret",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_PERSONAL,
     .doc = "For auth.token. Shown this once, also with an idempotency_key."},
    {.name = NULL}};
static const data_field list_result[] = {
    API_RESULT_ITEMS("Tokens, the oldest first."), API_RESULT_NEXT, {.name = NULL}};

const api_op api_ops_token[] = {
    {.name = "token.create",
     .flags = API_WRITE | API_ADMIN,
     .params = create_params,
     .errors = "REFERENCE_MISSING VALIDATION_FAILED",
     .since = "1",
     .result = create_result,
     .doc = "Makes a token with which a program logs in (auth.token).",
     .doc_zh = "发放令牌，程序用它登录。",
     .run = run_create,
     .prepare = prepare_secret},
    {.name = "token.revoke",
     .flags = API_WRITE | API_ADMIN,
     .params = revoke_params,
     .errors = "NOT_FOUND",
     .since = "1",
     .result = model_system_fields,
     .doc = "The token serves no longer, also in sessions that are open.",
     .doc_zh = "撤销令牌，已登录的会话随即失效。",
     .run = run_revoke},
    {.name = "token.list",
     .flags = API_ADMIN,
     .params = list_params,
     .since = "1",
     .result = list_result,
     .doc = "All tokens, without their secrets: {items, next}.",
     .doc_zh = "列出令牌（不含密文）。",
     .run = run_list},
    {.name = NULL}};
