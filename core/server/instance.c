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
  append_names(enable == NULL ? "health_product" : enable, scratch);
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

static base_code load(server_instance *instance, base_slice names, base_error *error) {
  const char *copies = base_arena_format(instance->arena, "%s/.plugin-copies", instance->data);
  BASE_TRY(server_directory_empty(copies, error));
  instance->folder = server_plugins_new(instance->plugins, copies);
  server_packages_options options = {.packages = instance->packages,
                                     .plugins = instance->folder,
                                     .script = instance->configuration->script};
  server_packages packages;
  BASE_TRY(server_packages_load(&options, names, instance->arena, &packages, error));
  warn_unused(instance, &packages);
  base_code code = api_registry_new(packages.items, packages.count, instance->configuration->config,
                                    &instance->registry, error);
  return code == BASE_OK ? BASE_OK : explain(instance, error);
}

base_code server_instance_load(server_instance *instance, const char *enable, base_error *error) {
  base_buffer scratch = {0};
  base_code code = load(instance, names_to_enable(instance, enable, &scratch), error);
  base_buffer_fini(&scratch);
  return code;
}

/* --- engine -------------------------------------------------------------------------------------
 */

base_code server_instance_start(server_instance *instance, base_error *error) {
  api_engine_options options = instance->configuration->engine;
  options.plugins = server_plugins_door(instance->folder);
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
