/* segment: one file of the journal: frames from its beginning, zeros behind them. A frame holds the
 * entries of one group:
 *
 *    0  magic     4 bytes
 *    4  size      4 bytes: of ends and entries together
 *    8  first     8 bytes: the sequence of the first entry
 *   16  epoch     8 bytes
 *   24  count     4 bytes: entries
 *   28  zero      4 bytes
 *   32  checksum  8 bytes: of the store's id, of what stands before, of ends, of entries
 *   40  ends      4 bytes for each entry: where it ends among the entries
 *       entries   as entry.c writes them
 *       zeros     up to a multiple of 8 bytes
 * Numbers are big-endian.
 *
 * Memory:  the segment owns its file and its map until store_segment_close.
 * Threads: one at a time, but for the bytes of whole frames, which never change: any.
 * Fails:   STORAGE_FULL; a failed sync ends the process, because the next one would lie. */
#pragma once

#include "base/buffer.h"
#include "store/store.h"

#define SEGMENT_HEAD 40
#define SEGMENT_NAME_MAX 24

/* Where to begin looking for a sequence: one for about each SEGMENT_STRIDE bytes. */
typedef struct segment_point {
  uint64_t sequence;
  size_t offset;
} segment_point;

typedef struct store_segment {
  uint64_t number; /* its name */
  int file;
  const uint8_t *map;
  size_t capacity; /* the map's size; frames end before it */
  size_t size;     /* of the file */
  size_t end;      /* of its frames */
  uint64_t first;  /* the sequence of its first entry; 0 when it has none */
  bool walked;     /* points are complete */
  uint64_t
      removed; /* the number of its removal: views opened later do not find it; 0: it is there */
  segment_point *points;
  size_t point_count;
  size_t point_room;
} store_segment;

/* One frame, in memory or in a map. */
typedef struct segment_frame {
  uint64_t first;
  uint64_t epoch;
  uint32_t count;
  base_slice body; /* ends and entries */
  size_t size;     /* with head and zeros */
} segment_frame;

/* The whole frame at the offset; false when there is none: the bytes end, or are something else, or
 * their checksum is not `id`'s, or its entries are not where it says. */
bool store_segment_frame(base_slice bytes, size_t offset, const uint8_t id[16],
                         segment_frame *frame);

/* The same for a frame that is known to be whole: the checksum is not computed. */
bool store_segment_peek(base_slice bytes, size_t offset, segment_frame *frame);

/* The frame's entry number `index`, from 0. False when the frame does not say so. */
bool store_segment_entry(const segment_frame *frame, size_t index, base_slice *entry);

/* Bytes of a frame, and its writing: of `frame`, first, epoch and count are used. */
size_t store_segment_frame_size(size_t entries, size_t count);
void store_segment_frame_append(base_buffer *out, const segment_frame *frame, const uint32_t *ends,
                                base_slice entries, const uint8_t id[16]);

void store_segment_name(uint64_t number, char name[SEGMENT_NAME_MAX]);

/* Opens a file that is there, or makes one whose first `zeros` bytes are written, and whose name is
 * durable when it returns. `capacity` is what it may grow to. */
base_code store_segment_open(int directory, uint64_t number, size_t capacity,
                             store_segment **opened, base_error *error);
base_code store_segment_make(int directory, uint64_t number, size_t capacity, size_t zeros,
                             store_segment **made, base_error *error);
void store_segment_close(store_segment *segment);

/* Whether a whole frame stands somewhere behind the last one. */
bool store_segment_goes_on(const store_segment *segment, const uint8_t id[16]);

/* The first `size` bytes of the file of that name as a file of another directory, of the same or of
 * another name, synced. Returns 0 or an errno. */
int store_segment_copy(int from, int to, const char *name, size_t size);
int store_segment_copy_as(int from, const char *name, int to, const char *copy_name, size_t size);

base_slice store_segment_bytes(const store_segment *segment); /* the whole file */

/* Writes the frame behind the last one and syncs; to be noted then. STORAGE_FULL: the bytes were
 * zeroed again. */
base_code store_segment_append(store_segment *segment, base_slice frame, base_error *error);

/* Zeroes everything behind the last frame, and syncs. */
base_code store_segment_clear_rest(store_segment *segment, base_error *error);

/* Takes the frame that stands at the segment's end into it. */
void store_segment_note(store_segment *segment, const segment_frame *frame);

/* The entry with that sequence; the segment must have it. Walks the frames when that is due. */
bool store_segment_find(store_segment *segment, uint64_t sequence, base_slice *entry);
