/* plugin: opened, made a package, freed. See plugin.h and loader.h.
 *
 * Memory, Threads: see plugin.h.  Fails: see loader.h. */
#include "loader/plugin.h"

#include "loader/call.h"
#include "loader/convert.h"
#include "loader/guard.h"
#include "loader/handshake.h"
#include "loader/host.h"

void loader_plugin_acquire(loader_plugin *plugin) {
  atomic_fetch_add(&plugin->references, 1);
}

void loader_plugin_release(loader_plugin *plugin) {
  if (atomic_fetch_sub(&plugin->references, 1) > 1) return;
  loader_guard_remove(plugin);
  loader_guard_forget(plugin);
  base_arena_free(plugin->arena);
}

/* --- the package's functions ------------------------------------------------------------------- */

static base_code start(api_package *package, base_slice config, base_error *error) {
  loader_plugin *plugin = package->self;
  atomic_store(&plugin->running, true);
  base_code code = loader_call_start(plugin, config, error);
  if (code == BASE_OK) return BASE_OK;
  atomic_store(&plugin->running, false);
  loader_gate_break(&plugin->gate);
  return code;
}

static void stop(api_package *package) {
  loader_plugin *plugin = package->self;
  loader_call_stop(plugin);
  atomic_store(&plugin->running, false);
  loader_guard_forget(plugin);
}

static void open_gate(api_package *package) {
  loader_plugin *plugin = package->self;
  loader_gate_open(&plugin->gate);
}

static bool close_gate(api_package *package, int64_t ms) {
  loader_plugin *plugin = package->self;
  return loader_gate_close(&plugin->gate, ms);
}

static void end(api_package *package) {
  loader_plugin *plugin = package->self;
  loader_library_forget(&plugin->library);
  loader_plugin_release(plugin);
}

static void fill_package(loader_plugin *plugin) {
  const crm_plugin *entry = &plugin->entry;
  plugin->package = (api_package){.name = entry->name,
                                  .version = entry->version,
                                  .doc = entry->doc,
                                  .doc_zh = entry->doc_zh == NULL ? entry->doc : entry->doc_zh,
                                  .source = plugin->library.path,
                                  .needs = entry->needs,
                                  .start = start,
                                  .stop = stop,
                                  .open = open_gate,
                                  .close = close_gate,
                                  .free = end,
                                  .self = plugin};
}

/* --- opening ----------------------------------------------------------------------------------- */

static base_code take_entry(loader_plugin *plugin, base_error *error) {
  const crm_plugin *entry = plugin->library.entry;
  BASE_TRY(loader_handshake_check(entry, plugin->library.path, error));
  size_t size = entry->sizes.plugin;
  memcpy(&plugin->entry, entry, size < sizeof plugin->entry ? size : sizeof plugin->entry);
  fill_package(plugin);
  return loader_convert_tables(plugin, error);
}

base_code loader_plugin_open(const char *path, const char *private_directory,
                             loader_plugin **plugin, base_error *error) {
  base_arena *arena = base_arena_new();
  loader_plugin *opened = BASE_NEW(arena, loader_plugin);
  opened->arena = arena;
  opened->host = *loader_host_table();
  atomic_init(&opened->references, 1);
  loader_gate_init(&opened->gate);
  base_code code = loader_library_open(path, private_directory, arena, &opened->library, error);
  if (code == BASE_OK) {
    code = take_entry(opened, error);
    if (code != BASE_OK) loader_library_forget(&opened->library);
  }
  if (code != BASE_OK) {
    base_arena_free(arena);
    return code;
  }
  loader_guard_add(opened);
  *plugin = opened;
  return BASE_OK;
}

base_code loader_plugin_load(const char *path, const char *private_directory, api_package **package,
                             base_error *error) {
  loader_plugin *plugin = NULL;
  BASE_TRY(loader_plugin_open(path, private_directory, &plugin, error));
  *package = &plugin->package;
  return BASE_OK;
}
