/* template: a whole small plugin to start your own from: loyalty points (积分).
 *
 * Customers earn points with every order and spend them on gifts. What it brings:
 *   a section of the configuration    how many yuan make a point
 *   a record type                     template_entry: each gain and each spending
 *   a field on somebody else's type   customer.template_points, the sum
 *   two rules                         an order earns; an entry changes the sum
 *   two ops                           template.points reads, template.redeem writes
 *
 * To make it yours: rename the folder, this file, and every "template". The name of the package is the
 * prefix of what it brings; no two packages may bring the same name. README.md says how to build and run
 * it, docs/plugin-abi.md of Haoke what everything means, crm/plugin.h every detail. */
#include <crm/plugin.h>

#include "points.h"

/* Everything the server lends is reached through this table. `start` receives it; keep the address. Each
 * loaded version of the plugin is a copy of the file with static variables of its own. */
static const crm_host *host;

/* Callbacks run on several threads at once, so what start makes is only read afterwards. */
static int64_t yuan_per_point;

/* Before the first call. The configuration was checked against the fields below and has its defaults.
 * There are no records yet. */
static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)ctx, (void)self;
  host = lent;
  yuan_per_point = host->lookup(config, "yuan_per_point").integer;
  return CRM_OK;
}

/* --- rules: what happens when records change ----------------------------------------------------- */

/* Writes an entry. Values are msgpack: take an out, begin a map, put what belongs in, end it. */
static int add_entry(crm_ctx *ctx, int64_t customer, int64_t points, crm_slice reason) {
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_put(host, values, "customer", crm_integer(customer));
  crm_put(host, values, "points", crm_integer(points));
  crm_put(host, values, "reason", crm_string(reason));
  host->end(values);
  return host->create(ctx, "template_entry", host->bytes(values), NULL);
}

/* An order was created. The rule runs inside the op that creates it: the entry is written with the order
 * or, should anything fail, neither is. The core's own rules have run, so the total is there. */
static int earn(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)self;
  int64_t total = host->lookup(change->after, "total").integer;
  int64_t points = points_earned(total, yuan_per_point);
  if (points == 0) return CRM_OK;
  return add_entry(ctx, host->lookup(change->after, "customer").integer, points, crm_text("订单"));
}

/* An entry was created: the customer's sum follows. CRM_TRY returns the code of a call that failed;
 * whoever found the fault has said why. */
static int add_up(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)self;
  int64_t customer = host->lookup(change->after, "customer").integer;
  crm_slice record;
  CRM_TRY(host->get(ctx, "customer", customer, &record));
  int64_t sum = host->lookup(record, "template_points").integer; /* 0 when there is none yet */
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_put(host, values, "template_points",
          crm_integer(sum + host->lookup(change->after, "points").integer));
  host->end(values);
  return host->update(ctx, "customer", customer, host->bytes(values), 0, NULL);
}

/* --- ops: what may be asked ------------------------------------------------------------------------ */

/* {customer = CUSTOMER}, as a client would send it. */
static crm_slice of_customer(crm_ctx *ctx, int64_t customer) {
  crm_out *where = host->out(ctx);
  host->begin(where, CRM_MAP);
  crm_put(host, where, "customer", crm_integer(customer));
  host->end(where);
  return host->bytes(where);
}

/* template.points {customer}: the sum and the newest entries. A read: it may run on several threads at once
 * and never holds up a write. `result` takes exactly one value. */
static int run_points(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  int64_t customer = host->lookup(params, "customer").integer;
  crm_slice record;
  crm_page page;
  CRM_TRY(host->get(ctx, "customer", customer, &record));
  const crm_query query = {
      .type = "template_entry", .where = of_customer(ctx, customer), .order = "-id", .limit = 20};
  CRM_TRY(host->find(ctx, &query, &page));
  host->begin(result, CRM_MAP);
  crm_put(host, result, "points", crm_integer(host->lookup(record, "template_points").integer));
  crm_put_begin(host, result, "items", CRM_ARRAY);
  for (size_t i = 0; i < page.count; i++) host->append(result, host->value(page.items[i]));
  host->end(result);
  host->end(result);
  return CRM_OK;
}

/* template.redeem {customer, points, gift}: spends points. Writes run one after the other, so what was read
 * here still holds when it is written. Errors have a code, the field at fault, and a text in Chinese and
 * in English that says what to do. */
static int run_redeem(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  int64_t customer = host->lookup(params, "customer").integer;
  int64_t points = host->lookup(params, "points").integer;
  crm_slice record;
  CRM_TRY(host->get(ctx, "customer", customer, &record));
  int64_t sum = host->lookup(record, "template_points").integer;
  if (sum < points) {
    return host->fail(ctx, CRM_RULE_FAILED, "points", "只有 %lld 分，不够兑换 %lld 分",
                      "there are %lld points, which is less than %lld", (long long)sum,
                      (long long)points);
  }
  CRM_TRY(add_entry(ctx, customer, -points, host->lookup(params, "gift").bytes));
  host->begin(result, CRM_MAP);
  crm_put(host, result, "points", crm_integer(sum - points));
  host->end(result);
  return CRM_OK;
}

