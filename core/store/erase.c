/* erase: takes values out of entries that were written long ago. What a change held is judged by whoever
 * knows what it means; here it is replaced by its digest, alone or with what may stay, so that the hash chain
 * holds (entry.c, chain.c). A file of the journal is written anew beside the old one, synced, and takes its
 * name: whatever stops the process, each file is old or new, and the whole is done again from the front.
 *
 *   seal     the file that is appended to ends here, so that it can be rewritten too
 *   drain    LMDB has all of it: a start reads no entry that lacks what LMDB still had to delete
 *   look     at every entry, in order: a delete may be told only by the put that it follows
 *   files    that only these entries name
 *   rewrite  the newest file first and the archive's last: what tells of a later change goes after it, so
 *            that whoever begins again still finds it
 *
 * Memory:  one file at a time. Old maps stay for the views that may hold slices of them (view.c).
 * Threads: any but the writer and the drain lane; copies and retiring wait meanwhile (`keeping`).
 * Fails:   STORAGE_FULL, INVALID_ARGUMENT (the archive), INTERNAL (a file that is damaged). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/metric.h"
#include "store/inside.h"

#define PART_NAME_MAX (SEGMENT_NAME_MAX + 8)

BASE_METRIC(erased_total, "store_changes_erased_total");

typedef struct erasing {
  store *store;
  const store_eraser *eraser;
  bool looks;          /* nothing is written yet */
  const char *gone;    /* the file that is erased from the archive's parts */
  const char *part;    /* of the archive, which is looked at */
  base_buffer file;    /* the new one */
  base_buffer entries; /* of the frame under way */
  base_buffer entry;
  uint32_t *ends;
  size_t room;
  size_t changed; /* changes of the file */
  size_t total;
} erasing;

static base_code refuse(const char *name, int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                        "无法重写日志文件 %s：%s；请检查目录和权限，然后重新执行 person.erase",
                        "Cannot rewrite the journal file %s: %s; check directory and permissions, "
                        "then call person.erase again",
                        name, strerror(status));
}

static base_code refuse_archive(const char *path, int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                        "无法使用归档目录 %s：%s；请检查目录和权限，然后重新执行 person.erase",
                        "Cannot use the archive %s: %s; check directory and permissions, then call "
                        "person.erase again",
                        path, strerror(status));
}

static base_code refuse_file(const char *name, int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                        "无法抹除文件 files/%s：%s；请检查数据目录和归档目录及其权限，然后重新执行 "
                        "person.erase",
                        "Cannot erase the file files/%s: %s; check the data directory, the archive "
                        "and their permissions, then call person.erase again",
                        name, strerror(status));
}

static base_code refuse_damage(const char *name, base_error *error) {
  return base_error_set(
      error, BASE_INTERNAL, NULL, "日志文件 %s 损坏，没有改动；请运行 haoke verify",
      "The journal file %s is damaged and was not changed; run haoke verify", name);
}

/* --- one entry --------------------------------------------------------------------------------- */

/* What is already erased stays so; what has been redacted may lose more. */
static void write_change(erasing *self, const store_entry *entry,
                         const store_stored_change *stored) {
  store_stored_change kept = *stored;
  base_digest digest;
  store_verdict verdict = STORE_KEEP;
  if (!stored->change.erased) {
    verdict = self->eraser->judge(entry, &stored->change, &kept.change, self->eraser->self);
  }
  if (verdict != STORE_KEEP) {
    digest = store_chain_digest(stored);
    kept.digest = base_slice_make(digest.bytes, sizeof digest.bytes);
    kept.change.erased = verdict == STORE_ERASE;
    self->changed++;
  }
  store_entry_append_change(&self->entry, &kept);
}

static bool write_entry(erasing *self, const store_entry *entry, size_t changes) {
  base_slice rest = entry->body;
  if (self->looks) {
    self->eraser->look(entry, self->eraser->self);
    return true;
  }
  base_buffer_clear(&self->entry);
  size_t place = store_entry_append_head(&self->entry, &entry->head, changes);
  memcpy(self->entry.data + place, entry->hash.data, entry->hash.size);
  for (; changes > 0; changes--) {
    store_stored_change stored;
    if (!store_entry_decode_change(&rest, &stored)) return false;
    write_change(self, entry, &stored);
  }
  return rest.size == 0;
}

