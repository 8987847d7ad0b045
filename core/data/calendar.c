/* calendar: working days. See calendar.h; working time is in calendar_time.c.
 *
 * Memory:  the calendar's arena.  Threads: see calendar.h.  Fails: see calendar.h. */
#include "data/calendar.h"

#include "data/calendar_years.h"

#define YEARS_AT_FIRST 4

data_calendar *data_calendar_new(const data_week *week, const data_zone *zone, base_arena *arena) {
  data_calendar *calendar = BASE_NEW(arena, data_calendar);
  *calendar = (data_calendar){.arena = arena, .week = week, .zone = zone};
  return calendar;
}

/* --- years ----------------------------------------------------------------------------------------- */

static bool worked_at(const data_calendar_year *year, int place) {
  return (year->worked[place / 64] >> (place % 64) & 1) != 0;
}

static void set_worked(data_calendar_year *year, int place, bool worked) {
  if (worked_at(year, place) == worked) return;
  year->worked[place / 64] ^= UINT64_C(1) << (place % 64);
  year->worked_days += worked ? 1 : -1;
}

/* Where the year is, or would be. */
static size_t place_of(const data_calendar *calendar, int year) {
  size_t i = calendar->count;
  while (i > 0 && calendar->years[i - 1].year >= year) i--;
  return i;
}

const data_calendar_year *data_calendar_year_of(const data_calendar *calendar, data_date day) {
  int year, month, in_month;
  data_date_parts(day, &year, &month, &in_month);
  size_t i = place_of(calendar, year);
  if (i == calendar->count || calendar->years[i].year != year) return NULL;
  const data_calendar_year *found = &calendar->years[i];
  bool inside = day >= found->first && day - found->first < found->days; /* parts are clamped */
  return inside ? found : NULL;
}

/* Its days are as the week says. */
static data_calendar_year new_year(const data_week *week, int year) {
  data_date first = data_date_make(year, 1, 1);
  data_calendar_year made = {
      .year = year, .first = first, .days = data_date_make(year, 12, 31) - first + 1};
  for (int i = 0; i < made.days; i++) {
    set_worked(&made, i, (week->worked >> data_date_weekday(first + i) & 1) != 0);
  }
  return made;
}

static data_calendar_year *insert_year(data_calendar *calendar, size_t place, int year) {
  if (calendar->count == calendar->room) {
    calendar->room = calendar->room == 0 ? YEARS_AT_FIRST : calendar->room * 2;
    data_calendar_year *more = BASE_NEW_ARRAY(calendar->arena, data_calendar_year, calendar->room);
    for (size_t i = 0; i < calendar->count; i++) more[i] = calendar->years[i];
    calendar->years = more;
  }
  for (size_t i = calendar->count; i > place; i--) calendar->years[i] = calendar->years[i - 1];
  calendar->years[place] = new_year(calendar->week, year);
  calendar->count++;
  return &calendar->years[place];
}

void data_calendar_add(data_calendar *calendar, data_date day, bool worked) {
  int year, month, in_month;
  data_date_parts(day, &year, &month, &in_month);
  size_t place = place_of(calendar, year);
  bool known = place < calendar->count && calendar->years[place].year == year;
  data_calendar_year *at = known ? &calendar->years[place] : insert_year(calendar, place, year);
  set_worked(at, data_date_make(year, month, in_month) - at->first, worked);
}

base_code data_calendar_unknown(data_date day, base_error *error) {
  int year, month, in_month;
  data_date_parts(day, &year, &month, &in_month);
  return base_error_set(
      error, BASE_VALIDATION_FAILED, "calendar",
      "日历中没有 %d 年的数据，无法计算工作日；请先录入该年的放假与调休安排"
      "（calendar 记录，依据国务院办公厅当年的通知）",
      "the calendar knows nothing of %d, so working days cannot be counted; enter "
      "that year's holidays and make-up days first, as calendar records",
      year);
}

/* --- days ------------------------------------------------------------------------------------------ */

data_day data_calendar_day(const data_calendar *calendar, data_date day) {
  const data_calendar_year *year = data_calendar_year_of(calendar, day);
  if (year == NULL) return DATA_DAY_UNKNOWN;
  return worked_at(year, day - year->first) ? DATA_DAY_WORKED : DATA_DAY_OFF;
}

/* Whole years are passed over at once. `step` is 1 or -1. */
static base_code walk_days(const data_calendar *calendar, data_date from, int64_t count, int step,
                           data_date *day, base_error *error) {
  data_date at = from;
  while (count > 0) {
    const data_calendar_year *year = data_calendar_year_of(calendar, at + step);
    if (year == NULL) return data_calendar_unknown(at + step, error);
    bool whole = at + step == (step > 0 ? year->first : year->first + year->days - 1);
    if (whole && count > year->worked_days) {
      count -= year->worked_days;
      at += step * year->days;
      continue;
    }
    at += step;
    count -= worked_at(year, at - year->first);
  }
  *day = at;
  return BASE_OK;
}

base_code data_calendar_add_days(const data_calendar *calendar, data_date from, int64_t count,
                                 data_date *day, base_error *error) {
  if (count == INT64_MIN) count++;
  return walk_days(calendar, from, count < 0 ? -count : count, count < 0 ? -1 : 1, day, error);
}

base_code data_calendar_count_days(const data_calendar *calendar, data_date from, data_date until,
                                   int64_t *count, base_error *error) {
  bool back = until < from;
  data_date last = back ? from : until;
  int64_t worked = 0;
  for (data_date day = (back ? until : from) + 1; day <= last;) {
    const data_calendar_year *year = data_calendar_year_of(calendar, day);
    if (year == NULL) return data_calendar_unknown(day, error);
    if (day == year->first && last - day >= year->days) {
      worked += year->worked_days;
      day += year->days;
    } else {
      worked += worked_at(year, day - year->first);
      day++;
    }
  }
  *count = back ? -worked : worked;
  return BASE_OK;
}

base_code data_calendar_due(const data_calendar *calendar, data_date from, int64_t count,
                            int64_t *instant, base_error *error) {
  data_date day;
  BASE_TRY(data_calendar_add_days(calendar, from, count, &day, error));
  *instant = data_zone_midnight(calendar->zone, day + 1);
  return BASE_OK;
}

base_code data_calendar_every(const data_calendar *calendar, data_date from, int64_t every,
                              data_date after, data_date *day, base_error *error) {
  int64_t passed = 0;
  if (every < 1) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "every", "间隔至少为 1 个工作日",
                          "the interval is at least 1 working day");
  }
  if (after > from) BASE_TRY(data_calendar_count_days(calendar, from, after, &passed, error));
  return data_calendar_add_days(calendar, from, (passed / every + 1) * every, day, error);
}
