/* life: start and stop, how often, and what start may keep until stop. */
#include "area.h"

static int64_t starts;
static int64_t stops;
static crm_slice written; /* by start; read until stop */

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)area_start(ctx, lent, config, self);
  crm_slice record;
  crm_out *out = host->out(ctx);
  starts++;
  if (host->get(ctx, "customer", 1, &record) != CRM_UNAVAILABLE) return CRM_INTERNAL;
  if (host->facts(ctx)->now != 0) return CRM_INTERNAL;
  host->begin(out, CRM_MAP);
  crm_put(host, out, "starts", crm_integer(starts));
  crm_put(host, out, "stops", crm_integer(stops));
  host->end(out);
  written = host->bytes(out);
  if (host->lookup(config, "fails").integer == starts) {
    return host->fail(ctx, CRM_UNAVAILABLE, "fails", "这次启动不了", "not this time");
  }
  return CRM_OK;
}

static void stop(crm_ctx *ctx, void *self) {
  (void)ctx, (void)self;
  stops++;
}

AREA_OP(show) {
  (void)ctx, (void)params, (void)self;
  host->append(result, host->value(written));
  return CRM_OK;
}

static const crm_field config[] = {{.name = "fails", .kind = CRM_KIND_INTEGER, .initial = "0"},
                                   {0}};
static const crm_op ops[] = {{.name = "life.show", .doc = "How often.", .run = show}, {0}};

AREA_PLUGIN("life", .config = config, .ops = ops, .start = start, .stop = stop)
