/* guestbook: a well-behaved package that uses every part of the ABI once: who visited the shop. */
#include <crm/plugin.h>

static const crm_host *host;
static crm_slice greeting; /* from the configuration, which lives until stop */
static crm_date *epoch;    /* memory from start lives until stop */

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)self;
  host = lent;
  if (!CRM_HOST_HAS(host, submit) || host->abi_major != CRM_ABI_MAJOR) {
    return host->fail(ctx, CRM_INTERNAL, NULL, "服务器太旧", "the server is too old");
  }
  greeting = host->lookup(config, "greeting").bytes;
  epoch = host->alloc(ctx, sizeof *epoch);
  if (crm_is(greeting, "不")) {
    return host->fail(ctx, CRM_VALIDATION_FAILED, "greeting", "问候语不能是“%s”",
                      "the greeting cannot be “%s”", "不");
  }
  crm_slice record;
  return host->get(ctx, "customer", 1, &record) == CRM_UNAVAILABLE ? CRM_OK : CRM_INTERNAL;
}

/* --- ops --------------------------------------------------------------------------------------- */

static const char reminder[] = "guestbook.remind";

/* {customer, on?, note?} becomes a visit, and a reminder 30 days later. */
static int enter(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  const int64_t *days = self;
  crm_slice visit;
  crm_date on = host->facts(ctx)->today;
  (void)host->date_parse(host->lookup(params, "on").bytes, &on);
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_walk walk = crm_walk_begin(params);
  while (host->walk(&walk)) {
    if (crm_is(walk.key.bytes, "on")) continue;
    host->append(values, walk.key);
    host->append(values, walk.value);
  }
  crm_put_date(host, values, "on", on);
  host->end(values);
  CRM_TRY(host->create(ctx, "visit", host->bytes(values), &visit));
  crm_out *call = host->out(ctx);
  host->begin(call, CRM_MAP);
  crm_put(host, call, "id", host->lookup(visit, "id"));
  host->end(call);
  int64_t due = host->midnight(ctx, on + (crm_date)*days);
  CRM_TRY(host->at(ctx, due, reminder, "wrong", host->bytes(call)));
  CRM_TRY(host->cancel(ctx, due, reminder, "wrong"));
  CRM_TRY(host->at(ctx, due, reminder, "visit", host->bytes(call)));
  host->append(result, host->value(visit));
  return CRM_OK;
}

/* Called by the timer. */
static int remind(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  crm_slice visit;
  int64_t id = host->lookup(params, "id").integer;
  CRM_TRY(host->get(ctx, "visit", id, &visit));
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_put(host, values, "state", crm_string(crm_text("reminded")));
  crm_put(host, values, "reminded_at", crm_integer(host->facts(ctx)->now));
  host->end(values);
  CRM_TRY(host->update(ctx, "visit", id, host->bytes(values),
                       host->lookup(visit, "version").integer, NULL));
  host->append(result, (crm_value){.type = CRM_NIL});
  return CRM_OK;
}

/* Every visit of a customer, newest first, two at a time. */
static int list(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  crm_page page;
  int64_t count = 0;
  crm_query query = {.type = "visit", .where = params, .order = "-on id", .limit = 2};
  CRM_TRY(host->count(ctx, "visit", params, &count));
  host->begin(result, CRM_MAP);
  crm_put(host, result, "count", crm_integer(count));
  crm_put_begin(host, result, "items", CRM_ARRAY);
  do {
    CRM_TRY(host->find(ctx, &query, &page));
    for (size_t i = 0; i < page.count; i++) host->append(result, host->value(page.items[i]));
    query.after = page.next;
  } while (page.next.size > 0);
  host->end(result);
  host->end(result);
  return CRM_OK;
}

static int tear(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  crm_slice gone;
  CRM_TRY(host->remove(ctx, "visit", host->lookup(params, "id").integer, &gone));
  host->append(result, host->value(gone));
  return CRM_OK;
}

