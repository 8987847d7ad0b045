/* world: a store in a directory of its own, a schema and a ctx over a group or a view, for one test;
 * and values written as text.
 *
 * Memory:  world_begin makes all of it, world_end removes all of it, the files too.
 * Threads: the test's.
 * Fails:   the test fails with the model's message. */
#pragma once

#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "base/random.h"
#include "model/model.h"

/* 2026-03-07 10:00 in Shanghai. */
#define WORLD_NOW ((int64_t)1772848800000)
#define WORLD_SCAN_ROWS 20000

typedef struct world {
  char root[256];
  char directory[288];
  base_arena *arena;
  store *store;
  model_schema *schema;
  store_group *group; /* of a ctx that writes */
  store_view *view;   /* of a ctx that reads */
  base_error error;
  crm_ctx ctx;
} world;

/* --- checks ------------------------------------------------------------------------------------- */

static inline void world_require(const world *self, base_code code) {
  if (code != BASE_OK) {
    fail_msg("%s [%s]: %s", base_code_name(code), self->error.field, self->error.message);
  }
}

#define OK(world, call)                                                                            \
  do {                                                                                             \
    base_error_clear(&(world)->error);                                                             \
    world_require((world), (call));                                                                \
  } while (0)

/* The call fails with that code; `says` is part of its message and `at` its field, or NULL. */
#define REFUSED(world, code, at, says, call)                                                       \
  do {                                                                                             \
    base_error_clear(&(world)->error);                                                             \
    world_refused((world), (code), (at), (says), (call));                                          \
  } while (0)

static inline void world_refused(const world *self, base_code wanted, const char *field,
                                 const char *says, base_code code) {
  const base_error *error = &self->error;
  if (code != wanted || (code != BASE_OK && error->code != code)) {
    fail_msg("%s (%s), not %s", base_code_name(code), error->message, base_code_name(wanted));
  }
  if (field != NULL && strcmp(error->field, field) != 0) {
    fail_msg("the field is \"%s\", not \"%s\": %s", error->field, field, error->message);
  }
  if (says != NULL && strstr(error->message, says) == NULL) {
    fail_msg("\"%s\" does not say \"%s\"", error->message, says);
  }
}

static inline base_slice text(const char *from) {
  return base_slice_text(from);
}

static inline void assert_slice(base_slice slice, const char *expected) {
  if (!base_slice_is(slice, expected)) {
    fail_msg("\"%.*s\" is not \"%s\"", BASE_SLICE_ARGS(slice), expected);
  }
}

/* --- values as text ----------------------------------------------------------------------------- */

/* JSON with single quotes and bare keys: {name: '王秀兰', tags: ['老客户'], spent: 120, gone: nil} */
static inline void world_notation(const char **at, base_buffer *out);

static inline void world_blank(const char **at) {
  while (**at == ' ' || **at == ',' || **at == ':' || **at == '\n') *at += 1;
}

static inline base_slice world_word(const char **at) {
  bool quoted = **at == '\'';
  const char *begin = *at + (quoted ? 1 : 0);
  const char *end = begin + strcspn(begin, quoted ? "'" : " ,:]}");
  *at = end + (quoted ? 1 : 0);
  return base_slice_make(begin, (size_t)(end - begin));
}

static inline void world_container(const char **at, char close, base_buffer *out) {
  size_t count = 0;
  size_t place = close == '}' ? data_append_open_map(out) : data_append_open_array(out);
  for (*at += 1, world_blank(at); **at != close; world_blank(at), count++) {
    if (close == '}') {
      data_append_slice(out, world_word(at));
      world_blank(at);
    }
    world_notation(at, out);
  }
  *at += 1;
  data_append_close(out, place, count);
}

static inline void world_bare(base_slice word, base_buffer *out) {
  if (base_slice_is(word, "nil")) {
    data_append_nil(out);
  } else if (base_slice_is(word, "true") || base_slice_is(word, "false")) {
    data_append_boolean(out, base_slice_is(word, "true"));
  } else {
    char *end = NULL;
    long long number = strtoll((const char *)word.data, &end, 10);
    if ((const uint8_t *)end != word.data + word.size || word.size == 0) {
      fail_msg("\"%.*s\" is no value", BASE_SLICE_ARGS(word));
    }
    data_append_integer(out, number);
  }
}

