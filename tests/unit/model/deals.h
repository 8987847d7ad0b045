/* deals: deals and their log, and rules that say that they ran or change the record, for tests of
 * rules.
 *
 * Memory:  static tables; the trace is the test's.  Threads: the test's.  Fails: as the model. */
#pragma once

#include "world.h"

static const char *const stages[] = {"新建", "报价", "成交", NULL};
static const data_transition steps[] = {
    {.from = "新建", .to = "报价"}, {.from = "报价", .to = "成交"}, {.from = NULL}};

static const data_field deal_fields[] = {
    {.name = "title", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "amount", .kind = DATA_KIND_MONEY},
    {.name = "owner", .kind = DATA_KIND_TEXT, .flags = DATA_INDEX},
    {.name = "number", .kind = DATA_KIND_TEXT, .flags = DATA_UNIQUE},
    {.name = "stage", .kind = DATA_KIND_STATES, .choices = stages, .transitions = steps},
    {.name = "count", .kind = DATA_KIND_INTEGER, .flags = DATA_READONLY},
    {.name = "other", .kind = DATA_KIND_INTEGER},
    {.name = NULL}};

static const data_field log_fields[] = {{.name = "deal", .kind = DATA_KIND_INTEGER},
                                        {.name = "text", .kind = DATA_KIND_TEXT},
                                        {.name = NULL}};

static const model_type_definition types[] = {
    {.name = "deal", .fields = deal_fields}, {.name = "log", .fields = log_fields}, {.name = NULL}};

#define ANY (MODEL_CREATE | MODEL_UPDATE | MODEL_DELETE)

/* What ran, as "name:event " each; and the before and after of the last one. */
static struct {
  char ran[512];
  base_slice before;
  base_slice after;
} trace;

static inline void note(const model_rule_change *change, const char *name) {
  const char *event = change->event == MODEL_CREATE   ? "create"
                      : change->event == MODEL_UPDATE ? "update"
                                                      : "delete";
  size_t size = strlen(trace.ran);
  (void)snprintf(trace.ran + size, sizeof trace.ran - size, "%s:%s ", name, event);
  trace.before = change->before;
  trace.after = change->after;
}

static inline void assert_ran(const char *expected) {
  assert_string_equal(trace.ran, expected);
  trace.ran[0] = '\0';
}

/* Only takes a note; self is the rule's name. */
static inline base_code watch(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)ctx;
  note(change, self);
  return BASE_OK;
}

static inline base_code set(crm_ctx *ctx, const model_rule_change *change, base_slice values) {
  base_slice record;
  return model_record_update(ctx, change->type, change->id, values, 0, MODEL_TRUSTED, &record);
}

/* field = field + 1; self is the field's name. */
static inline base_code raise_field(crm_ctx *ctx, const model_rule_change *change,
                                    const void *self) {
  base_buffer values = {0};
  data_append_map(&values, 1);
  data_append_pair_integer(&values, self, data_map_integer(change->after, self, 0) + 1);
  note(change, self);
  base_slice patch = model_ctx_take(ctx, &values);
  return set(ctx, change, patch);
}

/* Sets the field to the text. */
typedef struct assignment {
  const char *field;
  const char *text;
} assignment;

static inline base_code assign(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  const assignment *wanted = self;
  base_buffer values = {0};
  data_append_map(&values, 1);
  data_append_pair_text(&values, wanted->field, wanted->text);
  note(change, wanted->field);
  base_slice patch = model_ctx_take(ctx, &values);
  return set(ctx, change, patch);
}

static inline int begin(void **state) {
  memset(&trace, 0, sizeof trace);
  return world_begin(state);
}

static inline void start(world *in, const model_rule *rules) {
  world_schema(in, types, rules);
  world_write(in);
}

static inline base_slice deal(world *in, const char *values) {
  return world_create(in, "deal", world_value(in, "%s", values));
}
