/* restore: a new store from a copy of an old one and a journal, as it was after some entry. The epoch
 * is raised, so that nobody takes what comes for what had been.
 *
 * The tables come from the copy when it is not newer than the entry; otherwise from nothing, by
 * reading the whole journal, which then has to begin with the first entry.
 *
 * Memory:  none kept.  Threads: any; nobody may have source or target open.
 * Fails:   as store.h says; a target that failed is removed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "store/inside.h"

typedef struct restoring {
  const store_restore_options *options;
  int target;
  store_identity identity; /* of the source */
  uint64_t position;       /* of the source's tables */
  uint64_t epoch;          /* the newest that was seen */
  bool erased;             /* the source's tables may hold what was erased since */
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

/* A store that was killed while it drained first goes back to what is whole. */
static int settle_source(const char *path) {
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return errno;
  int status = store_undo_settle(directory);
  (void)close(directory);
  return status;
}

static base_code open_source(const char *directory, MDB_env **env, base_error *error) {
  char path[4096];
  (void)snprintf(path, sizeof path, "%s/data.mdb", directory);
  int status = access(path, R_OK) == 0 ? settle_source(directory) : errno;
  if (status == 0) status = mdb_env_create(env);
  if (status != 0) return refuse(path, status, error);
  status = mdb_env_set_maxdbs(*env, STORE_TABLES + 1);
  unsigned flags = MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS;
  if (status == MDB_SUCCESS) status = mdb_env_open(*env, directory, flags, 0600);
  if (status == MDB_SUCCESS) return BASE_OK;
  mdb_env_close(*env);
  return refuse(path, status, error);
}

static base_code read_source(MDB_env *env, const char *directory, store_identity *identity,
                             uint64_t *position, base_error *error) {
  MDB_txn *txn;
  MDB_dbi table;
  int status = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
  if (status != MDB_SUCCESS) return refuse(directory, status, error);
  status = mdb_dbi_open(txn, "store", 0, &table);
  base_code code = status == MDB_SUCCESS ? store_identity_get(txn, table, identity, error)
                                         : refuse(directory, status, error);
  if (code == BASE_OK) *position = store_position_get(txn, table).sequence;
  mdb_txn_abort(txn);
  return code;
}

static base_code copy_tables(restoring *self, base_error *error) {
  MDB_env *env = NULL;
  const char *from = self->options->from;
  BASE_TRY(store_directory_idle(from, error));
  BASE_TRY(open_source(from, &env, error));
  base_code code = read_source(env, from, &self->identity, &self->position, error);
  if (code == BASE_OK) {
    int status = mdb_env_copy2(env, self->options->to, MDB_CP_COMPACT);
    if (status != MDB_SUCCESS) code = refuse(self->options->to, status, error);
  }
  mdb_env_close(env);
  return code;
}

/* The epoch of the store that is replaced, as far as that one can be read at all. */
static base_code look_at_replaced(restoring *self, base_error *error) {
  MDB_env *env = NULL;
  store_identity identity = {0};
  uint64_t position = 0;
  const char *replaces = self->options->replaces;
  base_error ignored = {.language = error->language};
  if (replaces == NULL) return BASE_OK;
  BASE_TRY(store_directory_idle(replaces, error));
  if (open_source(replaces, &env, &ignored) != BASE_OK) return BASE_OK;
  base_code code = read_source(env, replaces, &identity, &position, &ignored);
  if (code == BASE_OK && identity.epoch > self->epoch) self->epoch = identity.epoch;
  mdb_env_close(env);
  return BASE_OK;
}

/* --- the journal ------------------------------------------------------------------------------- */

static base_code gather_journal(restoring *self, base_error *error) {
  size_t count = 0;
  const char *const *more = self->options->journals;
  while (more != NULL && more[count] != NULL) count++;
  const char **directories = base_alloc((count + 2) * sizeof *directories);
  directories[0] = self->options->from;
  for (size_t i = 0; i < count; i++) directories[i + 1] = more[i];
  directories[count + 1] = NULL;
  base_code code = store_gather(directories, self->identity.id, self->target, &self->epoch,
                                &self->erased, error);
  free(directories);
  return code;
}

static base_code refuse_early(base_error *error) {
  return base_error_set(error, BASE_NOT_FOUND, "at",
                        "日志的第一条比这个时刻还晚；请用更早的备份，或加上归档目录（--journal）",
                        "The journal's first entry is later than that instant; use an older "
                        "backup, or add the archive (--journal)");
}

static base_code refuse_erased(base_error *error) {
  return base_error_set(
      error, BASE_NOT_FOUND, "journal",
      "备份之后有人被抹除，数据文件须从第一条日志重建，而日志不完整；请加上归档目录"
      "（--journal），或者只恢复备份，启动后对这些人重新执行 person.erase",
      "Somebody was erased after the backup, so that the data file has to be made "
      "anew from the first entry, and the journal begins later: add the archive "
      "(--journal), or restore the backup alone and call person.erase again for "
      "whom it was");
}

