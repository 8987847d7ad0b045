/* recovery: finds where the journal ends, hands out what LMDB does not have yet, and zeroes what a
 * stop tore.
 *
 *   a frame continues when it is whole, its first entry follows the last one, and its epoch is not
 *   older than the one before nor newer than the store's
 *   behind the end only torn bytes may stand: a whole frame there was confirmed once
 *
 * Memory:  none kept.  Threads: while the store is opened.
 * Fails:   INTERNAL when the journal is damaged; STORAGE_FULL; a failed sync ends the process. */
#include <inttypes.h>
#include <unistd.h>

#include "store/inside.h"

typedef struct recovery {
  store_journal *journal;
  uint64_t epoch;      /* the store's */
  uint64_t from;       /* what lies up to here is in LMDB */
  uint64_t next;       /* the first entry of the frame that continues; 0: any up to `from` + 1 */
  uint64_t last_epoch; /* of the last frame */
  store_last *last;
  void (*visit)(const store_entry *entry, void *self);
  void *self;
} recovery;

static base_code refuse_damage(const store_segment *segment, size_t offset, base_error *error) {
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "日志文件 journal/%010" PRIu64
                        ".log 在字节 %zu 处损坏，其后仍有完整的条目；没有改动任何文件，请检查磁盘，"
                        "并从备份恢复",
                        "The journal file journal/%010" PRIu64
                        ".log is damaged at byte %zu, and whole entries follow; nothing was "
                        "changed: check the disk and restore a backup",
                        segment->number, offset);
}

static base_code refuse_missing(uint64_t number, base_error *error) {
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "缺少日志文件 journal/%010" PRIu64
                        ".log，其后的文件里仍有完整的条目；没有改动任何文件，请放回该文件，"
                        "或从备份恢复",
                        "The journal file journal/%010" PRIu64
                        ".log is missing, and whole entries follow in later files; nothing was "
                        "changed: put it back, or restore a backup",
                        number);
}

static base_code refuse_gap(uint64_t reached, uint64_t needed, base_error *error) {
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "数据文件到第 %" PRIu64 " 条，而日志没有与之相接（到第 %" PRIu64
                        " 条）：journal 目录里缺少文件，请从备份恢复",
                        "The data file ends with entry %" PRIu64
                        " and the journal, which reaches entry %" PRIu64
                        ", does not meet it: files in the directory journal are missing; restore "
                        "a backup",
                        needed, reached);
}

/* --- handing out ------------------------------------------------------------------------------- */

static bool continues(const recovery *self, const segment_frame *frame) {
  bool follows = self->next == 0 ? frame->first <= self->from + 1 : frame->first == self->next;
  return follows && frame->epoch >= self->last_epoch && frame->epoch <= self->epoch;
}

static void take_entry(recovery *self, uint64_t sequence, base_slice bytes) {
  size_t changes;
  store_entry entry = {.sequence = sequence};
  if (!store_entry_decode(bytes, &entry, &changes)) {
    store_status_require(MDB_CORRUPTED, "reading an entry of the journal");
  }
  self->visit(&entry, self->self);
  *self->last = store_entry_last(&entry);
}

static void take_frame(recovery *self, const segment_frame *frame) {
  base_slice bytes;
  for (uint32_t i = 0; i < frame->count && store_segment_entry(frame, i, &bytes); i++) {
    if (frame->first + i > self->from) take_entry(self, frame->first + i, bytes);
  }
  self->next = frame->first + frame->count;
  self->last_epoch = frame->epoch;
}

/* Takes the segment's frames as far as they continue. */
static void take_segment(recovery *self, store_segment *segment) {
  segment_frame frame;
  base_slice bytes = store_segment_bytes(segment);
  segment->walked = true;
  while (store_segment_frame(bytes, segment->end, self->journal->id, &frame) &&
         continues(self, &frame)) {
    take_frame(self, &frame);
    store_segment_note(segment, &frame);
  }
}

/* --- the end ----------------------------------------------------------------------------------- */

static base_code check_rest(const recovery *self, const store_segment *segment, base_error *error) {
  if (!store_segment_goes_on(segment, self->journal->id)) return BASE_OK;
  return refuse_damage(segment, segment->end, error);
}

/* Whether the segment's frames do not continue because a file before it is gone. */
static bool misses_one(const recovery *self, size_t at) {
  const store_segment *segment = self->journal->segments[at];
  if (segment->first == 0 || segment->end > 0) return false;
  if (at > 0) return segment->number != self->journal->segments[at - 1]->number + 1;
  return segment->number > 1 && segment->first > self->from + 1;
}

static base_code check_segment(const recovery *self, size_t at, base_error *error) {
  const store_segment *segment = self->journal->segments[at];
  if (misses_one(self, at)) return refuse_missing(segment->number - 1, error);
  return check_rest(self, segment, error);
}

/* Segments without a frame were made ahead, or begun and torn. */
static void drop_empty(store_journal *journal) {
  while (journal->count > 0 && journal->segments[journal->count - 1]->end == 0) {
    char name[SEGMENT_NAME_MAX];
    store_segment *segment = journal->segments[--journal->count];
    store_segment_name(segment->number, name);
    (void)unlinkat(journal->directory, name, 0);
    store_segment_close(segment);
  }
}

static base_code clear_end(store_journal *journal, base_error *error) {
  drop_empty(journal);
  if (journal->count == 0) return BASE_OK;
  return store_segment_clear_rest(journal->segments[journal->count - 1], error);
}

static size_t first_segment(const store_journal *journal, uint64_t sequence) {
  size_t at = 0;
  while (at + 1 < journal->count && journal->segments[at + 1]->first != 0 &&
         journal->segments[at + 1]->first <= sequence) {
    at++;
  }
  return at;
}

base_code store_journal_recover(store_journal *journal, uint64_t epoch, store_last *last,
                                void (*visit)(const store_entry *entry, void *self), void *self,
                                base_error *error) {
  uint64_t from = last->sequence;
  recovery under_way = {
      .journal = journal, .epoch = epoch, .from = from, .last = last, .visit = visit, .self = self};
  size_t end = first_segment(journal, from);
  size_t first = end;
  for (; end < journal->count; end++) {
    take_segment(&under_way, journal->segments[end]);
    if (journal->segments[end]->end == 0) break;
  }
  /* What is behind the last frame, in its own segment and in those that follow. */
  for (size_t i = end > first ? end - 1 : first; i < journal->count; i++) {
    BASE_TRY(check_segment(&under_way, i, error));
  }
  uint64_t reached = under_way.next == 0 ? 0 : under_way.next - 1;
  if (reached < from) return refuse_gap(reached, from, error);
  return clear_end(journal, error);
}
