/* fuzz: what targets share that need a whole server without sockets: a store in memory, a test clock,
 * the core and a package of the target's.
 *
 * Memory:  fuzz_server_open makes all of it; it goes, with its files, when the process ends.
 * Threads: the target's, and the engine's lanes.
 * Fails:   aborts with a word: that is the finding. */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/api.h"
#include "base/log.h"
#include "base/random.h"

#define FUZZ_NOW ((int64_t)1772848800000) /* 2026-03-07 10:00 in Shanghai */
#define FUZZ_ENTRIES 20000                /* then the store begins anew, or memory would fill */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct fuzz_server {
  char directory[64];
  api_package *package; /* besides the core; NULL: none */
  const data_zone *zone;
  base_clock *clock;
  store *store;
  api_registry *registry;
  api_engine *engine;
} fuzz_server;

static fuzz_server fuzz_shop;

static inline void fuzz_require(bool holds, const char *what) {
  if (holds) return;
  (void)fprintf(stderr, "fuzz: %s\n", what);
  abort();
}

/* A copy of exactly these bytes, so that the sanitizer sees a read past their end. */
static inline base_slice fuzz_copy(const uint8_t *data, size_t size) {
  uint8_t *copy = base_alloc(size > 0 ? size : 1);
  if (size > 0) memcpy(copy, data, size);
  return base_slice_make(copy, size);
}

static inline void fuzz_free(base_slice copy) {
  free((void *)(uintptr_t)copy.data);
}

/* --- the server ---------------------------------------------------------------------------------- */

static inline int fuzz_remove(const char *path, const struct stat *state, int kind,
                              struct FTW *place) {
  (void)state, (void)kind, (void)place;
  return remove(path);
}

static inline void fuzz_server_close(void) {
  fuzz_server *self = &fuzz_shop;
  if (self->engine != NULL) api_engine_free(self->engine);
  if (self->store != NULL) store_close(self->store);
  if (self->clock != NULL) base_clock_free(self->clock);
  self->engine = NULL;
  self->store = NULL;
  self->clock = NULL;
  (void)nftw(self->directory, fuzz_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* Runs at the end, also of libFuzzer. */
static inline void fuzz_server_end(void) {
  fuzz_server_close();
  api_registry_release(fuzz_shop.registry);
  data_zone_fini();
}

static inline void fuzz_server_begin(void) {
  fuzz_server *self = &fuzz_shop;
  base_error error = {.language = BASE_EN};
  bool memory = access("/dev/shm", W_OK) == 0;
  (void)snprintf(self->directory, sizeof self->directory, "%s/haoke-fuzz-XXXXXX",
                 memory ? "/dev/shm" : "/tmp");
  fuzz_require(mkdtemp(self->directory) != NULL, "no place for a store");
  const store_options storage = {.directory = self->directory, .map_bytes = (size_t)1 << 30};
  const api_engine_options options = {.language = BASE_EN,
                                      .password = {.passes = 1, .memory_kib = 8},
                                      .script_instructions = 200000,
                                      .guesses = {.window_ms = 600000,
                                                  .pair = 1000,
                                                  .user = 1000,
                                                  .address = 1000,
                                                  .kept = 1024,
                                                  .share_percent = 100},
                                      .backup_directory = self->directory};
  self->clock = base_clock_new_test(FUZZ_NOW);
  fuzz_require(store_open(&storage, &self->store, &error) == BASE_OK, error.message);
  fuzz_require(api_engine_new(&options, self->store, self->clock, self->zone, self->registry,
                              &self->engine, &error) == BASE_OK,
               error.message);
}

/* Takes the package over; NULL for the core alone. */
static inline void fuzz_server_open(api_package *package) {
  fuzz_server *self = &fuzz_shop;
  base_error error = {.language = BASE_EN};
  api_package *packages[] = {api_core_package(), package};
  base_random_init();
  base_log_set_level(BASE_LOG_ERROR);
  fuzz_require(data_zone_find(base_slice_text("Asia/Shanghai"), &self->zone, &error) == BASE_OK,
               error.message);
  fuzz_require(api_registry_new(packages, package == NULL ? 1 : 2, (base_slice){0}, &self->registry,
                                &error) == BASE_OK,
               error.message);
  fuzz_server_begin();
  (void)atexit(fuzz_server_end);
}

/* Before each input. */
static inline void fuzz_server_rest(void) {
  if (store_info_get(fuzz_shop.store).sequence < FUZZ_ENTRIES) return;
  fuzz_server_close();
  fuzz_server_begin();
}

static inline api_session fuzz_session(void) {
  api_session session = {.language = BASE_EN, .administrator = true, .staff = true};
  (void)snprintf(session.user, sizeof session.user, "admin");
  return session;
}
