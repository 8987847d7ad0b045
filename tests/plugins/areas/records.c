/* records: the six functions, each behind an op of its name. */
#include "area.h"

static const char type[] = "product";

AREA_OP(get) {
  (void)self;
  crm_slice record;
  CRM_TRY(host->get(ctx, type, area_number(params, "id"), &record));
  host->append(result, host->value(record));
  return CRM_OK;
}

/* {where, limit}: ids in the order of their names, page by page, and how many there are. */
AREA_OP(find) {
  (void)self;
  crm_page page;
  int64_t count = 0;
  crm_slice where = host->lookup(params, "where").raw;
  crm_query query = {
      .type = type, .where = where, .order = "-name", .limit = area_number(params, "limit")};
  host->begin(result, CRM_MAP);
  crm_put_begin(host, result, "ids", CRM_ARRAY);
  do {
    CRM_TRY(host->find(ctx, &query, &page));
    for (size_t i = 0; i < page.count; i++) {
      host->append(result, host->lookup(page.items[i], "id"));
    }
    query.after = page.next;
  } while (page.next.size > 0);
  host->end(result);
  CRM_TRY(host->count(ctx, type, where, &count));
  crm_put(host, result, "count", crm_integer(count));
  host->end(result);
  return CRM_OK;
}

AREA_OP(create) {
  (void)self;
  crm_slice record;
  CRM_TRY(host->create(ctx, type, host->lookup(params, "values").raw, &record));
  host->append(result, host->value(record));
  return CRM_OK;
}

AREA_OP(update) {
  (void)self;
  crm_slice record;
  CRM_TRY(host->update(ctx, type, area_number(params, "id"), host->lookup(params, "values").raw,
                       area_number(params, "version"), &record));
  host->append(result, host->value(record));
  return CRM_OK;
}

AREA_OP(drop) {
  (void)self;
  CRM_TRY(host->remove(ctx, type, area_number(params, "id"), NULL));
  host->append(result, (crm_value){.type = CRM_NIL});
  return CRM_OK;
}

static const crm_field all_params[] = {
    {.name = "id", .kind = CRM_KIND_INTEGER},    {.name = "version", .kind = CRM_KIND_INTEGER},
    {.name = "limit", .kind = CRM_KIND_INTEGER}, {.name = "values", .kind = CRM_KIND_MAP},
    {.name = "where", .kind = CRM_KIND_MAP},     {0}};

#define ROW(verb, how, bits)                                                                       \
  {                                                                                                \
    .name = "records." verb, .doc = "As its name.", .params = all_params, .run = how,              \
    .flags = bits                                                                                  \
  }

static const crm_op ops[] = {ROW("get", get, 0),
                             ROW("find", find, 0),
                             ROW("create", create, CRM_OP_WRITE),
                             ROW("update", update, CRM_OP_WRITE),
                             ROW("remove", drop, CRM_OP_WRITE),
                             {0}};

AREA_PLUGIN("records", .ops = ops, .start = area_start)
