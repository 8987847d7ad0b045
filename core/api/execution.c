/* execution: running rows, and the calls of one op by another. See execution.h.
 *
 * Memory:  params of inner calls live in the ctx's arena.  Threads: one.  Fails: see the header. */
#include "api/execution.h"

#include "api/engine_state.h"
#include "api/policies.h"
#include "base/metric.h"

BASE_METRIC(results_too_large, "api_limit_result_bytes_total");

static const data_field no_fields[] = {{.name = NULL}};

base_code api_execution_validate(const api_op *op, base_slice params, base_buffer *out,
                                 base_error *error) {
  if (data_peek(params).type != DATA_MAP) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, "params", "%s 的参数必须是一个表",
                          "the params of %s must be a map", op->name);
  }
  return data_validate(op->params == NULL ? no_fields : op->params, params,
                       DATA_VALIDATE_DEFAULTS | DATA_VALIDATE_TRUSTED, BASE_INVALID_ARGUMENT, out,
                       error);
}

/* --- one row ----------------------------------------------------------------------------------- */

static const char *package_of(const api_op *op) {
  return strcmp(op->package, API_PACKAGE_CORE) == 0 ? NULL : op->package;
}

void api_execution_count_large(void) {
  base_metric_add(&results_too_large, 1);
}

/* Checked for every row, so that a batch or a package cannot gather what one op may not return. */
static base_code check_result(crm_ctx *ctx, const api_op *op, size_t size) {
  size_t most = api_execution_of(ctx)->engine->options.result_bytes;
  if (size <= most) return BASE_OK;
  api_execution_count_large();
  return model_ctx_fail(
      ctx, BASE_TOO_LARGE, NULL,
      "%s 的结果超过 %zu 字节（limits.result_bytes）；请减小 limit 或只取需要的字段",
      "the result of %s has more than %zu bytes (limits.result_bytes); ask for "
      "fewer records or fields",
      op->name, most);
}

static base_code run_row(crm_ctx *ctx, const api_op *op, api_handler run, base_slice params,
                         base_buffer *out) {
  size_t size = out->size;
  const char *before = model_ctx_enter(ctx, package_of(op));
  const model_policy *policy = ctx->actor.policy;
  if (op->flags & API_OWN_RIGHTS) (void)model_permission_lift(ctx);
  base_code code = run(ctx, params, out, op->self);
  model_permission_drop(ctx, policy);
  model_ctx_leave(ctx, before);
  if (code == BASE_OK) code = check_result(ctx, op, out->size - size);
  if (code == BASE_OK) return BASE_OK;
  out->size = size;
  if (ctx->error->code != BASE_OK) return code;
  return model_ctx_fail(ctx, code, NULL, "%s 失败，但没有说明原因", "%s failed without saying why",
                        op->name);
}

/* --- inner calls ------------------------------------------------------------------------------- */

static base_code check_inner(crm_ctx *ctx, const api_op *op) {
  if (ctx->depth >= MODEL_RULE_DEPTH) {
    return model_ctx_fail(ctx, BASE_BUDGET_EXCEEDED, NULL,
                          "操作互相调用超过 %d 层：请检查 %s 是否循环调用",
                          "ops called one another more than %d deep: look for a loop around %s",
                          MODEL_RULE_DEPTH, op->name);
  }
  unsigned alone = API_SESSION | API_CONTROL | API_STEPS | API_ALONE;
  if (op->prepare != NULL || (op->flags & alone)) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "op", "%s 只能直接调用，不能由其他操作调用",
                          "%s can only be called directly, not by another op", op->name);
  }
  if ((op->flags & API_WRITE) && !ctx->writes) {
    return model_ctx_fail(ctx, BASE_READ_ONLY, "op", "只读操作不能调用会写入的 %s",
                          "a read op cannot call %s, which writes", op->name);
  }
  return BASE_OK;
}

