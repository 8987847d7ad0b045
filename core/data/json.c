/* json: a writer that walks a value and a reader that descends into the text. See json.h.
 *
 * Memory:  the caller's buffer.  Threads: any.  Fails: as the header says.
 *
 * What the reader made is scanned like a message, so that limits and keys given twice are judged by
 * one piece of code. */
#include "data/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/append.h"
#include "data/text.h"

#define BINARY_KEY "$binary"
#define NUMBER_MAX 64 /* characters of a number */

/* --- writing ------------------------------------------------------------------------------------- */

static void append_escaped(uint8_t byte, base_buffer *out) {
  switch (byte) {
    case '"':
      base_buffer_text(out, "\\\"");
      return;
    case '\\':
      base_buffer_text(out, "\\\\");
      return;
    case '\n':
      base_buffer_text(out, "\\n");
      return;
    case '\r':
      base_buffer_text(out, "\\r");
      return;
    case '\t':
      base_buffer_text(out, "\\t");
      return;
    default:
      base_buffer_format(out, "\\u%04x", byte);
  }
}

static bool is_plain(uint8_t byte) {
  return byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f;
}

static void append_text(const char *before, base_slice text, base_buffer *out) {
  base_buffer_byte(out, '"');
  base_buffer_text(out, before);
  while (text.size > 0) {
    size_t run = 0;
    while (run < text.size && is_plain(text.data[run])) run++;
    base_buffer_append(out, text.data, run);
    if (run < text.size) append_escaped(text.data[run], out);
    text = base_slice_after(text, run < text.size ? run + 1 : run);
  }
  base_buffer_byte(out, '"');
}

static void append_binary(base_slice bytes, base_buffer *out) {
  base_buffer_text(out, "{\"" BINARY_KEY "\":\"");
  for (size_t i = 0; i < bytes.size; i++) base_buffer_format(out, "%02x", bytes.data[i]);
  base_buffer_text(out, "\"}");
}

static void append_float(double number, base_buffer *out) {
  char text[NUMBER_MAX];
  (void)snprintf(text, sizeof text, "%.17g", number);
  base_buffer_text(out, text);
  if (strpbrk(text, ".e") == NULL) base_buffer_text(out, ".0");
}

static void append_container(data_value value, base_buffer *out) {
  bool map = value.type == DATA_MAP;
  data_walk walk = data_walk_begin(value.raw);
  base_buffer_byte(out, map ? '{' : '[');
  for (bool first = true; data_walk_next(&walk); first = false) {
    if (!first) base_buffer_byte(out, ',');
    if (map) {
      bool dollar = walk.key.as.bytes.size > 0 && walk.key.as.bytes.data[0] == '$';
      append_text(dollar ? "$" : "", walk.key.as.bytes, out);
      base_buffer_byte(out, ':');
    }
    data_json_append(walk.value, out);
  }
  base_buffer_byte(out, map ? '}' : ']');
}

void data_json_append(data_value value, base_buffer *out) {
  switch (value.type) {
    case DATA_BOOLEAN:
      base_buffer_text(out, value.as.boolean ? "true" : "false");
      return;
    case DATA_INTEGER:
      base_buffer_format(out, "%lld", (long long)value.as.integer);
      return;
    case DATA_FLOAT:
      append_float(value.as.number, out);
      return;
    case DATA_TEXT:
      append_text("", value.as.bytes, out);
      return;
    case DATA_BINARY:
      append_binary(value.as.bytes, out);
      return;
    case DATA_ARRAY:
    case DATA_MAP:
      append_container(value, out);
      return;
    case DATA_NIL:
    default:
      base_buffer_text(out, "null");
  }
}

/* --- reading ------------------------------------------------------------------------------------- */

typedef struct reading {
  base_slice text;
  size_t at;
  size_t depth;
  data_limits limits;
  base_buffer *out;
  base_error *error;
} reading;

static base_code broken(reading *r, const char *zh, const char *en) {
  return base_error_set(r->error, BASE_BAD_REQUEST, NULL, "JSON 第 %zu 字节：%s",
                        "JSON, byte %zu: %s", r->at + 1, r->error->language == BASE_EN ? en : zh);
}

static void skip_space(reading *r) {
  while (r->at < r->text.size && memchr(" \t\r\n", r->text.data[r->at], 4) != NULL) r->at++;
}

static int next_byte(const reading *r) {
  return r->at < r->text.size ? r->text.data[r->at] : -1;
}

