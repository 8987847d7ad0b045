/* tally: how often each op was called, with which errors, and how long it took. Kept by the op's name,
 * beyond any version of the registry, so that a package that is replaced goes on counting.
 *
 * Memory:  never freed; at most API_TALLIES names, what comes then counts as one.
 * Threads: any; api_tally_of locks, the rest does not.
 * Fails:   never. */
#pragma once

#include "base/error.h"
#include "base/histogram.h"

#define API_TALLIES 4096

typedef struct api_tally {
  base_histogram us; /* from submit to the reply; of a timer's call: in the handler */
  _Atomic uint64_t errors;
} api_tally;

api_tally *api_tally_of(const char *op);

void api_tally_add(api_tally *tally, uint64_t nanoseconds, base_code code);

/* How often an op failed with that code, of all ops together. */
uint64_t api_tally_errors(base_code code);
