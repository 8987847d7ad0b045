/* lunar: the Chinese calendar for clients: dates both ways, birthdays, festivals. */
#include "api/nouns/nouns.h"

static base_code refuse_range(crm_ctx *ctx, const char *field) {
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, field, "农历只收录 %d 年至 %d 年",
                        "the lunar calendar is known from %d to %d", DATA_LUNAR_FIRST_YEAR,
                        DATA_LUNAR_LAST_YEAR);
}

/* Reads the parameter `lunar` in any of the forms that people write. */
static base_code lunar_param(crm_ctx *ctx, base_slice params, data_lunar *lunar) {
  base_buffer narrow = {0};
  data_text_narrow(api_param_text(params, "lunar"), &narrow);
  bool known = data_lunar_read(base_buffer_slice(&narrow), lunar);
  base_buffer_fini(&narrow);
  if (known) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "lunar",
                        "没有这个农历日期；请写 2025-06-15，闰月写 2025-06L-15（%d 年至 %d 年）",
                        "there is no such lunar date; write 2025-06-15, in a leap month "
                        "2025-06L-15 (%d to %d)",
                        DATA_LUNAR_FIRST_YEAR, DATA_LUNAR_LAST_YEAR);
}

static void append_optional(base_buffer *out, const char *key, const char *text) {
  data_append_text(out, key);
  if (text == NULL)
    data_append_nil(out);
  else
    data_append_text(out, text);
}

/* The day in both calendars. */
static base_code append_day(crm_ctx *ctx, data_date date, const char *field, base_buffer *result) {
  data_lunar lunar;
  char text[DATA_DATE_SIZE];
  char lunar_text[DATA_LUNAR_SIZE];
  char name[DATA_LUNAR_NAME_SIZE];
  if (!data_lunar_from_date(date, &lunar)) return refuse_range(ctx, field);
  data_date_format(date, text);
  data_lunar_format(lunar, lunar_text);
  data_lunar_name(lunar, name);
  const data_lunar_festival *festival = data_lunar_festival_of(lunar);
  data_append_map(result, 9);
  data_append_pair_text(result, "date", text);
  data_append_pair_text(result, "lunar", lunar_text);
  data_append_pair_text(result, "name", name);
  data_append_pair_integer(result, "year", lunar.year);
  data_append_pair_integer(result, "month", lunar.month);
  data_append_pair_boolean(result, "leap", lunar.leap);
  data_append_pair_integer(result, "day", lunar.day);
  data_append_pair_integer(result, "month_days",
                           data_lunar_month_days(lunar.year, lunar.month, lunar.leap));
  append_optional(result, "festival", festival == NULL ? NULL : festival->zh);
  return BASE_OK;
}

static base_code run_lunar(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  data_date date = ctx->today;
  data_lunar lunar;
  bool by_lunar = api_param_text(params, "lunar").size > 0;
  if (by_lunar && api_param_text(params, "date").size > 0) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "lunar", "date 与 lunar 只能给出一个",
                          "give date or lunar, not both");
  }
  if (by_lunar) {
    BASE_TRY(lunar_param(ctx, params, &lunar));
    (void)data_lunar_to_date(lunar, &date);
  } else {
    (void)data_date_parse(api_param_text(params, "date"), &date);
  }
  return append_day(ctx, date, by_lunar ? "lunar" : "date", result);
}

static base_code run_birthday(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)self;
  data_date after = ctx->today;
  data_date next;
  data_lunar birthday;
  (void)data_date_parse(api_param_text(params, "after"), &after);
  BASE_TRY(lunar_param(ctx, params, &birthday));
  if (!data_lunar_next(birthday, after, &next)) return refuse_range(ctx, "after");
  return append_day(ctx, next, "after", result);
}

static base_code refuse_festival(crm_ctx *ctx) {
  base_buffer names = {0};
  for (const data_lunar_festival *one = data_lunar_festivals; one->zh != NULL; one++) {
    base_buffer_format(&names, "%s%s", one == data_lunar_festivals ? "" : " ", one->zh);
  }
  base_slice all = model_ctx_take(ctx, &names);
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "name", "没有这个农历节日；有：%.*s",
                        "there is no such festival of the lunar calendar; there are: %.*s",
                        BASE_SLICE_ARGS(all));
}

