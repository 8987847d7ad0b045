/* index: the rows a record owns, which of them a write touches, and texts that are longer than a key
 * keeps. */
#include "members.h"

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, member_types, NULL);
  world_write(*state);
  return 0;
}

/* --- rows --------------------------------------------------------------------------------------- */

typedef struct row_count {
  const char *index;
  int64_t count;
} row_count;

static void count_row(const model_index *index, const data_key *key, base_slice value, void *self) {
  row_count *counted = self;
  assert_true(key->size > 0 && model_index_row_id(value) > 0);
  if (strcmp(index->name, counted->index) == 0) counted->count += 1;
}

/* How many rows of the index the record owns; each must be in the store and carry its number. */
static int64_t rows_in(world *in, const char *index, int64_t id) {
  row_count counted = {.index = index};
  base_slice record = world_get(in, "member", id);
  model_index_each(&in->ctx, world_type(in, "member"), id, record, count_row, &counted);
  model_check_report report;
  OK(in, model_check(&in->ctx, NULL, NULL, &report));
  return counted.count;
}

static void member_with(world *in, const char *values) {
  world_create(in, "member", world_value(in, "%s", values));
}

static void change(world *in, const char *values) {
  world_update(in, "member", 1, world_value(in, "%s", values));
}

static void a_list_has_a_row_per_element(void **state) {
  world *in = *state;
  member_with(in, "{tags: ['糖友', '老客户', 'vip'], spent: 5}");
  assert_int_equal(rows_in(in, "tags", 1), 3);
  assert_int_equal(rows_in(in, "tags_spent", 1), 3);
  change(in, "{tags: ['vip']}");
  assert_int_equal(rows_in(in, "tags", 1), 1);
  change(in, "{tags: []}");
  assert_int_equal(rows_in(in, "tags", 1), 0);
  change(in, "{tags: nil}");
  assert_int_equal(rows_in(in, "tags_spent", 1), 0);
}

/* One number in two spellings is one row, and goes when both have gone. */
static void equal_elements_share_a_row(void **state) {
  world *in = *state;
  int64_t count = 0;
  base_slice where = world_value(in, "{phones: '13800001001'}");
  member_with(in, "{phones: ['138-0000-1001', '+86 138 0000 1001', '139-0000-2001']}");
  assert_int_equal(rows_in(in, "phones", 1), 2);
  OK(in, model_count(&in->ctx, world_type(in, "member"), where, &count));
  assert_int_equal(count, 1);
  change(in, "{phones: ['139-0000-2001', '138 0000 1001']}");
  assert_int_equal(rows_in(in, "phones", 1), 2);
  change(in, "{phones: ['139-0000-2001']}");
  assert_int_equal(rows_in(in, "phones", 1), 1);
}

static void a_partial_index_is_entered_and_left(void **state) {
  world *in = *state;
  member_with(in, "{born: '1958-03-07', owner: '李静', state: 'done'}");
  assert_int_equal(rows_in(in, "open_owner_born", 1), 0);
  assert_int_equal(rows_in(in, "owner_born", 1), 1);
  change(in, "{state: 'open'}");
  assert_int_equal(rows_in(in, "open_owner_born", 1), 1);
  assert_int_equal(rows_in(in, "open_born", 1), 1);
  change(in, "{born: '1966-10-01'}");
  assert_int_equal(rows_in(in, "open_owner_born", 1), 1);
  change(in, "{state: nil}");
  assert_int_equal(rows_in(in, "open_owner_born", 1), 0);
  assert_int_equal(rows_in(in, "open_born", 1), 0);
  assert_int_equal(rows_in(in, "busy_spent", 1), 0);
  change(in, "{state: 'done', level: '金卡'}");
  assert_int_equal(rows_in(in, "busy_spent", 1), 1);
}

/* Nil has its row in an ordinary index and none in a unique one. */
static void nil_has_a_row_unless_unique(void **state) {
  world *in = *state;
  member_with(in, "{}");
  assert_int_equal(rows_in(in, "name", 1), 1);
  assert_int_equal(rows_in(in, "owner_born", 1), 1);
  assert_int_equal(rows_in(in, "code", 1), 0);
}

/* --- what a write touches ----------------------------------------------------------------------- */

typedef struct touched {
  size_t puts;
  size_t deletes;
} touched;

static void count_change(const store_change *made, void *self) {
  touched *counted = self;
  if (made->table != STORE_INDEX && made->table != STORE_UNIQUE) return;
  counted->puts += !made->deleted;
  counted->deletes += made->deleted;
}

static touched touched_by(world *in, const char *values) {
  touched counted = {0};
  world_settle(in);
  change(in, values);
  store_change_set_each(in->ctx.set, count_change, &counted);
  return counted;
}

static void rows_that_stay_are_not_touched(void **state) {
  world *in = *state;
  member_with(in,
              "{name: '王秀兰', tags: ['糖友', '老客户'], spent: 5, state: 'done', code: 'K1', "
              "phone: '138-0000-1001'}");
  static const struct {
    const char *values;
    touched rows;
  } cases[] = {{"{seen_at: 5}", {0, 0}},
               {"{tags: ['老客户', '糖友']}", {0, 0}},
               {"{phone: '+86 138-0000-1001'}", {0, 0}},
               {"{owner: '李静'}", {1, 1}},
               {"{tags: ['老客户', 'vip']}", {2, 2}},
               {"{code: 'K2'}", {1, 1}},
               {"{code: nil}", {0, 1}},
               {"{spent: 6}", {3, 3}},
               {"{state: 'open'}", {5, 1}}}; /* owner_born keeps it */
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    touched made = touched_by(in, cases[i].values);
    if (made.puts == cases[i].rows.puts && made.deletes == cases[i].rows.deletes) continue;
    fail_msg("%s puts %zu rows and deletes %zu", cases[i].values, made.puts, made.deletes);
  }
}