/* Values of every type, dates, and what another op answers. */
static int show(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  const crm_facts *facts = host->facts(ctx);
  crm_slice answer;
  crm_date day = 0;
  CRM_TRY(host->call(ctx, "server.ping", crm_text(NULL), &answer));
  (void)host->date_parse(crm_text("2026-01-31"), &day);
  host->begin(result, CRM_MAP);
  crm_put(host, result, "greeting", crm_string(greeting));
  crm_put(host, result, "ping", host->value(answer));
  crm_put(host, result, "number", (crm_value){.type = CRM_FLOAT, .number = 0.5});
  crm_put(host, result, "binary", (crm_value){.type = CRM_BINARY, .bytes = {"\x01\xff", 2}});
  crm_put(host, result, "nothing", host->lookup(params, "not there"));
  crm_put_date(host, result, "next_month", host->date_add_months(day, 1));
  crm_put_date(host, result, "epoch", *epoch);
  crm_put_date(host, result, "today", host->date_of(ctx, facts->now));
  crm_put(host, result, "same_day", crm_boolean(host->date_of(ctx, facts->now) == facts->today));
  crm_put(host, result, "actor", crm_string(facts->actor));
  crm_put(host, result, "package", crm_string(facts->package));
  crm_put(host, result, "writes", crm_integer(facts->writes));
  crm_put_begin(host, result, "many", CRM_ARRAY);
  for (int64_t i = 0; i < 1000; i++) host->append(result, crm_integer(i));
  host->end(result);
  host->end(result);
  host->log(host, CRM_LOG_DEBUG, "guestbook.shown", "actor=%.*s", CRM_SLICE_ARGS(facts->actor));
  return CRM_OK;
}

/* What the op will see is what prepare made: the note twice. */
static int prepare_echo(crm_ctx *ctx, crm_slice params, crm_out *prepared, void *self) {
  (void)ctx, (void)self;
  crm_slice note = host->lookup(params, "note").bytes;
  host->begin(prepared, CRM_MAP);
  crm_put(host, prepared, "first", crm_string(note));
  crm_put(host, prepared, "second", crm_string(note));
  host->end(prepared);
  return CRM_OK;
}

static int echo(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)ctx, (void)self;
  host->append(result, host->value(params));
  return CRM_OK;
}

/* --- rules ------------------------------------------------------------------------------------- */

static int refuse_note(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)self;
  if (!crm_is(host->lookup(change->after, "note").bytes, "包治百病")) return CRM_OK;
  return host->fail(ctx, CRM_RULE_FAILED, "note", "“%s”是禁语", "“%s” is a forbidden claim",
                    "包治百病");
}

/* The customer keeps the day of the last visit that stands. */
static int keep_last(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)self;
  crm_slice visit = change->event == CRM_DELETE ? change->before : change->after;
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_put(host, values, "guest_last_on",
          change->event == CRM_DELETE ? (crm_value){.type = CRM_NIL} : host->lookup(visit, "on"));
  host->end(values);
  return host->update(ctx, "customer", host->lookup(visit, "customer").integer, host->bytes(values),
                      0, NULL);
}

/* --- description ------------------------------------------------------------------------------- */

static const char *const states[] = {"entered", "reminded", NULL};
static const crm_transition transitions[] = {{"entered", "reminded"}, {0}};
static const char *const customer_on[] = {"customer", "on", NULL};
static const crm_term entered_only[] = {{"state", "entered"}, {0}};
static const char *const watched[] = {"on", NULL};
static int64_t remind_days = 30;

static const crm_field config[] = {
    {.name = "greeting", .kind = CRM_KIND_TEXT, .initial = "欢迎光临"}, {0}};