/* --- description: tables that end with {0} ----------------------------------------------------------- */

static const crm_field config[] = {{.name = "yuan_per_point",
                                    .kind = CRM_KIND_INTEGER,
                                    .initial = "10",
                                    .flags = CRM_BOUNDED,
                                    .min = 1,
                                    .max = 10000,
                                    .doc = "Yuan of an order for one point."},
                                   {0}};

static const crm_field entry_fields[] = {
    {.name = "customer",
     .kind = CRM_KIND_REFERENCE,
     .to = "customer",
     .flags = CRM_REQUIRED | CRM_INDEX,
     .label_zh = "客户",
     .label_en = "customer"},
    {.name = "points",
     .kind = CRM_KIND_INTEGER,
     .flags = CRM_REQUIRED,
     .label_zh = "积分",
     .label_en = "points",
     .doc = "Earned, or less than zero: spent."},
    {.name = "reason", .kind = CRM_KIND_TEXT, .label_zh = "事由", .label_en = "reason"},
    {0}};

/* Read-only: clients see it, rules set it. */
static const crm_field customer_fields[] = {{.name = "template_points",
                                             .kind = CRM_KIND_INTEGER,
                                             .flags = CRM_READONLY | CRM_INDEX,
                                             .label_zh = "积分余额",
                                             .label_en = "points"},
                                            {0}};

static const crm_type types[] = {
    {.name = "template_entry",
     .label_zh = "积分明细",
     .label_en = "points entry",
     .doc = "Points that a customer earned or spent.",
     .title = "reason",
     .fields = entry_fields},
    {.name = "customer", .flags = CRM_TYPE_EXTENDS, .fields = customer_fields},
    {0}};

static const crm_rule rules[] = {{.name = "earn",
                                  .type = "order",
                                  .events = CRM_CREATE,
                                  .run = earn,
                                  .doc = "An order earns points."},
                                 {.name = "add_up",
                                  .type = "template_entry",
                                  .events = CRM_CREATE,
                                  .run = add_up,
                                  .doc = "The customer keeps the sum."},
                                 {0}};

/* Params are checked before the op runs, and the docs are shown by `haoke describe` and in editors. */
static const crm_field points_params[] = {{.name = "customer",
                                           .kind = CRM_KIND_REFERENCE,
                                           .to = "customer",
                                           .flags = CRM_REQUIRED,
                                           .doc = "Whose points."},
                                          {0}};

static const crm_field redeem_params[] = {{.name = "customer",
                                           .kind = CRM_KIND_REFERENCE,
                                           .to = "customer",
                                           .flags = CRM_REQUIRED,
                                           .doc = "Who spends them."},
                                          {.name = "points",
                                           .kind = CRM_KIND_INTEGER,
                                           .flags = CRM_REQUIRED | CRM_BOUNDED,
                                           .min = 1,
                                           .max = 1000000,
                                           .doc = "How many."},
                                          {.name = "gift",
                                           .kind = CRM_KIND_TEXT,
                                           .flags = CRM_REQUIRED,
                                           .doc = "What they are spent on."},
                                          {0}};

static const crm_field points_result[] = {
    {.name = "points", .kind = CRM_KIND_INTEGER, .doc = "The sum."},
    {.name = "items",
     .kind = CRM_KIND_LIST,
     .of = CRM_KIND_MAP,
     .doc = "Entries, the newest first, 20 at most."},
    {0}};

static const crm_field redeem_result[] = {
    {.name = "points", .kind = CRM_KIND_INTEGER, .doc = "What is left."}, {0}};

static const crm_op ops[] = {{.name = "template.points",
                              .doc = "A customer's points.",
                              .doc_zh = "查询客户的积分。",
                              .errors = "NOT_FOUND",
                              .params = points_params,
                              .result = points_result,
                              .run = run_points},
                             {.name = "template.redeem",
                              .doc = "Spends a customer's points on a gift.",
                              .doc_zh = "用积分兑换礼品。",
                              .errors = "NOT_FOUND RULE_FAILED",
                              .params = redeem_params,
                              .result = redeem_result,
                              .run = run_redeem,
                              .flags = CRM_OP_WRITE},
                             {0}};

static const crm_plugin plugin = {CRM_PLUGIN_HEADER,
                                  .name = "template",
                                  .version = "1.0.0",
                                  .doc = "Loyalty points: a plugin to start your own from.",
                                  .doc_zh = "会员积分：编写插件的起点。",
                                  .config = config,
                                  .types = types,
                                  .ops = ops,
                                  .rules = rules,
                                  .start = start};

/* The one function that the shared object exports. */
const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
