/* buffer: bytes that grow at the end.
 * Memory:  the buffer owns its bytes until base_buffer_fini; slices of it die at the next append.
 * Threads: one at a time.
 * Fails:   never; see arena.h for what happens without memory. */
#pragma once

#include "base/slice.h"

typedef struct base_buffer {
  uint8_t *data;
  size_t size;
  size_t capacity;
} base_buffer;

/* A zeroed base_buffer is a valid empty one. */
void base_buffer_fini(base_buffer *buffer);
void base_buffer_clear(base_buffer *buffer); /* size 0, memory kept */

/* Makes the buffer larger, so that there is room for `more` bytes. */
void base_buffer_grow(base_buffer *buffer, size_t more);

/* Room for `more` bytes behind the end; returns where they go. Does not change size. These are inline
 * because results, records and keys are made of a few bytes at a time. */
static inline uint8_t *base_buffer_reserve(base_buffer *buffer, size_t more) {
  if (buffer->data == NULL || more > buffer->capacity - buffer->size) {
    base_buffer_grow(buffer, more);
  }
  return buffer->data + buffer->size;
}

static inline void base_buffer_append(base_buffer *buffer, const void *data, size_t size) {
  if (size == 0) return;
  memcpy(base_buffer_reserve(buffer, size), data, size);
  buffer->size += size;
}

static inline void base_buffer_byte(base_buffer *buffer, uint8_t byte) {
  *base_buffer_reserve(buffer, 1) = byte;
  buffer->size++;
}

void base_buffer_text(base_buffer *buffer, const char *text);
void base_buffer_format(base_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline base_slice base_buffer_slice(const base_buffer *buffer) {
  return base_slice_make(buffer->data, buffer->size);
}
