/* thread: a package with a thread of its own that asks the server all the time. */
#include <crm/plugin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define HURRY 50 /* questions without a pause */

static const crm_host *host;
static pthread_t thread;
static _Atomic bool stopping;
static _Atomic int64_t sent;
static _Atomic int64_t answers;
static _Atomic int64_t unavailable;
static _Atomic int64_t told; /* refused at once, each with its code */
static _Atomic int64_t refused;
static _Atomic bool hold;    /* the next question takes until this is false again */
static _Atomic int64_t held; /* questions that had to wait */

/* An answer that does not fit the question counts for nothing, and the test waits in vain. */
static void answered(crm_ctx *ctx, const crm_reply *reply, void *self) {
  int64_t *seen = host->alloc(ctx, sizeof *seen);
  *seen = host->lookup(reply->result, "count").integer;
  if (self == &answers && reply->code == CRM_OK && *seen == 0) atomic_fetch_add(&answers, 1);
  if (self == &refused && reply->code == CRM_NOT_FOUND && reply->message[0] != '\0') {
    atomic_fetch_add(&refused, 1);
  }
}

static void pause_shortly(void) {
  const struct timespec pause = {.tv_nsec = 1000000};
  (void)nanosleep(&pause, NULL);
}

/* The question `self` stands for: how many customers there are, or customer 42, who is nobody. */
static int ask_customer(crm_ctx *ctx, crm_out *params, void *self) {
  crm_slice record;
  if (host->get(ctx, "customer", 42, &record) != CRM_UNAVAILABLE) return CRM_INTERNAL;
  if (atomic_load(&hold)) atomic_fetch_add(&held, 1);
  while (atomic_load(&hold)) pause_shortly();
  host->begin(params, CRM_MAP);
  crm_put(host, params, "type", crm_string(crm_text("customer")));
  if (self == &refused) crm_put(host, params, "id", crm_integer(42));
  host->end(params);
  return CRM_OK;
}

static int ask_half(crm_ctx *ctx, crm_out *params, void *self) {
  (void)ctx, (void)self;
  host->begin(params, CRM_MAP);
  return CRM_OK;
}

static int ask_nothing(crm_ctx *ctx, crm_out *params, void *self) {
  (void)params, (void)self;
  return host->fail(ctx, CRM_RULE_FAILED, NULL, "不想问", "not asking");
}

static int submit(const char *op, crm_ask ask, void *self) {
  int code = host->submit(host, op, ask, answered, self);
  if (code == CRM_OK) atomic_fetch_add(&sent, 1);
  if (code == CRM_UNAVAILABLE) atomic_fetch_add(&unavailable, 1);
  return code;
}

static void submit_oddly(void) {
  (void)submit("record.get", ask_customer, &refused);
  bool as_told = submit("no.such_op", NULL, NULL) == CRM_UNKNOWN_METHOD &&
                 submit("record.count", ask_half, NULL) == CRM_INTERNAL &&
                 submit("record.count", ask_nothing, NULL) == CRM_RULE_FAILED;
  if (as_told) atomic_fetch_add(&told, 1);
}

static void *run(void *self) {
  (void)self;
  int64_t asked = 0;
  while (!atomic_load(&stopping)) {
    int code = submit("record.count", ask_customer, &answers);
    if (code == CRM_OK && ++asked == 1) submit_oddly();
    if (code != CRM_OK || asked > HURRY) pause_shortly();
  }
  return NULL;
}

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)config, (void)self;
  host = lent;
  atomic_store(&stopping, false);
  if (pthread_create(&thread, NULL, run, NULL) == 0) return CRM_OK;
  return host->fail(ctx, CRM_UNAVAILABLE, NULL, "无法创建线程", "no thread could be made");
}

static void stop(crm_ctx *ctx, void *self) {
  (void)ctx, (void)self;
  atomic_store(&stopping, true);
  (void)pthread_join(thread, NULL);
  host->log(host, CRM_LOG_DEBUG, "thread.stopped", "sent=%lld", (long long)atomic_load(&sent));
}

static int heard(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)ctx, (void)params, (void)self;
  host->begin(result, CRM_MAP);
  crm_put(host, result, "held", crm_integer(atomic_load(&held)));
  crm_put(host, result, "sent", crm_integer(atomic_load(&sent)));
  crm_put(host, result, "answers", crm_integer(atomic_load(&answers)));
  crm_put(host, result, "refused", crm_integer(atomic_load(&refused)));
  crm_put(host, result, "told", crm_integer(atomic_load(&told)));
  crm_put(host, result, "unavailable", crm_integer(atomic_load(&unavailable)));
  host->end(result);
  return CRM_OK;
}

/* `self` is whether to hold. */
static int set_hold(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)ctx, (void)params;
  atomic_store(&hold, self != NULL);
  host->begin(result, CRM_MAP);
  host->end(result);
  return CRM_OK;
}

static const crm_op ops[] = {
    {.name = "thread.hold", .doc = "Holds the next question.", .run = set_hold, .self = &hold},
    {.name = "thread.release", .doc = "Lets it go on.", .run = set_hold},
    {.name = "thread.heard", .doc = "What the thread was answered.", .run = heard},
    {0}};

static const crm_plugin plugin = {
    CRM_PLUGIN_HEADER, .name = "thread", .version = "1.0.0", .doc = "Has a thread of its own.",
    .ops = ops,        .start = start,   .stop = stop,
};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
