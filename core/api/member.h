/* member: a package as registries hold it: shared by every version that contains it, with its
 * configuration, started and stopped at most once at a time. Inside the room only.
 *
 * Memory:  counted references; the last release stops and frees the package.
 * Threads: acquire and release: any. The rest: the one that makes or publishes the version.
 * Fails:   VALIDATION_FAILED for a configuration that does not fit; what the package's start fails
 *          with. */
#pragma once

#include <stdatomic.h>

#include "api/package.h"

typedef struct api_member {
  api_package *package;
  base_buffer config; /* validated, with defaults */
  _Atomic size_t references;
  bool started;
} api_member;

/* Takes over the package. */
api_member *api_member_new(api_package *package);
api_member *api_member_acquire(api_member *member);
void api_member_release(api_member *member);

/* Finds the package's part of `configs` (a msgpack map package name → map, or empty) and checks it
 * against the package's fields. */
base_code api_member_configure(api_member *member, base_slice configs, base_error *error);

/* The same for a package that is in no version yet: its configuration, with defaults, goes to `config`. */
base_code api_member_read_config(const api_package *package, base_slice configs,
                                 base_buffer *config, base_error *error);

/* For tests: starts the package with these values of its configuration in the place of those it has; with
 * an empty map as it was. None of its calls may be under way. */
base_code api_member_try(api_member *member, base_slice values, base_error *error);

/* Nothing when it is started, or is not. */
base_code api_member_start(api_member *member, base_error *error);
void api_member_stop(api_member *member);
