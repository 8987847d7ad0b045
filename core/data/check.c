/* check: what each kind accepts. See check.h.
 *
 * Memory:  the check's own work space.  Threads: one per data_check.
 * Fails:   data_check_… with the check's code. */
#include "data/check.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/map.h"
#include "data/append.h"
#include "data/date.h"
#include "data/decimal.h"
#include "data/lunar.h"
#include "data/phone.h"
#include "data/text.h"
#include "data/tree.h"
#include "data/validate.h"
#include "data/zone.h"

#define ID_MAX ((INT64_C(1) << 53) - 1) /* of durations too: what JSON's readers keep exactly */
#define EMAIL_MAX 254
#define LABEL_MAX 80  /* bytes of a label that a message repeats … */
#define QUOTED_MAX 60 /* … and of a given text */

typedef struct kind_words {
  data_type type;
  const char *zh;
  const char *en;
} kind_words;

static const kind_words words_of[] = {
    [DATA_KIND_TEXT] = {DATA_TEXT, "文本", "a text"},
    [DATA_KIND_INTEGER] = {DATA_INTEGER, "整数", "an integer"},
    [DATA_KIND_MONEY] = {DATA_INTEGER, "整数金额（最小货币单位，如分）",
                         "an integer amount (minor units)"},
    [DATA_KIND_BOOLEAN] = {DATA_BOOLEAN, "true 或 false", "true or false"},
    [DATA_KIND_DATE] = {DATA_TEXT, "日期文本，如 \"2026-03-07\"",
                        "a date as text (\"2026-03-07\")"},
    [DATA_KIND_DATETIME] = {DATA_INTEGER, "整数时刻（UTC 毫秒）",
                            "an integer instant (milliseconds UTC)"},
    [DATA_KIND_CHOICE] = {DATA_TEXT, "选项文本", "one of the choices as text"},
    [DATA_KIND_STATES] = {DATA_TEXT, "状态文本", "a state as text"},
    [DATA_KIND_TAGS] = {DATA_ARRAY, "文本数组", "an array of texts"},
    [DATA_KIND_REFERENCE] = {DATA_INTEGER, "记录编号（整数）", "a record's id (integer)"},
    [DATA_KIND_PHONE] = {DATA_TEXT, "电话号码文本", "a phone number as text"},
    [DATA_KIND_EMAIL] = {DATA_TEXT, "电子邮箱文本", "an e-mail address as text"},
    [DATA_KIND_ADDRESS] = {DATA_TEXT, "地址文本", "an address as text"},
    [DATA_KIND_LIST] = {DATA_ARRAY, "数组", "an array"},
    [DATA_KIND_MAP] = {DATA_MAP, "映射", "a map"},
    [DATA_KIND_ANY] = {DATA_NIL, "任意值", "any value"},
    [DATA_KIND_DECIMAL] = {DATA_TEXT, "小数文本，如 \"12.5\"",
                           "a decimal number as text (\"12.5\")"},
    [DATA_KIND_DURATION] = {DATA_INTEGER, "整数时长（毫秒）", "an integer duration (milliseconds)"},
    [DATA_KIND_LUNAR_DATE] = {DATA_TEXT, "农历日期文本，如 \"2025-06-15\"",
                              "a lunar date as text (\"2025-06-15\")"},
    [DATA_KIND_TREE] = {DATA_TEXT, "路径文本，如 \"国内/山东/济南\"",
                        "a path as text (\"国内/山东/济南\")"},
    [DATA_KIND_FILE] = {DATA_MAP, "文件映射 {sha256, size, name, media}",
                        "a file's map {sha256, size, name, media}"},
};

const char *data_check_word(const data_check *check, const char *zh, const char *en) {
  return check->error->language == BASE_EN ? en : zh;
}

const char *data_check_name(data_check *check) {
  if (check->index == DATA_CHECK_WHOLE) return check->field->name;
  (void)snprintf(check->name, sizeof check->name, "%.64s[%" PRId64 "]", check->field->name,
                 check->index);
  return check->name;
}

