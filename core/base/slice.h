/* slice: a view of bytes that somebody else owns.
 * Memory:  a slice never owns; its bytes live as long as the arena, buffer or view it was taken
 *          from.
 * Threads: values; any thread.
 * Fails:   nothing here can fail. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct base_slice {
  const uint8_t *data;
  size_t size;
} base_slice;

static inline base_slice base_slice_make(const void *data, size_t size) {
  return (base_slice){.data = (const uint8_t *)data, .size = size};
}

/* The slice of a C string, without its final NUL. NULL gives the empty slice. */
static inline base_slice base_slice_text(const char *text) {
  return base_slice_make(text, text == NULL ? 0 : strlen(text));
}

static inline bool base_slice_equal(base_slice a, base_slice b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool base_slice_is(base_slice a, const char *text) {
  return base_slice_equal(a, base_slice_text(text));
}

static inline bool base_slice_starts(base_slice a, base_slice prefix) {
  return a.size >= prefix.size &&
         (prefix.size == 0 || memcmp(a.data, prefix.data, prefix.size) == 0);
}

/* Byte order; a prefix sorts before what it begins. Returns <0, 0, >0. */
static inline int base_slice_compare(base_slice a, base_slice b) {
  size_t shorter = a.size < b.size ? a.size : b.size;
  int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
  if (order != 0) return order;
  return a.size < b.size ? -1 : a.size > b.size;
}

/* The part of a behind its first n bytes (n <= a.size). */
static inline base_slice base_slice_after(base_slice a, size_t n) {
  return base_slice_make(a.data + n, a.size - n);
}

/* For printf's "%.*s". */
#define BASE_SLICE_ARGS(slice) (int)(slice).size, (const char *)(slice).data
