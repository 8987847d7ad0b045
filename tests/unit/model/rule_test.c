/* rule: which rules run for a change, in what order, what each sees, and how they end. */
#include "deals.h"

/* --- which run ---------------------------------------------------------------------------------- */

static void rules_run_in_package_order_then_name(void **state) {
  world *in = *state;
  static const model_rule rules[] = {
      {.name = "b", .type = "deal", .events = ANY, .run = watch, .self = "b"},
      {.name = "a", .type = "deal", .events = ANY, .run = watch, .self = "a"},
      {.name = "z", .package = "tea", .type = "deal", .events = ANY, .run = watch, .self = "z"},
      {.name = "c", .package = "gift", .type = "deal", .events = ANY, .run = watch, .self = "c"},
      {.name = "x", .package = "gift", .type = "log", .events = ANY, .run = watch, .self = "x"},
      {.name = NULL}};
  start(in, rules);
  deal(in, "{title: '保健茶'}");
  assert_ran("a:create b:create z:create c:create ");
  assert_slice(base_buffer_slice(&in->ctx.packages), "tea,gift");
  assert_null(in->ctx.package);
  world_update(in, "deal", 1, world_value(in, "{amount: 5}"));
  assert_ran("a:update b:update z:update c:update ");
  world_delete(in, "deal", 1);
  assert_ran("a:delete b:delete z:delete c:delete ");
  assert_slice(base_buffer_slice(&in->ctx.packages), "tea,gift");
}

static void rules_run_for_their_events(void **state) {
  world *in = *state;
  static const model_rule rules[] = {
      {.name = "a", .type = "deal", .events = MODEL_CREATE, .run = watch, .self = "new"},
      {.name = "b", .type = "deal", .events = MODEL_UPDATE, .run = watch, .self = "changed"},
      {.name = "c", .type = "deal", .events = MODEL_DELETE, .run = watch, .self = "gone"},
      {.name = NULL}};
  start(in, rules);
  base_slice created = deal(in, "{title: '保健茶'}");
  assert_ran("new:create ");
  assert_int_equal(trace.before.size, 0);
  assert_true(base_slice_equal(trace.after, created));
  base_slice updated = world_update(in, "deal", 1, world_value(in, "{amount: 5}"));
  assert_ran("changed:update ");
  assert_true(base_slice_equal(trace.before, created));
  assert_true(base_slice_equal(trace.after, updated));
  world_update(in, "deal", 1, world_value(in, "{amount: 5}"));
  assert_ran("");
  world_delete(in, "deal", 1);
  assert_ran("gone:delete ");
  assert_true(base_slice_equal(trace.before, updated));
  assert_int_equal(trace.after.size, 0);
}

/* Asked of the record as it becomes; of a deleted one as it was. */
static void where_chooses_records(void **state) {
  world *in = *state;
  model_rule rules[] = {{.name = "big",
                         .type = "deal",
                         .events = ANY,
                         .where = world_value(in, "{amount: {ge: 1000}}"),
                         .run = watch,
                         .self = "big"},
                        {.name = NULL}};
  start(in, rules);
  deal(in, "{title: '保健茶', amount: 999}");
  assert_ran("");
  world_update(in, "deal", 1, world_value(in, "{amount: 1000}"));
  assert_ran("big:update ");
  world_update(in, "deal", 1, world_value(in, "{amount: 10}"));
  assert_ran("");
  world_delete(in, "deal", 1);
  assert_ran("");
  deal(in, "{title: '灵芝', amount: 5000}");
  assert_ran("big:create ");
  world_delete(in, "deal", 2);
  assert_ran("big:delete ");
}

static void watched_fields_choose_updates(void **state) {
  world *in = *state;
  static const char *const watched[] = {"amount", "owner", NULL};
  static const model_rule rules[] = {
      {.name = "a", .type = "deal", .events = ANY, .fields = watched, .run = watch, .self = "a"},
      {.name = NULL}};
  start(in, rules);
  deal(in, "{title: '保健茶'}");
  assert_ran("a:create ");
  world_update(in, "deal", 1, world_value(in, "{title: '红茶'}"));
  assert_ran("");
  world_update(in, "deal", 1, world_value(in, "{owner: '李静'}"));
  assert_ran("a:update ");
  world_update(in, "deal", 1, world_value(in, "{title: '绿茶', owner: nil}"));
  assert_ran("a:update ");
  world_delete(in, "deal", 1);
  assert_ran("a:delete ");
}

/* --- what they see, and what wakes them ----------------------------------------------------------- */

static void each_rule_sees_what_earlier_ones_changed(void **state) {
  world *in = *state;
  static const assignment first = {"owner", "周强"};
  model_rule rules[] = {{.name = "a", .type = "deal", .events = ANY, .run = assign, .self = &first},
                        {.name = "b",
                         .type = "deal",
                         .events = ANY,
                         .where = world_value(in, "{owner: '周强'}"),
                         .run = watch,
                         .self = "b"},
                        {.name = NULL}};
  start(in, rules);
  deal(in, "{title: '保健茶', owner: '李静'}");
  assert_ran("owner:create b:create ");
  assert_has(in, trace.after, "{owner: '周强'}");
}

static void a_rule_does_not_wake_itself(void **state) {
  world *in = *state;
  static const model_rule rules[] = {
      {.name = "a", .type = "deal", .events = ANY, .run = raise_field, .self = "count"},
      {.name = NULL}};
  start(in, rules);
  assert_has(in, deal(in, "{title: '保健茶'}"), "{count: 1}");
  assert_ran("count:create ");
}

