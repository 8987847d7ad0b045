/* lunar: the dates of the Chinese calendar (农历), 1901 to 2099.
 *
 * The months come from a table (lunar_table.py makes it and says how); where sources differ,
 * docs/decisions/0009-lunar-table.md says what was chosen. As text a lunar date is "2025-06-15", in
 * a leap month "2025-06L-15": texts sort as the days do. The year is the one in which the lunar year
 * begins: the last day of lunar 2025, "2025-12-29", is 2026-02-16.
 *
 * Memory:  values.  Threads: any.
 * Fails:   false for days outside the table and for dates that do not exist; nothing else can. */
#pragma once

#include "data/date.h"

#define DATA_LUNAR_FIRST_YEAR 1901
#define DATA_LUNAR_LAST_YEAR 2099

typedef struct data_lunar {
  int year;
  int month; /* 1 to 12 */
  bool leap; /* the second month of that number (闰) */
  int day;   /* 1 to 30 */
} data_lunar;

/* The month that is there twice in that year, or 0. */
int data_lunar_leap_month(int year);

/* 29 or 30; 0 when there is no such month. */
int data_lunar_month_days(int year, int month, bool leap);

bool data_lunar_from_date(data_date date, data_lunar *lunar);
bool data_lunar_to_date(data_lunar lunar, data_date *date);

/* The first day after `after` on which a birthday of that month and day is kept; the year of
 * `birthday` counts for nothing. One in a leap month is kept in the leap month where the year has
 * it, else in the ordinary one; one on the 30th is kept on the last day of a short month. */
bool data_lunar_next(data_lunar birthday, data_date after, data_date *next);

#define DATA_LUNAR_SIZE 12 /* "2025-06L-15" and a NUL */
void data_lunar_format(data_lunar lunar, char out[DATA_LUNAR_SIZE]);

/* Takes the form of data_lunar_format only. */
bool data_lunar_parse(base_slice text, data_lunar *lunar);

/* Takes what people write, full-width digits as ASCII already: "2025年闰6月15", "2025-6L-15",
 * "二〇二五年闰六月十五", "农历2026年腊月廿三". */
bool data_lunar_read(base_slice typed, data_lunar *lunar);

#define DATA_LUNAR_NAME_SIZE 48 /* "二〇二五年闰六月十五" and a NUL */
void data_lunar_name(data_lunar lunar, char out[DATA_LUNAR_NAME_SIZE]);

/* 春节 元宵节 龙抬头 端午节 七夕 中元节 中秋节 重阳节 腊八节 小年 除夕. */
typedef struct data_lunar_festival {
  const char *zh;
  const char *en;
  int month;
  int day; /* 0: the last day of the month */
} data_lunar_festival;

/* Ends with a NULL zh. */
extern const data_lunar_festival data_lunar_festivals[];

/* By either name; NULL when there is none. */
const data_lunar_festival *data_lunar_festival_find(base_slice name);

/* The festival of that day, or NULL. */
const data_lunar_festival *data_lunar_festival_of(data_lunar lunar);

/* The day of the festival in that lunar year. */
bool data_lunar_festival_date(const data_lunar_festival *festival, int year, data_date *date);
