/* directory: the place a store lives in, and the lock that keeps a second process out of it.
 *
 * Memory:  none.
 * Threads: while a store is opened or forked; store_directory_full by the writer.
 * Fails:   UNAVAILABLE (locked), STORAGE_FULL, INVALID_ARGUMENT with the reason for the rest. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "store/inside.h"

/* LMDB maps its lock file and extends it without writing, so that a full disk would show as SIGBUS
 * in the middle of a read. This is more than it needs for STORE_VIEWS_MAX readers. */
#define LOCK_FILE_SIZE ((off_t)STORE_VIEWS_MAX * 64 + 4096)

/* Room that a write cut short must lack: the largest change set, twice. */
#define PROBE_SIZE ((off_t)8 * 1024 * 1024)

static base_code refuse(int status, const char *name, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  if (status == EEXIST) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, "directory",
                          "目录 %s 已存在；请换一个尚不存在的目录",
                          "The directory %s exists already; name one that does not", name);
  }
  return base_error_set(error, BASE_INVALID_ARGUMENT, "directory",
                        "无法使用数据目录中的 %s：%s；请检查路径和权限",
                        "Cannot use %s for the data directory: %s; check path and permissions",
                        name, strerror(status));
}

base_code store_directory_open(const char *path, bool fresh, int *directory, base_error *error) {
  if (mkdir(path, 0700) != 0 && (fresh || errno != EEXIST)) return refuse(errno, path, error);
  *directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return *directory < 0 ? refuse(errno, path, error) : BASE_OK;
}

static int write_zeros(int file, off_t from, off_t to) {
  static const uint8_t zeros[4096];
  while (from < to) {
    size_t size = to - from < (off_t)sizeof zeros ? (size_t)(to - from) : sizeof zeros;
    ssize_t written = pwrite(file, zeros, size, from);
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) from += written;
  }
  return 0;
}

static base_code write_lock_file_out(int directory, base_error *error) {
  int file = openat(directory, "lock.mdb", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return refuse(errno, "lock.mdb", error);
  struct stat state;
  int status = fstat(file, &state) != 0 ? errno : 0;
  if (status == 0) status = write_zeros(file, state.st_size, LOCK_FILE_SIZE);
  (void)close(file);
  return status != 0 ? refuse(status, "lock.mdb", error) : BASE_OK;
}

static base_code refuse_locked(base_error *error) {
  return base_error_set(error, BASE_UNAVAILABLE, "directory",
                        "数据目录正被另一个进程使用；请先停止它，或换一个数据目录",
                        "Another process has the data directory open; stop it first, or use "
                        "another directory");
}

base_code store_directory_idle(const char *path, base_error *error) {
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int lock = directory < 0 ? -1 : openat(directory, "lock", O_RDONLY | O_CLOEXEC);
  bool idle = lock < 0 || flock(lock, LOCK_SH | LOCK_NB) == 0;
  if (lock >= 0) (void)close(lock);
  if (directory >= 0) (void)close(directory);
  return idle ? BASE_OK : refuse_locked(error);
}

base_code store_directory_lock(int directory, int *lock, base_error *error) {
  *lock = openat(directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (*lock < 0) return refuse(errno, "lock", error);
  if (flock(*lock, LOCK_EX | LOCK_NB) != 0) return refuse_locked(error);
  return write_lock_file_out(directory, error);
}

DIR *store_directory_names(int directory, const char *folder) {
  int opened = openat(directory, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *names = opened < 0 ? NULL : fdopendir(opened);
  int status = errno;
  if (names == NULL && opened >= 0) (void)close(opened);
  errno = status;
  return names;
}

int store_directory_sync(int directory) {
  if (base_mutant("store.no_directory_sync")) return 0;
  int parent = openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return errno;
  int status = fsync(directory) != 0 || fsync(parent) != 0 ? errno : 0;
  (void)close(parent);
  return status;
}

static void remove_journal(int directory) {
  DIR *names = store_directory_names(directory, "journal");
  if (names == NULL) return;
  for (const struct dirent *name = readdir(names); name != NULL; name = readdir(names)) {
    if (name->d_name[0] != '.') (void)unlinkat(dirfd(names), name->d_name, 0);
  }
  (void)closedir(names);
  (void)unlinkat(directory, "journal", AT_REMOVEDIR);
}

void store_directory_remove(int directory, const char *path) {
  static const char *const names[] = {"data.mdb", "undo", "lock.mdb", "lock"};
  remove_journal(directory);
  store_files_remove(directory);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    (void)unlinkat(directory, names[i], 0);
  }
  (void)rmdir(path);
}

bool store_directory_full(int directory) {
  int probe = openat(directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (probe < 0) return errno == ENOSPC || errno == EDQUOT;
  int status = posix_fallocate(probe, 0, PROBE_SIZE);
  (void)close(probe);
  return status == ENOSPC || status == EDQUOT;
}
