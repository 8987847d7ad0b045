/* calendar: days that are not what their weekday says (C-07), and what follows from them: working
 * days and working time; and the lunar calendar. */
#include "api/nouns/nouns.h"

#define WORKING_DAYS_MAX 100000             /* some 400 years */
#define WORKING_TIME_MAX (INT64_C(1) << 53) /* milliseconds */

static const char *const day_kinds[] = {"holiday", "workday", NULL};

static const data_field calendar_fields[] = {
    {.name = "day",
     .kind = DATA_KIND_DATE,
     .flags = DATA_REQUIRED | DATA_UNIQUE | DATA_INDEX,
     .label_zh = "日期",
     .label_en = "day"},
    {.name = "kind",
     .kind = DATA_KIND_CHOICE,
     .choices = day_kinds,
     .flags = DATA_REQUIRED,
     .label_zh = "性质",
     .label_en = "kind",
     .doc = "holiday: a weekday off; workday: a weekend day worked (调休)."},
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .label_zh = "名称",
     .label_en = "name",
     .doc = "春节, 国庆节 …"},
    {.name = "source",
     .kind = DATA_KIND_TEXT,
     .label_zh = "依据",
     .label_en = "source",
     .doc = "The notice that set it."},
    {.name = NULL}};

/* Working days are read from its keys alone. */
static const model_index_definition calendar_indexes[] = {
    {.name = MODEL_CALENDAR_INDEX, .fields = {"day", "kind", NULL}}, {.name = NULL}};

const model_type_definition api_types_calendar[] = {
    {.name = "calendar",
     .label_zh = "日历",
     .label_en = "calendar",
     .title = "day",
     .flags = MODEL_TYPE_ADMIN,
     .doc = "Statutory holidays and make-up days (C-07). A year without any is unknown: nothing is "
            "counted in it.",
     .fields = calendar_fields,
     .indexes = calendar_indexes},
    {.name = NULL}};

/* --- working days and time ----------------------------------------------------------------------- */

/* The parameter as a date; today when it was not given. */
static data_date date_param(const crm_ctx *ctx, base_slice params, const char *name) {
  data_date date = ctx->today;
  (void)data_date_parse(api_param_text(params, name), &date);
  return date;
}

static bool given(base_slice params, const char *name) {
  return api_param_raw(params, name).size > 0;
}

static base_code refuse_both(crm_ctx *ctx, const char *one, const char *other) {
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, other, "%s 与 %s 只能给出一个",
                        "give %s or %s, not both", one, other);
}

static void append_date(base_buffer *out, const char *key, data_date date) {
  char text[DATA_DATE_SIZE];
  data_date_format(date, text);
  data_append_pair_text(out, key, text);
}

static void append_worked(base_buffer *out, data_day day) {
  data_append_text(out, "working");
  if (day == DATA_DAY_UNKNOWN)
    data_append_nil(out);
  else
    data_append_boolean(out, day == DATA_DAY_WORKED);
}

static base_code run_working(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  data_date from = date_param(ctx, params, "from");
  data_date date = from;
  int64_t days = api_param_integer(params, "days");
  if (given(params, "days") && given(params, "until")) return refuse_both(ctx, "days", "until");
  if (given(params, "until")) date = date_param(ctx, params, "until");
  bool back = days < 0 || date < from;
  const data_calendar *calendar =
      model_calendar_get(ctx, back ? MODEL_CALENDAR_BEGIN : from, back ? from : MODEL_CALENDAR_END);
  if (given(params, "until")) {
    BASE_TRY(data_calendar_count_days(calendar, from, date, &days, ctx->error));
  } else {
    BASE_TRY(data_calendar_add_days(calendar, from, days, &date, ctx->error));
  }
  data_append_map(result, 5);
  append_date(result, "from", from);
  append_date(result, "date", date);
  data_append_pair_integer(result, "days", days);
  append_worked(result, data_calendar_day(calendar, date));
  data_append_pair_integer(result, "ends_at", model_ctx_midnight(ctx, date + 1));
  return BASE_OK;
}

