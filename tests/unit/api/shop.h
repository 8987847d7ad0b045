/* shop: a small server for one test: a store in a directory of its own, a test clock, the packages
 * of shop_packages.h, and short ways to call it.
 *
 * Memory:  shop_begin makes all of it, shop_end removes all of it, the files too.
 * Threads: the test's; calls may come from any.
 * Fails:   the test fails with the op's message. */
#pragma once

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "base/metric.h"
#include "base/random.h"
#include "shop_packages.h"

/* 2026-03-07 10:00 in Shanghai. */
#define SHOP_NOW ((int64_t)1772848800000)
#define SHOP_MINUTE ((int64_t)60 * 1000)
#define SHOP_HOUR ((int64_t)60 * SHOP_MINUTE)
#define SHOP_DAY ((int64_t)24 * SHOP_HOUR)

typedef struct shop {
  char directory[64];
  size_t map_bytes;
  size_t group_ops;
  bool reads_on_loop;
  int64_t loop_rows;
  bool hired; /* the users are there; see shop_staff.h */
  int64_t job_kept;
  size_t export_bytes;
  api_import_options import;
  size_t change_set_bytes;
  size_t tail_bytes;
  int64_t drain_ms;
  api_package *packages[2];
  store *store;
  base_clock *clock;
  const data_zone *zone;
  api_registry *registry;
  api_engine *engine;
  api_session administrator;
  api_session staff;
  api_session stranger;
  base_arena *arena;
  base_error error;
} shop;

static inline api_session shop_session(const char *user, bool administrator) {
  api_session session = {.language = BASE_EN, .administrator = administrator, .staff = true};
  (void)snprintf(session.user, sizeof session.user, "%s", user);
  return session;
}

static inline void shop_check(const shop *self, base_code code) {
  if (code != BASE_OK) {
    fail_msg("%s [%s]: %s", base_code_name(code), self->error.field, self->error.message);
  }
}

static inline base_code shop_try_start(shop *self) {
  store_options storage = {.directory = self->directory,
                           .map_bytes = self->map_bytes,
                           .change_set_bytes = self->change_set_bytes,
                           .tail_bytes = self->tail_bytes};
  api_engine_options options = {.group_ops = self->group_ops,
                                .group_ms = 60000,
                                .reads_on_loop = self->reads_on_loop,
                                .loop_rows = self->loop_rows,
                                .drain_ms = self->drain_ms,
                                .job_kept = self->job_kept,
                                .export_bytes = self->export_bytes,
                                .import = self->import,
                                .language = BASE_EN};
  shop_check(self, store_open(&storage, &self->store, &self->error));
  shop_check(self,
             api_registry_new(self->packages, 2, (base_slice){0}, &self->registry, &self->error));
  return api_engine_new(&options, self->store, self->clock, self->zone, self->registry,
                        &self->engine, &self->error);
}

static inline void shop_start(shop *self) {
  shop_check(self, shop_try_start(self));
}

static inline void shop_stop(shop *self) {
  api_engine_free(self->engine);
  api_registry_release(self->registry);
  if (self->store != NULL) store_close(self->store);
  self->engine = NULL;
  self->registry = NULL;
  self->store = NULL;
}

static inline void shop_restart(shop *self) {
  shop_stop(self);
  shop_start(self);
}

/* Everything but the engine. */
static inline int shop_begin_stopped(void **state) {
  shop *self = base_alloc(sizeof *self);
  *self = (shop){.directory = "/tmp/haoke-api-XXXXXX",
                 .map_bytes = (size_t)64 << 20,
                 .packages = {&shop_core, &shop_agency},
                 .administrator = shop_session("王芳", true),
                 .staff = shop_session("李静", false),
                 .stranger = {.language = BASE_EN},
                 .error = {.language = BASE_EN}};
  base_random_init();
  base_log_set_level(BASE_LOG_ERROR);
  if (mkdtemp(self->directory) == NULL) return -1;
  self->arena = base_arena_new();
  self->clock = base_clock_new_test(SHOP_NOW);
  shop_check(self, data_zone_find(base_slice_text("Asia/Shanghai"), &self->zone, &self->error));
  shop_reset_switches();
  *state = self;
  return 0;
}

static inline int shop_begin(void **state) {
  if (shop_begin_stopped(state) != 0) return -1;
  shop_start(*state);
  return 0;
}

static inline int shop_remove(const char *path, const struct stat *stat, int type,
                              struct FTW *walk) {
  (void)stat, (void)type, (void)walk;
  return remove(path);
}

