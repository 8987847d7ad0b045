/* packages: a list of names that grows by what each loaded package needs. See packages.h. */
#include "server/packages.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "loader/loader.h"

#define PACKAGES_MAX 256

/* One *.so of the plugin folder, looked into for its name. */
typedef struct plugin_file {
  const char *path;
  const char *stem; /* file name without .so */
  const char *name; /* the package's; NULL when the file could not be inspected */
  base_error error; /* why not */
} plugin_file;

typedef struct search {
  const server_packages_options *options;
  base_arena *arena;
  base_map *seen; /* names asked for, in order */
  const char *wanted[PACKAGES_MAX];
  size_t wanted_count;
  size_t plugin_count;
  plugin_file *plugins;
  server_packages *found;
  base_error *error;
} search;

const char *server_packages_directory(void) {
  return HAOKE_PACKAGES_DIRECTORY;
}

const char *server_packages_plugins_directory(void) {
  return HAOKE_PLUGINS_DIRECTORY;
}

/* --- the plugin folder -------------------------------------------------------------------------
 */

static int is_plugin(const struct dirent *entry) {
  size_t size = strlen(entry->d_name);
  return size > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 3, ".so") == 0;
}

static void inspect(search *in, const char *file_name, plugin_file *file) {
  base_buffer described = {0};
  file->path = base_arena_format(in->arena, "%s/%s", in->options->plugins, file_name);
  file->stem = base_arena_text(in->arena, base_slice_make(file_name, strlen(file_name) - 3));
  file->error.language = in->error->language;
  if (loader_plugin_inspect(file->path, in->options->private_directory, &described, &file->error) ==
      BASE_OK) {
    file->name = base_arena_text(in->arena, data_map_text(base_buffer_slice(&described), "name"));
  } else {
    base_log(BASE_LOG_WARN, "server.plugin_refused", "file=\"%s\" reason=\"%s\"", file->path,
             file->error.message);
  }
  base_buffer_fini(&described);
}

static void list_plugins(search *in) {
  struct dirent **entries = NULL;
  int count = scandir(in->options->plugins, &entries, is_plugin, alphasort);
  in->plugins = BASE_NEW_ARRAY(in->arena, plugin_file, count > 0 ? count : 1);
  for (int i = 0; i < count; i++) {
    inspect(in, entries[i]->d_name, &in->plugins[in->plugin_count++]);
    free(entries[i]);
  }
  free(entries);
}

/* --- one package ------------------------------------------------------------------------------- */

static base_code want(search *in, base_slice name) {
  if (base_map_get(in->seen, name) != NULL) return BASE_OK;
  if (in->wanted_count == PACKAGES_MAX) {
    return base_error_set(in->error, BASE_TOO_LARGE, "packages.enable",
                          "启用的包超过 %d 个，请减少", "more than %d packages are enabled",
                          PACKAGES_MAX);
  }
  const char *text = base_arena_text(in->arena, name);
  in->wanted[in->wanted_count++] = text;
  (void)base_map_put(in->seen, name, (void *)(uintptr_t)text);
  return BASE_OK;
}

/* Names are parts of paths: a package's name cannot lead out of the folder. */
static bool is_name(const char *name) {
  size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  return size > 0 && size <= API_NAME_MAX && name[size] == '\0';
}

