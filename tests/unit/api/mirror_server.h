/* mirror_server: the delivered core over a store of its own, and short ways to call it.
 *
 * Memory:  begin makes all of it, end removes all of it; results live until the next call.
 * Threads: the test's.
 * Fails:   the test, with the seed and the number of the op. */
#pragma once

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "mirror_query.h"

/* 2026-03-07 10:00 in Shanghai. */
#define SERVER_NOW ((int64_t)1772848800000)

typedef struct server {
  char directory[96];
  store *store;
  base_clock *clock;
  const data_zone *zone;
  api_registry *registry;
  api_engine *engine;
  api_session administrator;
  base_error error;
  base_buffer params;
  base_buffer result;
  api_delivery_options delivery;
  uint64_t seed;
  long op; /* which one is under way */
} server;

#define COMPLAIN(self, ...)                                                                        \
  do {                                                                                             \
    print_message("seed %llu, op %ld: ", (unsigned long long)(self)->seed, (self)->op);            \
    fail_msg(__VA_ARGS__);                                                                         \
  } while (0)

static inline void server_check(server *self, base_code code) {
  if (code == BASE_OK) return;
  COMPLAIN(self, "%s [%s]: %s", base_code_name(code), self->error.field, self->error.message);
}

static inline void server_start(server *self) {
  store_options storage = {.directory = self->directory, .map_bytes = (size_t)64 << 30};
  api_engine_options options = {
      .language = BASE_EN, .build_rows = 40, .reader_lanes = 1, .delivery = self->delivery};
  api_package *packages[] = {api_core_package()};
  server_check(self, store_open(&storage, &self->store, &self->error));
  server_check(self, api_registry_new(packages, 1, (base_slice){0}, &self->registry, &self->error));
  server_check(self, api_engine_new(&options, self->store, self->clock, self->zone, self->registry,
                                    &self->engine, &self->error));
}

static inline void server_stop(server *self) {
  api_engine_free(self->engine);
  api_registry_release(self->registry);
  if (self->store != NULL) store_close(self->store);
  self->engine = NULL;
  self->registry = NULL;
  self->store = NULL;
}

/* Memory serves as well as a disk here, and a commit costs less. */
static inline const char *server_parent(void) {
  const char *wanted = getenv("TMPDIR");
  if (wanted != NULL) return wanted;
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

static inline int server_begin(void **state) {
  server *self = base_alloc(sizeof *self);
  *self = (server){
      .administrator = {.user = "王芳", .administrator = true, .staff = true, .language = BASE_EN},
      .error = {.language = BASE_EN}};
  base_random_init();
  (void)snprintf(self->directory, sizeof self->directory, "%s/haoke-random-XXXXXX",
                 server_parent());
  if (mkdtemp(self->directory) == NULL) return -1;
  self->clock = base_clock_new_test(SERVER_NOW);
  server_check(self, data_zone_find(base_slice_text("Asia/Shanghai"), &self->zone, &self->error));
  server_start(self);
  *state = self;
  return 0;
}

static inline int server_remove(const char *path, const struct stat *stat, int type,
                                struct FTW *walk) {
  (void)stat, (void)type, (void)walk;
  return remove(path);
}

static inline int server_end(void **state) {
  server *self = *state;
  server_stop(self);
  base_clock_free(self->clock);
  base_buffer_fini(&self->params);
  base_buffer_fini(&self->result);
  data_zone_fini();
  int status = nftw(self->directory, server_remove, 8, FTW_DEPTH | FTW_PHYS);
  free(self);
  return status;
}

/* --- calls ------------------------------------------------------------------------------------------ */

/* The params are in self->params, a map with that many pairs; the result is in self->result. */
static inline base_buffer *server_params(server *self, size_t pairs) {
  base_buffer_clear(&self->params);
  data_append_map(&self->params, pairs);
  return &self->params;
}

static inline base_code server_call(server *self, const char *op) {
  return api_engine_call(self->engine, &self->administrator, op, base_buffer_slice(&self->params),
                         &self->result, &self->error);
}

/* Calls, and fails unless it answers with that code. */
static inline void server_expect(server *self, const char *op, base_code expected) {
  base_code code = server_call(self, op);
  if (code == expected) return;
  COMPLAIN(self, "%s answered %s (%s), not %s", op, base_code_name(code), self->error.message,
           base_code_name(expected));
}

static inline base_slice server_result(const server *self) {
  return base_buffer_slice(&self->result);
}

/* Fires what is due. */
static inline void server_settle(server *self) {
  data_append_pair_integer(server_params(self, 1), "to", SERVER_NOW);
  server_expect(self, "clock.advance", BASE_OK);
}

static inline void server_finding(const char *finding, void *self) {
  (void)self;
  print_message("%s\n", finding);
}

/* What `haoke verify` looks at. */
static inline void server_verify(server *self) {
  store_view *view;
  base_arena *arena = base_arena_new();
  model_check_report report = {0};
  server_check(self, store_view_open(self->store, &view, &self->error));
  uint64_t last = store_view_sequence(view);
  server_check(self, store_chain_verify(view, 1, last, NULL, NULL, &self->error));
  /* As it describes itself: the version with all fields. */
  base_buffer_clear(&self->params);
  crm_ctx ctx = {.arena = arena,
                 .error = &self->error,
                 .set = store_change_set_new(view, arena),
                 .zone = self->zone,
                 .now = SERVER_NOW};
  model_schema *schema = NULL;
  server_check(self, model_schema_stored(&ctx, &schema));
  ctx.schema = schema;
  base_code code = model_check(&ctx, server_finding, self, &report);
  model_schema_free(schema);
  store_view_close(view);
  base_arena_free(arena);
  server_check(self, code);
}
