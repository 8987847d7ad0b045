/* cut: ends a journal that nobody has open yet at an earlier entry. What follows it is removed, also
 * when it is damaged. See journal.h.
 *
 * Memory:  none kept.  Threads: while a store is made.
 * Fails:   NOT_FOUND when the journal does not reach the entry; INTERNAL, STORAGE_FULL. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/inside.h"

typedef struct cutting {
  store_journal *journal;
  const store_point *until;
  store_last *last; /* what is kept so far */
  uint64_t next;    /* the entry that continues; 0: any */
  uint64_t epoch;   /* of the last frame */
  bool done;
} cutting;

static bool is_behind(const store_point *until, const store_entry *entry) {
  return (until->sequence > 0 && entry->sequence > until->sequence) || entry->head.at > until->at;
}

/* How many of the frame's entries are kept; false when they cannot be read. */
static bool count_kept(cutting *self, const segment_frame *frame, uint32_t *kept) {
  store_last last = *self->last;
  for (*kept = 0; *kept < frame->count; (*kept)++) {
    size_t changes;
    base_slice bytes;
    store_entry entry = {.sequence = frame->first + *kept};
    if (!store_segment_entry(frame, *kept, &bytes)) return false;
    if (!store_entry_decode(bytes, &entry, &changes)) return false;
    if (is_behind(self->until, &entry)) break;
    last = store_entry_last(&entry);
  }
  *self->last = last;
  return true;
}

/* The frame with its first entries only, where it stood. */
static base_code write_kept(cutting *self, store_segment *segment, const segment_frame *frame,
                            uint32_t kept, base_error *error) {
  base_buffer entries = {0}, bytes = {0};
  uint32_t *ends = base_alloc(kept * sizeof *ends);
  for (uint32_t i = 0; i < kept; i++) {
    base_slice entry;
    (void)store_segment_entry(frame, i, &entry);
    base_buffer_append(&entries, entry.data, entry.size);
    ends[i] = (uint32_t)entries.size;
  }
  segment_frame shorter = {.first = frame->first, .epoch = frame->epoch, .count = kept};
  store_segment_frame_append(&bytes, &shorter, ends, base_buffer_slice(&entries),
                             self->journal->id);
  shorter.size = bytes.size;
  base_code code = store_segment_append(segment, base_buffer_slice(&bytes), error);
  if (code == BASE_OK) store_segment_note(segment, &shorter);
  free(ends);
  base_buffer_fini(&entries);
  base_buffer_fini(&bytes);
  return code;
}

static bool continues(const cutting *self, const segment_frame *frame) {
  return (self->next == 0 || frame->first == self->next) && frame->epoch >= self->epoch;
}

static base_code cut_segment(cutting *self, store_segment *segment, base_error *error) {
  segment_frame frame;
  uint32_t kept = 0;
  base_slice bytes = store_segment_bytes(segment);
  while (!self->done && store_segment_frame(bytes, segment->end, self->journal->id, &frame) &&
         continues(self, &frame) && count_kept(self, &frame, &kept)) {
    self->done = kept < frame.count;
    if (self->done && kept > 0) BASE_TRY(write_kept(self, segment, &frame, kept, error));
    if (!self->done) store_segment_note(segment, &frame);
    self->next = frame.first + frame.count;
    self->epoch = frame.epoch;
  }
  segment->walked = true;
  return BASE_OK;
}

static base_code refuse_short(const cutting *self, base_error *error) {
  return base_error_set(error, BASE_NOT_FOUND, "sequence",
                        "日志只到第 %" PRIu64 " 条，没有第 %" PRIu64
                        " 条；请给出更小的序号，或更新的日志目录",
                        "The journal ends with entry %" PRIu64 " and has no entry %" PRIu64
                        "; name an earlier one, or a journal that goes further",
                        self->last->sequence, self->until->sequence);
}

static base_code refuse_damage(const cutting *self, const store_segment *segment,
                               base_error *error) {
  return base_error_set(error, BASE_INTERNAL, "journal",
                        "日志在第 %" PRIu64 " 条之后损坏或缺少文件，而 %010" PRIu64
                        ".log 中仍有其后的条目；要恢复到断处，请给出 --sequence %" PRIu64,
                        "The journal is damaged behind entry %" PRIu64
                        ", or a file is missing, and %010" PRIu64
                        ".log has later entries; to restore up to the break, say --sequence "
                        "%" PRIu64,
                        self->last->sequence, segment->number, self->last->sequence);
}

/* Where the journal ends by itself, nothing whole may follow: it would be lost without a word. */
static base_code check_end(const cutting *self, size_t kept, base_error *error) {
  const store_journal *journal = self->journal;
  if (self->done || self->until->sequence == self->last->sequence) return BASE_OK;
  for (size_t i = kept == 0 ? 0 : kept - 1; i < journal->count; i++) {
    if (!store_segment_goes_on(journal->segments[i], journal->id)) continue;
    return refuse_damage(self, journal->segments[i], error);
  }
  return BASE_OK;
}

static void drop_from(store_journal *journal, size_t keep) {
  while (journal->count > keep) {
    char name[SEGMENT_NAME_MAX];
    store_segment *segment = journal->segments[--journal->count];
    store_segment_name(segment->number, name);
    (void)unlinkat(journal->directory, name, 0);
    store_segment_close(segment);
  }
}

base_code store_journal_cut(store_journal *journal, const store_point *until, store_last *last,
                            base_error *error) {
  cutting self = {.journal = journal, .until = until, .last = last};
  size_t kept = 0;
  *last = (store_last){0};
  for (size_t i = 0; i < journal->count && !self.done; i++) {
    BASE_TRY(cut_segment(&self, journal->segments[i], error));
    if (journal->segments[i]->end == 0) break;
    kept = i + 1;
  }
  if (until->sequence > last->sequence) return refuse_short(&self, error);
  BASE_TRY(check_end(&self, kept, error));
  drop_from(journal, kept);
  if (kept > 0) BASE_TRY(store_segment_clear_rest(journal->segments[kept - 1], error));
  return fsync(journal->directory) == 0 ? BASE_OK : store_status_unusable(errno, error);
}
