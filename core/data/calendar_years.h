/* calendar_years: what a calendar is made of. Inside the room only.
 *
 * Memory:  the calendar's arena.  Threads: as calendar.h.
 * Fails:   data_calendar_unknown always. */
#pragma once

#include "data/calendar.h"

typedef struct data_calendar_year {
  int year;
  data_date first; /* 1 January */
  int days;
  int worked_days;
  uint64_t worked[6]; /* a bit for each day of the year */
} data_calendar_year;

struct data_calendar {
  base_arena *arena;
  const data_week *week;
  const data_zone *zone;
  size_t count;
  size_t room;
  data_calendar_year *years; /* the known ones, in order */
};

/* The year in which the day lies; NULL when it is unknown. */
const data_calendar_year *data_calendar_year_of(const data_calendar *calendar, data_date day);

/* Names the year of the day. */
base_code data_calendar_unknown(data_date day, base_error *error);
