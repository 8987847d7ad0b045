/* record: create, get, update and delete, and everything that must hold for a record (ARC-01, ARC-02,
 * ARC-05). */
#include "agency.h"
#include "world.h"

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, agency_types, NULL);
  world_write(*state);
  return 0;
}

static base_slice customer(world *in, const char *name) {
  return world_create(in, "customer", world_value(in, "{name: '%s'}", name));
}

/* --- create and get ----------------------------------------------------------------------------- */

static void a_new_record_is_complete(void **state) {
  world *in = *state;
  base_slice values = world_value(in,
                                  "{owner: '李静', name: '  王秀兰　', phone: '138-0000-1001', "
                                  "born: '1958-03-07', tags: ['老客户'], referrer: nil}");
  base_slice record = world_create(in, "customer", values);
  base_slice whole =
      world_value(in,
                  "{id: 1, type: 'customer', version: 1, name: '王秀兰', phone: '138-0000-1001', "
                  "level: '普通', "
                  "owner: '李静', born: '1958-03-07', tags: ['老客户'], created_at: %" PRId64
                  ", created_by: '李静', updated_at: %" PRId64 ", updated_by: '李静'}",
                  WORLD_NOW, WORLD_NOW);
  assert_true(base_slice_equal(record, whole));
  assert_true(base_slice_equal(world_get(in, "customer", 1), whole));
  world_commit(in);
  world_read(in);
  assert_true(base_slice_equal(world_get(in, "customer", 1), whole));
}

static void ids_count_up_per_type(void **state) {
  world *in = *state;
  assert_int_equal(world_id(customer(in, "王秀兰")), 1);
  assert_int_equal(world_id(customer(in, "张建国")), 2);
  assert_int_equal(world_id(world_create(in, "product", world_value(in, "{name: '保健茶'}"))), 1);
}

static void defaults_are_taken(void **state) {
  world *in = *state;
  base_slice tea = world_create(in, "product", world_value(in, "{name: '天宇保健茶'}"));
  assert_has(in, tea, "{cycle_days: 15, code: nil}");
  base_slice given = world_create(in, "product", world_value(in, "{name: '灵芝', cycle_days: 60}"));
  assert_has(in, given, "{cycle_days: 60}");
  int64_t buyer = world_id(customer(in, "王秀兰"));
  base_slice order = world_create(in, "order", world_value(in, "{customer: %" PRId64 "}", buyer));
  assert_has(in, order, "{state: 'open'}");
}

static void bad_values_are_refused_by_name(void **state) {
  world *in = *state;
  base_slice record;
  static const struct {
    const char *values;
    const char *field;
    const char *says;
  } bad[] = {{"{}", "name", "required"},
             {"{name: nil}", "name", "required"},
             {"{name: '王秀兰', phon: '1'}", "phon", "did you mean \"phone\"?"},
             {"{name: '王秀兰', spent: 1}", "spent", "set by the server"},
             {"{name: '王秀兰', id: 7}", "id", "there is no field"},
             {"{name: '王秀兰', level: '金牌'}", "level", "no choice"},
             {"{name: 12}", "name", "must be a text"},
             {"{name: '王秀兰', tags: ['a', 'a']}", "tags[1]", "there twice"}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    REFUSED(in, BASE_VALIDATION_FAILED, bad[i].field, bad[i].says,
            world_try_create(in, "customer", world_value(in, "%s", bad[i].values), &record));
  }
  assert_int_equal(store_change_set_size(in->ctx.set), 0);
}

static void what_is_not_there_is_not_found(void **state) {
  world *in = *state;
  base_slice record;
  REFUSED(in, BASE_NOT_FOUND, "id", "no customer with number 7",
          model_record_get(&in->ctx, world_type(in, "customer"), 7, &record));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL,
          world_try_update(in, "customer", 7, world_value(in, "{name: '王'}"), &record));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL,
          model_record_delete(&in->ctx, world_type(in, "customer"), 7, 0, &record));
  assert_false(model_record_find(&in->ctx, world_type(in, "customer"), 7, &record));
}