static base_code run_inner(api_execution *execution, const api_op *op, base_slice params,
                           base_buffer *result) {
  crm_ctx *ctx = &execution->ctx;
  base_buffer valid = {0};
  base_code code = api_execution_validate(op, params, &valid, ctx->error);
  base_slice checked = model_ctx_take(ctx, &valid);
  BASE_TRY(code);
  bool writes = ctx->writes;
  ctx->writes = writes && (op->flags & API_WRITE);
  ctx->depth += 1;
  code = run_row(ctx, op, op->run, checked, result);
  ctx->depth -= 1;
  ctx->writes = writes;
  if (code != BASE_OK && (op->flags & API_WRITE)) execution->spoiled = *ctx->error;
  return code;
}

/* Code of a package calls as a package; core code, such as a batch, hands on who called it. */
static base_code call_op(crm_ctx *ctx, base_slice name, base_slice params, base_buffer *result) {
  api_execution *execution = api_execution_of(ctx);
  api_caller before = execution->caller;
  api_caller caller = ctx->package == NULL ? before : API_CALLER_PACKAGE;
  const api_op *op = NULL;
  BASE_TRY(api_registry_op(execution->registry, name, &op, ctx->error));
  BASE_TRY(api_access_check(&ctx->actor, op, caller, ctx->error));
  BASE_TRY(check_inner(ctx, op));
  execution->caller = caller;
  base_code code = run_inner(execution, op, params, result);
  execution->caller = before;
  return code;
}

/* Whatever the op made of it: it has to run again as a whole. */
static base_code check_stale(crm_ctx *ctx) {
  if (!ctx->stale && !ctx->moves) return BASE_OK;
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "所用的包正在更换版本，请稍后重试",
                        "a package it uses is being replaced: try again");
}

/* --- the outermost op -------------------------------------------------------------------------- */

void api_execution_open(api_execution *execution) {
  crm_ctx *ctx = &execution->ctx;
  const api_engine *engine = execution->engine;
  ctx->schema = api_registry_schema(execution->registry);
  ctx->zone = engine->zone;
  ctx->week = &engine->options.week;
  ctx->business_language = engine->options.language;
  ctx->actor = api_session_actor(execution->session);
  /* A copy: an op may log its session in as somebody else. */
  ctx->actor.name = base_arena_slice(ctx->arena, ctx->actor.name);
  execution->policy =
      api_policies_acquire(execution->engine, execution->registry, execution->session);
  ctx->actor.policy = api_policies_rules(execution->policy);
  ctx->today = data_zone_date(ctx->zone, ctx->now);
  ctx->call = call_op;
  ctx->instructions = engine->options.script_instructions;
  ctx->missed_ms = engine->options.missed_ms;
  ctx->scan_rows = engine->options.scan_rows;
}

void api_execution_close(api_execution *execution) {
  api_policies_release(execution->policy);
  api_registry_release(execution->made);
  base_buffer_fini(&execution->ctx.packages);
}

base_code api_execution_run(api_execution *execution, const api_op *op, base_slice params,
                            base_buffer *result) {
  crm_ctx *ctx = &execution->ctx;
  size_t size = result->size;
  base_code code = run_row(ctx, op, op->run, params, result);
  if (check_stale(ctx) != BASE_OK) {
    result->size = size;
    return ctx->error->code;
  }
  BASE_TRY(code);
  if (execution->spoiled.code != BASE_OK) {
    result->size = size;
    *ctx->error = execution->spoiled;
    return ctx->error->code;
  }
  /* What an inner call failed with and the op made good is nobody's error. */
  base_error_clear(ctx->error);
  return BASE_OK;
}

base_code api_execution_prepare(api_execution *execution, const api_op *op, base_slice params,
                                base_buffer *prepared) {
  base_code code = run_row(&execution->ctx, op, op->prepare, params, prepared);
  BASE_TRY(check_stale(&execution->ctx));
  BASE_TRY(code);
  base_error_clear(execution->ctx.error);
  return BASE_OK;
}
