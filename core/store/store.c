/* store: opening, recovering, closing.
 *
 * Memory:  the store owns its environment, its directory's lock and all idle views.
 * Threads: open and close by one thread while nobody else uses the store; info by any.
 * Fails:   UNAVAILABLE (another process), STORAGE_FULL, INVALID_ARGUMENT for a directory that cannot
 *          be used or holds something else. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "store/inside.h"

#define MAP_BYTES_DEFAULT ((size_t)HAOKE_MAP_BYTES)
#define CHANGE_SET_BYTES_DEFAULT ((size_t)1 << 20)
#define DRAIN_OPS_DEFAULT ((size_t)8192)
#define DRAIN_BYTES_DEFAULT ((size_t)32 << 20)
#define DRAIN_MS_DEFAULT 2000
#define TAIL_BYTES_DEFAULT ((size_t)96 << 20)

static const char *const table_names[STORE_TABLES] = {
    [STORE_RECORD] = "record", [STORE_INDEX] = "index",
    [STORE_UNIQUE] = "unique", [STORE_LINK] = "link",
    [STORE_TEXT] = "text",     [STORE_TIMER] = "timer",
    [STORE_META] = "meta",     [STORE_IDEMPOTENCY] = "idempotency",
    [STORE_JOB] = "job"};

/* --- tables --- */

/* A file that has tables but no "store" was written by another program; it has no format either. */
static base_code open_identity(store *self, MDB_txn *txn, base_error *error) {
  MDB_dbi root;
  MDB_stat stat;
  int status = mdb_dbi_open(txn, NULL, 0, &root);
  if (status == MDB_SUCCESS) status = mdb_stat(txn, root, &stat);
  if (status != MDB_SUCCESS) return store_status_unusable(status, error);
  bool fresh = stat.ms_entries == 0;
  status = mdb_dbi_open(txn, "store", MDB_CREATE, &self->identity_table);
  if (status == MDB_SUCCESS && !fresh) {
    return store_identity_get(txn, self->identity_table, &self->identity, error);
  }
  store_identity_make(&self->identity);
  if (status == MDB_SUCCESS)
    status = store_identity_put(txn, self->identity_table, &self->identity);
  return status == MDB_SUCCESS ? BASE_OK : store_status_unusable(status, error);
}

static base_code open_tables(store *self, MDB_txn *txn, base_error *error) {
  BASE_TRY(open_identity(self, txn, error));
  for (size_t i = 0; i < STORE_TABLES; i++) {
    int status = mdb_dbi_open(txn, table_names[i], MDB_CREATE, &self->tables[i]);
    if (status != MDB_SUCCESS) return store_status_unusable(status, error);
  }
  self->last = store_position_get(txn, self->identity_table);
  return BASE_OK;
}

/* --- opening --- */

static int open_environment(store *self, const store_options *options) {
  int dead;
  int status = mdb_env_create(&self->env);
  if (status != MDB_SUCCESS) return status;
  status = mdb_env_set_mapsize(self->env, options->map_bytes);
  if (status == MDB_SUCCESS) status = mdb_env_set_maxreaders(self->env, STORE_VIEWS_MAX + 1);
  if (status == MDB_SUCCESS) status = mdb_env_set_maxdbs(self->env, STORE_TABLES + 1);
  if (status == MDB_SUCCESS) {
    status = mdb_env_open(self->env, options->directory, MDB_NOTLS, 0600);
  }
  if (status == MDB_SUCCESS) status = mdb_reader_check(self->env, &dead);
  return status;
}

static base_code open_contents(store *self, base_error *error) {
  MDB_txn *txn;
  int status = mdb_txn_begin(self->env, NULL, 0, &txn);
  if (status != MDB_SUCCESS) return store_status_unusable(status, error);
  base_code code = open_tables(self, txn, error);
  if (code != BASE_OK) {
    mdb_txn_abort(txn);
    return code;
  }
  status = mdb_txn_commit(txn);
  if (status == MDB_SUCCESS) status = store_directory_sync(self->directory);
  return status == MDB_SUCCESS ? BASE_OK : store_status_unusable(status, error);
}

/* --- recovery --- */

typedef struct replaying {
  store *store;
  tail_added added; /* to be put in order, once for all */
  base_code code;
  base_error *error;
} replaying;

static void put_in_order(replaying *replay) {
  tail_order(atomic_load(&replay->store->filling), replay->added.keys, replay->added.count);
  replay->added.count = 0;
}

/* One entry of the journal into the tail; what is too much for memory is drained meanwhile. */
static void replay(const store_entry *entry, void *self) {
  replaying *replay = self;
  store *opened = replay->store;
  store_change change;
  base_slice rest = entry->body;
  if (replay->code != BASE_OK) return;
  tail_generation *filling = atomic_load(&opened->filling);
  while (store_entry_next(&rest, &change)) {
    if (!change.erased) tail_note(&replay->added, tail_add(filling, &change, entry->sequence));
  }
  opened->last = store_entry_last(entry);
  (void)atomic_fetch_add(&opened->filling_ops, 1);
  atomic_store(&opened->filling_bytes, tail_bytes(filling));
  if (tail_bytes(filling) >= opened->options.tail_bytes) {
    put_in_order(replay);
    replay->code = store_drain(opened, replay->error);
  }
}

static base_code recover(store *self, base_error *error) {
  store_last last = self->last;
  replaying replayed = {.store = self, .error = error};
  BASE_TRY(store_journal_open(&self->journal, self->directory, self->identity.id,
                              self->options.segment_bytes, error));
  base_code code =
      store_journal_recover(&self->journal, self->identity.epoch, &last, replay, &replayed, error);
  put_in_order(&replayed);
  free(replayed.added.keys);
  BASE_TRY(code);
  BASE_TRY(replayed.code);
  atomic_store(&self->filling_since, base_clock_monotonic());
  atomic_store(&self->head, self->last.sequence);
  return BASE_OK;
}

