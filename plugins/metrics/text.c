/* text: see text.h. */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096
#define LABELS_MOST 8

void text_free(text_buffer *out) {
  free(out->data);
  *out = (text_buffer){0};
}

static bool make_room(text_buffer *out, size_t size) {
  if (out->broken) return false;
  if (out->room - out->size >= size) return true;
  size_t room = out->room < FIRST_ROOM ? FIRST_ROOM : out->room;
  while (room - out->size < size) room *= 2;
  char *moved = realloc(out->data, room);
  out->broken = moved == NULL;
  if (out->broken) return false;
  out->data = moved;
  out->room = room;
  return true;
}

void text_append(text_buffer *out, const char *data, size_t size) {
  if (size == 0 || !make_room(out, size)) return;
  memcpy(out->data + out->size, data, size);
  out->size += size;
}

static void append(text_buffer *out, const char *string) {
  text_append(out, string, strlen(string));
}

static void append_number(text_buffer *out, int64_t number) {
  char digits[24];
  (void)snprintf(digits, sizeof digits, "%" PRId64, number);
  append(out, digits);
}

/* Letters, digits and "_"; whatever else stands in a name becomes "_". */
static void append_name(text_buffer *out, const char *name, size_t size) {
  append(out, "haoke_");
  for (size_t i = 0; i < size; i++) {
    char at = name[i];
    bool fits = (at >= 'a' && at <= 'z') || (at >= 'A' && at <= 'Z') || (at >= '0' && at <= '9');
    text_append(out, fits ? &name[i] : "_", 1);
  }
}

static void append_value(text_buffer *out, const text_label *label) {
  for (size_t i = 0; i < label->size; i++) {
    switch (label->value[i]) {
      case '\\':
        append(out, "\\\\");
        break;
      case '"':
        append(out, "\\\"");
        break;
      case '\n':
        append(out, "\\n");
        break;
      default:
        text_append(out, &label->value[i], 1);
    }
  }
}

static void append_labels(text_buffer *out, const text_label *labels) {
  const char *between = "{";
  for (; labels != NULL && labels->name != NULL; labels++) {
    append(out, between);
    append(out, labels->name);
    append(out, "=\"");
    append_value(out, labels);
    append(out, "\"");
    between = ",";
  }
  if (between[0] == ',') append(out, "}");
}

void text_type(text_buffer *out, const char *name, size_t size, const char *type) {
  append(out, "# TYPE ");
  append_name(out, name, size);
  append(out, " ");
  append(out, type);
  append(out, "\n");
}

void text_sample(text_buffer *out, const char *name, size_t size, const char *suffix,
                 const text_label *labels, int64_t value) {
  append_name(out, name, size);
  append(out, suffix);
  append_labels(out, labels);
  append(out, " ");
  append_number(out, value);
  append(out, "\n");
}

/* The given labels, and `le` behind them. */
static void append_bucket(text_buffer *out, const char *name, size_t size, const text_label *labels,
                          const char *bound, int64_t value) {
  text_label all[LABELS_MOST] = {{0}};
  size_t count = 0;
  while (labels != NULL && labels[count].name != NULL && count < LABELS_MOST - 2) {
    all[count] = labels[count];
    count++;
  }
  all[count] = (text_label){.name = "le", .value = bound, .size = strlen(bound)};
  text_sample(out, name, size, "_bucket", all, value);
}

void text_histogram(text_buffer *out, const char *name, size_t size, const text_label *labels,
                    const int64_t *buckets, const int64_t *bounds, size_t count, int64_t sum) {
  int64_t below = 0;
  for (size_t i = 0; i < count; i++) {
    char bound[24] = "+Inf";
    below += buckets[i];
    if (i + 1 < count) (void)snprintf(bound, sizeof bound, "%" PRId64, bounds[i]);
    append_bucket(out, name, size, labels, bound, below);
  }
  text_sample(out, name, size, "_sum", labels, sum);
  text_sample(out, name, size, "_count", labels, below);
}
