/* msgpack: the little of it that finding a reply's end takes.
 *
 * Memory:  none; a msgpack_reader is a plain value over somebody's bytes.  Threads: one.
 * Fails:   MSGPACK_PARTIAL when the bytes end too early; no byte sequence is broken but for the one
 *          code that msgpack never uses. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "reply.h"

typedef struct msgpack_reader {
  const uint8_t *at;
  const uint8_t *end;
} msgpack_reader;

/* Skips so many values with all that is in them. */
reply_state msgpack_skip(msgpack_reader *reader, uint64_t values);

/* An unsigned integer of any width; REPLY_BROKEN when it is something else. */
reply_state msgpack_number(msgpack_reader *reader, uint64_t *number);
