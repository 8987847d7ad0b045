/* recurrence: when something that comes again comes next (RFC 5545, RRULE; libical).
 *
 * A rule is read on the clocks of a zone: "FREQ=DAILY;BYHOUR=8" is eight o'clock in summer and winter. A
 * time that the clocks jump over comes as soon after it as they show one; a time that they show twice
 * comes the first time. Without BYHOUR, BYMINUTE and BYSECOND it is 00:00.
 *
 * Memory:  none kept.
 * Threads: any.
 * Fails:   VALIDATION_FAILED with what is wrong: no RRULE, longer than DATA_RECURRENCE_MAX, more often
 *          than every hour (which is FREQ=DAILY;BYHOUR=0,1,…), one that chooses weeks of the year, one
 *          whose BYSETPOS lies behind the last day of every set, or chooses in a day or a week. */
#pragma once

#include "data/zone.h"

#define DATA_RECURRENCE_MAX 255 /* bytes of a rule */

/* Whether the rule can be used and ever comes. It may look through centuries, a second or so: for whoever reads a
 * rule, not for whoever follows one. */
base_code data_recurrence_check(base_slice rule, const data_zone *zone, data_date from,
                                base_error *error);

/* The first occurrence behind `after`, counted from the beginning of the day `from`; INT64_MAX when there
 * is none any more. */
base_code data_recurrence_next(base_slice rule, const data_zone *zone, data_date from,
                               int64_t after, int64_t *next, base_error *error);
