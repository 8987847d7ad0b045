/* journal: the segments in the directory "journal" as one log of entries by sequence. Its end is the
 * commit point: what a group's append confirmed is there after any stop of the machine.
 *
 * A start finds the end by itself (recovery.c): the first frame that does not continue the ones
 * before. Behind it lies at most what a stop tore, which is zeroed before anything is appended; a
 * whole frame behind it means that the disk lost something that was confirmed, and the store is not
 * opened.
 *
 * Memory:  entries that come out lie in maps and live until the segment is retired, which waits for
 *          all views that could have seen it (view.c).
 * Threads: append by the writer, prepare by the drain lane, get by any; a mutex guards the list.
 * Fails:   STORAGE_FULL; INTERNAL for a journal that is damaged. */
#pragma once

#include <pthread.h>

#include "store/segment.h"

typedef struct store_journal {
  int directory;
  uint8_t id[16];
  size_t segment_bytes;
  pthread_mutex_t mutex;    /* guards what follows */
  store_segment **segments; /* in order; frames are appended to the last one */
  size_t count;
  size_t room;
  store_segment *spare;    /* made ahead, or NULL */
  pthread_mutex_t making;  /* held while a segment is made; taken before the other */
  pthread_mutex_t keeping; /* held while a copy is made, or a segment retired */
} store_journal;

/* Opens the journal below `directory`, or makes an empty one. Nothing is read yet but the names. */
base_code store_journal_open(store_journal *journal, int directory, const uint8_t id[16],
                             size_t segment_bytes, base_error *error);
void store_journal_close(store_journal *journal);

/* Where a recovery starts from and what it comes to. */
typedef struct store_last {
  uint64_t sequence;
  int64_t at;
  base_digest hash;
} store_last;

/* Calls visit with each entry behind `last`, in order, and leaves the end in it. Then zeroes what a
 * stop tore. INTERNAL names the file when the journal is damaged or does not reach `last`. */
base_code store_journal_recover(store_journal *journal, uint64_t epoch, store_last *last,
                                void (*visit)(const store_entry *entry, void *self), void *self,
                                base_error *error);

/* The frame must continue the last one; see store_segment_append. */
base_code store_journal_append(store_journal *journal, const segment_frame *frame, base_slice bytes,
                               base_error *error);

/* Makes the next segment ahead when the last one is half full; costs time, which is why it is not
 * left to the append. */
base_code store_journal_prepare(store_journal *journal, base_error *error);

/* The entry's bytes; false when the journal does not have it, or no longer had it after so many
 * `removals`. */
bool store_journal_get(store_journal *journal, uint64_t removals, uint64_t sequence,
                       base_slice *bytes);

/* Ends a journal that was opened and not recovered at an earlier entry, which is left in `last`; what
 * follows is removed. NOT_FOUND when it does not reach that far; INTERNAL when it is damaged before. */
base_code store_journal_cut(store_journal *journal, const store_point *until, store_last *last,
                            base_error *error);

/* How far a segment's frames reach. */
typedef struct store_extent {
  uint64_t number;
  size_t end;
} store_extent;

/* Those of all segments that have frames, as of now; the caller frees them. */
store_extent *store_journal_extents(store_journal *journal, size_t *count);

/* The first segment, when others follow it and its entries are all up to `drained` and older than
 * `before`; NULL otherwise. */
const store_segment *store_journal_expired(store_journal *journal, uint64_t drained,
                                           int64_t before);

/* Takes the first segment out of sight, with that number; it is to be dropped when nobody from before
 * is there any more. */
store_segment *store_journal_retire(store_journal *journal, uint64_t removed);
void store_journal_drop(store_journal *journal, store_segment *segment);

/* Ends the segment that is appended to, so that it changes no more; `sealed` is its number, or the last one's
 * with frames. No append may be under way. */
base_code store_journal_seal(store_journal *journal, uint64_t *sealed, base_error *error);

/* The number of the first segment that is not retired; UINT64_MAX when there is none. */
uint64_t store_journal_oldest(store_journal *journal);

/* The frames of the sealed segment of that number; false when there is none. They stay as long as nobody
 * retires segments. */
bool store_journal_frames(store_journal *journal, uint64_t number, base_slice *bytes);

/* Its file was written anew: opens it in place of the old one, which is to be closed when nobody from before
 * is there any more. */
base_code store_journal_renew(store_journal *journal, uint64_t number, store_segment **old,
                              base_error *error);

/* The first sequence it has, retired ones left out; 0 when it is empty. */
uint64_t store_journal_first(store_journal *journal);
