/* status: what LMDB's return codes mean for those who wait for an answer.
 *
 * Memory:  none.
 * Threads: any.
 * Fails:   that is its purpose; see inside.h. */
#include <errno.h>

#include "base/log.h"
#include "store/inside.h"

void store_status_require(int status, const char *what) {
  if (status != MDB_SUCCESS) {
    base_fatal(
        "store.damaged",
        "while=\"%s\" reason=\"%s\" advice=\"stop, check the disk, restore the last backup\"", what,
        mdb_strerror(status));
  }
}

base_code store_status_disk_full(base_error *error) {
  return base_error_set(error, BASE_STORAGE_FULL, NULL,
                        "数据目录所在磁盘已满，本次修改没有保存；请清理磁盘空间后重试",
                        "The disk of the data directory is full and nothing of this was kept; free "
                        "some space, then repeat");
}

static base_code map_full(const store *self, base_error *error) {
  MDB_envinfo info;
  (void)mdb_env_info(self->env, &info);
  return base_error_set(
      error, BASE_STORAGE_FULL, NULL,
      "数据文件已达上限 %zu 字节（store.map_bytes），本次修改没有保存；请调大该配置并重启",
      "The data file has reached its limit of %zu bytes (store.map_bytes) and nothing of this was "
      "kept; raise the limit and restart",
      info.me_mapsize);
}

/* EIO is a failed sync, after which a later one would lie, or a write cut short by a full disk.
 * The latter leaves the store whole: no page that a failed commit wrote is referred to by any other
 * page, and LMDB refuses to go on by itself when it was the meta page that failed. */
base_code store_status_refuse(const store *self, int status, base_error *error) {
  if (status == MDB_MAP_FULL || status == MDB_TXN_FULL) return map_full(self, error);
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  if (status == EIO && store_directory_full(self->directory)) return store_status_disk_full(error);
  base_fatal("store.write", "reason=\"%s\" advice=\"check the disk before starting again\"",
             mdb_strerror(status));
}

base_code store_status_unusable(int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(
      error, BASE_INVALID_ARGUMENT, "directory",
      "无法打开数据文件 data.mdb：%s；请检查权限和 store.map_bytes，文件损坏时请从备份恢复",
      "Cannot open the data file data.mdb: %s; check permissions and store.map_bytes, restore a "
      "backup when the file is damaged",
      mdb_strerror(status));
}
