/* order: what a customer bought. The totals it leaves on the customer are in total.c; revisits and
 * repurchase dates are the business of packages, which add rules to this type. */
#include "api/nouns/nouns.h"

#define ORDER_LINES_MAX 200
#define ORDER_QUANTITY_MAX 1000000

static const char *const order_states[] = {"open", "done", "cancelled", NULL};
static const data_transition order_transitions[] = {{.from = "open", .to = "done"},
                                                    {.from = "open", .to = "cancelled"},
                                                    {.from = "done", .to = "cancelled"},
                                                    {.from = NULL}};

static const data_field line_fields[] = {
    {.name = "product",
     .kind = DATA_KIND_REFERENCE,
     .to = "product",
     .flags = DATA_REQUIRED,
     .label_zh = "产品",
     .label_en = "product"},
    {.name = "quantity",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = ORDER_QUANTITY_MAX,
     .label_zh = "数量",
     .label_en = "quantity",
     .doc = "Whole units, at least 1."},
    {.name = "price",
     .kind = DATA_KIND_MONEY,
     .bounded = true,
     .min = 0,
     .max = 1000000000000,
     .label_zh = "单价",
     .label_en = "price",
     .doc = "Minor units per unit; the product's price when not given."},
    {.name = "amount",
     .kind = DATA_KIND_MONEY,
     .label_zh = "金额",
     .label_en = "amount",
     .doc = "quantity × price."},
    {.name = "repurchase_on",
     .kind = DATA_KIND_DATE,
     .label_zh = "复购日期",
     .label_en = "repurchase on",
     .doc = "When the goods will be used up (ORD-02)."},
    {.name = NULL}};

static const data_field order_fields[] = {
    {.name = "customer",
     .kind = DATA_KIND_REFERENCE,
     .to = "customer",
     .flags = DATA_REQUIRED,
     .label_zh = "客户",
     .label_en = "customer",
     .doc = "The buyer (ARC-03, C-40)."},
    {.name = "ordered_on",
     .kind = DATA_KIND_DATE,
     .flags = DATA_REQUIRED,
     .label_zh = "下单日期",
     .label_en = "ordered on"},
    {.name = "state",
     .kind = DATA_KIND_STATES,
     .choices = order_states,
     .transitions = order_transitions,
     .label_zh = "状态",
     .label_en = "state"},
    {.name = "owner",
     .kind = DATA_KIND_TEXT,
     .label_zh = "业务员",
     .label_en = "owner",
     .doc = "Who took the order; looks after what follows from it."},
    {.name = "lines",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .fields = line_fields,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = ORDER_LINES_MAX,
     .label_zh = "明细",
     .label_en = "lines",
     .doc = "In the order they were entered (ORD-07)."},
    {.name = "total",
     .kind = DATA_KIND_MONEY,
     .flags = DATA_READONLY,
     .label_zh = "合计",
     .label_en = "total",
     .doc = "Sum of the lines' amounts, minor units."},
    {.name = "repurchase_on",
     .kind = DATA_KIND_DATE,
     .label_zh = "最早复购日期",
     .label_en = "earliest repurchase on",
     .doc = "The earliest of the lines' dates (C-05)."},
    {.name = "reason",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_PERSONAL,
     .label_zh = "取消原因",
     .label_en = "reason",
     .doc = "Why it was cancelled."},
    {.name = "note",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_PERSONAL,
     .label_zh = "备注",
     .label_en = "note"},
    {.name = NULL}};

static const model_index_definition order_indexes[] = {
    {.name = "customer_date", .fields = {"customer", "ordered_on"}},
    {.name = "product", .fields = {"lines.product"}},
    {.name = NULL}};

const model_type_definition api_types_order[] = {{.name = "order",
                                                  .label_zh = "订单",
                                                  .label_en = "order",
                                                  .title = "id",
                                                  .doc = "An order with its lines (ORD-07).",
                                                  .fields = order_fields,
                                                  .indexes = order_indexes},
                                                 {.name = NULL}};

/* --- amounts ----------------------------------------------------------------------------------------- */

static base_code amount_too_large(crm_ctx *ctx) {
  return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, "lines", "订单金额太大",
                        "the order's amount is "
                        "too large");
}

/* The price given, else the product's, else nothing. */
static bool line_price(crm_ctx *ctx, base_slice line, int64_t *price) {
  data_value given;
  base_slice product;
  if (data_map_find(line, "price", &given) && given.type != DATA_NIL) {
    *price = given.as.integer;
    return given.type == DATA_INTEGER;
  }
  int64_t id = data_map_integer(line, "product", 0);
  if (!model_record_find(ctx, api_noun_type(ctx, "product"), id, &product)) return false;
  return data_map_find(product, "price", &given) && (*price = given.as.integer, true);
}

/* The line with price and amount; a line that is wrong stays as it is and fails validation later. */
static base_code append_line(crm_ctx *ctx, base_slice line, base_buffer *out, int64_t *total) {
  int64_t price = 0;
  int64_t amount = 0;
  int64_t quantity = data_map_integer(line, "quantity", 0);
  if (data_peek(line).type != DATA_MAP || !line_price(ctx, line, &price)) {
    data_append_raw(out, line);
    return BASE_OK;
  }
  if (__builtin_mul_overflow(price, quantity, &amount) ||
      __builtin_add_overflow(*total, amount, total)) {
    return amount_too_large(ctx);
  }
  base_buffer patch = {0};
  data_append_map(&patch, 2);
  data_append_pair_integer(&patch, "price", price);
  data_append_pair_integer(&patch, "amount", amount);
  data_splice(line, base_buffer_slice(&patch), out);
  base_buffer_fini(&patch);
  return BASE_OK;
}

