/* foresight: time passes on a fork, a day in a step, and every record that the fork's entries change becomes an
 * item, {at, op, type, id, changes = {before, after}}, in the order in which it would happen.
 *
 * The job of workflow.simulate (simulation.h) keeps the items in the store that is served; `haoke simulate`
 * writes those of a store that nobody serves.
 *
 * Memory:  a plain value; the fork is its holder's. What keep is given lives until it returns.
 * Threads: the one that holds the fork.
 * Fails:   as the fork and as keep. */
#pragma once

#include "api/engine.h"

struct api_fork;

typedef struct api_foresight {
  struct api_fork *fork;
  int64_t until;
  int64_t most; /* items */
  /* `count` items one behind the other; they are those from the number `from` on. */
  base_code (*keep)(void *self, int64_t from, size_t count, base_slice items, base_error *error);
  void *self;
  int64_t at;    /* how far its clock is */
  uint64_t told; /* the fork's entries up to here have become items */
  int64_t items;
  bool over; /* there was one more than may be told */
} api_foresight;

/* `keep` and `self` are the caller's to set. */
api_foresight api_foresight_begin(struct api_fork *fork, int64_t until, int64_t most);

/* One day, or what is left of the time; true in `done` when there is nothing more to tell. */
base_code api_foresight_step(api_foresight *foresight, bool *done, base_error *error);

/* What would happen on a store that nobody serves, from the instant or its last entry's, whichever is later. The
 * store is changed by it and closed: give it a copy (store_copy). `foresight` says how it went: until, most, keep
 * and self are read, most 0 standing for simulate_items. */
base_code api_foresight_run(const api_engine_options *options, const data_zone *zone, store *copy,
                            api_registry *registry, int64_t from, api_foresight *foresight,
                            base_error *error);
