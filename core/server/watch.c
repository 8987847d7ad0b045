/* watch: a fingerprint per folder. See watch.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "server/watch.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/map.h"

typedef struct folder {
  base_digest seen;  /* in the last look */
  base_digest tried; /* when it was loaded last, or first seen */
  bool first;        /* was there in the first look */
  uint64_t look;     /* in which it was there */
} folder;

struct server_watch {
  const server_instance *instance;
  io_timer *timer;
  base_map *folders; /* name → folder */
  uint64_t look;
};

/* --- what a folder looks like ------------------------------------------------------------------ */

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

/* False when there is no package in it. */
static bool look_into(const char *path, base_arena *arena, base_digest *found) {
  base_hash hash;
  struct stat state;
  if (stat(base_arena_format(arena, "%s/init.lua", path), &state) != 0) return false;
  base_hash_init(&hash);
  (void)add_files(&hash, path, arena);
  (void)add_files(&hash, base_arena_format(arena, "%s/i18n", path), arena);
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

static void load(const server_watch *watch, const char *name) {
  api_session session = {.user = "system",
                         .administrator = true,
                         .staff = true,
                         .language = watch->instance->configuration->language};
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_pair_text(&params, "name", name);
  base_log(BASE_LOG_INFO, "server.watch_found", "package=%s", name);
  api_request *request = api_request_new(NULL, &session, base_buffer_slice(&params));
  base_buffer_fini(&params);
  request->done = settle;
  if (api_engine_find(watch->instance->engine, request, base_slice_text("package.load")) ==
      BASE_OK) {
    api_engine_submit(watch->instance->engine, request);
  } else {
    settle(request, NULL);
  }
}

static bool is_loaded(const server_watch *watch, const char *name, base_arena *arena) {
  const api_stored_package *stored = NULL;
  size_t count = 0;
  base_error error = {.language = BASE_EN};
  if (api_stored_package_read(watch->instance->store, arena, &stored, &count, &error) != BASE_OK) {
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    if (strcmp(stored[i].name, name) == 0) return stored[i].enabled;
  }
  return false;
}

/* --- one look ---------------------------------------------------------------------------------- */

static folder *folder_of(server_watch *watch, const char *name, const base_digest *found) {
  folder *known = base_map_get(watch->folders, base_slice_text(name));
  if (known != NULL) return known;
  known = base_alloc(sizeof *known);
  *known = (folder){.first = watch->look == 1};
  if (known->first) known->tried = *found;
  (void)base_map_put(watch->folders, base_slice_text(name), known);
  return known;
}

static void look_at(server_watch *watch, const char *name, base_arena *arena) {
  base_digest found;
  const char *path = base_arena_format(arena, "%s/%s", watch->instance->packages, name);
  if (!look_into(path, arena, &found)) return;
  folder *known = folder_of(watch, name, &found);
  bool stable = same(&known->seen, &found);
  known->seen = found;
  known->look = watch->look;
  if (!stable || same(&known->tried, &found)) return;
  known->tried = found;
  if (!known->first || is_loaded(watch, name, arena)) load(watch, name);
}

/* A folder that went is new when it comes again. */
static bool forget_gone(base_slice name, void *value, void *self) {
  const server_watch *watch = self;
  folder *known = value;
  (void)name;
  if (known->look != watch->look && known->look != 0) *known = (folder){.look = 0};
  return true;
}

static void look(void *self) {
  server_watch *watch = self;
  base_arena *arena = base_arena_new();
  struct dirent **entries = NULL;
  watch->look++;
  int count = scandir(watch->instance->packages, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    if (entries[i]->d_name[0] != '.') look_at(watch, entries[i]->d_name, arena);
    free(entries[i]);
  }
  free(entries);
  base_map_each(watch->folders, forget_gone, watch);
  base_arena_free(arena);
}

/* --- made and freed ---------------------------------------------------------------------------- */

server_watch *server_watch_new(io_loop *loop, const server_instance *instance) {
  int64_t ms = instance->configuration->watch_ms;
  if (ms == 0) return NULL;
  server_watch *watch = base_alloc(sizeof *watch);
  *watch = (server_watch){.instance = instance, .folders = base_map_new()};
  look(watch); /* what is there now */
  watch->timer = io_timer_new(loop, look, watch);
  io_timer_start(watch->timer, (uint64_t)ms, (uint64_t)ms);
  return watch;
}

static bool free_folder(base_slice name, void *value, void *self) {
  (void)name, (void)self;
  free(value);
  return true;
}

void server_watch_free(server_watch *watch) {
  if (watch == NULL) return;
  io_timer_free(watch->timer);
  base_map_each(watch->folders, free_folder, NULL);
  base_map_free(watch->folders);
  free(watch);
}
