/* segment: a file of frames, written at its end and read through a map. See segment.h.
 *
 * Memory:  the map covers the capacity; what lies behind the file's end is never touched.
 * Threads: as the header says.  Fails: as the header says. */
#include "store/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "store/inside.h"

#define SEGMENT_STRIDE ((size_t)64 << 10)
#define ZEROS_AT_ONCE ((size_t)256 << 10)

void store_segment_name(uint64_t number, char name[SEGMENT_NAME_MAX]) {
  (void)snprintf(name, SEGMENT_NAME_MAX, "%010" PRIu64 ".log", number);
}

static base_code refuse(int status, uint64_t number, base_error *error) {
  char name[SEGMENT_NAME_MAX];
  store_segment_name(number, name);
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "无法使用日志文件 journal/%s：%s；请检查磁盘和权限",
                        "Cannot use the journal file journal/%s: %s; check disk and permissions",
                        name, strerror(status));
}

/* --- opening ----------------------------------------------------------------------------------- */

static base_code map_file(store_segment *segment, size_t capacity, base_error *error) {
  struct stat state;
  if (fstat(segment->file, &state) != 0) return refuse(errno, segment->number, error);
  segment->size = (size_t)state.st_size;
  segment->capacity = segment->size > capacity ? segment->size : capacity;
  void *map = mmap(NULL, segment->capacity, PROT_READ, MAP_SHARED, segment->file, 0);
  if (map == MAP_FAILED) return refuse(errno, segment->number, error);
  segment->map = map;
  return BASE_OK;
}

