/* ops: every flag, params with defaults, a self for each row, a prepare step. */
#include "area.h"

AREA_OP(say) {
  (void)params;
  const crm_facts *facts = host->facts(ctx);
  host->begin(result, CRM_MAP);
  crm_put(host, result, "self", crm_string(crm_text(self)));
  crm_put(host, result, "writes", crm_boolean(facts->writes != 0));
  crm_put(host, result, "times", host->lookup(params, "times"));
  host->end(result);
  return CRM_OK;
}

AREA_OP(double_times) {
  (void)ctx, (void)self;
  host->begin(result, CRM_MAP);
  crm_put(host, result, "times", crm_integer(2 * area_number(params, "times")));
  host->end(result);
  return CRM_OK;
}

AREA_OP(call_hidden) {
  (void)params, (void)self;
  crm_slice answer;
  CRM_TRY(host->call(ctx, "ops.hidden", crm_text(NULL), &answer));
  host->append(result, host->value(answer));
  return CRM_OK;
}

static const crm_field params[] = {{.name = "times",
                                    .kind = CRM_KIND_INTEGER,
                                    .initial = "1",
                                    .flags = CRM_BOUNDED,
                                    .min = 1,
                                    .max = 9,
                                    .doc = "How often."},
                                   {0}};

#define ROW(op, which, how, ...)                                                                   \
  {                                                                                                \
    .name = op, .doc = "Says which row it is.", .doc_zh = "说明是哪一行。", .since = "1",          \
    .errors = "NOT_FOUND", .params = params, .run = how, .self = which, __VA_ARGS__                \
  }

static const crm_op ops[] = {ROW("ops.read", "read", say, .flags = 0),
                             ROW("ops.point", "point", say, .flags = CRM_OP_POINT),
                             ROW("ops.write", "write", say, .flags = CRM_OP_WRITE),
                             ROW("ops.admin", "admin", say, .flags = CRM_OP_ADMIN),
                             ROW("ops.hidden", "hidden", say, .flags = CRM_OP_INTERNAL),
                             ROW("ops.through", "through", call_hidden, .flags = 0),
                             ROW("ops.prepared", "prepared", say, .prepare = double_times),
                             {0}};

AREA_PLUGIN("ops", .ops = ops, .start = area_start)
