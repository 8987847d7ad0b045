/* workflow: what would happen, and why something did or did not. */
#include "api/engine_state.h"
#include "api/nouns/explain.h"

/* --- what if ------------------------------------------------------------------------------------- */

static base_code read_until(crm_ctx *ctx, base_slice params, int64_t *until) {
  data_value value = {0};
  data_map_find(params, "until", &value);
  BASE_TRY(data_instant_parse(ctx->zone, value, "until", until, ctx->error));
  if (*until > ctx->now) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "until", "until 应在当前时刻之后：模拟的是将来",
                        "until lies behind the present: what is simulated is the future");
}

/* Each has a copy of the store and threads of its own. */
static base_code check_alone(crm_ctx *ctx) {
  base_buffer where = {0};
  int64_t open = 0;
  data_append_map(&where, 2);
  data_append_pair_text(&where, "kind", "simulate");
  data_append_text(&where, "state");
  data_append_map(&where, 1);
  data_append_text(&where, "in");
  data_append_array(&where, 2);
  data_append_text(&where, "queued");
  data_append_text(&where, "running");
  base_slice asked = model_ctx_take(ctx, &where);
  BASE_TRY(model_count(ctx, api_noun_type(ctx, "job"), asked, &open));
  if (open == 0) return BASE_OK;
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL,
                        "已有一个推演在进行：请等它结束，或用 job.cancel 取消",
                        "a simulation is under way: wait until it has ended, or job.cancel it");
}

static base_code run_simulate(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)self;
  base_buffer given = {0};
  base_slice record;
  int64_t until = 0;
  BASE_TRY(read_until(ctx, params, &until));
  BASE_TRY(check_alone(ctx));
  data_append_map(&given, 1);
  data_append_pair_integer(&given, "until", until);
  BASE_TRY(api_job_create(ctx, "simulate", model_ctx_take(ctx, &given), &record));
  api_job_append(ctx, record, result);
  return BASE_OK;
}

static const data_field simulate_params[] = {
    {.name = "until",
     .kind = DATA_KIND_ANY,
     .flags = DATA_REQUIRED,
     .doc = "How far: RFC 3339 text with offset, milliseconds, or a date (its 00:00)."},
    {0}};

/* --- why ------------------------------------------------------------------------------------------ */

static const data_field explain_params[] = {
    API_PARAM_TYPE,
    API_PARAM_ID,
    {.name = "at_sequence",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = INT64_MAX,
     .doc = "The record as it was when the journal was there; now when not given."},
    {.name = "limit",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = 50,
     .doc = "How many of its last changes, 1 to 50; 1 when not given."},
    {0}};

#define MAPS(key, text)                                                                            \
  { .name = (key), .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .doc = (text) }

static const data_field explain_result[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .doc = "The record's type."},
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "Its number."},
    {.name = "seq", .kind = DATA_KIND_INTEGER, .doc = "The entry that changed it last, by then."},
    MAPS("changes",
         "The newest first: {seq, at, actor, op, event, before, after, rules = [{package, "
         "rule, doc, moment, reason, text, fields?, unmet?}]}."),
    MAPS("states",
         "{field, state, since?, transitions = [{to, reason, text, who?, unmet?, delay?}], "
         "clocks = [{name, reason, text, paused?, timing?}]}."),
    MAPS("timers",
         "What is due about it, or was; a call says that with {type, id}, with {id} where the op "
         "is the type's own, or with {TYPE = id}: {due, op, package, attempts, cause, text, "
         "field?, to?, clock?, rule?}. `cause` is the entry that set it."),
    {.name = "timers_since",
     .kind = DATA_KIND_INTEGER,
     .doc = "1: these are all timers. In the past: all that were set from this entry on; of those "
            "that were set before, the ones that still wait or fired soon after."},
    MAPS("failures", "Records of type `failure` about it."),
    {0}};

const api_op api_ops_workflow[] = {
    {.name = "workflow.simulate",
     .flags = API_WRITE | API_ADMIN,
     .params = simulate_params,
     .result = api_result_job,
     .errors = "INVALID_ARGUMENT VALIDATION_FAILED UNAVAILABLE",
     .since = "2",
     .doc =
         "Starts a job that tells what would fire until then and what it would write if nobody did "
         "anything, on a copy with a clock of its own: job.get gives {from, until, count, "
         "complete, items = [{at, op, type, id, changes}], next}. Nothing happens to the data.",
     .doc_zh = "在数据副本上推演到某一时刻：会触发什么、写入什么；真实数据不受影响。",
     .run = run_simulate},
    {.name = "workflow.explain",
     .params = explain_params,
     .result = explain_result,
     .errors = "NOT_FOUND INVALID_ARGUMENT",
     .since = "2",
     .doc =
         "Why something happened to a record or did not: what each rule said to its last changes, "
         "where it may go from its state and why not, what is due when, what failed. Now, or as it "
         "was at a sequence.",
     .doc_zh = "解释一条记录：规则为何触发或没有触发、可做的状态变化、到期的定时器和失败。",
     .run = api_explain_run},
    {.name = NULL}};
