/* user: who may log in, with which roles. Passwords are kept apart, in records that only the server
 * itself sees. */
#include "api/nouns/user.h"

#include "api/engine_state.h"

static const data_field user_fields[] = {{.name = "name",
                                          .kind = DATA_KIND_TEXT,
                                          .flags = DATA_REQUIRED | DATA_UNIQUE,
                                          .bounded = true,
                                          .min = 1,
                                          .max = API_NAME_MAX,
                                          .label_zh = "用户名",
                                          .label_en = "name"},
                                         {.name = "roles",
                                          .kind = DATA_KIND_TAGS,
                                          .label_zh = "角色",
                                          .label_en = "roles",
                                          .doc = "Names of role records (ROL-01)."},
                                         {.name = "team",
                                          .kind = DATA_KIND_REFERENCE,
                                          .to = "team",
                                          .label_zh = "团队",
                                          .label_en = "team",
                                          .doc = "The team that the user belongs to (ROL-01)."},
                                         {.name = "region",
                                          .kind = DATA_KIND_TREE,
                                          .label_zh = "地区",
                                          .label_en = "region",
                                          .doc = "\"$region\" in permissions: 山东/济南 (ROL-02)."},
                                         {.name = "disabled",
                                          .kind = DATA_KIND_BOOLEAN,
                                          .initial = "false",
                                          .label_zh = "停用",
                                          .label_en = "disabled"},
                                         {.name = NULL}};

static const data_field credential_fields[] = {{.name = "user",
                                                .kind = DATA_KIND_TEXT,
                                                .flags = DATA_REQUIRED | DATA_UNIQUE,
                                                .label_zh = "用户名",
                                                .label_en = "user"},
                                               {.name = "hash",
                                                .kind = DATA_KIND_TEXT,
                                                .flags = DATA_REQUIRED,
                                                .label_zh = "密码散列",
                                                .label_en = "hash"},
                                               {.name = "networks",
                                                .kind = DATA_KIND_LIST,
                                                .of = DATA_KIND_TEXT,
                                                .label_zh = "登录过的网络",
                                                .label_en = "networks",
                                                .doc = "From where the user has logged in, the "
                                                       "newest first."},
                                               {.name = NULL}};

const model_type_definition api_types_user[] = {
    {.name = "user",
     .label_zh = "用户",
     .label_en = "user",
     .title = "name",
     .flags = MODEL_TYPE_ADMIN,
     .doc = "Somebody who may log in (ROL-01).",
     .fields = user_fields},
    {.name = "credential",
     .label_zh = "凭据",
     .label_en = "credential",
     .title = "user",
     .flags = MODEL_TYPE_INTERNAL,
     .doc = "A user's password hash, and from where it was used.",
     .fields = credential_fields},
    {.name = NULL}};

/* --- rules ---------------------------------------------------------------------------------------------- */

/* Names that the server itself acts under. */
static bool is_reserved(base_slice name) {
  return base_slice_is(name, "admin") || base_slice_is(name, "system");
}

/* A name is what people read in histories: nothing in it may be invisible or somebody else's. */
static base_code check_name(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  base_slice name = data_map_text(change->after, "name");
  bool plain = !is_reserved(name);
  for (size_t i = 0; i < name.size; i++) {
    plain = plain && name.data[i] >= ' ' && name.data[i] != 0x7f;
  }
  if (plain) return BASE_OK;
  return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, "name",
                        "用户名不能含控制字符，也不能是 admin 或 system",
                        "a user name has no control characters and is neither admin nor system");
}

base_code api_user_tell_sessions(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)change;
  (void)self;
  atomic_store(&api_execution_of(ctx)->engine->users_changed, true);
  return BASE_OK;
}

/* A user can only have roles that exist. */
static base_code check_roles(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  const model_type *type = api_noun_type(ctx, "role");
  data_value roles = {0};
  base_slice record;
  data_map_find(change->after, "roles", &roles);
  if (roles.type != DATA_ARRAY) return BASE_OK;
  data_walk walk = data_walk_begin(roles.raw);
  while (data_walk_next(&walk)) {
    base_slice name = walk.value.as.bytes;
    if (model_record_find_by(ctx, type, "name", name, &record)) continue;
    return model_ctx_fail(ctx, BASE_REFERENCE_MISSING, "roles", "没有角色 %.*s",
                          "there is no role %.*s", BASE_SLICE_ARGS(name));
  }
  return BASE_OK;
}

static const char *const role_list[] = {"roles", NULL};
static const char *const name_only[] = {"name", NULL};

