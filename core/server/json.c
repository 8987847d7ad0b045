/* json: jansson's tree in between. See json.h.
 *
 * jansson is given base_alloc, so that none of its calls fails for want of memory. */
#include "server/json.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/arena.h"

static void append_value(const json_t *value, base_buffer *out);

static void append_object(const json_t *value, base_buffer *out) {
  const char *key;
  json_t *item;
  data_append_map(out, json_object_size(value));
  json_object_foreach((json_t *)(uintptr_t)value, key, item) {
    data_append_text(out, key);
    append_value(item, out);
  }
}

static void append_array(const json_t *value, base_buffer *out) {
  size_t index;
  json_t *item;
  data_append_array(out, json_array_size(value));
  json_array_foreach(value, index, item) {
    append_value(item, out);
  }
}

static void append_value(const json_t *value, base_buffer *out) {
  switch (json_typeof(value)) {
    case JSON_OBJECT:
      append_object(value, out);
      return;
    case JSON_ARRAY:
      append_array(value, out);
      return;
    case JSON_STRING:
      data_append_slice(out, base_slice_make(json_string_value(value), json_string_length(value)));
      return;
    case JSON_INTEGER:
      data_append_integer(out, json_integer_value(value));
      return;
    case JSON_REAL:
      data_append_float(out, json_real_value(value));
      return;
    case JSON_TRUE:
      data_append_boolean(out, true);
      return;
    case JSON_FALSE:
      data_append_boolean(out, false);
      return;
    case JSON_NULL:
      data_append_nil(out);
      return;
  }
}

base_code server_json_read(base_slice text, const char *source, base_buffer *out,
                           base_error *error) {
  json_set_alloc_funcs(base_alloc, free);
  json_error_t why;
  json_t *root = json_loadb((const char *)text.data, text.size,
                            JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
  if (root == NULL) {
    return base_error_set(
        error, BASE_INVALID_ARGUMENT, NULL, "%s 不是正确的 JSON：第 %d 行第 %d 列，%s",
        "%s is not correct JSON: line %d, column %d: %s", source, why.line, why.column, why.text);
  }
  append_value(root, out);
  json_decref(root);
  return BASE_OK;
}

static json_t *make_value(data_value value);

static json_t *make_binary(base_slice bytes) {
  base_buffer digits = {0};
  for (size_t i = 0; i < bytes.size; i++) base_buffer_format(&digits, "%02x", bytes.data[i]);
  json_t *text = json_stringn((const char *)digits.data, digits.size);
  base_buffer_fini(&digits);
  return text;
}

static json_t *make_container(data_value value) {
  json_t *container = value.type == DATA_MAP ? json_object() : json_array();
  data_walk walk = data_walk_begin(value.raw);
  while (data_walk_next(&walk)) {
    if (value.type == DATA_MAP) {
      base_slice key = walk.key.as.bytes;
      (void)json_object_setn_new(container, (const char *)key.data, key.size,
                                 make_value(walk.value));
    } else {
      (void)json_array_append_new(container, make_value(walk.value));
    }
  }
  return container;
}

static json_t *make_value(data_value value) {
  switch (value.type) {
    case DATA_NIL:
      return json_null();
    case DATA_BOOLEAN:
      return json_boolean(value.as.boolean);
    case DATA_INTEGER:
      return json_integer(value.as.integer);
    case DATA_FLOAT:
      return json_real(value.as.number);
    case DATA_TEXT:
      return json_stringn((const char *)value.as.bytes.data, value.as.bytes.size);
    case DATA_BINARY:
      return make_binary(value.as.bytes);
    case DATA_ARRAY:
    case DATA_MAP:
      return make_container(value);
  }
  return json_null();
}

void server_json_append(data_value value, base_buffer *text) {
  json_set_alloc_funcs(base_alloc, free);
  json_t *root = make_value(value);
  char *dumped = json_dumps(root, JSON_INDENT(2) | JSON_ENCODE_ANY);
  base_buffer_text(text, dumped);
  free(dumped);
  json_decref(root);
}
