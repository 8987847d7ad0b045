/* store: change sets, views, commit, fork. The only code that knows what a page is; nothing above
 * this door may know LMDB.
 *
 * How it is used:
 *   read    store_view_open → store_change_set_new(view) → get, cursors → store_view_close
 *   write   store_group_begin → per op: store_change_set_new(store_group_view(group)) → puts →
 *           store_group_append, or nothing when the op failed → store_group_commit
 * A change set with nothing in it is simply a way to read its view, so everything above reads
 * through one interface.
 *
 * Memory:  slices that come out live until the view they came from is closed (group: committed), or
 *          until the same key is put or deleted in the same change set. Change sets live in the
 *          arena they were made in; dropping one is not using it any more.
 * Threads: views and their change sets: one thread at a time, any thread. Groups: filled by the
 *          writer lane only, one at a time; flushed by any thread. The store owns no thread.
 * Fails:   STORAGE_FULL when the disk or the map is full: the whole group is dropped, nothing of it
 *          is kept. Reading cannot fail; damaged pages end the process with a message, and so does
 *          a failed fdatasync, because the next one would lie.
 * Limits:  keys 1 to 480 bytes; a change set store_options.change_set_bytes (TOO_LARGE). */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"

typedef enum store_table {
  STORE_RECORD,      /* (type, id) → msgpack map; the store keeps the entry's sequence in front */
  STORE_INDEX,       /* (type, index, values…, id) → id */
  STORE_UNIQUE,      /* (type, index, values…) → id */
  STORE_LINK,        /* (type, id, name, to type, to id) → nothing */
  STORE_TEXT,        /* (type, field, gram, id) → nothing */
  STORE_TIMER,       /* (due, op, name) → the deferred call */
  STORE_IDEMPOTENCY, /* (actor, key) → the first response */
  STORE_META,        /* names → counters, versions */
  STORE_JOB,         /* (job, name, …) → what a job keeps besides its record: where it stands */
  STORE_TABLES
} store_table;

typedef struct store_options {
  const char *directory; /* created when missing */
  bool existing;         /* refuse instead when it holds no store: NOT_FOUND */
  size_t map_bytes; /* largest size of the data file, sparse; 0 for the default, HAOKE_MAP_BYTES */
  size_t change_set_bytes; /* largest change set; 0 for the default, 1 MiB */
  size_t segment_bytes;    /* one file of the journal; 0 for the default, 32 MiB */
  size_t drain_ops;        /* entries that are drained at once; 0 for the default, 8 192 */
  size_t drain_bytes;      /* or their memory; 0 for the default, 32 MiB */
  uint64_t drain_ms;       /* longest wait of an entry for the drain; 0 for the default, 2 000 */
  size_t reserve_bytes;    /* of the disk, kept for those who free something; 0 for none */
  size_t tail_bytes;       /* memory of what waits for the drain; 0 for the default, 96 MiB */
} store_options;

typedef struct store store;
typedef struct store_view store_view;
typedef struct store_change_set store_change_set;
typedef struct store_cursor store_cursor;
typedef struct store_group store_group;

typedef struct store_info {
  uint8_t id[16];    /* random, made with the store */
  uint64_t epoch;    /* rises with every restore */
  uint64_t first;    /* of the first entry the journal has; 0 when there is none */
  uint64_t sequence; /* of the last committed entry; 0 when there is none */
  int64_t at;        /* the last committed entry's instant */
} store_info;

/* Opens or makes the store. UNAVAILABLE when another process has it open; INVALID_ARGUMENT when the
 * directory cannot be used or holds a store of another format. */
base_code store_open(const store_options *options, store **opened, base_error *error);

/* All views must be closed and the group be ended. */
void store_close(store *closed);
store_info store_info_get(store *store);

/* --- views --- */

/* What was committed last, unchanged until closed. Keep it no longer than one op: an old view keeps
 * old pages alive. UNAVAILABLE when too many are open. */
base_code store_view_open(store *store, store_view **view, base_error *error);
void store_view_close(store_view *view);
uint64_t store_view_sequence(const store_view *view);

/* Whether nothing was committed since: the view shows what one that is opened now would show. */
bool store_view_newest(const store_view *view);

