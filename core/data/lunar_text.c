/* lunar: dates as text, in the one form that is stored and in the many that people write. See
 * lunar.h.
 *
 * Memory:  values.  Threads: any.  Fails: see lunar.h. */
#include <stdio.h>

#include "data/lunar.h"

#define DIGIT_SIZE 3 /* bytes of one Chinese character */

static const char *const digits[] = {"〇", "一", "二", "三", "四", "五",
                                     "六", "七", "八", "九", "十"};

/* --- writing --------------------------------------------------------------------------------------- */

/* A lunar date that exists has no larger numbers; the compiler cannot know. */
static unsigned below(int number, unsigned limit) {
  return (unsigned)number % limit;
}

void data_lunar_format(data_lunar lunar, char out[DATA_LUNAR_SIZE]) {
  (void)snprintf(out, DATA_LUNAR_SIZE, "%04u-%02u%s-%02u", below(lunar.year, 10000),
                 below(lunar.month, 100), lunar.leap ? "L" : "", below(lunar.day, 100));
}

static const char *month_name(int month) {
  static const char *const names[] = {"",   "正", "二", "三", "四",   "五", "六",
                                      "七", "八", "九", "十", "十一", "腊"};
  return names[below(month, 13)];
}

static void day_name(int day, char out[3 * DIGIT_SIZE + 1]) {
  const char *ten = day <= 10 ? "初" : day < 20 ? "十" : day == 20 ? "二" : day < 30 ? "廿" : "三";
  const char *one = day % 10 == 0 ? "十" : digits[below(day, 10)];
  (void)snprintf(out, 3 * DIGIT_SIZE + 1, "%s%s", ten, one);
}

void data_lunar_name(data_lunar lunar, char out[DATA_LUNAR_NAME_SIZE]) {
  char day[3 * DIGIT_SIZE + 1];
  day_name(lunar.day, day);
  (void)snprintf(out, DATA_LUNAR_NAME_SIZE, "%s%s%s%s年%s%s月%s",
                 digits[below(lunar.year / 1000, 10)], digits[below(lunar.year / 100, 10)],
                 digits[below(lunar.year / 10, 10)], digits[below(lunar.year, 10)],
                 lunar.leap ? "闰" : "", month_name(lunar.month), day);
}

/* --- reading --------------------------------------------------------------------------------------- */

static bool take(base_slice *rest, const char *word) {
  base_slice expected = base_slice_text(word);
  if (!base_slice_starts(*rest, expected)) return false;
  *rest = base_slice_after(*rest, expected.size);
  return true;
}

/* The first of the words that the text goes on with, from 0 on; -1 for none. */
static int take_any(base_slice *rest, const char *const *words, int count) {
  for (int i = 0; i < count; i++) {
    if (words[i] != NULL && take(rest, words[i])) return i;
  }
  return -1;
}

/* Up to `most` ASCII digits; how many there were. */
static int take_digits(base_slice *rest, int most, int *number) {
  int count = 0;
  *number = 0;
  while (count < most && rest->size > 0 && rest->data[0] >= '0' && rest->data[0] <= '9') {
    *number = *number * 10 + (rest->data[0] - '0');
    *rest = base_slice_after(*rest, 1);
    count++;
  }
  return count;
}

bool data_lunar_parse(base_slice text, data_lunar *lunar) {
  data_date date;
  data_lunar read = {0};
  bool form = take_digits(&text, 4, &read.year) == 4 && take(&text, "-") &&
              take_digits(&text, 2, &read.month) == 2;
  read.leap = form && take(&text, "L");
  form = form && take(&text, "-") && take_digits(&text, 2, &read.day) == 2 && text.size == 0;
  if (!form || !data_lunar_to_date(read, &date)) return false;
  *lunar = read;
  return true;
}

static bool read_year(base_slice *rest, int *year) {
  if (take_digits(rest, 4, year) == 4) return true;
  for (int i = 0; i < 4; i++) {
    int digit = take_any(rest, digits, 10);
    if (digit < 0) digit = take(rest, "零") ? 0 : -1;
    if (digit < 0) return false;
    *year = *year * 10 + digit;
  }
  return true;
}

static bool take_leap(base_slice *rest) {
  return take(rest, "闰") || take(rest, "閏") || take(rest, "L") || take(rest, "l");
}

/* Longer words first: 十一 begins with 十. */
static bool read_month(base_slice *rest, int *month) {
  static const char *const names[] = {NULL, "正", "二", "三", "四",   "五",   "六", "七", "八",
                                      "九", NULL, "冬", "腊", "十一", "十二", "十", "一", "臘"};
  static const int months[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 11, 12, 11, 12, 10, 1, 12};
  if (take_digits(rest, 2, month) > 0) return true;
  int name = take_any(rest, names, sizeof names / sizeof names[0]);
  *month = name < 0 ? 0 : months[name];
  return name >= 0;
}

/* 初一 … 初十 十一 … 二十 廿一 (二十一) … 三十 */
static bool read_day(base_slice *rest, int *day) {
  static const char *const tens[] = {"初", "十", "廿", "卅"};
  if (take_digits(rest, 2, day) > 0) return true;
  int ten = take_any(rest, tens, 4);
  if (ten < 0) {
    ten = take_any(rest, digits, 10);
    if (ten < 2 || ten > 3 || !take(rest, "十")) return false;
  }
  int one = take_any(rest, digits + 1, ten == 0 ? 10 : 9) + 1;
  *day = ten * 10 + one;
  return *day > 0;
}

static bool take_mark(base_slice *rest, const char *word) {
  return take(rest, word) || take(rest, "-") || take(rest, "/") || take(rest, ".");
}

bool data_lunar_read(base_slice typed, data_lunar *lunar) {
  data_date date;
  data_lunar read = {0};
  if (!take(&typed, "农历")) (void)take(&typed, "農曆");
  if (!read_year(&typed, &read.year) || !take_mark(&typed, "年")) return false;
  read.leap = take_leap(&typed);
  if (!read_month(&typed, &read.month)) return false;
  read.leap = take_leap(&typed) || read.leap;
  if (!take_mark(&typed, "月") || !read_day(&typed, &read.day)) return false;
  if (!take(&typed, "日")) (void)take(&typed, "号");
  if (typed.size > 0 || !data_lunar_to_date(read, &date)) return false;
  *lunar = read;
  return true;
}