const char *data_check_title(data_check *check) {
  const char *label = data_check_word(check, check->field->label_zh, check->field->label_en);
  const char *name = data_check_name(check);
  if (label == NULL) return name;
  base_slice shown = data_text_cut(base_slice_text(label), LABEL_MAX);
  (void)snprintf(check->title, sizeof check->title,
                 data_check_word(check, "%.*s（%s）", "%.*s (%s)"), BASE_SLICE_ARGS(shown), name);
  return check->title;
}

static const char *given_word(const data_check *check, data_value value) {
  static const char *const given[][2] = {
      [DATA_NIL] = {"空值", "nil"},
      [DATA_BOOLEAN] = {"布尔值", "a boolean"},
      [DATA_INTEGER] = {"整数", "an integer"},
      [DATA_FLOAT] = {"小数", "a float"},
      [DATA_TEXT] = {"文本", "a text"},
      [DATA_BINARY] = {"二进制", "binary"},
      [DATA_ARRAY] = {"数组", "an array"},
      [DATA_MAP] = {"映射", "a map"},
  };
  return data_check_word(check, given[value.type][0], given[value.type][1]);
}

base_code data_check_type(data_check *check, data_kind kind, data_value value) {
  const kind_words *words = &words_of[kind];
  if (value.type == words->type) return BASE_OK;
  return base_error_set(check->error, check->code, data_check_name(check), "%s：应为%s，收到的是%s",
                        "%s must be %s, got %s", data_check_title(check),
                        data_check_word(check, words->zh, words->en), given_word(check, value));
}

base_code data_check_bounds(data_check *check, int64_t number, const char *unit_zh,
                            const char *unit_en) {
  const data_field *field = check->field;
  if (!field->bounded || (number >= field->min && number <= field->max)) return BASE_OK;
  bool low = number < field->min;
  return base_error_set(
      check->error, check->code, data_check_name(check), "%s：%s %" PRId64 "%s，收到的是 %" PRId64,
      "%s must be %s %" PRId64 "%s, got %" PRId64, data_check_title(check),
      low ? data_check_word(check, "不得小于", "at least")
          : data_check_word(check, "不得大于", "at most"),
      low ? field->min : field->max, data_check_word(check, unit_zh, unit_en), number);
}

static base_slice quoted(base_slice text) {
  return data_text_cut(text, QUOTED_MAX);
}

static base_code check_size(data_check *check, base_slice text) {
  if (text.size > DATA_TEXT_MAX) {
    return base_error_set(check->error, check->code, data_check_name(check),
                          "%s：最多 %d 字节，收到 %zu 字节", "%s holds at most %d bytes, got %zu",
                          data_check_title(check), DATA_TEXT_MAX, text.size);
  }
  if (check->index != DATA_CHECK_WHOLE) return BASE_OK; /* what follows is about the whole list */
  if (text.size == 0 && (check->field->flags & DATA_REQUIRED) != 0) {
    return base_error_set(check->error, check->code, data_check_name(check), "%s：必填，不能为空",
                          "%s is required and may not be empty", data_check_title(check));
  }
  return data_check_bounds(check, (int64_t)text.size, " 字节", " bytes");
}

/* The three numbers of a date in some other notation ("2026/3/7", "2026年3月7日"). */
static bool loose_date(base_slice text, char out[DATA_DATE_SIZE]) {
  int numbers[3] = {0};
  size_t found = 0;
  for (size_t i = 0; i < text.size; i++) {
    bool digit = text.data[i] >= '0' && text.data[i] <= '9';
    bool first = i == 0 || text.data[i - 1] < '0' || text.data[i - 1] > '9';
    if (!digit) continue;
    if (first && found++ == 3) return false;
    if (found == 0 || numbers[found - 1] > 9999) return false;
    numbers[found - 1] = numbers[found - 1] * 10 + (text.data[i] - '0');
  }
  char written[32];
  (void)snprintf(written, sizeof written, "%04d-%02d-%02d", numbers[0], numbers[1], numbers[2]);
  data_date date;
  if (!data_date_parse(base_slice_text(written), &date)) return false;
  data_date_format(date, out);
  return true;
}