/* --- change sets --- */

store_change_set *store_change_set_new(const store_view *view, base_arena *arena);

/* Bytes of the changed keys and their values; 0 means that nothing was changed. */
size_t store_change_set_size(const store_change_set *set);

/* The first key of the table that was put or deleted; false when none was. */
bool store_change_set_first(const store_change_set *set, store_table table, base_slice *key);

/* Bytes that may still be changed, and another limit than store_options.change_set_bytes: for a set
 * that is never appended to a group. */
size_t store_change_set_room(const store_change_set *set);
void store_change_set_limit(store_change_set *set, size_t bytes);

/* From here on the set takes changes of that table and forgets them. */
void store_change_set_ignore(store_change_set *set, store_table table);

/* Puts the set over another view: what was changed stays changed. For a set that lives longer than
 * one view; between views nothing may be read from it. */
void store_change_set_move(store_change_set *set, const store_view *view);
const store_view *store_change_set_view(const store_change_set *set);

/* `value` is empty when the answer is false. */
bool store_get(const store_change_set *set, store_table table, base_slice key, base_slice *value);

/* Key and value are copied. On failure the set is as it was. */
base_code store_put(store_change_set *set, store_table table, base_slice key, base_slice value,
                    base_error *error);
base_code store_delete(store_change_set *set, store_table table, base_slice key, base_error *error);

/* A savepoint: the part of an op that may fail alone, such as one row of an import. Savepoints nest:
 * the one that began last ends first. Close all cursors of the set before one is aborted; slices
 * that were read stay. */
typedef struct store_savepoint {
  size_t notes; /* how many changes the set had noted */
} store_savepoint;

store_savepoint store_savepoint_begin(store_change_set *set);

/* Keeps what was changed since. */
void store_savepoint_commit(store_change_set *set, store_savepoint savepoint);

/* Takes back what was changed since: the set is as it was. */
void store_savepoint_abort(store_change_set *set, store_savepoint savepoint);

/* The sequence of the entry that last changed a record, as the view has it; 0 when it has none. */
uint64_t store_record_sequence(const store_change_set *set, base_slice key);

/* Keys from `lower` (inclusive) up to `upper` (exclusive; empty: no bound), or the same range from
 * its end. Changes made to the set while a cursor is open may or may not be seen; close it before.
 */
store_cursor *store_cursor_open(const store_change_set *set, store_table table, base_slice lower,
                                base_slice upper, bool descending);
bool store_cursor_next(store_cursor *cursor, base_slice *key, base_slice *value);
void store_cursor_close(store_cursor *cursor);

/* One change: of a set, or of a journal entry. */
typedef struct store_change {
  store_table table;
  base_slice key;
  base_slice value; /* empty when deleted */
  bool deleted;
  bool erased;       /* journal: key and value were blanked, the digest is kept */
  uint64_t previous; /* journal, records: sequence of the entry that changed this record before; 0
                      * when the record did not exist */
} store_change;

/* Calls visit for each change of the set, by table, then key. */
void store_change_set_each(const store_change_set *set,
                           void (*visit)(const store_change *change, void *self), void *self);

/* --- groups and the journal --- */

/* Who did what, when, and because of which entry. */
typedef struct store_entry_head {
  int64_t at;       /* raised to the previous entry's when it is earlier */
  base_slice actor; /* user name, or "system" */
  base_slice op;
  base_slice request;  /* the client's idempotency key, or empty */
  uint64_t cause;      /* sequence of the entry that deferred this call, or 0 */
  base_slice packages; /* "health_product 1.0.0" for each package that took part, comma between */
} store_entry_head;

base_code store_group_begin(store *store, store_group **group, base_error *error);

/* Bytes of the entries that were appended so far. */
size_t store_group_size(const store_group *group);

/* The newest state with everything appended to this group so far. */
const store_view *store_group_view(const store_group *group);

/* Makes the set one journal entry of the group. On failure the group must be aborted. */
base_code store_group_append(store_group *group, const store_change_set *set,
                             const store_entry_head *head, uint64_t *sequence, base_error *error);

/* Durable when it returns BASE_OK; else nothing of the group happened. Ends the group either way.
 */
