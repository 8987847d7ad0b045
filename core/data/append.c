/* append: heads by msgpack-c, bodies as they are. See append.h.
 *
 * Memory:  the buffer's.  Threads: one per buffer.  Fails: never. */
#include "data/append.h"

#include <float.h>
#include <msgpack/pack.h>

static int write_buffer(void *self, const char *data, size_t size) {
  base_buffer_append(self, data, size);
  return 0;
}

static msgpack_packer packer_over(base_buffer *out) {
  msgpack_packer packer;
  msgpack_packer_init(&packer, out, write_buffer);
  return packer;
}

static void append_bytes(base_buffer *out, base_slice bytes) {
  if (bytes.size > 0) base_buffer_append(out, bytes.data, bytes.size);
}

void data_append_nil(base_buffer *out) {
  msgpack_packer packer = packer_over(out);
  msgpack_pack_nil(&packer);
}

void data_append_boolean(base_buffer *out, bool value) {
  msgpack_packer packer = packer_over(out);
  if (value) {
    msgpack_pack_true(&packer);
  } else {
    msgpack_pack_false(&packer);
  }
}

void data_append_integer(base_buffer *out, int64_t value) {
  msgpack_packer packer = packer_over(out);
  msgpack_pack_int64(&packer, value);
}

/* Four bytes when they hold the very same number, eight otherwise. */
void data_append_float(base_buffer *out, double value) {
  msgpack_packer packer = packer_over(out);
  bool in_range = value >= -(double)FLT_MAX && value <= (double)FLT_MAX;
  if (in_range && (double)(float)value == value) {
    msgpack_pack_float(&packer, (float)value);
  } else {
    msgpack_pack_double(&packer, value);
  }
}

void data_append_text(base_buffer *out, const char *text) {
  data_append_slice(out, base_slice_text(text));
}

void data_append_text_head(base_buffer *out, size_t size) {
  msgpack_packer packer = packer_over(out);
  msgpack_pack_str(&packer, size);
}

void data_append_slice(base_buffer *out, base_slice text) {
  data_append_text_head(out, text.size);
  append_bytes(out, text);
}

void data_append_binary(base_buffer *out, base_slice bytes) {
  msgpack_packer packer = packer_over(out);
  msgpack_pack_bin(&packer, bytes.size);
  append_bytes(out, bytes);
}

void data_append_array(base_buffer *out, size_t count) {
  msgpack_packer packer = packer_over(out);
  msgpack_pack_array(&packer, count);
}

void data_append_map(base_buffer *out, size_t count) {
  msgpack_packer packer = packer_over(out);
  msgpack_pack_map(&packer, count);
}

void data_append_raw(base_buffer *out, base_slice value) {
  append_bytes(out, value);
}

void data_append_pair_text(base_buffer *out, const char *key, const char *text) {
  data_append_text(out, key);
  data_append_text(out, text);
}

void data_append_pair_slice(base_buffer *out, const char *key, base_slice text) {
  data_append_text(out, key);
  data_append_slice(out, text);
}

void data_append_pair_integer(base_buffer *out, const char *key, int64_t value) {
  data_append_text(out, key);
  data_append_integer(out, value);
}

void data_append_pair_boolean(base_buffer *out, const char *key, bool value) {
  data_append_text(out, key);
  data_append_boolean(out, value);
}

void data_append_pair_raw(base_buffer *out, const char *key, base_slice value) {
  data_append_text(out, key);
  data_append_raw(out, value);
}

/* The one byte of an empty container stands at its place until data_append_close knows better. */
size_t data_append_open_map(base_buffer *out) {
  size_t place = out->size;
  data_append_map(out, 0);
  return place;
}

size_t data_append_open_array(base_buffer *out) {
  size_t place = out->size;
  data_append_array(out, 0);
  return place;
}

void data_append_close(base_buffer *out, size_t place, size_t count) {
  uint8_t empty = out->data[place];
  if (count <= 15) {
    out->data[place] = (uint8_t)(empty | count);
    return;
  }
  base_buffer head = {0};
  if (empty == 0x80) {
    data_append_map(&head, count);
  } else {
    data_append_array(&head, count);
  }
  size_t contents = out->size - place - 1;
  base_buffer_reserve(out, head.size - 1);
  memmove(out->data + place + head.size, out->data + place + 1, contents);
  memcpy(out->data + place, head.data, head.size);
  out->size += head.size - 1;
  base_buffer_fini(&head);
}