static const crm_field visit_fields[] = {
    {.name = "customer", .kind = CRM_KIND_REFERENCE, .to = "customer", .flags = CRM_REQUIRED},
    {.name = "on", .kind = CRM_KIND_DATE, .flags = CRM_REQUIRED},
    {.name = "state", .kind = CRM_KIND_STATES, .choices = states, .transitions = transitions},
    {.name = "reminded_at", .kind = CRM_KIND_DATETIME, .flags = CRM_READONLY},
    {.name = "note", .kind = CRM_KIND_TEXT, .flags = CRM_BOUNDED, .max = 200},
    {0}};

static const crm_field customer_fields[] = {
    {.name = "guest_last_on", .kind = CRM_KIND_DATE, .flags = CRM_READONLY}, {0}};

static const crm_index indexes[] = {
    {.name = "customer_on", .fields = customer_on},
    {.name = "one_a_day", .fields = customer_on, .where = entered_only, .flags = CRM_INDEX_UNIQUE},
    {0}};

static const crm_type types[] = {
    {.name = "visit",
     .label_zh = "到店",
     .label_en = "visit",
     .doc = "A visit to the shop.",
     .title = "note",
     .fields = visit_fields,
     .indexes = indexes},
    {.name = "customer", .flags = CRM_TYPE_EXTENDS, .fields = customer_fields},
    {0}};

static const crm_field enter_params[] = {
    {.name = "customer", .kind = CRM_KIND_REFERENCE, .to = "customer", .flags = CRM_REQUIRED},
    {.name = "on", .kind = CRM_KIND_DATE},
    {.name = "note", .kind = CRM_KIND_TEXT},
    {0}};
static const crm_field id_params[] = {
    {.name = "id", .kind = CRM_KIND_INTEGER, .flags = CRM_REQUIRED}, {0}};
static const crm_field customer_params[] = {
    {.name = "customer", .kind = CRM_KIND_REFERENCE, .to = "customer", .flags = CRM_REQUIRED}, {0}};
static const crm_field echo_params[] = {{.name = "note", .kind = CRM_KIND_TEXT}, {0}};

static const crm_op ops[] = {
    {.name = "guestbook.enter",
     .flags = CRM_OP_WRITE,
     .doc = "Enters a visit.",
     .doc_zh = "登记到店。",
     .since = "1",
     .errors = "NOT_FOUND DUPLICATE",
     .params = enter_params,
     .result = visit_fields,
     .run = enter,
     .self = &remind_days},
    {.name = reminder,
     .flags = CRM_OP_WRITE | CRM_OP_INTERNAL,
     .doc = "The reminder is due.",
     .params = id_params,
     .run = remind},
    {.name = "guestbook.list", .doc = "Visits.", .params = customer_params, .run = list},
    {.name = "guestbook.tear",
     .flags = CRM_OP_WRITE | CRM_OP_ADMIN,
     .doc = "Takes a visit out.",
     .params = id_params,
     .run = tear},
    {.name = "guestbook.show", .flags = CRM_OP_POINT, .doc = "Values.", .run = show},
    {.name = "guestbook.echo",
     .doc = "The note twice.",
     .params = echo_params,
     .run = echo,
     .prepare = prepare_echo},
    {0}};

static const crm_rule rules[] = {{.name = "a_refuse_note",
                                  .type = "visit",
                                  .doc = "No forbidden claims.",
                                  .events = CRM_CREATE | CRM_UPDATE,
                                  .where = entered_only,
                                  .run = refuse_note},
                                 {.name = "b_keep_last",
                                  .type = "visit",
                                  .doc = "The customer keeps the last visit's day.",
                                  .events = CRM_CREATE | CRM_UPDATE | CRM_DELETE,
                                  .fields = watched,
                                  .run = keep_last},
                                 {0}};

static const char *const needs[] = {"core", NULL};

static const crm_plugin plugin = {
    CRM_PLUGIN_HEADER,
    .name = "guestbook",
    .version = "1.2.0",
    .doc = "Who visited the shop.",
    .doc_zh = "到店登记。",
    .needs = needs,
    .config = config,
    .types = types,
    .ops = ops,
    .rules = rules,
    .start = start,
};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