/* Looks without touching: what is not there must not be made by looking. */
base_code store_existing(const char *directory, base_error *error) {
  int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool found = folder >= 0 && faccessat(folder, "data.mdb", F_OK, 0) == 0;
  if (folder >= 0) (void)close(folder);
  if (found) return BASE_OK;
  return base_error_set(error, BASE_NOT_FOUND, "directory", "目录 %s 里没有数据；请检查路径",
                        "%s holds no data; check the path", directory);
}

static base_code open_parts(store *self, const store_options *options, base_error *error) {
  if (options->existing) BASE_TRY(store_existing(options->directory, error));
  BASE_TRY(store_directory_open(options->directory, false, &self->directory, error));
  BASE_TRY(store_directory_lock(self->directory, &self->lock, error));
  store_files_tidy(self->directory);
  int status = store_create(self->directory, options->directory);
  if (status == MDB_SUCCESS) status = store_undo_open(self->directory, &self->undo);
  if (status == MDB_SUCCESS) status = open_environment(self, options);
  if (status != MDB_SUCCESS) return store_status_unusable(status, error);
  BASE_TRY(store_space_open(self, error));
  BASE_TRY(open_contents(self, error));
  return recover(self, error);
}

static store_options with_defaults(const store_options *given) {
  store_options options = *given;
  if (options.map_bytes == 0) options.map_bytes = MAP_BYTES_DEFAULT;
  if (options.change_set_bytes == 0) options.change_set_bytes = CHANGE_SET_BYTES_DEFAULT;
  if (options.segment_bytes == 0) options.segment_bytes = STORE_SEGMENT_BYTES;
  if (options.drain_ops == 0) options.drain_ops = DRAIN_OPS_DEFAULT;
  if (options.drain_bytes == 0) options.drain_bytes = DRAIN_BYTES_DEFAULT;
  if (options.drain_ms == 0) options.drain_ms = DRAIN_MS_DEFAULT;
  if (options.tail_bytes == 0) options.tail_bytes = TAIL_BYTES_DEFAULT;
  /* The drain has to begin while there is room left. */
  size_t half = options.tail_bytes / 2;
  if (options.drain_bytes > half) options.drain_bytes = half;
  return options;
}

static store *new_store(const store_options *options) {
  store *made = base_alloc(sizeof *made);
  memset(made, 0, sizeof *made);
  made->options = with_defaults(options);
  made->directory = made->lock = made->undo = made->reserve = made->journal.directory = -1;
  for (size_t i = 0; i < STORE_VIEWS_MAX; i++) {
    made->views[i].store = made;
    atomic_init(&made->views[i].slot, VIEW_IDLE);
  }
  (void)pthread_mutex_init(&made->writing, NULL);
  (void)pthread_mutex_init(&made->ordering, NULL);
  (void)pthread_mutex_init(&made->draining, NULL);
  (void)pthread_mutex_init(&made->space_mutex, NULL);
  (void)pthread_mutex_init(&made->mutex, NULL);
  base_condition_init(&made->drained);
  base_condition_init(&made->flushed);
  atomic_init(&made->filling, tail_generation_new());
  return made;
}

base_code store_open(const store_options *options, store **opened, base_error *error) {
  store *made = new_store(options);
  base_code code = open_parts(made, &made->options, error);
  if (code != BASE_OK) {
    store_close(made);
    return code;
  }
  *opened = made;
  return BASE_OK;
}

static void close_views(store *closed) {
  for (size_t i = 0; i < STORE_VIEWS_MAX; i++) {
    const store_view *view = &closed->views[i];
    if (atomic_load(&view->slot) != VIEW_IDLE) {
      base_fatal("store.close", "slot=%zu reason=\"a view is in use\"", i);
    }
    if (view->txn != NULL) mdb_txn_abort(view->txn);
  }
}

static void free_tail(store *closed) {
  tail_generation *filling = atomic_load(&closed->filling);
  store_view_free_retired(closed);
  tail_generation_free(atomic_load(&filling->older));
  tail_generation_free(filling);
  tail_generation_free(closed->spare);
}

/* The lock goes last, when nothing of the store is in use any more. */
void store_close(store *closed) {
  close_views(closed);
  free_tail(closed);
  for (size_t i = 0; i < 2; i++) store_group_free(closed->groups[i]);
  if (closed->journal.directory >= 0) store_journal_close(&closed->journal);
  if (closed->env != NULL) mdb_env_close(closed->env);
  store_space_close(closed);
  if (closed->undo >= 0) (void)close(closed->undo);
  if (closed->lock >= 0) (void)close(closed->lock);
  if (closed->directory >= 0) (void)close(closed->directory);
  (void)pthread_cond_destroy(&closed->flushed);
  (void)pthread_cond_destroy(&closed->drained);
  (void)pthread_mutex_destroy(&closed->space_mutex);
  (void)pthread_mutex_destroy(&closed->mutex);
  (void)pthread_mutex_destroy(&closed->draining);
  (void)pthread_mutex_destroy(&closed->ordering);
  (void)pthread_mutex_destroy(&closed->writing);
  free(closed);
}

store_info store_info_get(store *self) {
  store_info info = {.epoch = self->identity.epoch, .first = store_journal_first(&self->journal)};
  memcpy(info.id, self->identity.id, sizeof info.id);
  (void)pthread_mutex_lock(&self->mutex);
  info.sequence = self->last.sequence;
  info.at = self->last.at;
  (void)pthread_mutex_unlock(&self->mutex);
  return info;
}
