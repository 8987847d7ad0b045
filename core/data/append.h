/* append: writes msgpack at the end of a buffer, always in the shortest form (msgpack-c).
 *
 * Memory:  the buffer's owner.  Threads: one per buffer.  Fails: never. */
#pragma once

#include "base/buffer.h"

void data_append_nil(base_buffer *out);
void data_append_boolean(base_buffer *out, bool value);
void data_append_integer(base_buffer *out, int64_t value);
void data_append_float(base_buffer *out, double value);
void data_append_text(base_buffer *out, const char *text);
void data_append_slice(base_buffer *out, base_slice text); /* as text */
void data_append_text_head(base_buffer *out, size_t size); /* of a text whose bytes follow */
void data_append_binary(base_buffer *out, base_slice bytes);
void data_append_array(base_buffer *out, size_t count);
void data_append_map(base_buffer *out, size_t count);
void data_append_raw(base_buffer *out, base_slice value); /* one encoded value as it is */

/* A key and its value in one call. */
void data_append_pair_text(base_buffer *out, const char *key, const char *text);
void data_append_pair_slice(base_buffer *out, const char *key, base_slice text);
void data_append_pair_integer(base_buffer *out, const char *key, int64_t value);
void data_append_pair_boolean(base_buffer *out, const char *key, bool value);
void data_append_pair_raw(base_buffer *out, const char *key, base_slice value);

/* A container whose count is not known at its start: remember the place, append, then close.
 *   size_t place = data_append_open_map(out); … pairs … data_append_close(out, place, pairs);
 * The head takes the shortest form that holds `count`; the contents are moved when needed. */
size_t data_append_open_map(base_buffer *out);
size_t data_append_open_array(base_buffer *out);
void data_append_close(base_buffer *out, size_t place, size_t count);
