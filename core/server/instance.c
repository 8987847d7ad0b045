/* instance: see instance.h. */
#include "server/instance.h"

#include "base/log.h"
#include "base/map.h"
#include "loader/loader.h"
#include "server/directory.h"
#include "server/instants.h"
#include "server/packages.h"

/* --- clock --------------------------------------------------------------------------------------
 */

static base_code set_clock(server_instance *instance, base_error *error) {
  if (instance->test_clock == NULL) {
    instance->clock = base_clock_new();
    return BASE_OK;
  }
  int64_t instant = 0;
  BASE_TRY(server_instant_parse(instance->configuration->zone, instance->test_clock, "test-clock",
                                &instant, error));
  int64_t last = store_info_get(instance->store).at;
  instance->clock = base_clock_new_test(instant > last ? instant : last);
  return BASE_OK;
}

base_code server_instance_open(server_instance *instance, base_error *error) {
  store_options options = instance->configuration->store;
  options.directory = instance->data;
  BASE_TRY(store_open(&options, &instance->store, error));
  return set_clock(instance, error);
}

/* --- packages -----------------------------------------------------------------------------------
 */

/* "a, b" as a msgpack array of texts; empty parts are left out. */
static void append_names(const char *list, base_buffer *out) {
  size_t count = 0;
  size_t place = data_append_open_array(out);
  for (const char *at = list; *at != '\0';) {
    size_t size = strcspn(at, ",");
    base_slice name = data_text_trim(base_slice_make(at, size));
    if (name.size > 0) {
      data_append_slice(out, name);
      count++;
    }
    at += at[size] == ',' ? size + 1 : size;
  }
  data_append_close(out, place, count);
}

static base_slice names_to_enable(const server_instance *instance, const char *enable,
                                  base_buffer *scratch) {
  if (enable == NULL && instance->configuration->enable.size > 0) {
    return instance->configuration->enable;
  }
  append_names(enable == NULL ? HAOKE_DEFAULT_PACKAGES : enable, scratch);
  return base_buffer_slice(scratch);
}

/* A package may be configured before it is enabled; a name mistyped looks the same. */
static void warn_unused(const server_instance *instance, const server_packages *packages) {
  base_map *loaded = base_map_new();
  for (size_t i = 0; i < packages->count; i++) {
    (void)base_map_put(loaded, base_slice_text(packages->items[i]->name), packages->items[i]);
  }
  data_walk walk = data_walk_begin(instance->configuration->config);
  while (data_walk_next(&walk)) {
    base_slice name = walk.key.as.bytes;
    if (base_map_get(loaded, name) != NULL) continue;
    base_slice nearest = base_map_nearest(loaded, name);
    base_log(BASE_LOG_WARN, "server.config_unused",
             "file=\"%s\" key=packages.config.%.*s nearest=%.*s", instance->configuration->source,
             BASE_SLICE_ARGS(name), BASE_SLICE_ARGS(nearest));
  }
  base_map_free(loaded);
}

/* Puts the file before a message about one of its keys. */
static base_code explain(const server_instance *instance, base_error *error) {
  base_error inner = *error;
  if (strncmp(inner.field, "packages.config.", 16) != 0) return error->code;
  return base_error_set(error, inner.code, inner.field, "%s：%s", "%s: %s",
                        instance->configuration->source, inner.message);
}

/* The names in their order; of a plugin, that is all there is. */
static base_slice stored_names(const server_instance *instance, base_buffer *scratch) {
  size_t place = data_append_open_array(scratch);
  for (size_t i = 0; i < instance->finding.stored_count; i++) {
    data_append_text(scratch, instance->finding.stored[i].name);
  }
  data_append_close(scratch, place, instance->finding.stored_count);
  return base_buffer_slice(scratch);
}

static bool is_active(const server_instance *instance, base_slice name) {
  for (size_t i = 0; i < instance->finding.stored_count; i++) {
    const api_stored_package *stored = &instance->finding.stored[i];
    if (base_slice_is(name, stored->name)) return stored->enabled;
  }
  return false;
}

