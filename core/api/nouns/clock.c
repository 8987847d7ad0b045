/* clock: what time the server thinks it is, and, on a test clock, what time it shall be. */
#include "api/engine_state.h"
#include "api/nouns/nouns.h"

/* Of texts: the session's, when it said one. */
static const data_zone *text_zone(crm_ctx *ctx) {
  const api_session *session = api_execution_of(ctx)->session;
  const data_zone *zone = ctx->zone;
  base_error unknown = {0};
  if (session->zone[0] != '\0') {
    (void)data_zone_find(base_slice_text(session->zone), &zone, &unknown);
  }
  return zone;
}

static void append_clock(crm_ctx *ctx, int64_t now, base_buffer *result) {
  const api_engine *engine = api_execution_of(ctx)->engine;
  char today[DATA_DATE_SIZE];
  char text[DATA_INSTANT_SIZE];
  data_date_format(data_zone_date(ctx->zone, now), today);
  data_instant_format(text_zone(ctx), now, text);
  data_append_map(result, 5);
  data_append_pair_integer(result, "now", now);
  data_append_pair_text(result, "text", text);
  data_append_pair_text(result, "today", today);
  data_append_pair_text(result, "timezone", data_zone_name(ctx->zone));
  data_append_pair_boolean(result, "test", base_clock_is_test(api_engine_clock(engine)));
}

static base_code run_get(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)params;
  (void)self;
  append_clock(ctx, ctx->now, result);
  return BASE_OK;
}

static base_code read_instant(crm_ctx *ctx, base_slice params, const char *name, int64_t *instant) {
  data_value value = {0};
  if (!base_clock_is_test(api_engine_clock(api_execution_of(ctx)->engine))) {
    return model_ctx_fail(
        ctx, BASE_PERMISSION_DENIED, NULL, "机器时钟不能拨动；以 --test-clock 启动的服务器才可以",
        "the machine's clock cannot be moved; start the server with --test-clock");
  }
  data_map_find(params, name, &value);
  return data_instant_parse(ctx->zone, value, name, instant, ctx->error);
}

static base_code run_set(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  int64_t now = 0;
  BASE_TRY(read_instant(ctx, params, "now", &now));
  const api_engine *engine = api_execution_of(ctx)->engine;
  base_clock_set(api_engine_clock(engine), now);
  /* Never before the newest entry, whatever the clock is set to. */
  append_clock(ctx, api_engine_now(engine), result);
  return BASE_OK;
}

static base_code run_advance(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  int64_t to = 0;
  BASE_TRY(read_instant(ctx, params, "to", &to));
  BASE_TRY(api_engine_advance(api_execution_of(ctx)->engine, to, ctx->error));
  append_clock(ctx, to, result);
  return BASE_OK;
}

#define PARAM_INSTANT(which, text)                                                                 \
  {                                                                                                \
    .name = which, .kind = DATA_KIND_ANY, .flags = DATA_REQUIRED,                                  \
    .doc = text " RFC 3339 text with offset, milliseconds, or a date."                             \
  }

static const data_field set_params[] = {PARAM_INSTANT("now", "The new time:"), {.name = NULL}};
static const data_field advance_params[] = {PARAM_INSTANT("to", "Where to go:"), {.name = NULL}};

static const data_field clock_result[] = {
    {.name = "now", .kind = DATA_KIND_DATETIME, .doc = "Milliseconds UTC."},
    {.name = "text", .kind = DATA_KIND_TEXT, .doc = "RFC 3339, in the business zone."},
    {.name = "today", .kind = DATA_KIND_DATE, .doc = "In the business zone."},
    {.name = "timezone", .kind = DATA_KIND_TEXT, .doc = "business.timezone."},
    {.name = "test", .kind = DATA_KIND_BOOLEAN, .doc = "A test clock, which stands still."},
    {.name = NULL}};

const api_op api_ops_clock[] = {
    {.name = "clock.get",
     .flags = API_POINT,
     .since = "1",
     .result = clock_result,
     .doc = "{now (milliseconds UTC), text (in the session's zone), today, timezone, test}.",
     .doc_zh = "服务器当前时间与业务日期。",
     .run = run_get},
    {.name = "clock.set",
     .flags = API_CONTROL | API_ADMIN,
     .params = set_params,
     .errors = "PERMISSION_DENIED",
     .since = "1",
     .result = clock_result,
     .doc = "Sets the test clock; what is due then fires at once.",
     .doc_zh = "设定测试时钟。",
     .run = run_set},
    {.name = "clock.advance",
     .flags = API_CONTROL | API_ADMIN,
     .params = advance_params,
     .errors = "PERMISSION_DENIED",
     .since = "1",
     .result = clock_result,
     .doc = "Moves the test clock on and fires every timer on the way, in order; returns when "
            "nothing is due.",
     .doc_zh = "推进测试时钟，依次触发途中到期的一切。",
     .run = run_advance},
    {.name = NULL}};
