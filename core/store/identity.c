/* identity: what LMDB's table "store" holds: which store this is, in which format and epoch, and the
 * position up to which the tables are.
 *
 * Memory:  plain values.
 * Threads: any, each in its transaction.
 * Fails:   INVALID_ARGUMENT for a table that is another program's or of another format. */
#include "base/log.h"
#include "base/random.h"
#include "store/inside.h"

#define POSITION_SIZE 48

static int put(MDB_txn *txn, MDB_dbi table, const char *name, const void *data, size_t size) {
  MDB_val key = store_val(base_slice_text(name));
  MDB_val value = store_val(base_slice_make(data, size));
  return mdb_put(txn, table, &key, &value, 0);
}

static const uint8_t *get(MDB_txn *txn, MDB_dbi table, const char *name, size_t size) {
  MDB_val key = store_val(base_slice_text(name));
  MDB_val value;
  bool found = mdb_get(txn, table, &key, &value) == MDB_SUCCESS && value.mv_size == size;
  return found ? value.mv_data : NULL;
}

/* --- identity ---------------------------------------------------------------------------------- */

void store_identity_make(store_identity *made) {
  base_random_bytes(made->id, sizeof made->id);
  made->epoch = 1;
}

int store_identity_put(MDB_txn *txn, MDB_dbi table, const store_identity *identity) {
  uint8_t epoch[8], format[8];
  store_number_write(epoch, identity->epoch);
  store_number_write(format, STORE_FORMAT);
  int status = put(txn, table, "id", identity->id, sizeof identity->id);
  if (status == MDB_SUCCESS) status = put(txn, table, "epoch", epoch, sizeof epoch);
  if (status == MDB_SUCCESS) status = put(txn, table, "format", format, sizeof format);
  return status;
}

static base_code refuse_format(uint64_t format, base_error *error) {
  return base_error_set(
      error, BASE_INVALID_ARGUMENT, "directory",
      "数据目录的格式是 %llu，本版本只能打开格式 %d；请用写入它的版本导出，再用本版本导入",
      "The data directory has format %llu and this version opens format %d only; export with the "
      "version that wrote it, then import with this one",
      (unsigned long long)format, STORE_FORMAT);
}

base_code store_identity_get(MDB_txn *txn, MDB_dbi table, store_identity *identity,
                             base_error *error) {
  const uint8_t *format = get(txn, table, "format", 8);
  const uint8_t *id = get(txn, table, "id", sizeof identity->id);
  const uint8_t *epoch = get(txn, table, "epoch", 8);
  if (format == NULL) return store_status_unusable(MDB_INVALID, error);
  uint64_t written = store_number_read(format);
  if (written != STORE_FORMAT) return refuse_format(written, error);
  if (id == NULL || epoch == NULL) return store_status_unusable(MDB_INVALID, error);
  memcpy(identity->id, id, sizeof identity->id);
  identity->epoch = store_number_read(epoch);
  return BASE_OK;
}

static int renew(MDB_env *env, const char *directory, const store_identity *identity) {
  MDB_txn *txn;
  MDB_dbi table;
  int status = mdb_env_set_maxdbs(env, STORE_TABLES + 1);
  if (status == MDB_SUCCESS) status = mdb_env_open(env, directory, MDB_NOLOCK | MDB_NOTLS, 0600);
  if (status == MDB_SUCCESS) status = mdb_txn_begin(env, NULL, 0, &txn);
  if (status != MDB_SUCCESS) return status;
  status = mdb_dbi_open(txn, "store", MDB_CREATE, &table);
  if (status == MDB_SUCCESS) status = store_identity_put(txn, table, identity);
  if (status == MDB_SUCCESS) return mdb_txn_commit(txn);
  mdb_txn_abort(txn);
  return status;
}

base_code store_identity_renew(const char *directory, const store_identity *identity,
                               base_error *error) {
  MDB_env *env;
  int status = mdb_env_create(&env);
  if (status != MDB_SUCCESS) return store_status_unusable(status, error);
  status = renew(env, directory, identity);
  mdb_env_close(env);
  return status == MDB_SUCCESS ? BASE_OK : store_status_unusable(status, error);
}

/* --- position ---------------------------------------------------------------------------------- */

store_last store_position_get(MDB_txn *txn, MDB_dbi table) {
  store_last last = {0};
  MDB_val key = store_val(base_slice_text("position")), value;
  int status = mdb_get(txn, table, &key, &value);
  if (status == MDB_NOTFOUND) return last;
  if (status == MDB_SUCCESS && value.mv_size != POSITION_SIZE) status = MDB_CORRUPTED;
  store_status_require(status, "reading the position");
  const uint8_t *bytes = value.mv_data;
  last.sequence = store_number_read(bytes);
  last.at = (int64_t)store_number_read(bytes + 8);
  memcpy(last.hash.bytes, bytes + 16, sizeof last.hash.bytes);
  return last;
}

int store_position_put(MDB_txn *txn, MDB_dbi table, const store_last *last) {
  uint8_t bytes[POSITION_SIZE];
  store_number_write(bytes, last->sequence);
  store_number_write(bytes + 8, (uint64_t)last->at);
  memcpy(bytes + 16, last->hash.bytes, sizeof last->hash.bytes);
  return put(txn, table, "position", bytes, sizeof bytes);
}
