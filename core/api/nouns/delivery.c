/* delivery: what must happen outside, as it is listed, carried out and repeated. See delivery.h of the
 * room. */
#include "api/delivery.h"

#include "api/nouns/nouns.h"

#define NAME_BYTES 64 /* of what the queue is known by */

/* --- the type ---------------------------------------------------------------------------------------- */

static const char *const states[] = {"pending", "waiting", "failed", "delivered", "dead", NULL};
static const data_transition transitions[] = {
    {.from = "waiting", .to = "pending"},   {.from = "waiting", .to = "dead"},
    {.from = "pending", .to = "delivered"}, {.from = "pending", .to = "failed"},
    {.from = "pending", .to = "dead"},      {.from = "failed", .to = "pending"},
    {.from = "failed", .to = "dead"},       {.from = "delivered", .to = "pending"},
    {.from = "delivered", .to = "waiting"}, {.from = "dead", .to = "pending"},
    {.from = "dead", .to = "waiting"},      {.from = NULL}};

#define NAME(field, more, zh, en, text)                                                            \
  {                                                                                                \
    .name = (field), .kind = DATA_KIND_TEXT, .flags = DATA_READONLY | (more), .label_zh = (zh),    \
    .label_en = (en), .doc = (text), .bounded = true, .max = NAME_BYTES                            \
  }
#define FIELD(field, sort, more, zh, en, text)                                                     \
  {                                                                                                \
    .name = (field), .kind = (sort), .flags = DATA_READONLY | (more), .label_zh = (zh),            \
    .label_en = (en), .doc = (text)                                                                \
  }

static const data_field delivery_fields[] = {
    NAME("channel", DATA_REQUIRED, "渠道", "channel", "Who carries it: webhook …"),
    NAME("target", 0, "去处", "target", "Which of the channel's places it is for."),
    NAME("event", DATA_REQUIRED, "事件", "event", "What happened."),
    FIELD("data", DATA_KIND_MAP, DATA_PERSONAL, "内容", "data",
          "What is told, as the channel says."),
    NAME("record_type", 0, "记录类型", "record's type", "What it is about."),
    FIELD("record_id", DATA_KIND_INTEGER, 0, "记录编号", "record's number", "What it is about."),
    {.name = "state",
     .kind = DATA_KIND_STATES,
     .choices = states,
     .transitions = transitions,
     .flags = DATA_READONLY | DATA_INDEX,
     .label_zh = "状态",
     .label_en = "state",
     .doc = "waiting: behind another one of its queue; pending: may leave; failed: is tried again "
            "at due_at; dead: is given up."},
    FIELD("attempts", DATA_KIND_INTEGER, 0, "次数", "attempts", "Tries since it was last opened."),
    FIELD("due_at", DATA_KIND_DATETIME, 0, "下次重试", "next try", "Of a failed one."),
    FIELD("error", DATA_KIND_TEXT, 0, "错误", "error", "Why the last try failed."),
    FIELD("closed_at", DATA_KIND_DATETIME, 0, "结束时间", "closed at", "Delivered or given up."),
    FIELD("sequence", DATA_KIND_INTEGER, DATA_INDEX, "序号", "sequence",
          "Of the journal's entry that made it."),
    {.name = NULL}};

static const model_index_definition delivery_indexes[] = {
    {.name = "queue", .fields = {"record_type", "record_id", "channel", "target", "state", NULL}},
    {.name = "leaving", .fields = {"channel", "state", "target", NULL}},
    {.name = "sent", .fields = {"channel", "target", "sequence", NULL}},
    {.name = NULL}};

const model_type_definition api_types_delivery[] = {
    {.name = API_DELIVERY_TYPE,
     .label_zh = "投递",
     .label_en = "delivery",
     .title = "event",
     .flags = MODEL_TYPE_SERVER,
     .visible = API_VISIBLE_OWN,
     .doc = "What happens outside of the server: carried out after the commit, at least once, in "
            "order for each record.",
     .fields = delivery_fields,
     .indexes = delivery_indexes},
    {.name = NULL}};

/* --- made by packages ---------------------------------------------------------------------------------- */

static base_code check_name(crm_ctx *ctx, base_slice params, const char *name) {
  base_slice text = api_param_text(params, name);
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] >= 0x20 && text.data[i] != 0x7f) continue;
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, name, "%s 不能含有控制字符",
                          "%s must have no control characters", name);
  }
  return BASE_OK;
}

