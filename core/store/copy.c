/* copy: a segment's frames as a file of another directory. See segment.h.
 *
 * Memory:  none.  Threads: any.  Fails: with an errno. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/inside.h"

static int copy_bytes(int from, int to, size_t size) {
  off_t offset = 0;
  while ((size_t)offset < size) {
    ssize_t copied = copy_file_range(from, &offset, to, NULL, size - (size_t)offset, 0);
    if (copied < 0 && errno != EINTR) return errno;
    if (copied == 0) return EIO; /* the file ends before what the journal says */
  }
  return 0;
}

int store_segment_copy_as(int from, const char *name, int to, const char *copy_name, size_t size) {
  int source = openat(from, name, O_RDONLY | O_CLOEXEC);
  if (source < 0) return errno;
  int copy = openat(to, copy_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int status = copy < 0 ? errno : copy_bytes(source, copy, size);
  if (status == 0 && fsync(copy) != 0) status = errno;
  if (copy >= 0) (void)close(copy);
  (void)close(source);
  return status;
}

int store_segment_copy(int from, int to, const char *name, size_t size) {
  return store_segment_copy_as(from, name, to, name, size);
}
