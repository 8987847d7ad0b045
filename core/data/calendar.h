/* calendar: working days and working time, the one arithmetic behind clocks, cadences, pools and
 * receivables (ruling C-07).
 *
 * A calendar is a week (which weekdays are worked, at which hours) and the days that are otherwise:
 * holidays, and weekend days that are worked (调休). A year for which no such day is known is an
 * unknown year: whether one of its days is worked, weekends too, is not known, and arithmetic that
 * has to look at it fails. Nothing is ever guessed.
 *
 * Memory:  a calendar lives in the arena it was made in; the week and the zone are borrowed.
 * Threads: read-only once the days are added; any.
 * Fails:   VALIDATION_FAILED naming the unknown year and what to do, or that there are no working
 *          hours; data_week_read naming the hours at fault. */
#pragma once

#include "base/arena.h"
#include "data/zone.h"

#define DATA_HOURS_MAX 12

/* Minutes of the day, from ≤ minute < to; 1440 is midnight. */
typedef struct data_hours {
  int from;
  int to;
} data_hours;

typedef struct data_week {
  unsigned worked; /* bit 0 Monday … bit 6 Sunday */
  size_t count;
  data_hours hours[DATA_HOURS_MAX]; /* in order, with gaps between them */
} data_week;

/* Monday to Friday, 09:00-12:00 and 13:30-18:00. */
extern const data_week data_week_standard;

/* `days` are weekdays 1 (Monday) to 7, `hours` texts "09:00-12:00": msgpack arrays, empty slices for
 * those of the standard week. Hours that touch or overlap are refused. */
base_code data_week_read(base_slice days, base_slice hours, data_week *week, base_error *error);

typedef struct data_calendar data_calendar;

data_calendar *data_calendar_new(const data_week *week, const data_zone *zone, base_arena *arena);

/* A day that is otherwise than its weekday says; from now on its year is known. */
void data_calendar_add(data_calendar *calendar, data_date day, bool worked);

typedef enum data_day { DATA_DAY_OFF, DATA_DAY_WORKED, DATA_DAY_UNKNOWN } data_day;

data_day data_calendar_day(const data_calendar *calendar, data_date day);

/* The `count`-th working day after `from`; counting begins with the day behind `from`, whatever
 * `from` itself is. Negative counts go back; 0 is `from`. */
base_code data_calendar_add_days(const data_calendar *calendar, data_date from, int64_t count,
                                 data_date *day, base_error *error);

/* Working days after `from` up to and including `until`; where `until` is before `from`, those after
 * `until` up to and including `from`, as a negative number. */
base_code data_calendar_count_days(const data_calendar *calendar, data_date from, data_date until,
                                   int64_t *count, base_error *error);

/* The end of the `count`-th working day: the instant from which it is overdue (C-07). */
base_code data_calendar_due(const data_calendar *calendar, data_date from, int64_t count,
                            int64_t *instant, base_error *error);

/* The first of the every-th, 2·every-th, 3·every-th … working day after `from` that is later than
 * `after` (C-08). `every` is at least 1. */
base_code data_calendar_every(const data_calendar *calendar, data_date from, int64_t every,
                              data_date after, data_date *day, base_error *error);

/* Milliseconds of working hours between the instants; negative when `until` is before `from`. */
base_code data_calendar_time(const data_calendar *calendar, int64_t from, int64_t until,
                             int64_t *milliseconds, base_error *error);

/* The first instant at which so much working time has passed since `from`. Negative time is
 * refused. */
base_code data_calendar_add_time(const data_calendar *calendar, int64_t from, int64_t milliseconds,
                                 int64_t *instant, base_error *error);
