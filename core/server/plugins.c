/* plugins: a map from file names to what was found in them. See plugins.h. */
#include "server/plugins.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/map.h"
#include "loader/loader.h"

/* What tells that a file is another one than before. */
typedef struct file_state {
  ino_t inode;
  off_t size;
  struct timespec written;
  struct timespec changed;
} file_state;

/* One *.so of the folder. */
typedef struct plugin_file {
  char *path;
  const char *file; /* the end of `path` */
  file_state state;
  base_buffer described; /* as loader_plugin_inspect says; empty when it was refused */
  base_error errors[2];  /* why, by language; code BASE_OK: not asked for yet */
} plugin_file;

struct server_plugins {
  const char *directory;
  const char *private_directory;
  base_map *files; /* file name → plugin_file */
};

server_plugins *server_plugins_new(const char *directory, const char *private_directory) {
  server_plugins *plugins = base_alloc(sizeof *plugins);
  *plugins = (server_plugins){
      .directory = directory, .private_directory = private_directory, .files = base_map_new()};
  return plugins;
}

static bool free_file(base_slice name, void *value, void *self) {
  (void)name, (void)self;
  plugin_file *file = value;
  base_buffer_fini(&file->described);
  free(file->path);
  free(file);
  return true;
}

void server_plugins_free(server_plugins *plugins) {
  if (plugins == NULL) return;
  base_map_each(plugins->files, free_file, NULL);
  base_map_free(plugins->files);
  free(plugins);
}

const char *server_plugins_directory(const server_plugins *plugins) {
  return plugins->directory;
}

/* --- looking into files ------------------------------------------------------------------------ */

static plugin_file *file_of(server_plugins *plugins, const char *name) {
  plugin_file *file = base_map_get(plugins->files, base_slice_text(name));
  if (file != NULL) return file;
  size_t directory = strlen(plugins->directory);
  size_t size = directory + 1 + strlen(name) + 1;
  file = base_alloc(sizeof *file);
  *file = (plugin_file){.path = base_alloc(size)};
  (void)snprintf(file->path, size, "%s/%s", plugins->directory, name);
  file->file = file->path + directory + 1;
  (void)base_map_put(plugins->files, base_slice_text(name), file);
  return file;
}

static bool same_instant(struct timespec a, struct timespec b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Forgets what was found in a file that is another one now. */
static void notice_change(plugin_file *file) {
  struct stat now;
  if (stat(file->path, &now) != 0) now = (struct stat){0}; /* loading will say why */
  const file_state state = {
      .inode = now.st_ino, .size = now.st_size, .written = now.st_mtim, .changed = now.st_ctim};
  bool same = state.inode == file->state.inode && state.size == file->state.size &&
              same_instant(state.written, file->state.written) &&
              same_instant(state.changed, file->state.changed);
  if (same) return;
  file->state = state;
  base_buffer_clear(&file->described);
  memset(file->errors, 0, sizeof file->errors);
}

/* False: file->errors says why, in that language. */
static bool look(const server_plugins *plugins, plugin_file *file, base_language language) {
  base_error *error = &file->errors[language == BASE_EN];
  notice_change(file);
  if (file->described.size > 0) return true;
  /* Others could write its folder: that may have been mended, and the file does not show it. */
  if (error->code != BASE_OK && error->code != BASE_PERMISSION_DENIED) return false;
  *error = (base_error){.language = language};
  base_code code =
      loader_plugin_inspect(file->path, plugins->private_directory, &file->described, error);
  if (code == BASE_OK) return true;
  base_buffer_clear(&file->described);
  base_log(BASE_LOG_WARN, "server.plugin_refused", "file=\"%s\" reason=\"%s\"", file->path,
           error->message);
  return false;
}

/* --- walking ----------------------------------------------------------------------------------- */

static int is_plugin(const struct dirent *entry) {
  size_t size = strlen(entry->d_name);
  return size > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + size - 3, ".so") == 0;
}

/* In the order of their names, until visit returns false. */
static void each_file(server_plugins *plugins, bool (*visit)(plugin_file *file, void *self),
                      void *self) {
  struct dirent **entries = NULL;
  int count = scandir(plugins->directory, &entries, is_plugin, alphasort);
  bool more = true;
  for (int i = 0; i < count; i++) {
    if (more) more = visit(file_of(plugins, entries[i]->d_name), self);
    free(entries[i]);
  }
  free(entries);
}

static base_slice package_of(const plugin_file *file) {
  return data_map_text(base_buffer_slice(&file->described), "name");
}

typedef struct name_visit {
  server_plugins *plugins;
  void (*visit)(const char *name, void *self);
  void *self;
} name_visit;

static bool visit_name(plugin_file *file, void *self) {
  name_visit *each = self;
  char name[API_NAME_MAX + 1];
  if (!look(each->plugins, file, BASE_EN)) return true;
  (void)snprintf(name, sizeof name, "%.*s", BASE_SLICE_ARGS(package_of(file)));
  each->visit(name, each->self);
  return true;
}