const model_rule api_rules_user[] = {{.name = "user_name",
                                      .type = "user",
                                      .events = MODEL_CREATE | MODEL_UPDATE,
                                      .fields = name_only,
                                      .doc = "Names that people can tell apart (ROL-05).",
                                      .run = check_name},
                                     {.name = "user_sessions",
                                      .type = "user",
                                      .events = MODEL_CREATE | MODEL_UPDATE | MODEL_DELETE,
                                      .doc = "Rights that are taken away end at once (ROL-02).",
                                      .run = api_user_tell_sessions},
                                     {.name = "user_roles",
                                      .type = "user",
                                      .events = MODEL_CREATE | MODEL_UPDATE,
                                      .fields = role_list,
                                      .doc = "Roles exist (ROL-01).",
                                      .run = check_roles},
                                     {.name = NULL}};

/* --- look-ups --------------------------------------------------------------------------------------------- */

bool api_user_find(crm_ctx *ctx, base_slice name, base_slice *record) {
  return model_record_find_by(ctx, api_noun_type(ctx, "user"), "name", name, record);
}

bool api_user_credential(crm_ctx *ctx, base_slice name, base_slice *record) {
  return model_record_find_by(ctx, api_noun_type(ctx, "credential"), "user", name, record);
}

const char *api_user_hash(crm_ctx *ctx, base_slice name) {
  base_slice record;
  if (!api_user_credential(ctx, name, &record)) return NULL;
  return base_arena_text(ctx->arena, data_map_text(record, "hash"));
}

static data_value networks_of(base_slice credential) {
  data_value networks = {0};
  (void)data_map_find(credential, "networks", &networks);
  return networks.type == DATA_ARRAY ? networks : (data_value){0};
}

bool api_user_knows(crm_ctx *ctx, base_slice name, base_slice network) {
  base_slice record;
  if (!api_user_credential(ctx, name, &record)) return false;
  data_value networks = networks_of(record);
  data_walk walk = data_walk_begin(networks.raw);
  while (networks.raw.size > 0 && data_walk_next(&walk)) {
    if (base_slice_equal(walk.value.as.bytes, network)) return true;
  }
  return false;
}

/* The newest first, as many as are kept. */
static base_slice networks_with(crm_ctx *ctx, base_slice credential, base_slice network,
                                size_t most) {
  base_buffer patch = {0};
  data_value networks = networks_of(credential);
  data_append_map(&patch, 1);
  data_append_text(&patch, "networks");
  size_t place = data_append_open_array(&patch);
  size_t count = 1;
  data_append_slice(&patch, network);
  data_walk walk = data_walk_begin(networks.raw);
  while (count < most && networks.raw.size > 0 && data_walk_next(&walk)) {
    data_append_slice(&patch, walk.value.as.bytes);
    count++;
  }
  data_append_close(&patch, place, count);
  return model_ctx_take(ctx, &patch);
}

base_code api_user_remember(crm_ctx *ctx, base_slice name, base_slice network) {
  base_slice record;
  size_t most = api_engine_options_get(api_execution_of(ctx)->engine)->guesses.networks;
  if (api_user_knows(ctx, name, network)) return BASE_OK;
  if (!api_user_credential(ctx, name, &record)) return BASE_OK;
  return model_record_update(ctx, api_noun_type(ctx, "credential"),
                             data_map_integer(record, "id", 0),
                             networks_with(ctx, record, network, most), 0, MODEL_TRUSTED, &record);
}

static base_code need_user(crm_ctx *ctx, base_slice name, base_slice *record) {
  if (api_user_find(ctx, name, record)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_NOT_FOUND, "user", "没有用户 %.*s", "there is no user %.*s",
                        BASE_SLICE_ARGS(name));
}

/* --- ops ---------------------------------------------------------------------------------------------------- */

/* Puts the hash where the password was, so that no password ever reaches a change set or a log. */
static base_code prepare_hash(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                              const void *self) {
  (void)self;
  char hash[BASE_PASSWORD_SIZE];
  const api_engine_options *options = api_engine_options_get(api_execution_of(ctx)->engine);
  base_slice password = api_param_text(params, "password");
  if (data_text_length(password) < options->password_length) {
    return model_ctx_fail(
        ctx, BASE_VALIDATION_FAILED, "password", "密码至少 %zu 个字符（password.length）",
        "a password has at least %zu characters (password.length)", options->password_length);
  }
  BASE_TRY(base_password_hash(password, options->password, hash, ctx->error));
  base_buffer patch = {0};
  data_append_map(&patch, 2);
  data_append_text(&patch, "password");
  data_append_nil(&patch);
  data_append_pair_text(&patch, "hash", hash);
  data_splice(params, base_buffer_slice(&patch), prepared);
  base_buffer_fini(&patch);
  return BASE_OK;
}

