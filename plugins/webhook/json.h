/* json: values of the server as JSON text (RFC 8259), UTF-8.
 *
 * Memory:  the text is the caller's.
 * Threads: one at a time.
 * Fails:   never; what JSON has no word for (bytes) becomes base64 text, numbers that are not finite null. */
#ifndef JSON_H
#define JSON_H

#include "text.h"

/* A text with its quotes. */
void json_append_string(text *out, crm_slice string);

void json_append_integer(text *out, int64_t integer);

/* Any value that was read. */
void json_append_value(text *out, const crm_host *host, crm_value value);

#endif
