/* verification: every record of a store against its indexes, and its journal against its chain, with
 * no server on it. The types are taken from the store itself, so that neither packages nor
 * configuration are needed.
 *
 * Memory:  none kept.
 * Threads: any; the calling thread does all of it.
 * Fails:   UNAVAILABLE while somebody has the store open, NOT_FOUND when there is none; INTERNAL with
 *          the first thing that is not right. */
#pragma once

#include "model/model.h"

typedef struct api_verification {
  const char *directory;
  void (*found)(const char *finding, void *self); /* each thing that is not right; or NULL */
  void (*progress)(uint64_t sequence, uint64_t last, void *self); /* of the journal; or NULL */
  void *self;
  model_check_report records; /* what was looked at */
  store_info store;           /* and the entries of its journal, `first` to `sequence` */
} api_verification;

/* Everything is looked at, also when something is not right; `error` has the first of it. */
base_code api_verification_run(api_verification *verification, base_error *error);
