/* watch: a fingerprint per folder of Lua, and per file of a plugin. See watch.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "server/watch.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/map.h"

/* A package's folder, or a plugin's file. */
typedef struct source {
  base_digest seen;  /* in the last look */
  base_digest tried; /* when it was loaded last, or first seen */
  bool first;        /* was there in the first look */
  uint64_t look;     /* in which it was there */
} source;

/* A folder that is looked at. */
typedef struct place {
  const char *path;
  const char *op; /* loads what is found there, by its name */
  /* False when that is no package, or no plugin. */
  bool (*look_into)(const char *path, base_arena *arena, base_digest *found);
  base_map *sources; /* name → source */
} place;

#define PLACES 2

struct server_watch {
  const server_instance *instance;
  io_timer *timer;
  place places[PLACES];
  size_t place_count;
  uint64_t look;
};

/* --- what is looked at --------------------------------------------------------------------------- */

static int is_source(const struct dirent *entry) {
  size_t size = strlen(entry->d_name);
  return entry->d_name[0] != '.' && size > 4 && strcmp(entry->d_name + size - 4, ".lua") == 0;
}

static void add_file(base_hash *hash, const char *path, const char *name) {
  struct stat state = {0};
  (void)stat(path, &state);
  base_hash_add(hash, base_slice_text(name));
  base_hash_add_integer(hash, (uint64_t)state.st_ino);
  base_hash_add_integer(hash, (uint64_t)state.st_size);
  base_hash_add_integer(hash, (uint64_t)state.st_mtim.tv_sec);
  base_hash_add_integer(hash, (uint64_t)state.st_mtim.tv_nsec);
}

