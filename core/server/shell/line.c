/* line: "op params" taken apart. See shell.h. */
#include <ctype.h>

#include "server/json.h"
#include "server/message.h"
#include "server/shell/shell.h"

static base_slice skip_blanks(base_slice rest) {
  while (rest.size > 0 && isspace(rest.data[0])) rest = base_slice_after(rest, 1);
  return rest;
}

static base_slice take_until_blank(base_slice *rest) {
  size_t size = 0;
  while (size < rest->size && !isspace(rest->data[size])) size++;
  base_slice word = base_slice_make(rest->data, size);
  *rest = skip_blanks(base_slice_after(*rest, size));
  return word;
}

/* Up to the next blank that is outside quotes, brackets and braces. */
static base_slice take_value(base_slice *rest) {
  size_t size = 0;
  int depth = 0;
  bool quoted = false;
  for (; size < rest->size; size++) {
    uint8_t byte = rest->data[size];
    if (quoted && byte == '\\' && size + 1 < rest->size)
      size++;
    else if (byte == '"')
      quoted = !quoted;
    else if (!quoted && (byte == '{' || byte == '['))
      depth++;
    else if (!quoted && (byte == '}' || byte == ']'))
      depth--;
    else if (!quoted && depth <= 0 && isspace(byte))
      break;
  }
  base_slice value = base_slice_make(rest->data, size);
  *rest = skip_blanks(base_slice_after(*rest, size));
  return value;
}

static bool looks_like_json(base_slice value) {
  static const char *const words[] = {"true", "false", "null"};
  if (value.size == 0) return false;
  if (strchr("{[\"-0123456789", value.data[0]) != NULL) return true;
  for (size_t i = 0; i < 3; i++) {
    if (base_slice_is(value, words[i])) return true;
  }
  return false;
}

/* A value is JSON when it can be, else text: 2026-03-07 and 李静 need no quotes. */
static base_code append_value(base_slice value, base_buffer *params, base_error *error) {
  size_t before = params->size;
  base_error not_json = {.language = error->language};
  if (looks_like_json(value) && server_json_read(value, server_message_choose("参数", "the params"),
                                                 params, &not_json) == BASE_OK) {
    return BASE_OK;
  }
  params->size = before;
  if (value.size > 0 && strchr("{[\"", value.data[0]) != NULL) {
    *error = not_json;
    return error->code;
  }
  data_append_slice(params, value);
  return BASE_OK;
}

static base_code append_pair(base_slice *rest, base_buffer *params, base_error *error) {
  const uint8_t *equals = memchr(rest->data, '=', rest->size);
  size_t size = equals == NULL ? 0 : (size_t)(equals - rest->data);
  base_slice key = base_slice_make(rest->data, size);
  bool blank = false;
  for (size_t i = 0; i < key.size; i++) blank = blank || isspace(key.data[i]);
  if (key.size == 0 || blank) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, "params",
                          "看不懂 “%.*s”：参数写作 key=value，或一个 JSON 对象",
                          "“%.*s” is not understood: params are key=value, or one JSON object",
                          BASE_SLICE_ARGS(*rest));
  }
  *rest = base_slice_after(*rest, size + 1);
  data_append_slice(params, key);
  return append_value(take_value(rest), params, error);
}

static base_code read_pairs(base_slice rest, base_buffer *params, base_error *error) {
  size_t place = data_append_open_map(params);
  size_t pairs = 0;
  while (rest.size > 0) {
    BASE_TRY(append_pair(&rest, params, error));
    pairs++;
  }
  data_append_close(params, place, pairs);
  return BASE_OK;
}

base_code server_shell_read(base_slice line, base_slice *op, base_buffer *params,
                            base_error *error) {
  base_slice rest = skip_blanks(line);
  *op = take_until_blank(&rest);
  if (rest.size == 0 || rest.data[0] != '{') return read_pairs(rest, params, error);
  return server_json_read(rest, server_message_choose("参数", "the params"), params, error);
}
