/* log_file: reads and alters a file of the journal behind the store's back. What is put keeps its
 * frame whole: the checksum is computed anew, as one would who may write the file.
 *
 * Memory:  the file's bytes are held until log_file_close, which writes them back.
 * Threads: the test's; under an open store, reading and log_file_write only.
 * Fails:   the checks fail the test. */
#pragma once

#include <fcntl.h>

#include "base/buffer.h"
#include "pages.h"
#include "store/segment.h"

typedef struct log_file {
  char path[512];
  uint8_t id[16];
  base_buffer bytes;
} log_file;

static inline void log_file_path(const scratch *room, uint64_t number, char path[512]) {
  char name[SEGMENT_NAME_MAX];
  store_segment_name(number, name);
  (void)snprintf(path, 512, "%s/journal/%s", room->directory, name);
}

static inline void log_file_find_id(scratch *room, uint8_t id[16]) {
  if (room->store != NULL) {
    store_info info = store_info_get(room->store);
    memcpy(id, info.id, 16);
    return;
  }
  pages file = pages_open(room->directory, "store", 0);
  base_slice found = pages_get(&file, text("id"), room->arena);
  pages_close(&file);
  assert_int_equal(found.size, 16);
  memcpy(id, found.data, 16);
}

static inline log_file log_file_open(scratch *room, uint64_t number) {
  log_file self = {.bytes = {0}};
  log_file_path(room, number, self.path);
  log_file_find_id(room, self.id);
  FILE *file = fopen(self.path, "rb");
  assert_non_null(file);
  for (;;) {
    uint8_t *space = base_buffer_reserve(&self.bytes, 65536);
    size_t count = fread(space, 1, 65536, file);
    if (count == 0) break;
    self.bytes.size += count;
  }
  assert_int_equal(fclose(file), 0);
  return self;
}

static inline void log_file_close(log_file *self) {
  FILE *file = fopen(self->path, "r+b");
  assert_non_null(file);
  assert_int_equal(ftruncate(fileno(file), (off_t)self->bytes.size), 0);
  assert_int_equal(fwrite(self->bytes.data, 1, self->bytes.size, file), self->bytes.size);
  assert_int_equal(fclose(file), 0);
  base_buffer_fini(&self->bytes);
}

/* Closes without writing. */
static inline void log_file_drop(log_file *self) {
  base_buffer_fini(&self->bytes);
}

/* Where the frames end. */
static inline size_t log_file_end(const log_file *self) {
  segment_frame frame;
  size_t offset = 0;
  while (store_segment_frame(base_buffer_slice(&self->bytes), offset, self->id, &frame)) {
    offset += frame.size;
  }
  return offset;
}

/* The frame that has the entry; returns its offset. */
static inline size_t log_file_frame(const log_file *self, uint64_t sequence, segment_frame *frame) {
  size_t offset = 0;
  for (;; offset += frame->size) {
    assert_true(store_segment_frame(base_buffer_slice(&self->bytes), offset, self->id, frame));
    if (sequence >= frame->first && sequence - frame->first < frame->count) return offset;
  }
}

static inline base_slice log_file_entry(const log_file *self, uint64_t sequence) {
  segment_frame frame;
  base_slice entry;
  (void)log_file_frame(self, sequence, &frame);
  assert_true(store_segment_entry(&frame, (size_t)(sequence - frame.first), &entry));
  return entry;
}

/* Puts `middle` in place of the bytes [from, to); what follows moves. */
static inline void log_file_splice(log_file *self, size_t from, size_t to, base_slice middle) {
  base_buffer out = {0};
  base_buffer_append(&out, self->bytes.data, from);
  base_buffer_append(&out, middle.data, middle.size);
  base_buffer_append(&out, self->bytes.data + to, self->bytes.size - to);
  base_buffer_fini(&self->bytes);
  self->bytes = out;
}

/* Puts other bytes in the entry's place. */
static inline void log_file_put(log_file *self, uint64_t sequence, base_slice altered) {
  uint32_t ends[64];
  segment_frame frame;
  base_slice entry;
  base_buffer entries = {0}, written = {0};
  size_t offset = log_file_frame(self, sequence, &frame);
  assert_in_range(frame.count, 1, 64);
  for (uint32_t i = 0; i < frame.count; i++) {
    assert_true(store_segment_entry(&frame, i, &entry));
    base_slice kept = frame.first + i == sequence ? altered : entry;
    base_buffer_append(&entries, kept.data, kept.size);
    ends[i] = (uint32_t)entries.size;
  }
  store_segment_frame_append(&written, &frame, ends, base_buffer_slice(&entries), self->id);
  log_file_splice(self, offset, offset + frame.size, base_buffer_slice(&written));
  base_buffer_fini(&entries);
  base_buffer_fini(&written);
}

/* Removes the entry's frame; those behind it move up. */
static inline void log_file_remove_frame(log_file *self, uint64_t sequence) {
  segment_frame frame;
  size_t offset = log_file_frame(self, sequence, &frame);
  log_file_splice(self, offset, offset + frame.size, base_slice_make(NULL, 0));
}

/* Writes bytes into the file as it lies there, under an open store too. */
static inline void log_file_write(const char *path, size_t offset, base_slice bytes) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  assert_true(file >= 0);
  assert_int_equal(pwrite(file, bytes.data, bytes.size, (off_t)offset), bytes.size);
  assert_int_equal(close(file), 0);
}
