/* retire: sealed segments that are old go away, after the archive has them. An archive holds a
 * directory for each store and epoch, so that stores may share it, and so that what a restore has left
 * behind stays beside what came instead.
 *
 * Memory:  a segment stays in the list for the views that were open, and goes when none can read it
 *          any more (view.c).
 * Threads: whoever drains; copies of the store are waited for by coming back later.
 * Fails:   INVALID_ARGUMENT, STORAGE_FULL; a segment that the archive does not have stays. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "base/metric.h"
#include "store/inside.h"

#define PART_NAME_MAX (SEGMENT_NAME_MAX + 8)

BASE_METRIC(retired_total, "store_segments_retired_total");

static base_code refuse(const char *archive, int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(error, BASE_INVALID_ARGUMENT, "archive",
                        "无法写入归档目录 %s：%s；日志文件保留原处，请检查该目录",
                        "Cannot write to the archive %s: %s; the journal's files stay where they "
                        "are, check the directory",
                        archive, strerror(status));
}

static base_code refuse_other(const char *archive, const char *name, base_error *error) {
  return base_error_set(error, BASE_INVALID_ARGUMENT, "archive",
                        "归档目录 %s 里已有内容不同的 %s；日志文件保留原处，请换一个归档目录",
                        "The archive %s has another %s already; the journal's files stay where "
                        "they are, name another archive",
                        archive, name);
}

/* --- the archive ------------------------------------------------------------------------------- */

void store_archive_name(const store_identity *identity, char name[STORE_ARCHIVE_MAX]) {
  for (size_t i = 0; i < sizeof identity->id; i++) {
    (void)snprintf(name + 2 * i, 3, "%02x", identity->id[i]);
  }
  (void)snprintf(name + 2 * sizeof identity->id, STORE_ARCHIVE_MAX - 2 * sizeof identity->id,
                 "-%" PRIu64, identity->epoch);
}

int store_archive_open(const store *self, const char *archive, int *part) {
  char name[STORE_ARCHIVE_MAX];
  store_archive_name(&self->identity, name);
  int root = open(archive, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return errno;
  int status = mkdirat(root, name, 0700) != 0 && errno != EEXIST ? errno : 0;
  if (status == 0 && fsync(root) != 0) status = errno;
  *part = status == 0 ? openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (status == 0 && *part < 0) status = errno;
  (void)close(root);
  return status;
}

/* Whether the archive's file of that name begins with the segment's frames. */
static bool has_same(const store_segment *segment, int part, const char *name) {
  struct stat state;
  size_t end = segment->end;
  int file = openat(part, name, O_RDONLY | O_CLOEXEC);
  bool opened = file >= 0 && fstat(file, &state) == 0 && (size_t)state.st_size >= end;
  void *map = opened ? mmap(NULL, end, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  bool same = map != MAP_FAILED && memcmp(map, segment->map, end) == 0;
  if (map != MAP_FAILED) (void)munmap(map, end);
  if (file >= 0) (void)close(file);
  return same;
}

/* Another file system: a copy, which gets its name when it is whole. Returns 0 or an errno. */
static int copy_over(const store *self, int part, const char *name, size_t end) {
  char unfinished[PART_NAME_MAX];
  (void)snprintf(unfinished, sizeof unfinished, "%s.part", name);
  (void)unlinkat(part, unfinished, 0);
  int status = store_segment_copy_as(self->journal.directory, name, part, unfinished, end);
  if (status == 0 && renameat(part, unfinished, part, name) != 0) status = errno;
  if (status != 0) (void)unlinkat(part, unfinished, 0);
  return status;
}

static base_code put(const store *self, int part, const char *archive, const store_segment *segment,
                     base_error *error) {
  char name[SEGMENT_NAME_MAX];
  store_segment_name(segment->number, name);
  int status = linkat(self->journal.directory, name, part, name, 0) == 0 ? 0 : errno;
  if (status == EEXIST) {
    if (!has_same(segment, part, name)) return refuse_other(archive, name, error);
  } else if (status != 0) {
    status = copy_over(self, part, name, segment->end);
    if (status != 0) return refuse(archive, status, error);
  }
  return fsync(part) == 0 ? BASE_OK : refuse(archive, errno, error);
}

/* The archive may be all that is left to a restore: it has to know of files that were erased before it was named. */
static base_code keep(const store *self, const char *archive, const store_segment *segment,
                      base_error *error) {
  int part = -1;
  int status = store_archive_open(self, archive, &part);
  if (status != 0) return refuse(archive, status, error);
  status = store_files_carry(self->directory, part, STORE_CARRY_MARKS);
  base_code code =
      status == 0 ? put(self, part, archive, segment, error) : refuse(archive, status, error);
  (void)close(part);
  return code;
}

/* --- taking away ------------------------------------------------------------------------------- */

static void release_segment(store *self, void *what) {
  store_journal_drop(&self->journal, what);
}

/* The order of the names that are gone must be that of the entries. */
static base_code take_away(store *self, base_error *error) {
  char name[SEGMENT_NAME_MAX];
  store_segment *segment = store_journal_retire(&self->journal, store_view_next_removal(self));
  store_segment_name(segment->number, name);
  store_view_retire(self, release_segment, segment);
  (void)base_failpoint("store.retire.before_unlink");
  int status = unlinkat(self->journal.directory, name, 0) != 0 ? errno : 0;
  if (status == 0 && fsync(self->journal.directory) != 0) status = errno;
  if (status == 0) return BASE_OK;
  return base_error_set(error, BASE_INTERNAL, NULL, "无法删除日志文件 journal/%s：%s",
                        "Cannot remove the journal file journal/%s: %s", name, strerror(status));
}

static base_code retire_all(store *self, int64_t before, const char *archive, size_t *retired,
                            base_error *error) {
  uint64_t drained = 0;
  const store_segment *segment = NULL;
  BASE_TRY(store_view_drained(self, &drained, error));
  while ((segment = store_journal_expired(&self->journal, drained, before)) != NULL) {
    if (archive != NULL) BASE_TRY(keep(self, archive, segment, error));
    (void)base_failpoint("store.retire.after_archive");
    BASE_TRY(take_away(self, error));
    base_metric_add(&retired_total, 1);
    *retired += 1;
  }
  return BASE_OK;
}

base_code store_retire(store *self, int64_t before, const char *archive, size_t *retired,
                       base_error *error) {
  *retired = 0;
  if (pthread_mutex_trylock(&self->journal.keeping) != 0) return BASE_OK; /* a copy is made */
  (void)pthread_mutex_lock(&self->draining);
  base_code code = retire_all(self, before, archive, retired, error);
  store_view_free_retired(self);
  (void)pthread_mutex_unlock(&self->draining);
  (void)pthread_mutex_unlock(&self->journal.keeping);
  return code;
}
