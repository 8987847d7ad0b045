/* inside: what the files of this room share; nobody else includes it.
 *
 * Layout:  one LMDB environment in the store's directory. A table per store_table, "journal" with
 *          (sequence, 8 bytes big-endian) → entry (entry.c), "store" with id, epoch and format.
 *          A value of STORE_RECORD has 8 bytes in front: the sequence of its last change.
 * Memory, Threads, Fails: as store.h says. */
#pragma once

#include <lmdb.h>
#include <pthread.h>

#include "base/buffer.h"
#include "store/store.h"

#define STORE_FORMAT 1
#define STORE_VIEWS_MAX 1024
#define STORE_SALT_SIZE 16
#define STORE_HEADER_SIZE 8

/* Where the journal ends. */
typedef struct store_last {
  uint64_t sequence;
  int64_t at;
  base_digest hash;
} store_last;

struct store_view {
  store *store;
  MDB_txn *txn;
  bool group;       /* the write transaction of a group: its pages change with every append */
  store_view *next; /* among the idle ones */
};

struct store {
  MDB_env *env;
  MDB_dbi tables[STORE_TABLES];
  MDB_dbi journal;
  int directory;
  int lock;
  size_t change_set_bytes;
  uint8_t id[16];
  uint64_t epoch;
  pthread_mutex_t mutex; /* guards what follows */
  store_last last;
  store_view *idle; /* read transactions that were reset, or never begun */
  size_t open;      /* views and groups */
};

static inline void store_number_write(uint8_t *out, uint64_t number) {
  for (size_t i = 0; i < 8; i++) out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static inline uint64_t store_number_read(const uint8_t *at) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; i++) number = number << 8 | at[i];
  return number;
}

static inline MDB_val store_val(base_slice slice) {
  return (MDB_val){.mv_size = slice.size, .mv_data = (void *)slice.data};
}

static inline base_slice store_slice(MDB_val val) {
  return base_slice_make(val.mv_data, val.mv_size);
}

/* --- status.c: what LMDB answers --- */

/* A read must succeed: anything else means damaged pages and ends the process. */
void store_status_require(int status, const char *what);

/* A write failed: STORAGE_FULL, or the end of the process. */
base_code store_status_refuse(const store *self, int status, base_error *error);

base_code store_status_disk_full(base_error *error);

/* --- create.c --- */

/* Makes data.mdb when it is missing. */
int store_create(int folder, const char *directory);

/* --- directory.c --- */

/* Makes the directory (when `fresh`, it must not exist) and opens it. */
base_code store_directory_open(const char *path, bool fresh, int *directory, base_error *error);

/* Takes the lock that keeps other processes out, and writes LMDB's lock file out. */
base_code store_directory_lock(int directory, int *lock, base_error *error);

/* Makes the names in the directory and its own name durable. Returns 0 or an errno. */
int store_directory_sync(int directory);

/* Whether a file in the directory could not grow now. */
bool store_directory_full(int directory);

/* --- view.c --- */

bool store_view_get(const store_view *view, MDB_dbi table, base_slice key, MDB_val *value);

/* What LMDB holds as the caller may keep it: a group's pages change, so theirs are copied. */
base_slice store_view_key(const store_view *view, base_arena *arena, MDB_val key);
base_slice store_view_value(const store_view *view, base_arena *arena, store_table table,
                            MDB_val value);

/* --- change_set.c --- */

#define STORE_HEIGHT 10

/* One change in a skip list; lives in the set's arena. */
typedef struct store_node {
  base_slice key;
  base_slice value;
  bool deleted;
  struct store_node *before;
  struct store_node *next[]; /* 1 to STORE_HEIGHT */
} store_node;

/* What a change replaced; see store_savepoint. */
typedef struct store_note {
  store_table table;
  store_node *node;
  base_slice value;
  bool deleted;
  bool fresh;  /* there was no node */
  size_t size; /* of the set */
} store_note;

typedef struct store_list {
  store_node *next[STORE_HEIGHT];
  size_t height;
} store_list;

struct store_change_set {
  const store_view *view;
  base_arena *arena;
  size_t limit;
  size_t size;
  size_t count;
  uint32_t random;
  uint32_t ignored;  /* tables, a bit each */
  size_t savepoints; /* open ones: while there are any, every change is noted */
  size_t note_count;
  size_t note_room;
  store_note *notes;
  store_list lists[STORE_TABLES];
};

/* The first change whose key is not below `key`; the last below it (empty: the last of all). */
const store_node *store_list_from(const store_list *list, base_slice key);
const store_node *store_list_below(const store_list *list, base_slice key);

/* --- entry.c --- */

/* One change as the journal has it. */
typedef struct store_stored_change {
  store_change change;
  base_slice salt;   /* empty when erased */
  base_slice digest; /* empty unless erased */
} store_stored_change;

/* Appends everything before the changes; returns where the hash goes when it is known. */
size_t store_entry_append_head(base_buffer *out, const store_entry_head *head, size_t changes);
void store_entry_append_change(base_buffer *out, const store_stored_change *stored);

/* False when the bytes are no entry. `changes` is how many the body says it has. */
bool store_entry_decode(base_slice bytes, store_entry *entry, size_t *changes);
bool store_entry_decode_change(base_slice *rest, store_stored_change *stored);

/* --- chain.c --- */

void store_chain_begin(base_hash *hash, const base_digest *previous, uint64_t sequence,
                       const store_entry_head *head);
void store_chain_add(base_hash *hash, const store_stored_change *stored);