/* --- update ------------------------------------------------------------------------------------- */

static void an_update_changes_what_it_names(void **state) {
  world *in = *state;
  world_create(in, "customer", world_value(in, "{name: '王秀兰', owner: '李静', tags: ['糖友']}"));
  in->ctx.now += 60000;
  in->ctx.actor.name = text("周强");
  base_slice record =
      world_update(in, "customer", 1, world_value(in, "{name: '王秀英', owner: nil, born: nil}"));
  assert_has(in, record,
             "{id: 1, version: 2, name: '王秀英', owner: nil, tags: ['糖友'], created_at: %" PRId64
             ", created_by: '李静', updated_at: %" PRId64 ", updated_by: '周强'}",
             WORLD_NOW, WORLD_NOW + 60000);
  assert_true(base_slice_equal(world_get(in, "customer", 1), record));
}

static void an_update_that_changes_nothing_writes_nothing(void **state) {
  world *in = *state;
  customer(in, "王秀兰");
  world_settle(in);
  in->ctx.now += 60000;
  base_slice before = world_get(in, "customer", 1);
  static const char *const same[] = {"{}", "{name: '王秀兰'}", "{name: ' 王秀兰 ', born: nil}"};
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
    base_slice record = world_update(in, "customer", 1, world_value(in, "%s", same[i]));
    assert_true(base_slice_equal(record, before));
    assert_int_equal(store_change_set_size(in->ctx.set), 0);
  }
}

static void a_required_field_cannot_be_cleared(void **state) {
  world *in = *state;
  base_slice record;
  customer(in, "王秀兰");
  REFUSED(in, BASE_VALIDATION_FAILED, "name", "cannot be cleared",
          world_try_update(in, "customer", 1, world_value(in, "{name: nil}"), &record));
  REFUSED(in, BASE_VALIDATION_FAILED, "spent", "set by the server",
          world_try_update(in, "customer", 1, world_value(in, "{spent: 5}"), &record));
}

static void a_stale_version_is_told_the_newer_one(void **state) {
  world *in = *state;
  const model_type *type = world_type(in, "customer");
  base_slice record;
  customer(in, "王秀兰");
  OK(in, model_record_update(&in->ctx, type, 1, world_value(in, "{owner: '李静'}"), 1, 0, &record));
  REFUSED(
      in, BASE_VERSION_CONFLICT, "version", "you saw version 1, it is at version 2",
      model_record_update(&in->ctx, type, 1, world_value(in, "{owner: '周强'}"), 1, 0, &record));
  assert_has(in, in->error.data, "{version: 2}");
  REFUSED(in, BASE_VERSION_CONFLICT, "version", NULL,
          model_record_update(&in->ctx, type, 1, world_value(in, "{}"), 3, 0, &record));
  OK(in, model_record_update(&in->ctx, type, 1, world_value(in, "{owner: '周强'}"), 2, 0, &record));
  assert_has(in, record, "{version: 3}");
}

/* --- trust and access --------------------------------------------------------------------------- */

static void trusted_code_sets_readonly_fields(void **state) {
  world *in = *state;
  const model_type *type = world_type(in, "customer");
  base_slice record;
  OK(in, model_record_create(&in->ctx, type, world_value(in, "{name: '王秀兰', spent: 100}"),
                             MODEL_TRUSTED, &record));
  OK(in, model_record_update(&in->ctx, type, 1, world_value(in, "{spent: 250}"), 0, MODEL_TRUSTED,
                             &record));
  assert_has(in, record, "{spent: 250}");
}

