/* task: what is due: calls, visits, revisits. Every open task with a due date has a timer at 00:00 of
 * that day; when it fires, the task carries reminded_at and the journal an entry `task.due` that
 * followers see. */
#include <stdio.h>

#include "api/nouns/nouns.h"

static const char *const task_states[] = {"open", "done", "cancelled", NULL};
static const data_transition task_transitions[] = {
    {.from = "open", .to = "done"}, {.from = "open", .to = "cancelled"}, {.from = NULL}};

static const data_field cause_fields[] = {
    {.name = "kind",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .label_zh = "事由",
     .label_en = "kind"},
    {.name = "order",
     .kind = DATA_KIND_REFERENCE,
     .to = "order",
     .label_zh = "订单",
     .label_en = "order"},
    {.name = "product",
     .kind = DATA_KIND_REFERENCE,
     .to = "product",
     .label_zh = "产品",
     .label_en = "product"},
    {.name = "text", .kind = DATA_KIND_TEXT, .label_zh = "说明", .label_en = "text"},
    {.name = "title", .kind = DATA_KIND_TEXT, .label_zh = "标题", .label_en = "title"},
    {.name = NULL}};

static const data_field task_fields[] = {
    {.name = "customer",
     .kind = DATA_KIND_REFERENCE,
     .to = "customer",
     .label_zh = "客户",
     .label_en = "customer"},
    {.name = "kind",
     .kind = DATA_KIND_TEXT,
     .initial = "follow_up",
     .label_zh = "类别",
     .label_en = "kind",
     .doc = "revisit, repurchase, or one that a package brings."},
    {.name = "title",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_PERSONAL,
     .label_zh = "标题",
     .label_en = "title"},
    {.name = "owner", .kind = DATA_KIND_TEXT, .label_zh = "负责人", .label_en = "owner"},
    {.name = "due_on",
     .kind = DATA_KIND_DATE,
     .label_zh = "到期日",
     .label_en = "due on",
     .doc = "Due that day, overdue after it (REV-02)."},
    {.name = "state",
     .kind = DATA_KIND_STATES,
     .choices = task_states,
     .transitions = task_transitions,
     .label_zh = "状态",
     .label_en = "state"},
    {.name = "reasons",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_TEXT,
     .flags = DATA_READONLY,
     .label_zh = "事由",
     .label_en = "reasons",
     .doc = "The kinds of all that fell together on this day (REV-12)."},
    {.name = "causes",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .fields = cause_fields,
     .flags = DATA_READONLY | DATA_PERSONAL,
     .label_zh = "来由",
     .label_en = "causes",
     .doc = "What each reason comes from."},
    {.name = "result",
     .kind = DATA_KIND_MAP,
     .flags = DATA_PERSONAL,
     .label_zh = "结果",
     .label_en = "result",
     .doc = "What came of it: content, method, answers (REV-04)."},
    {.name = "completed_at",
     .kind = DATA_KIND_DATETIME,
     .flags = DATA_READONLY,
     .label_zh = "完成时间",
     .label_en = "completed at"},
    {.name = "completed_by",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_READONLY,
     .label_zh = "完成人",
     .label_en = "completed by"},
    {.name = "reminded_at",
     .kind = DATA_KIND_DATETIME,
     .flags = DATA_READONLY,
     .label_zh = "提醒时间",
     .label_en = "reminded at"},
    {.name = NULL}};

static const model_term open_only[] = {{"state", "open"}, {NULL, NULL}};

static const model_index_definition task_indexes[] = {
    {.name = "customer_state", .fields = {"customer", "state", "due_on"}},
    {.name = "due", .fields = {"due_on"}, .where = open_only},
    {.name = "owner_due",
     .fields = {"owner", "due_on"},
     .where = open_only,
     .keeps = {"kind", "title", "customer", "state", "reasons", "causes"}},
    {.name = NULL}};

const model_type_definition api_types_task[] = {
    {.name = "task",
     .label_zh = "任务",
     .label_en = "task",
     .title = "title",
     .doc = "Something to be done by somebody on a day (REV-02, FUP-02).",
     .fields = task_fields,
     .indexes = task_indexes},
    {.name = NULL}};

