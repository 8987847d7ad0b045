/* session: who the caller is and how the answers are to look. Logging in is auth.c. */
#include <stdio.h>

#include "api/nouns/auth.h"
#include "api/nouns/nouns.h"
#include "api/nouns/user.h"

#define API_LEVEL 1

static const char *const languages[] = {"zh-CN", "en", NULL};
static const char *const error_forms[] = {"string", "map", NULL};

void api_session_append(crm_ctx *ctx, base_buffer *result) {
  const api_session *session = api_execution_of(ctx)->session;
  data_append_map(result, 6);
  data_append_pair_text(result, "user", session->user);
  data_append_pair_boolean(result, "administrator", session->administrator);
  data_append_pair_text(result, "client", session->client);
  data_append_pair_text(result, "errors", session->error_map ? "map" : "string");
  data_append_pair_text(result, "lang", languages[session->language]);
  data_append_pair_text(result, "timezone",
                        session->zone[0] != '\0' ? session->zone : data_zone_name(ctx->zone));
}

static base_code run_whoami(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)params;
  (void)self;
  api_session_append(ctx, result);
  return BASE_OK;
}

static void copy_name(char out[API_NAME_MAX + 1], base_slice name) {
  base_slice cut = data_text_cut(name, API_NAME_MAX);
  snprintf(out, API_NAME_MAX + 1, "%.*s", BASE_SLICE_ARGS(cut));
}

static base_code set_zone(crm_ctx *ctx, api_session *session, base_slice name) {
  const data_zone *zone;
  if (name.size == 0) return BASE_OK;
  BASE_TRY(data_zone_find(name, &zone, ctx->error));
  copy_name(session->zone, name);
  return BASE_OK;
}

static base_code run_hello(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  api_session *session = api_execution_of(ctx)->session;
  base_slice lang = api_param_text(params, "lang");
  base_slice errors = api_param_text(params, "errors");
  base_slice client = api_param_text(params, "client");
  BASE_TRY(set_zone(ctx, session, api_param_text(params, "timezone")));
  if (lang.size > 0) session->language = base_slice_is(lang, "en") ? BASE_EN : BASE_ZH;
  if (errors.size > 0) session->error_map = base_slice_is(errors, "map");
  if (client.size > 0) copy_name(session->client, client);
  data_append_map(result, 4);
  data_append_pair_text(result, "server", "haoke");
  data_append_pair_text(result, "version", HAOKE_VERSION);
  data_append_pair_integer(result, "level", API_LEVEL);
  data_append_text(result, "session");
  api_session_append(ctx, result);
  return BASE_OK;
}

/* --- somebody else --- */

static base_code run_become(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_slice record;
  base_slice user = api_param_text(params, "user");
  if (!api_user_find(ctx, user, &record)) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "user", "没有用户 %.*s", "there is no user %.*s",
                          BASE_SLICE_ARGS(user));
  }
  return api_session_enter(ctx, user, result);
}

static const data_field hello_params[] = {
    {.name = "client", .kind = DATA_KIND_TEXT, .doc = "Name and version of the client."},
    {.name = "errors",
     .kind = DATA_KIND_CHOICE,
     .choices = error_forms,
     .doc = "map: errors as {code, message, field?, data?, retry} instead of text."},
    {.name = "types",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_TEXT,
     .doc = "msgpack ext types the client understands; none exist yet."},
    {.name = "lang", .kind = DATA_KIND_CHOICE, .choices = languages, .doc = "Of error texts."},
    {.name = "timezone", .kind = DATA_KIND_TEXT, .doc = "Of instants in texts: Asia/Shanghai."},
    {.name = NULL}};
static const data_field become_params[] = {
    {.name = "user", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "Whom to act as."},
    {.name = NULL}};

const data_field api_session_result[] = {
    {.name = "user", .kind = DATA_KIND_TEXT, .doc = "Empty before login."},
    {.name = "administrator", .kind = DATA_KIND_BOOLEAN, .doc = "Has the role administrator."},
    {.name = "client", .kind = DATA_KIND_TEXT, .doc = "As it said."},
    {.name = "errors", .kind = DATA_KIND_TEXT, .doc = "string or map."},
    {.name = "lang", .kind = DATA_KIND_TEXT, .doc = "zh-CN or en."},
    {.name = "timezone", .kind = DATA_KIND_TEXT, .doc = "Of instants in texts."},
    {.name = NULL}};

static const data_field hello_result[] = {
    {.name = "server", .kind = DATA_KIND_TEXT, .doc = "haoke"},
    {.name = "version", .kind = DATA_KIND_TEXT, .doc = "Of the server."},
    {.name = "level", .kind = DATA_KIND_INTEGER, .doc = "API level."},
    {.name = "session", .kind = DATA_KIND_MAP, .doc = "As session.whoami."},
    {.name = NULL}};

const api_op api_ops_session[] = {
    {.name = "session.hello",
     .flags = API_OPEN | API_SESSION,
     .params = hello_params,
     .since = "1",
     .result = hello_result,
     .doc = "Says who the client is and how it wants to be answered. Optional.",
     .doc_zh = "声明客户端及错误格式、语言、时区；可省略。",
     .run = run_hello},
    {.name = "session.whoami",
     .since = "1",
     .result = api_session_result,
     .doc = "The caller as the server sees it.",
     .doc_zh = "服务器眼中的调用者。",
     .run = run_whoami},
    {.name = "session.become",
     .flags = API_SESSION | API_ADMIN,
     .params = become_params,
     .errors = "NOT_FOUND",
     .since = "1",
     .result = api_session_result,
     .doc = "Goes on as that user, with that user's rights only.",
     .doc_zh = "以该用户的身份继续，仅有其权限。",
     .run = run_become},
    {.name = NULL}};
