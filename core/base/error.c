/* error: names of the codes, and filling of an error. See error.h.
 * Memory:  texts are formatted into the error itself.  Threads: values.  Fails: never. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const code_names[] = {[BASE_OK] = "OK",
#define CODE_NAME(name) [BASE_##name] = #name,
                                         BASE_CODES(CODE_NAME)
#undef CODE_NAME
};

#define CODE_COUNT (sizeof code_names / sizeof code_names[0])

const char *base_code_name(base_code code) {
  return (size_t)code < CODE_COUNT ? code_names[code] : code_names[BASE_INTERNAL];
}

base_code base_code_find(base_slice name) {
  for (size_t code = 1; code < CODE_COUNT; code++) {
    if (base_slice_is(name, code_names[code])) return (base_code)code;
  }
  return BASE_OK;
}

bool base_code_retry(base_code code) {
  switch (code) {
    case BASE_RATE_LIMITED:
    case BASE_STORAGE_FULL:
    case BASE_READ_ONLY:
    case BASE_UNAVAILABLE:
      return true;
    default:
      return false;
  }
}

static size_t character_size(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/* A text that filled its array may end in the middle of a character; that part goes. */
static void cut_at_character(char *text, size_t room) {
  size_t size = strlen(text);
  if (size + 1 < room) return;
  size_t lead = size - 1;
  while (lead > 0 && ((uint8_t)text[lead] & 0xc0) == 0x80) lead--;
  if (lead + character_size((uint8_t)text[lead]) > size) text[lead] = '\0';
}

/* By way of a copy, because `rest` may be the field itself. */
static void set_field(base_error *error, const char *step, const char *joint, const char *rest) {
  char path[sizeof error->field];
  (void)snprintf(path, sizeof path, "%s%s%s", step, joint, rest);
  cut_at_character(path, sizeof path);
  memcpy(error->field, path, sizeof path);
}

base_code base_error_set(base_error *error, base_code code, const char *field, const char *zh,
                         const char *en, ...) {
  va_list arguments;
  error->code = code;
  error->data = base_slice_make(NULL, 0);
  error->place[0] = '\0';
  set_field(error, field == NULL ? "" : field, "", "");
  va_start(arguments, en);
  (void)vsnprintf(error->message, sizeof error->message, error->language == BASE_EN ? en : zh,
                  arguments);
  va_end(arguments);
  cut_at_character(error->message, sizeof error->message);
  return code;
}

void base_error_within(base_error *error, const char *step) {
  bool joined = error->field[0] == '\0' || error->field[0] == '[';
  set_field(error, step, joined ? "" : ".", error->field);
}

void base_error_clear(base_error *error) {
  error->code = BASE_OK;
  error->field[0] = '\0';
  error->message[0] = '\0';
  error->place[0] = '\0';
  error->data = base_slice_make(NULL, 0);
}
