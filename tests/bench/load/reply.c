/* reply: see reply.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "reply.h"

#include <string.h>

#include "msgpack.h"

#define TRY(call)                                                                                  \
  do {                                                                                             \
    reply_state state_ = (call);                                                                   \
    if (state_ != REPLY_WHOLE) return state_;                                                      \
  } while (0)

/* --- msgpack-RPC: [1, number, error, result] -------------------------------------------------------- */

static reply_state read_msgpack(const uint8_t *bytes, size_t size, reply *found) {
  msgpack_reader reader = {bytes, bytes + size};
  uint64_t number = 0;
  if (size < 3) return REPLY_PARTIAL;
  if (bytes[0] != 0x94 || bytes[1] != 1) return REPLY_BROKEN;
  reader.at += 2;
  TRY(msgpack_number(&reader, &number));
  if (reader.at == reader.end) return REPLY_PARTIAL;
  bool failed = *reader.at != 0xc0;
  TRY(msgpack_skip(&reader, 2));
  *found = (reply){(size_t)(reader.at - bytes), true, (uint32_t)number, failed};
  return REPLY_WHOLE;
}

/* --- IPROTO: length, {0: code, 1: sync, …}, {…} ------------------------------------------------------ */

#define IPROTO_CODE 0
#define IPROTO_SYNC 1
#define IPROTO_ERROR 0x8000

static reply_state read_iproto(const uint8_t *bytes, size_t size, reply *found) {
  msgpack_reader reader = {bytes, bytes + size};
  uint64_t length = 0;
  TRY(msgpack_number(&reader, &length));
  if ((uint64_t)(reader.end - reader.at) < length) return REPLY_PARTIAL;
  reader.end = reader.at + length;
  *found = (reply){.size = (size_t)(reader.end - bytes), .tagged = true};
  if (length == 0 || (*reader.at & 0xf0) != 0x80) return REPLY_BROKEN;
  for (size_t pairs = *reader.at++ & 0x0f; pairs > 0; pairs--) {
    uint64_t key = 0;
    uint64_t value = 0;
    if (msgpack_number(&reader, &key) != REPLY_WHOLE) return REPLY_BROKEN;
    if (msgpack_number(&reader, &value) != REPLY_WHOLE) return REPLY_BROKEN;
    if (key == IPROTO_CODE) found->failed = (value & IPROTO_ERROR) != 0;
    if (key == IPROTO_SYNC) found->tag = (uint32_t)value;
  }
  return REPLY_WHOLE;
}

/* --- RESP ---------------------------------------------------------------------------------------------- */

/* The number on the line behind the type byte; `at` moves behind the line. */
static reply_state resp_line(const uint8_t **at, const uint8_t *end, int64_t *number) {
  const uint8_t *stop = memchr(*at, '\n', (size_t)(end - *at));
  if (stop == NULL) return REPLY_PARTIAL;
  const uint8_t *digit = *at + 1;
  bool negative = *digit == '-';
  int64_t value = 0;
  for (digit += negative; *digit >= '0' && *digit <= '9'; digit++) {
    value = value * 10 + (*digit - '0');
  }
  *number = negative ? -value : value;
  *at = stop + 1;
  return REPLY_WHOLE;
}

static reply_state read_resp(const uint8_t *bytes, size_t size, reply *found) {
  const uint8_t *at = bytes;
  const uint8_t *end = bytes + size;
  *found = (reply){0};
  for (int64_t values = 1; values > 0; values--) {
    int64_t number = 0;
    if (end - at < 2) return REPLY_PARTIAL;
    uint8_t type = *at;
    TRY(resp_line(&at, end, &number));
    if (type == '*') {
      values += number > 0 ? number : 0;
    } else if (type == '$') {
      if (number >= 0 && end - at < number + 2) return REPLY_PARTIAL;
      at += number >= 0 ? number + 2 : 0;
    } else if (type == '-') {
      found->failed = true;
    } else if (type != '+' && type != ':') {
      return REPLY_BROKEN;
    }
  }
  found->size = (size_t)(at - bytes);
  return REPLY_WHOLE;
}

/* --- PostgreSQL: messages up to ReadyForQuery --------------------------------------------------------- */

static reply_state read_postgres(const uint8_t *bytes, size_t size, reply *found) {
  size_t at = 0;
  *found = (reply){0};
  while (size - at >= 5) {
    uint32_t length = 0;
    for (size_t i = 1; i < 5; i++) length = length << 8 | bytes[at + i];
    if (length < 4) return REPLY_BROKEN;
    if (size - at < (size_t)length + 1) return REPLY_PARTIAL;
    uint8_t type = bytes[at];
    at += (size_t)length + 1;
    if (type == 'E') found->failed = true;
    if (type == 'Z') {
      found->size = at;
      return REPLY_WHOLE;
    }
  }
  return REPLY_PARTIAL;
}

reply_state reply_read(reply_protocol protocol, const uint8_t *bytes, size_t size, reply *found) {
  switch (protocol) {
    case REPLY_MSGPACK:
      return read_msgpack(bytes, size, found);
    case REPLY_IPROTO:
      return read_iproto(bytes, size, found);
    case REPLY_RESP:
      return read_resp(bytes, size, found);
    case REPLY_POSTGRES:
      return read_postgres(bytes, size, found);
  }
  return REPLY_BROKEN;
}
