/* store: opening, identity, closing.
 *
 * Memory:  the store owns its environment, its directory's lock and all idle views.
 * Threads: open and close by one thread while nobody else uses the store; info by any.
 * Fails:   UNAVAILABLE (another process), STORAGE_FULL, INVALID_ARGUMENT for a directory that cannot
 *          be used or holds something else. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "base/random.h"
#include "store/inside.h"

#define MAP_BYTES_DEFAULT ((size_t)HAOKE_MAP_BYTES)
#define CHANGE_SET_BYTES_DEFAULT ((size_t)1 << 20)

static const char *const table_names[STORE_TABLES] = {
    [STORE_RECORD] = "record", [STORE_INDEX] = "index",
    [STORE_UNIQUE] = "unique", [STORE_LINK] = "link",
    [STORE_TEXT] = "text",     [STORE_TIMER] = "timer",
    [STORE_META] = "meta",     [STORE_IDEMPOTENCY] = "idempotency",
    [STORE_JOB] = "job"};

static base_code refuse(int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(
      error, BASE_INVALID_ARGUMENT, "directory",
      "无法打开数据文件 data.mdb：%s；请检查权限和 store.map_bytes，文件损坏时请从备份恢复",
      "Cannot open the data file data.mdb: %s; check permissions and store.map_bytes, restore a "
      "backup when the file is damaged",
      mdb_strerror(status));
}

static base_code refuse_format(uint64_t format, base_error *error) {
  return base_error_set(
      error, BASE_INVALID_ARGUMENT, "directory",
      "数据目录的格式是 %llu，本版本只能打开格式 %d；请用写入它的版本导出，再用本版本导入",
      "The data directory has format %llu and this version opens format %d only; export with the "
      "version that wrote it, then import with this one",
      (unsigned long long)format, STORE_FORMAT);
}

/* --- identity: the table "store" --- */

static int put_identity(MDB_txn *txn, MDB_dbi table, const char *name, const void *data,
                        size_t size) {
  MDB_val key = store_val(base_slice_text(name));
  MDB_val value = store_val(base_slice_make(data, size));
  return mdb_put(txn, table, &key, &value, 0);
}

static int make_identity(store *self, MDB_txn *txn, MDB_dbi table) {
  uint8_t epoch[8], format[8];
  base_random_bytes(self->id, sizeof self->id);
  self->epoch = 1;
  store_number_write(epoch, self->epoch);
  store_number_write(format, STORE_FORMAT);
  int status = put_identity(txn, table, "id", self->id, sizeof self->id);
  if (status == MDB_SUCCESS) status = put_identity(txn, table, "epoch", epoch, sizeof epoch);
  if (status == MDB_SUCCESS) status = put_identity(txn, table, "format", format, sizeof format);
  return status;
}

static const uint8_t *get_identity(MDB_txn *txn, MDB_dbi table, const char *name, size_t size) {
  MDB_val key = store_val(base_slice_text(name));
  MDB_val value;
  bool found = mdb_get(txn, table, &key, &value) == MDB_SUCCESS && value.mv_size == size;
  return found ? value.mv_data : NULL;
}

static base_code read_identity(store *self, MDB_txn *txn, MDB_dbi table, base_error *error) {
  const uint8_t *format = get_identity(txn, table, "format", 8);
  const uint8_t *id = get_identity(txn, table, "id", sizeof self->id);
  const uint8_t *epoch = get_identity(txn, table, "epoch", 8);
  if (format == NULL) return refuse(MDB_INVALID, error);
  uint64_t written = store_number_read(format);
  if (written != STORE_FORMAT) return refuse_format(written, error);
  if (id == NULL || epoch == NULL) return refuse(MDB_INVALID, error);
  memcpy(self->id, id, sizeof self->id);
  self->epoch = store_number_read(epoch);
  return BASE_OK;
}

/* --- tables --- */

/* A file that has tables but no "store" was written by another program; it has no format either. */
static base_code open_identity(store *self, MDB_txn *txn, base_error *error) {
  MDB_dbi root, table;
  MDB_stat stat;
  int status = mdb_dbi_open(txn, NULL, 0, &root);
  if (status == MDB_SUCCESS) status = mdb_stat(txn, root, &stat);
  if (status != MDB_SUCCESS) return refuse(status, error);
  bool fresh = stat.ms_entries == 0;
  status = mdb_dbi_open(txn, "store", MDB_CREATE, &table);
  if (status == MDB_SUCCESS && !fresh) return read_identity(self, txn, table, error);
  if (status == MDB_SUCCESS) status = make_identity(self, txn, table);
  return status == MDB_SUCCESS ? BASE_OK : refuse(status, error);
}

static void read_last(store *self, MDB_txn *txn) {
  store_entry entry;
  store_view view = {.store = self, .txn = txn};
  uint64_t sequence = store_view_sequence(&view);
  if (sequence == 0 || !store_entry_get(&view, sequence, &entry)) return;
  self->last = (store_last){.sequence = sequence, .at = entry.head.at, .hash = entry.hash};
}

