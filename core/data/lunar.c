/* lunar: between days and lunar dates, and festivals. See lunar.h; texts are in lunar_text.c.
 *
 * Memory:  values.  Threads: any.  Fails: see lunar.h. */
#include "data/lunar.h"

#include "data/lunar_table.h"

#define MONTHS_MAX 13

/* Leap months of festivals have none: 端午 is kept once. */
const data_lunar_festival data_lunar_festivals[] = {
    {"春节", "Spring Festival", 1, 1},
    {"元宵节", "Lantern Festival", 1, 15},
    {"龙抬头", "Dragon Head Raising Day", 2, 2},
    {"端午节", "Dragon Boat Festival", 5, 5},
    {"七夕", "Qixi Festival", 7, 7},
    {"中元节", "Ghost Festival", 7, 15},
    {"中秋节", "Mid-Autumn Festival", 8, 15},
    {"重阳节", "Double Ninth Festival", 9, 9},
    {"腊八节", "Laba Festival", 12, 8},
    {"小年", "Little New Year", 12, 23},
    {"除夕", "New Year's Eve", 12, 0},
    {NULL, NULL, 0, 0},
};

static bool known_year(int year) {
  return year >= DATA_LUNAR_FIRST_YEAR && year <= DATA_LUNAR_LAST_YEAR;
}

static uint32_t word_of(int year) {
  return data_lunar_years[year - DATA_LUNAR_FIRST_YEAR];
}

int data_lunar_leap_month(int year) {
  return known_year(year) ? (int)(word_of(year) >> 13 & 15) : 0;
}

static int months_of(int year) {
  return data_lunar_leap_month(year) == 0 ? MONTHS_MAX - 1 : MONTHS_MAX;
}

/* The place of the month in its year, from 0 on; -1 when there is no such month. */
static int place_of(int year, int month, bool leap) {
  if (!known_year(year) || month < 1 || month > 12) return -1;
  int leap_month = data_lunar_leap_month(year);
  if (leap && month != leap_month) return -1;
  bool behind = leap || (leap_month != 0 && month > leap_month);
  return month - 1 + behind;
}

static int days_at(int year, int place) {
  return 29 + (int)(word_of(year) >> place & 1);
}

int data_lunar_month_days(int year, int month, bool leap) {
  int place = place_of(year, month, leap);
  return place < 0 ? 0 : days_at(year, place);
}

static data_date first_day(int year) {
  return data_date_make(year, 1, 1) + (int)(word_of(year) >> 17);
}

bool data_lunar_to_date(data_lunar lunar, data_date *date) {
  int place = place_of(lunar.year, lunar.month, lunar.leap);
  if (place < 0 || lunar.day < 1 || lunar.day > days_at(lunar.year, place)) return false;
  *date = first_day(lunar.year) + lunar.day - 1;
  for (int i = 0; i < place; i++) *date += days_at(lunar.year, i);
  return true;
}

bool data_lunar_from_date(data_date date, data_lunar *lunar) {
  int year, month, day;
  data_date_parts(date, &year, &month, &day);
  if (known_year(year) && date < first_day(year)) year--;
  if (year == DATA_LUNAR_LAST_YEAR + 1) year--;
  if (!known_year(year)) return false;
  int left = date - first_day(year);
  int place = 0;
  for (; place < months_of(year) && left >= days_at(year, place); place++) {
    left -= days_at(year, place);
  }
  if (place == months_of(year)) return false;
  int leap_month = data_lunar_leap_month(year);
  bool behind = leap_month != 0 && place >= leap_month;
  *lunar = (data_lunar){.year = year,
                        .month = place + 1 - behind,
                        .leap = behind && place == leap_month,
                        .day = left + 1};
  return true;
}

/* The day on which the birthday is kept in that lunar year. */
static bool kept_in(data_lunar birthday, int year, data_date *date) {
  birthday.year = year;
  birthday.leap = birthday.leap && data_lunar_leap_month(year) == birthday.month;
  int days = data_lunar_month_days(year, birthday.month, birthday.leap);
  if (birthday.day > days && birthday.day <= 30) birthday.day = days;
  return data_lunar_to_date(birthday, date);
}

bool data_lunar_next(data_lunar birthday, data_date after, data_date *next) {
  data_lunar now = {.year = DATA_LUNAR_FIRST_YEAR};
  if (after >= first_day(DATA_LUNAR_FIRST_YEAR) && !data_lunar_from_date(after, &now)) return false;
  if (kept_in(birthday, now.year, next) && *next > after) return true;
  return kept_in(birthday, now.year + 1, next);
}

const data_lunar_festival *data_lunar_festival_find(base_slice name) {
  for (const data_lunar_festival *one = data_lunar_festivals; one->zh != NULL; one++) {
    if (base_slice_is(name, one->zh) || base_slice_is(name, one->en)) return one;
  }
  return NULL;
}

static bool is_kept(const data_lunar_festival *festival, data_lunar lunar) {
  if (lunar.leap || festival->month != lunar.month) return false;
  int last = data_lunar_month_days(lunar.year, lunar.month, false);
  return lunar.day == (festival->day == 0 ? last : festival->day);
}

const data_lunar_festival *data_lunar_festival_of(data_lunar lunar) {
  for (const data_lunar_festival *one = data_lunar_festivals; one->zh != NULL; one++) {
    if (is_kept(one, lunar)) return one;
  }
  return NULL;
}

bool data_lunar_festival_date(const data_lunar_festival *festival, int year, data_date *date) {
  int last = data_lunar_month_days(year, festival->month, false);
  data_lunar lunar = {.year = year, .month = festival->month};
  lunar.day = festival->day == 0 ? last : festival->day;
  return data_lunar_to_date(lunar, date);
}
