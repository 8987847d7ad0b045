/* cell: texts of tables, by kind of field. See cell.h.
 *
 * Memory:  work space is freed before a function returns.  Threads: any.
 * Fails:   as the header says.
 *
 * The guard: a spreadsheet runs a text that begins with = + - @, a tab or a carriage return. Such a
 * text gets a ' in front; so does one that has only ' before such a character, so that taking one
 * ' away is always right. Numbers are written by the server itself and need none. */
#include "data/cell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/ucurr.h>
#include <unicode/ustring.h>

#include "data/append.h"
#include "data/date.h"
#include "data/json.h"
#include "data/text.h"
#include "data/validate.h"

#define DECIMALS_MAX 6
#define NUMBER_MAX 40 /* characters */

unsigned data_money_decimals(base_slice currency) {
  UChar code[4] = {0};
  UErrorCode status = U_ZERO_ERROR;
  if (currency.size != 3) return 2;
  for (size_t i = 0; i < 3; i++) code[i] = currency.data[i];
  int32_t digits = ucurr_getDefaultFractionDigits(code, &status);
  return U_FAILURE(status) || digits < 0 || digits > DECIMALS_MAX ? 2 : (unsigned)digits;
}

/* --- the guard ----------------------------------------------------------------------------------- */

static bool looks_like_formula(base_slice text) {
  size_t at = 0;
  while (at < text.size && text.data[at] == '\'') at++;
  return at < text.size && memchr("=+-@\t\r", text.data[at], 6) != NULL;
}

static void append_guarded(base_slice text, base_buffer *out) {
  if (looks_like_formula(text)) base_buffer_byte(out, '\'');
  base_buffer_append(out, text.data, text.size);
}

static base_slice without_guard(base_slice text) {
  bool guarded = text.size > 0 && text.data[0] == '\'' && looks_like_formula(text);
  return guarded ? base_slice_after(text, 1) : text;
}

/* --- reading: numbers ---------------------------------------------------------------------------- */

static base_code refuse(const data_field *field, base_slice text, const char *zh, const char *en,
                        base_code code, base_error *error) {
  base_slice shown = data_text_cut(text, 60);
  return base_error_set(error, code, field->name, "%s：“%.*s”不是%s", "%s: “%.*s” is not %s",
                        field->name, BASE_SLICE_ARGS(shown), error->language == BASE_EN ? en : zh);
}

/* Takes the sign off the front; the rest are digits with thousands between commas and one point. */
static bool plain_number(base_slice text, char out[NUMBER_MAX]) {
  size_t size = 0;
  for (size_t i = 0; i < text.size; i++) {
    char byte = (char)text.data[i];
    if (byte == ',' && i > 0 && i + 1 < text.size) continue;
    bool sign = i == 0 && (byte == '-' || byte == '+');
    if (!sign && byte != '.' && (byte < '0' || byte > '9')) return false;
    if (size + 1 == NUMBER_MAX) return false;
    out[size++] = byte;
  }
  out[size] = '\0';
  return size > 0 && strpbrk(out, "0123456789") != NULL;
}

/* The number times 10 to the `decimals`; false when it has more of them, or is too large. */
static bool scaled(const char *number, unsigned decimals, int64_t *value) {
  char digits[NUMBER_MAX + DECIMALS_MAX];
  const char *point = strchr(number, '.');
  size_t whole = point == NULL ? strlen(number) : (size_t)(point - number);
  const char *fraction = point == NULL ? "" : point + 1;
  size_t given = strlen(fraction);
  while (given > decimals && fraction[given - 1] == '0') given--;
  if (given > decimals || strchr(fraction, '.') != NULL) return false;
  (void)snprintf(digits, sizeof digits, "%.*s%.*s%.*s", (int)whole, number, (int)given, fraction,
                 (int)(decimals - given), "000000");
  errno = 0;
  *value = strtoll(digits, NULL, 10);
  return errno == 0;
}

