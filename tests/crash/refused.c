/* refused: calls that change bytes or names, or promise that these are durable, and that the recorder does
 * not model: in the recorded directory they end the process.
 *
 * Memory:  none.  Threads: any.  Fails: as recorder.h. */
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "recorder.h"

VISIBLE ssize_t pwritev2(int descriptor, const struct iovec *parts, int count, off_t offset,
                         int flags) {
  recorder_refuse_file(descriptor, "pwritev2");
  return syscall(SYS_pwritev2, descriptor, parts, count, offset, 0L, flags);
}

VISIBLE ssize_t pwritev64v2(int descriptor, const struct iovec *parts, int count, off_t offset,
                            int flags) {
  return pwritev2(descriptor, parts, count, offset, flags);
}

VISIBLE ssize_t sendfile(int to, int from, off_t *offset, size_t size) {
  recorder_refuse_file(to, "sendfile");
  return syscall(SYS_sendfile, to, from, offset, size);
}

VISIBLE ssize_t sendfile64(int to, int from, off_t *offset, size_t size) {
  return sendfile(to, from, offset, size);
}

VISIBLE ssize_t splice(int from, off64_t *from_at, int to, off64_t *to_at, size_t size,
                       unsigned flags) {
  recorder_refuse_file(to, "splice");
  return syscall(SYS_splice, from, from_at, to, to_at, size, flags);
}

VISIBLE int syncfs(int descriptor) {
  recorder_refuse_file(descriptor, "syncfs");
  return (int)syscall(SYS_syncfs, descriptor);
}

VISIBLE void sync(void) {
  recorder_refuse("sync");
  (void)syscall(SYS_sync);
}

VISIBLE int truncate(const char *path, off_t size) {
  recorder_refuse_name(AT_FDCWD, path, "truncate");
  return (int)syscall(SYS_truncate, path, size);
}

VISIBLE int truncate64(const char *path, off_t size) {
  return truncate(path, size);
}

VISIBLE int symlinkat(const char *target, int folder, const char *path) {
  recorder_refuse_name(folder, path, "symlink");
  return (int)syscall(SYS_symlinkat, target, folder, path);
}

VISIBLE int symlink(const char *target, const char *path) {
  return symlinkat(target, AT_FDCWD, path);
}
