/* trace: what the log says about single requests: those that took long, and those that failed for a
 * reason that lies in the server.
 *
 * Of the params only what cannot be about a person is written: numbers, dates, choices and the like of
 * params that are declared so and not marked personal; texts that name a type or an op. Of all else
 * only that it was there: "name=*", of maps the keys, of lists how long they are.
 *
 * Memory:  on the stack.  Threads: whoever finishes the request.  Fails: never. */
#pragma once

#include "api/request.h"

/* A line "api.slow", if it took longer than engine options' slow_ms: how long it waited for its lane
 * (wait_ms), how long its handler ran (run_ms), and from there to the reply, with the commit of its
 * group (rest_ms). `now` is base_clock_monotonic. */
void api_trace_slow(const api_request *request, uint64_t now);

/* A line "api.failed". */
void api_trace_failed(const api_request *request);
