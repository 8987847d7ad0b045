/* packages: a list of names that grows by what each loaded package needs. See packages.h. */
#include "server/packages.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"

#define PACKAGES_MAX 256

typedef struct search {
  const server_packages_options *options;
  base_arena *arena;
  base_map *seen; /* names asked for, in order */
  const char *wanted[PACKAGES_MAX];
  size_t wanted_count;
  server_packages *found;
  base_error *error;
} search;

/* An installed program lies in PREFIX/bin, and its folders beside that; one that was built knows where its
 * folders are. */
static const char *beside(char path[PATH_MAX], const char *folder, const char *built) {
  ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (size <= 0) return built;
  path[size] = '\0';
  char *slash = strrchr(path, '/');
  size_t room = slash == NULL ? 0 : PATH_MAX - (size_t)(slash - path);
  if (strlen(folder) >= room) return built;
  memcpy(slash, folder, strlen(folder) + 1);
  return access(path, F_OK) == 0 ? path : built;
}

const char *server_packages_directory(void) {
  static char path[PATH_MAX];
  return beside(path, "/../share/haoke/packages", HAOKE_PACKAGES_DIRECTORY);
}

const char *server_packages_plugins_directory(void) {
  static char path[PATH_MAX];
  return beside(path, "/../lib/haoke/plugins", HAOKE_PLUGINS_DIRECTORY);
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

static void know(const char *name, void *self) {
  (void)base_map_put(self, base_slice_text(name), self);
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
  server_plugins_each(in->options->plugins, know, known);
  base_slice nearest = base_map_nearest(known, base_slice_text(name));
  base_code code =
      nearest.size == 0
          ? base_error_set(in->error, BASE_NOT_FOUND, "packages.enable",
                           "没有包“%s”：%s 里没有这个文件夹，%s 里没有这个插件",
                           "there is no package “%s”: %s has no such folder and %s no such plugin",
                           name, in->options->packages,
                           server_plugins_directory(in->options->plugins))
          : base_error_set(in->error, BASE_NOT_FOUND, "packages.enable",
                           "没有包“%s”：%s 里没有这个文件夹，%s 里没有这个插件。您是不是要 %.*s？",
                           "there is no package “%s”: %s has no such folder and %s no such plugin; "
                           "did you mean %.*s?",
                           name, in->options->packages,
                           server_plugins_directory(in->options->plugins),
                           BASE_SLICE_ARGS(nearest));
  base_map_free(known);
  return code;
}

/* These two return NULL with in->error filled when they fail. */
static api_package *load_plugin(search *in, const char *name) {
  api_package *package = NULL;
  base_code code = server_plugins_load(in->options->plugins, name, &package, in->error);
  if (code == BASE_OK && package == NULL) (void)refuse_missing(in, name);
  return package;
}

static const api_stored_package *find_stored(const search *in, const char *name) {
  for (size_t i = 0; i < in->options->stored_count; i++) {
    const api_stored_package *stored = &in->options->stored[i];
    if (stored->bundle.size > 0 && strcmp(stored->name, name) == 0) return stored;
  }
  return NULL;
}

/* Who edited the folder should know that what is stored works, and not what was written. */
static void warn_difference(const search *in, const api_stored_package *stored) {
  char now[STORE_FILE_NAME];
  base_error ignored = {.language = in->error->language};
  base_buffer bundle = {0};
  const char *folder = base_arena_format(in->arena, "%s/%s", in->options->packages, stored->name);
  if (script_package_bundle(folder, &bundle, &ignored) == BASE_OK) {
    store_file_name(base_buffer_slice(&bundle), now);
    if (strcmp(now, stored->hash) != 0) {
      base_log(
          BASE_LOG_WARN, "server.package_differs",
          "package=%s version=%s folder=\"%s\" advice=\"package.load takes the folder's files\"",
          stored->name, stored->version, folder);
    }
  }
  base_buffer_fini(&bundle);
}

static api_package *load_stored(search *in, const api_stored_package *stored) {
  api_package *package = NULL;
  warn_difference(in, stored);
  (void)script_package_reopen(stored->name, stored->bundle, &in->options->script, &package,
                              in->error);
  return package;
}

static api_package *load_named(search *in, const char *name) {
  api_package *package = NULL;
  const api_stored_package *stored = find_stored(in, name);
  if (stored != NULL) return load_stored(in, stored);
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
  (void)base_map_put(in.seen, base_slice_text(API_PACKAGE_CORE), packages); /* is there */
  base_code code = load_all(&in, names);
  if (code != BASE_OK) server_packages_free(packages);
  base_map_free(in.seen);
  return code;
}

void server_packages_free(server_packages *packages) {
  for (size_t i = 0; i < packages->count; i++) packages->items[i]->free(packages->items[i]);
  packages->count = 0;
}

/* --- as the engine asks ------------------------------------------------------------------------ */

static base_code refuse_folder(const server_packages_options *options, base_slice path,
                               base_error *error) {
  base_map *known = base_map_new();
  struct dirent **entries = NULL;
  int count = scandir(options->packages, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    if (is_name(entries[i]->d_name)) know(entries[i]->d_name, known);
    free(entries[i]);
  }
  free(entries);
  base_slice nearest = base_map_nearest(known, path);
  base_code code =
      nearest.size == 0
          ? base_error_set(error, BASE_NOT_FOUND, "name", "%s 里没有脚本包“%.*s”",
                           "%s has no package “%.*s”", options->packages, BASE_SLICE_ARGS(path))
          : base_error_set(error, BASE_NOT_FOUND, "name",
                           "%s 里没有脚本包“%.*s”。您是不是要 %.*s？",
                           "%s has no package “%.*s”; did you mean %.*s?", options->packages,
                           BASE_SLICE_ARGS(path), BASE_SLICE_ARGS(nearest));
  base_map_free(known);
  return code;
}

/* Names with a slash between: none of them leads out of the folder. */
static bool is_path(const char *path) {
  char part[API_NAME_MAX + 1];
  for (;;) {
    size_t size = strcspn(path, "/");
    if (size > API_NAME_MAX) return false;
    memcpy(part, path, size);
    part[size] = '\0';
    if (!is_name(part)) return false;
    if (path[size] == '\0') return true;
    path += size + 1;
  }
}

static base_code door_open(void *self, base_slice path, api_package **package, base_error *error) {
  const server_packages_options *options = self;
  base_arena *arena = base_arena_new();
  const char *text = base_arena_text(arena, path);
  const char *folder = base_arena_format(arena, "%s/%s", options->packages, text);
  const char *init = base_arena_format(arena, "%s/init.lua", folder);
  base_code code = is_path(text) && access(init, F_OK) == 0
                       ? script_package_load(folder, &options->script, package, error)
                       : refuse_folder(options, path, error);
  base_arena_free(arena);
  return code;
}

static base_code door_reopen(void *self, const char *name, base_slice bundle, api_package **package,
                             base_error *error) {
  const server_packages_options *options = self;
  return script_package_reopen(name, bundle, &options->script, package, error);
}

api_packages server_packages_door(const server_packages_options *options) {
  return (api_packages){
      .open = door_open, .reopen = door_reopen, .self = (void *)(uintptr_t)options};
}