static base_slice without(base_slice text, const char *before, const char *behind) {
  base_slice front = base_slice_text(before);
  base_slice back = base_slice_text(behind);
  if (base_slice_starts(text, front)) text = base_slice_after(text, front.size);
  if (text.size >= back.size && memcmp(text.data + text.size - back.size, behind, back.size) == 0) {
    text.size -= back.size;
  }
  return data_text_trim(text);
}

static base_code read_number(const data_field *field, base_slice text, unsigned decimals,
                             base_code code, base_buffer *out, base_error *error) {
  char number[NUMBER_MAX];
  int64_t value = 0;
  base_slice bare = without(without(text, "¥", "元"), "￥", "");
  if (!plain_number(bare, number) || !scaled(number, decimals, &value)) {
    return decimals == 0
               ? refuse(field, text, "整数", "a whole number", code, error)
               : refuse(field, text, "金额（如 12.50）", "an amount (12.50)", code, error);
  }
  data_append_integer(out, value);
  return BASE_OK;
}

/* --- reading: days and instants ------------------------------------------------------------------ */

static bool take_digits(base_slice *text, size_t most, int *number) {
  size_t size = 0;
  *number = 0;
  while (size < most && size < text->size && text->data[size] >= '0' && text->data[size] <= '9') {
    *number = *number * 10 + (text->data[size++] - '0');
  }
  *text = base_slice_after(*text, size);
  return size > 0;
}

static bool take(base_slice *text, const char *word) {
  base_slice wanted = base_slice_text(word);
  if (!base_slice_starts(*text, wanted)) return false;
  *text = base_slice_after(*text, wanted.size);
  return true;
}

/* One of - / . or nothing (20260307), and the same again; or 年 月 日. */
static bool take_date(base_slice *text, data_date *date) {
  char exact[DATA_DATE_SIZE];
  int year, month, day;
  base_slice rest = *text;
  if (!take_digits(&rest, 4, &year) || text->size - rest.size != 4) return false;
  bool chinese = take(&rest, "年");
  char between[] = {'\0', '\0'};
  if (rest.size > 0 && memchr("-/.", rest.data[0], 3) != NULL) between[0] = (char)rest.data[0];
  (void)take(&rest, between);
  if (!take_digits(&rest, 2, &month)) return false;
  if (!take(&rest, chinese ? "月" : between) || !take_digits(&rest, 2, &day)) return false;
  if (chinese) (void)take(&rest, "日");
  (void)snprintf(exact, sizeof exact, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
  if (!data_date_parse(base_slice_text(exact), date)) return false;
  *text = rest;
  return true;
}

static base_code read_date(const data_field *field, base_slice text, base_code code,
                           base_buffer *out, base_error *error) {
  char exact[DATA_DATE_SIZE];
  data_date date;
  base_slice rest = text;
  bool valid = take_date(&rest, &date);
  rest = data_text_trim(rest);
  /* Spreadsheets like to write midnight behind a day. */
  bool midnight = base_slice_is(rest, "0:00") || base_slice_is(rest, "00:00:00") ||
                  base_slice_is(rest, "0:00:00") || base_slice_is(rest, "00:00");
  if (!valid || (rest.size > 0 && !midnight)) {
    return refuse(field, text, "日期（如 2026-03-07、2026/3/7、2026年3月7日）",
                  "a date (2026-03-07, 2026/3/7)", code, error);
  }
  data_date_format(date, exact);
  data_append_text(out, exact);
  return BASE_OK;
}

static bool take_time(base_slice *text, int64_t *seconds) {
  int hour, minute;
  int second = 0;
  if (!take_digits(text, 2, &hour) || !take(text, ":") || !take_digits(text, 2, &minute)) {
    return false;
  }
  if (take(text, ":") && !take_digits(text, 2, &second)) return false;
  *seconds = (int64_t)hour * 3600 + minute * 60 + second;
  return hour < 24 && minute < 60 && second < 60;
}

/* "2026/3/7 14:30" on the clock of the zone. */
static bool local_instant(base_slice text, const data_zone *zone, int64_t *instant) {
  data_date date;
  int64_t seconds = 0;
  if (!take_date(&text, &date)) return false;
  text = data_text_trim(text);
  if (text.size > 0 && (!take_time(&text, &seconds) || text.size > 0)) return false;
  int64_t clock = ((int64_t)date * 86400 + seconds) * 1000;
  int64_t guess = clock - data_zone_offset(zone, clock) * 1000;
  *instant = clock - data_zone_offset(zone, guess) * 1000;
  return true;
}

static base_code read_instant(const data_field *field, base_slice text,
                              const data_cell_rules *rules, base_code code, base_buffer *out,
                              base_error *error) {
  char number[NUMBER_MAX];
  int64_t instant = 0;
  base_error ignored = {.language = error->language};
  data_value value = {.type = DATA_TEXT, .as.bytes = text};
  bool valid = local_instant(text, rules->zone, &instant);
  if (!valid && text.size > 10 && plain_number(text, number)) valid = scaled(number, 0, &instant);
  if (!valid) {
    valid = data_instant_parse(rules->zone, value, field->name, &instant, &ignored) == BASE_OK;
  }
  if (!valid) {
    return refuse(field, text, "时间（如 2026-03-07 14:30）", "an instant (2026-03-07 14:30)", code,
                  error);
  }
  data_append_integer(out, instant);
  return BASE_OK;
}

/* --- reading: the rest --------------------------------------------------------------------------- */

static base_code read_boolean(const data_field *field, base_slice text, base_code code,
                              base_buffer *out, base_error *error) {
  static const char *const yes[] = {"true", "1", "yes", "y", "是", "对", "√"};
  static const char *const no[] = {"false", "0", "no", "n", "否", "不", "×"};
  base_buffer folded = {0};
  data_text_fold(text, &folded);
  bool is_yes = false;
  bool is_no = false;
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
    is_yes = is_yes || base_slice_is(base_buffer_slice(&folded), yes[i]);
    is_no = is_no || base_slice_is(base_buffer_slice(&folded), no[i]);
  }
  base_buffer_fini(&folded);
  if (!is_yes && !is_no) return refuse(field, text, "“是”或“否”", "true or false", code, error);
  data_append_boolean(out, is_yes);
  return BASE_OK;
}

