/* json: values as JSON text on one line, and back, without loss.
 *
 * JSON has neither binary nor a difference between 1 and 1.0: binary is {"$binary": "hex digits"}, a
 * float always has a point or an exponent, and a key that begins with "$" gets a second one.
 *
 * Memory:  results are appended to the caller's buffer.
 * Threads: any.
 * Fails:   data_json_read: BAD_REQUEST with the byte at fault; TOO_LARGE for what passes the limits. */
#pragma once

#include "data/read.h"
#include "data/scan.h"

void data_json_append(data_value value, base_buffer *out);

/* Appends the one value that `text` holds. Keys are distinct, text is UTF-8, integers have 64 bits;
 * white space around it is allowed. */
base_code data_json_read(base_slice text, data_limits limits, base_buffer *out, base_error *error);
