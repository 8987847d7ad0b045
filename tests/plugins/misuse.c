/* misuse: a package that does not keep to the rules of its calls, each op in its own way. A debug build of
 * the server ends with a sentence; what a release build would do is anybody's guess. */
#include <crm/plugin.h>
#include <pthread.h>

static const crm_host *host;
static crm_host copied;
static crm_ctx *starts_ctx;
static crm_slice kept_record;
static crm_out *kept_out;

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)config, (void)self;
  host = lent;
  copied = *lent;
  starts_ctx = ctx;
  return CRM_OK;
}

#define OP(name) static int name(crm_ctx *ctx, crm_slice params, crm_out *result, void *self)

static int finish(crm_out *result) {
  host->append(result, (crm_value){.type = CRM_NIL});
  return CRM_OK;
}

/* --- ctx --------------------------------------------------------------------------------------- */

OP(ctx_of_start) {
  (void)ctx, (void)params, (void)self;
  crm_slice record;
  (void)host->get(starts_ctx, "customer", 1, &record);
  return finish(result);
}

static void *look(void *ctx) {
  (void)host->facts(ctx);
  return NULL;
}

OP(ctx_on_thread) {
  (void)params, (void)self;
  pthread_t thread;
  if (pthread_create(&thread, NULL, look, ctx) == 0) (void)pthread_join(thread, NULL);
  return finish(result);
}

OP(no_ctx) {
  (void)ctx, (void)params, (void)self;
  (void)host->alloc(NULL, 16);
  return finish(result);
}

/* --- bytes and outs ---------------------------------------------------------------------------- */

OP(keep) {
  (void)self;
  kept_out = host->out(ctx);
  CRM_TRY(host->get(ctx, "customer", host->lookup(params, "id").integer, &kept_record));
  return finish(result);
}

OP(read_kept) {
  (void)ctx, (void)params, (void)self;
  (void)host->lookup(kept_record, "name");
  return finish(result);
}

OP(write_kept) {
  (void)ctx, (void)params, (void)self;
  host->append(kept_out, crm_integer(1));
  return finish(result);
}

OP(read_overwritten) {
  (void)params, (void)self;
  crm_out *out = host->out(ctx);
  host->begin(out, CRM_ARRAY);
  host->end(out);
  crm_slice before = host->bytes(out);
  for (int64_t i = 0; i < 10000; i++) host->append(out, crm_integer(i));
  (void)host->value(before);
  return finish(result);
}

OP(read_own) {
  (void)ctx, (void)params, (void)self;
  static const char empty_map[] = {'\x80'};
  crm_walk walk = crm_walk_begin((crm_slice){empty_map, sizeof empty_map});
  (void)host->walk(&walk);
  return finish(result);
}

OP(append_own) {
  (void)ctx, (void)params, (void)self;
  static const char empty_map[] = {'\x80'};
  crm_slice own = {empty_map, sizeof empty_map};
  host->append(result, (crm_value){.type = CRM_MAP, .raw = own});
  return CRM_OK;
}

/* --- what is missing, and copies ---------------------------------------------------------------- */

OP(no_type) {
  (void)params, (void)self;
  int64_t count = 0;
  (void)host->count(ctx, NULL, crm_text(NULL), &count);
  return finish(result);
}

OP(no_place) {
  (void)params, (void)self;
  (void)host->get(ctx, "customer", 1, NULL);
  return finish(result);
}

OP(copied_host) {
  (void)ctx, (void)params, (void)self;
  copied.log(&copied, CRM_LOG_INFO, "misuse.copied", "by=%s", "copy");
  return finish(result);
}

static int spoil(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)ctx, (void)self;
  crm_slice name = {change->type, 1};
  (void)host->lookup(name, "name");
  return CRM_OK;
}

static const crm_field id_params[] = {{.name = "id", .kind = CRM_KIND_INTEGER}, {0}};

#define ROW(op)                                                                                    \
  { .name = "misuse." #op, .doc = "Breaks a rule.", .run = op, .params = id_params }

static const crm_op ops[] = {ROW(ctx_of_start),
                             ROW(ctx_on_thread),
                             ROW(no_ctx),
                             ROW(keep),
                             ROW(read_kept),
                             ROW(write_kept),
                             ROW(read_own),
                             ROW(append_own),
                             ROW(no_type),
                             ROW(read_overwritten),
                             ROW(no_place),
                             ROW(copied_host),
                             {0}};

static const crm_rule rules[] = {
    {.name = "spoil", .type = "product", .events = CRM_CREATE, .run = spoil}, {0}};

static const crm_plugin plugin = {CRM_PLUGIN_HEADER,  .name = "misuse",
                                  .version = "1.0.0", .doc = "Breaks the rules of its calls.",
                                  .ops = ops,         .rules = rules,
                                  .start = start};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