/* Tables up to the point go on by the journal behind them; newer ones are made anew by all of it. */
static base_code check_whole(const restoring *self, uint64_t first, base_error *error) {
  uint64_t last = self->last.sequence;
  if (last == 0 && first > 0) return refuse_early(error);
  if (self->erased) return first == 1 ? BASE_OK : refuse_erased(error);
  if (self->position <= last ? first <= self->position + 1 : first == 1) return BASE_OK;
  return base_error_set(error, BASE_NOT_FOUND, "sequence",
                        "备份已到第 %" PRIu64 " 条，而日志从第 %" PRIu64
                        " 条开始，无法回到第 %" PRIu64 " 条；请用更早的备份，或加上归档目录",
                        "The backup has entry %" PRIu64
                        " already and the journal begins with "
                        "entry %" PRIu64 ", which does not lead to entry %" PRIu64
                        "; use an older backup, or add the archive",
                        self->position, first, last);
}

static int carry_part(const restoring *self, int from, const char *name, store_carry how) {
  int part = openat(from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (part < 0) return errno == ENOTDIR || errno == ENOENT ? 0 : errno;
  int status = store_files_carry(part, self->target, how);
  (void)close(part);
  return status;
}

/* An archive has the names of those that were erased, in each of the store's parts. */
static int carry_parts(const restoring *self, int from, store_carry how) {
  int status = 0;
  char part[STORE_ARCHIVE_MAX];
  store_archive_name(&self->identity, part);
  DIR *names = store_directory_names(from, ".");
  if (names == NULL) return errno;
  for (const struct dirent *name = readdir(names); name != NULL && status == 0;
       name = readdir(names)) {
    if (strncmp(name->d_name, part, 2 * sizeof self->identity.id + 1) != 0) continue;
    status = carry_part(self, from, name->d_name, how);
  }
  (void)closedir(names);
  return status;
}

static base_code carry_files(const restoring *self, const char *directory, store_carry how,
                             base_error *error) {
  int from = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (from < 0 && errno == ENOENT) return BASE_OK;
  int status = from < 0 ? errno : store_files_carry(from, self->target, how);
  if (status == 0) status = carry_parts(self, from, how);
  if (from >= 0) (void)close(from);
  return status == 0 ? BASE_OK : refuse("files", status, error);
}

/* Entries behind the copy may name files that came after it: those lie where the entries come from. What any of
 * them knows as erased is so in the new store, also what only the replaced one knows, of which nothing else
 * comes. */
static base_code copy_files(const restoring *self, base_error *error) {
  const char *const *more = self->options->journals;
  const char *replaces = self->options->replaces;
  for (; more != NULL && *more != NULL; more++) {
    BASE_TRY(carry_files(self, *more, STORE_CARRY_COPY, error));
  }
  if (replaces != NULL) BASE_TRY(carry_files(self, replaces, STORE_CARRY_MARKS, error));
  return carry_files(self, self->options->from, STORE_CARRY_COPY, error);
}

static base_code cut_journal(restoring *self, base_error *error) {
  store_journal journal;
  base_code code =
      store_journal_open(&journal, self->target, self->identity.id, STORE_SEGMENT_BYTES, error);
  uint64_t first = code == BASE_OK ? store_journal_first(&journal) : 0;
  if (code == BASE_OK)
    code = store_journal_cut(&journal, &self->options->until, &self->last, error);
  store_journal_close(&journal);
  BASE_TRY(code);
  return check_whole(self, first, error);
}

/* --- the whole --------------------------------------------------------------------------------- */

/* Tables that are newer than the entry, or hold what was erased since, are of no use: the journal makes them
 * anew. */
static base_code drop_tables(const restoring *self, base_error *error) {
  if (self->position <= self->last.sequence && !self->erased) return BASE_OK;
  if (unlinkat(self->target, "data.mdb", 0) == 0) return BASE_OK;
  return refuse("data.mdb", errno, error);
}

static base_code make(restoring *self, base_error *error) {
  BASE_TRY(look_at_replaced(self, error));
  BASE_TRY(copy_tables(self, error));
  BASE_TRY(gather_journal(self, error));
  BASE_TRY(copy_files(self, error));
  BASE_TRY(cut_journal(self, error));
  BASE_TRY(drop_tables(self, error));
  store_identity identity = self->identity;
  if (identity.epoch < self->epoch) identity.epoch = self->epoch;
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

/* --- a copy ------------------------------------------------------------------------------------ */

static base_code copy(restoring *self, base_error *error) {
  BASE_TRY(copy_tables(self, error));
  BASE_TRY(gather_journal(self, error));
  return copy_files(self, error);
}

base_code store_copy(const char *from, const char *to, base_error *error) {
  const store_restore_options options = {.from = from, .to = to};
  restoring self = {.options = &options};
  BASE_TRY(store_existing(from, error));
  BASE_TRY(store_directory_open(to, true, &self.target, error));
  base_code code = copy(&self, error);
  if (code != BASE_OK) store_directory_remove(self.target, to);
  (void)close(self.target);
  return code;
}

/* --- restored ---------------------------------------------------------------------------------- */

base_code store_restore(const store_restore_options *options, store_info *info, base_error *error) {
  restoring self = {.options = options};
  BASE_TRY(store_directory_open(options->to, true, &self.target, error));
  base_code code = make(&self, error);
  if (code == BASE_OK) code = settle(&self, info, error);
  if (code != BASE_OK) store_directory_remove(self.target, options->to);
  (void)close(self.target);
  return code;
}