static size_t separator_size(base_slice text) {
  static const char *const separators[] = {";", "；", "、"};
  for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++) {
    base_slice separator = base_slice_text(separators[i]);
    if (base_slice_starts(text, separator)) return separator.size;
  }
  return 0;
}

static base_code read_json(const data_field *field, base_slice text, base_code code,
                           base_buffer *out, base_error *error) {
  const data_limits limits = {
      .bytes = DATA_TEXT_MAX * 4, .depth = 32, .items = 100000, .map_entries = 4096};
  base_error inner = {.language = error->language};
  if (data_json_read(text, limits, out, &inner) == BASE_OK) return BASE_OK;
  return base_error_set(error, code, field->name, "%s：%s", "%s: %s", field->name, inner.message);
}

/* "重点; 老客户"; a list that has to be exact is written as JSON. */
static base_code read_texts(const data_field *field, base_slice text, base_code code,
                            base_buffer *out, base_error *error) {
  if (text.data[0] == '[') return read_json(field, text, code, out, error);
  size_t place = data_append_open_array(out);
  size_t count = 0;
  while (text.size > 0) {
    size_t size = 0;
    while (size < text.size && separator_size(base_slice_after(text, size)) == 0) size++;
    base_slice item = data_text_trim(base_slice_make(text.data, size));
    if (item.size > 0) {
      data_append_slice(out, item);
      count++;
    }
    text = base_slice_after(text, size);
    text = base_slice_after(text, separator_size(text));
  }
  data_append_close(out, place, count);
  return BASE_OK;
}

static bool is_texts(const data_field *field) {
  return field->kind == DATA_KIND_TAGS ||
         (field->kind == DATA_KIND_LIST && field->of == DATA_KIND_TEXT);
}

