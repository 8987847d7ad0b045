/* reply: finds the end of one reply in what was received, in four protocols: msgpack-RPC (Haoke),
 * IPROTO (Tarantool), RESP (Redis), version 3 of PostgreSQL's protocol. Looks at bytes in place.
 *
 * Memory:  none.  Threads: any.
 * Fails:   REPLY_BROKEN when the bytes are no reply. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum reply_protocol {
  REPLY_MSGPACK,
  REPLY_IPROTO,
  REPLY_RESP,
  REPLY_POSTGRES
} reply_protocol;

typedef enum reply_state { REPLY_WHOLE, REPLY_PARTIAL, REPLY_BROKEN } reply_state;

typedef struct reply {
  size_t size;
  bool tagged; /* names its request; else replies come in the order of the requests */
  uint32_t tag;
  bool failed; /* an error instead of a result */
} reply;

reply_state reply_read(reply_protocol protocol, const uint8_t *bytes, size_t size, reply *found);

/* A connection's first bytes in protocol iproto, which are no reply. */
#define REPLY_GREETING 128
