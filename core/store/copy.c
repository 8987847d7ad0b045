/* copy: segments of a journal as files of another directory. See inside.h.
 *
 * Memory:  none.  Threads: any.  Fails: with an errno. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
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

int store_segment_copy(int from, int to, const char *name, size_t size) {
  int source = openat(from, name, O_RDONLY | O_CLOEXEC);
  if (source < 0) return errno;
  int copy = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int status = copy < 0 ? errno : copy_bytes(source, copy, size);
  if (status == 0 && fsync(copy) != 0) status = errno;
  if (copy >= 0) (void)close(copy);
  (void)close(source);
  return status;
}

static bool is_segment(const char *name) {
  char expected[SEGMENT_NAME_MAX];
  store_segment_name(strtoull(name, NULL, 10), expected);
  return strcmp(name, expected) == 0;
}

static int copy_whole(int from, int to, const char *name) {
  struct stat state;
  if (fstatat(from, name, &state, 0) != 0) return errno;
  return store_segment_copy(from, to, name, (size_t)state.st_size);
}

static int copy_all(DIR *names, int to) {
  int status = 0;
  for (const struct dirent *name = readdir(names); name != NULL && status == 0;
       name = readdir(names)) {
    if (is_segment(name->d_name)) status = copy_whole(dirfd(names), to, name->d_name);
  }
  if (status == 0 && fsync(to) != 0) status = errno;
  return status;
}

int store_directory_copy_journal(const char *from, int to) {
  DIR *names = opendir(from);
  if (names == NULL) return errno;
  int status = mkdirat(to, "journal", 0700) != 0 ? errno : 0;
  int journal = openat(to, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (status == 0) status = journal < 0 ? errno : copy_all(names, journal);
  if (journal >= 0) (void)close(journal);
  (void)closedir(names);
  return status;
}
