/* failure: the type of what went wrong where nobody waited. See failure.h of the room. */
#include "api/failure.h"

#include "api/nouns/nouns.h"

#define FIELD(field, sort, zh, en, text)                                                           \
  {                                                                                                \
    .name = (field), .kind = (sort), .flags = DATA_READONLY, .label_zh = (zh), .label_en = (en),   \
    .doc = (text)                                                                                  \
  }

static const data_field failure_fields[] = {
    {.name = "timer",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_READONLY | DATA_UNIQUE,
     .label_zh = "定时器",
     .label_en = "timer",
     .doc = "Its op and name, which it keeps from one try to the next."},
    FIELD("op", DATA_KIND_TEXT, "操作", "op", "What was called."),
    FIELD("package", DATA_KIND_TEXT, "包", "package", "Whose code it was; empty: the core's."),
    FIELD("rule", DATA_KIND_TEXT, "规则", "rule", "Of an `after` rule: its name."),
    FIELD("file", DATA_KIND_TEXT, "文件", "file", "Of a script."),
    FIELD("line", DATA_KIND_INTEGER, "行", "line", "Of that file."),
    FIELD("record_type", DATA_KIND_TEXT, "记录类型", "record's type", "What it was about."),
    FIELD("record_id", DATA_KIND_INTEGER, "记录编号", "record's number", "What it was about."),
    FIELD("code", DATA_KIND_TEXT, "代码", "code", "The error's."),
    FIELD("field", DATA_KIND_TEXT, "字段", "field", "The error's."),
    FIELD("message", DATA_KIND_TEXT, "说明", "message", "The error's text."),
    {.name = "at",
     .kind = DATA_KIND_DATETIME,
     .flags = DATA_READONLY | DATA_INDEX,
     .label_zh = "最近一次",
     .label_en = "last time"},
    FIELD("times", DATA_KIND_INTEGER, "次数", "times", "How often it failed."),
    FIELD("due", DATA_KIND_DATETIME, "下次重试", "next try", "When it is tried again."),
    FIELD("over_at", DATA_KIND_DATETIME, "恢复时间", "over at", "Since when it works again."),
    {.name = NULL}};

static const model_index_definition failure_indexes[] = {
    {.name = "record", .fields = {"record_type", "record_id", NULL}}, {.name = NULL}};

const model_type_definition api_types_failure[] = {
    {.name = API_FAILURE_TYPE,
     .label_zh = "失败",
     .label_en = "failure",
     .title = "timer",
     .flags = MODEL_TYPE_SERVER,
     .visible = API_VISIBLE_OWN,
     .doc = "A timer or an `after` rule that failed: it is tried again, and this tells why.",
     .fields = failure_fields,
     .indexes = failure_indexes},
    {.name = NULL}};
