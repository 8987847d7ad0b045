/* cut: ends a journal that nobody has open yet at an earlier entry. What follows it is removed, also
 * when it is damaged. See journal.h.
 *
 * Memory:  none kept.  Threads: while a store is made.
 * Fails:   NOT_FOUND when the journal does not reach the entry; INTERNAL, STORAGE_FULL. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/inside.h"

typedef struct cutting {
  store_journal *journal;
  const store_point *until;
  store_last *last; /* what is kept so far */
  bool done;
} cutting;

static bool is_behind(const store_point *until, const store_entry *entry) {
  return (until->sequence > 0 && entry->sequence > until->sequence) || entry->head.at > until->at;
}

/* How many of the frame's entries are kept. */
static uint32_t kept_of(cutting *self, const segment_frame *frame) {
  for (uint32_t i = 0; i < frame->count; i++) {
    size_t changes;
    base_slice bytes;
    store_entry entry = {.sequence = frame->first + i};
    if (!store_segment_entry(frame, i, &bytes) || !store_entry_decode(bytes, &entry, &changes)) {
      store_status_require(MDB_CORRUPTED, "reading an entry of the journal");
    }
    if (is_behind(self->until, &entry)) return i;
    *self->last = (store_last){.sequence = entry.sequence, .at = entry.head.at, .hash = entry.hash};
  }
  return frame->count;
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

static base_code cut_segment(cutting *self, store_segment *segment, uint64_t *next,
                             base_error *error) {
  segment_frame frame;
  base_slice bytes = store_segment_bytes(segment);
  while (!self->done && store_segment_frame(bytes, segment->end, self->journal->id, &frame) &&
         (*next == 0 || frame.first == *next)) {
    uint32_t kept = kept_of(self, &frame);
    self->done = kept < frame.count;
    if (self->done && kept > 0) BASE_TRY(write_kept(self, segment, &frame, kept, error));
    if (!self->done) store_segment_note(segment, &frame);
    *next = frame.first + frame.count;
  }
  segment->walked = true;
  return store_segment_clear_rest(segment, error);
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
  uint64_t next = 0;
  size_t kept = 0;
  *last = (store_last){0};
  for (size_t i = 0; i < journal->count && !self.done; i++) {
    BASE_TRY(cut_segment(&self, journal->segments[i], &next, error));
    if (journal->segments[i]->end == 0) break;
    kept = i + 1;
  }
  drop_from(journal, kept);
  if (until->sequence <= last->sequence) return BASE_OK;
  return base_error_set(error, BASE_NOT_FOUND, "sequence",
                        "日志只到第 %" PRIu64 " 条，没有第 %" PRIu64
                        " 条；请给出更小的序号，或更新的日志目录",
                        "The journal ends with entry %" PRIu64 " and has no entry %" PRIu64
                        "; name an earlier one, or a journal that goes further",
                        last->sequence, until->sequence);
}