/* The records decide; who wrote something else into the configuration is told. */
static void warn_enable(const server_instance *instance, base_slice asked) {
  data_walk walk = data_walk_begin(asked);
  while (data_walk_next(&walk)) {
    if (is_active(instance, walk.value.as.bytes)) continue;
    base_log(BASE_LOG_WARN, "server.enable_ignored",
             "package=%.*s advice=\"the data directory says what works: package.load or "
             "package.enable\"",
             BASE_SLICE_ARGS(walk.value.as.bytes));
  }
}

static base_code read_stored(server_instance *instance, base_error *error) {
  if (instance->store == NULL) return BASE_OK;
  return api_stored_package_read(instance->store, instance->arena, &instance->finding.stored,
                                 &instance->finding.stored_count, error);
}

static base_code disable_stored(server_instance *instance, base_error *error) {
  base_buffer names = {0};
  api_registry *all = instance->registry;
  size_t place = data_append_open_array(&names);
  size_t count = 0;
  for (size_t i = 0; i < instance->finding.stored_count; i++) {
    if (instance->finding.stored[i].enabled) continue;
    data_append_text(&names, instance->finding.stored[i].name);
    count++;
  }
  data_append_close(&names, place, count);
  base_code code = BASE_OK;
  if (count > 0) {
    code = api_registry_disable(all, base_buffer_slice(&names), &instance->registry, error);
    if (code == BASE_OK) api_registry_release(all);
  }
  base_buffer_fini(&names);
  return code;
}

static base_code load(server_instance *instance, base_slice names, base_error *error) {
  const char *copies = base_arena_format(instance->arena, "%s/.plugin-copies", instance->data);
  BASE_TRY(server_directory_empty(copies, error));
  instance->folder = server_plugins_new(instance->plugins, copies);
  instance->finding.packages = instance->packages;
  instance->finding.plugins = instance->folder;
  instance->finding.script = instance->configuration->script;
  server_packages packages;
  BASE_TRY(server_packages_load(&instance->finding, names, instance->arena, &packages, error));
  warn_unused(instance, &packages);
  base_code code = api_registry_new(packages.items, packages.count, instance->configuration->config,
                                    &instance->registry, error);
  return code == BASE_OK ? disable_stored(instance, error) : explain(instance, error);
}

base_code server_instance_load(server_instance *instance, const char *enable, base_error *error) {
  base_buffer scratch = {0};
  base_buffer stored = {0};
  base_slice names = names_to_enable(instance, enable, &scratch);
  base_code code = read_stored(instance, error);
  if (code == BASE_OK && instance->finding.stored_count > 0) {
    bool asked = enable != NULL || instance->configuration->enable.size > 0;
    if (asked) warn_enable(instance, names);
    names = stored_names(instance, &stored);
  }
  if (code == BASE_OK) code = load(instance, names, error);
  base_buffer_fini(&scratch);
  base_buffer_fini(&stored);
  return code;
}

/* --- engine -------------------------------------------------------------------------------------
 */

base_code server_instance_start(server_instance *instance, base_error *error) {
  api_engine_options options = instance->configuration->engine;
  options.plugins = server_plugins_door(instance->folder);
  options.packages = server_packages_door(&instance->finding);
  options.fork = (api_fork_options){
      .directory = base_arena_format(instance->arena, "%s/forks", instance->data),
      .store = instance->configuration->store};
  /* What a process that was killed left of its forks. */
  BASE_TRY(server_directory_delete(options.fork.directory, error));
  BASE_TRY(api_engine_new(&options, instance->store, instance->clock, instance->configuration->zone,
                          instance->registry, &instance->engine, error));
  loader_engine_attach(instance->engine);
  return BASE_OK;
}

void server_instance_close(server_instance *instance) {
  if (instance->engine != NULL) {
    loader_engine_detach();
    api_engine_free(instance->engine);
  }
  if (instance->clock != NULL) base_clock_free(instance->clock);
  if (instance->store != NULL) store_close(instance->store);
  instance->engine = NULL;
  instance->clock = NULL;
  instance->store = NULL;
}

void server_instance_stop(server_instance *instance) {
  server_instance_close(instance);
  if (instance->registry != NULL) api_registry_release(instance->registry);
  instance->registry = NULL;
  server_plugins_free(instance->folder);
  instance->folder = NULL;
}
