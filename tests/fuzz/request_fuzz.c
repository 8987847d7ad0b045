/* request_fuzz: any bytes as what a client sends. They are cut into messages, whole and in dribbles alike;
 * each request runs in a whole server, as a stranger's, a clerk's or an administrator's by the first byte;
 * each answer is well formed, and what a failed request wrote is not there. */
#include "fuzz.h"

#include "rpc/frame.h"
#include "rpc/message.h"

#define MESSAGES_MOST 32

static const data_limits limits = {
    .bytes = 65536, .depth = 24, .items = 20000, .map_entries = 4000};

static api_session session_by(uint8_t seed) {
  api_session session = fuzz_session();
  session.administrator = seed % 3 == 0;
  session.error_map = seed % 2 == 0;
  if (seed % 3 == 2) session = (api_session){.language = BASE_ZH};
  return session;
}

/* One answer as it would leave. */
static void check_answer(uint32_t id, base_code code, base_slice result, const base_error *error,
                         bool as_map) {
  base_buffer answer = {0};
  base_error ignored = {.language = BASE_EN};
  rpc_message read;
  if (code == BASE_OK) {
    rpc_message_append_result(&answer, id, result);
  } else {
    fuzz_require(error->message[0] != '\0', "refused without a word");
    rpc_message_append_error(&answer, id, error, as_map);
  }
  const data_limits wide = {
      .bytes = (size_t)64 << 20, .depth = 64, .items = 10000000, .map_entries = 1000000};
  fuzz_require(data_scan_whole(base_buffer_slice(&answer), wide, &ignored) == BASE_OK,
               "an answer is not well formed");
  fuzz_require(rpc_message_read(base_buffer_slice(&answer), &read, &ignored) == BASE_OK &&
                   read.kind == RPC_MESSAGE_RESPONSE && read.id == id,
               "an answer is no response");
  base_buffer_fini(&answer);
}

static void run_request(const rpc_message *message, uint8_t seed) {
  api_session session = session_by(seed);
  base_error error = {.language = session.language};
  base_slice arguments;
  base_buffer result = {0};
  char op[128];
  if (rpc_message_arguments(message, &arguments, &error) != BASE_OK) return;
  (void)snprintf(op, sizeof op, "%.*s", BASE_SLICE_ARGS(message->method));
  base_code code = api_engine_call(fuzz_shop.engine, &session, op, arguments, &result, &error);
  fuzz_require(code != BASE_INTERNAL, error.message);
  check_answer(message->id, code, base_buffer_slice(&result), &error, session.error_map);
  base_buffer_fini(&result);
}

/* All messages, offered in steps of that many bytes; returns how many there were. */
static size_t cut(base_slice bytes, size_t step, bool run, uint8_t seed) {
  rpc_frame frame;
  base_error error = {.language = BASE_EN};
  base_slice message;
  size_t count = 0;
  rpc_frame_state state = RPC_FRAME_MORE;
  rpc_frame_init(&frame, limits);
  while (bytes.size > 0 && state != RPC_FRAME_BROKEN) {
    size_t size = step < bytes.size ? step : bytes.size;
    rpc_frame_offer(&frame, base_slice_make(bytes.data, size));
    while ((state = rpc_frame_next(&frame, &message, &error)) == RPC_FRAME_READY) {
      rpc_message read;
      base_error wrong = {.language = BASE_EN};
      bool well = rpc_message_read(message, &read, &wrong) == BASE_OK;
      if (well && run && read.kind == RPC_MESSAGE_REQUEST && count < MESSAGES_MOST) {
        run_request(&read, seed);
      }
      count++;
    }
    rpc_frame_keep(&frame);
    bytes = base_slice_after(bytes, size);
  }
  rpc_frame_fini(&frame);
  return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (fuzz_shop.engine == NULL) fuzz_server_open(NULL);
  if (size < 2) return 0;
  fuzz_server_rest();
  base_slice copy = fuzz_copy(data + 1, size - 1);
  size_t count = cut(copy, copy.size, true, data[0]);
  fuzz_require(cut(copy, 1 + data[0] % 7, false, 0) == count, "dribbling changes the messages");
  fuzz_free(copy);
  return 0;
}
