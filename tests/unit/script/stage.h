/* stage: a whole server without sockets around the probe's package: a store in the probe's folder, a
 * test clock at 2026-01-01, the core. What is to be shown is written as a Lua test.
 *
 * Memory:  stage_run makes and ends everything but the probe.
 * Threads: the test's, and the engine's lanes.
 * Fails:   asserts, with the Lua tests' own reports. */
#pragma once

#include "base/log.h"
#include "base/random.h"
#include "probe.h"

#define STAGE_START ((int64_t)1767229200000) /* 2026-01-01 09:00 in Shanghai */

typedef struct stage {
  probe *in;
  const data_zone *zone;
  base_clock *clock;
  store *store;
  api_registry *registry;
  api_engine *engine;
} stage;

static inline void stage_close(stage *on) {
  if (on->engine != NULL) api_engine_free(on->engine);
  if (on->clock != NULL) base_clock_free(on->clock);
  if (on->store != NULL) store_close(on->store);
  on->engine = NULL;
  on->clock = NULL;
  on->store = NULL;
}

static inline base_code stage_reset(void *self, bool empty, base_error *error) {
  (void)empty;
  stage *on = self;
  char path[128];
  char command[160];
  stage_close(on);
  (void)snprintf(path, sizeof path, "%s/store", on->in->root);
  (void)snprintf(command, sizeof command, "rm -rf %s", path);
  assert_int_equal(system(command), 0);
  store_options storage = {.directory = path, .map_bytes = (size_t)64 << 20};
  api_engine_options options = {.language = BASE_ZH, .script_instructions = 2000000};
  on->clock = base_clock_new_test(STAGE_START);
  BASE_TRY(store_open(&storage, &on->store, error));
  return api_engine_new(&options, on->store, on->clock, on->zone, on->registry, &on->engine, error);
}

static inline base_code stage_call(void *self, base_slice user, base_slice op, base_slice params,
                                   base_buffer *result, base_error *error) {
  stage *on = self;
  api_session session = {.language = BASE_EN, .staff = true, .administrator = user.size == 0};
  char name[API_NAME_MAX + 1];
  (void)snprintf(name, sizeof name, "%.*s", BASE_SLICE_ARGS(op));
  (void)snprintf(session.user, sizeof session.user, "%.*s", BASE_SLICE_ARGS(user));
  if (user.size == 0) (void)snprintf(session.user, sizeof session.user, "admin");
  error->language = BASE_EN;
  return api_engine_call(on->engine, &session, name, params, result, error);
}

static inline void stage_report(void *self, const char *test, bool passed, const char *text) {
  (void)self;
  if (!passed) print_error("%s: %s\n", test, text);
}

/* Runs the Lua tests against the core and the packages, which the stage takes over. */
static inline void stage_run(probe *in, api_package *const *packages, size_t count,
                             base_slice configs, const char *tests) {
  api_package *all[8] = {api_core_package()};
  stage on = {.in = in, .zone = in->ctx.zone};
  script_test_host host = {
      .call = stage_call, .reset = stage_reset, .report = stage_report, .self = &on};
  int64_t passed = 0;
  int64_t failed = 0;
  char path[128];
  base_random_init();
  base_log_set_level(BASE_LOG_ERROR);
  for (size_t i = 0; i < count; i++) all[i + 1] = packages[i];
  base_code code = api_registry_new(all, count + 1, configs, &on.registry, &in->error);
  if (code != BASE_OK) fail_msg("%s", in->error.message);
  probe_write(in, "test.lua", tests);
  (void)snprintf(path, sizeof path, "%s/probe", in->root);
  code = script_test_run(path, &host, &passed, &failed, &in->error);
  stage_close(&on);
  api_registry_release(on.registry);
  if (code != BASE_OK) fail_msg("%s", in->error.message);
  assert_int_equal(failed, 0);
  assert_true(passed > 0);
}

/* The same with the probe's own package, whose manifest is this. */
static inline void stage_probe(probe *in, const char *manifest, const char *tests) {
  probe_write(in, "init.lua", manifest);
  if (probe_load(in) != BASE_OK) fail_msg("%s", in->error.message);
  api_package *package = in->package;
  in->package = NULL;
  stage_run(in, &package, 1, (base_slice){0}, tests);
}
