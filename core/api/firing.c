/* firing: a timer's call, and its next try when it failed. See firing.h.
 *
 * Memory:  one timer's change set, params and result live in the engine's arena.
 * Threads: the writer lane.  Fails: as the header says. */
#include "api/firing.h"

#include "api/failure.h"
#include "api/pause.h"
#include "api/publish.h"
#include "api/tally.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/metric.h"

#define RETRY_FIRST_MS ((int64_t)60 * 1000)
#define RETRY_FACTOR 5
#define RETRY_MOST_MS ((int64_t)24 * 60 * 60 * 1000)

BASE_METRIC(fired_total, "api_timers_fired_total");
BASE_METRIC(failed_total, "api_timers_failed_total");
BASE_HISTOGRAM(late_ms, "api_timer_late_ms");

/* The permission was asked when the timer was set; its actor's name only says on whose behalf. */
static api_session session_of(const api_engine *engine, const model_timer *timer) {
  api_session session = {.language = engine->options.language, .staff = true, .trusted = true};
  base_slice name = data_text_cut(timer->actor, API_NAME_MAX);
  if (name.size > 0) memcpy(session.user, name.data, name.size);
  session.administrator = base_slice_is(name, "system");
  return session;
}

/* --- one timer --------------------------------------------------------------------------------- */

static base_code find_op(api_execution *execution, const model_timer *timer, const api_op **op) {
  crm_ctx *ctx = &execution->ctx;
  BASE_TRY(api_registry_op(execution->registry, timer->op, op, ctx->error));
  BASE_TRY(api_access_check(&ctx->actor, *op, API_CALLER_PACKAGE, ctx->error));
  bool alone = ((*op)->flags & (API_SESSION | API_CONTROL | API_STEPS)) != 0;
  if ((*op)->prepare == NULL && !alone) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "op", "%s 不能由定时器调用",
                        "%s cannot be called by a timer", (*op)->name);
}

static base_code run_timer(api_execution *execution, const model_timer *timer) {
  static const uint8_t empty_map[] = {0x80};
  crm_ctx *ctx = &execution->ctx;
  const api_op *op = NULL;
  base_buffer valid = {0};
  base_buffer result = {0};
  uint64_t begun = base_clock_monotonic();
  BASE_TRY(model_timer_delete(ctx, timer->due, timer->op, timer->name));
  BASE_TRY(find_op(execution, timer, &op));
  base_slice params = timer->params;
  if (params.size == 0) params = base_slice_make(empty_map, sizeof empty_map);
  base_code code = api_execution_validate(op, params, &valid, ctx->error);
  params = model_ctx_take(ctx, &valid);
  if (code == BASE_OK) code = api_execution_run(execution, op, params, &result);
  base_buffer_fini(&result);
  if (!execution->engine->options.fork.inside) {
    api_tally_add(op->tally, base_clock_monotonic() - begun, code);
  }
  return code;
}

/* 1 minute, 5, 25, … at most a day. */
static int64_t retry_delay(int64_t attempts) {
  int64_t delay = RETRY_FIRST_MS;
  for (int64_t i = 0; i < attempts && delay < RETRY_MOST_MS; i++) delay *= RETRY_FACTOR;
  return delay < RETRY_MOST_MS ? delay : RETRY_MOST_MS;
}

/* The text may quote a value, of a person too: it stands in the record of type failure. */
static void log_failure(const model_timer *timer, const base_error *error) {
  base_log(BASE_LOG_WARN, "api.timer_failed",
           "op=%.*s name=\"%.*s\" due=%lld attempts=%lld code=%s field=%s place=\"%s\"",
           BASE_SLICE_ARGS(timer->op), BASE_SLICE_ARGS(timer->name), (long long)timer->due,
           (long long)timer->attempts + 1, base_code_name(error->code), error->field, error->place);
}

