/* swap: a package that is replaced while it is called. Built in several versions. Whatever is called
 * outside of start and stop, with memory of another version, or twice at once in stop, says so. */
#include <crm/plugin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#ifndef SWAP_VERSION
#define SWAP_VERSION "1.0.0"
#endif

static const crm_host *host;
static _Atomic bool running;
static _Atomic bool ending;
static char *memory; /* from start; it ends with stop */
static pthread_t thread;
static _Atomic int64_t asked;

/* --- life -------------------------------------------------------------------------------------- */

static void answered(crm_ctx *ctx, const crm_reply *reply, void *self) {
  (void)ctx, (void)reply, (void)self;
}

/* A thread of its own asks for its own package all the time. */
static void *ask(void *self) {
  const struct timespec pause = {.tv_nsec = 2000000};
  while (!atomic_load(&ending)) {
    if (host->submit(host, "swap.point", NULL, answered, self) == CRM_OK) {
      atomic_fetch_add(&asked, 1);
    }
    (void)nanosleep(&pause, NULL);
  }
  return NULL;
}

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)config, (void)self;
  host = lent;
#ifdef SWAP_REFUSES
  return host->fail(ctx, CRM_UNAVAILABLE, NULL, "端口 9000 被占用", "port 9000 is taken");
#endif
  memory = host->alloc(ctx, 64);
  memcpy(memory, SWAP_VERSION, sizeof SWAP_VERSION);
  atomic_store(&ending, false);
  atomic_store(&running, true);
  return pthread_create(&thread, NULL, ask, NULL) == 0 ? CRM_OK : CRM_UNAVAILABLE;
}

static void stop(crm_ctx *ctx, void *self) {
  (void)ctx, (void)self;
  atomic_store(&ending, true);
  (void)pthread_join(thread, NULL);
  atomic_store(&running, false);
  memory = NULL;
}

static int check(crm_ctx *ctx) {
  if (atomic_load(&running)) return CRM_OK;
  return host->fail(ctx, CRM_INTERNAL, NULL, "停止后仍被调用", "called while it is stopped");
}

/* --- ops and rules ----------------------------------------------------------------------------- */

static void answer(crm_out *result) {
  host->begin(result, CRM_MAP);
  crm_put(host, result, "version", crm_string(crm_text(memory)));
  host->end(result);
}

static int read(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)params, (void)self;
  CRM_TRY(check(ctx));
  answer(result);
  return CRM_OK;
}

/* Its own op once more, through the server. */
static int inner(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)params, (void)self;
  crm_slice read_again;
  CRM_TRY(check(ctx));
  CRM_TRY(host->call(ctx, "swap.read", crm_text(NULL), &read_again));
  host->append(result, host->value(read_again));
  return check(ctx);
}

static int write(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  CRM_TRY(check(ctx));
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_put(host, values, "text", host->lookup(params, "text"));
  host->end(values);
  CRM_TRY(host->create(ctx, "swap_note", host->bytes(values), NULL));
  answer(result);
  return CRM_OK;
}

/* Hands on the version that prepared; the op must be of the same. */
static int prepare(crm_ctx *ctx, crm_slice params, crm_out *prepared, void *self) {
  (void)params, (void)self;
  CRM_TRY(check(ctx));
  answer(prepared);
  return CRM_OK;
}

static int prepared(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)self;
  CRM_TRY(check(ctx));
  if (!crm_is(host->lookup(params, "version").bytes, memory)) {
    return host->fail(ctx, CRM_INTERNAL, NULL, "由另一个版本准备", "prepared by another version");
  }
  answer(result);
  return CRM_OK;
}

static int count_note(crm_ctx *ctx, const crm_change *change, void *self) {
  (void)self;
  CRM_TRY(check(ctx));
  crm_out *values = host->out(ctx);
  host->begin(values, CRM_MAP);
  crm_put(host, values, "by", crm_string(crm_text(memory)));
  host->end(values);
  return host->update(ctx, "swap_note", change->id, host->bytes(values), 0, NULL);
}

/* --- description ------------------------------------------------------------------------------- */

static const crm_field note_fields[] = {
    {.name = "text", .kind = CRM_KIND_TEXT, .flags = CRM_REQUIRED},
    {.name = "by", .kind = CRM_KIND_TEXT, .flags = CRM_READONLY},
#ifdef SWAP_INDEX
    {.name = "place", .kind = CRM_KIND_TEXT, .flags = CRM_INDEX},
#endif
    {0}};

static const crm_type types[] = {
    {.name = "swap_note", .title = "text", .fields = note_fields, .doc = "A note."}, {0}};

static const crm_field write_params[] = {
    {.name = "text", .kind = CRM_KIND_TEXT, .flags = CRM_REQUIRED}, {0}};

static const crm_op ops[] = {
    {.name = "swap.read", .doc = "Which version runs.", .run = read},
    {.name = "swap.point",
     .doc = "The same, where it came in.",
     .run = read,
     .flags = CRM_OP_POINT},
    {.name = "swap.inner", .doc = "The same, by way of another op.", .run = inner},
    {.name = "swap.write",
     .doc = "Writes a note.",
     .params = write_params,
     .run = write,
     .flags = CRM_OP_WRITE},
    {.name = "swap.prepared",
     .doc = "Prepared and run by one version.",
     .run = prepared,
     .prepare = prepare,
     .flags = CRM_OP_WRITE},
    {0}};

static const crm_rule rules[] = {
    {.name = "count_note", .type = "swap_note", .events = CRM_CREATE, .run = count_note}, {0}};

static const crm_plugin plugin = {CRM_PLUGIN_HEADER,
                                  .name = "swap",
                                  .version = SWAP_VERSION,
                                  .doc = "Is replaced while it is called.",
                                  .types = types,
                                  .ops = ops,
                                  .rules = rules,
                                  .start = start,
                                  .stop = stop};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