static base_code refuse_missing(search *in, const char *name) {
  base_map *known = base_map_new();
  struct dirent **entries = NULL;
  int count = scandir(in->options->packages, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    if (is_name(entries[i]->d_name)) {
      (void)base_map_put(known, base_slice_text(entries[i]->d_name), in);
    }
    free(entries[i]);
  }
  free(entries);
  for (size_t i = 0; i < in->plugin_count; i++) {
    if (in->plugins[i].name == NULL) continue;
    (void)base_map_put(known, base_slice_text(in->plugins[i].name), in);
  }
  base_slice nearest = base_map_nearest(known, base_slice_text(name));
  base_code code =
      nearest.size == 0
          ? base_error_set(in->error, BASE_NOT_FOUND, "packages.enable",
                           "没有包“%s”：%s 里没有这个文件夹，%s 里没有这个插件",
                           "there is no package “%s”: %s has no such folder and %s no such plugin",
                           name, in->options->packages, in->options->plugins)
          : base_error_set(in->error, BASE_NOT_FOUND, "packages.enable",
                           "没有包“%s”：%s 里没有这个文件夹，%s 里没有这个插件。您是不是要 %.*s？",
                           "there is no package “%s”: %s has no such folder and %s no such plugin; "
                           "did you mean %.*s?",
                           name, in->options->packages, in->options->plugins,
                           BASE_SLICE_ARGS(nearest));
  base_map_free(known);
  return code;
}

/* These two return NULL with in->error filled when they fail. */
static api_package *load_plugin(search *in, const char *name) {
  api_package *package = NULL;
  for (size_t i = 0; i < in->plugin_count; i++) {
    const plugin_file *file = &in->plugins[i];
    if (file->name == NULL && strcmp(file->stem, name) == 0) {
      *in->error = file->error;
      return NULL;
    }
    if (file->name == NULL || strcmp(file->name, name) != 0) continue;
    (void)loader_plugin_load(file->path, in->options->private_directory, &package, in->error);
    return package;
  }
  (void)refuse_missing(in, name);
  return NULL;
}

static api_package *load_named(search *in, const char *name) {
  api_package *package = NULL;
  if (!is_name(name)) {
    (void)refuse_missing(in, name);
    return NULL;
  }
  const char *folder = base_arena_format(in->arena, "%s/%s", in->options->packages, name);
  if (access(base_arena_format(in->arena, "%s/init.lua", folder), F_OK) != 0) {
    return load_plugin(in, name);
  }
  if (script_package_load(folder, &in->options->script, &package, in->error) != BASE_OK) {
    return NULL;
  }
  if (strcmp(package->name, name) == 0) return package;
  (void)base_error_set(
      in->error, BASE_VALIDATION_FAILED, "name", "%s/init.lua 里的包名是“%s”，应与文件夹同名",
      "%s/init.lua names its package “%s”; it must be the folder's name", folder, package->name);
  package->free(package);
  return NULL;
}

static base_code load_one(search *in, const char *name) {
  api_package *package = load_named(in, name);
  if (package == NULL) return in->error->code;
  in->found->items[in->found->count++] = package;
  base_log(BASE_LOG_INFO, "server.package_loaded", "package=%s version=%s source=\"%s\"",
           package->name, package->version, package->source == NULL ? "" : package->source);
  for (const char *const *need = package->needs; need != NULL && *need != NULL; need++) {
    BASE_TRY(want(in, base_slice_text(*need)));
  }
  return BASE_OK;
}

static base_code load_all(search *in, base_slice names) {
  data_walk walk = data_walk_begin(names);
  while (data_walk_next(&walk)) BASE_TRY(want(in, walk.value.as.bytes));
  for (size_t i = 0; i < in->wanted_count; i++) BASE_TRY(load_one(in, in->wanted[i]));
  return BASE_OK;
}

base_code server_packages_load(const server_packages_options *options, base_slice names,
                               base_arena *arena, server_packages *packages, base_error *error) {
  *packages = (server_packages){.items = BASE_NEW_ARRAY(arena, api_package *, PACKAGES_MAX + 1)};
  packages->items[packages->count++] = api_core_package();
  search in = {.options = options,
               .arena = arena,
               .seen = base_map_new(),
               .found = packages,
               .error = error};
  list_plugins(&in);
  base_code code = load_all(&in, names);
  if (code != BASE_OK) server_packages_free(packages);
  base_map_free(in.seen);
  return code;
}

void server_packages_free(server_packages *packages) {
  for (size_t i = 0; i < packages->count; i++) packages->items[i]->free(packages->items[i]);
  packages->count = 0;
}