static base_code check_about(crm_ctx *ctx, base_slice params) {
  const model_type *type;
  base_slice name = api_param_text(params, "type");
  bool numbered = api_param_integer(params, "id") > 0;
  if ((name.size > 0) != numbered) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, numbered ? "type" : "id",
                          "type 和 id 要么都给出（投递所涉及的记录），要么都不给",
                          "give both type and id, the record it is about, or neither");
  }
  return name.size == 0 ? BASE_OK : model_schema_type(ctx->schema, name, &type, ctx->error);
}

static base_slice values_of(crm_ctx *ctx, base_slice params) {
  base_buffer out = {0};
  base_slice data = api_param_raw(params, "data");
  bool about = api_param_integer(params, "id") > 0;
  data_append_map(&out, 3u + (data.size > 0) + (about ? 2 : 0));
  data_append_pair_slice(&out, "channel", api_param_text(params, "channel"));
  data_append_pair_slice(&out, "target", api_param_text(params, "target"));
  data_append_pair_slice(&out, "event", api_param_text(params, "event"));
  if (data.size > 0) data_append_pair_raw(&out, "data", data);
  if (about) {
    data_append_pair_slice(&out, "record_type", api_param_text(params, "type"));
    data_append_pair_integer(&out, "record_id", api_param_integer(params, "id"));
  }
  return model_ctx_take(ctx, &out);
}

static base_code run_create(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_slice record;
  BASE_TRY(check_name(ctx, params, "channel"));
  BASE_TRY(check_name(ctx, params, "target"));
  BASE_TRY(check_name(ctx, params, "event"));
  BASE_TRY(check_about(ctx, params));
  BASE_TRY(api_delivery_create(ctx, values_of(ctx, params), &record));
  data_append_raw(result, record);
  return BASE_OK;
}

/* --- asked and reported by carriers -------------------------------------------------------------------- */

static base_code run_next(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  api_delivery_query query = {.channel = api_param_text(params, "channel"),
                              .each = api_param_integer(params, "each"),
                              .limit = api_param_integer(params, "limit"),
                              .under_way = api_param_raw(params, "under_way")};
  data_append_map(result, 1);
  data_append_text(result, "items");
  return api_delivery_next(ctx, &query, result);
}

static const char *const outcomes[] = {[API_DELIVERY_DELIVERED] = "delivered",
                                       [API_DELIVERY_FAILED] = "failed",
                                       [API_DELIVERY_DEAD] = "dead",
                                       NULL};

static base_code append_state(crm_ctx *ctx, base_slice record, base_buffer *result) {
  (void)ctx;
  data_append_map(result, 2);
  data_append_pair_integer(result, "id", data_map_integer(record, "id", 0));
  data_append_pair_slice(result, "state", data_map_text(record, "state"));
  return BASE_OK;
}

static base_code run_report(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_slice record;
  base_slice told = api_param_text(params, "outcome");
  int outcome = API_DELIVERY_DELIVERED;
  while (!base_slice_is(told, outcomes[outcome])) outcome++;
  BASE_TRY(api_delivery_report(ctx, api_param_integer(params, "id"), (api_delivery_outcome)outcome,
                               api_param_text(params, "error"), &record));
  return append_state(ctx, record, result);
}

static base_code run_due(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  data_append_map(result, 0);
  return api_delivery_due(ctx, api_param_integer(params, "id"), api_param_integer(params, "due"));
}

/* --- by hand ------------------------------------------------------------------------------------------- */

static base_slice retry_where(crm_ctx *ctx, base_slice params) {
  static const char *const names[] = {"channel", "target", "state"};
  base_buffer where = {0};
  size_t count = 1;
  size_t place = data_append_open_map(&where);
  data_append_text(&where, "sequence");
  data_append_map(&where, 1);
  data_append_pair_integer(&where, "ge", api_param_integer(params, "from"));
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    base_slice given = api_param_raw(params, names[i]);
    if (given.size == 0) continue;
    data_append_pair_raw(&where, names[i], given);
    count++;
  }
  data_append_close(&where, place, count);
  return model_ctx_take(ctx, &where);
}

