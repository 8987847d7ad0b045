/* script: the Lua door. Loads a package's folder into sandboxed states and makes its ops and rules
 * look like any others.
 *
 * Memory:  a package owns its states; api_package.free closes them.
 * Threads: loading: any one. Running: any lane; a state serves one call at a time, and as many
 *          states are made as calls ever ran at once.
 * Fails:   loading: SCRIPT_ERROR with file and line, VALIDATION_FAILED naming the part of the
 *          manifest. Running: SCRIPT_ERROR and BUDGET_EXCEEDED with package, file and line; or what
 *          the script failed with. A state in which a budget ran out or a script error left
 *          is thrown away. */
#pragma once

#include "api/api.h"

/* What one call of a package may use, with all it calls in turn; keys of the configuration. 0: what
 * script/budget.c says. */
typedef struct script_limits {
  int64_t milliseconds; /* script.milliseconds: that its thread works */
  size_t memory;        /* script.memory_bytes: above what the package itself holds */
  size_t allocation;    /* script.allocation_bytes: one text, or one part of a table */
  int64_t nesting;      /* script.nesting: calls inside calls, by way of C */
  int64_t rows_read;    /* script.rows_read */
  int64_t rows_written; /* script.rows_written */
  int64_t timers;       /* script.timers */
  int64_t log_bytes;    /* script.log_bytes */
  int64_t deliveries;   /* script.deliveries */
  int64_t instructions; /* script.load_instructions: for loading the package */
} script_limits;

/* Loads DIR/init.lua and what it requires from its folder. */
base_code script_package_load(const char *directory, const script_limits *limits,
                              api_package **package, base_error *error);

/* Loads a package from its bundle (api_package.bundle) as it was kept. */
base_code script_package_reopen(const char *name, base_slice bundle, const script_limits *limits,
                                api_package **package, base_error *error);

/* Appends the bundle that the folder's files make now. */
base_code script_package_bundle(const char *directory, base_buffer *bundle, base_error *error);

/* --- for authors --------------------------------------------------------------------------------- */

/* Appends what an editor needs to know to complete and check packages: the sandbox, ctx, and every
 * type, op and configuration of the registry, as annotations for lua-language-server. */
void script_stubs_append(const api_registry *registry, base_buffer *out);

/* --- a package's own tests ----------------------------------------------------------------------
 */

typedef api_test_host script_test_host;

/* Runs DIR/test.lua. `passed` and `failed` count the tests that were run. SCRIPT_ERROR when it cannot
 * be run. */
base_code script_test_run(const char *directory, const script_test_host *host, int64_t *passed,
                          int64_t *failed, base_error *error);
