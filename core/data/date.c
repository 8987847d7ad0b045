/* date: the Gregorian calendar as arithmetic. See date.h.
 *
 * Memory:  values.  Threads: any.  Fails: never. */
#include "data/date.h"

#define YEAR_MIN 1600
#define YEAR_MAX 9999
#define DAY_MIN (-135140) /* 1600-01-01 */
#define DAY_MAX 2932896   /* 9999-12-31 */
#define DAYS_OF_400_YEARS 146097
#define DAY_0000_03_01 (-719468)

static int clamp(int64_t value, int low, int high) {
  return value < low ? low : value > high ? high : (int)value;
}

static int days_of_month(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}

/* A year is counted from March, so that the leap day is its last and the months before it follow
 * one formula: 153 days for every five of them. */
static data_date days_of(int year, int month, int day) {
  int since = month > 2 ? month - 3 : month + 9;
  int from = month > 2 ? year : year - 1;
  int days = from * 365 + from / 4 - from / 100 + from / 400 + (153 * since + 2) / 5 + day - 1;
  return days + DAY_0000_03_01;
}

data_date data_date_make(int year, int month, int day) {
  if (year < YEAR_MIN) return DAY_MIN;
  if (year > YEAR_MAX) return DAY_MAX;
  month = clamp(month, 1, 12);
  return days_of(year, month, clamp(day, 1, days_of_month(year, month)));
}

void data_date_parts(data_date date, int *year, int *month, int *day) {
  int days = clamp(date, DAY_MIN, DAY_MAX) - DAY_0000_03_01;
  int era = days / DAYS_OF_400_YEARS;
  int in_era = days % DAYS_OF_400_YEARS;
  int leaps = in_era / 1460 - in_era / 36524 + in_era / (DAYS_OF_400_YEARS - 1);
  int year_of_era = (in_era - leaps) / 365;
  int in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int since = (5 * in_year + 2) / 153;
  *day = in_year - (153 * since + 2) / 5 + 1;
  *month = since < 10 ? since + 3 : since - 9;
  *year = era * 400 + year_of_era + (*month <= 2);
}

static bool read_digits(base_slice text, size_t from, size_t count, int *number) {
  *number = 0;
  for (size_t i = from; i < from + count; i++) {
    if (text.data[i] < '0' || text.data[i] > '9') return false;
    *number = *number * 10 + (text.data[i] - '0');
  }
  return true;
}

bool data_date_parse(base_slice text, data_date *date) {
  int year, month, day;
  if (text.size != DATA_DATE_SIZE - 1 || text.data[4] != '-' || text.data[7] != '-') return false;
  if (!read_digits(text, 0, 4, &year) || !read_digits(text, 5, 2, &month) ||
      !read_digits(text, 8, 2, &day)) {
    return false;
  }
  if (year < YEAR_MIN || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month)) {
    return false;
  }
  *date = days_of(year, month, day);
  return true;
}

static void write_digits(char *out, int count, int number) {
  while (count > 0) {
    out[--count] = (char)('0' + number % 10);
    number /= 10;
  }
}

void data_date_format(data_date date, char out[DATA_DATE_SIZE]) {
  int year, month, day;
  data_date_parts(date, &year, &month, &day);
  memcpy(out, "0000-00-00", DATA_DATE_SIZE);
  write_digits(out, 4, year);
  write_digits(out + 5, 2, month);
  write_digits(out + 8, 2, day);
}

/* Day 0 was a Thursday; whole weeks are added so that no day counts as negative. */
int data_date_weekday(data_date date) {
  return (clamp(date, DAY_MIN, DAY_MAX) + 7 * 20000 + 3) % 7;
}

data_date data_date_add_months(data_date date, int months) {
  int year, month, day;
  data_date_parts(date, &year, &month, &day);
  int64_t count = (int64_t)year * 12 + (month - 1) + months;
  if (count < YEAR_MIN * 12) return DAY_MIN;
  if (count >= (YEAR_MAX + 1) * 12) return DAY_MAX;
  return data_date_make((int)(count / 12), (int)(count % 12) + 1, day);
}