/* --- the timer of a task ------------------------------------------------------------------------------ */

static bool waits(crm_ctx *ctx, base_slice task, int64_t *due) {
  data_date date;
  if (task.size == 0 || !base_slice_is(data_map_text(task, "state"), "open")) return false;
  if (!data_date_parse(data_map_text(task, "due_on"), &date)) return false;
  *due = model_ctx_midnight(ctx, date);
  return true;
}

static base_code set_timer(crm_ctx *ctx, int64_t id, int64_t due, base_slice name) {
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_pair_integer(&params, "id", id);
  model_timer timer = {.due = due,
                       .op = base_slice_text("task.due"),
                       .name = name,
                       .params = model_ctx_take(ctx, &params),
                       .actor = base_slice_text("system")};
  return model_timer_put(ctx, &timer);
}

/* The task's new date wants a reminder of its own. */
static base_code forget_reminder(crm_ctx *ctx, const model_rule_change *change) {
  data_value reminded;
  base_slice record;
  if (!data_map_find(change->after, "reminded_at", &reminded)) return BASE_OK;
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_text(&patch, "reminded_at");
  data_append_nil(&patch);
  base_slice values = model_ctx_take(ctx, &patch);
  return model_record_update(ctx, change->type, change->id, values, 0, MODEL_TRUSTED, &record);
}

/* A task that comes back has been reminded of, or has not, as before. */
static bool returns(const model_rule_change *change) {
  return change->event == MODEL_RESTORE || change->event == MODEL_UNMERGE;
}

/* Keeps the timer row at the day the task is due (REV-02). */
static base_code keep_timer(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  char text[24];
  int64_t before = 0;
  int64_t after = 0;
  /* A task that is merged into another waits no more, until it is back. */
  bool waited = change->event != MODEL_UNMERGE && waits(ctx, change->before, &before);
  bool waiting = change->event != MODEL_MERGE && waits(ctx, change->after, &after);
  snprintf(text, sizeof text, "%lld", (long long)change->id);
  base_slice name = base_arena_slice(ctx->arena, base_slice_text(text));
  if (waited && waiting && before == after) return BASE_OK;
  if (waited) {
    BASE_TRY(model_timer_delete(ctx, before, base_slice_text("task.due"), name));
  }
  if (!waiting) return BASE_OK;
  if (returns(change)) {
    data_value reminded;
    if (data_map_find(change->after, "reminded_at", &reminded)) return BASE_OK;
  }
  BASE_TRY(forget_reminder(ctx, change));
  return set_timer(ctx, change->id, after, name);
}

/* A task entered by hand has its kind as its one reason. */
static base_code give_reason(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  data_value reasons;
  base_slice record;
  if (data_map_find(change->after, "reasons", &reasons)) return BASE_OK;
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_text(&patch, "reasons");
  data_append_array(&patch, 1);
  data_append_slice(&patch, data_map_text(change->after, "kind"));
  base_slice values = model_ctx_take(ctx, &patch);
  return model_record_update(ctx, change->type, change->id, values, 0, MODEL_TRUSTED, &record);
}

static const char *const timed[] = {"due_on", "state", NULL};

const model_rule api_rules_task[] = {{.name = "task_reason",
                                      .type = "task",
                                      .events = MODEL_CREATE,
                                      .doc = "A task without reasons has its kind as reason.",
                                      .run = give_reason},
                                     {.name = "task_timer",
                                      .type = "task",
                                      .events = MODEL_CREATE | MODEL_UPDATE | MODEL_DELETE |
                                                MODEL_RESTORE | MODEL_MERGE | MODEL_UNMERGE,
                                      .fields = timed,
                                      .doc = "The timer at 00:00 of the due day (REV-02).",
                                      .run = keep_timer},
                                     {.name = NULL}};

/* --- task.due -------------------------------------------------------------------------------------------- */

