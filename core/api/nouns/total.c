/* total: what orders leave on their customer: how many, how much, when last. An order counts for the
 * survivor of whatever number it names (model/alias.h), so a merge adds the one's totals to the other's
 * and an unmerge counts them anew. */
#include "api/nouns/nouns.h"

typedef struct totals {
  int64_t count;
  int64_t sum;
  base_slice newest; /* a date as text, or empty */
} totals;

static const model_type *customer_type(const crm_ctx *ctx) {
  return api_noun_type(ctx, "customer");
}

static totals totals_of(base_slice customer) {
  return (totals){.count = data_map_integer(customer, "order_count", 0),
                  .sum = data_map_integer(customer, "order_total", 0),
                  .newest = data_map_text(customer, "last_order_on")};
}

static base_code write_totals(crm_ctx *ctx, int64_t customer, const totals *own) {
  base_buffer patch = {0};
  data_append_map(&patch, 3);
  data_append_pair_integer(&patch, "order_count", own->count);
  data_append_pair_integer(&patch, "order_total", own->sum);
  data_append_text(&patch, "last_order_on");
  if (own->newest.size > 0)
    data_append_slice(&patch, own->newest);
  else
    data_append_nil(&patch);
  base_slice values = model_ctx_take(ctx, &patch);
  base_slice record;
  return model_record_update(ctx, customer_type(ctx), customer, values, 0,
                             MODEL_TRUSTED | MODEL_QUIET, &record);
}

/* --- a customer's orders ------------------------------------------------------------------------------ */

static bool counts(base_slice order) {
  return order.size > 0 && !base_slice_is(data_map_text(order, "state"), "cancelled");
}

/* Calls visit for each order of the customer that counts, newest first, until it returns false. */
static base_code each_order(crm_ctx *ctx, int64_t customer,
                            bool (*visit)(base_slice order, totals *found), totals *found) {
  base_buffer id = {0};
  data_append_integer(&id, customer);
  base_slice own = api_noun_where(ctx, "customer", data_peek(model_ctx_take(ctx, &id)), NULL);
  base_slice after = {0};
  do {
    model_page page;
    BASE_TRY(api_noun_find(ctx, "order", own, "-ordered_on", 100, after, &page));
    for (size_t i = 0; i < page.count; i++) {
      if (counts(page.items[i]) && !visit(page.items[i], found)) return BASE_OK;
    }
    after = page.next;
  } while (after.size > 0);
  return BASE_OK;
}

static bool take_first(base_slice order, totals *found) {
  found->newest = data_map_text(order, "ordered_on");
  return false;
}

static bool add_up(base_slice order, totals *found) {
  if (found->count == 0) (void)take_first(order, found);
  found->count += 1;
  found->sum += data_map_integer(order, "total", 0);
  return true;
}

static base_code find_newest(crm_ctx *ctx, int64_t customer, base_slice *newest) {
  totals found = {0};
  BASE_TRY(each_order(ctx, customer, take_first, &found));
  *newest = found.newest;
  return BASE_OK;
}

/* --- an order changes --------------------------------------------------------------------------------- */

static base_code customer_of(crm_ctx *ctx, base_slice order, int64_t *id, totals *own) {
  base_slice customer;
  BASE_TRY(
      model_record_get(ctx, customer_type(ctx), data_map_integer(order, "customer", 0), &customer));
  *id = data_map_integer(customer, "id", 0);
  *own = totals_of(customer);
  return BASE_OK;
}

static base_code take_off(crm_ctx *ctx, base_slice order) {
  int64_t id = 0;
  totals own;
  if (!counts(order)) return BASE_OK;
  BASE_TRY(customer_of(ctx, order, &id, &own));
  own.count -= 1;
  own.sum -= data_map_integer(order, "total", 0);
  BASE_TRY(find_newest(ctx, id, &own.newest));
  return write_totals(ctx, id, &own);
}

/* Dates as text compare as dates, so the newest needs no look at the other orders. */
static base_code put_on(crm_ctx *ctx, base_slice order) {
  int64_t id = 0;
  totals own;
  if (!counts(order)) return BASE_OK;
  BASE_TRY(customer_of(ctx, order, &id, &own));
  base_slice date = data_map_text(order, "ordered_on");
  own.count += 1;
  own.sum += data_map_integer(order, "total", 0);
  if (base_slice_compare(date, own.newest) > 0) own.newest = date;
  return write_totals(ctx, id, &own);
}

/* An order that is merged into another counts no more, until it is back. */
static base_code keep_totals(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  if (change->event == MODEL_MERGE) return take_off(ctx, change->before);
  if (change->event == MODEL_UNMERGE) return put_on(ctx, change->after);
  BASE_TRY(take_off(ctx, change->before));
  return put_on(ctx, change->after);
}

/* --- a customer is merged ----------------------------------------------------------------------------- */

static base_code bring_along(crm_ctx *ctx, base_slice loser, base_slice survivor) {
  totals brought = totals_of(loser);
  totals all = totals_of(survivor);
  all.count += brought.count;
  all.sum += brought.sum;
  if (base_slice_compare(brought.newest, all.newest) > 0) all.newest = brought.newest;
  return write_totals(ctx, data_map_integer(survivor, "id", 0), &all);
}

/* Orders may have come and gone meanwhile under either number. */
static base_code take_back(crm_ctx *ctx, base_slice survivor, base_slice loser) {
  totals own = {0};
  totals left = totals_of(survivor);
  int64_t id = data_map_integer(loser, "id", 0);
  int64_t survivor_id = data_map_integer(survivor, "id", 0);
  BASE_TRY(each_order(ctx, id, add_up, &own));
  BASE_TRY(write_totals(ctx, id, &own));
  left.count -= own.count;
  left.sum -= own.sum;
  BASE_TRY(find_newest(ctx, survivor_id, &left.newest));
  return write_totals(ctx, survivor_id, &left);
}

static base_code move_totals(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  if (change->event == MODEL_MERGE) return bring_along(ctx, change->before, change->after);
  return take_back(ctx, change->before, change->after);
}

static const char *const totalled[] = {"customer", "state", "total", "ordered_on", NULL};

const model_rule api_rules_total[] = {
    {.name = "order_totals",
     .type = "order",
     .events =
         MODEL_CREATE | MODEL_UPDATE | MODEL_DELETE | MODEL_RESTORE | MODEL_MERGE | MODEL_UNMERGE,
     .fields = totalled,
     .doc = "Number, sum and date of the customer's orders.",
     .run = keep_totals},
    {.name = "customer_totals",
     .type = "customer",
     .events = MODEL_MERGE | MODEL_UNMERGE,
     .doc = "Who is merged into another brings the orders along, and takes them back (ARC-13).",
     .run = move_totals},
    {.name = NULL}};
