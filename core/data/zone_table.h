/* zone_table: the spans of a zone, read from a file of the system's zone data (TZif, RFC 9636).
 * Inside the room only.
 *
 * Memory:  spans are appended to the caller's buffer.  Threads: any.
 * Fails:   false when the bytes are no such file. */
#pragma once

#include "base/buffer.h"

/* From this second on (UTC), local time is so many seconds ahead. */
typedef struct data_zone_span {
  int64_t from;
  int64_t offset;
} data_zone_span;

/* The table goes to the end of this year. The calendar repeats itself, weekdays included, after 400
 * years: what comes later is like the instant so many times 400 years before. */
#define DATA_ZONE_LAST_YEAR 2449

/* Appends the spans in order; the first begins before all time. */
bool data_zone_table(base_slice file, base_buffer *spans);
