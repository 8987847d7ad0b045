/* text: Prometheus' text format, version 0.0.4, line by line.
 *
 *   # TYPE haoke_api_op_us histogram
 *   haoke_api_op_us_bucket{op="order.create",package="core",le="1024"} 17
 *
 * Memory:  a text owns its bytes; text_free ends them.
 * Threads: one at a time.
 * Fails:   without memory the text is `broken` and stays as it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct text_buffer {
  char *data;
  size_t size;
  size_t room;
  bool broken;
} text_buffer;

/* A label and its value, which may be any UTF-8; NULL names end a list. */
typedef struct text_label {
  const char *name;
  const char *value;
  size_t size;
} text_label;

void text_free(text_buffer *out);
void text_append(text_buffer *out, const char *data, size_t size);

/* `name` is what the server calls it; "haoke_" goes in front. */
void text_type(text_buffer *out, const char *name, size_t size, const char *type);

/* One sample; `suffix` behind the name ("", "_sum"); `labels` may be NULL. */
void text_sample(text_buffer *out, const char *name, size_t size, const char *suffix,
                 const text_label *labels, int64_t value);

/* The samples of one histogram: `buckets` counts that are not yet added up, `bounds` one fewer. */
void text_histogram(text_buffer *out, const char *name, size_t size, const text_label *labels,
                    const int64_t *buckets, const int64_t *bounds, size_t count, int64_t sum);
