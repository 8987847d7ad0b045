/* desk: plugins in a server for one test: a store in a directory of its own, a test clock, the
 * core's package and the plugins named.
 *
 * Memory:  desk_begin makes all of it, desk_end removes all of it, the files too.
 * Threads: the test's.
 * Fails:   the test fails with the message of whatever refused. */
#pragma once

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "base/log.h"
#include "base/random.h"
#include "loader/loader.h"

/* 2026-03-07 10:00 in Shanghai. */
#define DESK_NOW ((int64_t)1772848800000)
#define DESK_DAY ((int64_t)24 * 60 * 60 * 1000)
#define DESK_PLUGINS_MAX 4

typedef struct desk {
  char directory[64];
  char copies[96];
  store *store;
  base_clock *clock;
  const data_zone *zone;
  api_registry *registry;
  api_engine *engine;
  api_session staff;
  api_session administrator;
  base_arena *arena;
  base_error error;
} desk;

static inline void desk_check(const desk *self, base_code code) {
  if (code != BASE_OK) {
    fail_msg("%s [%s]: %s", base_code_name(code), self->error.field, self->error.message);
  }
}

/* Everything but store, registry and engine. */
static inline int desk_begin(void **state) {
  desk *self = base_alloc(sizeof *self);
  *self = (desk){
      .directory = "/tmp/haoke-loader-XXXXXX",
      .staff = {.user = "李静", .staff = true, .language = BASE_EN},
      .administrator = {.user = "王芳", .staff = true, .administrator = true, .language = BASE_EN},
      .error = {.language = BASE_EN}};
  base_random_init();
  base_log_set_level(BASE_LOG_ERROR);
  if (mkdtemp(self->directory) == NULL) return -1;
  (void)snprintf(self->copies, sizeof self->copies, "%s/copies", self->directory);
  self->arena = base_arena_new();
  self->clock = base_clock_new_test(DESK_NOW);
  desk_check(self, data_zone_find(base_slice_text("Asia/Shanghai"), &self->zone, &self->error));
  *state = self;
  return 0;
}

static inline void desk_load(desk *self, const char *path, api_package **package) {
  desk_check(self, loader_plugin_load(path, self->copies, package, &self->error));
}

/* Opens the store and starts the server with the plugins at these paths; NULL ends the list. */
static inline void desk_start(desk *self, base_slice configs, const char *const *paths) {
  api_package *packages[DESK_PLUGINS_MAX + 1] = {api_core_package()};
  size_t count = 1;
  char data[96];
  (void)snprintf(data, sizeof data, "%s/data", self->directory);
  store_options storage = {.directory = data, .map_bytes = (size_t)64 << 20};
  api_engine_options options = {.language = BASE_EN};
  for (; paths[count - 1] != NULL; count++) desk_load(self, paths[count - 1], &packages[count]);
  desk_check(self, store_open(&storage, &self->store, &self->error));
  desk_check(self, api_registry_new(packages, count, configs, &self->registry, &self->error));
  desk_check(self, api_engine_new(&options, self->store, self->clock, self->zone, self->registry,
                                  &self->engine, &self->error));
}

static inline void desk_stop(desk *self) {
  api_engine_free(self->engine);
  api_registry_release(self->registry);
  if (self->store != NULL) store_close(self->store);
  self->engine = NULL;
  self->registry = NULL;
  self->store = NULL;
}

static inline int desk_remove(const char *path, const struct stat *stat, int type,
                              struct FTW *walk) {
  (void)stat, (void)type, (void)walk;
  return remove(path);
}

static inline int desk_end(void **state) {
  desk *self = *state;
  desk_stop(self);
  base_clock_free(self->clock);
  data_zone_fini();
  base_arena_free(self->arena);
  int status = nftw(self->directory, desk_remove, 8, FTW_DEPTH | FTW_PHYS);
  free(self);
  return status;
}

/* --- calls ------------------------------------------------------------------------------------- */

/* desk_map(self, "ti", "name", "张建国", "id", (int64_t)12): t text, i int64_t, r an encoded value.
 */
static inline base_slice desk_map(desk *self, const char *kinds, ...) {
  base_buffer out = {0};
  va_list values;
  va_start(values, kinds);
  data_append_map(&out, strlen(kinds));
  for (const char *kind = kinds; *kind != '\0'; kind++) {
    data_append_text(&out, va_arg(values, const char *));
    if (*kind == 't') data_append_text(&out, va_arg(values, const char *));
    if (*kind == 'i') data_append_integer(&out, va_arg(values, int64_t));
    if (*kind == 'r') data_append_raw(&out, va_arg(values, base_slice));
  }
  va_end(values);
  base_slice made = base_arena_slice(self->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

/* The result; self->error tells how it went. */
static inline base_slice desk_try_as(desk *self, const api_session *session, const char *op,
                                     base_slice params) {
  base_buffer result = {0};
  base_error_clear(&self->error);
  (void)api_engine_call(self->engine, session, op, params, &result, &self->error);
  base_slice kept = base_arena_slice(self->arena, base_buffer_slice(&result));
  base_buffer_fini(&result);
  return kept;
}

static inline base_slice desk_call_as(desk *self, const api_session *session, const char *op,
                                      base_slice params) {
  base_slice result = desk_try_as(self, session, op, params);
  desk_check(self, self->error.code);
  return result;
}

static inline base_slice desk_call(desk *self, const char *op, base_slice params) {
  return desk_call_as(self, &self->staff, op, params);
}

/* The op fails with that code, and its message contains `words`. */
static inline void desk_refused(desk *self, base_code code, const char *words, const char *op,
                                base_slice params) {
  (void)desk_try_as(self, &self->staff, op, params);
  if (self->error.code != code || strstr(self->error.message, words) == NULL) {
    fail_msg("%s answered %s: %s", op, base_code_name(self->error.code), self->error.message);
  }
}

static inline base_slice desk_create(desk *self, const char *type, base_slice values) {
  return desk_call(self, "record.create", desk_map(self, "tr", "type", type, "values", values));
}

static inline base_slice desk_get(desk *self, const char *type, int64_t id) {
  return desk_call(self, "record.get", desk_map(self, "ti", "type", type, "id", id));
}

static inline int64_t desk_count(desk *self, const char *type) {
  return data_map_integer(desk_call(self, "record.count", desk_map(self, "t", "type", type)),
                          "count", -1);
}

static inline int64_t desk_customer(desk *self, const char *name, const char *phone) {
  base_slice values = desk_map(self, "tt", "name", name, "phone", phone);
  return data_map_integer(desk_create(self, "customer", values), "id", 0);
}

static inline void assert_text(base_slice slice, const char *expected) {
  if (!base_slice_is(slice, expected)) {
    fail_msg("\"%.*s\" is not \"%s\"", BASE_SLICE_ARGS(slice), expected);
  }
}
