/* auth: logging in, by password or by token, and out. What a flood of logins may cost is guesses.h's. */
#include "api/nouns/auth.h"

#include <stdio.h>

#include "api/engine_state.h"
#include "api/identity.h"
#include "api/nouns/token.h"
#include "api/nouns/user.h"

#define PASSWORD_MAX 1024

/* The same words whether the user is unknown, disabled or the password wrong. */
static base_code refuse_login(crm_ctx *ctx) {
  return model_ctx_fail(ctx, BASE_UNAUTHENTICATED, "user", "用户名或密码不对",
                        "user or password is wrong");
}

static base_code refuse_exposed(crm_ctx *ctx) {
  return model_ctx_fail(
      ctx, BASE_PERMISSION_DENIED, NULL,
      "密码和令牌不能经明文网络传送：请改用 TLS（haoke call --tls；服务器配置 "
      "tls.listen），或在服务器本机登录",
      "passwords and tokens do not cross a network in clear text: use TLS (haoke call "
      "--tls; tls.listen in the server's configuration), or log in on the server's own "
      "machine");
}

static base_code check_exposed(crm_ctx *ctx) {
  return api_execution_of(ctx)->session->exposed ? refuse_exposed(ctx) : BASE_OK;
}

/* --- by password ------------------------------------------------------------------------------------ */

static base_code refuse_for(crm_ctx *ctx, int64_t ms) {
  base_buffer data = {0};
  long long seconds = (long long)((ms + 999) / 1000);
  data_append_map(&data, 1);
  data_append_pair_integer(&data, "retry_after_ms", ms);
  ctx->error->data = model_ctx_take(ctx, &data);
  base_slice kept = ctx->error->data;
  base_code code =
      model_ctx_fail(ctx, BASE_RATE_LIMITED, NULL, "登录尝试太多，请 %lld 秒后再试",
                     "too many attempts to log in: try again in %lld seconds", seconds);
  ctx->error->data = kept;
  return code;
}

static api_guess guess_of(crm_ctx *ctx, base_slice params) {
  api_guess guess = {.user = api_param_text(params, "user"),
                     .network = base_slice_text(api_execution_of(ctx)->session->network)};
  guess.known = api_user_knows(ctx, guess.user, guess.network);
  return guess;
}

/* Strangers leave room in the lane for those who are known, and all leave some for what else there is to
 * prepare. */
static base_code check_lane(crm_ctx *ctx, const api_guess *guess) {
  const api_engine *engine = api_execution_of(ctx)->engine;
  size_t most = engine->options.prepare_waiting * 3 / 4;
  size_t strangers = engine->options.guesses.strangers;
  if (!guess->known && strangers < most) most = strangers;
  if (io_lane_waiting(engine->prepare) <= most) return BASE_OK;
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "等待处理的登录太多，请稍后重试",
                        "too many logins wait to be checked: try again later");
}

static base_code admit_login(crm_ctx *ctx, base_slice params, const void *self) {
  (void)self;
  BASE_TRY(check_exposed(ctx));
  api_guess guess = guess_of(ctx, params);
  BASE_TRY(check_lane(ctx, &guess));
  int64_t wait = api_guesses_admit(api_execution_of(ctx)->engine->guesses, &guess, ctx->now);
  return wait == 0 ? BASE_OK : refuse_for(ctx, wait);
}

static bool is_enabled(crm_ctx *ctx, base_slice user) {
  base_slice record;
  return api_user_find(ctx, user, &record) && !data_map_boolean(record, "disabled", false);
}

/* Slow on purpose, and equally slow for a user that does not exist. */
static base_code prepare_login(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                               const void *self) {
  (void)self;
  api_guesses *guesses = api_execution_of(ctx)->engine->guesses;
  base_password_cost cost = api_engine_options_get(api_execution_of(ctx)->engine)->password;
  api_guess guess = guess_of(ctx, params);
  int64_t wait = api_guesses_begin(guesses, &guess, ctx->now);
  if (wait > 0) return refuse_for(ctx, wait);
  const char *hash = api_user_hash(ctx, guess.user);
  bool enabled = is_enabled(ctx, guess.user);
  uint64_t started = base_clock_monotonic();
  bool right = base_password_check(api_param_text(params, "password"), hash, cost) && enabled;
  api_guesses_end(guesses, &guess, right, base_clock_monotonic() - started);
  data_append_map(prepared, 3);
  data_append_pair_slice(prepared, "user", guess.user);
  data_append_pair_boolean(prepared, "right", right);
  data_append_pair_boolean(prepared, "known", guess.known);
  return BASE_OK;
}

static void remembered(api_request *request, void *self) {
  (void)self;
  api_request_free(request);
}

