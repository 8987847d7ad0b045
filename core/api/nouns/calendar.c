/* calendar: days that are not what their weekday says (C-07). */
#include "api/nouns/nouns.h"

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

const model_type_definition api_types_calendar[] = {
    {.name = "calendar",
     .label_zh = "日历",
     .label_en = "calendar",
     .title = "day",
     .flags = MODEL_TYPE_ADMIN,
     .doc = "Statutory holidays and make-up days (C-07).",
     .fields = calendar_fields},
    {.name = NULL}};
