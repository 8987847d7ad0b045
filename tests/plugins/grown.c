/* A plugin as a later header would compile it: every struct has grown at its end. It asks for no
 * more than the first minor version. */
#include <crm/plugin.h>

#define GROWN(noun)                                                                                \
  typedef struct grown_##noun {                                                                    \
    crm_##noun now;                                                                                \
    const char *later[3];                                                                          \
  } grown_##noun

GROWN(plugin);
GROWN(field);
GROWN(transition);
GROWN(term);
GROWN(index);
GROWN(type);
GROWN(op);
GROWN(rule);

#define LATER                                                                                      \
  { "a later version", "knows", "what this is" }

static const crm_host *host;

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)ctx, (void)config, (void)self;
  host = lent;
  return CRM_OK;
}

static int first(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)ctx, (void)self;
  host->begin(result, CRM_MAP);
  crm_put(host, result, "op", crm_string(crm_text("first")));
  crm_put(host, result, "note", crm_string(host->lookup(params, "note").bytes));
  host->end(result);
  return CRM_OK;
}

static int second(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)ctx, (void)params;
  host->begin(result, CRM_MAP);
  crm_put(host, result, "op", crm_string(crm_text(self)));
  host->end(result);
  return CRM_OK;
}

static int refuse(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)change, (void)self;
  return host->fail(ctx, CRM_RULE_FAILED, "note", "备注含有禁语", "the note has a forbidden word");
}

static const char *const states[] = {"open", "done", NULL};
static const char *const indexed[] = {"state", "note", NULL};
static const grown_transition transitions[] = {{.now = {"open", "done"}, .later = LATER},
                                               {.now = {"done", "open"}, .later = LATER},
                                               {{0}, {0}}};
static const grown_term open_only[] = {{.now = {"state", "open"}, .later = LATER}, {{0}, {0}}};

static const grown_field fields[] = {
    {.now = {.name = "state",
             .kind = CRM_KIND_STATES,
             .choices = states,
             .transitions = (const crm_transition *)transitions},
     .later = LATER},
    {.now = {.name = "note", .kind = CRM_KIND_TEXT, .flags = CRM_BOUNDED, .max = 200},
     .later = LATER},
    {{0}, {0}}};

static const grown_index indexes[] = {
    {.now = {.name = "open_note", .fields = indexed, .where = (const crm_term *)open_only},
     .later = LATER},
    {.now = {.name = "all_note", .fields = indexed, .flags = CRM_INDEX_UNIQUE}, .later = LATER},
    {{0}, {0}}};

static const grown_type types[] = {
    {.now = {.name = "grown",
             .title = "note",
             .fields = (const crm_field *)fields,
             .indexes = (const crm_index *)indexes},
     .later = LATER},
    {.now = {.name = "grown_too", .fields = (const crm_field *)fields}, .later = LATER},
    {{0}, {0}}};

static const grown_op ops[] = {
    {.now = {.name = "grown.first",
             .doc = "The first.",
             .params = (const crm_field *)fields,
             .run = first},
     .later = LATER},
    {.now = {.name = "grown.second", .doc = "The second.", .run = second, .self = "second"},
     .later = LATER},
    {{0}, {0}}};

static const grown_rule rules[] = {{.now = {.name = "refuse",
                                            .type = "grown",
                                            .events = CRM_CREATE,
                                            .where = (const crm_term *)open_only,
                                            .run = refuse},
                                    .later = LATER},
                                   {{0}, {0}}};

static const grown_plugin plugin = {.now = {.magic = CRM_PLUGIN_MAGIC,
                                            .abi_major = CRM_ABI_MAJOR,
                                            .abi_minor = 0,
                                            .sizes = {.plugin = sizeof(grown_plugin),
                                                      .field = sizeof(grown_field),
                                                      .transition = sizeof(grown_transition),
                                                      .term = sizeof(grown_term),
                                                      .index = sizeof(grown_index),
                                                      .type = sizeof(grown_type),
                                                      .op = sizeof(grown_op),
                                                      .rule = sizeof(grown_rule)},
                                            .name = "grown",
                                            .version = "9.0.0",
                                            .doc = "Compiled with a later header.",
                                            .types = (const crm_type *)types,
                                            .ops = (const crm_op *)ops,
                                            .rules = (const crm_rule *)rules,
                                            .start = start},
                                    .later = LATER};

const crm_plugin *crm_plugin_entry(void) {
  return (const crm_plugin *)&plugin;
}