/* Nobody waits for this: at worst the user is a stranger once more. */
static void remember(crm_ctx *ctx, base_slice user) {
  api_engine *engine = api_execution_of(ctx)->engine;
  api_session session = {.user = "system", .administrator = true, .staff = true};
  base_buffer params = {0};
  data_append_map(&params, 2);
  data_append_pair_slice(&params, "user", user);
  data_append_pair_text(&params, "network", api_execution_of(ctx)->session->network);
  api_request *request = api_request_new(NULL, &session, base_buffer_slice(&params));
  base_buffer_fini(&params);
  request->caller = API_CALLER_PACKAGE;
  request->done = remembered;
  if (api_engine_find(engine, request, base_slice_text("auth.remember")) == BASE_OK) {
    api_engine_submit(engine, request);
  } else {
    api_request_free(request);
  }
}

base_code api_session_enter(crm_ctx *ctx, base_slice user, base_buffer *result) {
  base_slice record;
  data_value roles = {0};
  api_session *session = api_execution_of(ctx)->session;
  int64_t token = session->token;
  if (!is_enabled(ctx, user) || !api_user_find(ctx, user, &record)) return refuse_login(ctx);
  data_map_find(record, "roles", &roles);
  api_session_login(session, user, roles.raw);
  session->token = token;
  session->identity = API_IDENTITY_NEW;
  api_session_append(ctx, result);
  return BASE_OK;
}

static base_code run_login(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice user = api_param_text(params, "user");
  if (!data_map_boolean(params, "right", false)) return refuse_login(ctx);
  api_execution_of(ctx)->session->token = 0;
  BASE_TRY(api_session_enter(ctx, user, result));
  if (!data_map_boolean(params, "known", true)) remember(ctx, user);
  return BASE_OK;
}

static base_code run_remember(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)self;
  data_append_map(result, 0);
  return api_user_remember(ctx, api_param_text(params, "user"), api_param_text(params, "network"));
}

/* --- by token, and out -------------------------------------------------------------------------------- */

static base_code run_token(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice record;
  BASE_TRY(check_exposed(ctx));
  bool good = api_token_find_by_secret(ctx, api_param_text(params, "token"), &record);
  base_slice user = good ? data_map_text(record, "user") : (base_slice){0};
  if (!good || !is_enabled(ctx, user)) {
    return model_ctx_fail(ctx, BASE_UNAUTHENTICATED, "token", "令牌不对、已过期或已撤销",
                          "the token is wrong, expired or revoked");
  }
  api_execution_of(ctx)->session->token = data_map_integer(record, "id", 0);
  return api_session_enter(ctx, user, result);
}

static base_code run_logout(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)params;
  (void)self;
  api_session_logout(api_execution_of(ctx)->session);
  api_session_append(ctx, result);
  return BASE_OK;
}

static const data_field login_params[] = {{.name = "user",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_REQUIRED,
                                           .bounded = true,
                                           .min = 1,
                                           .max = PASSWORD_MAX,
                                           .doc = "User name."},
                                          {.name = "password",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_REQUIRED | DATA_PERSONAL,
                                           .bounded = true,
                                           .min = 0,
                                           .max = PASSWORD_MAX,
                                           .doc = "Password."},
                                          {.name = NULL}};
static const data_field remember_params[] = {
    {.name = "user", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "User name."},
    {.name = "network", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "From where."},
    {.name = NULL}};
static const data_field token_params[] = {{.name = "token",
                                           .kind = DATA_KIND_TEXT,
                                           .flags = DATA_REQUIRED | DATA_PERSONAL,
                                           .bounded = true,
                                           .min = 1,
                                           .max = PASSWORD_MAX,
                                           .doc = "The secret that token.create gave."},
                                          {.name = NULL}};

const api_op api_ops_auth[] = {
    {.name = "auth.login",
     .flags = API_OPEN | API_SESSION,
     .params = login_params,
     .errors = "UNAUTHENTICATED PERMISSION_DENIED RATE_LIMITED UNAVAILABLE",
     .since = "1",
     .result = api_session_result,
     .doc =
         "Logs the connection in. Wrong passwords are counted: RATE_LIMITED says how long to wait.",
     .doc_zh = "登录。密码错误计数；RATE_LIMITED 说明要等多久。",
     .run = run_login,
     .prepare = prepare_login,
     .admit = admit_login},
    {.name = "auth.token",
     .flags = API_OPEN | API_SESSION,
     .params = token_params,
     .errors = "UNAUTHENTICATED PERMISSION_DENIED",
     .since = "1",
     .result = api_session_result,
     .doc = "Logs the connection in as the token's user, within the token's scope.",
     .doc_zh = "以令牌登录，权限限于令牌的范围。",
     .run = run_token},
    {.name = "auth.logout",
     .flags = API_OPEN | API_SESSION,
     .since = "1",
     .result = api_session_result,
     .doc = "Back to before login.",
     .doc_zh = "退出登录。",
     .run = run_logout},
    {.name = "auth.remember",
     .flags = API_WRITE | API_INTERNAL,
     .params = remember_params,
     .since = "1",
     .doc = "Notes from where a user has logged in.",
     .doc_zh = "记下用户从哪里登录过。",
     .run = run_remember},
    {.name = NULL}};
