/* gather: the segments of one store, out of the directories where copies, journals and archives have
 * them, as one new journal. See inside.h.
 *
 * A segment may be in several places: whole in an archive, cut short in a copy that was made while it
 * was written, and in a history that a restore has left behind. The one with the newest epoch counts,
 * then the one that goes furthest, then the one of which more was erased: what was erased once stays so.
 *
 * Memory:  the list of what was found, while it is copied.
 * Threads: any; nobody may write to the directories.
 * Fails:   NOT_FOUND for a directory without a segment of the store; INVALID_ARGUMENT; STORAGE_FULL. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/inside.h"

typedef struct found_segment {
  uint64_t number;
  uint64_t epoch; /* of its last whole frame */
  uint64_t last;  /* that frame's last entry */
  size_t size;    /* of the file */
  size_t erased;  /* changes of which only a digest and what may stay is there */
  size_t before;  /* the same in the first directory */
  char *directory;
} found_segment;

typedef struct gathering {
  const uint8_t *id;
  found_segment *items; /* by number, each once */
  size_t count;
  size_t room;
  size_t seen; /* in the directory that is looked through */
  bool first;  /* it is the copy's own */
} gathering;

static base_code refuse(const char *what, int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(error, BASE_INVALID_ARGUMENT, "journal",
                        "无法读取日志目录 %s：%s；请检查路径和权限",
                        "Cannot read the journal directory %s: %s; check path and permissions",
                        what, strerror(status));
}

/* --- what there is ----------------------------------------------------------------------------- */

static size_t count_erased(const segment_frame *frame) {
  size_t erased = 0;
  base_slice bytes;
  for (uint32_t i = 0; i < frame->count && store_segment_entry(frame, i, &bytes); i++) {
    size_t changes;
    store_entry entry = {.sequence = frame->first + i};
    store_stored_change stored;
    if (!store_entry_decode(bytes, &entry, &changes)) return erased;
    while (entry.body.size > 0 && store_entry_decode_change(&entry.body, &stored)) {
      erased += stored.digest.size > 0;
    }
  }
  return erased;
}

/* How far the file's whole frames reach; false when it has none of the store. */
static bool measure(const gathering *self, int directory, const char *name, found_segment *found) {
  struct stat state;
  segment_frame frame;
  int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
  bool opened = file >= 0 && fstat(file, &state) == 0 && state.st_size > 0;
  size_t size = opened ? (size_t)state.st_size : 0;
  void *map = opened ? mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  if (file >= 0) (void)close(file);
  if (map == MAP_FAILED) return false;
  found->size = size;
  found->last = 0;
  for (size_t at = 0; store_segment_frame(base_slice_make(map, size), at, self->id, &frame);
       at += frame.size) {
    found->epoch = frame.epoch;
    found->last = frame.first + frame.count - 1;
    found->erased += count_erased(&frame);
  }
  (void)munmap(map, size);
  return found->last > 0;
}

static bool is_better(const found_segment *one, const found_segment *other) {
  if (one->epoch != other->epoch) return one->epoch > other->epoch;
  return one->last != other->last ? one->last > other->last : one->erased > other->erased;
}

static void take(gathering *self, const found_segment *found, const char *directory) {
  size_t at = 0;
  while (at < self->count && self->items[at].number < found->number) at++;
  bool known = at < self->count && self->items[at].number == found->number;
  if (known && !is_better(found, &self->items[at])) return;
  if (known) free(self->items[at].directory);
  if (!known && self->count == self->room) {
    self->room = self->room == 0 ? 16 : self->room * 2;
    self->items = base_realloc(self->items, self->room * sizeof *self->items);
  }
  if (!known) {
    memmove(&self->items[at + 1], &self->items[at], (self->count - at) * sizeof *self->items);
    self->count++;
  }
  size_t size = strlen(directory) + 1;
  size_t before = self->first ? found->erased : known ? self->items[at].before : 0;
  self->items[at] = *found;
  self->items[at].before = before;
  self->items[at].directory = memcpy(base_alloc(size), directory, size);
}

