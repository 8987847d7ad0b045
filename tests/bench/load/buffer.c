/* buffer: see buffer.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_die(const char *what) {
  fprintf(stderr, "haoke_load: %s\n", what);
  exit(1);
}

uint8_t *buffer_room(buffer *bytes, size_t size) {
  if (bytes->capacity - bytes->end >= size) return bytes->bytes + bytes->end;
  size_t kept = buffer_size(bytes);
  if (bytes->start > 0) {
    memmove(bytes->bytes, bytes->bytes + bytes->start, kept);
    bytes->start = 0;
    bytes->end = kept;
  }
  if (bytes->capacity - kept < size) {
    size_t capacity = bytes->capacity < 4096 ? 4096 : bytes->capacity * 2;
    while (capacity - kept < size) capacity *= 2;
    bytes->bytes = realloc(bytes->bytes, capacity);
    if (bytes->bytes == NULL) buffer_die("out of memory");
    bytes->capacity = capacity;
  }
  return bytes->bytes + bytes->end;
}

void buffer_append(buffer *bytes, const void *data, size_t size) {
  if (size == 0) return;
  memcpy(buffer_room(bytes, size), data, size);
  bytes->end += size;
}

void buffer_take(buffer *bytes, size_t size) {
  bytes->start += size;
  if (bytes->start == bytes->end) bytes->start = bytes->end = 0;
}

void buffer_fini(buffer *bytes) {
  free(bytes->bytes);
  *bytes = (buffer){0};
}
