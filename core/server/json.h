/* json: msgpack as JSON text and back, for people and configuration files (jansson).
 *
 * Memory:  results are appended to the caller's buffer.  Threads: the main thread only.
 * Fails:   server_json_read: INVALID_ARGUMENT with line, column and reason: no JSON, a key twice,
 *          an integer beyond 64 bits, a NUL in a text. */
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "data/data.h"

/* `source` names the text in messages: a file, or "params". */
base_code server_json_read(base_slice text, const char *source, base_buffer *out,
                           base_error *error);

/* Indented by two blanks, keys in their order, without a newline at the end. Binary values are
 * written as hexadecimal digits. */
void server_json_append(data_value value, base_buffer *text);