static base_code run_due(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type = api_noun_type(ctx, "task");
  int64_t id = api_param_integer(params, "id");
  base_slice task;
  bool open = model_record_find(ctx, type, id, &task) &&
              base_slice_is(data_map_text(task, "state"), "open");
  if (open) {
    base_buffer patch = {0};
    data_append_map(&patch, 1);
    data_append_pair_integer(&patch, "reminded_at", ctx->now);
    base_slice values = model_ctx_take(ctx, &patch);
    BASE_TRY(model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &task));
  }
  data_append_map(result, 1);
  data_append_pair_boolean(result, "reminded", open);
  return BASE_OK;
}

/* --- task.list ---------------------------------------------------------------------------------------------- */

static size_t append_eq(base_slice params, const char *name, base_buffer *where) {
  base_slice value = api_param_raw(params, name);
  if (value.size == 0) return 0;
  data_append_pair_raw(where, name, value);
  return 1;
}

static size_t append_due(base_slice params, base_buffer *where) {
  base_slice on = api_param_raw(params, "on");
  base_slice before = api_param_raw(params, "before");
  if (on.size == 0 && before.size == 0) return 0;
  data_append_text(where, "due_on");
  data_append_map(where, (on.size > 0) + (size_t)(before.size > 0));
  if (on.size > 0) data_append_pair_raw(where, "le", on);
  if (before.size > 0) data_append_pair_raw(where, "lt", before);
  return 1;
}

static base_slice list_where(crm_ctx *ctx, base_slice params) {
  base_buffer where = {0};
  size_t place = data_append_open_map(&where);
  size_t pairs = append_eq(params, "owner", &where) + append_eq(params, "customer", &where) +
                 append_eq(params, "kind", &where) + append_due(params, &where);
  base_slice state = api_param_text(params, "state");
  data_append_pair_slice(&where, "state", state.size > 0 ? state : base_slice_text("open"));
  data_append_close(&where, place, pairs + 1);
  return model_ctx_take(ctx, &where);
}

static void append_field(base_slice record, const char *name, base_buffer *out) {
  data_value value;
  data_append_text(out, name);
  if (data_map_find(record, name, &value))
    data_append_raw(out, value.raw);
  else
    data_append_nil(out);
}

static void append_customer(crm_ctx *ctx, base_slice task, base_buffer *out) {
  base_slice customer = {0};
  int64_t id = data_map_integer(task, "customer", 0);
  bool known = id != 0 && model_record_find(ctx, api_noun_type(ctx, "customer"), id, &customer);
  append_field(task, "customer", out);
  data_append_text(out, "customer_name");
  if (known)
    data_append_slice(out, data_map_text(customer, "name"));
  else
    data_append_nil(out);
}

/* The index owner_due keeps all of these. */
static const char *const listed[] = {"id",    "kind",    "title",  "owner",   "due_on",
                                     "state", "reasons", "causes", "customer"};
#define LISTED (sizeof listed / sizeof listed[0])

static void append_item(crm_ctx *ctx, base_slice task, base_buffer *out) {
  size_t count = LISTED - 1; /* the customer comes with its name */
  data_date due;
  bool overdue = data_date_parse(data_map_text(task, "due_on"), &due) && due < ctx->today &&
                 base_slice_is(data_map_text(task, "state"), "open");
  data_append_map(out, count + 3);
  for (size_t i = 0; i < count; i++) append_field(task, listed[i], out);
  append_customer(ctx, task, out);
  data_append_pair_boolean(out, "overdue", overdue);
}

static base_code run_list(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  model_page page;
  base_slice names[LISTED];
  for (size_t i = 0; i < LISTED; i++) names[i] = base_slice_text(listed[i]);
  model_query query = {.type = api_noun_type(ctx, "task"),
                       .where = list_where(ctx, params),
                       .order = api_noun_order(ctx, "due_on"),
                       .limit = api_param_integer(params, "limit"),
                       .after = api_param_text(params, "after"),
                       .fields = names,
                       .field_count = LISTED};
  BASE_TRY(model_find(ctx, &query, &page));
  data_append_map(result, 2);
  data_append_text(result, "items");
  data_append_array(result, page.count);
  for (size_t i = 0; i < page.count; i++) append_item(ctx, page.items[i], result);
  data_append_text(result, "next");
  if (page.next.size > 0)
    data_append_slice(result, page.next);
  else
    data_append_nil(result);
  return BASE_OK;
}

/* --- task.complete, task.reassign ------------------------------------------------------------------------------ */

