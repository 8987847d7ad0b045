/* fork: copied, opened, taken away again. See fork.h.
 *
 * Memory:  one object and an arena with its path.  Threads, Fails: as the header says. */
#include "api/fork.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "api/boot.h"
#include "api/engine_state.h"

/* 2026-01-01T09:00:00+08:00 */
#define TESTS_BEGIN INT64_C(1767229200000)

struct api_fork {
  base_arena *arena;
  const char *path;
  api_registry *registry;
  store *store;
  base_clock *clock;
  api_engine *engine;
  uint64_t sequence;
  int64_t at;
};

static base_code refuse_folder(const char *folder, base_error *error) {
  if (folder == NULL) {
    return base_error_set(error, BASE_UNAVAILABLE, NULL, "这个服务器没有存放临时副本的目录",
                          "this server has no folder for forks");
  }
  char text[128];
  return base_error_set(error, BASE_UNAVAILABLE, NULL, "目录 %s 用不了：%s；请检查权限和磁盘",
                        "the directory %s cannot be used: %s; check permissions and disk", folder,
                        strerror_r(errno, text, sizeof text));
}

static base_code make_path(api_fork *self, api_engine *engine, base_error *error) {
  const char *folder = engine->options.fork.directory;
  if (folder == NULL || (mkdir(folder, 0700) != 0 && errno != EEXIST)) {
    return refuse_folder(folder, error);
  }
  unsigned long long number = atomic_fetch_add(&engine->forks, 1) + 1;
  self->path = base_arena_format(self->arena, "%s/%llu", folder, number);
  return BASE_OK;
}

static base_code open_store(api_fork *self, const api_engine *engine, base_error *error) {
  store_options options = engine->options.fork.store;
  options.directory = self->path;
  options.reserve_bytes = 0;
  return store_open(&options, &self->store, error);
}

/* Nothing is asked of it but timers. */
static base_code open_engine(api_fork *self, const api_engine_options *given, const data_zone *zone,
                             base_error *error) {
  api_engine_options options = *given;
  store_info info = store_info_get(self->store);
  self->sequence = info.sequence;
  if (self->at < info.at) self->at = info.at;
  options.reader_lanes = 1;
  options.plugins = (api_plugins){0};
  options.keep_ms = 0; /* the archive is the original's */
  options.archive = NULL;
  options.fork = (api_fork_options){.inside = true};
  self->clock = base_clock_new_test(self->at);
  return api_engine_new(&options, self->store, self->clock, zone, self->registry, &self->engine,
                        error);
}

static base_code open_all(api_fork *self, api_engine *engine, bool empty, base_error *error) {
  BASE_TRY(make_path(self, engine, error));
  if (!empty) BASE_TRY(store_fork(engine->store, self->path, STORE_FORK_SHARE, error));
  BASE_TRY(open_store(self, engine, error));
  return open_engine(self, &engine->options, engine->zone, error);
}

static base_code open_fork(api_engine *engine, api_registry *registry, bool empty, int64_t at,
                           api_fork **fork, base_error *error) {
  base_arena *arena = base_arena_new();
  api_fork *made = BASE_NEW(arena, api_fork);
  *made = (api_fork){.arena = arena, .registry = api_registry_acquire(registry), .at = at};
  base_code code = open_all(made, engine, empty, error);
  if (code != BASE_OK) {
    api_fork_close(made);
    return code;
  }
  *fork = made;
  return BASE_OK;
}

base_code api_fork_open(api_engine *engine, api_registry *registry, api_fork **fork,
                        base_error *error) {
  return open_fork(engine, registry, false, api_engine_now(engine), fork, error);
}

base_code api_fork_open_empty(api_engine *engine, api_registry *registry, api_fork **fork,
                              base_error *error) {
  return open_fork(engine, registry, true, TESTS_BEGIN, fork, error);
}

base_code api_fork_over(const api_engine_options *options, const data_zone *zone, store *copy,
                        api_registry *registry, int64_t at, api_fork **fork, base_error *error) {
  base_arena *arena = base_arena_new();
  api_fork *made = BASE_NEW(arena, api_fork);
  *made = (api_fork){
      .arena = arena, .registry = api_registry_acquire(registry), .store = copy, .at = at};
  base_code code = open_engine(made, options, zone, error);
  if (code != BASE_OK) {
    api_fork_close(made);
    return code;
  }
  *fork = made;
  return BASE_OK;
}

void api_fork_close(api_fork *fork) {
  if (fork == NULL) return;
  api_engine_free(fork->engine);
  if (fork->clock != NULL) base_clock_free(fork->clock);
  if (fork->store != NULL) store_close(fork->store);
  if (fork->path != NULL) store_remove(fork->path);
  api_registry_release(fork->registry);
  base_arena_free(fork->arena);
}

api_engine *api_fork_engine(const api_fork *fork) {
  return fork->engine;
}

const api_registry *api_fork_registry(const api_fork *fork) {
  return fork->registry;
}

uint64_t api_fork_sequence(const api_fork *fork) {
  return fork->sequence;
}

int64_t api_fork_at(const api_fork *fork) {
  return fork->at;
}

base_code api_fork_advance(api_fork *fork, int64_t to, base_error *error) {
  api_session session = api_boot_session(fork->engine);
  base_buffer params = {0};
  base_buffer result = {0};
  data_append_map(&params, 1);
  data_append_pair_integer(&params, "to", to);
  base_code code = api_engine_call(fork->engine, &session, "clock.advance",
                                   base_buffer_slice(&params), &result, error);
  error->data = (base_slice){0}; /* lies in `result` */
  base_buffer_fini(&params);
  base_buffer_fini(&result);
  return code;
}
