/* head: the first bytes of one msgpack value, shared by the scanner and the reader. Inside the room
 * only.
 *
 * Memory:  nothing is allocated.  Threads: any.
 * Fails:   data_head_size gives 0 for bytes that begin no value Haoke knows (0xc1, ext types). */
#pragma once

#include "data/read.h"

/* Bytes of the head that starts with `first`; numbers are all head. */
static inline size_t data_head_size(uint8_t first) {
  static const uint8_t sizes[32] = {
      1, 0, 1, 1, 2, 3, 5, 0, /* nil, -, false, true, bin 8 16 32, ext 8 */
      0, 0, 5, 9, 2, 3, 5, 9, /* ext 16 32, float 32 64, uint 8 16 32 64 */
      2, 3, 5, 9, 0, 0, 0, 0, /* int 8 16 32 64, fixext 1 2 4 8 */
      0, 2, 3, 5, 3, 5, 3, 5, /* fixext 16, str 8 16 32, array 16 32, map 16 32 */
  };
  return first < 0xc0 || first >= 0xe0 ? 1 : sizes[first - 0xc0];
}

static inline bool data_head_is_text(uint8_t first) {
  return (first >= 0xa0 && first < 0xc0) || (first >= 0xd9 && first <= 0xdb);
}

static inline uint32_t data_head_u16(const uint8_t *at) {
  return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t data_head_u32(const uint8_t *at) {
  return data_head_u16(at) << 16 | data_head_u16(at + 2);
}

static inline uint64_t data_head_u64(const uint8_t *at) {
  return (uint64_t)data_head_u32(at) << 32 | data_head_u32(at + 4);
}

static inline void data_head_bytes(data_value *value, data_type type, const uint8_t *body,
                                   size_t size) {
  value->type = type;
  value->as.bytes = base_slice_make(body, size);
}

static inline void data_head_count(data_value *value, data_type type, uint32_t count) {
  value->type = type;
  value->as.count = count;
}

static inline void data_head_integer(data_value *value, int64_t integer) {
  value->type = DATA_INTEGER;
  value->as.integer = integer;
}

static inline void data_head_float(data_value *value, double number) {
  value->type = DATA_FLOAT;
  value->as.number = number;
}

static inline void data_head_unsigned(data_value *value, uint64_t number) {
  if (number > INT64_MAX) {
    data_head_float(value, (double)number);
  } else {
    data_head_integer(value, (int64_t)number);
  }
}

static inline void data_head_float32(data_value *value, const uint8_t *at) {
  uint32_t bits = data_head_u32(at);
  float number;
  memcpy(&number, &bits, sizeof number);
  data_head_float(value, (double)number);
}

static inline void data_head_float64(data_value *value, const uint8_t *at) {
  uint64_t bits = data_head_u64(at);
  double number;
  memcpy(&number, &bits, sizeof number);
  data_head_float(value, number);
}

static inline void data_head_boolean(data_value *value, bool boolean) {
  value->type = DATA_BOOLEAN;
  value->as.boolean = boolean;
}

/* The heads 0xc0 to 0xdf, one case each. */
static inline void data_head_tagged(const uint8_t *at, data_value *value) {
  // clang-format off
  switch (at[0]) {
    case 0xc2: data_head_boolean(value, false); return;
    case 0xc3: data_head_boolean(value, true); return;
    case 0xc4: data_head_bytes(value, DATA_BINARY, at + 2, at[1]); return;
    case 0xc5: data_head_bytes(value, DATA_BINARY, at + 3, data_head_u16(at + 1)); return;
    case 0xc6: data_head_bytes(value, DATA_BINARY, at + 5, data_head_u32(at + 1)); return;
    case 0xca: data_head_float32(value, at + 1); return;
    case 0xcb: data_head_float64(value, at + 1); return;
    case 0xcc: data_head_integer(value, at[1]); return;
    case 0xcd: data_head_integer(value, (int64_t)data_head_u16(at + 1)); return;
    case 0xce: data_head_integer(value, (int64_t)data_head_u32(at + 1)); return;
    case 0xcf: data_head_unsigned(value, data_head_u64(at + 1)); return;
    case 0xd0: data_head_integer(value, (int8_t)at[1]); return;
    case 0xd1: data_head_integer(value, (int16_t)data_head_u16(at + 1)); return;
    case 0xd2: data_head_integer(value, (int32_t)data_head_u32(at + 1)); return;
    case 0xd3: data_head_integer(value, (int64_t)data_head_u64(at + 1)); return;
    case 0xd9: data_head_bytes(value, DATA_TEXT, at + 2, at[1]); return;
    case 0xda: data_head_bytes(value, DATA_TEXT, at + 3, data_head_u16(at + 1)); return;
    case 0xdb: data_head_bytes(value, DATA_TEXT, at + 5, data_head_u32(at + 1)); return;
    case 0xdc: data_head_count(value, DATA_ARRAY, data_head_u16(at + 1)); return;
    case 0xdd: data_head_count(value, DATA_ARRAY, data_head_u32(at + 1)); return;
    case 0xde: data_head_count(value, DATA_MAP, data_head_u16(at + 1)); return;
    case 0xdf: data_head_count(value, DATA_MAP, data_head_u32(at + 1)); return;
    default: value->type = DATA_NIL; return;
  }
  // clang-format on
}

/* Reads a head whose data_head_size bytes are there: type and `as`, not `raw`. The body of text and
 * binary need not be there yet. */
static inline void data_head_read(const uint8_t *at, data_value *value) {
  uint8_t first = at[0];
  if (first < 0x80) {
    data_head_integer(value, first);
  } else if (first < 0x90) {
    data_head_count(value, DATA_MAP, first & 0x0fu);
  } else if (first < 0xa0) {
    data_head_count(value, DATA_ARRAY, first & 0x0fu);
  } else if (first < 0xc0) {
    data_head_bytes(value, DATA_TEXT, at + 1, first & 0x1fu);
  } else if (first >= 0xe0) {
    data_head_integer(value, (int8_t)first);
  } else {
    data_head_tagged(at, value);
  }
}

/* Bytes that follow the head of a value that is no container. */
static inline size_t data_head_body(const data_value *value) {
  return value->type == DATA_TEXT || value->type == DATA_BINARY ? value->as.bytes.size : 0;
}

/* Values inside a container: pairs count twice. */
static inline uint64_t data_head_children(const data_value *value) {
  if (value->type == DATA_ARRAY) return value->as.count;
  return value->type == DATA_MAP ? (uint64_t)value->as.count * 2 : 0;
}
