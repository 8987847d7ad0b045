/* field: looking up fields and kinds, and defaults. See field.h; msgpack of a table is in
 * field_append.c and field_read.c.
 *
 * Memory:  none.  Threads: any.  Fails: never. */
#include "data/field.h"

#include <errno.h>
#include <stdlib.h>

#include "data/append.h"

const char *data_kind_name(data_kind kind) {
  static const char *const names[] = {
#define KIND_NAME(upper, lower) [DATA_KIND_##upper] = #lower,
      DATA_KINDS(KIND_NAME)
#undef KIND_NAME
  };
  return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

bool data_kind_find(base_slice name, data_kind *kind) {
#define KIND_FIND(upper, lower)                                                                    \
  if (base_slice_is(name, #lower)) {                                                               \
    *kind = DATA_KIND_##upper;                                                                     \
    return true;                                                                                   \
  }
  DATA_KINDS(KIND_FIND)
#undef KIND_FIND
  return false;
}

const char *data_flag_name(unsigned flag) {
  switch (flag) {
    case DATA_REQUIRED:
      return "required";
    case DATA_UNIQUE:
      return "unique";
    case DATA_INDEX:
      return "index";
    case DATA_SEARCH:
      return "search";
    case DATA_PERSONAL:
      return "personal";
    case DATA_READONLY:
      return "readonly";
    default:
      return "unknown";
  }
}

const data_field *data_field_find(const data_field *fields, base_slice name) {
  if (fields == NULL) return NULL;
  for (const data_field *field = fields; field->name != NULL; field++) {
    if (base_slice_is(name, field->name)) return field;
  }
  return NULL;
}

size_t data_field_count(const data_field *fields) {
  size_t count = 0;
  if (fields == NULL) return 0;
  while (fields[count].name != NULL) count++;
  return count;
}

const data_field *data_field_path(const data_field *fields, base_slice path) {
  while (true) {
    const uint8_t *dot = path.size == 0 ? NULL : memchr(path.data, '.', path.size);
    size_t size = dot == NULL ? path.size : (size_t)(dot - path.data);
    const data_field *field = data_field_find(fields, base_slice_make(path.data, size));
    if (field == NULL || dot == NULL) return field;
    if (field->kind != DATA_KIND_MAP) return NULL;
    fields = field->fields;
    path = base_slice_after(path, size + 1);
  }
}

static bool append_number(const char *text, base_buffer *out) {
  char *end = NULL;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0') return false;
  data_append_integer(out, number);
  return true;
}

static bool append_boolean(const char *text, base_buffer *out) {
  bool yes = strcmp(text, "true") == 0;
  if (!yes && strcmp(text, "false") != 0) return false;
  data_append_boolean(out, yes);
  return true;
}

bool data_field_initial(const data_field *field, base_buffer *out) {
  const char *text = field->initial;
  if (text == NULL && field->kind == DATA_KIND_STATES && field->choices != NULL) {
    text = field->choices[0];
  }
  if (text == NULL) return false;
  switch (field->kind) {
    case DATA_KIND_INTEGER:
    case DATA_KIND_MONEY:
    case DATA_KIND_DATETIME:
    case DATA_KIND_REFERENCE:
    case DATA_KIND_DURATION:
      return append_number(text, out);
    case DATA_KIND_BOOLEAN:
      return append_boolean(text, out);
    case DATA_KIND_TAGS:
    case DATA_KIND_LIST:
      data_append_array(out, 0);
      return true;
    case DATA_KIND_MAP:
      data_append_map(out, 0);
      return true;
    default:
      data_append_text(out, text);
      return true;
  }
}
