/* full_disk: a disk that has as much room as the test says, and what a store's reserve must be on it, kept
 * as plainly as can be. The answer of fstatvfs is the test's; the bytes go where they always go.
 *
 * Memory:  plain values.
 * Threads: the test's.
 * Fails:   the checks fail the test. */
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "scratch.h"

#define FULL_DISK_PIECES 4 /* as docs/operations.md says: the reserve gives way by quarters */

typedef struct full_disk {
  size_t room;  /* without the reserve */
  size_t whole; /* the reserve as configured; 0: none */
  size_t kept;  /* of it */
} full_disk;

static full_disk full_disk_now = {.room = SIZE_MAX / 4};

static inline size_t full_disk_left(const full_disk *self) {
  return self->room > self->kept ? self->room - self->kept : 0;
}

static inline size_t full_disk_margin(const full_disk *self) {
  return self->whole / FULL_DISK_PIECES;
}

/* In the place of the library's: asked for a store's directory, it counts the reserve that lies there. */
int fstatvfs(int directory, struct statvfs *state) {
  struct stat reserve = {0};
  if (fstatat(directory, "reserve", &reserve, 0) != 0) reserve.st_size = 0;
  full_disk there = {.room = full_disk_now.room, .kept = (size_t)reserve.st_size};
  *state = (struct statvfs){.f_frsize = 1, .f_bavail = full_disk_left(&there)};
  return 0;
}

/* The reserve is whole again as soon as it and twice the margin have room. */
static inline void full_disk_look(full_disk *self) {
  size_t missing = self->whole > self->kept ? self->whole - self->kept : 0;
  if (full_disk_left(self) >= missing + 2 * full_disk_margin(self)) self->kept += missing;
}

/* A store was opened with that reserve; `fresh`: in a directory that had none. */
static inline void full_disk_opened(full_disk *self, size_t whole, bool fresh) {
  self->whole = whole;
  if (fresh) self->kept = 0;
  if (whole == 0) return;
  if (self->kept > whole) self->kept = whole;
  full_disk_look(self);
}

/* Room for those who free something: a piece of the reserve, when there is none besides. */
static inline bool full_disk_give(full_disk *self) {
  size_t piece = self->whole / FULL_DISK_PIECES;
  if (self->whole == 0) return false;
  if (full_disk_left(self) < full_disk_margin(self)) {
    self->kept = self->kept > piece ? self->kept - piece : 0;
  }
  full_disk_look(self);
  return full_disk_left(self) >= full_disk_margin(self);
}

static inline store_space full_disk_space(const full_disk *self) {
  bool margin = full_disk_left(self) >= full_disk_margin(self);
  if (self->whole == 0 || (margin && self->kept >= self->whole)) return STORE_SPACE_ROOM;
  return margin || self->kept > 0 ? STORE_SPACE_RESERVE : STORE_SPACE_NONE;
}

/* Asks for room, and compares answer, level and file. */
static inline void full_disk_check(full_disk *self, scratch *room) {
  struct stat state;
  char path[sizeof room->directory + 16];
  (void)snprintf(path, sizeof path, "%s/reserve", room->directory);
  bool given = store_space_give(room->store);
  assert_int_equal(given, full_disk_give(self));
  assert_int_equal(store_space_get(room->store), full_disk_space(self));
  if (self->whole == 0) return;
  assert_int_equal(stat(path, &state), 0);
  assert_int_equal(state.st_size, self->kept);
}