static int add_files(base_hash *hash, const char *path, base_arena *arena) {
  struct dirent **entries = NULL;
  int count = scandir(path, &entries, is_source, alphasort);
  for (int i = 0; i < count; i++) {
    add_file(hash, base_arena_format(arena, "%s/%s", path, entries[i]->d_name), entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  return count;
}

static bool look_into_folder(const char *path, base_arena *arena, base_digest *found) {
  base_hash hash;
  struct stat state;
  if (stat(base_arena_format(arena, "%s/init.lua", path), &state) != 0) return false;
  base_hash_init(&hash);
  (void)add_files(&hash, path, arena);
  (void)add_files(&hash, base_arena_format(arena, "%s/i18n", path), arena);
  *found = base_hash_final(&hash);
  return true;
}

static bool look_into_file(const char *path, base_arena *arena, base_digest *found) {
  base_hash hash;
  struct stat state;
  size_t size = strlen(path);
  (void)arena;
  if (size < 3 || strcmp(path + size - 3, ".so") != 0) return false;
  if (stat(path, &state) != 0 || !S_ISREG(state.st_mode)) return false;
  base_hash_init(&hash);
  add_file(&hash, path, path);
  *found = base_hash_final(&hash);
  return true;
}

static bool same(const base_digest *a, const base_digest *b) {
  return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* --- loading ----------------------------------------------------------------------------------- */

static void settle(api_request *request, void *self) {
  (void)self;
  if (request->error.code != BASE_OK) {
    base_log(BASE_LOG_WARN, "server.watch_refused", "package=%.*s code=%s text=\"%s\"",
             BASE_SLICE_ARGS(data_map_text(request->given, "name")),
             base_code_name(request->error.code), request->error.message);
  }
  api_request_free(request);
}

typedef struct source_search {
  const api_registry *registry;
  const char *name; /* the folder's, which is the package's */
  const char *path; /* the file's, by which a plugin is known */
  bool found;
} source_search;

static void compare_source(const api_package *package, void *self) {
  source_search *search = self;
  bool named = strcmp(package->name, search->name) == 0;
  bool there = package->source != NULL && strcmp(package->source, search->path) == 0;
  if (!named && !there) return;
  search->found = search->found || api_registry_enabled(search->registry, package->name);
}

/* Whether the version in force, which the request pins, has it. */
static bool is_loaded(const api_request *request, const char *name, const char *path) {
  source_search search = {.registry = request->registry, .name = name, .path = path};
  api_registry_each_package(request->registry, compare_source, &search);
  return search.found;
}

static api_request *make_request(const server_watch *watch, const place *in, const char *name) {
  api_session session = {.user = "system",
                         .administrator = true,
                         .staff = true,
                         .language = watch->instance->configuration->language};
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_pair_text(&params, "name", name);
  api_request *request = api_request_new(NULL, &session, base_buffer_slice(&params));
  base_buffer_fini(&params);
  request->done = settle;
  if (api_engine_find(watch->instance->engine, request, base_slice_text(in->op)) == BASE_OK) {
    return request;
  }
  settle(request, NULL);
  return NULL;
}

/* What was there before is loaded only in the place of what is loaded. */
static void load(const server_watch *watch, const place *in, const source *known, const char *name,
                 const char *path) {
  api_request *request = make_request(watch, in, name);
  if (request == NULL) return;
  if (known->first && !is_loaded(request, name, path)) {
    api_request_free(request);
    return;
  }
  base_log(BASE_LOG_INFO, "server.watch_found", "package=%s", name);
  api_engine_submit(watch->instance->engine, request);
}

/* --- one look ---------------------------------------------------------------------------------- */

static source *source_of(const server_watch *watch, const place *in, const char *name,
                         const base_digest *found) {
  source *known = base_map_get(in->sources, base_slice_text(name));
  if (known != NULL) return known;
  known = base_alloc(sizeof *known);
  *known = (source){.first = watch->look == 1};
  if (known->first) known->tried = *found;
  (void)base_map_put(in->sources, base_slice_text(name), known);
  return known;
}

static void look_at(const server_watch *watch, const place *in, const char *name,
                    base_arena *arena) {
  base_digest found;
  const char *path = base_arena_format(arena, "%s/%s", in->path, name);
  if (!in->look_into(path, arena, &found)) return;
  source *known = source_of(watch, in, name, &found);
  bool stable = same(&known->seen, &found);
  known->seen = found;
  known->look = watch->look;
  if (!stable || same(&known->tried, &found)) return;
  known->tried = found;
  load(watch, in, known, name, path);
}

/* What went is new when it comes again. */
static bool forget_gone(base_slice name, void *value, void *self) {
  const server_watch *watch = self;
  source *known = value;
  (void)name;
  if (known->look != watch->look && known->look != 0) *known = (source){.look = 0};
  return true;
}

static void look_through(server_watch *watch, const place *in) {
  base_arena *arena = base_arena_new();
  struct dirent **entries = NULL;
  int count = scandir(in->path, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    if (entries[i]->d_name[0] != '.') look_at(watch, in, entries[i]->d_name, arena);
    free(entries[i]);
  }
  free(entries);
  base_map_each(in->sources, forget_gone, watch);
  base_arena_free(arena);
}

static void look(void *self) {
  server_watch *watch = self;
  watch->look++;
  for (size_t i = 0; i < watch->place_count; i++) look_through(watch, &watch->places[i]);
}

/* --- made and freed ---------------------------------------------------------------------------- */

static void add_place(server_watch *watch, place added) {
  if (added.path == NULL) return;
  added.sources = base_map_new();
  watch->places[watch->place_count++] = added;
}

server_watch *server_watch_new(io_loop *loop, const server_instance *instance) {
  int64_t ms = instance->configuration->watch_ms;
  if (ms == 0) return NULL;
  server_watch *watch = base_alloc(sizeof *watch);
  *watch = (server_watch){.instance = instance};
  add_place(
      watch,
      (place){.path = instance->packages, .op = "package.load", .look_into = look_into_folder});
  add_place(watch,
            (place){.path = instance->plugins, .op = "plugin.load", .look_into = look_into_file});
  look(watch); /* what is there now */
  watch->timer = io_timer_new(loop, look, watch);
  io_timer_start(watch->timer, (uint64_t)ms, (uint64_t)ms);
  return watch;
}

static bool free_source(base_slice name, void *value, void *self) {
  (void)name, (void)self;
  free(value);
  return true;
}

void server_watch_free(server_watch *watch) {
  if (watch == NULL) return;
  io_timer_free(watch->timer);
  for (size_t i = 0; i < watch->place_count; i++) {
    base_map_each(watch->places[i].sources, free_source, NULL);
    base_map_free(watch->places[i].sources);
  }
  free(watch);
}