static void look_at(gathering *self, int directory, const char *path, const char *name) {
  char expected[SEGMENT_NAME_MAX];
  found_segment found = {.number = strtoull(name, NULL, 10)};
  store_segment_name(found.number, expected);
  if (strcmp(name, expected) != 0 || !measure(self, directory, name, &found)) return;
  self->seen++;
  take(self, &found, path);
}

/* Whether the name is that of the store's part of an archive, or of its journal. */
static bool leads_on(const gathering *self, const char *name) {
  store_identity identity = {.epoch = 1};
  char part[STORE_ARCHIVE_MAX];
  memcpy(identity.id, self->id, sizeof identity.id);
  store_archive_name(&identity, part);
  return strcmp(name, "journal") == 0 || strncmp(name, part, 2 * sizeof identity.id + 1) == 0;
}

/* What cannot be read may be what tells of an erasure. */
static int look_through(gathering *self, const char *path, bool deep) {
  int status = 0;
  DIR *names = opendir(path);
  if (names == NULL) return !deep && (errno == ENOTDIR || errno == ENOENT) ? 0 : errno;
  for (const struct dirent *name = readdir(names); name != NULL && status == 0;
       name = readdir(names)) {
    look_at(self, dirfd(names), path, name->d_name);
    if (!deep || !leads_on(self, name->d_name)) continue;
    base_buffer inner = {0};
    base_buffer_format(&inner, "%s/%s", path, name->d_name);
    base_buffer_byte(&inner, '\0');
    status = look_through(self, (const char *)inner.data, false);
    base_buffer_fini(&inner);
  }
  (void)closedir(names);
  return status;
}

static base_code look(gathering *self, const char *path, base_error *error) {
  self->seen = 0;
  BASE_TRY(store_directory_idle(path, error));
  int status = look_through(self, path, true);
  return status == 0 ? BASE_OK : refuse(path, status, error);
}

/* --- copying ----------------------------------------------------------------------------------- */

static int copy_one(const found_segment *found, int to) {
  char name[SEGMENT_NAME_MAX];
  int from = open(found->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (from < 0) return errno;
  store_segment_name(found->number, name);
  int status = store_segment_copy(from, to, name, found->size);
  (void)close(from);
  return status;
}

static base_code copy_all(const gathering *self, int to, base_error *error) {
  int status = mkdirat(to, "journal", 0700) != 0 ? errno : 0;
  int journal = openat(to, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const char *what = "journal";
  for (size_t i = 0; i < self->count && status == 0; i++) {
    what = self->items[i].directory;
    status = copy_one(&self->items[i], journal);
  }
  if (status == 0 && fsync(journal) != 0) status = errno;
  if (journal >= 0) (void)close(journal);
  return status == 0 ? BASE_OK : refuse(what, status, error);
}

static base_code refuse_foreign(const char *path, base_error *error) {
  return base_error_set(error, BASE_NOT_FOUND, "journal",
                        "%s 里没有这个数据库的日志文件；请给出它的数据目录、journal 目录或归档目录",
                        "%s has no journal files of this store; name its data directory, its "
                        "directory journal, or its archive",
                        path);
}

base_code store_gather(const char *const *directories, const uint8_t id[16], int to,
                       uint64_t *epoch, bool *erased, base_error *error) {
  gathering self = {.id = id};
  base_code code = BASE_OK;
  for (size_t i = 0; directories[i] != NULL && code == BASE_OK; i++) {
    self.first = i == 0;
    code = look(&self, directories[i], error);
    /* The first one is the copy's own; that of an empty store has nothing. */
    if (code == BASE_OK && i > 0 && self.seen == 0) code = refuse_foreign(directories[i], error);
  }
  if (code == BASE_OK) code = copy_all(&self, to, error);
  for (size_t i = 0; i < self.count; i++) {
    if (self.items[i].epoch > *epoch) *epoch = self.items[i].epoch;
    *erased = *erased || self.items[i].erased > self.items[i].before;
    free(self.items[i].directory);
  }
  free(self.items);
  return code;
}
