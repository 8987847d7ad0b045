/* trial: a package's new version tried on a fork before it may serve: its migrations run there, then its
 * own tests. Tests run on the fork with all the business's records, one after the other, with the clock at
 * the present; those that say so begin with an empty store each (docs/lua-api.md). Inside the room only.
 *
 * Memory:  the report's buffers are the caller's; api_trial_fini.
 * Threads: the long lane.
 * Fails:   as api_registry_replace, api_fork_open and the migrations; UNAVAILABLE when the server is
 *          stopping; SCRIPT_ERROR when the tests cannot be run. Tests that fail are in the report. */
#pragma once

#include "api/engine_state.h"

typedef struct api_trial {
  int64_t passed;
  int64_t failed;
  base_buffer tests; /* msgpack maps {name, passed, text}, one behind the other */
  base_buffer told;  /* what failed, as a text: one line per test and what it said */
} api_trial;

/* Takes over the package. */
base_code api_trial_run(api_engine *engine, const api_registry *current, api_package *package,
                        api_trial *report, base_error *error);
void api_trial_fini(api_trial *report);
