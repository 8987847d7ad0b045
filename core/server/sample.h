/* sample: what server.metrics told at one moment, and what lies between two of them: rates, and how long
 * most of what happened took.
 *
 * Memory:  a sample owns its bytes; slices that come out live as long.
 * Threads: the main thread only.
 * Fails:   what a sample does not have counts as 0. */
#pragma once

#include "data/data.h"

typedef struct server_sample {
  base_buffer result; /* of server.metrics; empty: before the server started */
} server_sample;

/* What lies between two samples of one histogram. */
typedef struct server_spread {
  double rate; /* values a second */
  double mean;
  double median; /* of the values; within a bucket they are taken to be spread evenly */
  double most;   /* 99 of 100 are not larger */
} server_spread;

void server_sample_fini(server_sample *sample);

/* The value of that name. */
int64_t server_sample_value(const server_sample *sample, const char *name);

/* Between the samples, by the server's own clock. 0 when nothing lies between them. */
double server_sample_seconds(const server_sample *before, const server_sample *now);

/* A part of the result: "ops", "lanes". Empty when it is not there. */
base_slice server_sample_part(const server_sample *sample, const char *name);

/* A map {count, sum, buckets} as it was and as it is; `before` may be empty. */
server_spread server_sample_spread(const server_sample *now, base_slice before, base_slice after,
                                   double seconds);

/* The entry of an op in the list of ops, or an empty slice. */
base_slice server_sample_op(const server_sample *sample, base_slice op);
