/* date: days of the calendar, without zone or clock.
 *
 * A date is a count of days since 1970-01-01 (day 0), so it can be compared and added to. As text
 * it is "2026-03-07". Years 1600 to 9999.
 *
 * Memory:  values.  Threads: any.  Fails: parsing returns false; arithmetic never fails, it clamps.
 */
#pragma once

#include "base/slice.h"

typedef int32_t data_date;
#define DATA_DATE_SIZE 11 /* "2026-03-07" and a NUL */

bool data_date_parse(base_slice text, data_date *date);
void data_date_format(data_date date, char out[DATA_DATE_SIZE]);
data_date data_date_make(int year, int month, int day); /* the day is clamped to the month */
void data_date_parts(data_date date, int *year, int *month, int *day);

/* 0 Monday … 6 Sunday. */
int data_date_weekday(data_date date);

/* The same day of the month, clamped to its last day (ruling C-04). */
data_date data_date_add_months(data_date date, int months);
