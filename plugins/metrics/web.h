/* web: the HTTP side: a thread of its own, which answers GET /metrics, /livez and /readyz on 127.0.0.1.
 *
 *   /livez     200 while the process lives
 *   /readyz    200 when the server takes new requests, else 503; the body says why
 *   /metrics   200 in Prometheus' text format; 503 while the server is starting or stopping
 *
 * Memory:  web_start to web_stop; what the host still answers afterwards frees itself.
 * Threads: start and stop: one. Everything else happens on the thread, but for the host's answers.
 * Fails:   web_start: CRM_UNAVAILABLE when the port is taken or the system refuses. */
#pragma once

#include <crm/plugin.h>

typedef struct web_options {
  int64_t port;        /* 0: any that is free; the log says which */
  int64_t connections; /* at one time; more are closed at once */
  int64_t timeout_s;   /* for a request to come, and between two of one connection */
  int64_t answer_ms;   /* for the server to answer; then 503 */
} web_options;

int web_start(crm_ctx *ctx, const crm_host *host, const web_options *options);
void web_stop(void);