static base_code check_date(data_check *check, base_slice typed) {
  data_date date;
  base_buffer narrow = {0};
  data_text_narrow(typed, &narrow);
  bool valid = data_date_parse(base_buffer_slice(&narrow), &date);
  char text[DATA_DATE_SIZE] = "2026-03-07";
  if (valid) {
    data_date_format(date, text);
    data_append_text(check->out, text);
  } else {
    (void)loose_date(base_buffer_slice(&narrow), text);
  }
  base_buffer_fini(&narrow);
  if (valid) return BASE_OK;
  base_slice given = quoted(typed);
  return base_error_set(check->error, check->code, data_check_name(check),
                        "%s：“%.*s”不是日期，请写成 %s 的形式",
                        "%s: \"%.*s\" is not a date; write it as %s", data_check_title(check),
                        BASE_SLICE_ARGS(given), text);
}

/* `min` and `max` bound the number itself. */
static base_code check_decimal_bounds(data_check *check, const char *number) {
  const data_field *field = check->field;
  char least[24];
  char most[24];
  if (!field->bounded || check->index != DATA_CHECK_WHOLE) return BASE_OK;
  (void)snprintf(least, sizeof least, "%" PRId64, field->min);
  (void)snprintf(most, sizeof most, "%" PRId64, field->max);
  base_slice given = base_slice_text(number);
  bool low = data_decimal_compare(given, base_slice_text(least)) < 0;
  bool high = data_decimal_compare(given, base_slice_text(most)) > 0;
  if (!low && !high) return BASE_OK;
  return base_error_set(check->error, check->code, data_check_name(check), "%s：%s %s，收到的是 %s",
                        "%s must be %s %s, got %s", data_check_title(check),
                        low ? data_check_word(check, "不得小于", "at least")
                            : data_check_word(check, "不得大于", "at most"),
                        low ? least : most, number);
}

static base_code check_decimal(data_check *check, base_slice typed) {
  char number[DATA_DECIMAL_SIZE];
  base_buffer narrow = {0};
  data_text_narrow(data_text_trim(typed), &narrow);
  bool valid = data_decimal_read(base_buffer_slice(&narrow), number);
  base_buffer_fini(&narrow);
  if (valid) {
    BASE_TRY(check_decimal_bounds(check, number));
    data_append_text(check->out, number);
    return BASE_OK;
  }
  base_slice given = quoted(typed);
  return base_error_set(check->error, check->code, data_check_name(check),
                        "%s：“%.*s”不是小数；请写成 12.5 的形式，最多 %d 位数字、小数点后 %d 位",
                        "%s: \"%.*s\" is not a decimal number; write it as 12.5, with at most %d "
                        "digits, %d of them behind the point",
                        data_check_title(check), BASE_SLICE_ARGS(given), DATA_DECIMAL_DIGITS,
                        DATA_DECIMAL_SCALE);
}

static base_code check_lunar_date(data_check *check, base_slice typed) {
  data_lunar lunar;
  base_buffer narrow = {0};
  data_text_narrow(typed, &narrow);
  bool valid = data_lunar_read(base_buffer_slice(&narrow), &lunar);
  base_buffer_fini(&narrow);
  if (valid) {
    char text[DATA_LUNAR_SIZE];
    data_lunar_format(lunar, text);
    data_append_text(check->out, text);
    return BASE_OK;
  }
  base_slice given = quoted(typed);
  return base_error_set(
      check->error, check->code, data_check_name(check),
      "%s：没有农历日期“%.*s”；请写 2025-06-15，闰月写 2025-06L-15（%d 年至 %d 年）",
      "%s: there is no lunar date \"%.*s\"; write 2025-06-15, in a leap month 2025-06L-15 (%d to "
      "%d)",
      data_check_title(check), BASE_SLICE_ARGS(given), DATA_LUNAR_FIRST_YEAR, DATA_LUNAR_LAST_YEAR);
}

