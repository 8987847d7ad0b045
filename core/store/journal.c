/* journal: the list of segments. See journal.h.
 *
 * Memory:  the journal owns its segments.
 * Threads: the mutex is held for looking something up, never while a frame is written or synced.
 * Fails:   as the header says. */
#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "store/inside.h"

/* Zeros at the beginning of a segment that had to be made while somebody waits. */
#define ZEROS_IN_HASTE ((size_t)64 << 10)

/* --- opening ----------------------------------------------------------------------------------- */

static base_code refuse_directory(int status, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  return base_error_set(
      error, BASE_INVALID_ARGUMENT, "directory", "无法使用数据目录中的 journal：%s；请检查权限",
      "Cannot use journal in the data directory: %s; check permissions", strerror(status));
}

static int compare_numbers(const void *a, const void *b) {
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return left < right ? -1 : left > right;
}

/* The numbers of the segments that are there, in order; the caller frees them. Returns an errno. */
static int list_numbers(int directory, uint64_t **numbers, size_t *count) {
  size_t room = 16;
  *numbers = base_alloc(room * sizeof **numbers);
  *count = 0;
  DIR *names = store_directory_names(directory, ".");
  if (names == NULL) return errno;
  for (const struct dirent *name = readdir(names); name != NULL; name = readdir(names)) {
    char expected[SEGMENT_NAME_MAX];
    uint64_t number = strtoull(name->d_name, NULL, 10);
    store_segment_name(number, expected);
    if (strcmp(name->d_name, expected) != 0) continue;
    if (*count == room) {
      room *= 2;
      *numbers = base_realloc(*numbers, room * sizeof **numbers);
    }
    (*numbers)[(*count)++] = number;
  }
  (void)closedir(names);
  qsort(*numbers, *count, sizeof **numbers, compare_numbers);
  return 0;
}

static void push(store_journal *journal, store_segment *segment) {
  if (journal->count == journal->room) {
    journal->room = journal->room == 0 ? 16 : journal->room * 2;
    journal->segments = base_realloc(journal->segments, journal->room * sizeof(store_segment *));
  }
  journal->segments[journal->count++] = segment;
}

/* A file that is there, with the number of its first entry. */
static base_code open_segment(const store_journal *journal, uint64_t number, size_t size,
                              store_segment **segment, base_error *error) {
  segment_frame frame;
  BASE_TRY(store_segment_open(journal->directory, number, size, segment, error));
  if (store_segment_peek(store_segment_bytes(*segment), 0, &frame)) {
    (*segment)->first = frame.first;
  }
  return BASE_OK;
}

static base_code open_segments(store_journal *journal, base_error *error) {
  uint64_t *numbers = NULL;
  size_t count = 0;
  base_code code = BASE_OK;
  int status = list_numbers(journal->directory, &numbers, &count);
  if (status != 0) code = refuse_directory(status, error);
  for (size_t i = 0; i < count && code == BASE_OK; i++) {
    store_segment *segment = NULL;
    code = open_segment(journal, numbers[i], journal->segment_bytes, &segment, error);
    if (code == BASE_OK) push(journal, segment);
  }
  free(numbers);
  return code;
}

