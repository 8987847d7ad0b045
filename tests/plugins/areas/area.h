/* area: what the tiny plugins of this folder share: each uses one part of the ABI and nothing else. */
#include <crm/plugin.h>

static const crm_host *host;

static inline int area_start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)ctx, (void)config, (void)self;
  host = lent;
  return CRM_OK;
}

#define AREA_OP(name) static int name(crm_ctx *ctx, crm_slice params, crm_out *result, void *self)

/* A plugin of that name with these tables; more members may follow. */
#define AREA_PLUGIN(area, ...)                                                                     \
  static const crm_plugin plugin = {CRM_PLUGIN_HEADER, .name = area, .version = "1.0.0",           \
                                    .doc = "Uses one part of the ABI.", __VA_ARGS__};              \
  const crm_plugin *crm_plugin_entry(void) {                                                       \
    return &plugin;                                                                                \
  }

/* Numbers come as "a" and "b". */
static inline int64_t area_number(crm_slice params, const char *name) {
  return host->lookup(params, name).integer;
}