/* --- long texts --------------------------------------------------------------------------------- */

static int64_t only_found(world *in, base_slice where) {
  model_query query = {.type = world_type(in, "member"), .where = where};
  model_page page;
  OK(in, model_find(&in->ctx, &query, &page));
  assert_int_equal(page.count, 1);
  return world_id(page.items[0]);
}

static base_slice pair(world *in, const char *field, base_slice value) {
  base_buffer out = {0};
  data_append_map(&out, 1);
  data_append_pair_slice(&out, field, value);
  base_slice made = base_arena_slice(in->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

/* `size` bytes: the first ones alike, the last one telling. */
static base_slice long_text(world *in, uint8_t filling, size_t size, uint8_t last) {
  uint8_t *bytes = base_arena_alloc(in->arena, size);
  memset(bytes, filling, size);
  bytes[size - 1] = last;
  return base_slice_make(bytes, size);
}

/* Longer than a key keeps and equal as far as it goes, or full of bytes that take twice their room. */
static void long_texts_are_told_apart(void **state) {
  world *in = *state;
  static const size_t sizes[] = {50, 79, 80, 81, 159, 160, 161, 400, 3000};
  static const uint8_t fillings[] = {'x', 0x00, 0x01};
  int64_t count = 0;
  for (size_t f = 0; f < sizeof fillings; f++) {
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
      base_slice name = long_text(in, fillings[f], sizes[i / 2], i % 2 == 0 ? 'a' : 'b');
      world_create(in, "member", pair(in, "name", name));
      count += 1;
      base_slice where = pair(in, "name", name);
      assert_int_equal(only_found(in, where), count);
      int64_t counted = 0;
      OK(in, model_count(&in->ctx, world_type(in, "member"), where, &counted));
      assert_int_equal(counted, 1);
    }
  }
  model_check_report report;
  OK(in, model_check(&in->ctx, NULL, NULL, &report));
  assert_int_equal(report.records, count);
}

static void long_unique_texts_are_told_apart(void **state) {
  world *in = *state;
  base_slice record;
  static const uint8_t fillings[] = {'x', 0x00};
  int64_t count = 0;
  for (size_t f = 0; f < sizeof fillings; f++) {
    for (uint8_t last = 'a'; last < 'f'; last++) {
      base_slice values = pair(in, "code", long_text(in, fillings[f], 300, last));
      assert_int_equal(world_id(world_create(in, "member", values)), ++count);
      assert_int_equal(only_found(in, values), count);
    }
  }
  REFUSED(in, BASE_DUPLICATE, "code", "number 1 of member",
          world_try_create(in, "member", pair(in, "code", long_text(in, 'x', 300, 'a')), &record));
}

/* Tags that a key cuts to the same share a row and are still told apart. */
static void long_tags_are_told_apart(void **state) {
  world *in = *state;
  base_buffer out = {0};
  data_append_map(&out, 1);
  data_append_text(&out, "tags");
  data_append_array(&out, 2);
  data_append_slice(&out, long_text(in, 'x', 200, 'a'));
  data_append_slice(&out, long_text(in, 'x', 200, 'b'));
  world_create(in, "member", base_buffer_slice(&out));
  base_buffer_fini(&out);
  assert_int_equal(rows_in(in, "tags", 1), 1);
  assert_int_equal(only_found(in, pair(in, "tags", long_text(in, 'x', 200, 'a'))), 1);
  int64_t count = 0;
  OK(in, model_count(&in->ctx, world_type(in, "member"),
                     pair(in, "tags", long_text(in, 'x', 200, 'c')), &count));
  assert_int_equal(count, 0);
}

/* --- values ------------------------------------------------------------------------------------- */

static void phones_are_kept_in_normal_form(void **state) {
  world *in = *state;
  const model_type *type = world_type(in, "member");
  base_buffer scratch = {0};
  data_value typed = {.type = DATA_TEXT, .as.bytes = text("+86 138-0000-1001")};
  static const char *const fields[] = {"phone", "phones"};
  for (size_t i = 0; i < 2; i++) {
    const data_field *field = model_type_field(type, text(fields[i]));
    assert_slice(model_index_value(field, typed, &scratch).as.bytes, "13800001001");
  }
  const data_field *name = model_type_field(type, text("name"));
  assert_slice(model_index_value(name, typed, &scratch).as.bytes, "+86 138-0000-1001");
  base_buffer_fini(&scratch);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_list_has_a_row_per_element),        TEST(equal_elements_share_a_row),
      TEST(a_partial_index_is_entered_and_left), TEST(nil_has_a_row_unless_unique),
      TEST(rows_that_stay_are_not_touched),      TEST(long_texts_are_told_apart),
      TEST(long_unique_texts_are_told_apart),    TEST(long_tags_are_told_apart),
      TEST(phones_are_kept_in_normal_form)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