static base_code open_file(int directory, uint64_t number, int flags, store_segment **opened,
                           base_error *error) {
  char name[SEGMENT_NAME_MAX];
  store_segment_name(number, name);
  int file = openat(directory, name, flags | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return refuse(errno, number, error);
  *opened = base_alloc(sizeof **opened);
  **opened = (store_segment){.number = number, .file = file};
  return BASE_OK;
}

base_code store_segment_open(int directory, uint64_t number, size_t capacity,
                             store_segment **opened, base_error *error) {
  BASE_TRY(open_file(directory, number, 0, opened, error));
  base_code code = map_file(*opened, capacity, error);
  if (code != BASE_OK) store_segment_close(*opened);
  return code;
}

void store_segment_close(store_segment *segment) {
  if (segment == NULL) return;
  if (segment->map != NULL) (void)munmap((void *)segment->map, segment->capacity);
  (void)close(segment->file);
  free(segment->points);
  free(segment);
}

base_slice store_segment_bytes(const store_segment *segment) {
  return base_slice_make(segment->map, segment->size);
}

/* --- writing ----------------------------------------------------------------------------------- */

/* Returns 0 or an errno. */
static int write_zeros(int file, size_t from, size_t to) {
  static const uint8_t zeros[ZEROS_AT_ONCE];
  while (from < to) {
    size_t size = to - from < sizeof zeros ? to - from : sizeof zeros;
    int status = store_files_write_at(file, base_slice_make(zeros, size), from, NULL);
    if (status != 0) return status;
    from += size;
  }
  return 0;
}

/* In pieces, each brought to the disk before the next is written: a commit that is synced meanwhile would wait
 * for the whole of it. */
static int write_all_zeros(int file, size_t size) {
  int status = 0;
  for (size_t from = 0; from < size && status == 0; from += ZEROS_AT_ONCE) {
    size_t to = size - from < ZEROS_AT_ONCE ? size : from + ZEROS_AT_ONCE;
    status = write_zeros(file, from, to);
    store_sync_piece(file, (off_t)from, (off_t)(to - from));
  }
  return status;
}

static void sync_file(const store_segment *segment) {
  if (fdatasync(segment->file) == 0 && !base_failpoint("store.journal.sync")) return;
  base_fatal("store.sync",
             "file=journal/%010" PRIu64
             ".log reason=\"%s\" advice=\"what the disk did not confirm "
             "was not acknowledged; check the disk before starting again\"",
             segment->number, strerror(errno));
}

base_code store_segment_make(int directory, uint64_t number, size_t capacity, size_t zeros,
                             store_segment **made, base_error *error) {
  store_segment *segment = NULL;
  base_code code = open_file(directory, number, O_CREAT | O_TRUNC, &segment, error);
  if (segment == NULL) return code;
  int status = write_all_zeros(segment->file, zeros);
  code = status != 0 ? refuse(status, number, error) : map_file(segment, capacity, error);
  if (code == BASE_OK) {
    sync_file(segment);
    status = base_mutant("store.no_directory_sync") || fsync(directory) == 0 ? 0 : errno;
    if (status != 0) code = refuse(status, number, error);
  }
  if (code != BASE_OK) {
    char name[SEGMENT_NAME_MAX];
    store_segment_name(number, name);
    (void)unlinkat(directory, name, 0);
    store_segment_close(segment);
    return code;
  }
  segment->walked = true;
  *made = segment;
  return BASE_OK;
}

/* What was written of a dropped group must not be found by a recovery. */
static base_code take_back(store_segment *segment, size_t written, int status, base_error *error) {
  int zeroed = write_zeros(segment->file, segment->end, segment->end + written);
  if (zeroed != 0) {
    base_fatal("store.write",
               "reason=\"%s\" advice=\"a group that failed could not be taken back; "
               "check the disk before starting again\"",
               strerror(zeroed));
  }
  return refuse(status, segment->number, error);
}

base_code store_segment_append(store_segment *segment, base_slice frame, base_error *error) {
  size_t written = 0;
  (void)base_failpoint("store.journal.before_write");
  int status = base_failpoint("store.journal.write")
                   ? ENOSPC
                   : store_files_write_at(segment->file, frame, segment->end, &written);
  if (status != 0) return take_back(segment, written, status, error);
  (void)base_failpoint("store.journal.before_sync");
  if (!base_mutant("store.ack_before_sync")) sync_file(segment);
  (void)base_failpoint("store.journal.after_sync");
  return BASE_OK;
}

base_code store_segment_clear_rest(store_segment *segment, base_error *error) {
  base_slice rest = base_slice_after(store_segment_bytes(segment), segment->end);
  size_t dirty = rest.size;
  while (dirty > 0 && rest.data[dirty - 1] == 0) dirty--;
  if (dirty == 0) return BASE_OK;
  int status = write_zeros(segment->file, segment->end, segment->end + dirty);
  if (status != 0) return refuse(status, segment->number, error);
  sync_file(segment);
  return BASE_OK;
}

bool store_segment_goes_on(const store_segment *segment, const uint8_t id[16]) {
  segment_frame frame;
  base_slice bytes = store_segment_bytes(segment);
  for (size_t offset = segment->end; offset + SEGMENT_HEAD <= bytes.size; offset += 8) {
    if (bytes.data[offset] != 0 && store_segment_frame(bytes, offset, id, &frame)) return true;
  }
  return false;
}

/* --- finding an entry -------------------------------------------------------------------------- */

static void add_point(store_segment *segment, segment_point point) {
  if (segment->point_count == segment->point_room) {
    segment->point_room = segment->point_room == 0 ? 16 : segment->point_room * 2;
    segment->points = base_realloc(segment->points, segment->point_room * sizeof *segment->points);
  }
  segment->points[segment->point_count++] = point;
}

void store_segment_note(store_segment *segment, const segment_frame *frame) {
  size_t count = segment->point_count;
  if (count == 0 || segment->end - segment->points[count - 1].offset >= SEGMENT_STRIDE) {
    add_point(segment, (segment_point){.sequence = frame->first, .offset = segment->end});
  }
  if (segment->first == 0) segment->first = frame->first;
  segment->end += frame->size;
  if (segment->size < segment->end) segment->size = segment->end;
}

static void walk(store_segment *segment) {
  segment_frame frame;
  base_slice bytes = store_segment_bytes(segment);
  while (store_segment_peek(bytes, segment->end, &frame)) store_segment_note(segment, &frame);
  segment->walked = true;
}

static size_t offset_before(const store_segment *segment, uint64_t sequence) {
  size_t low = 0, high = segment->point_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (segment->points[middle].sequence <= sequence) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? 0 : segment->points[low - 1].offset;
}

bool store_segment_find(store_segment *segment, uint64_t sequence, base_slice *entry) {
  segment_frame frame;
  if (!segment->walked) walk(segment);
  base_slice bytes = base_slice_make(segment->map, segment->end);
  size_t offset = offset_before(segment, sequence);
  while (store_segment_peek(bytes, offset, &frame) && frame.first <= sequence) {
    if (sequence - frame.first < frame.count) {
      return store_segment_entry(&frame, (size_t)(sequence - frame.first), entry);
    }
    offset += frame.size;
  }
  return false;
}
