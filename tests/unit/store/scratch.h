/* scratch: a store in a directory of its own for one test, and short ways to use it.
 *
 * Memory:  scratch_begin makes all of it, scratch_end removes all of it, the files too.
 * Threads: the test's.
 * Fails:   the test fails with the store's message. */
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
#include "store/store.h"

typedef struct scratch {
  char root[256];
  char directory[288];
  store_options options; /* for the next opening; the directory is filled in */
  base_arena *arena;
  store *store;
  base_error error;
} scratch;

#define ASSERT_OK(scratch, call)                                                                   \
  do {                                                                                             \
    base_code assert_code = (call);                                                                \
    if (assert_code != BASE_OK) {                                                                  \
      fail_msg("%s: %s", base_code_name(assert_code), (scratch)->error.message);                   \
    }                                                                                              \
  } while (0)

static inline void scratch_open(scratch *self) {
  store_options options = self->options;
  options.directory = self->directory;
  ASSERT_OK(self, store_open(&options, &self->store, &self->error));
}

static inline void scratch_close(scratch *self) {
  if (self->store != NULL) store_close(self->store);
  self->store = NULL;
}

static inline void scratch_reopen(scratch *self) {
  scratch_close(self);
  scratch_open(self);
}

static inline int scratch_begin_below(void **state, const char *parent) {
  scratch *self = base_alloc(sizeof *self);
  *self = (scratch){.options = {.map_bytes = (size_t)256 << 20}, .error = {.language = BASE_EN}};
  base_random_init();
  (void)snprintf(self->root, sizeof self->root, "%s/haoke-store-XXXXXX",
                 parent == NULL ? "/tmp" : parent);
  if (mkdtemp(self->root) == NULL) return -1;
  (void)snprintf(self->directory, sizeof self->directory, "%s/data", self->root);
  self->arena = base_arena_new();
  *state = self;
  return 0;
}

/* The directory alone; the test opens the store itself. */
static inline int scratch_begin_closed(void **state) {
  return scratch_begin_below(state, getenv("TMPDIR"));
}

/* The same where a sync costs nothing, if there is such a place: for very many short ops. */
static inline int scratch_begin_fast(void **state) {
  bool there = access("/dev/shm", W_OK) == 0;
  return scratch_begin_below(state, there ? "/dev/shm" : getenv("TMPDIR"));
}

static inline int scratch_begin(void **state) {
  if (scratch_begin_closed(state) != 0) return -1;
  scratch_open(*state);
  return 0;
}

static inline int scratch_remove(const char *path, const struct stat *stat, int type,
                                 struct FTW *walk) {
  (void)stat, (void)type, (void)walk;
  return remove(path);
}

static inline int scratch_end(void **state) {
  scratch *self = *state;
  scratch_close(self);
  base_arena_free(self->arena);
  int status = nftw(self->root, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
  free(self);
  return status;
}

static inline base_slice text(const char *from) {
  return base_slice_text(from);
}

static inline store_entry_head scratch_head(int64_t at) {
  return (store_entry_head){
      .at = at, .actor = text("wangfang"), .op = text("record.update"), .request = text("")};
}

/* Commits one put, or one delete when `value` is NULL, as one entry; returns its sequence. */
static inline uint64_t scratch_commit(scratch *self, store_table table, const char *key,
                                      const char *value) {
  uint64_t sequence = 0;
  store_group *group;
  store_entry_head head = scratch_head(1772848800000);
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  if (value == NULL) {
    ASSERT_OK(self, store_delete(set, table, text(key), &self->error));
  } else {
    ASSERT_OK(self, store_put(set, table, text(key), text(value), &self->error));
  }
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  ASSERT_OK(self, store_group_commit(group, &self->error));
  return sequence;
}

/* Brings everything into LMDB: the next opening finds nothing to put into the tail. */
static inline void scratch_drain(scratch *self) {
  ASSERT_OK(self, store_drain(self->store, &self->error));
  ASSERT_OK(self, store_drain(self->store, &self->error));
}

static inline store_view *scratch_view(scratch *self) {
  store_view *view;
  ASSERT_OK(self, store_view_open(self->store, &view, &self->error));
  return view;
}

static inline void assert_slice(base_slice slice, const char *expected) {
  if (!base_slice_is(slice, expected)) {
    fail_msg("\"%.*s\" is not \"%s\"", BASE_SLICE_ARGS(slice), expected);
  }
}

/* `expected` NULL: the set does not have the key. */
static inline void assert_get(const store_change_set *set, store_table table, const char *key,
                              const char *expected) {
  base_slice value;
  bool found = store_get(set, table, text(key), &value);
  if (found != (expected != NULL)) fail_msg("\"%s\": found is %d", key, found);
  if (expected != NULL) assert_slice(value, expected);
}

/* What is committed now. */
static inline void assert_committed(scratch *self, store_table table, const char *key,
                                    const char *expected) {
  store_view *view = scratch_view(self);
  assert_get(store_change_set_new(view, self->arena), table, key, expected);
  store_view_close(view);
}