base_code store_journal_open(store_journal *journal, int directory, const uint8_t id[16],
                             size_t segment_bytes, base_error *error) {
  *journal = (store_journal){.directory = -1, .segment_bytes = segment_bytes};
  memcpy(journal->id, id, sizeof journal->id);
  (void)pthread_mutex_init(&journal->mutex, NULL);
  (void)pthread_mutex_init(&journal->making, NULL);
  (void)pthread_mutex_init(&journal->keeping, NULL);
  if (mkdirat(directory, "journal", 0700) == 0) {
    if (fsync(directory) != 0) return refuse_directory(errno, error);
  } else if (errno != EEXIST) {
    return refuse_directory(errno, error);
  }
  journal->directory = openat(directory, "journal", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (journal->directory < 0) return refuse_directory(errno, error);
  return open_segments(journal, error);
}

void store_journal_close(store_journal *journal) {
  for (size_t i = 0; i < journal->count; i++) store_segment_close(journal->segments[i]);
  store_segment_close(journal->spare);
  free(journal->segments);
  if (journal->directory >= 0) (void)close(journal->directory);
  (void)pthread_mutex_destroy(&journal->mutex);
  (void)pthread_mutex_destroy(&journal->making);
  (void)pthread_mutex_destroy(&journal->keeping);
}

/* --- appending --------------------------------------------------------------------------------- */

static store_segment *last_of(const store_journal *journal) {
  return journal->count == 0 ? NULL : journal->segments[journal->count - 1];
}

/* The same for those who do not hold the mutex: old segments may be dropped meanwhile. */
static store_segment *find_last(store_journal *journal) {
  (void)pthread_mutex_lock(&journal->mutex);
  store_segment *last = last_of(journal);
  (void)pthread_mutex_unlock(&journal->mutex);
  return last;
}

static base_code make_next(store_journal *journal, size_t zeros, store_segment **made,
                           base_error *error) {
  const store_segment *last = find_last(journal);
  if (zeros > journal->segment_bytes) zeros = journal->segment_bytes;
  return store_segment_make(journal->directory, last == NULL ? 1 : last->number + 1,
                            journal->segment_bytes, zeros, made, error);
}

/* The next segment: the spare, or one made now. */
static base_code rotate(store_journal *journal, base_error *error) {
  base_code code = BASE_OK;
  (void)base_failpoint("store.journal.rotation");
  (void)pthread_mutex_lock(&journal->making);
  store_segment *next = journal->spare;
  if (next == NULL) code = make_next(journal, ZEROS_IN_HASTE, &next, error);
  if (code == BASE_OK) {
    (void)pthread_mutex_lock(&journal->mutex);
    push(journal, next);
    journal->spare = NULL;
    (void)pthread_mutex_unlock(&journal->mutex);
  }
  (void)pthread_mutex_unlock(&journal->making);
  return code;
}

base_code store_journal_append(store_journal *journal, const segment_frame *frame, base_slice bytes,
                               base_error *error) {
  store_segment *last = find_last(journal);
  if (last == NULL || last->end + bytes.size > last->capacity) {
    BASE_TRY(rotate(journal, error));
    last = find_last(journal);
  }
  BASE_TRY(store_segment_append(last, bytes, error));
  (void)pthread_mutex_lock(&journal->mutex);
  store_segment_note(last, frame);
  (void)pthread_mutex_unlock(&journal->mutex);
  return BASE_OK;
}

/* A journal that is only begun may stay short. */
static bool wants_spare(store_journal *journal) {
  (void)pthread_mutex_lock(&journal->mutex);
  const store_segment *last = last_of(journal);
  bool wanted = last != NULL && journal->spare == NULL &&
                (last->number > 1 || last->end > last->capacity / 2);
  (void)pthread_mutex_unlock(&journal->mutex);
  return wanted;
}

base_code store_journal_prepare(store_journal *journal, base_error *error) {
  store_segment *made = NULL;
  base_code code = BASE_OK;
  (void)pthread_mutex_lock(&journal->making);
  if (wants_spare(journal)) code = make_next(journal, journal->segment_bytes, &made, error);
  if (made != NULL) {
    (void)pthread_mutex_lock(&journal->mutex);
    journal->spare = made;
    (void)pthread_mutex_unlock(&journal->mutex);
  }
  (void)pthread_mutex_unlock(&journal->making);
  return code;
}

/* --- reading ----------------------------------------------------------------------------------- */

/* The last segment whose first entry is not behind `sequence`. */
static store_segment *segment_of(const store_journal *journal, uint64_t sequence) {
  size_t low = 0, high = journal->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    uint64_t first = journal->segments[middle]->first;
    if (first != 0 && first <= sequence) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? NULL : journal->segments[low - 1];
}

bool store_journal_get(store_journal *journal, uint64_t removals, uint64_t sequence,
                       base_slice *bytes) {
  (void)pthread_mutex_lock(&journal->mutex);
  store_segment *segment = segment_of(journal, sequence);
  bool seen = segment != NULL && (segment->removed == 0 || removals < segment->removed);
  bool found = seen && store_segment_find(segment, sequence, bytes);
  (void)pthread_mutex_unlock(&journal->mutex);
  return found;
}

/* Where the segments begin that are not retired. */
static size_t kept_from(const store_journal *journal) {
  size_t at = 0;
  while (at < journal->count && journal->segments[at]->removed != 0) at++;
  return at;
}

uint64_t store_journal_first(store_journal *journal) {
  (void)pthread_mutex_lock(&journal->mutex);
  size_t at = kept_from(journal);
  uint64_t first = at == journal->count ? 0 : journal->segments[at]->first;
  (void)pthread_mutex_unlock(&journal->mutex);
  return first;
}

/* Whether the segment's last entry, the one before `next`, is older. */
static bool is_older(store_segment *segment, uint64_t next, int64_t before) {
  size_t changes;
  base_slice bytes;
  store_entry entry = {.sequence = next - 1};
  return store_segment_find(segment, next - 1, &bytes) &&
         store_entry_decode(bytes, &entry, &changes) && entry.head.at < before;
}

const store_segment *store_journal_expired(store_journal *journal, uint64_t drained,
                                           int64_t before) {
  (void)pthread_mutex_lock(&journal->mutex);
  size_t at = kept_from(journal);
  store_segment *first = at + 1 < journal->count ? journal->segments[at] : NULL;
  uint64_t next = first == NULL ? 0 : journal->segments[at + 1]->first;
  bool expired = next > 1 && next - 1 <= drained && is_older(first, next, before);
  (void)pthread_mutex_unlock(&journal->mutex);
  return expired ? first : NULL;
}

store_segment *store_journal_retire(store_journal *journal, uint64_t removed) {
  (void)pthread_mutex_lock(&journal->mutex);
  store_segment *first = journal->segments[kept_from(journal)];
  first->removed = removed;
  (void)pthread_mutex_unlock(&journal->mutex);
  return first;
}

void store_journal_drop(store_journal *journal, store_segment *segment) {
  size_t at = 0;
  (void)pthread_mutex_lock(&journal->mutex);
  while (journal->segments[at] != segment) at++;
  journal->count--;
  memmove(journal->segments + at, journal->segments + at + 1,
          (journal->count - at) * sizeof(store_segment *));
  (void)pthread_mutex_unlock(&journal->mutex);
  store_segment_close(segment);
}

/* Sealed segments that were not walked yet are taken with all their bytes: zeros follow. */
store_extent *store_journal_extents(store_journal *journal, size_t *count) {
  (void)pthread_mutex_lock(&journal->mutex);
  store_extent *extents = base_alloc((journal->count + 1) * sizeof *extents);
  *count = 0;
  for (size_t i = kept_from(journal); i < journal->count; i++) {
    const store_segment *segment = journal->segments[i];
    if (segment->first == 0) continue;
    extents[(*count)++] = (store_extent){.number = segment->number,
                                         .end = segment->walked ? segment->end : segment->size};
  }
  (void)pthread_mutex_unlock(&journal->mutex);
  return extents;
}

/* --- writing anew ------------------------------------------------------------------------------ */

base_code store_journal_seal(store_journal *journal, uint64_t *sealed, base_error *error) {
  const store_segment *last = find_last(journal);
  *sealed = last == NULL ? 0 : last->number;
  return last == NULL || last->end == 0 ? BASE_OK : rotate(journal, error);
}

uint64_t store_journal_oldest(store_journal *journal) {
  (void)pthread_mutex_lock(&journal->mutex);
  size_t at = kept_from(journal);
  uint64_t number = at == journal->count ? UINT64_MAX : journal->segments[at]->number;
  (void)pthread_mutex_unlock(&journal->mutex);
  return number;
}

static size_t place_of(const store_journal *journal, uint64_t number) {
  size_t at = kept_from(journal);
  while (at < journal->count && journal->segments[at]->number != number) at++;
  return at;
}

bool store_journal_frames(store_journal *journal, uint64_t number, base_slice *bytes) {
  (void)pthread_mutex_lock(&journal->mutex);
  size_t at = place_of(journal, number);
  bool found = at < journal->count && journal->segments[at]->first != 0;
  if (found) *bytes = store_segment_bytes(journal->segments[at]);
  (void)pthread_mutex_unlock(&journal->mutex);
  return found;
}

base_code store_journal_renew(store_journal *journal, uint64_t number, store_segment **old,
                              base_error *error) {
  store_segment *made = NULL;
  BASE_TRY(open_segment(journal, number, 0, &made, error));
  (void)pthread_mutex_lock(&journal->mutex);
  size_t at = place_of(journal, number);
  *old = journal->segments[at];
  journal->segments[at] = made;
  (void)pthread_mutex_unlock(&journal->mutex);
  return BASE_OK;
}
