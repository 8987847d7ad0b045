/* health_product: the package health_forecast with its op refill.forecast. What is computed stands
 * in refill.h, and why in README.md; here the order history is read and the answer written.
 *
 * Memory:  everything lives in the op's ctx.
 * Threads: any; `host` is written by start only.
 * Fails:   NOT_FOUND for an unknown customer or product. */
#include <crm/plugin.h>

#include "refill.h"

#define PAGE_ORDERS 500
#define FIRST_CAPACITY 256

static const crm_host *host;

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)ctx, (void)config, (void)self;
  host = lent;
  return CRM_OK;
}

/* --- the order history ------------------------------------------------------------------------- */

typedef struct history {
  crm_ctx *ctx;
  int64_t product; /* the only one wanted, or 0 */
  refill_purchase *purchases;
  size_t count;
  size_t capacity;
} history;

static void add_purchase(history *to, refill_purchase purchase) {
  if (to->count == to->capacity) {
    size_t capacity = to->capacity == 0 ? FIRST_CAPACITY : to->capacity * 2;
    refill_purchase *grown = host->alloc(to->ctx, capacity * sizeof *grown);
    if (to->count > 0) memcpy(grown, to->purchases, to->count * sizeof *grown);
    to->purchases = grown;
    to->capacity = capacity;
  }
  to->purchases[to->count++] = purchase;
}

static void add_lines(history *to, crm_slice order, crm_date on) {
  crm_walk lines = crm_walk_begin(host->lookup(order, "lines").raw);
  int64_t id = host->lookup(order, "id").integer;
  while (host->walk(&lines)) {
    refill_purchase purchase = {.product = host->lookup(lines.value.raw, "product").integer,
                                .order = id,
                                .quantity = host->lookup(lines.value.raw, "quantity").integer,
                                .on = on};
    bool wanted = to->product == 0 || purchase.product == to->product;
    if (wanted && purchase.quantity > 0) add_purchase(to, purchase);
  }
}

static void add_order(history *to, crm_slice order) {
  crm_date on = 0;
  if (crm_is(host->lookup(order, "state").bytes, "cancelled")) return;
  if (host->date_parse(host->lookup(order, "ordered_on").bytes, &on)) add_lines(to, order, on);
}

/* {customer = CUSTOMER, ordered_on = {le = ON}}: the index over customer and day answers it. */
static crm_slice orders_until(crm_ctx *ctx, int64_t customer, crm_date on) {
  crm_out *out = host->out(ctx);
  host->begin(out, CRM_MAP);
  crm_put(host, out, "customer", crm_integer(customer));
  crm_put_begin(host, out, "ordered_on", CRM_MAP);
  crm_put_date(host, out, "le", on);
  host->end(out);
  host->end(out);
  return host->bytes(out);
}

static int read_history(history *to, int64_t customer, crm_date on) {
  crm_query query = {.type = "order",
                     .where = orders_until(to->ctx, customer, on),
                     .order = "ordered_on",
                     .limit = PAGE_ORDERS};
  crm_page page;
  do {
    CRM_TRY(host->find(to->ctx, &query, &page));
    for (size_t i = 0; i < page.count; i++) add_order(to, page.items[i]);
    query.after = page.next;
  } while (page.next.size > 0);
  return CRM_OK;
}

/* --- the forecasts ----------------------------------------------------------------------------- */

/* The days one unit of the product lasts; 0 when it is not bought again or was deleted. */
static int64_t cycle_days(crm_ctx *ctx, int64_t product) {
  crm_slice record;
  if (host->get(ctx, "product", product, &record) != CRM_OK) return 0;
  crm_value repeatable = host->lookup(record, "repeatable");
  if (repeatable.type == CRM_BOOLEAN && repeatable.integer == 0) return 0;
  return host->lookup(record, "cycle_days").integer;
}

static crm_slice product_name(crm_ctx *ctx, int64_t product) {
  crm_slice record;
  if (host->get(ctx, "product", product, &record) != CRM_OK) return crm_text("");
  return host->lookup(record, "name").bytes;
}

static size_t same_product(const refill_purchase *purchases, size_t count) {
  size_t same = 1;
  while (same < count && purchases[same].product == purchases[0].product) same++;
  return same;
}

static size_t forecast_all(crm_ctx *ctx, const history *from, crm_date on,
                           refill_forecast *forecasts) {
  size_t made = 0;
  for (size_t i = 0, same = 0; i < from->count; i += same) {
    const refill_purchase *first = &from->purchases[i];
    same = same_product(first, from->count - i);
    int64_t days = cycle_days(ctx, first->product);
    if (days > 0) forecasts[made++] = refill_compute(first, same, days, on);
  }
  refill_sort_forecasts(forecasts, made);
  return made;
}

/* --- the answer -------------------------------------------------------------------------------- */

static void put_known(crm_out *out, const char *key, int64_t days) {
  if (days != REFILL_UNKNOWN) crm_put(host, out, key, crm_integer(days));
}

static void write_item(crm_ctx *ctx, crm_out *out, const refill_forecast *forecast) {
  host->begin(out, CRM_MAP);
  crm_put(host, out, "product", crm_integer(forecast->product));
  crm_put(host, out, "name", crm_string(product_name(ctx, forecast->product)));
  crm_put(host, out, "cycle_days", crm_integer(forecast->cycle_days));
  crm_put(host, out, "units", crm_integer(forecast->units));
  crm_put(host, out, "orders", crm_integer(forecast->orders));
  crm_put_date(host, out, "first_on", forecast->first_on);
  crm_put_date(host, out, "last_on", forecast->last_on);
  crm_put(host, out, "stock", crm_integer(forecast->stock));
  crm_put(host, out, "days_left", crm_integer(forecast->days_left));
  crm_put_date(host, out, "refill_on", forecast->refill_on);
  crm_put(host, out, "late", crm_boolean(forecast->late));
  crm_put(host, out, "days_late", crm_integer(forecast->days_late));
  crm_put(host, out, "gap_days", crm_integer(forecast->gap_days));
  put_known(out, "average_interval", forecast->average_interval);
  put_known(out, "days_per_unit", forecast->days_per_unit);
  host->end(out);
}

