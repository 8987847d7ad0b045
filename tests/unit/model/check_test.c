/* check: what haoke verify finds in a store whose rows do not fit its records. */
#include "members.h"

#define CHANGES 120

typedef struct findings {
  int64_t count;
  char last[300];
} findings;

static void found(const char *finding, void *self) {
  findings *all = self;
  all->count += 1;
  (void)snprintf(all->last, sizeof all->last, "%s", finding);
}

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, member_types, NULL);
  world_write(*state);
  return 0;
}

/* Three members with numbers and codes, committed. */
static void three_members(world *in) {
  for (int i = 1; i <= 3; i++) {
    world_create(in, "member",
                 world_value(in, "{name: '客户%d', code: 'K%d', tags: ['糖友', 'vip'], spent: %d}",
                             i, i, i));
  }
  world_settle(in);
}

static void assert_clean(world *in, model_check_report *report) {
  findings all = {0};
  OK(in, model_check(&in->ctx, found, &all, report));
  assert_int_equal(all.count, 0);
  assert_int_equal(report->findings, 0);
}

/* Exactly one finding, which says this. */
static void assert_finding(world *in, const char *says) {
  findings all = {0};
  model_check_report report;
  REFUSED(in, BASE_INTERNAL, "", "found 1 inconsistencies",
          model_check(&in->ctx, found, &all, &report));
  assert_int_equal(all.count, 1);
  assert_int_equal(report.findings, 1);
  if (strstr(all.last, says) == NULL) fail_msg("\"%s\" does not say \"%s\"", all.last, says);
}

static void key_of(data_key *key, const char *index, const char *value, int64_t id) {
  data_key_init(key);
  data_key_text(key, text("member"), DATA_KEY_HASH);
  data_key_text(key, text(index), DATA_KEY_HASH);
  data_key_text(key, text(value), DATA_KEY_CUT);
  if (id != 0) data_key_integer(key, id);
}

static void put_number(world *in, store_table table, const data_key *key, int64_t number) {
  base_buffer value = {0};
  data_append_integer(&value, number);
  OK(in, store_put(in->ctx.set, table, data_key_slice(key), base_buffer_slice(&value), &in->error));
  base_buffer_fini(&value);
}

static void delete_key(world *in, store_table table, const data_key *key) {
  base_slice value;
  assert_true(store_get(in->ctx.set, table, data_key_slice(key), &value));
  OK(in, store_delete(in->ctx.set, table, data_key_slice(key), &in->error));
}

/* --- clean stores ------------------------------------------------------------------------------- */

static void a_clean_store_passes(void **state) {
  world *in = *state;
  model_check_report report;
  assert_clean(in, &report);
  assert_int_equal(report.records + report.index_rows + report.unique_rows + report.timers, 0);
  three_members(in);
  model_timer timer = {.due = WORLD_NOW, .op = text("revisit.remind"), .name = text("1")};
  OK(in, model_timer_put(&in->ctx, &timer));
  assert_clean(in, &report);
  assert_int_equal(report.records, 3);
  assert_int_equal(report.unique_rows, 3);
  assert_int_equal(report.timers, 1);
  /* Per member: name, phone, level, spent, owner_born and vip_state_name one each, two tags twice. */
  assert_int_equal(report.index_rows, 3 * (6 + 4));
}

static void a_store_stays_clean(void **state) {
  world *in = *state;
  uint64_t seed = world_seed(23);
  members *all = BASE_NEW(in->arena, members);
  model_check_report report;
  for (int i = 0; i < CHANGES; i++) {
    members_change(in, all, &seed);
    if (i % 10 == 9) assert_clean(in, &report);
    if (i % 40 == 39) world_settle(in);
  }
  assert_int_equal(report.records, all->count);
  world_commit(in);
  world_read(in);
  assert_clean(in, &report);
}

/* --- what is found ------------------------------------------------------------------------------ */

static void a_missing_index_row_is_found(void **state) {
  world *in = *state;
  data_key key;
  three_members(in);
  key_of(&key, "name", "客户2", 2);
  delete_key(in, STORE_INDEX, &key);
  assert_finding(in, "a record lacks its index row: ");
  assert_finding(in, "member");
}

static void a_missing_unique_row_is_found(void **state) {
  world *in = *state;
  data_key key;
  three_members(in);
  key_of(&key, "code", "K3", 0);
  delete_key(in, STORE_UNIQUE, &key);
  assert_finding(in, "a record lacks its index row: ");
}

static void an_extra_row_is_found(void **state) {
  world *in = *state;
  static const store_table tables[] = {STORE_INDEX, STORE_UNIQUE};
  static const char *const says[] = {"index rows that no record owns",
                                     "unique rows that no record owns"};
  three_members(in);
  for (size_t i = 0; i < 2; i++) {
    data_key key;
    key_of(&key, i == 0 ? "name" : "code", "K9", i == 0 ? 9 : 0);
    put_number(in, tables[i], &key, 9);
    assert_finding(in, says[i]);
    world_drop(in);
  }
}

static void a_wrong_owner_is_found(void **state) {
  world *in = *state;
  data_key key;
  three_members(in);
  key_of(&key, "code", "K2", 0);
  put_number(in, STORE_UNIQUE, &key, 3);
  assert_finding(in, "row names another record: ");
  world_drop(in);
  key_of(&key, "name", "客户2", 2);
  put_number(in, STORE_INDEX, &key, 1);
  assert_finding(in, "row names another record: ");
}

static void a_record_in_another_place_is_found(void **state) {
  world *in = *state;
  data_key key;
  three_members(in);
  base_slice record = world_get(in, "member", 3);
  model_record_key(&key, "member", 4);
  OK(in, store_put(in->ctx.set, STORE_RECORD, data_key_slice(&key), record, &in->error));
  findings all = {0};
  model_check_report report;
  assert_int_equal(model_check(&in->ctx, found, &all, &report), BASE_INTERNAL);
  assert_true(all.count >= 1);
}

/* A deleted record owns no rows; one that is left over is found. */
static void rows_of_deleted_records_are_found(void **state) {
  world *in = *state;
  model_check_report report;
  data_key key;
  three_members(in);
  world_delete(in, "member", 2);
  assert_clean(in, &report);
  assert_int_equal(report.records, 3);
  assert_int_equal(report.unique_rows, 2);
  key_of(&key, "code", "K2", 0);
  put_number(in, STORE_UNIQUE, &key, 2);
  assert_finding(in, "unique rows that no record owns");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(a_clean_store_passes),
                                     TEST(a_store_stays_clean),
                                     TEST(a_missing_index_row_is_found),
                                     TEST(a_missing_unique_row_is_found),
                                     TEST(an_extra_row_is_found),
                                     TEST(a_wrong_owner_is_found),
                                     TEST(a_record_in_another_place_is_found),
                                     TEST(rows_of_deleted_records_are_found)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