/* --- one file ---------------------------------------------------------------------------------- */

static bool write_frame(erasing *self, const segment_frame *frame) {
  base_buffer_clear(&self->entries);
  if (frame->count > self->room) {
    self->room = frame->count;
    self->ends = base_realloc(self->ends, self->room * sizeof *self->ends);
  }
  for (uint32_t i = 0; i < frame->count; i++) {
    size_t changes;
    base_slice bytes;
    store_entry entry = {.sequence = frame->first + i};
    if (!store_segment_entry(frame, i, &bytes) || !store_entry_decode(bytes, &entry, &changes) ||
        !write_entry(self, &entry, changes)) {
      return false;
    }
    if (self->looks) continue;
    base_buffer_append(&self->entries, self->entry.data, self->entry.size);
    self->ends[i] = (uint32_t)self->entries.size;
  }
  if (self->looks) return true;
  segment_frame made = {.first = frame->first, .epoch = frame->epoch, .count = frame->count};
  store_segment_frame_append(&self->file, &made, self->ends, base_buffer_slice(&self->entries),
                             self->store->identity.id);
  return true;
}

static bool write_frames(erasing *self, base_slice bytes) {
  segment_frame frame;
  self->changed = 0;
  base_buffer_clear(&self->file);
  for (size_t at = 0; store_segment_frame(bytes, at, self->store->identity.id, &frame);
       at += frame.size) {
    if (!write_frame(self, &frame)) return false;
  }
  return true;
}