static void write_result(crm_ctx *ctx, crm_out *out, int64_t customer, const history *from,
                         crm_date on) {
  refill_forecast *forecasts = host->alloc(ctx, from->count * sizeof *forecasts);
  size_t count = forecast_all(ctx, from, on, forecasts);
  host->begin(out, CRM_MAP);
  crm_put(host, out, "customer", crm_integer(customer));
  crm_put_date(host, out, "on", on);
  crm_put_begin(host, out, "items", CRM_ARRAY);
  for (size_t i = 0; i < count; i++) write_item(ctx, out, &forecasts[i]);
  host->end(out);
  host->end(out);
}

static int forecast(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  int64_t customer = host->lookup(params, "customer").integer;
  history orders = {.ctx = ctx, .product = host->lookup(params, "product").integer};
  crm_date on = host->facts(ctx)->today;
  crm_slice record;
  (void)host->date_parse(host->lookup(params, "on").bytes, &on);
  CRM_TRY(host->get(ctx, "customer", customer, &record));
  if (orders.product != 0) CRM_TRY(host->get(ctx, "product", orders.product, &record));
  CRM_TRY(read_history(&orders, customer, on));
  refill_sort(orders.purchases, orders.count);
  write_result(ctx, result, customer, &orders, on);
  return CRM_OK;
}

/* --- the description --------------------------------------------------------------------------- */

static const crm_field forecast_params[] = {
    {.name = "customer",
     .kind = CRM_KIND_REFERENCE,
     .to = "customer",
     .flags = CRM_REQUIRED,
     .label_zh = "客户",
     .label_en = "customer"},
    {.name = "product",
     .kind = CRM_KIND_REFERENCE,
     .to = "product",
     .label_zh = "产品",
     .label_en = "product",
     .doc = "Only this one."},
    {.name = "on",
     .kind = CRM_KIND_DATE,
     .label_zh = "日期",
     .label_en = "on",
     .doc = "The day to look from; later orders are not seen. Default: today."},
    {0}};

static const crm_field item_fields[] = {
    {.name = "product", .kind = CRM_KIND_REFERENCE, .to = "product", .label_zh = "产品"},
    {.name = "name", .kind = CRM_KIND_TEXT, .label_zh = "品名"},
    {.name = "cycle_days", .kind = CRM_KIND_INTEGER, .doc = "Days one unit lasts (ORD-01)."},
    {.name = "units", .kind = CRM_KIND_INTEGER, .label_zh = "累计购买", .doc = "Units bought."},
    {.name = "orders", .kind = CRM_KIND_INTEGER, .label_zh = "订单数"},
    {.name = "first_on", .kind = CRM_KIND_DATE, .label_zh = "首次购买"},
    {.name = "last_on", .kind = CRM_KIND_DATE, .label_zh = "最近购买"},
    {.name = "stock",
     .kind = CRM_KIND_INTEGER,
     .label_zh = "手中剩余",
     .doc = "Units not yet used up on the day; an open one counts."},
    {.name = "days_left", .kind = CRM_KIND_INTEGER, .label_zh = "可用天数", .doc = "0 when late."},
    {.name = "refill_on",
     .kind = CRM_KIND_DATE,
     .label_zh = "用完日期",
     .doc = "The day on which nothing is left."},
    {.name = "late",
     .kind = CRM_KIND_BOOLEAN,
     .label_zh = "已逾期",
     .doc = "refill_on was before the day."},
    {.name = "days_late",
     .kind = CRM_KIND_INTEGER,
     .doc = "Days since refill_on; 0 when not late."},
    {.name = "gap_days", .kind = CRM_KIND_INTEGER, .doc = "Days without goods between orders."},
    {.name = "average_interval",
     .kind = CRM_KIND_INTEGER,
     .label_zh = "平均间隔",
     .doc = "Days from one day of ordering to the next; absent before the second."},
    {.name = "days_per_unit",
     .kind = CRM_KIND_INTEGER,
     .label_zh = "实际每单位天数",
     .doc = "Observed; absent before the second day of ordering."},
    {0}};

static const crm_field forecast_result[] = {
    {.name = "customer", .kind = CRM_KIND_REFERENCE, .to = "customer"},
    {.name = "on", .kind = CRM_KIND_DATE},
    {.name = "items",
     .kind = CRM_KIND_LIST,
     .of = CRM_KIND_MAP,
     .fields = item_fields,
     .doc = "One per product that is bought again, the earliest refill_on first."},
    {0}};

static const crm_op ops[] = {
    {.name = "refill.forecast",
     .doc = "When the goods a customer bought run out, from the whole order history, leftovers "
            "carried over; cancelled orders do not count.",
     .doc_zh = "按全部历史订单推算客户手中产品何时用完，剩余量顺延；已取消的订单不计。",
     .errors = "NOT_FOUND",
     .params = forecast_params,
     .result = forecast_result,
     .run = forecast},
    {0}};

static const crm_plugin plugin = {
    CRM_PLUGIN_HEADER,
    .name = "health_forecast",
    .version = "1.0.0",
    .doc = "Refill forecast for health products.",
    .doc_zh = "保健品用完日期预测。",
    .ops = ops,
    .start = start,
};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
