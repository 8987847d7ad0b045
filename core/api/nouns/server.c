/* server: whether it lives, and what it is. */
#include "api/nouns/nouns.h"
#include "api/pause.h"
#include "base/metric.h"

static base_code run_ping(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)ctx;
  (void)params;
  (void)self;
  data_append_map(result, 1);
  data_append_pair_boolean(result, "pong", true);
  return BASE_OK;
}

typedef struct metric_list {
  base_buffer *out;
  size_t count;
} metric_list;

static void append_metric(const char *name, int64_t value, void *self) {
  metric_list *list = self;
  data_append_pair_integer(list->out, name, value);
  list->count += 1;
}

static void append_metrics(base_buffer *result) {
  metric_list list = {.out = result};
  data_append_text(result, "metrics");
  size_t place = data_append_open_map(result);
  base_metric_each(append_metric, &list);
  data_append_close(result, place, list.count);
}

static void append_clock(crm_ctx *ctx, base_buffer *result) {
  const api_engine *engine = api_execution_of(ctx)->engine;
  data_append_text(result, "clock");
  data_append_map(result, 3);
  data_append_pair_integer(result, "now", ctx->now);
  data_append_pair_text(result, "timezone", data_zone_name(ctx->zone));
  data_append_pair_boolean(result, "test", base_clock_is_test(api_engine_clock(engine)));
}

static base_code run_info(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)params;
  (void)self;
  api_engine *engine = api_execution_of(ctx)->engine;
  store_info info = store_info_get(api_engine_store(engine));
  base_slice limits = api_engine_options_get(engine)->limits;
  data_append_map(result, 8);
  data_append_pair_text(result, "server", "haoke");
  data_append_pair_text(result, "version", HAOKE_VERSION);
  data_append_pair_integer(result, "epoch", (int64_t)info.epoch);
  data_append_pair_integer(result, "sequence", (int64_t)info.sequence);
  data_append_pair_boolean(result, "paused", api_pause_get(ctx->set));
  append_clock(ctx, result);
  data_append_text(result, "limits");
  if (limits.size > 0)
    data_append_raw(result, limits);
  else
    data_append_map(result, 0);
  append_metrics(result);
  return BASE_OK;
}

static base_code run_resume(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)params;
  (void)self;
  bool paused = false;
  BASE_TRY(api_pause_end(ctx, &paused));
  data_append_map(result, 1);
  data_append_pair_boolean(result, "resumed", paused);
  return BASE_OK;
}

static const data_field ping_result[] = {{.name = "pong", .kind = DATA_KIND_BOOLEAN, .doc = "true"},
                                         {.name = NULL}};

static const data_field info_result[] = {
    {.name = "server", .kind = DATA_KIND_TEXT, .doc = "haoke"},
    {.name = "version", .kind = DATA_KIND_TEXT, .doc = "Of the server."},
    {.name = "epoch", .kind = DATA_KIND_INTEGER, .doc = "Rises with every restore."},
    {.name = "sequence", .kind = DATA_KIND_INTEGER, .doc = "Of the last entry."},
    {.name = "paused",
     .kind = DATA_KIND_BOOLEAN,
     .doc = "After a restore, until server.resume: no timer fires, no delivery leaves."},
    {.name = "clock", .kind = DATA_KIND_MAP, .doc = "now, timezone, test."},
    {.name = "limits", .kind = DATA_KIND_MAP, .doc = "The limits in force, by configuration key."},
    {.name = "metrics", .kind = DATA_KIND_MAP, .doc = "Counters by name."},
    {.name = NULL}};

static const data_field resume_result[] = {
    {.name = "resumed", .kind = DATA_KIND_BOOLEAN, .doc = "Whether there was a pause."},
    {.name = NULL}};

const api_op api_ops_server[] = {
    {.name = "server.ping",
     .flags = API_OPEN | API_POINT,
     .since = "1",
     .result = ping_result,
     .doc = "{pong = true}.",
     .doc_zh = "是否在线。",
     .run = run_ping},
    {.name = "server.info",
     .since = "1",
     .result = info_result,
     .doc = "{server, version, epoch, sequence, paused, clock, limits, metrics}.",
     .doc_zh = "版本、纪元、时钟、限额与计数。",
     .run = run_info},
    {.name = "server.resume",
     .flags = API_WRITE | API_ADMIN,
     .since = "2",
     .result = resume_result,
     .doc = "Ends the pause that follows a restore: timers that are due fire now.",
     .doc_zh = "结束恢复后的暂停：到期的定时任务立即触发。",
     .run = run_resume},
    {.name = NULL}};