static base_code run_festival(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)self;
  data_date date;
  data_lunar today;
  const data_lunar_festival *festival = data_lunar_festival_find(api_param_text(params, "name"));
  if (festival == NULL) return refuse_festival(ctx);
  int64_t year = api_param_integer(params, "year");
  if (year == 0 && !data_lunar_from_date(ctx->today, &today)) return refuse_range(ctx, "year");
  bool known = data_lunar_festival_date(festival, year == 0 ? today.year : (int)year, &date);
  if (known && year == 0 && date < ctx->today) {
    known = data_lunar_festival_date(festival, today.year + 1, &date);
  }
  if (!known) return refuse_range(ctx, "year");
  return append_day(ctx, date, "year", result);
}

static const data_field lunar_params[] = {
    {.name = "date", .kind = DATA_KIND_DATE, .doc = "A day; today if neither is given."},
    {.name = "lunar",
     .kind = DATA_KIND_TEXT,
     .doc = "Or a lunar date: 2025-06-15, in a leap month 2025-06L-15; also as people write it."},
    {.name = NULL}};
static const data_field birthday_params[] = {
    {.name = "lunar",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .doc = "The lunar date of birth: 1987-06L-15."},
    {.name = "after", .kind = DATA_KIND_DATE, .doc = "Today if absent."},
    {.name = NULL}};
static const data_field festival_params[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .doc = "春节, 元宵节, 龙抬头, 端午节, 七夕, 中元节, 中秋节, 重阳节, 腊八节, 小年, 除夕."},
    {.name = "year",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = DATA_LUNAR_FIRST_YEAR,
     .max = DATA_LUNAR_LAST_YEAR,
     .doc = "The lunar year (除夕 of 2025 is in February 2026); absent: the next one."},
    {.name = NULL}};
static const data_field day_result[] = {
    {.name = "date", .kind = DATA_KIND_DATE, .doc = "The day."},
    {.name = "lunar", .kind = DATA_KIND_TEXT, .doc = "The same as 2025-06-15 or 2025-06L-15."},
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "The same as 二〇二五年闰六月十五."},
    {.name = "year", .kind = DATA_KIND_INTEGER, .doc = "The lunar year."},
    {.name = "month", .kind = DATA_KIND_INTEGER, .doc = "1 to 12."},
    {.name = "leap", .kind = DATA_KIND_BOOLEAN, .doc = "The second month of that number (闰)."},
    {.name = "day", .kind = DATA_KIND_INTEGER, .doc = "1 to 30."},
    {.name = "month_days", .kind = DATA_KIND_INTEGER, .doc = "29 or 30: days of that month."},
    {.name = "festival", .kind = DATA_KIND_TEXT, .doc = "The festival of that day, or nil."},
    {.name = NULL}};

const api_op api_ops_lunar[] = {
    {.name = "calendar.lunar",
     .flags = API_POINT,
     .params = lunar_params,
     .result = day_result,
     .since = "1",
     .doc = "A day in both calendars, by its date or its lunar date, 1901 to 2099.",
     .doc_zh = "公历与农历互换。",
     .run = run_lunar},
    {.name = "calendar.birthday",
     .flags = API_POINT,
     .params = birthday_params,
     .result = day_result,
     .since = "1",
     .doc = "The next day on which a lunar birthday is kept: one of a leap month in the ordinary "
            "month where the year has no leap month, one on the 30th on the last day of a short "
            "month.",
     .doc_zh = "下一个农历生日：没有该闰月的年份过平月，小月没有三十则过当月最后一天。",
     .run = run_birthday},
    {.name = "calendar.festival",
     .flags = API_POINT,
     .params = festival_params,
     .result = day_result,
     .since = "1",
     .doc = "The day of a festival of the lunar calendar in a year, or the next one.",
     .doc_zh = "农历节日的日期。",
     .run = run_festival},
    {.name = NULL}};
