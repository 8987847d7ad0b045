/* msgpack: see msgpack.h. A table says what follows each first byte: so many bytes, or a length and
 * then so many bytes or values.
 *
 * Memory, Threads, Fails: see the header. */
#include "msgpack.h"

/* Of the codes from 0xc0 to 0xdf: bytes of the length field, bytes behind it. */
static const uint8_t length_bytes[32] = {0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0,
                                         0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4};
static const uint8_t fixed_bytes[32] = {0, 0, 0, 0, 0, 0, 0, 1, 1,  1, 4, 8, 1, 2, 4, 8,
                                        1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0};

static uint64_t big_endian(const uint8_t *bytes, size_t size) {
  uint64_t number = 0;
  for (size_t i = 0; i < size; i++) number = number << 8 | bytes[i];
  return number;
}

/* Moves over so many bytes. */
static reply_state pass(msgpack_reader *reader, uint64_t bytes) {
  if ((uint64_t)(reader->end - reader->at) < bytes) return REPLY_PARTIAL;
  reader->at += bytes;
  return REPLY_WHOLE;
}

/* A code from 0xc0 to 0xdf; `values` grows by what an array or a map holds. */
static reply_state skip_coded(msgpack_reader *reader, uint8_t code, uint64_t *values) {
  size_t width = length_bytes[code - 0xc0];
  uint64_t bytes = fixed_bytes[code - 0xc0];
  if (code == 0xc1) return REPLY_BROKEN;
  if (width > 0) {
    if ((size_t)(reader->end - reader->at) < width) return REPLY_PARTIAL;
    uint64_t length = big_endian(reader->at, width);
    reader->at += width;
    if (code >= 0xdc)
      *values += code >= 0xde ? length * 2 : length;
    else
      bytes += length;
  }
  return pass(reader, bytes);
}

reply_state msgpack_skip(msgpack_reader *reader, uint64_t values) {
  while (values > 0) {
    reply_state state = REPLY_WHOLE;
    if (reader->at == reader->end) return REPLY_PARTIAL;
    uint8_t code = *reader->at++;
    values--;
    if (code >= 0xc0 && code < 0xe0)
      state = skip_coded(reader, code, &values);
    else if (code >= 0xa0 && code < 0xc0)
      state = pass(reader, code & 0x1f);
    else if (code >= 0x90 && code < 0xa0)
      values += code & 0x0f;
    else if (code >= 0x80 && code < 0x90)
      values += (uint64_t)(code & 0x0f) * 2;
    if (state != REPLY_WHOLE) return state;
  }
  return REPLY_WHOLE;
}

reply_state msgpack_number(msgpack_reader *reader, uint64_t *number) {
  if (reader->at == reader->end) return REPLY_PARTIAL;
  uint8_t code = *reader->at++;
  if (code < 0x80) {
    *number = code;
    return REPLY_WHOLE;
  }
  if (code < 0xcc || code > 0xcf) return REPLY_BROKEN;
  size_t width = (size_t)1 << (code - 0xcc);
  if ((size_t)(reader->end - reader->at) < width) return REPLY_PARTIAL;
  *number = big_endian(reader->at, width);
  reader->at += width;
  return REPLY_WHOLE;
}
