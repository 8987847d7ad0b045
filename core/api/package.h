/* package: a manifest and functions, in Lua or in C; what the doors script and loader hand to the
 * registry. The core's own types, ops and rules are the package "core".
 *
 * Memory:  the package owns all it points at; `free` ends it. The registry holds one reference
 *          until no request pins a version that contains it.
 * Threads: read-only once in a registry.
 * Fails:   see registry.h. */
#pragma once

#include "api/op.h"
#include "api/schedule.h"

/* The name of the core's own package; its code runs with a ctx whose package is NULL. */
#define API_PACKAGE_CORE "core"

/* What a package has used since it was loaded. */
typedef struct api_account {
  int64_t calls;
  int64_t instructions; /* counted in steps: those of a short call are a guess */
  int64_t nanoseconds;
  int64_t memory_peak; /* bytes, of one call */
  int64_t errors;
  int64_t budget_errors; /* of these, BUDGET_EXCEEDED */
  int64_t rows_read; /* what the budgets of the configuration count; also of calls that failed */
  int64_t rows_written;
  int64_t timers;
  int64_t deliveries;
  int64_t log_bytes;
} api_account;

/* What a package's own tests need of the server they run against. */
typedef struct api_test_host {
  /* Calls an op as administrator, or as `user` when that is not empty. */
  base_code (*call)(void *self, base_slice user, base_slice op, base_slice params,
                    base_buffer *result, base_error *error);
  /* Called before each test. `empty`: it counts on an empty store and a test clock at its start; else
   * it runs on what there is. */
  base_code (*reset)(void *self, bool empty, base_error *error);
  /* Other values of the package's configuration, a msgpack map, until the next reset. */
  base_code (*configure)(void *self, base_slice values, base_error *error);
  /* `text`: what the test showed, how it failed and where; "" for nothing. */
  void (*report)(void *self, const char *test, bool passed, const char *text);
  const char *filter; /* only tests with this in their name; NULL: all */
  void *self;
} api_test_host;

/* What a version does once to the records there are, before it serves. */
typedef struct api_migration {
  const char *version; /* that brings it; NULL ends a table */
  /* One bounded step: `after` is 0 in the first and what the step before gave in the next; 0 in `next`
   * ends it. Runs in a write op's ctx. A step may be repeated when the server ended meanwhile. */
  base_code (*run)(crm_ctx *ctx, int64_t after, int64_t *next, const void *self);
  const void *self;
} api_migration;

typedef struct api_package {
  const char *name;
  const char *version;
  const char *doc;
  const char *doc_zh;
  const char *source;       /* where it was loaded from, for messages; NULL for the core */
  const char *const *needs; /* names of packages; NULL-terminated, may be NULL */
  bool own_rules; /* its rules see and write whatever there is, not what the actor may … */
  bool own_ops;   /* … and its ops; both are told by package.list */
  const data_field *config;           /* its configuration's fields; may be NULL */
  const model_type_definition *types; /* end with a NULL name; may be NULL */
  const api_op *ops;                  /* end with a NULL name; may be NULL */
  const model_rule *rules;            /* end with a NULL name; may be NULL */
  const api_schedule *schedules;      /* end with a NULL name; may be NULL */
  const struct api_job_kind *jobs;    /* end with a NULL name; may be NULL; see job.h */
  const api_migration *migrations;    /* in the order of versions; may be NULL */
  base_slice bundle; /* all its files, as a msgpack map name → text; empty: it is not kept in the
                        data directory, and found again where it was */

  /* Receives the validated configuration (a msgpack map with defaults) before the first call, then
   * makes ready. May be called again after stop. NULL: nothing to do. */
  base_code (*start)(struct api_package *package, base_slice config, base_error *error);
  /* No call is under way and none will come. NULL: nothing to do. */
  void (*stop)(struct api_package *package);
  /* A package whose old and new version must not run side by side is closed before it is stopped:
   * open lets calls in; close lets no more in and waits until none is under way, false and open
   * again when that took longer than `ms`. A call that comes to a closed package fails and sets
   * ctx->stale, and the whole request runs again when the new version is there. NULL: the package
   * needs none of that; both NULL or neither. */
  void (*open)(struct api_package *package);
  bool (*close)(struct api_package *package, int64_t ms);
  /* NULL: nothing is counted. */
  void (*account)(const struct api_package *package, api_account *account);
  /* Runs its tests and counts them; NULL: it has none. SCRIPT_ERROR when they cannot be run. */
  base_code (*test)(const struct api_package *package, const api_test_host *host, int64_t *passed,
                    int64_t *failed, base_error *error);
  void (*free)(struct api_package *package);
  void *self;
} api_package;

/* The core: customer contact product order task activity calendar user role, and the ops over them.
 */
api_package *api_core_package(void);
