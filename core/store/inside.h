/* inside: what the files of this room share; nobody else includes it.
 *
 * Layout of the directory:
 *   journal/    the commit point: every entry, in segments (journal.h)
 *   data.mdb    LMDB, always behind the journal: a table per store_table, and "store" with id,
 *               format, epoch, and the position: up to which entry the tables are. A value of
 *               STORE_RECORD has 8 bytes in front: the sequence of its last change.
 *   undo        the way back from a drain that was not synced yet (undo.c)
 *   lock        keeps other processes out
 * What lies between LMDB's position and the journal's end is in memory (tail.h).
 *
 * Memory, Threads, Fails: as store.h says. */
#pragma once

#include <dirent.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buffer.h"
#include "store/journal.h"
#include "store/store.h"
#include "store/tail.h"

#define STORE_FORMAT 2
#define STORE_SEGMENT_BYTES ((size_t)32 << 20)
#define STORE_VIEWS_MAX 1023 /* and one reader slot of LMDB for copies */
#define STORE_SALT_SIZE 16
#define STORE_HEADER_SIZE 8

struct store_view {
  store *store;
  _Atomic uint64_t slot;   /* VIEW_IDLE, or the store's `removals` from before it was opened */
  MDB_txn *txn;            /* reset while idle; NULL until it is first used */
  uint64_t position;       /* LMDB's, as txn has it */
  uint64_t sequence;       /* of the last entry it shows */
  _Atomic uint64_t opened; /* base_clock_coarse; 0 while idle */
  const tail_generation *generations[2]; /* the newer first; NULL for none */
  store_group *group;                    /* whose entries it shows too, or NULL */
};

#define VIEW_IDLE UINT64_MAX

typedef struct store_identity {
  uint8_t id[16];
  uint64_t epoch;
} store_identity;

/* A generation or a segment that no new view finds any more. */
typedef struct store_retired {
  struct store_retired *next;
  uint64_t removed; /* the number of its removal */
  void (*release)(store *store, void *what);
  void *what;
} store_retired;

struct store {
  MDB_env *env;
  MDB_dbi tables[STORE_TABLES];
  MDB_dbi identity_table;
  int directory;
  int lock;
  store_options options; /* with defaults */
  store_identity identity;
  store_journal journal;

  _Atomic uint64_t head;              /* the last entry that is durable */
  _Atomic(tail_generation *) filling; /* its `older` is the one being drained */
  _Atomic uint64_t removals;          /* things that were taken out of sight */
  _Atomic bool drains;                /* there is an `older` one */
  _Atomic size_t filling_ops;         /* entries of the filling one */
  _Atomic size_t filling_bytes;       /* its memory, as of the last commit */
  _Atomic size_t draining_ops;        /* the same of the one that is being drained; else 0 */
  _Atomic size_t draining_bytes;
  _Atomic int stuck;              /* what the last drain failed with; 0 when it did not */
  _Atomic uint64_t filling_since; /* base_clock_monotonic of its first commit */
  store_view views[STORE_VIEWS_MAX];

  pthread_mutex_t writing;  /* held while a group is filled, and while generations are swapped */
  store_group *groups[2];   /* in turn; kept for their memory */
  pthread_mutex_t ordering; /* held while keys of the tail are put in order */
  pthread_mutex_t draining; /* held by whoever drains: else LMDB's file is synced */
  int undo;                 /* of whoever drains: the file, or -1 */
  store_retired *retired;   /* of whoever drains: out of sight, perhaps still looked at */
  tail_generation *spare;   /* of whoever drains: one that was drained, for its memory, or NULL */
  bool loaded; /* of whoever drains: the last generation was full, the next needs as much */