static void a_reading_op_writes_nothing(void **state) {
  world *in = *state;
  base_slice record;
  customer(in, "王秀兰");
  world_commit(in);
  world_read(in);
  const model_type *type = world_type(in, "customer");
  base_slice values = world_value(in, "{name: '张建国'}");
  for (unsigned flags = 0; flags <= MODEL_TRUSTED; flags++) {
    REFUSED(in, BASE_READ_ONLY, NULL, "cannot write customer",
            model_record_create(&in->ctx, type, values, flags, &record));
    REFUSED(in, BASE_READ_ONLY, NULL, NULL,
            model_record_update(&in->ctx, type, 1, values, 0, flags, &record));
    REFUSED(in, BASE_READ_ONLY, NULL, NULL, model_record_delete(&in->ctx, type, 1, flags, &record));
  }
}

static base_code try_named(world *in, const char *type, unsigned flags) {
  base_slice record;
  return model_record_create(&in->ctx, world_type(in, type), world_value(in, "{name: '国庆节'}"),
                             flags, &record);
}

static void access_is_asked_for_every_write(void **state) {
  world *in = *state;
  base_slice record;
  in->ctx.actor = (model_actor){.name = text("访客")};
  REFUSED(in, BASE_PERMISSION_DENIED, "type", "only administrators may write customer",
          try_named(in, "customer", 0));
  in->ctx.actor.staff = true;
  OK(in, try_named(in, "customer", 0));
  REFUSED(in, BASE_PERMISSION_DENIED, "type", NULL, try_named(in, "holiday", 0));
  OK(in, try_named(in, "holiday", MODEL_TRUSTED));
  REFUSED(in, BASE_PERMISSION_DENIED, "type", NULL,
          world_try_update(in, "holiday", 1, world_value(in, "{name: '春节'}"), &record));
  REFUSED(in, BASE_PERMISSION_DENIED, "type", NULL,
          model_record_delete(&in->ctx, world_type(in, "holiday"), 1, 0, &record));
  in->ctx.actor.administrator = true;
  world_update(in, "holiday", 1, world_value(in, "{name: '春节'}"));
  world_delete(in, "holiday", 1);
  REFUSED(in, BASE_INVALID_ARGUMENT, "type", "there is no type credential",
          try_named(in, "credential", 0));
  OK(in, try_named(in, "credential", MODEL_TRUSTED));
  OK(in, model_access_check(&in->ctx, world_type(in, "holiday"), MODEL_ACTION_READ));
  in->ctx.actor = (model_actor){.name = text("访客")};
  REFUSED(in, BASE_PERMISSION_DENIED, "type", "may not read holiday",
          model_access_check(&in->ctx, world_type(in, "holiday"), MODEL_ACTION_READ));
}

/* --- unique values ------------------------------------------------------------------------------ */

static void one_phone_has_one_customer_however_it_is_written(void **state) {
  world *in = *state;
  base_slice record;
  world_create(in, "customer", world_value(in, "{name: '王秀兰', phone: '138-0000-1001'}"));
  world_create(in, "customer", world_value(in, "{name: '张建国', phone: '139 0000 2001'}"));
  world_settle(in);
  static const char *const spellings[] = {"13800001001", "+86 138 0000 1001", "（138）00001001",
                                          "０１３８-0000-1001", "0086-138-0000-1001"};
  for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
    REFUSED(
        in, BASE_DUPLICATE, "phone", "number 1 of customer already uses",
        world_try_create(in, "customer",
                         world_value(in, "{name: '李梅', phone: '%s'}", spellings[i]), &record));
    assert_has(in, in->error.data, "{type: 'customer', id: 1}");
    world_drop(in);
    REFUSED(in, BASE_DUPLICATE, "phone", "number 1",
            world_try_update(in, "customer", 2, world_value(in, "{phone: '%s'}", spellings[i]),
                             &record));
    world_drop(in);
    assert_true(model_record_find_by(&in->ctx, world_type(in, "customer"), "phone",
                                     text(spellings[i]), &record));
    assert_int_equal(world_id(record), 1);
  }
  /* The record's own number, written differently, is no duplicate. */
  record = world_update(in, "customer", 1, world_value(in, "{phone: '+86 138 0000 1001'}"));
  assert_has(in, record, "{phone: '+86 138 0000 1001', version: 2}");
}