static base_code instant_param(crm_ctx *ctx, base_slice params, const char *name,
                               int64_t *instant) {
  base_slice raw = api_param_raw(params, name);
  *instant = ctx->now;
  if (raw.size == 0) return BASE_OK;
  return data_instant_parse(ctx->zone, data_peek(raw), name, instant, ctx->error);
}

static base_code run_time(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  int64_t from = 0;
  int64_t until = 0;
  int64_t time = api_param_integer(params, "time");
  if (given(params, "time") && given(params, "until")) return refuse_both(ctx, "time", "until");
  BASE_TRY(instant_param(ctx, params, "from", &from));
  BASE_TRY(instant_param(ctx, params, "until", &until));
  const data_calendar *calendar = model_calendar_get(
      ctx, data_zone_date(ctx->zone, until < from ? until : from), MODEL_CALENDAR_END);
  if (given(params, "time")) {
    BASE_TRY(data_calendar_add_time(calendar, from, time, &until, ctx->error));
  } else {
    BASE_TRY(data_calendar_time(calendar, from, until, &time, ctx->error));
  }
  data_append_map(result, 3);
  data_append_pair_integer(result, "from", from);
  data_append_pair_integer(result, "until", until);
  data_append_pair_integer(result, "time", time);
  return BASE_OK;
}

static const data_field working_params[] = {
    {.name = "from",
     .kind = DATA_KIND_DATE,
     .doc = "Counting begins the day after; today if absent."},
    {.name = "days",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = -WORKING_DAYS_MAX,
     .max = WORKING_DAYS_MAX,
     .doc = "How many working days on; negative: back; 0 if absent."},
    {.name = "until", .kind = DATA_KIND_DATE, .doc = "Or: up to which day to count."},
    {.name = NULL}};
static const data_field working_result[] = {
    {.name = "from", .kind = DATA_KIND_DATE, .doc = "Where counting began."},
    {.name = "date", .kind = DATA_KIND_DATE, .doc = "Where it ended."},
    {.name = "days", .kind = DATA_KIND_INTEGER, .doc = "Working days between."},
    {.name = "working",
     .kind = DATA_KIND_BOOLEAN,
     .doc = "Whether `date` is one; nil in a year without calendar records."},
    {.name = "ends_at", .kind = DATA_KIND_DATETIME, .doc = "The end of `date`: due then (C-07)."},
    {.name = NULL}};
static const data_field time_params[] = {
    {.name = "from", .kind = DATA_KIND_ANY, .doc = "INSTANT; now if absent."},
    {.name = "time",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 0,
     .max = WORKING_TIME_MAX,
     .doc = "Working time to add, in milliseconds."},
    {.name = "until", .kind = DATA_KIND_ANY, .doc = "Or: the INSTANT up to which to count; now."},
    {.name = NULL}};
static const data_field time_result[] = {
    {.name = "from", .kind = DATA_KIND_DATETIME, .doc = "Where counting began."},
    {.name = "until", .kind = DATA_KIND_DATETIME, .doc = "Where it ended."},
    {.name = "time", .kind = DATA_KIND_INTEGER, .doc = "Working time between, milliseconds."},
    {.name = NULL}};

const api_op api_ops_calendar[] = {
    {.name = "calendar.working",
     .flags = API_POINT,
     .params = working_params,
     .result = working_result,
     .errors = "VALIDATION_FAILED",
     .since = "1",
     .doc = "Counts working days by the calendar records and the working week (C-07): `days` on "
            "from a day, or how many there are `until` another. VALIDATION_FAILED names a year "
            "without records.",
     .doc_zh = "按日历记录与每周工作日推算工作日；没有数据的年份会报错而不猜测。",
     .run = run_working},
    {.name = "calendar.time",
     .flags = API_POINT,
     .params = time_params,
     .result = time_result,
     .errors = "VALIDATION_FAILED",
     .since = "1",
     .doc = "Adds working time to an instant, or measures it between two: across lunch, weekends, "
            "holidays and make-up days.",
     .doc_zh = "按工作时间推算时刻或时长，跨午休、周末、节假日与调休。",
     .run = run_time},
    {.name = NULL}};
