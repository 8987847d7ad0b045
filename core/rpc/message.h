/* message: the three forms of msgpack-RPC, read and written.
 *
 *   request       [0, id, method, params]
 *   response      [1, id, error, result]
 *   notification  [2, method, params]
 *
 * Memory:  slices point into the bytes that were read.
 * Threads: any.
 * Fails:   BAD_REQUEST that says which part has the wrong form. */
#pragma once

#include "data/data.h"

typedef enum rpc_message_kind {
  RPC_MESSAGE_REQUEST = 0,
  RPC_MESSAGE_RESPONSE = 1,
  RPC_MESSAGE_NOTIFICATION = 2,
} rpc_message_kind;

typedef struct rpc_message {
  rpc_message_kind kind;
  uint32_t id;       /* request, response */
  base_slice method; /* request, notification */
  data_value params; /* request, notification: an array, for requests not yet checked */
  data_value error;  /* response: nil when all went well */
  base_slice result; /* response: one value */
} rpc_message;

/* `bytes` is one scanned object. */
base_code rpc_message_read(base_slice bytes, rpc_message *message, base_error *error);

/* A request's arguments: the one map in its params, or an empty slice when there is none. */
base_code rpc_message_arguments(const rpc_message *request, base_slice *map, base_error *error);

/* The id of what began as a request, from bytes that may be cut off, malformed or of the wrong
 * form. */
bool rpc_message_find_id(base_slice bytes, uint32_t *id);

void rpc_message_append_request(base_buffer *out, uint32_t id, const char *method,
                                base_slice params);
void rpc_message_append_notification(base_buffer *out, const char *method, base_slice body);
void rpc_message_append_result(base_buffer *out, uint32_t id, base_slice result);

/* The error as the text "CODE: message", or as the map {code, message, field?, data?, retry}. */
void rpc_message_append_error(base_buffer *out, uint32_t id, const base_error *error, bool as_map);

/* The reverse of both forms; `language` is kept. What is neither becomes INTERNAL. */
void rpc_message_read_error(data_value value, base_error *error);
