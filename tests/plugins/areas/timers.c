/* timers: two are set and one is taken back. */
#include "area.h"

static int set(crm_ctx *ctx, int64_t due, const char *name) {
  crm_out *call = host->out(ctx);
  host->begin(call, CRM_MAP);
  crm_put(host, call, "name", crm_string(crm_text(name)));
  host->end(call);
  return host->at(ctx, due, "timers.ring", name, host->bytes(call));
}

AREA_OP(begin) {
  (void)self;
  int64_t due = host->facts(ctx)->now + area_number(params, "ms");
  CRM_TRY(set(ctx, due, "张建国"));
  CRM_TRY(set(ctx, due, "王秀兰"));
  CRM_TRY(host->cancel(ctx, due, "timers.ring", "王秀兰"));
  CRM_TRY(host->cancel(ctx, due, "timers.ring", "nobody"));
  host->append(result, crm_integer(due));
  return CRM_OK;
}

AREA_OP(ring) {
  (void)self;
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_put(host, values, "name", host->lookup(params, "name"));
  host->end(values);
  CRM_TRY(host->create(ctx, "product", host->bytes(values), NULL));
  host->append(result, (crm_value){.type = CRM_NIL});
  return CRM_OK;
}

static const crm_field begin_params[] = {
    {.name = "ms", .kind = CRM_KIND_INTEGER, .flags = CRM_REQUIRED}, {0}};
static const crm_field ring_params[] = {
    {.name = "name", .kind = CRM_KIND_TEXT, .flags = CRM_REQUIRED}, {0}};

static const crm_op ops[] = {{.name = "timers.begin",
                              .doc = "Sets them.",
                              .params = begin_params,
                              .run = begin,
                              .flags = CRM_OP_WRITE},
                             {.name = "timers.ring",
                              .doc = "Called by one.",
                              .params = ring_params,
                              .run = ring,
                              .flags = CRM_OP_WRITE | CRM_OP_INTERNAL},
                             {0}};

AREA_PLUGIN("timers", .ops = ops, .start = area_start)