base_code store_group_commit(store_group *group, base_error *error);
void store_group_abort(store_group *group);

/* The same in two steps, so that the next group is filled while this one is on its way to the disk.
 * seal ends the filling; flush, on any thread, makes the group durable and ends it. A group that is begun
 * in between shows the sealed one's entries too; its seal waits for that flush, and fails as the flush
 * did, because what it saw did not happen. */
base_code store_group_seal(store_group *group, base_error *error);
base_code store_group_flush(store_group *group, base_error *error);

typedef struct store_entry {
  uint64_t sequence;
  store_entry_head head;
  base_slice hash; /* of it and, through its predecessor's, of all before; see store_entry_hash */
  base_slice body; /* its changes; see store_entry_next */
} store_entry;

/* The entry with that sequence; false when the view has none (purged, or not yet written). Over a
 * group's view the slices live until the group's next append. */
bool store_entry_get(const store_view *view, uint64_t sequence, store_entry *entry);

/* The entry's hash. Of an entry of the view's own group, which has none until it is on its way to the
 * disk, it is computed; that waits for the group before. */
base_digest store_entry_hash(const store_view *view, const store_entry *entry);

/* Takes the entry's next change from its front; start with rest = entry.body. False at the end. */
bool store_entry_next(base_slice *rest, store_change *change);

/* Recomputes the hash chain over the entries first…last and compares; the entry before `first` is
 * taken for true. INTERNAL names the first sequence that is missing or does not continue. `progress`
 * may be NULL. */
base_code store_chain_verify(const store_view *view, uint64_t first, uint64_t last,
                             void (*progress)(uint64_t sequence, void *self), void *self,
                             base_error *error);

/* --- space --- */

typedef enum store_space {
  STORE_SPACE_ROOM,    /* everybody may write */
  STORE_SPACE_RESERVE, /* only who frees something, after store_space_give */
  STORE_SPACE_NONE     /* nobody */
} store_space;

/* What the disk has left; asked now and then, so that a group may still be the first to find out. */
store_space store_space_get(store *store);

/* Gives up as much of the reserve as the next group needs; false when there is not enough. */
bool store_space_give(store *store);

/* --- watching --- */

typedef struct store_gauges {
  size_t tail_entries; /* committed and not yet in LMDB */
  size_t tail_bytes;   /* their memory */
  size_t views;        /* that are open, the group's with them */
  uint64_t view_ms;    /* age of the oldest of them, to a few milliseconds; 0 when there is none */
  size_t data_bytes;   /* of data.mdb that are in use or free to be used again */
  size_t free_bytes;   /* of the disk; SIZE_MAX when it does not say */
} store_gauges;

/* Asks the disk and looks at every view's place: for who watches, not for every op. */
store_gauges store_gauges_get(store *store);

/* --- drain --- */

/* What is committed lies in the journal and in memory; LMDB follows behind. Whoever has a thread for
 * it attaches a function that wakes it, and calls store_drain there whenever store_drain_delay says
 * so; without, commits drain by themselves. Detach (NULL) once the thread drains no more, while no
 * group is under way. */
void store_drain_attach(store *store, void (*wake)(void *self), void *self);

/* Milliseconds until store_drain is due: 0 for now, INT64_MAX for not before the next wake. */
int64_t store_drain_delay(store *store);

/* Brings what was committed up to now into LMDB, in one synced transaction, and makes the journal's
 * next file when it will soon be needed. STORAGE_FULL: to be tried again later, nothing is lost. */
base_code store_drain(store *store, base_error *error);

/* --- retention --- */

/* Retires the journal's sealed files whose entries are all drained and older than `before`: first into
 * the archive (a directory; NULL: nowhere), then away. Only whoever drains. Views that still read them
 * are not disturbed. `retired` counts them, also when it fails: INVALID_ARGUMENT, STORAGE_FULL. */
base_code store_retire(store *store, int64_t before, const char *archive, size_t *retired,
                       base_error *error);

/* --- erasing --- */

typedef enum store_verdict {
  STORE_KEEP,
  STORE_ERASE, /* only its digest stays */
  STORE_REDACT /* its digest stays, with another key, value, or none at all */
} store_verdict;

