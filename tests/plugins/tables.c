/* A plugin with one row of each kind, which the build spoils in one place. */
#include <crm/plugin.h>

#ifndef TABLES_RUN
#define TABLES_RUN greet
#endif
#ifndef TABLES_OP
#define TABLES_OP "tables.greet"
#endif
#ifndef TABLES_KIND
#define TABLES_KIND CRM_KIND_TEXT
#endif
#ifndef TABLES_OP_FLAGS
#define TABLES_OP_FLAGS 0
#endif
#ifndef TABLES_EVENTS
#define TABLES_EVENTS CRM_CREATE
#endif

__attribute__((unused)) static int greet(crm_ctx *ctx, crm_slice params, crm_out *result,
                                         void *self) {
  (void)ctx, (void)params, (void)result, (void)self;
  return CRM_OK;
}

static int refuse(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)ctx, (void)change, (void)self;
  return CRM_RULE_FAILED;
}

static const crm_field params[] = {{
                                       .name = "note",
#ifdef TABLES_OWN_FIELDS
                                       .kind = CRM_KIND_MAP,
                                       .fields = params,
#else
                                       .kind = TABLES_KIND,
#endif
                                   },
                                   {0}};

static const crm_op ops[] = {{.name = TABLES_OP,
                              .flags = TABLES_OP_FLAGS,
                              .doc = "Greets.",
                              .params = params,
                              .run = TABLES_RUN},
                             {0}};

static const crm_rule rules[] = {
    {.name = "refuse", .type = "customer", .events = TABLES_EVENTS, .run = refuse}, {0}};

static const crm_plugin plugin = {
    CRM_PLUGIN_HEADER,      .name = "tables", .version = "1.0.0",
    .doc = "One row each.", .ops = ops,       .rules = rules,
};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
