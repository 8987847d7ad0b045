/* config: a section of the configuration with a field of every sort. */
#include "area.h"

static crm_slice given;

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  given = config;
  return area_start(ctx, lent, config, self);
}

AREA_OP(show) {
  (void)ctx, (void)params, (void)self;
  host->append(result, host->value(given));
  return CRM_OK;
}

static const char *const colours[] = {"red", "green", NULL};
static const crm_field inner[] = {{.name = "days", .kind = CRM_KIND_INTEGER, .initial = "5"}, {0}};
static const crm_field fields[] = {
    {.name = "shop", .kind = CRM_KIND_TEXT, .flags = CRM_REQUIRED},
    {.name = "limit",
     .kind = CRM_KIND_INTEGER,
     .initial = "3",
     .flags = CRM_BOUNDED,
     .min = 1,
     .max = 9},
    {.name = "price", .kind = CRM_KIND_MONEY, .initial = "1990"},
    {.name = "open", .kind = CRM_KIND_BOOLEAN, .initial = "true"},
    {.name = "colour", .kind = CRM_KIND_CHOICE, .choices = colours, .initial = "green"},
    {.name = "since", .kind = CRM_KIND_DATE, .initial = "2026-03-07"},
    {.name = "names", .kind = CRM_KIND_LIST, .of = CRM_KIND_TEXT},
    {.name = "steps", .kind = CRM_KIND_LIST, .of = CRM_KIND_MAP, .fields = inner},
    {0}};

static const crm_op ops[] = {{.name = "config.show", .doc = "What it was given.", .run = show},
                             {0}};

AREA_PLUGIN("config", .config = fields, .ops = ops, .start = start)