static bool take_byte(reading *r, char byte) {
  skip_space(r);
  if (next_byte(r) != byte) return false;
  r->at++;
  return true;
}

static bool take_word(reading *r, const char *word) {
  base_slice rest = base_slice_after(r->text, r->at);
  if (!base_slice_starts(rest, base_slice_text(word))) return false;
  r->at += strlen(word);
  return true;
}

static int hex_digit(int byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

static bool take_unit(reading *r, uint32_t *unit) {
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(next_byte(r));
    if (digit < 0) return false;
    *unit = *unit << 4 | (uint32_t)digit;
    r->at++;
  }
  return true;
}

static void append_point(uint32_t point, base_buffer *text) {
  if (point < 0x80) {
    base_buffer_byte(text, (uint8_t)point);
    return;
  }
  int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
  base_buffer_byte(text, (uint8_t)(heads[more] | point >> (6 * more)));
  while (more-- > 0) base_buffer_byte(text, (uint8_t)(0x80 | (point >> (6 * more) & 0x3f)));
}

/* \uXXXX, two of them for what lies beyond U+FFFF. */
static bool take_unicode(reading *r, base_buffer *text) {
  uint32_t unit;
  uint32_t low;
  if (!take_unit(r, &unit) || (unit >= 0xdc00 && unit < 0xe000)) return false;
  if (unit >= 0xd800 && unit < 0xdc00) {
    if (!take_word(r, "\\u") || !take_unit(r, &low) || low < 0xdc00 || low >= 0xe000) return false;
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  append_point(unit, text);
  return true;
}

static bool take_escape(reading *r, base_buffer *text) {
  static const char letters[] = "\"\\/bfnrt";
  static const char meant[] = "\"\\/\b\f\n\r\t";
  int byte = next_byte(r);
  r->at++;
  if (byte == 'u') return take_unicode(r, text);
  const char *found = byte > 0 ? strchr(letters, byte) : NULL;
  if (found == NULL) return false;
  base_buffer_byte(text, (uint8_t)meant[found - letters]);
  return true;
}

/* Behind the opening quote, up to and with the closing one. */
static base_code read_characters(reading *r, base_buffer *text) {
  for (;;) {
    size_t from = r->at;
    while (r->at < r->text.size && r->text.data[r->at] != '"' && r->text.data[r->at] != '\\' &&
           r->text.data[r->at] >= 0x20) {
      r->at++;
    }
    base_buffer_append(text, r->text.data + from, r->at - from);
    int byte = next_byte(r);
    if (byte == '\\') {
      r->at++;
      if (!take_escape(r, text)) return broken(r, "转义序列不对", "a wrong escape sequence");
      continue;
    }
    if (byte != '"') return broken(r, "文本没有结束", "a text that does not end");
    r->at++;
    return BASE_OK;
  }
}

static base_code read_text(reading *r, base_buffer *text) {
  BASE_TRY(read_characters(r, text));
  if (data_text_valid(base_buffer_slice(text))) return BASE_OK;
  return broken(r, "文本不是有效的 UTF-8", "a text that is not UTF-8");
}

/* The number's characters as JSON allows them, its size 0 when they do not form one. */
static size_t number_size(base_slice text, bool *whole) {
  size_t at = text.size > 0 && text.data[0] == '-' ? 1 : 0;
  size_t digits = at;
  *whole = true;
  while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') at++;
  if (at == digits || (text.data[digits] == '0' && at > digits + 1)) return 0;
  while (at < text.size && memchr("0123456789.eE+-", text.data[at], 15) != NULL) {
    *whole = false;
    at++;
  }
  return at;
}

static base_code read_number(reading *r) {
  char text[NUMBER_MAX];
  char *end = NULL;
  bool whole;
  size_t size = number_size(base_slice_after(r->text, r->at), &whole);
  if (size == 0 || size >= sizeof text) return broken(r, "应为一个值", "a value is missing");
  memcpy(text, r->text.data + r->at, size);
  text[size] = '\0';
  errno = 0;
  if (whole) {
    data_append_integer(r->out, strtoll(text, &end, 10));
  } else {
    double number = strtod(text, &end);
    if (!isfinite(number)) errno = ERANGE;
    data_append_float(r->out, number);
  }
  if (*end != '\0' || (errno == ERANGE && whole)) {
    return broken(r, "数字不对或超出范围", "a number that is wrong or too large");
  }
  r->at += size;
  return BASE_OK;
}

static base_code read_value(reading *r);

static base_code read_array(reading *r) {
  size_t place = data_append_open_array(r->out);
  size_t count = 0;
  while (!take_byte(r, ']')) {
    if (count > 0 && !take_byte(r, ',')) return broken(r, "数组中缺少逗号", "a comma is missing");
    BASE_TRY(read_value(r));
    count++;
  }
  data_append_close(r->out, place, count);
  return BASE_OK;
}

static base_code read_key(reading *r, base_buffer *key) {
  base_buffer_clear(key);
  if (!take_byte(r, '"')) return broken(r, "应为一个键", "a key is missing");
  BASE_TRY(read_text(r, key));
  return take_byte(r, ':') ? BASE_OK : broken(r, "键后缺少冒号", "a colon is missing");
}

/* The hexadecimal digits of the only value of a map with the key of binary. */
static base_code read_binary(reading *r) {
  base_buffer digits = {0};
  base_buffer bytes = {0};
  base_code code = take_byte(r, '"') ? read_text(r, &digits) : BASE_BAD_REQUEST;
  bool valid = code == BASE_OK && digits.size % 2 == 0;
  for (size_t i = 0; valid && i < digits.size; i += 2) {
    int high = hex_digit(digits.data[i]);
    int low = hex_digit(digits.data[i + 1]);
    valid = high >= 0 && low >= 0;
    if (valid) base_buffer_byte(&bytes, (uint8_t)(high << 4 | low));
  }
  valid = valid && take_byte(r, '}');
  if (valid) data_append_binary(r->out, base_buffer_slice(&bytes));
  base_buffer_fini(&digits);
  base_buffer_fini(&bytes);
  return valid ? BASE_OK : broken(r, "二进制值不对", "a wrong binary value");
}

static base_code read_pairs(reading *r, base_buffer *key, size_t place) {
  size_t count = 0;
  while (!take_byte(r, '}')) {
    if (count > 0 && !take_byte(r, ',')) return broken(r, "对象中缺少逗号", "a comma is missing");
    BASE_TRY(read_key(r, key));
    base_slice name = base_buffer_slice(key);
    if (count == 0 && base_slice_is(name, BINARY_KEY)) {
      r->out->size = place;
      return read_binary(r);
    }
    bool escaped = name.size > 1 && name.data[0] == '$' && name.data[1] == '$';
    data_append_slice(r->out, escaped ? base_slice_after(name, 1) : name);
    BASE_TRY(read_value(r));
    count++;
  }
  data_append_close(r->out, place, count);
  return BASE_OK;
}

static base_code read_object(reading *r) {
  base_buffer key = {0};
  size_t place = data_append_open_map(r->out);
  base_code code = read_pairs(r, &key, place);
  base_buffer_fini(&key);
  return code;
}

static base_code read_deeper(reading *r, base_code (*read)(reading *r)) {
  if (r->depth >= r->limits.depth) {
    return base_error_set(r->error, BASE_TOO_LARGE, NULL, "JSON 嵌套超过 %zu 层",
                          "JSON nested more than %zu deep", r->limits.depth);
  }
  r->at++;
  r->depth++;
  BASE_TRY(read(r));
  r->depth--;
  return BASE_OK;
}

static base_code read_string(reading *r) {
  base_buffer text = {0};
  r->at++;
  base_code code = read_text(r, &text);
  if (code == BASE_OK) data_append_slice(r->out, base_buffer_slice(&text));
  base_buffer_fini(&text);
  return code;
}

static base_code read_value(reading *r) {
  skip_space(r);
  switch (next_byte(r)) {
    case '{':
      return read_deeper(r, read_object);
    case '[':
      return read_deeper(r, read_array);
    case '"':
      return read_string(r);
    default:
      break;
  }
  if (take_word(r, "null")) {
    data_append_nil(r->out);
  } else if (take_word(r, "true")) {
    data_append_boolean(r->out, true);
  } else if (take_word(r, "false")) {
    data_append_boolean(r->out, false);
  } else {
    return read_number(r);
  }
  return BASE_OK;
}

base_code data_json_read(base_slice text, data_limits limits, base_buffer *out, base_error *error) {
  reading r = {.text = text, .limits = limits, .out = out, .error = error};
  size_t size = out->size;
  base_code code = read_value(&r);
  skip_space(&r);
  if (code == BASE_OK && r.at < text.size) {
    code = broken(&r, "值之后还有内容", "something follows the value");
  }
  if (code == BASE_OK) {
    base_slice made = base_slice_after(base_buffer_slice(out), size);
    code = data_scan_whole(made, limits, error);
  }
  if (code != BASE_OK) out->size = size;
  return code;
}