/* "b" comes after "a" and changes the owner, which "a" watches: "a" runs again, seeing as before what
 * it left. */
static void changes_by_others_wake_a_rule(void **state) {
  world *in = *state;
  static const char *const owner_only[] = {"owner", NULL};
  static const assignment owner = {"owner", "周强"};
  static const model_rule rules[] = {
      {.name = "a",
       .type = "deal",
       .events = ANY,
       .fields = owner_only,
       .run = raise_field,
       .self = "count"},
      {.name = "b", .type = "deal", .events = MODEL_CREATE, .run = assign, .self = &owner},
      {.name = NULL}};
  start(in, rules);
  base_slice record = deal(in, "{title: '保健茶', owner: '李静'}");
  assert_has(in, record, "{count: 2, owner: '周强', version: 1}");
  assert_ran("count:create owner:create count:update ");
  assert_has(in, trace.before, "{count: 1, owner: '李静'}");
  assert_has(in, trace.after, "{count: 1, owner: '周强'}");
}

/* A rule whose where did not hold at first runs, once, when a later one makes it hold. */
static void a_rule_runs_once_its_where_holds(void **state) {
  world *in = *state;
  static const assignment owner = {"owner", "周强"};
  model_rule rules[] = {{.name = "a",
                         .type = "deal",
                         .events = MODEL_CREATE,
                         .where = world_value(in, "{owner: '周强'}"),
                         .run = watch,
                         .self = "a"},
                        {.name = "b", .type = "deal", .events = ANY, .run = assign, .self = &owner},
                        {.name = NULL}};
  start(in, rules);
  deal(in, "{title: '保健茶'}");
  assert_ran("owner:create a:create ");
}

/* --- bounds and refusals ------------------------------------------------------------------------ */

static void two_rules_that_wake_each_other_end(void **state) {
  world *in = *state;
  static const char *const count_only[] = {"count", NULL};
  static const char *const other_only[] = {"other", NULL};
  static const model_rule rules[] = {{.name = "ping",
                                      .type = "deal",
                                      .events = ANY,
                                      .fields = count_only,
                                      .run = raise_field,
                                      .self = "other"},
                                     {.name = "pong",
                                      .type = "deal",
                                      .events = ANY,
                                      .fields = other_only,
                                      .run = raise_field,
                                      .self = "count"},
                                     {.name = NULL}};
  base_slice record;
  start(in, rules);
  REFUSED(in, BASE_RULE_FAILED, NULL, "the rules of deal keep changing one record",
          world_try_create(in, "deal", world_value(in, "{title: '保健茶'}"), &record));
  assert_int_equal(in->ctx.depth, 0);
  assert_null(in->ctx.flight);
}

/* Every log makes another. */
static base_code breed(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  int *deepest = *(int *const *)self;
  base_buffer values = {0};
  base_slice record;
  data_append_map(&values, 0);
  *deepest += 1;
  base_slice empty = model_ctx_take(ctx, &values);
  return model_record_create(ctx, change->type, empty, MODEL_TRUSTED, &record);
}

static void rules_that_set_off_rules_end(void **state) {
  world *in = *state;
  int deepest = 0;
  int *self = &deepest;
  model_rule rules[] = {
      {.name = "a", .type = "log", .events = MODEL_CREATE, .run = breed, .self = &self},
      {.name = NULL}};
  base_slice record;
  start(in, rules);
  REFUSED(in, BASE_RULE_FAILED, NULL, "more than 16 deep",
          world_try_create(in, "log", world_value(in, "{}"), &record));
  assert_int_equal(deepest, MODEL_RULE_DEPTH);
  assert_int_equal(in->ctx.depth, 0);
  assert_null(in->ctx.flight);
}

static base_code refuse(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)change;
  return model_ctx_fail(ctx, *(const base_code *)self, "amount", "金额超出权限",
                        "the amount is beyond your authority");
}

static void a_refusal_keeps_its_words(void **state) {
  world *in = *state;
  static const base_code codes[] = {BASE_RULE_FAILED, BASE_PERMISSION_DENIED,
                                    BASE_VALIDATION_FAILED};
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    model_rule rules[] = {
        {.name = "a", .type = "deal", .events = MODEL_DELETE, .run = refuse, .self = &codes[i]},
        {.name = "b", .type = "log", .events = ANY, .run = refuse, .self = &codes[i]},
        {.name = "c", .type = "log", .events = ANY, .run = watch, .self = "late"},
        {.name = NULL}};
    base_slice record;
    start(in, rules);
    deal(in, "{title: '保健茶'}");
    REFUSED(in, codes[i], "amount", "beyond your authority",
            model_record_delete(&in->ctx, world_type(in, "deal"), 1, 0, &record));
    REFUSED(in, codes[i], "amount", "beyond your authority",
            world_try_create(in, "log", world_value(in, "{}"), &record));
    assert_ran("");
    world_abort(in);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(rules_run_in_package_order_then_name),
                                     TEST(rules_run_for_their_events),
                                     TEST(where_chooses_records),
                                     TEST(watched_fields_choose_updates),
                                     TEST(each_rule_sees_what_earlier_ones_changed),
                                     TEST(a_rule_does_not_wake_itself),
                                     TEST(changes_by_others_wake_a_rule),
                                     TEST(a_rule_runs_once_its_where_holds),
                                     TEST(two_rules_that_wake_each_other_end),
                                     TEST(rules_that_set_off_rules_end),
                                     TEST(a_refusal_keeps_its_words)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
