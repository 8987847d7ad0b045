/* validate: the one validator of the field language.
 * Memory:  the result is appended to the caller's buffer.
 * Threads: any.
 * Fails:   with the caller's code of choice (INVALID_ARGUMENT for params, VALIDATION_FAILED for
 *          values) and the dotted path of the field; unknown fields get a "did you mean". */
#pragma once

#include "data/field.h"

typedef enum data_validate_flag {
  DATA_VALIDATE_PATCH = 1u << 0,    /* required fields may be missing; nil clears */
  DATA_VALIDATE_DEFAULTS = 1u << 1, /* missing fields take their default */
  DATA_VALIDATE_TRUSTED = 1u << 2,  /* readonly fields may be set: rules, the server itself */
} data_validate_flag;

/* Checks `map` against `fields` and appends it in normal form: fields in the table's order, texts
 * trimmed of outer white space, full-width digits of dates, numbers and phones accepted. No table is one
 * without fields, no bytes are a map without pairs. */
base_code data_validate(const data_field *fields, base_slice map, unsigned flags, base_code code,
                        base_buffer *out, base_error *error);

/* Largest text or binary a field may hold, in bytes (house, section 5). */
#define DATA_TEXT_MAX 65536

/* Most tags of one field. */
#define DATA_TAGS_MAX 256