/* A result given as text is its content. */
static base_slice result_map(crm_ctx *ctx, base_slice params) {
  data_value given = data_peek(api_param_raw(params, "result"));
  if (given.type == DATA_MAP) return given.raw;
  base_buffer map = {0};
  data_append_map(&map, given.type == DATA_TEXT ? 1 : 0);
  if (given.type == DATA_TEXT) data_append_pair_slice(&map, "content", given.as.bytes);
  return model_ctx_take(ctx, &map);
}

/* REV-04 names it method; anything that is not one of ARC-04's ways is "other". */
static base_slice activity_kind(crm_ctx *ctx, base_slice result) {
  base_slice method = data_map_text(result, "method");
  if (method.size == 0) return base_slice_text("phone");
  const data_field *kind =
      data_field_find(api_noun_type(ctx, "activity")->fields, base_slice_text("kind"));
  for (const char *const *choice = kind->choices; *choice != NULL; choice++) {
    if (base_slice_is(method, *choice)) return method;
  }
  return base_slice_text("other");
}

/* When it happened: what is noted later says so. */
static int64_t outcome_at(const crm_ctx *ctx, base_slice outcome) {
  return data_map_integer(outcome, "at", ctx->now);
}

static base_code check_outcome(crm_ctx *ctx, base_slice outcome) {
  data_value at;
  if (!data_map_find(outcome, "at", &at) || at.type == DATA_NIL) return BASE_OK;
  if (at.type == DATA_INTEGER && at.as.integer >= 0 && at.as.integer <= ctx->now) return BASE_OK;
  return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, "result.at",
                        "at 是做这件事的时刻（毫秒），不能晚于现在",
                        "at is the instant at which it was done, in milliseconds, not after now");
}

/* Every completed task leaves what happened on the customer's record (FUP-01). */
static base_code write_activity(crm_ctx *ctx, base_slice task, base_slice outcome) {
  data_value customer;
  data_value answers;
  if (!data_map_find(task, "customer", &customer)) return BASE_OK;
  base_buffer values = {0};
  size_t place = data_append_open_map(&values);
  size_t pairs = 5;
  data_append_pair_raw(&values, "customer", customer.raw);
  data_append_pair_integer(&values, "task", data_map_integer(task, "id", 0));
  data_append_pair_integer(&values, "at", outcome_at(ctx, outcome));
  data_append_pair_slice(&values, "owner", ctx->actor.name);
  data_append_pair_slice(&values, "kind", activity_kind(ctx, outcome));
  base_slice content = data_map_text(outcome, "content");
  if (content.size > 0) {
    data_append_pair_slice(&values, "content", content);
    pairs += 1;
  }
  if (data_map_find(outcome, "answers", &answers) && answers.type == DATA_MAP) {
    data_append_pair_raw(&values, "answers", answers.raw);
    pairs += 1;
  }
  data_append_close(&values, place, pairs);
  base_slice record;
  base_slice activity = model_ctx_take(ctx, &values);
  /* It comes with the task, whoever may enter activities by hand. */
  const model_policy *policy = model_permission_lift(ctx);
  base_code code =
      model_record_create(ctx, api_noun_type(ctx, "activity"), activity, MODEL_TRUSTED, &record);
  model_permission_drop(ctx, policy);
  return code;
}

static base_code check_open(crm_ctx *ctx, base_slice task) {
  base_slice state = data_map_text(task, "state");
  if (base_slice_is(state, "open")) return BASE_OK;
  return model_ctx_fail(ctx, BASE_TRANSITION_DENIED, "state", "任务 %lld 已经是 %.*s",
                        "task %lld is %.*s already", (long long)data_map_integer(task, "id", 0),
                        BASE_SLICE_ARGS(state));
}