/* What store_eraser.files hands the names of files to: as store_file_erase, which is not to be called there. */
typedef struct store_file_eraser {
  base_code (*erase)(const struct store_file_eraser *self, const char *name, base_error *error);
  store *store;
  const char *archive;
} store_file_eraser;

/* `look` sees each entry that was ever made, in order, before anything is rewritten: the archive's first.
 * `files` (may be NULL) is asked once for the files that are to go, while the entries still name them. `judge`
 * then says of each change what is to become of it. `left` is a copy of the change, to be changed when it is
 * redacted; what it points to then lives until the file is written. Who begins again looks again. */
typedef struct store_eraser {
  void (*look)(const store_entry *entry, void *self);
  store_verdict (*judge)(const store_entry *entry, const store_change *change, store_change *left,
                         void *self);
  base_code (*files)(const store_file_eraser *eraser, void *self, base_error *error);
  void *self;
} store_eraser;

/* Writes the journal and the archive (may be NULL) anew as judged. Whatever stops it, it may be done again and
 * then finishes; views, copies and the hash chain stay whole. Any thread but the writer's and the drain's; it
 * takes as long as reading the whole journal. `changed` counts changes. */
base_code store_erase(store *store, const char *archive, const store_eraser *eraser,
                      size_t *changed, base_error *error);

/* Erases a file at once: a mark lies in its place from then on, and it is told as NOT_FOUND. The archive (may be NULL)
 * gets the mark, too: a restore finds that in any directory that it is given, and leaves the bytes out. Bytes that are
 * put again are there again, but for a restore with that archive. Nothing when there is no such file. */
base_code store_file_erase(store *store, const char *archive, const char *name, base_error *error);

/* --- files --- */

#define STORE_FILE_NAME 65 /* 64 digits of SHA-256, and the end */

/* The name under which these bytes lie in the data directory's "files". */
void store_file_name(base_slice bytes, char name[STORE_FILE_NAME]);

/* Keeps the bytes, durably when it returns BASE_OK; the name is theirs. A file that is there already is
 * left alone. Forks and restored stores carry the files. */
base_code store_file_put(store *store, base_slice bytes, char name[STORE_FILE_NAME],
                         base_error *error);

/* The bytes in the place of what `out` held. NOT_FOUND, also when they were erased; INTERNAL when they are not what
 * was put. */
base_code store_file_get(store *store, const char *name, base_buffer *out, base_error *error);

/* --- fork --- */

/* Whether the copy may share the source's sealed journal files: for a copy that is thrown away. */
typedef enum store_fork_kind { STORE_FORK_COPY, STORE_FORK_SHARE } store_fork_kind;

/* A compact copy of what is committed now, as a new store in `directory` (must not exist). */
base_code store_fork(store *store, const char *directory, store_fork_kind kind, base_error *error);

/* A copy of a store that nobody has open, or of such a copy, in `to` (must not exist). What is copied is only
 * read; opening the copy is opening the original. NOT_FOUND, UNAVAILABLE, INVALID_ARGUMENT, STORAGE_FULL. */
base_code store_copy(const char *from, const char *to, base_error *error);

/* Removes a store that nobody has open: the files that one consists of, and the directory when nothing
 * else is in it. */
void store_remove(const char *directory);

/* The last entry that is kept: of that sequence, or the last one up to that instant. */
typedef struct store_point {
  uint64_t sequence; /* 0: whichever */
  int64_t at;        /* INT64_MAX: whenever */
} store_point;

typedef struct store_restore_options {
  const char *from; /* a copy, or a store that nobody has open */
  const char *const
      *journals;        /* stores, journals and archives that go on further; ends with NULL */
  const char *replaces; /* the store whose place it takes, or NULL; one that is damaged too */
  const char *to;       /* must not exist */
  store_point until;
} store_restore_options;

/* Makes a new store as `from` was at that point, with an epoch above all before. NOT_FOUND when copy
 * and journals do not lead there; UNAVAILABLE when somebody has one of them open; INVALID_ARGUMENT,
 * STORAGE_FULL; INTERNAL when a journal is damaged before the point. */
base_code store_restore(const store_restore_options *options, store_info *info, base_error *error);
