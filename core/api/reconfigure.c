/* reconfigure: configurations of packages given anew while the server runs. Each package that has another one
 * now is exchanged for itself, by an op of its own (api/nouns/package_configure.c), as if it had been
 * loaded: only so each call is on one configuration from its first step to its last.
 *
 * Memory:  the engine keeps what was given last.
 * Threads: check: any. reconfigure: one; the ops run where loads do.
 * Fails:   see engine.h. */
#include <stdio.h>

#include "api/engine_state.h"
#include "api/member.h"
#include "api/publish.h"
#include "base/log.h"

typedef struct reconfiguring {
  api_engine *engine;
  api_registry *registry; /* in force */
  base_slice configs;
  base_error *error;
} reconfiguring;

static base_slice map_of(base_slice configs) {
  static const uint8_t empty_map[] = {0x80};
  return configs.size > 0 ? configs : base_slice_make(empty_map, sizeof empty_map);
}

/* --- checking -------------------------------------------------------------------------------------------- */

static void check_package(const api_package *package, void *self) {
  reconfiguring *now = self;
  base_buffer config = {0};
  if (now->error->code == BASE_OK) {
    (void)api_member_read_config(package, now->configs, &config, now->error);
  }
  base_buffer_fini(&config);
}

base_code api_engine_check_configs(api_engine *engine, base_slice configs, base_error *error) {
  reconfiguring now = {
      .registry = api_publish_acquire(engine), .configs = map_of(configs), .error = error};
  base_error_clear(error);
  api_registry_each_package(now.registry, check_package, &now);
  api_registry_release(now.registry);
  return error->code;
}

/* --- beginning ------------------------------------------------------------------------------------------- */

static base_slice part_of(base_slice configs, const char *name) {
  data_value part = {0};
  bool there = data_map_find_slice(map_of(configs), base_slice_text(name), &part);
  return there ? part.raw : (base_slice){0};
}

/* From what it runs with, or from what it was last given, which may not be in force yet. */
static bool is_other(const reconfiguring *now, const api_package *package) {
  const api_member *member = api_registry_member(now->registry, package->name);
  base_slice before = base_buffer_slice(&now->engine->configs);
  base_slice given = part_of(now->configs, package->name);
  base_error error = {0};
  base_buffer config = {0};
  if (before.size > 0 && !base_slice_equal(part_of(before, package->name), given)) return true;
  base_code code = api_member_read_config(package, now->configs, &config, &error);
  bool other = code == BASE_OK &&
               !base_slice_equal(base_buffer_slice(&config), base_buffer_slice(&member->config));
  base_buffer_fini(&config);
  return other;
}

static void settle(api_request *request, void *self) {
  base_slice name = data_map_text(request->given, "name");
  (void)self;
  if (request->error.code == BASE_OK) {
    base_log(BASE_LOG_INFO, "api.package_configured", "package=%.*s", BASE_SLICE_ARGS(name));
  } else {
    base_log(BASE_LOG_ERROR, "api.package_config_refused", "package=%.*s code=%s text=\"%s\"",
             BASE_SLICE_ARGS(name), base_code_name(request->error.code), request->error.message);
  }
  api_request_free(request);
}

static api_request *make_request(const reconfiguring *now, const api_package *package) {
  api_session session = {.user = "system",
                         .administrator = true,
                         .staff = true,
                         .language = now->engine->options.language};
  base_slice given = part_of(now->configs, package->name);
  base_buffer params = {0};
  data_append_map(&params, given.size > 0 ? 2 : 1);
  data_append_pair_text(&params, "name", package->name);
  if (given.size > 0) {
    data_append_text(&params, "config");
    data_append_raw(&params, given);
  }
  api_request *request = api_request_new(NULL, &session, base_buffer_slice(&params));
  base_buffer_fini(&params);
  request->caller = API_CALLER_PACKAGE; /* the ops are not offered to clients */
  request->done = settle;
  return request;
}

static void reconfigure_package(const api_package *package, void *self) {
  const reconfiguring *now = self;
  if (strcmp(package->name, API_PACKAGE_CORE) == 0 || !is_other(now, package)) return;
  bool plugin = package->bundle.size == 0;
  api_request *request = make_request(now, package);
  base_slice op = base_slice_text(plugin ? "plugin.configure" : "package.configure");
  if (api_engine_find(now->engine, request, op) == BASE_OK) {
    api_engine_submit(now->engine, request);
  } else {
    settle(request, NULL);
  }
}

/* A package may be configured before it is loaded; a name mistyped looks the same. */
static void warn_unused(const reconfiguring *now) {
  data_walk walk = data_walk_begin(now->configs);
  while (data_walk_next(&walk)) {
    char name[API_NAME_MAX + 1];
    base_slice key = data_text_cut(walk.key.as.bytes, API_NAME_MAX);
    (void)snprintf(name, sizeof name, "%.*s", BASE_SLICE_ARGS(key));
    if (api_registry_member(now->registry, name) != NULL) continue;
    base_log(BASE_LOG_WARN, "api.config_unused", "package=%s", name);
  }
}

void api_engine_reconfigure(api_engine *engine, base_slice configs) {
  reconfiguring now = {
      .engine = engine, .registry = api_publish_acquire(engine), .configs = map_of(configs)};
  warn_unused(&now);
  api_registry_each_package(now.registry, reconfigure_package, &now);
  api_registry_release(now.registry);
  base_buffer_clear(&engine->configs);
  base_buffer_append(&engine->configs, now.configs.data, now.configs.size);
}
