/* restore: a new store from a copy of an old one and a journal, as it was after some entry. The epoch
 * is raised, so that nobody takes what comes for what had been.
 *
 * The tables come from the copy when it is not newer than the entry; otherwise from nothing, by
 * reading the whole journal, which then has to begin with the first entry.
 *
 * Memory:  none kept.  Threads: any; nobody may have source or target open.
 * Fails:   as store.h says; a target that failed is removed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "store/inside.h"

typedef struct restoring {
  const store_restore_options *options;
  int target;
  store_identity identity; /* of the source */
  uint64_t position;       /* of the source's tables */
  store_last last;         /* what the journal was cut at */
} restoring;

static base_code refuse(const char *what, int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                        "恢复失败，无法使用 %s：%s；请检查路径和权限",
                        "Restoring failed, cannot use %s: %s; check path and permissions", what,
                        mdb_strerror(status));
}

/* --- the tables -------------------------------------------------------------------------------- */

static base_code open_source(const char *directory, MDB_env **env, base_error *error) {
  char path[4096];
  (void)snprintf(path, sizeof path, "%s/data.mdb", directory);
  int status = access(path, R_OK) == 0 ? mdb_env_create(env) : errno;
  if (status != 0) return refuse(path, status, error);
  status = mdb_env_set_maxdbs(*env, STORE_TABLES + 1);
  unsigned flags = MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS;
  if (status == MDB_SUCCESS) status = mdb_env_open(*env, directory, flags, 0600);
  if (status == MDB_SUCCESS) return BASE_OK;
  mdb_env_close(*env);
  return refuse(path, status, error);
}

static base_code read_source(restoring *self, MDB_env *env, base_error *error) {
  MDB_txn *txn;
  MDB_dbi table;
  int status = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
  if (status != MDB_SUCCESS) return refuse(self->options->from, status, error);
  status = mdb_dbi_open(txn, "store", 0, &table);
  base_code code = status == MDB_SUCCESS ? store_identity_get(txn, table, &self->identity, error)
                                         : refuse(self->options->from, status, error);
  if (code == BASE_OK) self->position = store_position_get(txn, table).sequence;
  mdb_txn_abort(txn);
  return code;
}

static base_code copy_tables(restoring *self, base_error *error) {
  MDB_env *env;
  BASE_TRY(open_source(self->options->from, &env, error));
  base_code code = read_source(self, env, error);
  if (code == BASE_OK) {
    int status = mdb_env_copy2(env, self->options->to, MDB_CP_COMPACT);
    if (status != MDB_SUCCESS) code = refuse(self->options->to, status, error);
  }
  mdb_env_close(env);
  return code;
}

/* --- the journal ------------------------------------------------------------------------------- */

static base_code copy_journal(const restoring *self, base_error *error) {
  char path[4096];
  const char *given = self->options->journal;
  (void)snprintf(path, sizeof path, "%s/journal", given == NULL ? self->options->from : given);
  if (given != NULL && access(path, R_OK) != 0) (void)snprintf(path, sizeof path, "%s", given);
  int status = store_directory_copy_journal(path, self->target);
  return status == 0 ? BASE_OK : refuse(path, status, error);
}

static base_code cut_journal(restoring *self, base_error *error) {
  store_journal journal;
  base_code code =
      store_journal_open(&journal, self->target, self->identity.id, STORE_SEGMENT_BYTES, error);
  if (code == BASE_OK)
    code = store_journal_cut(&journal, &self->options->until, &self->last, error);
  uint64_t first = store_journal_first(&journal);
  store_journal_close(&journal);
  BASE_TRY(code);
  bool whole = self->position <= self->last.sequence ? first <= self->position + 1 : first == 1;
  if (whole) return BASE_OK;
  return base_error_set(error, BASE_NOT_FOUND, "sequence",
                        "备份已到第 %" PRIu64 " 条，而日志从第 %" PRIu64
                        " 条开始，无法回到第 %" PRIu64 " 条；请用更早的备份",
                        "The backup has entry %" PRIu64
                        " already and the journal begins with "
                        "entry %" PRIu64 ", which does not lead to entry %" PRIu64
                        "; use an older backup",
                        self->position, first, self->last.sequence);
}

/* --- the whole --------------------------------------------------------------------------------- */

/* Tables that are newer than the entry are of no use: the journal makes them anew. */
static base_code drop_tables(const restoring *self, base_error *error) {
  if (self->position <= self->last.sequence) return BASE_OK;
  if (unlinkat(self->target, "data.mdb", 0) == 0) return BASE_OK;
  return refuse("data.mdb", errno, error);
}

static base_code make(restoring *self, base_error *error) {
  BASE_TRY(copy_tables(self, error));
  BASE_TRY(copy_journal(self, error));
  BASE_TRY(cut_journal(self, error));
  BASE_TRY(drop_tables(self, error));
  store_identity identity = self->identity;
  if (identity.epoch < self->options->epoch) identity.epoch = self->options->epoch;
  identity.epoch++;
  return store_identity_renew(self->options->to, &identity, error);
}

/* Opening it reads the journal, which shows that it can be opened. */
static base_code settle(const restoring *self, store_info *info, base_error *error) {
  store *made = NULL;
  store_options options = {.directory = self->options->to, .existing = true};
  BASE_TRY(store_open(&options, &made, error));
  *info = store_info_get(made);
  base_code code = store_drain(made, error);
  store_close(made);
  return code;
}

base_code store_restore(const store_restore_options *options, store_info *info, base_error *error) {
  restoring self = {.options = options};
  BASE_TRY(store_directory_open(options->to, true, &self.target, error));
  base_code code = make(&self, error);
  if (code == BASE_OK) code = settle(&self, info, error);
  if (code != BASE_OK) store_directory_remove(self.target, options->to);
  (void)close(self.target);
  return code;
}
