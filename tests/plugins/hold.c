/* hold: a package that starts, and an op that ends, only when a file is there: for tests of what is to be
 * seen meanwhile. */
#include <crm/plugin.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static const crm_host *host;

/* Should the file never come, the test has failed long before. */
static void wait_for(crm_slice path) {
  const struct timespec pause = {.tv_nsec = 1000000};
  char name[512];
  (void)snprintf(name, sizeof name, "%.*s", CRM_SLICE_ARGS(path));
  for (int waited = 0; waited < PATIENCE_MS && access(name, F_OK) != 0; waited++) {
    (void)nanosleep(&pause, NULL);
  }
}

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)ctx, (void)self;
  host = lent;
  crm_slice path = host->lookup(config, "start_file").bytes;
  if (path.size > 0) wait_for(path);
  return CRM_OK;
}

static int run(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  (void)ctx, (void)self;
  wait_for(host->lookup(params, "file").bytes);
  host->begin(result, CRM_MAP);
  host->end(result);
  return CRM_OK;
}

static const crm_field config[] = {
    {.name = "start_file", .kind = CRM_KIND_TEXT, .doc = "Which starting waits for."}, {0}};

static const crm_field params[] = {
    {.name = "file", .kind = CRM_KIND_TEXT, .flags = CRM_REQUIRED, .doc = "Waits for it."}, {0}};

static const crm_op ops[] = {
    {.name = "hold.read", .doc = "Waits on a reader lane.", .params = params, .run = run},
    {.name = "hold.write",
     .doc = "Waits on the writer lane.",
     .params = params,
     .run = run,
     .flags = CRM_OP_WRITE},
    {0}};

static const crm_plugin plugin = {
    CRM_PLUGIN_HEADER, .name = "hold", .version = "1.0.0", .doc = "Waits for files.",
    .config = config,  .start = start, .ops = ops,
};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