static inline void world_notation(const char **at, base_buffer *out) {
  world_blank(at);
  if (**at == '{' || **at == '[') {
    world_container(at, **at == '{' ? '}' : ']', out);
  } else if (**at == '\'') {
    data_append_slice(out, world_word(at));
  } else {
    world_bare(world_word(at), out);
  }
}

/* The value that the text stands for, as msgpack in the world's arena. */
static inline base_slice world_value(world *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline base_slice world_value(world *self, const char *format, ...) {
  char *written = NULL;
  va_list values;
  va_start(values, format);
  int size = vasprintf(&written, format, values);
  va_end(values);
  assert_true(size >= 0);
  base_buffer out = {0};
  const char *at = written;
  world_notation(&at, &out);
  free(written);
  base_slice made = base_arena_slice(self->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

/* The map has these pairs; a nil pair must be missing. */
#define assert_has(world, map, ...) world_has((map), world_value((world), __VA_ARGS__))

static inline void world_has(base_slice map, base_slice pairs) {
  data_walk walk = data_walk_begin(pairs);
  while (data_walk_next(&walk)) {
    data_value value = {0};
    data_map_find_slice(map, walk.key.as.bytes, &value);
    if (data_compare(value, walk.value) != 0) {
      fail_msg("%.*s is not what it should be", BASE_SLICE_ARGS(walk.key.as.bytes));
    }
  }
}

/* --- the store and the ctx ---------------------------------------------------------------------- */

static inline void world_open(world *self) {
  store_options options = {.directory = self->directory, .map_bytes = (size_t)256 << 20};
  OK(self, store_open(&options, &self->store, &self->error));
}

static inline int world_begin(void **state) {
  const char *parent = getenv("TMPDIR");
  world *self = base_alloc(sizeof *self);
  *self = (world){.error = {.language = BASE_EN}};
  base_random_init();
  (void)snprintf(self->root, sizeof self->root, "%s/haoke-model-XXXXXX",
                 parent == NULL ? "/tmp" : parent);
  if (mkdtemp(self->root) == NULL) return -1;
  (void)snprintf(self->directory, sizeof self->directory, "%s/data", self->root);
  self->arena = base_arena_new();
  *state = self;
  world_open(self);
  return 0;
}

static inline void world_ctx(world *self, const store_view *view, bool writes) {
  self->ctx = (crm_ctx){.arena = self->arena,
                        .error = &self->error,
                        .set = store_change_set_new(view, self->arena),
                        .schema = self->schema,
                        .actor = {.name = text("李静"), .staff = true},
                        .now = WORLD_NOW,
                        .writes = writes,
                        .scan_rows = WORLD_SCAN_ROWS};
  OK(self, data_zone_find(text("Asia/Shanghai"), &self->ctx.zone, &self->error));
  self->ctx.today = data_zone_date(self->ctx.zone, self->ctx.now);
}

/* A ctx that writes, over a group of its own. */
static inline void world_write(world *self) {
  OK(self, store_group_begin(self->store, &self->group, &self->error));
  world_ctx(self, store_group_view(self->group), true);
}

static inline void world_commit(world *self) {
  store_entry_head head = {
      .at = self->ctx.now, .actor = self->ctx.actor.name, .op = text("record.update")};
  uint64_t sequence = 0;
  base_buffer_fini(&self->ctx.packages);
  OK(self, store_group_append(self->group, self->ctx.set, &head, &sequence, &self->error));
  OK(self, store_group_commit(self->group, &self->error));
  self->group = NULL;
}

static inline void world_abort(world *self) {
  base_buffer_fini(&self->ctx.packages);
  store_group_abort(self->group);
  self->group = NULL;
}

/* What was written so far is committed; the ctx goes on over a new group. */
static inline void world_settle(world *self) {
  model_actor actor = self->ctx.actor;
  int64_t scan_rows = self->ctx.scan_rows;
  world_commit(self);
  world_write(self);
  self->ctx.actor = actor;
  self->ctx.scan_rows = scan_rows;
}

/* What was written is dropped, as after a failed op; the ctx goes on over a new group. */
static inline void world_drop(world *self) {
  world_abort(self);
  world_write(self);
}

/* A ctx that reads what was committed. */
static inline void world_read(world *self) {
  OK(self, store_view_open(self->store, &self->view, &self->error));
  world_ctx(self, self->view, false);
}

static inline void world_leave(world *self) {
  store_view_close(self->view);
  self->view = NULL;
}

static inline int world_remove(const char *path, const struct stat *stat, int type,
                               struct FTW *walk) {
  (void)stat, (void)type, (void)walk;
  return remove(path);
}

static inline int world_end(void **state) {
  world *self = *state;
  base_buffer_fini(&self->ctx.packages);
  if (self->group != NULL) store_group_abort(self->group);
  if (self->view != NULL) store_view_close(self->view);
  store_close(self->store);
  model_schema_free(self->schema);
  data_zone_fini();
  base_arena_free(self->arena);
  int status = nftw(self->root, world_remove, 8, FTW_DEPTH | FTW_PHYS);
  free(self);
  return status;
}

/* --- schema and records ------------------------------------------------------------------------- */

static inline base_code world_try_schema(world *self, const model_type_definition *definitions,
                                         const model_rule *rules) {
  const model_type_definition *types[16];
  const model_rule *of[32];
  size_t type_count = 0;
  size_t rule_count = 0;
  for (; definitions[type_count].name != NULL; type_count++) {
    types[type_count] = &definitions[type_count];
  }
  for (; rules != NULL && rules[rule_count].name != NULL; rule_count++) {
    of[rule_count] = &rules[rule_count];
  }
  model_schema_free(self->schema);
  self->schema = NULL;
  return model_schema_new(types, type_count, of, rule_count, &self->schema, &self->error);
}

/* Tables end with an entry without a name; rules may be NULL. */
static inline void world_schema(world *self, const model_type_definition *definitions,
                                const model_rule *rules) {
  OK(self, world_try_schema(self, definitions, rules));
}

static inline const model_type *world_type(const world *self, const char *name) {
  const model_type *type = model_schema_find(self->schema, text(name));
  assert_non_null(type);
  return type;
}

static inline base_code world_try_create(world *self, const char *type, base_slice values,
                                         base_slice *record) {
  return model_record_create(&self->ctx, world_type(self, type), values, 0, record);
}

static inline base_code world_try_update(world *self, const char *type, int64_t id,
                                         base_slice values, base_slice *record) {
  return model_record_update(&self->ctx, world_type(self, type), id, values, 0, 0, record);
}

static inline base_slice world_create(world *self, const char *type, base_slice values) {
  base_slice record;
  OK(self, world_try_create(self, type, values, &record));
  return record;
}

static inline base_slice world_update(world *self, const char *type, int64_t id,
                                      base_slice values) {
  base_slice record;
  OK(self, world_try_update(self, type, id, values, &record));
  return record;
}

static inline base_slice world_get(world *self, const char *type, int64_t id) {
  base_slice record;
  OK(self, model_record_get(&self->ctx, world_type(self, type), id, &record));
  return record;
}

static inline base_slice world_delete(world *self, const char *type, int64_t id) {
  base_slice record;
  OK(self, model_record_delete(&self->ctx, world_type(self, type), id, 0, &record));
  return record;
}

static inline int64_t world_id(base_slice record) {
  return data_map_integer(record, "id", 0);
}

/* --- chance ------------------------------------------------------------------------------------- */

/* A number below `below`, from a sequence that the seed determines. */
static inline uint32_t world_random(uint64_t *seed, uint32_t below) {
  *seed += 0x9e3779b97f4a7c15u;
  uint64_t mixed = *seed;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)((mixed ^ (mixed >> 31)) % below);
}

/* How many questions a test asks; HAOKE_TEST_QUERIES says it for a longer run. */
static inline size_t world_queries(size_t usual) {
  const char *wanted = getenv("HAOKE_TEST_QUERIES");
  return wanted == NULL ? usual : (size_t)strtoull(wanted, NULL, 10);
}

/* HAOKE_TEST_SEED repeats a run. */
static inline uint64_t world_seed(uint64_t fixed) {
  const char *wanted = getenv("HAOKE_TEST_SEED");
  uint64_t seed = wanted == NULL ? fixed : strtoull(wanted, NULL, 10);
  print_message("seed %" PRIu64 "\n", seed);
  return seed;
}