static base_code open_tables(store *self, MDB_txn *txn, base_error *error) {
  BASE_TRY(open_identity(self, txn, error));
  int status = mdb_dbi_open(txn, "journal", MDB_CREATE, &self->journal);
  for (size_t i = 0; i < STORE_TABLES && status == MDB_SUCCESS; i++) {
    status = mdb_dbi_open(txn, table_names[i], MDB_CREATE, &self->tables[i]);
  }
  if (status != MDB_SUCCESS) return refuse(status, error);
  read_last(self, txn);
  return BASE_OK;
}

/* --- opening --- */

static int open_environment(store *self, const store_options *options) {
  int dead;
  size_t map = options->map_bytes == 0 ? MAP_BYTES_DEFAULT : options->map_bytes;
  int status = mdb_env_create(&self->env);
  if (status != MDB_SUCCESS) return status;
  status = mdb_env_set_mapsize(self->env, map);
  if (status == MDB_SUCCESS) status = mdb_env_set_maxreaders(self->env, STORE_VIEWS_MAX);
  if (status == MDB_SUCCESS) status = mdb_env_set_maxdbs(self->env, STORE_TABLES + 2);
  if (status == MDB_SUCCESS) {
    unsigned unsafe = base_mutant("store.lmdb_nosync") ? MDB_NOSYNC : 0;
    status = mdb_env_open(self->env, options->directory, MDB_NOTLS | unsafe, 0600);
  }
  if (status == MDB_SUCCESS) status = mdb_reader_check(self->env, &dead);
  return status;
}

static base_code open_contents(store *self, base_error *error) {
  MDB_txn *txn;
  int status = mdb_txn_begin(self->env, NULL, 0, &txn);
  if (status != MDB_SUCCESS) return refuse(status, error);
  base_code code = open_tables(self, txn, error);
  if (code != BASE_OK) {
    mdb_txn_abort(txn);
    return code;
  }
  status = mdb_txn_commit(txn);
  if (status == MDB_SUCCESS) status = store_directory_sync(self->directory);
  return status == MDB_SUCCESS ? BASE_OK : refuse(status, error);
}

/* Looks without touching: what is not there must not be made by looking. */
static base_code find_existing(const char *directory, base_error *error) {
  int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool found = folder >= 0 && faccessat(folder, "data.mdb", F_OK, 0) == 0;
  if (folder >= 0) (void)close(folder);
  if (found) return BASE_OK;
  return base_error_set(error, BASE_NOT_FOUND, "directory", "目录 %s 里没有数据；请检查路径",
                        "%s holds no data; check the path", directory);
}

static base_code open_parts(store *self, const store_options *options, base_error *error) {
  if (options->existing) BASE_TRY(find_existing(options->directory, error));
  BASE_TRY(store_directory_open(options->directory, false, &self->directory, error));
  BASE_TRY(store_directory_lock(self->directory, &self->lock, error));
  int status = store_create(self->directory, options->directory);
  if (status == MDB_SUCCESS) status = open_environment(self, options);
  return status == MDB_SUCCESS ? open_contents(self, error) : refuse(status, error);
}

base_code store_open(const store_options *options, store **opened, base_error *error) {
  size_t limit = options->change_set_bytes;
  store *made = base_alloc(sizeof *made);
  *made = (store){.directory = -1,
                  .lock = -1,
                  .change_set_bytes = limit == 0 ? CHANGE_SET_BYTES_DEFAULT : limit};
  (void)pthread_mutex_init(&made->mutex, NULL);
  base_code code = open_parts(made, options, error);
  if (code != BASE_OK) {
    store_close(made);
    return code;
  }
  *opened = made;
  return BASE_OK;
}

/* The lock goes last, when nothing of the store is in use any more. */
void store_close(store *closed) {
  if (closed->open > 0) base_fatal("store.close", "open=%zu reason=\"views in use\"", closed->open);
  while (closed->idle != NULL) {
    store_view *view = closed->idle;
    closed->idle = view->next;
    if (view->txn != NULL) mdb_txn_abort(view->txn);
    free(view);
  }
  if (closed->env != NULL) mdb_env_close(closed->env);
  if (closed->lock >= 0) (void)close(closed->lock);
  if (closed->directory >= 0) (void)close(closed->directory);
  (void)pthread_mutex_destroy(&closed->mutex);
  free(closed);
}

store_info store_info_get(store *self) {
  store_info info = {.epoch = self->epoch};
  memcpy(info.id, self->id, sizeof info.id);
  (void)pthread_mutex_lock(&self->mutex);
  info.sequence = self->last.sequence;
  info.at = self->last.at;
  (void)pthread_mutex_unlock(&self->mutex);
  return info;
}