/* Lines and total follow from one another whoever writes the order (ORD-07). */
static base_code price_lines(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  data_value lines = {0};
  data_map_find(change->after, "lines", &lines);
  base_buffer patch = {0};
  int64_t total = 0;
  data_append_map(&patch, 2);
  data_append_text(&patch, "lines");
  data_append_array(&patch, lines.as.count);
  data_walk walk = data_walk_begin(lines.raw);
  base_code code = BASE_OK;
  while (code == BASE_OK && data_walk_next(&walk)) {
    code = append_line(ctx, walk.value.raw, &patch, &total);
  }
  data_append_pair_integer(&patch, "total", total);
  base_slice values = model_ctx_take(ctx, &patch);
  BASE_TRY(code);
  base_slice record;
  return model_record_update(ctx, change->type, change->id, values, 0, MODEL_TRUSTED, &record);
}

static const char *const priced[] = {"lines", NULL};
const model_rule api_rules_order[] = {
    {.name = "order_lines",
     .type = "order",
     .events = MODEL_CREATE | MODEL_UPDATE,
     .fields = priced,
     .doc = "Price and amount of each line, and the total (ORD-07).",
     .run = price_lines},
    {.name = NULL}};

/* --- ops ------------------------------------------------------------------------------------------------ */

static base_slice order_owner(crm_ctx *ctx, base_slice params) {
  base_slice customer;
  base_slice given = api_param_text(params, "owner");
  if (given.size > 0) return given;
  int64_t id = api_param_integer(params, "customer");
  if (model_record_find(ctx, api_noun_type(ctx, "customer"), id, &customer)) {
    base_slice owner = data_map_text(customer, "owner");
    if (owner.size > 0) return owner;
  }
  return ctx->actor.name;
}

static base_code run_create(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_buffer patch = {0};
  base_buffer values = {0};
  char today[DATA_DATE_SIZE];
  data_date_format(ctx->today, today);
  bool dated = api_param_text(params, "ordered_on").size > 0;
  data_append_map(&patch, dated ? 1 : 2);
  data_append_pair_slice(&patch, "owner", order_owner(ctx, params));
  if (!dated) data_append_pair_text(&patch, "ordered_on", today);
  data_splice(params, base_buffer_slice(&patch), &values);
  base_buffer_fini(&patch);
  base_slice record;
  base_slice order = model_ctx_take(ctx, &values);
  BASE_TRY(model_record_create(ctx, api_noun_type(ctx, "order"), order, MODEL_TRUSTED, &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_cancel(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_slice reason = api_param_text(params, "reason");
  base_slice record;
  const model_type *type = api_noun_type(ctx, "order");
  int64_t id = api_param_integer(params, "id");
  BASE_TRY(model_record_get(ctx, type, id, &record));
  if (base_slice_is(data_map_text(record, "state"), "cancelled")) {
    return model_ctx_fail(ctx, BASE_TRANSITION_DENIED, "state", "订单 %lld 已经取消",
                          "order %lld is cancelled already", (long long)id);
  }
  base_buffer patch = {0};
  data_append_map(&patch, reason.size > 0 ? 2 : 1);
  data_append_pair_text(&patch, "state", "cancelled");
  if (reason.size > 0) data_append_pair_slice(&patch, "reason", reason);
  base_slice values = model_ctx_take(ctx, &patch);
  BASE_TRY(model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static const data_field create_params[] = {
    {.name = "customer",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .doc = "The buyer's number."},
    {.name = "ordered_on", .kind = DATA_KIND_DATE, .doc = "Today when not given."},
    /* The lines are judged by the type's own fields, so that a bad quantity is VALIDATION_FAILED. */
    {.name = "lines",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_ANY,
     .flags = DATA_REQUIRED,
     .doc = "[{product, quantity, price?}, …], 1 to 200 lines."},
    {.name = "owner",
     .kind = DATA_KIND_TEXT,
     .doc = "Who took it; else the customer's owner, else the caller."},
    {.name = "note", .kind = DATA_KIND_TEXT, .doc = "Free text."},
    {.name = NULL}};

static const data_field cancel_params[] = {
    API_PARAM_ID, {.name = "reason", .kind = DATA_KIND_TEXT, .doc = "Why."}, {.name = NULL}};

const api_op api_ops_order[] = {
    {.name = "order.create",
     .flags = API_WRITE,
     .params = create_params,
     .errors = "REFERENCE_MISSING VALIDATION_FAILED RULE_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Enters an order; lines carry price, amount and, where a package computes it, "
            "repurchase_on (ORD-02, ORD-07).",
     .doc_zh = "录入订单；返回各行的单价、金额和复购日期。",
     .run = run_create},
    {.name = "order.cancel",
     .flags = API_WRITE,
     .params = cancel_params,
     .errors = "NOT_FOUND TRANSITION_DENIED RULE_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Cancels an order and what follows from it (REV-14).",
     .doc_zh = "取消订单及其后续回访。",
     .run = run_cancel},
    {.name = NULL}};