static void a_unique_value_is_freed(void **state) {
  world *in = *state;
  base_slice phone = world_value(in, "{name: '王秀兰', phone: '138-0000-1001'}");
  world_create(in, "customer", phone);
  world_settle(in);
  world_delete(in, "customer", 1);
  assert_int_equal(world_id(world_create(in, "customer", phone)), 2);
  world_settle(in);
  world_update(in, "customer", 2, world_value(in, "{phone: nil}"));
  assert_int_equal(world_id(world_create(in, "customer", phone)), 3);
  world_update(in, "customer", 3, world_value(in, "{phone: '139-0000-2001'}"));
  assert_int_equal(world_id(world_create(in, "customer", phone)), 4);
  /* Any number of records go without. */
  customer(in, "张建国");
  customer(in, "李梅");
}

/* Unique among the open orders: a number may come again once its order is done. */
static void a_partial_unique_value_is_freed_by_the_state(void **state) {
  world *in = *state;
  base_slice record;
  customer(in, "王秀兰");
  base_slice values = world_value(in, "{customer: 1, number: 'DD-0307'}");
  world_create(in, "order", values);
  REFUSED(in, BASE_DUPLICATE, "number", "number 1 of order",
          world_try_create(in, "order", values, &record));
  world_drop(in);
  customer(in, "王秀兰");
  world_create(in, "order", values);
  world_update(in, "order", 1, world_value(in, "{state: 'done'}"));
  assert_int_equal(world_id(world_create(in, "order", values)), 2);
  world_update(in, "order", 1, world_value(in, "{state: 'cancelled'}"));
  assert_false(
      model_record_find_by(&in->ctx, world_type(in, "order"), "number", text("DD-0307"), &record));
}

/* Longer than a key's part: by its hash, so that equal beginnings are told apart. */
static void long_unique_values_are_told_apart(void **state) {
  world *in = *state;
  char code[420];
  base_slice record;
  memset(code, 'c', sizeof code);
  code[sizeof code - 1] = '\0';
  world_create(in, "product", world_value(in, "{name: '茶', code: '%s'}", code));
  code[400] = 'd';
  world_create(in, "product", world_value(in, "{name: '茶', code: '%s'}", code));
  REFUSED(
      in, BASE_DUPLICATE, "code", "number 2 of product",
      world_try_create(in, "product", world_value(in, "{name: '茶', code: '%s'}", code), &record));
  assert_true(
      model_record_find_by(&in->ctx, world_type(in, "product"), "code", text(code), &record));
  assert_int_equal(world_id(record), 2);
}

/* --- delete ------------------------------------------------------------------------------------- */

static void a_deleted_record_keeps_its_place(void **state) {
  world *in = *state;
  customer(in, "王秀兰");
  world_settle(in);
  in->ctx.now += 60000;
  base_slice record = world_delete(in, "customer", 1);
  assert_has(in, record,
             "{id: 1, version: 2, name: '王秀兰', deleted_at: %" PRId64 ", deleted_by: '李静'}",
             WORLD_NOW + 60000);
  data_key key;
  base_slice stored;
  model_record_key(&key, "customer", 1);
  assert_true(store_get(in->ctx.set, STORE_RECORD, data_key_slice(&key), &stored));
  assert_true(base_slice_equal(stored, record));
  assert_true(model_record_deleted(stored));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL,
          model_record_get(&in->ctx, world_type(in, "customer"), 1, &stored));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL,
          model_record_delete(&in->ctx, world_type(in, "customer"), 1, 0, &stored));
}

static void ids_are_never_given_twice(void **state) {
  world *in = *state;
  customer(in, "王秀兰");
  customer(in, "张建国");
  world_delete(in, "customer", 2);
  world_commit(in);
  store_close(in->store);
  world_open(in);
  world_write(in);
  assert_int_equal(world_id(customer(in, "李梅")), 3);
  world_delete(in, "customer", 3);
  world_settle(in);
  world_delete(in, "customer", 1);
  assert_int_equal(world_id(customer(in, "孙立伟")), 4);
  /* What was dropped was never given. */
  world_drop(in);
  assert_int_equal(world_id(customer(in, "孙立伟")), 4);
}