/* Returns 0 or an errno. */
static int put_file(const erasing *self, int directory, const char *name) {
  char unfinished[PART_NAME_MAX];
  (void)snprintf(unfinished, sizeof unfinished, "%s.part", name);
  int file = openat(directory, unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  int status = store_files_write(file, base_buffer_slice(&self->file));
  (void)close(file);
  (void)base_failpoint("store.erase.before_rename");
  if (status == 0 && renameat(directory, unfinished, directory, name) != 0) status = errno;
  if (status != 0) (void)unlinkat(directory, unfinished, 0);
  (void)base_failpoint("store.erase.after_rename");
  return status == 0 && fsync(directory) != 0 ? errno : status;
}

/* Rewrites the file when something in it is to go; `changed` says so. */
static base_code erase_file(erasing *self, int directory, const char *name, base_slice bytes,
                            base_error *error) {
  if (!write_frames(self, bytes)) return refuse_damage(name, error);
  if (self->changed == 0) return BASE_OK;
  int status = put_file(self, directory, name);
  if (status != 0) return refuse(name, status, error);
  self->total += self->changed;
  base_metric_add(&erased_total, (int64_t)self->changed);
  return BASE_OK;
}

/* --- the archive ------------------------------------------------------------------------------- */

static base_code erase_mapped(erasing *self, int directory, const char *name, base_error *error) {
  struct stat state;
  int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return refuse(name, errno, error);
  size_t size = fstat(file, &state) == 0 ? (size_t)state.st_size : 0;
  void *map = size == 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
  (void)close(file);
  if (map == MAP_FAILED) return BASE_OK; /* nothing in it */
  base_code code = erase_file(self, directory, name, base_slice_make(map, size), error);
  (void)munmap(map, size);
  return code;
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* From the front to look, from the end to rewrite. */
static size_t turn(const erasing *self, size_t at, size_t count) {
  return self->looks ? at : count - 1 - at;
}

/* The names in the directory that begin so, in order, which is that of the entries; the caller frees
 * them. Returns an errno. */
static int list_names(int directory, const char *begin, const char *end, char ***names,
                      size_t *count) {
  size_t room = 0;
  DIR *all = store_directory_names(directory, ".");
  *names = NULL;
  *count = 0;
  if (all == NULL) return errno;
  for (const struct dirent *name = readdir(all); name != NULL; name = readdir(all)) {
    size_t size = strlen(name->d_name);
    size_t tail = strlen(end);
    if (strncmp(name->d_name, begin, strlen(begin)) != 0 || size < tail ||
        strcmp(name->d_name + size - tail, end) != 0) {
      continue;
    }
    if (*count == room) {
      room = room == 0 ? 16 : room * 2;
      *names = base_realloc(*names, room * sizeof **names);
    }
    (*names)[(*count)++] = memcpy(base_alloc(size + 1), name->d_name, size + 1);
  }
  (void)closedir(all);
  if (*count > 1) qsort(*names, *count, sizeof **names, compare_names);
  return 0;
}

static void free_names(char **names, size_t count) {
  for (size_t i = 0; i < count; i++) free(names[i]);
  free(names);
}

/* What is done with each of the archive's parts. */
typedef base_code (*part_step)(erasing *self, int directory, base_error *error);

static base_code erase_directory(erasing *self, int directory, base_error *error) {
  char **names;
  size_t count;
  base_code code = BASE_OK;
  int status = list_names(directory, "", ".log", &names, &count);
  if (status != 0) return refuse_archive(self->part, status, error);
  for (size_t i = 0; i < count && code == BASE_OK; i++) {
    code = erase_mapped(self, directory, names[turn(self, i, count)], error);
  }
  free_names(names, count);
  return code;
}

/* All epochs of the store: what a restore has left behind is there, too. */
static base_code each_part(erasing *self, const char *archive, part_step step, base_error *error) {
  char **names;
  size_t count;
  char part[STORE_ARCHIVE_MAX];
  base_code code = BASE_OK;
  if (archive == NULL) return BASE_OK;
  store_archive_name(&self->store->identity, part);
  part[2 * sizeof self->store->identity.id + 1] = '\0';
  int root = open(archive, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return errno == ENOENT ? BASE_OK : refuse_archive(archive, errno, error);
  int status = list_names(root, part, "", &names, &count);
  if (status != 0) code = refuse_archive(archive, status, error);
  for (size_t i = 0; i < count && code == BASE_OK; i++) {
    const char *name = names[turn(self, i, count)];
    int directory = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    self->part = name;
    code = directory < 0 ? refuse_archive(name, errno, error) : step(self, directory, error);
    if (directory >= 0) (void)close(directory);
  }
  free_names(names, count);
  (void)close(root);
  return code;
}

static base_code erase_archive(erasing *self, const char *archive, base_error *error) {
  return each_part(self, archive, erase_directory, error);
}

/* --- files ------------------------------------------------------------------------------------- */

static base_code blank_in(erasing *self, int directory, base_error *error) {
  int status = store_files_blank(directory, self->gone);
  return status == 0 ? BASE_OK : refuse_file(self->gone, status, error);
}

/* The part of this epoch gets the name though nothing was retired yet: what will be may be all that is left. */
static base_code blank_in_archive(erasing *self, const char *archive, base_error *error) {
  int part = -1;
  if (archive == NULL) return BASE_OK;
  int status = store_archive_open(self->store, archive, &part);
  if (status == ENOENT) return BASE_OK;
  if (status != 0) return refuse_archive(archive, status, error);
  (void)close(part);
  return each_part(self, archive, blank_in, error);
}

/* The directory's own comes last: while it is there, this is done again. */
static base_code blank(erasing *self, const char *archive, const char *name, base_error *error) {
  if (!store_files_has(self->store->directory, name)) return BASE_OK;
  self->gone = name;
  BASE_TRY(blank_in_archive(self, archive, error));
  (void)base_failpoint("store.erase.between_marks");
  return blank_in(self, self->store->directory, error);
}

base_code store_file_erase(store *self, const char *archive, const char *name, base_error *error) {
  erasing under_way = {.store = self};
  (void)pthread_mutex_lock(&self->journal.keeping);
  base_code code = blank(&under_way, archive, name, error);
  (void)pthread_mutex_unlock(&self->journal.keeping);
  return code;
}

/* `keeping` is held. */
static base_code erase_one(const store_file_eraser *self, const char *name, base_error *error) {
  erasing under_way = {.store = self->store};
  return blank(&under_way, self->archive, name, error);
}

static base_code erase_files(const erasing *self, const char *archive, base_error *error) {
  const store_eraser *eraser = self->eraser;
  const store_file_eraser files = {.erase = erase_one, .store = self->store, .archive = archive};
  return eraser->files == NULL ? BASE_OK : eraser->files(&files, eraser->self, error);
}

/* --- the journal ------------------------------------------------------------------------------- */

static void release_segment(store *self, void *what) {
  (void)self;
  store_segment_close(what);
}

/* Readers find the new file from here on. */
static base_code replace(erasing *self, uint64_t number, base_error *error) {
  store *erased = self->store;
  store_segment *old = NULL;
  (void)pthread_mutex_lock(&erased->draining);
  base_code code = store_journal_renew(&erased->journal, number, &old, error);
  if (code == BASE_OK) store_view_retire(erased, release_segment, old);
  store_view_free_retired(erased);
  (void)pthread_mutex_unlock(&erased->draining);
  return code;
}

static base_code erase_journal(erasing *self, uint64_t sealed, base_error *error) {
  base_slice bytes;
  uint64_t oldest = store_journal_oldest(&self->store->journal);
  if (oldest == UINT64_MAX) return BASE_OK;
  for (uint64_t at = 0; oldest + at <= sealed; at++) {
    char name[SEGMENT_NAME_MAX];
    uint64_t number = self->looks ? oldest + at : sealed - at;
    if (!store_journal_frames(&self->store->journal, number, &bytes)) continue;
    store_segment_name(number, name);
    BASE_TRY(erase_file(self, self->store->journal.directory, name, bytes, error));
    if (self->changed > 0) BASE_TRY(replace(self, number, error));
  }
  return BASE_OK;
}

/* No group is filled or on its way to the disk, so that nothing is appended meanwhile. */
static base_code seal(store *self, uint64_t *sealed, uint64_t *sequence, base_error *error) {
  (void)pthread_mutex_lock(&self->writing);
  store_group_await(self);
  *sequence = atomic_load(&self->head);
  base_code code = store_journal_seal(&self->journal, sealed, error);
  (void)pthread_mutex_unlock(&self->writing);
  return code;
}

/* Up to where LMDB is synced. */
static base_code synced(store *self, uint64_t *sequence, base_error *error) {
  (void)pthread_mutex_lock(&self->draining);
  base_code code = store_view_drained(self, sequence, error);
  (void)pthread_mutex_unlock(&self->draining);
  return code;
}

static base_code drain_up_to(store *self, uint64_t sequence, base_error *error) {
  uint64_t drained = 0;
  BASE_TRY(synced(self, &drained, error));
  while (drained < sequence) {
    BASE_TRY(store_drain(self, error));
    BASE_TRY(synced(self, &drained, error));
  }
  return BASE_OK;
}

static base_code erase(erasing *self, const char *archive, base_error *error) {
  uint64_t sealed = 0;
  uint64_t sequence = 0;
  BASE_TRY(seal(self->store, &sealed, &sequence, error));
  BASE_TRY(drain_up_to(self->store, sequence, error));
  (void)base_failpoint("store.erase.begin");
  self->looks = true;
  BASE_TRY(erase_archive(self, archive, error));
  BASE_TRY(erase_journal(self, sealed, error));
  self->looks = false;
  BASE_TRY(erase_files(self, archive, error));
  BASE_TRY(erase_journal(self, sealed, error));
  return erase_archive(self, archive, error);
}

base_code store_erase(store *self, const char *archive, const store_eraser *eraser, size_t *changed,
                      base_error *error) {
  erasing under_way = {.store = self, .eraser = eraser};
  (void)pthread_mutex_lock(&self->journal.keeping);
  base_code code = erase(&under_way, archive, error);
  (void)pthread_mutex_unlock(&self->journal.keeping);
  *changed = under_way.total;
  base_buffer_fini(&under_way.file);
  base_buffer_fini(&under_way.entries);
  base_buffer_fini(&under_way.entry);
  free(under_way.ends);
  return code;
}