static base_code check_tree(data_check *check, base_slice typed) {
  base_buffer path = {0};
  bool valid = data_tree_read(typed, &path);
  if (valid) data_append_slice(check->out, base_buffer_slice(&path));
  base_buffer_fini(&path);
  if (valid) return BASE_OK;
  base_slice given = quoted(typed);
  return base_error_set(check->error, check->code, data_check_name(check),
                        "%s：“%.*s”不是路径；请从大到小写成 国内/山东/济南，最多 %d 层、%d 字节",
                        "%s: \"%.*s\" is not a path; write it from large to small as "
                        "国内/山东/济南, at most %d names and %d bytes",
                        data_check_title(check), BASE_SLICE_ARGS(given), DATA_TREE_DEPTH,
                        DATA_TREE_MAX);
}

static base_code check_phone(data_check *check, base_slice typed) {
  base_buffer normal = {0};
  bool valid = data_phone_normal(typed, &normal);
  base_buffer_fini(&normal);
  if (!valid) {
    return base_error_set(check->error, check->code, data_check_name(check),
                          "%s：不是电话号码，请写 5 到 20 位数字，如 0531-88881234",
                          "%s is not a phone number; write 5 to 20 digits, as in 0531-88881234",
                          data_check_title(check));
  }
  base_buffer narrow = {0};
  data_text_narrow(typed, &narrow);
  data_append_slice(check->out, base_buffer_slice(&narrow));
  base_buffer_fini(&narrow);
  return BASE_OK;
}

static bool is_email(base_slice text) {
  const uint8_t *at = text.size == 0 ? NULL : memchr(text.data, '@', text.size);
  if (at == NULL || at == text.data || text.size > EMAIL_MAX) return false;
  base_slice domain = base_slice_after(text, (size_t)(at - text.data) + 1);
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] <= ' ' || memchr("\"(),:;<>[\\]\x7f", text.data[i], 12) != NULL) return false;
  }
  const uint8_t *dot = domain.size == 0 ? NULL : memchr(domain.data, '.', domain.size);
  return dot != NULL && dot != domain.data && domain.data[domain.size - 1] != '.' &&
         memchr(domain.data, '@', domain.size) == NULL;
}

static base_code check_email(data_check *check, base_slice typed) {
  if (is_email(typed)) {
    data_append_slice(check->out, typed);
    return BASE_OK;
  }
  return base_error_set(check->error, check->code, data_check_name(check),
                        "%s：不是电子邮箱，请写成 name@example.com 的形式",
                        "%s is not an e-mail address; write it as name@example.com",
                        data_check_title(check));
}

const char *data_check_nearest(base_slice typed, const char *(*word)(const void *words, size_t i),
                               const void *words, size_t count) {
  const char *nearest = NULL;
  size_t limit = typed.size == 2 ? 1 : typed.size / 3;
  for (size_t i = 0; i < count; i++) {
    size_t distance = base_map_distance(base_slice_text(word(words, i)), typed, limit);
    if (distance > limit) continue;
    nearest = word(words, i);
    if (distance == 0) break;
    limit = distance - 1;
  }
  return nearest;
}

static const char *choice_at(const void *choices, size_t i) {
  return ((const char *const *)choices)[i];
}

static base_code refuse_choice(data_check *check, base_slice typed, size_t count) {
  const char *const *choices = check->field->choices;
  const char *near = data_check_nearest(typed, choice_at, choices, count);
  base_slice given = quoted(typed);
  if (near != NULL) {
    return base_error_set(check->error, check->code, data_check_name(check),
                          "%s：没有选项“%.*s”，是否要写“%s”？",
                          "%s: \"%.*s\" is no choice; did you mean \"%s\"?",
                          data_check_title(check), BASE_SLICE_ARGS(given), near);
  }
  char list[200] = "";
  size_t size = 0;
  for (size_t i = 0; i < count && size + 3 < sizeof list; i++) {
    (void)snprintf(list + size, sizeof list - size, "%s%s", i == 0 ? "" : ", ", choices[i]);
    size += strlen(list + size);
  }
  base_slice all = data_text_cut(base_slice_make(list, size), size < 190 ? size : 190);
  return base_error_set(check->error, check->code, data_check_name(check),
                        "%s：没有选项“%.*s”，可选：%.*s",
                        "%s: \"%.*s\" is no choice; there are: %.*s", data_check_title(check),
                        BASE_SLICE_ARGS(given), BASE_SLICE_ARGS(all));
}

