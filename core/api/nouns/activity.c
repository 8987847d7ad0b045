/* activity: what happened between the business and a customer. */
#include "api/nouns/nouns.h"

static const char *const activity_kinds[] = {"phone",  "visit", "email", "fax",
                                             "letter", "sms",   "other", NULL};

static const data_field activity_fields[] = {
    {.name = "customer",
     .kind = DATA_KIND_REFERENCE,
     .to = "customer",
     .flags = DATA_REQUIRED,
     .label_zh = "客户",
     .label_en = "customer",
     .doc = "Whom it concerns (ARC-03)."},
    {.name = "kind",
     .kind = DATA_KIND_CHOICE,
     .choices = activity_kinds,
     .initial = "phone",
     .label_zh = "方式",
     .label_en = "kind",
     .doc = "How it happened (ARC-04)."},
    {.name = "at",
     .kind = DATA_KIND_DATETIME,
     .label_zh = "时间",
     .label_en = "at",
     .doc = "Milliseconds UTC; now when not given."},
    {.name = "owner", .kind = DATA_KIND_TEXT, .label_zh = "经办人", .label_en = "owner"},
    {.name = "task",
     .kind = DATA_KIND_REFERENCE,
     .to = "task",
     .label_zh = "任务",
     .label_en = "task",
     .doc = "The task it completed."},
    {.name = "content",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_PERSONAL,
     .label_zh = "内容",
     .label_en = "content",
     .doc = "What was said and done (FUP-01, REV-04)."},
    {.name = "answers",
     .kind = DATA_KIND_MAP,
     .flags = DATA_PERSONAL,
     .label_zh = "回答",
     .label_en = "answers",
     .doc = "Answers to what was asked: use state, opinion, likelihood to continue (REV-04)."},
    {.name = "next_on", .kind = DATA_KIND_DATE, .label_zh = "下次联系", .label_en = "next contact"},
    {.name = NULL}};

static const model_index_definition activity_indexes[] = {
    {.name = "customer_at", .fields = {"customer", "at"}}, {.name = NULL}};

/* What was entered without a time has just happened. */
static base_code give_time(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  data_value at;
  base_slice record;
  if (data_map_find(change->after, "at", &at)) return BASE_OK;
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_pair_integer(&patch, "at", ctx->now);
  base_slice values = model_ctx_take(ctx, &patch);
  return model_record_update(ctx, change->type, change->id, values, 0, MODEL_TRUSTED, &record);
}

const model_rule api_rules_activity[] = {{.name = "activity_time",
                                          .type = "activity",
                                          .events = MODEL_CREATE,
                                          .doc = "An activity without a time is of now (FUP-01).",
                                          .run = give_time},
                                         {.name = NULL}};

const model_type_definition api_types_activity[] = {
    {.name = "activity",
     .label_zh = "活动",
     .label_en = "activity",
     .title = "content",
     .doc = "A contact with a customer: call, visit, letter … (ARC-04, FUP-01).",
     .fields = activity_fields,
     .indexes = activity_indexes},
    {.name = NULL}};
