/* calls: another op inside of this one, facts, memory, failures and the log. */
#include "area.h"

AREA_OP(forward) {
  (void)self;
  crm_slice answer;
  crm_slice op = host->lookup(params, "op").bytes;
  char *name = host->alloc(ctx, op.size + 1);
  memcpy(name, op.data, op.size);
  host->log(host, CRM_LOG_DEBUG, "calls.forward", "op=%s", name);
  CRM_TRY(host->call(ctx, name, host->lookup(params, "params").raw, &answer));
  host->append(result, host->value(answer));
  return CRM_OK;
}

AREA_OP(refuse) {
  (void)self, (void)result;
  return host->fail(ctx, (int)area_number(params, "code"), "params.code", "拒绝 %s %d", "no %s %d",
                    "济南", 5);
}

AREA_OP(who) {
  (void)params, (void)self;
  const crm_facts *facts = host->facts(ctx);
  const char *zeroed = host->alloc(ctx, 4096);
  for (int i = 0; i < 4096; i++) {
    if (zeroed[i] != 0) return CRM_INTERNAL;
  }
  host->begin(result, CRM_MAP);
  crm_put(host, result, "actor", crm_string(facts->actor));
  crm_put(host, result, "package", crm_string(facts->package));
  crm_put(host, result, "administrator", crm_boolean(facts->administrator != 0));
  crm_put(host, result, "now", crm_integer(facts->now));
  host->end(result);
  return CRM_OK;
}

static const crm_field params[] = {{.name = "op", .kind = CRM_KIND_TEXT},
                                   {.name = "params", .kind = CRM_KIND_MAP},
                                   {.name = "code", .kind = CRM_KIND_INTEGER},
                                   {0}};

#define ROW(verb, how)                                                                             \
  { .name = "calls." verb, .doc = "As its name.", .params = params, .run = how }

static const crm_op ops[] = {ROW("forward", forward), ROW("refuse", refuse), ROW("who", who), {0}};

AREA_PLUGIN("calls", .ops = ops, .start = area_start)
