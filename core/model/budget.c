#include "model/budget.h"

static const char *const words[MODEL_DRAWS][2] = {
    [MODEL_DRAW_ROWS_READ] =
        {[BASE_ZH] =
             "脚本包一次调用查看的行数超过了 script.rows_read：请缩小条件，或把工作分成几次",
         [BASE_EN] = "a package looked at more rows in one call than script.rows_read: narrow what "
                     "it asks for, or split the work"},
    [MODEL_DRAW_ROWS_WRITTEN] =
        {[BASE_ZH] = "脚本包一次调用写入的行数超过了 script.rows_written：请把工作分成几次",
         [BASE_EN] =
             "a package wrote more rows in one call than script.rows_written: split the work"},
    [MODEL_DRAW_TIMERS] =
        {[BASE_ZH] = "脚本包一次调用设置的定时器超过了 script.timers：请把工作分成几次",
         [BASE_EN] = "a package set more timers in one call than script.timers: split the work"},
    [MODEL_DRAW_LOG_BYTES] =
        {[BASE_ZH] = "脚本包一次调用写入日志的字节数超过了 script.log_bytes：请只记录需要的内容",
         [BASE_EN] = "a package logged more bytes in one call than script.log_bytes: log less"},
    [MODEL_DRAW_DELIVERIES] =
        {[BASE_ZH] = "脚本包一次调用产生的投递超过了 script.deliveries：请把工作分成几次",
         [BASE_EN] =
             "a package made more deliveries in one call than script.deliveries: split the work"},
};

static base_code refuse(crm_ctx *ctx, model_draw what) {
  return model_ctx_fail(ctx, BASE_BUDGET_EXCEEDED, NULL, "%s", "%s",
                        words[what][ctx->error->language]);
}

base_code model_budget_draw(crm_ctx *ctx, model_draw what, int64_t amount) {
  if (ctx->budget == NULL) return BASE_OK;
  int64_t *left = &ctx->budget->left[what];
  *left -= amount;
  return *left >= 0 ? BASE_OK : refuse(ctx, what);
}

base_code model_budget_check(crm_ctx *ctx) {
  if (ctx->budget == NULL) return BASE_OK;
  for (int i = 0; i < MODEL_DRAWS; i++) {
    if (ctx->budget->left[i] < 0) return refuse(ctx, (model_draw)i);
  }
  return BASE_OK;
}
