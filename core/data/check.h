/* check: one value against one field. Inside the room only; validate.c walks maps and lists with it.
 *
 * Memory:  the result is appended to `out`.  Threads: one per data_check.
 * Fails:   with `code` and the name of the field, or of its element ("tags[1]"). */
#pragma once

#include "data/field.h"

#define DATA_CHECK_WHOLE (-1)

typedef struct data_check {
  unsigned flags;
  base_code code;
  base_error *error;
  base_buffer *out;
  base_buffer given;       /* validate: the values of the open maps, in their tables' order */
  const data_field *field; /* the field being checked … */
  int64_t index;           /* … and which element of its list, or DATA_CHECK_WHOLE */
  char name[96];           /* work space of the two functions below */
  char title[192];
} data_check;

/* "quantity" or "tags[1]"; and the same with its label: "数量（quantity）". */
const char *data_check_name(data_check *check);
const char *data_check_title(data_check *check);

/* The one of two words that the error's language asks for. */
const char *data_check_word(const data_check *check, const char *zh, const char *en);

/* The type of `value` must be the one that `kind` is made of. */
base_code data_check_type(data_check *check, data_kind kind, data_value value);

/* Checks and appends a value of any kind but tags, list, map, file and any. */
base_code data_check_scalar(data_check *check, data_kind kind, data_value value);

/* The bounds of the field, for a count of bytes, elements or the number itself. */
base_code data_check_bounds(data_check *check, int64_t number, const char *unit_zh,
                            const char *unit_en);

/* The nearest of `count` words, as long as it is near enough to be meant; else NULL. */
const char *data_check_nearest(base_slice typed, const char *(*word)(const void *words, size_t i),
                               const void *words, size_t count);
