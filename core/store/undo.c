/* undo: the way back from a transaction of LMDB that was committed without a sync, so that its pages can be
 * brought to the disk in pieces (drain.c). LMDB's two meta pages say which tree is the newest; they are
 * kept here before such a commit, and put back by the next start when the sync after it was not reached. The
 * tree that they name is whole: LMDB writes no page of it before the next transaction but one, and none
 * begins before the sync.
 *
 * The file "undo": a mark, a checksum of the rest, the two pages. It has its size from the beginning, so that
 * a full disk cannot be in the way. A mark of zeros, or a wrong checksum, means that there is nothing to go back
 * from: what was torn was begun before the commit, or ended after the sync.
 *
 * Memory:  none kept.
 * Threads: opening one; then whoever drains.
 * Fails:   with an errno. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/log.h"
#include "store/inside.h"

#define MARK ((uint64_t)0x48616f6b65556e64) /* "HaokeUnd" */
#define HEAD_SIZE ((size_t)16)
#define PAGES_SIZE_MOST ((size_t)128 << 10) /* LMDB's pages are the system's, at most 64 KiB */

/* The meta pages are the first two of the file. */
static size_t pages_size(void) {
  return 2 * (size_t)sysconf(_SC_PAGESIZE);
}

/* Returns 0 or an errno; a file that is too short is damaged. */
static int read_all(int file, uint8_t *bytes, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t count = pread(file, bytes + done, size - done, (off_t)done);
    if (count == 0) return EIO;
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) done += (size_t)count;
  }
  return 0;
}

static int write_synced(int file, const uint8_t *bytes, size_t size) {
  int status = store_files_write_at(file, base_slice_make(bytes, size), 0, NULL);
  return status == 0 && fdatasync(file) != 0 ? errno : status;
}

/* Whether the bytes hold pages to go back to. */
static bool is_valid(const uint8_t *bytes, size_t size) {
  base_slice pages = base_slice_make(bytes + HEAD_SIZE, size - HEAD_SIZE);
  return store_number_read(bytes) == MARK &&
         store_number_read(bytes + 8) == base_checksum(0, pages);
}

/* --- opening ----------------------------------------------------------------------------------- */

/* A file of zeros, whole before anybody relies on it. */
static int make(int directory, int *undo) {
  static const uint8_t zeros[HEAD_SIZE + PAGES_SIZE_MOST];
  *undo = openat(directory, "undo", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (*undo < 0) return errno;
  int status = write_synced(*undo, zeros, HEAD_SIZE + pages_size());
  return status == 0 ? store_directory_sync(directory) : status;
}

static bool is_whole(int undo) {
  struct stat state;
  return fstat(undo, &state) == 0 && (size_t)state.st_size >= HEAD_SIZE + pages_size();
}

static int go_back(int directory, const uint8_t *pages) {
  int data = openat(directory, "data.mdb", O_RDWR | O_CLOEXEC);
  if (data < 0) return errno;
  int status = write_synced(data, pages, pages_size());
  (void)close(data);
  base_log(BASE_LOG_INFO, "store.undone", "reason=\"the last drain was not synced\"");
  return status;
}

/* Reads the file; true when it holds pages to go back to. One that is too short was met by a power cut while it
 * was made. */
static bool read_valid(int undo, uint8_t *bytes, size_t size) {
  return is_whole(undo) && read_all(undo, bytes, size) == 0 && is_valid(bytes, size);
}

int store_undo_settle(int directory) {
  uint8_t bytes[HEAD_SIZE + PAGES_SIZE_MOST];
  int undo =
      openat(directory, "undo", O_RDONLY | O_CLOEXEC); /* it may be a copy that is only read */
  if (undo < 0) return errno == ENOENT ? 0 : errno;
  bool valid = read_valid(undo, bytes, HEAD_SIZE + pages_size());
  (void)close(undo);
  if (!valid) return 0;
  undo = openat(directory, "undo", O_WRONLY | O_CLOEXEC);
  if (undo < 0) return errno;
  int status = go_back(directory, bytes + HEAD_SIZE);
  if (status == 0) status = store_undo_clear(undo);
  (void)close(undo);
  return status;
}

int store_undo_open(int directory, int *undo) {
  int status = store_undo_settle(directory);
  if (status != 0) return status;
  *undo = openat(directory, "undo", O_RDWR | O_CLOEXEC);
  if (*undo < 0 && errno != ENOENT) return errno;
  if (*undo >= 0 && is_whole(*undo)) return 0;
  if (*undo >= 0) (void)close(*undo);
  return make(directory, undo);
}

/* --- around a commit --------------------------------------------------------------------------- */

int store_undo_save(int undo, int data) {
  uint8_t bytes[HEAD_SIZE + PAGES_SIZE_MOST];
  size_t size = HEAD_SIZE + pages_size();
  int status = read_all(data, bytes + HEAD_SIZE, pages_size());
  if (status != 0) return status;
  store_number_write(bytes, MARK);
  store_number_write(bytes + 8, base_checksum(0, base_slice_make(bytes + HEAD_SIZE, pages_size())));
  return write_synced(undo, bytes, size);
}

int store_undo_clear(int undo) {
  static const uint8_t zeros[HEAD_SIZE];
  return write_synced(undo, zeros, sizeof zeros);
}
