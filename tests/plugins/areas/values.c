/* values: any value is read apart and written anew, type by type. */
#include "area.h"

static void copy(crm_out *to, crm_value value) {
  if (value.type != CRM_ARRAY && value.type != CRM_MAP) {
    host->append(to, value);
    return;
  }
  crm_walk walk = crm_walk_begin(value.raw);
  host->begin(to, value.type);
  while (host->walk(&walk)) {
    if (value.type == CRM_MAP) host->append(to, walk.key);
    copy(to, walk.value);
  }
  host->end(to);
}

AREA_OP(echo) {
  (void)ctx, (void)self;
  copy(result, host->lookup(params, "value"));
  return CRM_OK;
}

/* An array in an array in …, as deep as asked. */
AREA_OP(nest) {
  (void)ctx, (void)self;
  int64_t depth = area_number(params, "depth");
  for (int64_t i = 0; i < depth; i++) host->begin(result, CRM_ARRAY);
  for (int64_t i = 0; i < depth; i++) host->end(result);
  return CRM_OK;
}

static const crm_field params[] = {
    {.name = "value", .kind = CRM_KIND_ANY}, {.name = "depth", .kind = CRM_KIND_INTEGER}, {0}};

static const crm_op ops[] = {
    {.name = "values.echo", .doc = "The value.", .params = params, .run = echo},
    {.name = "values.nest", .doc = "Nested arrays.", .params = params, .run = nest},
    {0}};

AREA_PLUGIN("values", .ops = ops, .start = area_start)