static base_code read_kind(const data_field *field, base_slice text, base_slice narrow,
                           const data_cell_rules *rules, base_code code, base_buffer *out,
                           base_error *error) {
  if (is_texts(field)) return read_texts(field, text, code, out, error);
  switch (field->kind) {
    case DATA_KIND_INTEGER:
    case DATA_KIND_REFERENCE:
    case DATA_KIND_DURATION:
      return read_number(field, narrow, 0, code, out, error);
    case DATA_KIND_MONEY:
      return read_number(field, narrow, rules->decimals, code, out, error);
    case DATA_KIND_BOOLEAN:
      return read_boolean(field, narrow, code, out, error);
    case DATA_KIND_DATE:
      return read_date(field, narrow, code, out, error);
    case DATA_KIND_DATETIME:
      return read_instant(field, narrow, rules, code, out, error);
    case DATA_KIND_LIST:
    case DATA_KIND_MAP:
    case DATA_KIND_FILE:
    case DATA_KIND_ANY:
      return read_json(field, text, code, out, error);
    default:
      data_append_slice(out, text);
      return BASE_OK;
  }
}

base_code data_cell_read(const data_field *field, base_slice text, const data_cell_rules *rules,
                         base_code code, base_buffer *out, base_error *error) {
  size_t size = out->size;
  base_buffer narrow = {0};
  text = data_text_trim(without_guard(data_text_trim(text)));
  if (text.size == 0) {
    data_append_nil(out);
    return BASE_OK;
  }
  data_text_narrow(text, &narrow);
  base_code result = read_kind(field, text, base_buffer_slice(&narrow), rules, code, out, error);
  base_buffer_fini(&narrow);
  if (result != BASE_OK) out->size = size;
  return result;
}

/* --- writing ------------------------------------------------------------------------------------- */

static void append_money(int64_t amount, unsigned decimals, base_buffer *out) {
  uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
  uint64_t unit = 1;
  for (unsigned i = 0; i < decimals; i++) unit *= 10;
  base_buffer_format(out, "%s%llu", amount < 0 ? "-" : "", (unsigned long long)(size / unit));
  if (decimals == 0) return;
  base_buffer_format(out, ".%0*llu", (int)decimals, (unsigned long long)(size % unit));
}

/* Whether the elements, joined, come apart again as they were. */
static bool can_be_joined(base_slice list) {
  data_walk walk = data_walk_begin(list);
  bool plain = data_peek(list).as.count > 0;
  while (plain && data_walk_next(&walk)) {
    base_slice item = walk.value.as.bytes;
    plain = walk.value.type == DATA_TEXT && item.size > 0 && item.data[0] != '[' &&
            base_slice_equal(item, data_text_trim(item));
    for (size_t i = 0; plain && i < item.size; i++) {
      plain = separator_size(base_slice_after(item, i)) == 0;
    }
  }
  return plain;
}

static void append_texts(base_slice list, base_buffer *out) {
  base_buffer joined = {0};
  data_walk walk = data_walk_begin(list);
  while (data_walk_next(&walk)) {
    if (walk.index > 0) base_buffer_text(&joined, "; ");
    base_buffer_append(&joined, walk.value.as.bytes.data, walk.value.as.bytes.size);
  }
  append_guarded(base_buffer_slice(&joined), out);
  base_buffer_fini(&joined);
}

void data_cell_append(const data_field *field, data_value value, const data_cell_rules *rules,
                      base_buffer *out) {
  char instant[DATA_INSTANT_SIZE];
  if (value.type == DATA_NIL) return;
  if (value.type == DATA_TEXT) {
    append_guarded(value.as.bytes, out);
  } else if (value.type == DATA_INTEGER && field->kind == DATA_KIND_MONEY) {
    append_money(value.as.integer, rules->decimals, out);
  } else if (value.type == DATA_INTEGER && field->kind == DATA_KIND_DATETIME) {
    data_instant_format(rules->zone, value.as.integer, instant);
    base_buffer_text(out, instant);
  } else if (value.type == DATA_ARRAY && is_texts(field) && can_be_joined(value.raw)) {
    append_texts(value.raw, out);
  } else {
    data_json_append(value, out);
  }
}
