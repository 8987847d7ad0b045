/* states: the move along a transition, and what timers of states and of `after` rules call. */
#include "api/nouns/nouns.h"

static base_code run_move(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type;
  base_slice record;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(model_states_move(ctx, type, api_param_integer(params, "id"),
                             api_param_text(params, "field"), api_param_text(params, "to"),
                             api_param_raw(params, "values"), api_param_integer(params, "version"),
                             api_noun_trust(ctx), &record));
  data_append_raw(result, record);
  return BASE_OK;
}

/* A type or field that a package took away has nothing due. */
static base_code run_due(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type = model_schema_find(ctx->schema, api_param_text(params, "type"));
  base_slice field = api_param_text(params, "field");
  base_slice to = api_param_text(params, "to");
  int64_t id = api_param_integer(params, "id");
  int64_t due = api_param_integer(params, "due");
  model_reason reason = MODEL_REASON_GONE;
  if (type != NULL && to.size > 0) {
    BASE_TRY(model_states_delay(ctx, type, id, field, to, due, &reason));
  } else if (type != NULL) {
    base_slice clock = api_param_text(params, "clock");
    BASE_TRY(model_states_step(ctx, type, id, field, clock, due, &reason));
  }
  data_append_map(result, 1);
  data_append_pair_text(result, "reason", model_reason_text(reason));
  return BASE_OK;
}

static base_code run_rule(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  BASE_TRY(model_rule_run_after(ctx, params));
  data_append_map(result, 0);
  return BASE_OK;
}

static const data_field move_params[] = {
    API_PARAM_TYPE,
    API_PARAM_ID,
    {.name = "to", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "The state."},
    {.name = "field",
     .kind = DATA_KIND_TEXT,
     .doc = "The states field; not needed where the type has one."},
    {.name = "values", .kind = DATA_KIND_MAP, .doc = "Further fields and values."},
    {.name = "version",
     .kind = DATA_KIND_INTEGER,
     .doc = "The version you saw; VERSION_CONFLICT when it is another by now."},
    {.name = NULL}};

static const data_field due_params[] = {
    API_PARAM_TYPE,
    API_PARAM_ID,
    {.name = "field", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "The states field."},
    {.name = "to", .kind = DATA_KIND_TEXT, .doc = "Of a delay: the state."},
    {.name = "clock", .kind = DATA_KIND_TEXT, .doc = "Of a clock: its name."},
    {.name = "due", .kind = DATA_KIND_INTEGER, .doc = "The instant that was set."},
    {.name = NULL}};

static const data_field due_result[] = {
    {.name = "reason", .kind = DATA_KIND_TEXT, .doc = "holds: it happened; else why not."},
    {.name = NULL}};

static const data_field rule_params[] = {
    API_PARAM_TYPE,
    API_PARAM_ID,
    {.name = "event", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED, .doc = "What happened."},
    {.name = "package", .kind = DATA_KIND_TEXT, .doc = "The rule's; empty: the core's."},
    {.name = "rule", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "Its name."},
    {.name = "chain",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_TEXT,
     .doc = "The rules that led to it, the last first."},
    {.name = "before", .kind = DATA_KIND_MAP, .doc = "The record before the change."},
    {.name = "after", .kind = DATA_KIND_MAP, .doc = "The record after it."},
    {.name = NULL}};

static const data_field schedule_params[] = {
    {.name = "package", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "Whose it is."},
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "Its name there."},
    {.name = "generation",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .doc = "Of its rule: does nothing when another is in force."},
    {.name = "due", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED, .doc = "The occurrence."},
    {.name = NULL}};

const api_op api_ops_states[] = {
    {.name = "record.move",
     .flags = API_WRITE,
     .params = move_params,
     .errors = "NOT_FOUND TRANSITION_DENIED ALREADY_CLAIMED VALIDATION_FAILED DUPLICATE "
               "REFERENCE_MISSING VERSION_CONFLICT RULE_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Takes a record along one transition of its states and returns it. Where the "
            "transition claims and somebody has claimed the record: ALREADY_CLAIMED with {by} "
            "(PRS-03).",
     .doc_zh = "把记录推进到下一个状态；已被他人领取时返回 ALREADY_CLAIMED。",
     .run = run_move},
    {.name = MODEL_STATES_OP,
     .flags = API_WRITE | API_INTERNAL,
     .params = due_params,
     .result = due_result,
     .since = "1",
     .doc = "Makes a transition or a clock's step that is due, when the record still says so.",
     .doc_zh = "执行到期的状态变化或时钟步骤。",
     .run = run_due},
    {.name = MODEL_RULE_OP,
     .flags = API_WRITE | API_INTERNAL,
     .params = rule_params,
     .since = "1",
     .doc = "Runs an `after` rule over the change that set it off.",
     .doc_zh = "对触发它的修改执行一条 after 规则。",
     .run = run_rule},
    {.name = API_SCHEDULE_OP,
     .flags = API_WRITE | API_INTERNAL,
     .params = schedule_params,
     .since = "2",
     .doc = "Calls what a package wants called by a rule of recurrence, and sets the next time.",
     .doc_zh = "按重复规则调用包里的操作，并设定下一次。",
     .run = api_schedule_fire},
    {.name = NULL}};