static base_code run_complete(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)self;
  const model_type *type = api_noun_type(ctx, "task");
  int64_t id = api_param_integer(params, "id");
  base_slice outcome = result_map(ctx, params);
  base_slice task;
  BASE_TRY(model_record_get(ctx, type, id, &task));
  BASE_TRY(check_open(ctx, task));
  BASE_TRY(check_outcome(ctx, outcome));
  base_buffer patch = {0};
  data_append_map(&patch, 4);
  data_append_pair_text(&patch, "state", "done");
  data_append_pair_raw(&patch, "result", outcome);
  data_append_pair_integer(&patch, "completed_at", ctx->now);
  data_append_pair_slice(&patch, "completed_by", ctx->actor.name);
  base_slice values = model_ctx_take(ctx, &patch);
  BASE_TRY(model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &task));
  BASE_TRY(write_activity(ctx, task, outcome));
  data_append_raw(result, task);
  return BASE_OK;
}

static base_code run_reassign(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)self;
  const model_type *type = api_noun_type(ctx, "task");
  int64_t id = api_param_integer(params, "id");
  base_slice task;
  BASE_TRY(model_record_get(ctx, type, id, &task));
  BASE_TRY(check_open(ctx, task));
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_pair_slice(&patch, "owner", api_param_text(params, "owner"));
  base_slice values = model_ctx_take(ctx, &patch);
  BASE_TRY(model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &task));
  data_append_raw(result, task);
  return BASE_OK;
}

static const data_field due_params[] = {API_PARAM_ID, {.name = NULL}};
static const data_field list_params[] = {
    {.name = "owner", .kind = DATA_KIND_TEXT, .doc = "Only this person's."},
    {.name = "on", .kind = DATA_KIND_DATE, .doc = "Due that day or earlier."},
    {.name = "before", .kind = DATA_KIND_DATE, .doc = "Due strictly earlier."},
    {.name = "state",
     .kind = DATA_KIND_CHOICE,
     .choices = task_states,
     .doc = "open when not given."},
    {.name = "kind", .kind = DATA_KIND_TEXT, .doc = "revisit, repurchase, …"},
    {.name = "customer", .kind = DATA_KIND_INTEGER, .doc = "Only this customer's."},
    API_PARAM_LIMIT,
    API_PARAM_AFTER,
    {.name = NULL}};
static const data_field complete_params[] = {
    API_PARAM_ID,
    {.name = "result",
     .kind = DATA_KIND_ANY,
     .flags = DATA_REQUIRED,
     .doc =
         "Text, or {content, method, answers, at, …} (REV-04); at: when it was, in milliseconds, "
         "for what is noted later."},
    {.name = NULL}};
static const data_field reassign_params[] = {
    API_PARAM_ID,
    {.name = "owner", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "Who does it now."},
    {.name = NULL}};

static const data_field due_result[] = {{.name = "reminded",
                                         .kind = DATA_KIND_BOOLEAN,
                                         .doc = "false: the task was not open any more."},
                                        {.name = NULL}};

static const data_field list_result[] = {
    API_RESULT_ITEMS("id, kind, title, customer, customer_name, owner, due_on, overdue, state, "
                     "reasons, causes."),
    API_RESULT_NEXT,
    {.name = NULL}};

const api_op api_ops_task[] = {
    {.name = "task.due",
     .flags = API_WRITE | API_INTERNAL,
     .params = due_params,
     .since = "1",
     .result = due_result,
     .doc = "The day of the task has come: notes the reminder on it.",
     .doc_zh = "任务到期提醒。",
     .run = run_due},
    {.name = "task.list",
     .params = list_params,
     .since = "1",
     .result = list_result,
     .doc = "Tasks by due day, the oldest first: {items, next}; items carry id, kind, title, "
            "customer, customer_name, owner, due_on, overdue, state, reasons, causes (REV-02).",
     .doc_zh = "按到期日列出任务；默认只列未完成的。",
     .run = run_list},
    {.name = "task.complete",
     .flags = API_WRITE,
     .params = complete_params,
     .errors = "NOT_FOUND TRANSITION_DENIED VALIDATION_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Closes the task with its result and writes the activity (REV-04, FUP-01).",
     .doc_zh = "完成任务，记录结果。",
     .run = run_complete},
    {.name = "task.reassign",
     .flags = API_WRITE,
     .params = reassign_params,
     .errors = "NOT_FOUND TRANSITION_DENIED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Gives an open task to somebody else.",
     .doc_zh = "转交任务。",
     .run = run_reassign},
    {.name = NULL}};
