/* client: a blocking msgpack-RPC client over one wire. See rpc.h.
 *
 * Memory:  bytes that came behind the reply handed out wait in `arrived`.
 * Threads: one at a time.
 * Fails:   UNAVAILABLE when the server cannot be reached, is silent or goes away. */
#include <stdlib.h>

#include "base/arena.h"
#include "rpc/frame.h"
#include "rpc/message.h"
#include "rpc/rpc.h"
#include "rpc/wire.h"

/* What a server may answer. It means well; the bounds are for one that is broken. */
static const data_limits reply_limits = {.bytes = (size_t)256 << 20,
                                         .depth = 256,
                                         .items = (size_t)16 << 20,
                                         .map_entries = (size_t)1 << 20};

struct rpc_client {
  rpc_wire *wire;
  uint32_t last_id;
  size_t unanswered;
  rpc_frame arrived;
  base_buffer output; /* of one request; kept for its capacity */
};

static base_code say_hello(rpc_client *client, base_error *error) {
  base_buffer params = {0};
  base_slice result;
  data_append_map(&params, 3);
  data_append_pair_text(&params, "client", "haoke");
  data_append_pair_text(&params, "errors", "map");
  data_append_pair_text(&params, "lang", error->language == BASE_EN ? "en" : "zh-CN");
  base_code code =
      rpc_client_call(client, "session.hello", base_buffer_slice(&params), &result, error);
  base_buffer_fini(&params);
  return code;
}

base_code rpc_client_open(const rpc_client_options *options, rpc_client **client,
                          base_error *error) {
  rpc_client *made = base_alloc(sizeof *made);
  *made = (rpc_client){.wire = NULL};
  rpc_frame_init(&made->arrived, reply_limits);
  base_code code = rpc_wire_open(options->address, options->tls, options->ca, &made->wire, error);
  if (code == BASE_OK) code = say_hello(made, error);
  if (code != BASE_OK) {
    rpc_client_close(made);
    return code;
  }
  *client = made;
  return BASE_OK;
}

void rpc_client_close(rpc_client *client) {
  if (client == NULL) return;
  rpc_wire_close(client->wire);
  rpc_frame_fini(&client->arrived);
  base_buffer_fini(&client->output);
  free(client);
}

/* --- calls ------------------------------------------------------------------------------------ */

/* Takes what arrived; there may be nothing. */
static base_code wait_some(rpc_client *client, base_error *error) {
  base_slice bytes;
  BASE_TRY(rpc_wire_wait(client->wire, &bytes, error));
  rpc_frame_offer(&client->arrived, bytes);
  rpc_frame_keep(&client->arrived);
  return BASE_OK;
}

static base_code write_all(rpc_client *client, base_slice bytes, base_error *error) {
  BASE_TRY(rpc_wire_write(client->wire, bytes, error));
  while (!rpc_wire_sent(client->wire)) BASE_TRY(wait_some(client, error));
  return BASE_OK;
}

base_code rpc_client_send(rpc_client *client, const char *op, base_slice params, uint32_t *id,
                          base_error *error) {
  *id = ++client->last_id;
  base_buffer_clear(&client->output);
  rpc_message_append_request(&client->output, *id, op, params);
  client->unanswered++;
  base_code code = write_all(client, base_buffer_slice(&client->output), error);
  /* It may have held a password. */
  explicit_bzero(client->output.data, client->output.size);
  return code;
}

static base_code wait_message(rpc_client *client, base_slice *bytes, base_error *error) {
  for (;;) {
    switch (rpc_frame_next(&client->arrived, bytes, error)) {
      case RPC_FRAME_READY:
        return BASE_OK;
      case RPC_FRAME_BROKEN:
        return error->code;
      case RPC_FRAME_MORE:
      default:
        rpc_frame_keep(&client->arrived);
        BASE_TRY(wait_some(client, error));
    }
  }
}

base_code rpc_client_receive(rpc_client *client, uint32_t *id, base_slice *result,
                             base_error *error) {
  rpc_message message;
  base_slice bytes;
  do {
    BASE_TRY(wait_message(client, &bytes, error));
    BASE_TRY(rpc_message_read(bytes, &message, error));
  } while (message.kind == RPC_MESSAGE_NOTIFICATION);
  client->unanswered--;
  *id = message.id;
  *result = message.result;
  if (message.kind == RPC_MESSAGE_RESPONSE && message.error.type == DATA_NIL) return BASE_OK;
  rpc_message_read_error(message.error, error);
  return error->code;
}

base_code rpc_client_call(rpc_client *client, const char *op, base_slice params, base_slice *result,
                          base_error *error) {
  uint32_t sent;
  uint32_t answered;
  if (client->unanswered > 0) {
    return base_error_set(error, BASE_INTERNAL, NULL, "还有 %zu 个请求未取回应，不能再用单次调用",
                          "%zu replies are still to be received before a single call",
                          client->unanswered);
  }
  BASE_TRY(rpc_client_send(client, op, params, &sent, error));
  base_code code = rpc_client_receive(client, &answered, result, error);
  if (code == BASE_OK && answered != sent) {
    return base_error_set(error, BASE_INTERNAL, NULL, "服务器回应了编号 %u，而请求的编号是 %u",
                          "the server answered id %u to request %u", answered, sent);
  }
  return code;
}
