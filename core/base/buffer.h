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

/* Room for `more` bytes behind the end; returns where they go. Does not change size. */
uint8_t *base_buffer_reserve(base_buffer *buffer, size_t more);

void base_buffer_append(base_buffer *buffer, const void *data, size_t size);
void base_buffer_byte(base_buffer *buffer, uint8_t byte);
void base_buffer_text(base_buffer *buffer, const char *text);
void base_buffer_format(base_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline base_slice base_buffer_slice(const base_buffer *buffer) {
  return base_slice_make(buffer->data, buffer->size);
}
