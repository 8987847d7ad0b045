/* dates: text to days and back, months, and the business's zone. */
#include "area.h"

AREA_OP(look) {
  (void)self;
  crm_date date = 0;
  if (!host->date_parse(host->lookup(params, "date").bytes, &date)) {
    return host->fail(ctx, CRM_INVALID_ARGUMENT, "date", "不是日期", "no date");
  }
  int64_t midnight = host->midnight(ctx, date);
  host->begin(result, CRM_MAP);
  crm_put(host, result, "days", crm_integer(date));
  crm_put_date(host, result, "same", date);
  crm_put_date(host, result, "months",
               host->date_add_months(date, (int32_t)area_number(params, "months")));
  crm_put(host, result, "midnight", crm_integer(midnight));
  crm_put_date(host, result, "just_before", host->date_of(ctx, midnight - 1));
  crm_put_date(host, result, "today", host->facts(ctx)->today);
  host->end(result);
  return CRM_OK;
}

static const crm_field params[] = {
    {.name = "date", .kind = CRM_KIND_TEXT}, {.name = "months", .kind = CRM_KIND_INTEGER}, {0}};

static const crm_op ops[] = {
    {.name = "dates.look", .doc = "All about a day.", .params = params, .run = look}, {0}};

AREA_PLUGIN("dates", .ops = ops, .start = area_start)
