/* json: see json.h.
 *
 * Memory, Threads, Fails: as the header says. */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* "\u0007" and the like, with a short form where there is one. */
static void append_escape(text *out, unsigned char byte) {
  static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
  char escape[8];
  for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
    if ((unsigned char)shorts[i] != byte) continue;
    (void)snprintf(escape, sizeof escape, "\\%c", shorts[i + 1]);
    text_append_string(out, escape);
    return;
  }
  (void)snprintf(escape, sizeof escape, "\\u%04x", byte);
  text_append_string(out, escape);
}

void json_append_string(text *out, crm_slice string) {
  size_t plain = 0; /* the first byte that was not appended */
  text_append(out, "\"", 1);
  for (size_t i = 0; i < string.size; i++) {
    unsigned char byte = (unsigned char)string.data[i];
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f) continue;
    text_append(out, string.data + plain, i - plain);
    append_escape(out, byte);
    plain = i + 1;
  }
  text_append(out, string.data + plain, string.size - plain);
  text_append(out, "\"", 1);
}

void json_append_integer(text *out, int64_t integer) {
  char digits[24];
  (void)snprintf(digits, sizeof digits, "%" PRId64, integer);
  text_append_string(out, digits);
}

static void append_number(text *out, double number) {
  char digits[40];
  if (!isfinite(number)) {
    text_append_string(out, "null");
    return;
  }
  (void)snprintf(digits, sizeof digits, "%.17g", number);
  text_append_string(out, digits);
}

static void append_bytes(text *out, crm_slice bytes) {
  text_append(out, "\"", 1);
  text_append_base64(out, bytes);
  text_append(out, "\"", 1);
}

static void append_container(text *out, const crm_host *host, crm_value value) {
  bool map = value.type == CRM_MAP;
  crm_walk walk = crm_walk_begin(value.raw);
  text_append(out, map ? "{" : "[", 1);
  for (bool first = true; host->walk(&walk); first = false) {
    if (!first) text_append(out, ",", 1);
    if (map) {
      json_append_string(out, walk.key.bytes);
      text_append(out, ":", 1);
    }
    json_append_value(out, host, walk.value);
  }
  text_append(out, map ? "}" : "]", 1);
}

void json_append_value(text *out, const crm_host *host, crm_value value) {
  switch (value.type) {
    case CRM_BOOLEAN:
      text_append_string(out, value.integer != 0 ? "true" : "false");
      break;
    case CRM_INTEGER:
      json_append_integer(out, value.integer);
      break;
    case CRM_FLOAT:
      append_number(out, value.number);
      break;
    case CRM_TEXT:
      json_append_string(out, value.bytes);
      break;
    case CRM_BINARY:
      append_bytes(out, value.bytes);
      break;
    case CRM_ARRAY:
    case CRM_MAP:
      append_container(out, host, value);
      break;
    default:
      text_append_string(out, "null");
      break;
  }
}