static base_code retry_page(crm_ctx *ctx, base_slice params, model_page *page) {
  static const char *const terms[] = {"sequence", "id"};
  base_buffer order = {0};
  data_append_array(&order, 2);
  for (size_t i = 0; i < 2; i++) data_append_text(&order, terms[i]);
  model_query query = {.type = api_noun_type(ctx, API_DELIVERY_TYPE),
                       .where = retry_where(ctx, params),
                       .order = model_ctx_take(ctx, &order),
                       .limit = api_param_integer(params, "limit"),
                       .after = api_param_text(params, "after")};
  return model_find(ctx, &query, page);
}

static base_code retry_what(crm_ctx *ctx, base_slice params, model_page *page) {
  int64_t id = api_param_integer(params, "id");
  bool numbered = api_param_raw(params, "id").size > 0;
  if (numbered == (api_param_raw(params, "from").size > 0)) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "id",
                          "请给出 id（一次投递）或 from（从该序号起的投递），不能都给",
                          "give id, for one delivery, or from, for those from a sequence on");
  }
  if (!numbered) return retry_page(ctx, params, page);
  *page = (model_page){.count = 1, .items = BASE_NEW_ARRAY(ctx->arena, base_slice, 1)};
  return model_record_get(ctx, api_noun_type(ctx, API_DELIVERY_TYPE), id, &page->items[0]);
}

static base_code run_retry(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  model_page page = {0};
  int64_t count = 0;
  BASE_TRY(retry_what(ctx, params, &page));
  for (size_t i = 0; i < page.count; i++) {
    bool changed = false;
    base_slice record;
    BASE_TRY(api_delivery_retry(ctx, page.items[i], &changed, &record));
    count += changed;
  }
  data_append_map(result, 2);
  data_append_pair_integer(result, "count", count);
  data_append_text(result, "next");
  if (page.next.size > 0)
    data_append_slice(result, page.next);
  else
    data_append_nil(result);
  return BASE_OK;
}

static base_code run_drop(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice record;
  base_slice reason = api_param_text(params, "reason");
  if (reason.size == 0) {
    reason = base_slice_text(
        base_arena_format(ctx->arena, "dropped by %.*s", BASE_SLICE_ARGS(ctx->actor.name)));
  }
  BASE_TRY(api_delivery_drop(ctx, api_param_integer(params, "id"), reason, &record));
  return append_state(ctx, record, result);
}

/* --- rows ---------------------------------------------------------------------------------------------- */

#define PARAM_NAME(param, more, text)                                                              \
  {                                                                                                \
    .name = (param), .kind = DATA_KIND_TEXT, .flags = (more), .bounded = true, .max = NAME_BYTES,  \
    .doc = (text)                                                                                  \
  }
#define PARAM_DELIVERY                                                                             \
  {                                                                                                \
    .name = "id", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED,                               \
    .doc = "The delivery's number."                                                                \
  }
#define PARAM_COUNT(param, standard, text)                                                         \
  {                                                                                                \
    .name = (param), .kind = DATA_KIND_INTEGER, .initial = (standard), .bounded = true, .min = 1,  \
    .max = MODEL_LIMIT_MAX, .doc = (text)                                                          \
  }

static const data_field create_params[] = {
    PARAM_NAME("channel", DATA_REQUIRED, "Who carries it: webhook, mail, or what a plugin brings."),
    {.name = "target",
     .kind = DATA_KIND_TEXT,
     .initial = "",
     .bounded = true,
     .max = NAME_BYTES,
     .doc = "Which of the channel's places, by its name in the configuration."},
    PARAM_NAME("event", DATA_REQUIRED, "What happened: noun.past."),
    {.name = "data", .kind = DATA_KIND_MAP, .doc = "What is told, as the channel has it."},
    PARAM_NAME("type", 0, "The type of the record it is about."),
    {.name = "id",
     .kind = DATA_KIND_INTEGER,
     .doc = "That record's number: deliveries about one record leave in order."},
    {.name = NULL}};
static const data_field next_params[] = {
    PARAM_NAME("channel", DATA_REQUIRED, "The carrier's."),
    PARAM_COUNT("each", "8", "Of one target at most, those under way included."),
    PARAM_COUNT("limit", "100", "Of all targets."),
    {.name = "under_way",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_INTEGER,
     .doc = "Numbers that the carrier has in hand, which are left out."},
    {.name = NULL}};
static const data_field next_result[] = {
    API_RESULT_ITEMS("Deliveries that may leave now; none while the server is paused."),
    {.name = NULL}};
