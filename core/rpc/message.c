/* message: envelopes around params, results and errors. See message.h.
 *
 * Memory:  none of its own.  Threads: any.  Fails: see message.h. */
#include "rpc/message.h"

#include <stdio.h>

static base_code wrong_form(base_error *error) {
  return base_error_set(error, BASE_BAD_REQUEST, NULL,
                        "消息格式不对：应为 [0, 编号, 方法名, [参数表]] 或 [2, 方法名, [参数表]]",
                        "the message has the wrong form: it should be [0, id, method, [arguments]] "
                        "or [2, method, [arguments]]");
}

static bool is_id(data_value value) {
  return value.type == DATA_INTEGER && value.as.integer >= 0 && value.as.integer <= UINT32_MAX;
}

static bool is_kind(data_value value, rpc_message_kind kind) {
  return value.type == DATA_INTEGER && value.as.integer == (int64_t)kind;
}

static base_code read_call(data_value method, data_value params, rpc_message *message,
                           base_error *error) {
  /* pynvim's session introduces itself with a notification whose method is binary. */
  bool named = method.type == DATA_TEXT ||
               (method.type == DATA_BINARY && message->kind == RPC_MESSAGE_NOTIFICATION);
  if (!named || params.type != DATA_ARRAY) return wrong_form(error);
  message->method = method.as.bytes;
  message->params = params;
  return BASE_OK;
}

base_code rpc_message_read(base_slice bytes, rpc_message *message, base_error *error) {
  data_value whole = data_peek(bytes);
  base_slice rest = bytes;
  *message = (rpc_message){.id = 0};
  if (whole.type != DATA_ARRAY) return wrong_form(error);
  data_enter(&rest);
  data_value kind = data_read(&rest);
  data_value second = data_read(&rest);
  data_value third = data_read(&rest);
  data_value fourth = data_read(&rest);
  if (is_kind(kind, RPC_MESSAGE_NOTIFICATION) && whole.as.count == 3) {
    message->kind = RPC_MESSAGE_NOTIFICATION;
    return read_call(second, third, message, error);
  }
  if (whole.as.count != 4 || !is_id(second)) return wrong_form(error);
  message->id = (uint32_t)second.as.integer;
  if (is_kind(kind, RPC_MESSAGE_REQUEST)) return read_call(third, fourth, message, error);
  if (!is_kind(kind, RPC_MESSAGE_RESPONSE)) return wrong_form(error);
  message->kind = RPC_MESSAGE_RESPONSE;
  message->error = third;
  message->result = fourth.raw;
  return BASE_OK;
}

base_code rpc_message_arguments(const rpc_message *request, base_slice *map, base_error *error) {
  base_slice rest = request->params.raw;
  *map = base_slice_make(NULL, 0);
  if (request->params.as.count == 0) return BASE_OK;
  data_enter(&rest);
  data_value first = data_read(&rest);
  if (request->params.as.count > 1 || first.type != DATA_MAP) {
    return base_error_set(error, BASE_BAD_REQUEST, "params",
                          "params 应为空数组，或只含一个按名称给出参数的映射",
                          "params must be an empty array, or hold one map of named arguments");
  }
  *map = first.raw;
  return BASE_OK;
}

bool rpc_message_find_id(base_slice bytes, uint32_t *id) {
  /* Requests have four elements, and every encoder gives so short an array one byte of head. */
  if (bytes.size == 0 || (bytes.data[0] & 0xf0) != 0x90) return false;
  base_slice rest = base_slice_after(bytes, 1);
  data_value kind = data_read(&rest);
  data_value second = data_read(&rest);
  if (!is_kind(kind, RPC_MESSAGE_REQUEST) || !is_id(second)) return false;
  *id = (uint32_t)second.as.integer;
  return true;
}

void rpc_message_append_request(base_buffer *out, uint32_t id, const char *method,
                                base_slice params) {
  data_append_array(out, 4);
  data_append_integer(out, RPC_MESSAGE_REQUEST);
  data_append_integer(out, id);
  data_append_text(out, method);
  data_append_array(out, params.size == 0 ? 0 : 1);
  if (params.size > 0) data_append_raw(out, params);
}

void rpc_message_append_notification(base_buffer *out, const char *method, base_slice body) {
  data_append_array(out, 3);
  data_append_integer(out, RPC_MESSAGE_NOTIFICATION);
  data_append_text(out, method);
  data_append_array(out, 1);
  data_append_raw(out, body);
}

static void append_response_head(base_buffer *out, uint32_t id) {
  data_append_array(out, 4);
  data_append_integer(out, RPC_MESSAGE_RESPONSE);
  data_append_integer(out, id);
}

void rpc_message_append_result(base_buffer *out, uint32_t id, base_slice result) {
  append_response_head(out, id);
  data_append_nil(out);
  data_append_raw(out, result);
}

static void append_error_map(base_buffer *out, const base_error *error) {
  size_t place = data_append_open_map(out);
  size_t pairs = 3;
  data_append_pair_text(out, "code", base_code_name(error->code));
  data_append_pair_text(out, "message", error->message);
  if (error->field[0] != '\0') {
    data_append_pair_text(out, "field", error->field);
    pairs++;
  }
  if (error->data.size > 0) {
    data_append_pair_raw(out, "data", error->data);
    pairs++;
  }
  data_append_pair_boolean(out, "retry", base_code_retry(error->code));
  data_append_close(out, place, pairs);
}

void rpc_message_append_error(base_buffer *out, uint32_t id, const base_error *error, bool as_map) {
  append_response_head(out, id);
  if (as_map) {
    append_error_map(out, error);
  } else {
    char text[sizeof error->message + 64];
    (void)snprintf(text, sizeof text, "%s: %s", base_code_name(error->code), error->message);
    data_append_text(out, text);
  }
  data_append_nil(out);
}

/* Splits "CODE: message"; a text that does not begin with a known code is all message. */
static void read_error_text(base_slice text, base_error *error) {
  const uint8_t *colon = text.size == 0 ? NULL : memchr(text.data, ':', text.size);
  base_code code = BASE_OK;
  if (colon != NULL) code = base_code_find(base_slice_make(text.data, (size_t)(colon - text.data)));
  if (code == BASE_OK) {
    code = BASE_INTERNAL;
  } else {
    text = base_slice_after(text, (size_t)(colon - text.data) + 1);
    if (text.size > 0 && text.data[0] == ' ') text = base_slice_after(text, 1);
  }
  (void)base_error_set(error, code, NULL, "%.*s", "%.*s", BASE_SLICE_ARGS(text));
}

static void read_error_map(base_slice map, base_error *error) {
  base_code code = base_code_find(data_map_text(map, "code"));
  base_slice message = data_map_text(map, "message");
  data_value data;
  char field[sizeof error->field];
  (void)snprintf(field, sizeof field, "%.*s", BASE_SLICE_ARGS(data_map_text(map, "field")));
  (void)base_error_set(error, code == BASE_OK ? BASE_INTERNAL : code, field, "%.*s", "%.*s",
                       BASE_SLICE_ARGS(message));
  if (data_map_find(map, "data", &data)) error->data = data.raw;
}

void rpc_message_read_error(data_value value, base_error *error) {
  if (value.type == DATA_MAP) {
    read_error_map(value.raw, error);
  } else {
    read_error_text(value.type == DATA_TEXT ? value.as.bytes : base_slice_make("", 0), error);
  }
}
