/* buffer: bytes that are appended at the end and taken from the front.
 *
 * Memory:  the buffer's own, grown by doubling; buffer_fini frees it.
 * Threads: one.  Fails: without memory the program ends with a message. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct buffer {
  uint8_t *bytes;
  size_t start; /* taken so far */
  size_t end;
  size_t capacity;
} buffer;

/* Ends the program: a load generator that cannot go on has nothing to tell. */
_Noreturn void buffer_die(const char *what);

/* Room for so many bytes behind the end; `end` is moved by whoever fills it. */
uint8_t *buffer_room(buffer *bytes, size_t size);
void buffer_append(buffer *bytes, const void *data, size_t size);

/* Takes from the front. */
void buffer_take(buffer *bytes, size_t size);
void buffer_fini(buffer *bytes);

static inline size_t buffer_size(const buffer *bytes) {
  return bytes->end - bytes->start;
}
