/* frame: the bytes of one group in a segment. See segment.h.
 *
 * Memory:  slices point into the bytes.  Threads: any.  Fails: false for what is no frame. */
#include "base/checksum.h"
#include "store/inside.h"

#define MAGIC 0x486b4a31u /* HkJ1 */
#define CHECKED 32        /* bytes of the head before the checksum */
#define ALIGNMENT 8

static void write_half(uint8_t *out, uint32_t number) {
  for (size_t i = 0; i < 4; i++) out[i] = (uint8_t)(number >> (24 - 8 * i));
}

static uint32_t read_half(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

size_t store_segment_frame_size(size_t entries, size_t count) {
  size_t size = SEGMENT_HEAD + count * 4 + entries;
  return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static uint64_t checksum_of(const uint8_t id[16], const uint8_t *head, base_slice ends,
                            base_slice entries) {
  uint64_t sum = base_checksum(0, base_slice_make(id, 16));
  sum = base_checksum(sum, base_slice_make(head, CHECKED));
  sum = base_checksum(sum, ends);
  return base_checksum(sum, entries);
}

bool store_segment_peek(base_slice bytes, size_t offset, segment_frame *frame) {
  if (offset >= bytes.size || bytes.size - offset < SEGMENT_HEAD) return false;
  const uint8_t *head = bytes.data + offset;
  if (read_half(head) != MAGIC) return false;
  size_t body = read_half(head + 4);
  *frame = (segment_frame){.first = store_number_read(head + 8),
                           .epoch = store_number_read(head + 16),
                           .count = read_half(head + 24),
                           .body = base_slice_make(head + SEGMENT_HEAD, body),
                           .size = store_segment_frame_size(body, 0)};
  size_t ends = (size_t)frame->count * 4;
  return frame->count > 0 && frame->first > 0 && ends <= body && frame->size <= bytes.size - offset;
}

/* Whether the entries follow one another to the end of the frame. */
static bool ends_ascend(base_slice ends, size_t size) {
  uint32_t last = 0;
  for (size_t at = 0; at < ends.size; at += 4) {
    uint32_t end = read_half(ends.data + at);
    if (end < last) return false;
    last = end;
  }
  return last == size;
}

bool store_segment_frame(base_slice bytes, size_t offset, const uint8_t id[16],
                         segment_frame *frame) {
  if (!store_segment_peek(bytes, offset, frame)) return false;
  const uint8_t *head = bytes.data + offset;
  base_slice ends = base_slice_make(frame->body.data, (size_t)frame->count * 4);
  base_slice entries = base_slice_after(frame->body, ends.size);
  return checksum_of(id, head, ends, entries) == store_number_read(head + CHECKED) &&
         ends_ascend(ends, entries.size);
}

bool store_segment_entry(const segment_frame *frame, size_t index, base_slice *entry) {
  if (index >= frame->count) return false;
  base_slice entries = base_slice_after(frame->body, (size_t)frame->count * 4);
  size_t begin = index == 0 ? 0 : read_half(frame->body.data + (index - 1) * 4);
  size_t end = read_half(frame->body.data + index * 4);
  if (begin > end || end > entries.size) return false;
  *entry = base_slice_make(entries.data + begin, end - begin);
  return true;
}

void store_segment_frame_append(base_buffer *out, const segment_frame *frame, const uint32_t *ends,
                                base_slice entries, const uint8_t id[16]) {
  size_t table = (size_t)frame->count * 4;
  size_t size = store_segment_frame_size(entries.size, frame->count);
  uint8_t *head = base_buffer_reserve(out, size);
  memset(head, 0, SEGMENT_HEAD);
  write_half(head, MAGIC);
  write_half(head + 4, (uint32_t)(table + entries.size));
  store_number_write(head + 8, frame->first);
  store_number_write(head + 16, frame->epoch);
  write_half(head + 24, frame->count);
  for (size_t i = 0; i < frame->count; i++) write_half(head + SEGMENT_HEAD + i * 4, ends[i]);
  memcpy(head + SEGMENT_HEAD + table, entries.data, entries.size);
  size_t written = SEGMENT_HEAD + table + entries.size;
  memset(head + written, 0, size - written);
  base_slice ends_bytes = base_slice_make(head + SEGMENT_HEAD, table);
  store_number_write(head + CHECKED, checksum_of(id, head, ends_bytes, entries));
  out->size += size;
}
