/* aliases: calls that do what others do which recorder.c has, said in terms of those.
 *
 * Memory:  none.  Threads: any.  Fails: as the others. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "recorder.h"

VISIBLE int creat(const char *path, mode_t mode) {
  return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

VISIBLE int creat64(const char *path, mode_t mode) {
  return creat(path, mode);
}

VISIBLE int mkdir(const char *path, mode_t mode) {
  return mkdirat(AT_FDCWD, path, mode);
}

VISIBLE ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off_t offset) {
  return pwrite(descriptor, bytes, size, offset);
}

VISIBLE ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off_t offset) {
  return pwritev(descriptor, parts, count, offset);
}

VISIBLE ssize_t send(int descriptor, const void *bytes, size_t size, int flags) {
  struct iovec part = {(void *)bytes, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  return sendmsg(descriptor, &message, flags);
}

VISIBLE int ftruncate64(int descriptor, off_t size) {
  return ftruncate(descriptor, size);
}

VISIBLE int fallocate64(int descriptor, int mode, off_t from, off_t size) {
  return fallocate(descriptor, mode, from, size);
}

VISIBLE int posix_fallocate64(int descriptor, off_t from, off_t size) {
  return posix_fallocate(descriptor, from, size);
}

VISIBLE int rename(const char *from, const char *to) {
  return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

VISIBLE int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  return renameat2(from_folder, from, to_folder, to, 0);
}

VISIBLE int link(const char *from, const char *to) {
  return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

VISIBLE int unlink(const char *path) {
  return unlinkat(AT_FDCWD, path, 0);
}

VISIBLE int rmdir(const char *path) {
  return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

VISIBLE int remove(const char *path) {
  int result = unlink(path);
  return result != 0 && errno == EISDIR ? rmdir(path) : result;
}