static base_code check_choice(data_check *check, base_slice typed) {
  size_t count = 0;
  for (const char *const *choice = check->field->choices; choice != NULL && *choice != NULL;
       choice++) {
    if (base_slice_is(typed, *choice)) {
      data_append_slice(check->out, typed);
      return BASE_OK;
    }
    count++;
  }
  return refuse_choice(check, typed, count);
}

static base_code check_text(data_check *check, data_kind kind, base_slice typed) {
  base_slice text = data_text_trim(typed);
  BASE_TRY(check_size(check, text));
  switch (kind) {
    case DATA_KIND_DATE:
      return check_date(check, text);
    case DATA_KIND_PHONE:
      return check_phone(check, text);
    case DATA_KIND_EMAIL:
      return check_email(check, text);
    case DATA_KIND_CHOICE:
    case DATA_KIND_STATES:
      return check_choice(check, text);
    case DATA_KIND_LUNAR_DATE:
      return check_lunar_date(check, text);
    case DATA_KIND_TREE:
      return check_tree(check, text);
    default:
      data_append_slice(check->out, text);
      return BASE_OK;
  }
}

static base_code check_integer(data_check *check, data_kind kind, int64_t number) {
  if (kind == DATA_KIND_REFERENCE && (number < 1 || number > ID_MAX)) {
    return base_error_set(check->error, check->code, data_check_name(check),
                          "%s：记录编号是从 1 起的整数，收到的是 %" PRId64,
                          "%s: a record's id is an integer from 1 on, got %" PRId64,
                          data_check_title(check), number);
  }
  if (kind == DATA_KIND_DATETIME && (number < DATA_INSTANT_MIN || number > DATA_INSTANT_MAX)) {
    return base_error_set(check->error, check->code, data_check_name(check),
                          "%s：%" PRId64 " 毫秒不在 1600 年到 9999 年之间",
                          "%s: %" PRId64 " milliseconds are not within the years 1600 to 9999",
                          data_check_title(check), number);
  }
  if (kind == DATA_KIND_DURATION && (number < 0 || number > ID_MAX)) {
    return base_error_set(check->error, check->code, data_check_name(check),
                          "%s：时长是不小于 0 的毫秒数，收到的是 %" PRId64,
                          "%s: a duration is a number of milliseconds from 0 on, got %" PRId64,
                          data_check_title(check), number);
  }
  if (check->index == DATA_CHECK_WHOLE) BASE_TRY(data_check_bounds(check, number, "", ""));
  data_append_integer(check->out, number);
  return BASE_OK;
}

/* Whole numbers are decimal numbers too. */
static base_code check_whole_decimal(data_check *check, int64_t number) {
  char text[24];
  (void)snprintf(text, sizeof text, "%" PRId64, number);
  return check_decimal(check, base_slice_text(text));
}

base_code data_check_scalar(data_check *check, data_kind kind, data_value value) {
  if (kind == DATA_KIND_DECIMAL && value.type == DATA_INTEGER) {
    return check_whole_decimal(check, value.as.integer);
  }
  BASE_TRY(data_check_type(check, kind, value));
  if (kind == DATA_KIND_DECIMAL) return check_decimal(check, value.as.bytes);
  if (value.type == DATA_TEXT) return check_text(check, kind, value.as.bytes);
  if (value.type == DATA_INTEGER) return check_integer(check, kind, value.as.integer);
  data_append_boolean(check->out, value.as.boolean);
  return BASE_OK;
}
