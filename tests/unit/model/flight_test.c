/* flight: a record whose write is under way, and what its rules do to it and to others. */
#include "deals.h"

static void a_change_by_a_rule_joins_the_write(void **state) {
  world *in = *state;
  static const assignment owner = {"owner", "周强"};
  static const model_rule rules[] = {
      {.name = "a", .type = "deal", .events = ANY, .run = assign, .self = &owner},
      {.name = "b", .type = "deal", .events = ANY, .run = raise_field, .self = "count"},
      {.name = NULL}};
  start(in, rules);
  base_slice record = deal(in, "{title: '保健茶', owner: '李静'}");
  assert_has(in, record, "{version: 1, owner: '周强', count: 1}");
  assert_true(base_slice_equal(world_get(in, "deal", 1), record));
  record = world_update(in, "deal", 1, world_value(in, "{owner: '王总', amount: 7}"));
  assert_has(in, record, "{version: 2, owner: '周强', count: 2, amount: 7}");
  assert_true(base_slice_equal(world_get(in, "deal", 1), record));
  world_settle(in);
  model_check_report report;
  OK(in, model_check(&in->ctx, NULL, NULL, &report));
  int64_t count = 0;
  OK(in, model_count(&in->ctx, world_type(in, "deal"), world_value(in, "{owner: '周强'}"), &count));
  assert_int_equal(count, 1);
}

/* What holds for a record holds for what its rules make of it. */
static void a_joined_change_is_checked(void **state) {
  world *in = *state;
  static const struct {
    assignment wanted;
    base_code code;
  } bad[] = {{{"stage", "成交"}, BASE_TRANSITION_DENIED},
             {{"stage", "丢单"}, BASE_VALIDATION_FAILED},
             {{"titel", "茶"}, BASE_VALIDATION_FAILED},
             {{"number", "DD-1"}, BASE_DUPLICATE}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    model_rule rules[] = {{.name = "a",
                           .type = "deal",
                           .events = MODEL_UPDATE,
                           .run = assign,
                           .self = &bad[i].wanted},
                          {.name = NULL}};
    base_slice record;
    start(in, rules);
    deal(in, "{title: '保健茶', number: 'DD-1'}");
    deal(in, "{title: '灵芝'}");
    REFUSED(in, bad[i].code, bad[i].wanted.field, NULL,
            world_try_update(in, "deal", 2, world_value(in, "{amount: 3}"), &record));
    world_abort(in);
  }
}

/* The deal's rule writes a log; the log's rule raises the deal's count. */
static base_code write_log(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("log"));
  base_buffer values = {0};
  base_slice record;
  note(change, self);
  data_append_map(&values, 2);
  data_append_pair_integer(&values, "deal", change->id);
  data_append_pair_text(&values, "text", change->event == MODEL_DELETE ? "删除" : "改动");
  base_slice taken = model_ctx_take(ctx, &values);
  return model_record_create(ctx, type, taken, MODEL_TRUSTED, &record);
}

static base_code count_log(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("deal"));
  int64_t id = data_map_integer(change->after, "deal", 0);
  base_slice record;
  BASE_TRY(model_record_get(ctx, type, id, &record));
  model_rule_change of = {.type = type, .id = id, .after = record};
  return raise_field(ctx, &of, "count");
}

static void a_change_through_others_joins_too(void **state) {
  world *in = *state;
  static const char *const amount[] = {"amount", NULL};
  static const model_rule rules[] = {
      {.name = "a",
       .type = "deal",
       .events = MODEL_CREATE | MODEL_UPDATE,
       .fields = amount,
       .run = write_log,
       .self = "log"},
      {.name = "b", .type = "log", .events = MODEL_CREATE, .run = count_log},
      {.name = NULL}};
  start(in, rules);
  assert_has(in, deal(in, "{title: '保健茶'}"), "{count: 1, version: 1}");
  base_slice record = world_update(in, "deal", 1, world_value(in, "{amount: 5}"));
  assert_has(in, record, "{count: 2, version: 2, amount: 5}");
  assert_true(base_slice_equal(world_get(in, "deal", 1), record));
  assert_has(in, world_get(in, "log", 2), "{deal: 1, text: '改动'}");
}

static void a_deletion_sets_off_rules(void **state) {
  world *in = *state;
  static const model_rule rules[] = {
      {.name = "a", .type = "deal", .events = MODEL_DELETE, .run = write_log, .self = "log"},
      {.name = NULL}};
  start(in, rules);
  deal(in, "{title: '保健茶', owner: '李静'}");
  base_slice record = world_delete(in, "deal", 1);
  assert_has(in, record, "{version: 2, deleted_at: %" PRId64 "}", WORLD_NOW);
  assert_ran("log:delete ");
  assert_has(in, world_get(in, "log", 1), "{deal: 1, text: '删除'}");
}

/* What is deleted can no longer be changed, not even by its own rules. */
static void a_deleted_record_is_out_of_reach(void **state) {
  world *in = *state;
  static const model_rule rules[] = {
      {.name = "a", .type = "deal", .events = MODEL_DELETE, .run = raise_field, .self = "other"},
      {.name = NULL}};
  base_slice record;
  start(in, rules);
  deal(in, "{title: '保健茶'}");
  REFUSED(in, BASE_NOT_FOUND, "id", NULL,
          model_record_delete(&in->ctx, world_type(in, "deal"), 1, 0, &record));
}

static base_code erase_deal(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)change, (void)self;
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("deal"));
  base_slice record;
  return model_record_delete(ctx, type, 1, MODEL_TRUSTED, &record);
}

/* Neither by its own rules nor by those of records that these write. */
static void a_record_being_written_is_not_deleted(void **state) {
  world *in = *state;
  static const model_rule direct[] = {
      {.name = "a", .type = "deal", .events = MODEL_CREATE, .run = erase_deal}, {.name = NULL}};
  static const model_rule around[] = {
      {.name = "a", .type = "deal", .events = MODEL_CREATE, .run = write_log, .self = "log"},
      {.name = "b", .type = "log", .events = MODEL_CREATE, .run = erase_deal},
      {.name = NULL}};
  const model_rule *const both[] = {direct, around};
  for (size_t i = 0; i < 2; i++) {
    base_slice record;
    start(in, both[i]);
    REFUSED(in, BASE_RULE_FAILED, "id", "number 1 of deal is being written",
            world_try_create(in, "deal", world_value(in, "{title: '保健茶'}"), &record));
    world_abort(in);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_change_by_a_rule_joins_the_write), TEST(a_joined_change_is_checked),
      TEST(a_change_through_others_joins_too),  TEST(a_deletion_sets_off_rules),
      TEST(a_deleted_record_is_out_of_reach),   TEST(a_record_being_written_is_not_deleted)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