static base_code write_credential(crm_ctx *ctx, base_slice params) {
  const model_type *type = api_noun_type(ctx, "credential");
  base_slice user = api_param_text(params, "user");
  base_slice record;
  base_buffer values = {0};
  bool known = api_user_credential(ctx, user, &record);
  data_append_map(&values, 2);
  data_append_pair_slice(&values, "user", user);
  data_append_pair_slice(&values, "hash", api_param_text(params, "hash"));
  base_slice credential = model_ctx_take(ctx, &values);
  if (!known) return model_record_create(ctx, type, credential, MODEL_TRUSTED, &record);
  return model_record_update(ctx, type, data_map_integer(record, "id", 0), credential, 0,
                             MODEL_TRUSTED, &record);
}

static base_code run_create(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_buffer values = {0};
  base_slice record;
  base_slice roles = api_param_raw(params, "roles");
  data_append_map(&values, roles.size > 0 ? 2 : 1);
  data_append_pair_slice(&values, "name", api_param_text(params, "user"));
  if (roles.size > 0) data_append_pair_raw(&values, "roles", roles);
  base_slice user = model_ctx_take(ctx, &values);
  BASE_TRY(model_record_create(ctx, api_noun_type(ctx, "user"), user, MODEL_TRUSTED, &record));
  BASE_TRY(write_credential(ctx, params));
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_set_password(crm_ctx *ctx, base_slice params, base_buffer *result,
                                  const void *self) {
  (void)self;
  base_slice record;
  BASE_TRY(need_user(ctx, api_param_text(params, "user"), &record));
  BASE_TRY(write_credential(ctx, params));
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_disable(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  base_slice record;
  BASE_TRY(need_user(ctx, api_param_text(params, "user"), &record));
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_pair_boolean(&patch, "disabled", data_map_boolean(params, "disabled", true));
  base_slice values = model_ctx_take(ctx, &patch);
  BASE_TRY(model_record_update(ctx, api_noun_type(ctx, "user"), data_map_integer(record, "id", 0),
                               values, 0, MODEL_TRUSTED, &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_list(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  model_page page;
  BASE_TRY(api_noun_find(ctx, "user", (base_slice){0}, "id", api_param_integer(params, "limit"),
                         api_param_text(params, "after"), &page));
  api_noun_append_page(&page, result);
  return BASE_OK;
}

#define PARAM_USER                                                                                 \
  {                                                                                                \
    .name = "user", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .bounded = true, .min = 1,     \
    .max = API_NAME_MAX, .doc = "User name, at most 64 bytes."                                     \
  }
#define PARAM_PASSWORD                                                                             \
  {                                                                                                \
    .name = "password", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED | DATA_PERSONAL,            \
    .bounded = true, .min = 1, .max = 1024, .doc = "At least password.length characters."          \
  }

static const data_field create_params[] = {
    PARAM_USER,
    PARAM_PASSWORD,
    {.name = "roles", .kind = DATA_KIND_TAGS, .doc = "administrator, staff, or others defined."},
    {.name = NULL}};
static const data_field password_params[] = {PARAM_USER, PARAM_PASSWORD, {.name = NULL}};
static const data_field disable_params[] = {PARAM_USER,
                                            {.name = "disabled",
                                             .kind = DATA_KIND_BOOLEAN,
                                             .initial = "true",
                                             .doc = "false lets the user in again."},
                                            {.name = NULL}};
static const data_field list_params[] = {API_PARAM_LIMIT, API_PARAM_AFTER, {.name = NULL}};

static const data_field list_result[] = {
    API_RESULT_ITEMS("Users, the oldest first."), API_RESULT_NEXT, {.name = NULL}};

const api_op api_ops_user[] = {{.name = "user.create",
                                .flags = API_WRITE | API_ADMIN,
                                .params = create_params,
                                .errors = "DUPLICATE REFERENCE_MISSING VALIDATION_FAILED",
                                .since = "1",
                                .result = model_system_fields,
                                .doc = "Makes a user with password and roles (ROL-01).",
                                .doc_zh = "新建用户。",
                                .run = run_create,
                                .prepare = prepare_hash},
                               {.name = "user.set_password",
                                .flags = API_WRITE | API_ADMIN,
                                .params = password_params,
                                .errors = "NOT_FOUND VALIDATION_FAILED",
                                .since = "1",
                                .result = model_system_fields,
                                .doc = "Gives a user a new password.",
                                .doc_zh = "重设密码。",
                                .run = run_set_password,
                                .prepare = prepare_hash},
                               {.name = "user.disable",
                                .flags = API_WRITE | API_ADMIN,
                                .params = disable_params,
                                .errors = "NOT_FOUND",
                                .since = "1",
                                .result = model_system_fields,
                                .doc = "The user can log in no longer.",
                                .doc_zh = "停用用户。",
                                .run = run_disable},
                               {.name = "user.list",
                                .flags = API_ADMIN,
                                .params = list_params,
                                .since = "1",
                                .result = list_result,
                                .doc = "All users: {items, next}.",
                                .doc_zh = "列出用户。",
                                .run = run_list},
                               {.name = NULL}};