static inline int shop_end(void **state) {
  shop *self = *state;
  shop_stop(self);
  base_clock_free(self->clock);
  data_zone_fini();
  base_arena_free(self->arena);
  int status = nftw(self->directory, shop_remove, 8, FTW_DEPTH | FTW_PHYS);
  free(self);
  return status;
}

/* --- params ------------------------------------------------------------------------------------ */

/* shop_map(self, "name", "张建国", "id", 12, …) with the kinds of the values in `kinds`: t text,
 * i int64_t, b bool, r an encoded value. */
static inline base_slice shop_map(shop *self, const char *kinds, ...) {
  base_buffer out = {0};
  va_list values;
  va_start(values, kinds);
  data_append_map(&out, strlen(kinds));
  for (const char *kind = kinds; *kind != '\0'; kind++) {
    data_append_text(&out, va_arg(values, const char *));
    if (*kind == 't') data_append_text(&out, va_arg(values, const char *));
    if (*kind == 'i') data_append_integer(&out, va_arg(values, int64_t));
    if (*kind == 'b') data_append_boolean(&out, va_arg(values, int));
    if (*kind == 'r') data_append_raw(&out, va_arg(values, base_slice));
  }
  va_end(values);
  base_slice made = base_arena_slice(self->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

/* --- calls ------------------------------------------------------------------------------------- */

/* The result, or what error.data points at; self->error tells how it went. */
static inline base_slice shop_try_as(shop *self, const api_session *session, const char *op,
                                     base_slice params) {
  base_buffer result = {0};
  base_slice kept;
  base_code code = api_engine_call(self->engine, session, op, params, &result, &self->error);
  assert_int_equal(code, self->error.code);
  kept = base_arena_slice(self->arena, base_buffer_slice(&result));
  if (self->error.data.size > 0) self->error.data = kept;
  base_buffer_fini(&result);
  return kept;
}

static inline base_slice shop_try(shop *self, const char *op, base_slice params) {
  return shop_try_as(self, &self->staff, op, params);
}

static inline base_slice shop_call(shop *self, const char *op, base_slice params) {
  base_slice result = shop_try(self, op, params);
  shop_check(self, self->error.code);
  return result;
}

static inline void shop_refused(shop *self, base_code code, const char *op, base_slice params) {
  (void)shop_try(self, op, params);
  if (self->error.code == code) return;
  fail_msg("%s answered %s (%s), not %s", op, base_code_name(self->error.code), self->error.message,
           base_code_name(code));
}

static inline void shop_advance(shop *self, int64_t to) {
  (void)shop_try_as(self, &self->administrator, "clock.advance", shop_map(self, "i", "to", to));
  shop_check(self, self->error.code);
}

/* How many records of that type there are. */
static inline int64_t shop_count(shop *self, const char *type) {
  return data_map_integer(shop_call(self, "record.count", shop_map(self, "t", "type", type)),
                          "count", -1);
}

static inline uint64_t shop_entries(const shop *self) {
  return store_info_get(self->store).sequence;
}

/* The newest entry but `back`; its slices live in the arena. */
static inline store_entry shop_entry(shop *self, uint64_t back) {
  store_view *view;
  store_entry entry;
  shop_check(self, store_view_open(self->store, &view, &self->error));
  assert_true(store_entry_get(view, store_view_sequence(view) - back, &entry));
  entry.head.actor = base_arena_slice(self->arena, entry.head.actor);
  entry.head.op = base_arena_slice(self->arena, entry.head.op);
  entry.head.request = base_arena_slice(self->arena, entry.head.request);
  entry.head.packages = base_arena_slice(self->arena, entry.head.packages);
  store_view_close(view);
  return entry;
}

typedef struct shop_metric_search {
  const char *name;
  int64_t value;
} shop_metric_search;

static inline void shop_find_metric(const char *name, int64_t value, void *self) {
  shop_metric_search *search = self;
  if (strcmp(name, search->name) == 0) search->value = value;
}

static inline int64_t shop_metric(const char *name) {
  shop_metric_search search = {.name = name};
  base_metric_each(shop_find_metric, &search);
  return search.value;
}

static inline void assert_text(base_slice slice, const char *expected) {
  if (!base_slice_is(slice, expected)) {
    fail_msg("\"%.*s\" is not \"%s\"", BASE_SLICE_ARGS(slice), expected);
  }
}
