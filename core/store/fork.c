/* fork: a compact copy of what is committed, as a store of its own.
 *
 * Memory:  none kept.
 * Threads: any, while others read and one writes.
 * Fails:   INVALID_ARGUMENT (directory), STORAGE_FULL, UNAVAILABLE (too many views), INTERNAL; what
 *          was written of a copy that failed is removed. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/inside.h"

static int sync_copy(int directory) {
  int file = openat(directory, "data.mdb", O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  int status = fsync(file) != 0 ? errno : 0;
  (void)close(file);
  return status != 0 ? status : store_directory_sync(directory);
}

static base_code refuse(int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  base_code code = status == MDB_READERS_FULL ? BASE_UNAVAILABLE : BASE_INTERNAL;
  return base_error_set(error, code, NULL, "复制数据失败：%s；请检查目标磁盘后重试",
                        "Copying the store failed: %s; check the target's disk, then repeat",
                        mdb_strerror(status));
}

base_code store_fork(store *self, const char *directory, base_error *error) {
  int target;
  BASE_TRY(store_directory_open(directory, true, &target, error));
  int status = mdb_env_copy2(self->env, directory, MDB_CP_COMPACT);
  if (status == MDB_SUCCESS) status = sync_copy(target);
  if (status != MDB_SUCCESS) {
    (void)unlinkat(target, "data.mdb", 0);
    (void)rmdir(directory);
  }
  (void)close(target);
  return status == MDB_SUCCESS ? BASE_OK : refuse(status, error);
}
