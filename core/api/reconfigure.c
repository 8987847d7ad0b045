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

#define OP_PACKAGE "package.configure"
#define OP_PLUGIN "plugin.configure"

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

static void configure(api_engine *engine, const char *name, bool plugin, base_slice config);

/* Another version came meanwhile: it is the one to be configured. */
static void begin_again(const api_request *request) {
  data_value config = {0};
  bool plugin = base_slice_is(base_slice_text(request->op->name), OP_PLUGIN);
  const char *name = base_arena_text(request->arena, data_map_text(request->given, "name"));
  (void)data_map_find(request->given, "config", &config);
  configure(request->engine, name, plugin, config.raw);
}

static void settle(api_request *request, void *self) {
  base_slice name = data_map_text(request->given, "name");
  (void)self;
  if (request->error.code == BASE_VERSION_CONFLICT) {
    begin_again(request);
  } else if (request->error.code == BASE_OK) {
    base_log(BASE_LOG_INFO, "api.package_configured", "package=%.*s", BASE_SLICE_ARGS(name));
  } else {
    base_log(BASE_LOG_ERROR, "api.package_config_refused", "package=%.*s code=%s text=\"%s\"",
             BASE_SLICE_ARGS(name), base_code_name(request->error.code), request->error.message);
  }
  api_request_free(request);
}

/* `config` empty: its defaults. */
static void configure(api_engine *engine, const char *name, bool plugin, base_slice config) {
  api_session session = {
      .user = "system", .administrator = true, .staff = true, .language = engine->options.language};
  base_buffer params = {0};
  data_append_map(&params, config.size > 0 ? 2 : 1);
  data_append_pair_text(&params, "name", name);
  if (config.size > 0) data_append_pair_raw(&params, "config", config);
  api_request *request = api_request_new(NULL, &session, base_buffer_slice(&params));
  base_buffer_fini(&params);
  request->caller = API_CALLER_PACKAGE; /* the ops are not offered to clients */
  request->done = settle;
  base_slice op = base_slice_text(plugin ? OP_PLUGIN : OP_PACKAGE);
  if (api_engine_find(engine, request, op) == BASE_OK) {
    api_engine_submit(engine, request);
  } else {
    settle(request, NULL);
  }
}

static void reconfigure_package(const api_package *package, void *self) {
  const reconfiguring *now = self;
  if (strcmp(package->name, API_PACKAGE_CORE) == 0 || !is_other(now, package)) return;
  configure(now->engine, package->name, package->bundle.size == 0,
            part_of(now->configs, package->name));
}

static void name_of(const data_walk *walk, char name[API_NAME_MAX + 1]) {
  base_slice key = data_text_cut(walk->key.as.bytes, API_NAME_MAX);
  (void)snprintf(name, API_NAME_MAX + 1, "%.*s", BASE_SLICE_ARGS(key));
}

/* A package may be configured before it is loaded; a name mistyped looks the same. */
static void keep_for_later(const reconfiguring *now) {
  base_slice before = api_registry_configs(now->registry);
  data_walk walk = data_walk_begin(now->configs);
  while (data_walk_next(&walk)) {
    char name[API_NAME_MAX + 1];
    name_of(&walk, name);
    if (api_registry_member(now->registry, name) != NULL) continue;
    base_log(BASE_LOG_WARN, "api.config_unused", "package=%s", name);
    if (base_slice_equal(part_of(before, name), walk.value.raw)) continue;
    configure(now->engine, name, false, walk.value.raw);
  }
}

/* What was kept for one that never came, and is not given any more. */
static void forget_unused(const reconfiguring *now) {
  data_walk walk = data_walk_begin(map_of(api_registry_configs(now->registry)));
  while (data_walk_next(&walk)) {
    char name[API_NAME_MAX + 1];
    name_of(&walk, name);
    bool known = api_registry_member(now->registry, name) != NULL;
    if (!known && part_of(now->configs, name).size == 0) {
      configure(now->engine, name, false, (base_slice){0});
    }
  }
}

void api_engine_reconfigure(api_engine *engine, base_slice configs) {
  reconfiguring now = {
      .engine = engine, .registry = api_publish_acquire(engine), .configs = map_of(configs)};
  keep_for_later(&now);
  forget_unused(&now);
  api_registry_each_package(now.registry, reconfigure_package, &now);
  api_registry_release(now.registry);
  base_buffer_clear(&engine->configs);
  base_buffer_append(&engine->configs, now.configs.data, now.configs.size);
}
