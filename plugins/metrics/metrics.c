/* metrics: what the server counts, for Prometheus and for whoever asks whether it lives. The ops
 * server.metrics and server.ready are the core's; here is the HTTP that many a tool wants. */
#include "web.h"

static int start(crm_ctx *ctx, const crm_host *host, crm_slice config, void *self) {
  const web_options options = {.port = host->lookup(config, "port").integer,
                               .connections = host->lookup(config, "connections").integer,
                               .timeout_s = host->lookup(config, "timeout_s").integer,
                               .answer_ms = host->lookup(config, "answer_ms").integer};
  (void)self;
  return web_start(ctx, host, &options);
}

static void stop(crm_ctx *ctx, void *self) {
  (void)ctx, (void)self;
  web_stop();
}

static const crm_field config[] = {
    {.name = "port",
     .kind = CRM_KIND_INTEGER,
     .flags = CRM_BOUNDED,
     .initial = "7421",
     .min = 0,
     .max = 65535,
     .doc = "Of 127.0.0.1; 0 takes a free one, which the log names."},
    {.name = "connections",
     .kind = CRM_KIND_INTEGER,
     .flags = CRM_BOUNDED,
     .initial = "16",
     .min = 1,
     .max = 1024,
     .doc = "At one time; more are closed at once."},
    {.name = "timeout_s",
     .kind = CRM_KIND_INTEGER,
     .flags = CRM_BOUNDED,
     .initial = "10",
     .min = 1,
     .max = 3600,
     .doc = "Seconds in which a request has to come, and the next "
            "one of the same connection."},
    {.name = "answer_ms",
     .kind = CRM_KIND_INTEGER,
     .flags = CRM_BOUNDED,
     .initial = "5000",
     .min = 1,
     .max = 600000,
     .doc = "How long the server may take to answer; then 503."},
    {0}};

static const crm_plugin plugin = {CRM_PLUGIN_HEADER,
                                  .name = "metrics",
                                  .version = "1.0.0",
                                  .doc =
                                      "Serves /metrics (Prometheus), /livez and /readyz on a "
                                      "port of 127.0.0.1.",
                                  .doc_zh =
                                      "在本机端口上提供 /metrics（Prometheus）、/livez 与 "
                                      "/readyz。",
                                  .config = config,
                                  .start = start,
                                  .stop = stop};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