void server_plugins_each(server_plugins *plugins, void (*visit)(const char *name, void *self),
                         void *self) {
  name_visit each = {.plugins = plugins, .visit = visit, .self = self};
  each_file(plugins, visit_name, &each);
}

/* --- loading ----------------------------------------------------------------------------------- */

typedef struct search {
  server_plugins *plugins;
  const char *name;
  base_language language;
  plugin_file *found;   /* brings the package */
  plugin_file *refused; /* is called like it, and is no plugin */
} search;

static bool called(const plugin_file *file, const char *name) {
  size_t size = strlen(file->file) - strlen(".so");
  return strlen(name) == size && memcmp(file->file, name, size) == 0;
}

static bool match(plugin_file *file, void *self) {
  search *in = self;
  bool itself = strcmp(file->file, in->name) == 0;
  if (look(in->plugins, file, in->language)) {
    if (itself || base_slice_is(package_of(file), in->name)) in->found = file;
  } else if (itself || called(file, in->name)) {
    in->refused = file;
  }
  return in->found == NULL;
}

static base_code load(const server_plugins *plugins, const plugin_file *file, const char *name,
                      api_package **package, base_error *error) {
  BASE_TRY(loader_plugin_load(file->path, plugins->private_directory, package, error));
  if (strcmp((*package)->name, name) == 0 || strcmp(file->file, name) == 0) return BASE_OK;
  (*package)->free(*package);
  *package = NULL;
  return base_error_set(error, BASE_UNAVAILABLE, "name", "文件 %s 正在被替换：请稍后重试",
                        "the file %s is being replaced: try again", file->path);
}

base_code server_plugins_load(server_plugins *plugins, const char *name, api_package **package,
                              base_error *error) {
  search in = {.plugins = plugins, .name = name, .language = error->language};
  *package = NULL;
  each_file(plugins, match, &in);
  if (in.found != NULL) return load(plugins, in.found, name, package, error);
  if (in.refused == NULL) return BASE_OK;
  *error = in.refused->errors[error->language == BASE_EN];
  return error->code;
}

/* --- as the engine asks ------------------------------------------------------------------------ */

static void know(const char *name, void *self) {
  (void)base_map_put(self, base_slice_text(name), self);
}

static base_code refuse_missing(server_plugins *plugins, base_slice name, base_error *error) {
  base_map *known = base_map_new();
  server_plugins_each(plugins, know, known);
  base_slice nearest = base_map_nearest(known, name);
  base_code code =
      nearest.size == 0
          ? base_error_set(error, BASE_NOT_FOUND, "name", "%s 里没有插件“%.*s”",
                           "%s has no plugin “%.*s”", plugins->directory, BASE_SLICE_ARGS(name))
          : base_error_set(error, BASE_NOT_FOUND, "name", "%s 里没有插件“%.*s”。您是不是要 %.*s？",
                           "%s has no plugin “%.*s”; did you mean %.*s?", plugins->directory,
                           BASE_SLICE_ARGS(name), BASE_SLICE_ARGS(nearest));
  base_map_free(known);
  return code;
}

static base_code door_open(void *self, base_slice name, api_package **package, base_error *error) {
  server_plugins *plugins = self;
  char text[API_NAME_MAX + 1];
  if (name.size > API_NAME_MAX) return refuse_missing(plugins, name, error);
  (void)snprintf(text, sizeof text, "%.*s", BASE_SLICE_ARGS(name));
  BASE_TRY(server_plugins_load(plugins, text, package, error));
  return *package == NULL ? refuse_missing(plugins, name, error) : BASE_OK;
}

typedef struct listing {
  server_plugins *plugins;
  base_language language;
  base_buffer *out;
  size_t count;
} listing;

static void append_part(base_buffer *out, base_slice described, const char *key) {
  data_value value = {0};
  (void)data_map_find(described, key, &value);
  data_append_pair_raw(out, key, value.raw);
}

static bool append_file(plugin_file *file, void *self) {
  static const char *const parts[] = {"name", "version", "abi", "doc", "doc_zh", "needs"};
  static const size_t count = sizeof parts / sizeof parts[0];
  listing *list = self;
  bool usable = look(list->plugins, file, list->language);
  data_append_map(list->out, usable ? count + 1 : 2);
  data_append_pair_text(list->out, "file", file->file);
  if (usable) {
    base_slice described = base_buffer_slice(&file->described);
    for (size_t i = 0; i < count; i++) append_part(list->out, described, parts[i]);
  } else {
    data_append_pair_text(list->out, "error", file->errors[list->language == BASE_EN].message);
  }
  list->count++;
  return true;
}

static void door_list(void *self, base_language language, base_buffer *out) {
  listing list = {.plugins = self, .language = language, .out = out};
  size_t place = data_append_open_array(out);
  each_file(self, append_file, &list);
  data_append_close(out, place, list.count);
}

api_plugins server_plugins_door(server_plugins *plugins) {
  return (api_plugins){.open = door_open, .list = door_list, .self = plugins};
}
