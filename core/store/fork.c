/* fork: a compact copy of LMDB and the journal up to now, as a store of its own. The journal is
 * copied after LMDB and so reaches at least as far; opening the copy puts the difference into its
 * tail, like any start.
 *
 * Memory:  none kept.
 * Threads: any, while others read and one writes.
 * Fails:   INVALID_ARGUMENT (directory), STORAGE_FULL, UNAVAILABLE (too many views), INTERNAL; what
 *          was written of a copy that failed is removed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "store/inside.h"

static base_code refuse(int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  base_code code = status == MDB_READERS_FULL ? BASE_UNAVAILABLE : BASE_INTERNAL;
  return base_error_set(error, code, NULL, "复制数据失败：%s；请检查目标磁盘后重试",
                        "Copying the store failed: %s; check the target's disk, then repeat",
                        mdb_strerror(status));
}

/* --- the journal ------------------------------------------------------------------------------- */

/* A sealed segment never changes, so that two stores may have it; the last one is appended to. */
static int fork_segment(const store_journal *journal, int to, const store_extent *extent,
                        bool share) {
  char name[SEGMENT_NAME_MAX];
  store_segment_name(extent->number, name);
  (void)base_failpoint("store.fork.segment");
  if (share && linkat(journal->directory, name, to, name, 0) == 0) return 0;
  return store_segment_copy(journal->directory, to, name, extent->end);
}

static int fork_journal(store *self, int target, store_fork_kind kind) {
  size_t count;
  if (mkdirat(target, "journal", 0700) != 0) return errno;
  int to = openat(target, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (to < 0) return errno;
  store_extent *extents = store_journal_extents(&self->journal, &count);
  int status = 0;
  for (size_t i = 0; i < count && status == 0; i++) {
    bool share = kind == STORE_FORK_SHARE && i + 1 < count;
    status = fork_segment(&self->journal, to, &extents[i], share);
  }
  free(extents);
  if (status == 0 && fsync(to) != 0) status = errno;
  (void)close(to);
  return status;
}

/* --- the whole --------------------------------------------------------------------------------- */

static int sync_copy(int directory) {
  int file = openat(directory, "data.mdb", O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  int status = fsync(file) != 0 ? errno : 0;
  (void)close(file);
  return status != 0 ? status : store_directory_sync(directory);
}

base_code store_fork(store *self, const char *directory, store_fork_kind kind, base_error *error) {
  int target;
  BASE_TRY(store_directory_open(directory, true, &target, error));
  (void)pthread_mutex_lock(&self->journal.keeping); /* what LMDB's copy needs of the journal */
  int status = mdb_env_copy2(self->env, directory, MDB_CP_COMPACT);
  if (status == MDB_SUCCESS) status = fork_journal(self, target, kind);
  /* Nor is a file erased while it is copied. */
  store_carry how = kind == STORE_FORK_SHARE ? STORE_CARRY_SHARE : STORE_CARRY_COPY;
  if (status == MDB_SUCCESS) status = store_files_carry(self->directory, target, how);
  (void)pthread_mutex_unlock(&self->journal.keeping);
  if (status == MDB_SUCCESS) status = sync_copy(target);
  if (status != MDB_SUCCESS) store_directory_remove(target, directory);
  (void)close(target);
  return status == MDB_SUCCESS ? BASE_OK : refuse(status, error);
}

void store_remove(const char *directory) {
  static const char *const names[] = {"lock", "lock.mdb", "data.new", "reserve"};
  int target = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (target < 0) return;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) (void)unlinkat(target, names[i], 0);
  store_directory_remove(target, directory);
  (void)close(target);
}
