/* space: a file of zeros keeps room on the disk for what has to go on when others filled it. As long
 * as the disk has room besides, everybody writes. Then only those who free something may, for whom
 * the reserve gives way piece by piece; when it is used up too, nobody. The reserve grows back by
 * itself as soon as there is room for it.
 *
 * Memory:  none.
 * Threads: any; a mutex guards the file. The disk is asked at most every LOOK_MS.
 * Fails:   never; a disk that cannot be asked counts as one with room. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/inside.h"

#define LOOK_MS ((uint64_t)100)
#define NANOSECONDS_PER_MS ((uint64_t)1000000)
#define PIECES 4                               /* that the reserve gives way in */
#define MARGIN_MOST ((size_t)16 * 1024 * 1024) /* a few groups and their drain */

static size_t margin_of(const store *self) {
  size_t margin = self->options.reserve_bytes / PIECES;
  return margin < MARGIN_MOST ? margin : MARGIN_MOST;
}

size_t store_space_free_bytes(const store *self) {
  struct statvfs disk;
  if (fstatvfs(self->directory, &disk) != 0) return SIZE_MAX;
  return (size_t)disk.f_bavail * disk.f_frsize;
}

static void resize(store *self, size_t size) {
  int status = size > self->reserved ? posix_fallocate(self->reserve, 0, (off_t)size)
                                     : (ftruncate(self->reserve, (off_t)size) != 0 ? errno : 0);
  struct stat state;
  if (status != 0) (void)ftruncate(self->reserve, (off_t)self->reserved);
  self->reserved = fstat(self->reserve, &state) == 0 ? (size_t)state.st_size : 0;
}

static void tell(store *self, store_space space) {
  static const char *const names[] = {"room", "reserve", "none"};
  if (atomic_exchange(&self->space, (int)space) == (int)space) return;
  base_log(space == STORE_SPACE_ROOM ? BASE_LOG_INFO : BASE_LOG_ERROR, "store.space",
           "left=%s free_bytes=%zu reserve_bytes=%zu", names[space], store_space_free_bytes(self),
           self->reserved);
}

static void look(store *self) {
  size_t margin = margin_of(self);
  size_t whole = self->options.reserve_bytes;
  size_t left = store_space_free_bytes(self);
  if (self->reserved < whole && left >= whole - self->reserved + 2 * margin) {
    resize(self, whole);
    left = store_space_free_bytes(self);
  }
  bool room = left >= margin && self->reserved >= whole;
  tell(self, room
                 ? STORE_SPACE_ROOM
                 : (self->reserved > 0 || left >= margin ? STORE_SPACE_RESERVE : STORE_SPACE_NONE));
}

base_code store_space_open(store *self, base_error *error) {
  if (self->options.reserve_bytes == 0) return BASE_OK;
  self->reserve = openat(self->directory, "reserve", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->reserve < 0) return store_status_unusable(errno, error);
  struct stat state;
  self->reserved = fstat(self->reserve, &state) == 0 ? (size_t)state.st_size : 0;
  if (self->reserved > self->options.reserve_bytes) resize(self, self->options.reserve_bytes);
  look(self);
  return BASE_OK;
}

void store_space_close(store *self) {
  if (self->reserve >= 0) (void)close(self->reserve);
}

store_space store_space_get(store *self) {
  uint64_t now = base_clock_monotonic();
  uint64_t looked = atomic_load(&self->looked);
  if (self->reserve < 0 || now - looked < LOOK_MS * NANOSECONDS_PER_MS) {
    return (store_space)atomic_load(&self->space);
  }
  (void)pthread_mutex_lock(&self->space_mutex);
  atomic_store(&self->looked, now);
  look(self);
  (void)pthread_mutex_unlock(&self->space_mutex);
  return (store_space)atomic_load(&self->space);
}

bool store_space_give(store *self) {
  if (self->reserve < 0) return false;
  (void)pthread_mutex_lock(&self->space_mutex);
  size_t margin = margin_of(self);
  size_t piece = self->options.reserve_bytes / PIECES;
  if (store_space_free_bytes(self) < margin && self->reserved > 0) {
    resize(self, self->reserved > piece ? self->reserved - piece : 0);
  }
  look(self);
  bool given = store_space_free_bytes(self) >= margin;
  (void)pthread_mutex_unlock(&self->space_mutex);
  return given;
}