  int reserve; /* the file, or -1 */
  _Atomic int space;
  _Atomic uint64_t looked;     /* base_clock_monotonic of the last look at the disk */
  pthread_mutex_t space_mutex; /* guards the file and its size */
  size_t reserved;

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t drained;
  pthread_cond_t flushed; /* `sealed` was, or could not be */
  store_group *sealed; /* on its way to the disk, or dropped and still in the tail; see group.c */
  store_last last;     /* that is durable */
  void (*wake)(void *self); /* of the drain lane, or NULL */
  void *wake_self;
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

/* LMDB's file could not be opened: INVALID_ARGUMENT, or STORAGE_FULL. */
base_code store_status_unusable(int status, base_error *error);

/* --- identity.c --- */

void store_identity_make(store_identity *made);
int store_identity_put(MDB_txn *txn, MDB_dbi table, const store_identity *identity);
base_code store_identity_get(MDB_txn *txn, MDB_dbi table, store_identity *identity,
                             base_error *error);

/* Writes it into the data file in the directory, which is made when there is none. */
base_code store_identity_renew(const char *directory, const store_identity *identity,
                               base_error *error);

/* Zeros when nothing was drained yet. */
store_last store_position_get(MDB_txn *txn, MDB_dbi table);
int store_position_put(MDB_txn *txn, MDB_dbi table, const store_last *last);

/* --- files.c --- */

/* Writes all of it there. Returns 0, or with which errno it ended; `written` (may be NULL) receives how much was. */
int store_files_write_at(int file, base_slice bytes, size_t offset, size_t *written);

/* Writes all of it into a new file, and syncs that. Returns 0 or an errno. */
int store_files_write(int file, base_slice bytes);

/* Brings the files of one store's directory into another's: copied, linked for a store that is thrown away, or only
 * those that were erased. Bytes that are there already stay; what is erased in either is so then. Returns 0 or an
 * errno. */
typedef enum store_carry { STORE_CARRY_COPY, STORE_CARRY_SHARE, STORE_CARRY_MARKS } store_carry;
int store_files_carry(int from, int to, store_carry how);

/* Whether the directory has a file of that name that is not erased; leaves the mark of an erased one instead. The
 * latter returns 0 or an errno. */
bool store_files_has(int directory, const char *name);
int store_files_blank(int directory, const char *name);
void store_files_remove(int directory);

/* Removes what puts that were killed left: nobody else may have the directory open. */
void store_files_tidy(int directory);

/* --- create.c --- */

/* Makes data.mdb when it is missing. */
int store_create(int folder, const char *directory);

/* --- undo.c --- */

/* Opens the directory's file, made when it is missing, and goes back if that is needed; settle only goes back. Before
 * LMDB opens the data file. They return 0 or an errno. */
int store_undo_open(int directory, int *undo);
int store_undo_settle(int directory);

/* Before a commit that is not synced at once, with LMDB's file; and after its sync. They return 0 or an errno. */
int store_undo_save(int undo, int data);
int store_undo_clear(int undo);

/* --- sync.c --- */

/* Brings these bytes of the file to the disk; all of it, in pieces. `between` is called between them and says whether
 * there is time for a rest. Neither says whether they are safe. */
void store_sync_piece(int file, off_t from, off_t size);
void store_sync_pieces(int file, bool (*between)(void *self), void *self);

/* --- gather.c --- */

/* Copies the store's segments that lie in the directories into a new directory "journal" of `to`; of
 * several of one number the one that reaches further. A directory is a store's, a journal's or an
 * archive. `epoch` is raised to the newest that was seen; `erased`: something was
 * erased (erase.c) that the first directory still has, or may have in its tables. NOT_FOUND for one that has none. */
base_code store_gather(const char *const *directories, const uint8_t id[16], int to,
                       uint64_t *epoch, bool *erased, base_error *error);

/* --- retire.c --- */

/* The name of a store's part of an archive: of one id and epoch. */
#define STORE_ARCHIVE_MAX 64
void store_archive_name(const store_identity *identity, char name[STORE_ARCHIVE_MAX]);

/* That part, made when it is not there. Returns 0 or an errno. */
int store_archive_open(const store *self, const char *archive, int *part);

/* --- directory.c --- */

/* Makes the directory (when `fresh`, it must not exist) and opens it. */
base_code store_directory_open(const char *path, bool fresh, int *directory, base_error *error);

/* Takes the lock that keeps other processes out, and writes LMDB's lock file out. */
base_code store_directory_lock(int directory, int *lock, base_error *error);

/* NOT_FOUND when the directory holds no store; makes nothing. */
base_code store_existing(const char *directory, base_error *error);

/* UNAVAILABLE when somebody has the store in the directory open; it may be no store at all. */
base_code store_directory_idle(const char *path, base_error *error);

/* To read the names in that folder of the directory (".": its own); the caller closes it. NULL: see errno. */
DIR *store_directory_names(int directory, const char *folder);

/* Makes the names in the directory and its own name durable. Returns 0 or an errno. */
int store_directory_sync(int directory);

/* Removes a store that was never used. */
void store_directory_remove(int directory, const char *path);

/* Whether a file in the directory could not grow now. */
bool store_directory_full(int directory);

/* --- view.c --- */

/* Opens the view that a group works on; `sequence` and `group` are then the group's business. */
base_code store_view_claim(store *store, store_view **view, base_error *error);

/* Up to which entry LMDB is by now; with `draining` held, what is in it is synced too. */
base_code store_view_drained(store *store, uint64_t *position, base_error *error);

/* What the view has under the key. `sequence` (may be NULL) receives that of a record's entry. */
bool store_view_get(const store_view *view, store_table table, base_slice key, base_slice *value,
                    uint64_t *sequence);

/* The number of the next removal: views that are open now have a lower one in their slot. Only for
 * whoever drains, as the next two. */
uint64_t store_view_next_removal(const store *store);

/* What was just taken out of sight is to be released when no view can hold it any more. */
void store_view_retire(store *self, void (*release)(store *self, void *what), void *what);

/* Releases what no view can hold any more. */
void store_view_free_retired(store *store);

/* A record's bytes in LMDB without and with their header. */
base_slice store_record_value(base_slice stored);
uint64_t store_record_header(base_slice stored);

/* --- space.c --- */

base_code store_space_open(store *store, base_error *error);
void store_space_close(store *store);

/* What the disk has left; SIZE_MAX when it cannot be asked. */
size_t store_space_free_bytes(const store *store);

/* --- drain.c --- */

/* Before a group: slows the writer down as the tail fills, and holds it while there is no room;
 * without a drain lane, drains when there is enough. STORAGE_FULL when nothing can be drained. */
base_code store_tail_wait(store *store, base_error *error);

/* After a group, perhaps the filling generation's first commit: wakes the drain lane. */
void store_tail_ended(store *store, bool first);

/* --- group.c --- */

/* With `writing` held: waits until no group is on its way, and takes back what was dropped. */
void store_group_await(store *self);

/* Whether one is on its way. */
bool store_group_flushing(store *self);

/* An entry that was appended and not committed yet; false when it is none. */
bool store_group_entry(const store_group *group, uint64_t sequence, base_slice *bytes);

/* For the group's own ops, and what they see of the group before: puts what was added to the tail in
 * order; gives its entries their hashes, after waiting for the group before. */
void store_group_order(store_group *group);
void store_group_chain(store_group *group);
void store_group_free(store_group *group);

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
  base_slice digest; /* of what it was; empty unless erased or redacted */
} store_stored_change;

/* Appends everything before the changes; returns where the hash goes when it is known. */
size_t store_entry_append_head(base_buffer *out, const store_entry_head *head, size_t changes);
void store_entry_append_change(base_buffer *out, const store_stored_change *stored);

/* The view's entry with that sequence; false when it has none or the bytes are no entry. */
bool store_entry_load(const store_view *view, uint64_t sequence, store_entry *entry,
                      size_t *changes);

/* False when the bytes are no entry. `changes` is how many the body says it has. */
bool store_entry_decode(base_slice bytes, store_entry *entry, size_t *changes);
bool store_entry_decode_change(base_slice *rest, store_stored_change *stored);

/* The entry as the last of a journal. */
store_last store_entry_last(const store_entry *entry);

/* --- chain.c --- */

/* Of what the change was. */
base_digest store_chain_digest(const store_stored_change *stored);

void store_chain_begin(base_hash *hash, const base_digest *previous, uint64_t sequence,
                       const store_entry_head *head);
void store_chain_add(base_hash *hash, const store_stored_change *stored);

/* The hash of the entry that follows the one with the hash `last`, into `last`; false when its changes are
 * not what it says. */
bool store_chain_next(base_digest *last, const store_entry *entry, size_t changes);
