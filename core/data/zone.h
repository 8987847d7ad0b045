/* zone: where a business's days begin and end (from the system's zone data, /usr/share/zoneinfo).
 * Memory:  zones live for the whole process; data_zone_fini at exit frees them all.
 * Threads: any, after data_zone_find returned.
 * Fails:   data_zone_find: VALIDATION_FAILED for a name the system does not know.
 *          data_instant_parse: VALIDATION_FAILED naming what an INSTANT may look like. */
#pragma once

#include "base/error.h"
#include "data/date.h"
#include "data/read.h"

typedef struct data_zone data_zone;

/* "Asia/Shanghai", "Europe/Berlin", "UTC". */
base_code data_zone_find(base_slice name, const data_zone **zone, base_error *error);
const char *data_zone_name(const data_zone *zone);
void data_zone_fini(void);

/* Milliseconds of the first and the last instant of the calendar (years 1600 to 9999, UTC). */
#define DATA_INSTANT_MIN (INT64_C(-135140) * 86400000)
#define DATA_INSTANT_MAX (INT64_C(2932897) * 86400000 - 1)

/* Seconds by which the zone is ahead of UTC at that instant. */
int64_t data_zone_offset(const data_zone *zone, int64_t instant);

/* The day it is in the zone at that instant. */
data_date data_zone_date(const data_zone *zone, int64_t instant);

/* The instant at which that day begins in the zone. */
int64_t data_zone_midnight(const data_zone *zone, data_date date);

/* The first instant of that day at which the zone's clocks show that many seconds since midnight, or
 * where clocks jump over it, more. 86400 is the beginning of the next day. */
int64_t data_zone_time(const data_zone *zone, data_date date, int seconds);

/* "2026-03-07T10:00:00+08:00" in the zone. */
#define DATA_INSTANT_SIZE 32
void data_instant_format(const data_zone *zone, int64_t instant, char out[DATA_INSTANT_SIZE]);

/* An INSTANT of the protocol: RFC 3339 text with offset, integer milliseconds, or a date (00:00 of
 * that day in the zone). */
base_code data_instant_parse(const data_zone *zone, data_value value, const char *field,
                             int64_t *instant, base_error *error);