/* --- states ------------------------------------------------------------------------------------- */

static base_code try_state(world *in, int64_t id, const char *states, unsigned flags) {
  base_slice record;
  return model_record_update(&in->ctx, world_type(in, "order"), id,
                             world_value(in, "{state: %s}", states), 0, flags, &record);
}

static void states_change_along_their_table(void **state) {
  world *in = *state;
  customer(in, "王秀兰");
  world_create(in, "order", world_value(in, "{customer: 1, state: 'open'}"));
  OK(in, try_state(in, 1, "'open'", 0));
  OK(in, try_state(in, 1, "'done'", 0));
  /* For trusted code too. */
  for (unsigned flags = 0; flags <= MODEL_TRUSTED; flags++) {
    REFUSED(in, BASE_TRANSITION_DENIED, "state", "state cannot go from done to open",
            try_state(in, 1, "'open'", flags));
    REFUSED(in, BASE_TRANSITION_DENIED, "state", "from done to nil",
            try_state(in, 1, "nil", flags));
  }
  OK(in, try_state(in, 1, "'cancelled'", 0));
  REFUSED(in, BASE_TRANSITION_DENIED, "state", NULL, try_state(in, 1, "'done'", 0));
  REFUSED(in, BASE_VALIDATION_FAILED, "state", "no choice", try_state(in, 1, "'lost'", 0));
}

static void a_client_creates_in_the_first_state(void **state) {
  world *in = *state;
  base_slice record;
  customer(in, "王秀兰");
  base_slice done = world_value(in, "{customer: 1, state: 'done'}");
  REFUSED(in, BASE_TRANSITION_DENIED, "state", "from open to done",
          world_try_create(in, "order", done, &record));
  OK(in, model_record_create(&in->ctx, world_type(in, "order"), done, MODEL_TRUSTED, &record));
  assert_has(in, record, "{state: 'done'}");
}

/* A record older than the field stands where states begin. */
static void an_older_record_gets_a_state(void **state) {
  world *in = *state;
  data_key key;
  customer(in, "王秀兰");
  model_record_key(&key, "order", 1);
  base_slice old = world_value(in, "{id: 1, type: 'order', version: 1, customer: 1}");
  OK(in, store_put(in->ctx.set, STORE_RECORD, data_key_slice(&key), old, &in->error));
  world_update(in, "order", 1, world_value(in, "{number: 'DD-1'}"));
  OK(in, try_state(in, 1, "'open'", 0));
  REFUSED(in, BASE_TRANSITION_DENIED, "state", "from open to nil", try_state(in, 1, "nil", 0));
  OK(in, try_state(in, 1, "'done'", 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(a_new_record_is_complete),
                                     TEST(ids_count_up_per_type),
                                     TEST(defaults_are_taken),
                                     TEST(bad_values_are_refused_by_name),
                                     TEST(what_is_not_there_is_not_found),
                                     TEST(an_update_changes_what_it_names),
                                     TEST(an_update_that_changes_nothing_writes_nothing),
                                     TEST(a_required_field_cannot_be_cleared),
                                     TEST(a_stale_version_is_told_the_newer_one),
                                     TEST(trusted_code_sets_readonly_fields),
                                     TEST(a_reading_op_writes_nothing),
                                     TEST(access_is_asked_for_every_write),
                                     TEST(one_phone_has_one_customer_however_it_is_written),
                                     TEST(a_unique_value_is_freed),
                                     TEST(a_partial_unique_value_is_freed_by_the_state),
                                     TEST(long_unique_values_are_told_apart),
                                     TEST(a_deleted_record_keeps_its_place),
                                     TEST(ids_are_never_given_twice),
                                     TEST(states_change_along_their_table),
                                     TEST(a_client_creates_in_the_first_state),
                                     TEST(an_older_record_gets_a_state)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