/* The same timer, later; another one of that name and instant is not written over. */
static base_code put_later(crm_ctx *ctx, const model_timer *timer, const base_error *failed) {
  model_timer later = *timer;
  later.attempts = timer->attempts + 1;
  later.due = ctx->now + retry_delay(timer->attempts);
  while (model_timer_find(ctx->set, later.due, later.op, later.name)) later.due++;
  BASE_TRY(model_timer_delete(ctx, timer->due, timer->op, timer->name));
  BASE_TRY(model_timer_put(ctx, &later));
  api_failure_note(ctx, timer, failed, later.due);
  return BASE_OK;
}

/* What both of a timer's change sets begin with: its effects, or its next try. */
static api_execution execution_of(const api_group *group, const model_timer *timer,
                                  api_session *session, base_error *failure) {
  api_engine *engine = group->engine;
  *session = session_of(engine, timer);
  *failure = (base_error){.language = engine->options.language};
  api_execution execution =
      api_group_execution(group, api_publish_current(engine), session, engine->arena, failure);
  execution.ctx.cause = timer->cause;
  return execution;
}

static base_code retry_timer(api_group *group, const model_timer *timer, const base_error *failed,
                             base_error *error) {
  base_error failure;
  api_session session;
  api_execution execution = execution_of(group, timer, &session, &failure);
  api_execution_open(&execution);
  base_code code = put_later(&execution.ctx, timer, failed);
  if (code != BASE_OK) *error = failure;
  if (code == BASE_OK) {
    code =
        api_group_append(group, &execution, base_slice_text("timer.retry"), (base_slice){0}, error);
  }
  api_execution_close(&execution);
  return code;
}

/* A copy of the store in which time is made to pass is nobody's delay. */
static void count(const api_engine *engine, const model_timer *timer, base_code ran) {
  int64_t late = api_engine_now(engine) - timer->due;
  base_metric_add(ran == BASE_OK ? &fired_total : &failed_total, 1);
  base_histogram_add(&late_ms, late < 0 ? 0 : (uint64_t)late);
}

static base_code fire(api_group *group, const model_timer *timer, base_error *error) {
  base_error failure;
  api_session session;
  api_execution execution = execution_of(group, timer, &session, &failure);
  base_code code = BASE_OK;
  api_execution_open(&execution);
  base_code ran = run_timer(&execution, timer);
  if (ran == BASE_OK) {
    if (timer->attempts > 0) api_failure_over(&execution.ctx, timer);
    code = api_group_append(group, &execution, timer->op, (base_slice){0}, error);
  }
  api_execution_close(&execution);
  if (!group->engine->options.fork.inside) count(group->engine, timer, ran);
  if (ran == BASE_OK) return code;
  log_failure(timer, &failure);
  return retry_timer(group, timer, &failure, error);
}

/* --- when ------------------------------------------------------------------------------------- */

int64_t api_firing_due(const api_engine *engine) {
  return atomic_load(&engine->timer_due);
}

void api_firing_note(api_engine *engine, const store_change_set *set) {
  base_slice key;
  if (!store_change_set_first(set, STORE_TIMER, &key)) return;
  int64_t due = model_timer_due(key);
  int64_t known = atomic_load(&engine->timer_due);
  while (due < known && !atomic_compare_exchange_weak(&engine->timer_due, &known, due)) continue;
}

void api_firing_forget(api_engine *engine) {
  atomic_store(&engine->timer_due, INT64_MIN);
}

/* The earliest timer there is, unless there is a pause. That another group's failure is forgotten here does no
 * harm: a group that saw what did not happen fails as well, and then this is forgotten. */
static bool look(api_engine *engine, const store_change_set *set, model_timer *timer) {
  bool found = !api_pause_get(set) && model_timer_first(set, engine->arena, timer);
  atomic_store(&engine->timer_due, found ? timer->due : INT64_MAX);
  return found;
}

base_code api_firing_next(api_group *group, bool *fired, base_error *error) {
  api_engine *engine = group->engine;
  int64_t now = api_engine_now(engine);
  *fired = false;
  if (api_firing_due(engine) > now) return BASE_OK;
  store_change_set *set = store_change_set_new(store_group_view(group->store), engine->arena);
  model_timer timer;
  *fired = look(engine, set, &timer) && timer.due <= now;
  return *fired ? fire(group, &timer, error) : BASE_OK;
}
