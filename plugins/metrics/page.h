/* page: what a scraper gets: the answers of server.metrics and server.ready as text.
 *
 * Memory:  appended to the text given.  Threads: any; one page by one thread.
 * Fails:   never; what the answer does not have is left out. */
#pragma once

#include <crm/plugin.h>

#include "text.h"

/* The result of server.metrics in Prometheus' text format. */
void page_metrics(const crm_host *host, crm_slice result, text_buffer *out);

/* The result of server.ready, "ready=true state=serving paused=false space=room"; returns whether it is
 * ready. */
bool page_ready(const crm_host *host, crm_slice result, text_buffer *out);
