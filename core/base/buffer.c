/* buffer: an array that doubles. See buffer.h.
 * Memory:  malloc'd bytes.  Threads: one at a time.  Fails: base_fatal without memory. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"

/* A record of a dozen fields; what the allocator keeps at hand for the next. */
#define FIRST_CAPACITY ((size_t)512)

void base_buffer_fini(base_buffer *buffer) {
  free(buffer->data);
  *buffer = (base_buffer){0};
}

void base_buffer_clear(base_buffer *buffer) {
  buffer->size = 0;
}

void base_buffer_grow(base_buffer *buffer, size_t more) {
  size_t need = 0;
  if (__builtin_add_overflow(buffer->size, more, &need)) need = SIZE_MAX;
  size_t doubled = buffer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buffer->capacity * 2;
  size_t capacity = need > doubled ? need : doubled;
  buffer->data = base_realloc(buffer->data, capacity);
  buffer->capacity = capacity;
}

void base_buffer_text(base_buffer *buffer, const char *text) {
  base_buffer_append(buffer, text, strlen(text));
}

void base_buffer_format(base_buffer *buffer, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int size = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (size < 0) base_fatal("base.format", "format=\"%s\"", format);
  uint8_t *end = base_buffer_reserve(buffer, (size_t)size + 1);
  (void)vsnprintf((char *)end, (size_t)size + 1, format, again);
  va_end(again);
  buffer->size += (size_t)size;
}