static const data_field report_params[] = {
    PARAM_DELIVERY,
    {.name = "outcome",
     .kind = DATA_KIND_CHOICE,
     .choices = outcomes,
     .flags = DATA_REQUIRED,
     .doc = "failed: to be tried again; dead: no further try would help."},
    {.name = "error",
     .kind = DATA_KIND_TEXT,
     .initial = "failed",
     .bounded = true,
     .max = 1024,
     .doc = "Why, when it is not delivered."},
    {.name = NULL}};
static const data_field due_params[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "delivery"},
    PARAM_DELIVERY,
    {.name = "due", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED, .doc = "What was set."},
    {.name = NULL}};
static const data_field retry_params[] = {
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "One delivery: closed, or failed."},
    {.name = "from",
     .kind = DATA_KIND_INTEGER,
     .doc = "Else: those made by the journal's entries from this sequence on …"},
    PARAM_NAME("channel", 0, "… by this channel only …"),
    PARAM_NAME("target", 0, "… to this target only …"),
    {.name = "state",
     .kind = DATA_KIND_CHOICE,
     .choices = states,
     .doc = "… in this state only: dead, say. Else delivered ones are delivered again, too."},
    API_PARAM_LIMIT,
    API_PARAM_AFTER,
    {.name = NULL}};
static const data_field retry_result[] = {
    {.name = "count", .kind = DATA_KIND_INTEGER, .doc = "Deliveries that will leave again."},
    API_RESULT_NEXT,
    {.name = NULL}};
static const data_field drop_params[] = {PARAM_DELIVERY,
                                         {.name = "reason",
                                          .kind = DATA_KIND_TEXT,
                                          .bounded = true,
                                          .max = 1024,
                                          .doc = "Kept as its error."},
                                         {.name = NULL}};
static const data_field state_result[] = {
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "The delivery's number."},
    {.name = "state", .kind = DATA_KIND_TEXT, .doc = "In which it is now."},
    {.name = NULL}};

const api_op api_ops_delivery[] = {
    {.name = "delivery.create",
     .flags = API_WRITE | API_INTERNAL | API_OWN_RIGHTS,
     .params = create_params,
     .result = model_system_fields,
     .errors = "BUDGET_EXCEEDED TOO_LARGE",
     .since = "2",
     .doc = "Has something happen outside when this change set is committed: ctx:deliver. Returns "
            "the delivery.",
     .doc_zh = "提交之后向外投递一个事件（ctx:deliver）。",
     .run = run_create},
    {.name = "delivery.next",
     .flags = API_INTERNAL | API_OWN_RIGHTS,
     .params = next_params,
     .result = next_result,
     .since = "2",
     .doc = "What a carrier may carry out now.",
     .doc_zh = "承运插件可以发出的投递。",
     .run = run_next},
    {.name = "delivery.report",
     .flags = API_WRITE | API_INTERNAL | API_OWN_RIGHTS,
     .params = report_params,
     .result = state_result,
     .errors = "NOT_FOUND",
     .since = "2",
     .doc = "What became of a try. Said twice it counts once.",
     .doc_zh = "承运插件报告一次投递的结果。",
     .run = run_report},
    {.name = API_DELIVERY_DUE_OP,
     .flags = API_WRITE | API_INTERNAL | API_OWN_RIGHTS,
     .params = due_params,
     .since = "2",
     .doc = "A delivery that failed may leave again.",
     .doc_zh = "失败的投递到了重试时间。",
     .run = run_due},
    {.name = "delivery.retry",
     .flags = API_WRITE | API_ADMIN,
     .params = retry_params,
     .result = retry_result,
     .errors = "NOT_FOUND",
     .since = "2",
     .doc = "Delivers again: one delivery, or page by page those from a sequence on. Numbers stay, "
            "so that a receiver knows what it has had.",
     .doc_zh = "重新投递：一次，或从某个序号起的全部；编号不变。",
     .run = run_retry},
    {.name = "delivery.drop",
     .flags = API_WRITE | API_ADMIN,
     .params = drop_params,
     .result = state_result,
     .errors = "NOT_FOUND TRANSITION_DENIED",
     .since = "2",
     .doc = "Gives an open delivery up: it is dead, and the next one of its queue may leave.",
     .doc_zh = "放弃一次投递，让后面的先走。",
     .run = run_drop},
    {.name = NULL}};
