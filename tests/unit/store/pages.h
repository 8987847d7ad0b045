/* pages: reads and alters the data file of a closed store behind its back, through LMDB.
 *
 * Memory:  what pages_get returns is copied into the caller's arena.
 * Threads: the test's.
 * Fails:   the test fails with LMDB's message. */
#pragma once

#include <lmdb.h>

#include "scratch.h"

typedef struct pages {
  MDB_env *env;
  MDB_txn *txn;
  MDB_dbi table;
} pages;

static inline void pages_require(int status) {
  if (status != MDB_SUCCESS) fail_msg("%s", mdb_strerror(status));
}

static inline pages pages_open(const char *directory, const char *table, unsigned flags) {
  pages self;
  pages_require(mdb_env_create(&self.env));
  pages_require(mdb_env_set_maxdbs(self.env, 16));
  pages_require(mdb_env_open(self.env, directory, 0, 0600));
  pages_require(mdb_txn_begin(self.env, NULL, 0, &self.txn));
  pages_require(mdb_dbi_open(self.txn, table, flags, &self.table));
  return self;
}

static inline void pages_close(pages *self) {
  pages_require(mdb_txn_commit(self->txn));
  mdb_env_close(self->env);
}

static inline base_slice pages_get(pages *self, base_slice key, base_arena *arena) {
  MDB_val name = {.mv_size = key.size, .mv_data = (void *)key.data}, value;
  pages_require(mdb_get(self->txn, self->table, &name, &value));
  return base_arena_slice(arena, base_slice_make(value.mv_data, value.mv_size));
}

static inline void pages_put(pages *self, base_slice key, base_slice value) {
  MDB_val name = {.mv_size = key.size, .mv_data = (void *)key.data};
  MDB_val bytes = {.mv_size = value.size, .mv_data = (void *)value.data};
  pages_require(mdb_put(self->txn, self->table, &name, &bytes, 0));
}
