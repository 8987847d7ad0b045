/* pages: random records, conditions, orders and page sizes. All pages of a query together are what
 * filtering and sorting by hand give, whatever index answers; while others write, no record that stays
 * is skipped or repeated (SEG-07). HAOKE_TEST_QUERIES=10000 is the long form. */
#include "orders.h"
#include "predicates.h"

#define START_CHANGES 500
#define STILL_QUERIES 800
#define FIELD_QUERIES 60
#define UNCOMMITTED_QUERIES 150
#define MOVING_QUERIES 150
#define INDEX_MAX 24

typedef struct asked {
  predicate what;
  ordering how;
  base_slice where;
  base_slice order;
} asked;

typedef struct crowd {
  world *in;
  uint64_t seed;
  members all;
  size_t expected_count;
  const member *expected[MEMBERS_MAX];
  size_t seen[INDEX_MAX + 1]; /* per index, how many queries it answered; the last: the records */
  size_t covered;             /* how many needed no record */
} crowd;

/* What one query needs. */
static base_arena *scratch;

static int begin(void **state) {
  scratch = base_arena_new();
  return world_begin(state);
}

static int end(void **state) {
  base_arena_free(scratch);
  return world_end(state);
}

static crowd *crowd_new(world *in, uint64_t seed) {
  crowd *self = BASE_NEW(in->arena, crowd);
  self->in = in;
  self->seed = world_seed(seed);
  world_schema(in, member_types, NULL);
  world_write(in);
  for (size_t i = 0; i < START_CHANGES; i++) {
    members_change(in, &self->all, &self->seed);
    if (i % 50 == 0) world_settle(in);
  }
  return self;
}

static void add_equality(predicate *what, column of, const char *word) {
  condition made = {.of = of, .op = EQ, .bare = true, .count = 1, .operands = {cell_word(word)}};
  for (size_t i = 0; i < what->count; i++) {
    if (what->conditions[i].of == of) return;
  }
  if (what->count < PREDICATE_TESTS) what->conditions[what->count++] = made;
}

/* What partial indexes want is asked often, and tags in an order that their index gives. */
static asked random_question(crowd *self) {
  world *in = self->in;
  asked made = {.what = random_predicate(in, 1, &self->seed), .how = random_ordering(&self->seed)};
  if (world_random(&self->seed, 3) == 0) add_equality(&made.what, STATE, "open");
  if (world_random(&self->seed, 8) == 0) add_equality(&made.what, STATE, "done");
  if (world_random(&self->seed, 6) == 0) add_equality(&made.what, LEVEL, "金卡");
  if (world_random(&self->seed, 6) == 0) add_equality(&made.what, PHONE, "13800001001");
  if (world_random(&self->seed, 8) == 0) {
    add_equality(&made.what, TAGS, "糖友");
    made.how = (ordering){.count = 1, .of = {SPENT}, .descending = {made.how.count % 2 == 0}};
  }
  return made;
}

static int compare_members(const void *a, const void *b, void *how) {
  return member_compare(how, *(const member *const *)a, *(const member *const *)b);
}

/* Filters and sorts by hand. */
static void expect(crowd *self, asked *question) {
  self->expected_count = 0;
  for (size_t i = 0; i < self->all.count; i++) {
    const member *one = &self->all.items[i];
    if (!one->live || !predicate_holds(&question->what, one)) continue;
    self->expected[self->expected_count++] = one;
  }
  qsort_r(self->expected, self->expected_count, sizeof self->expected[0], compare_members,
          &question->how);
}

/* What some queries are content with: covering indexes keep it. */
static const char *const brief_names[] = {"id", "name", "owner", "state"};
static base_slice brief[4];

static model_query query_of(crowd *self, const asked *question, base_slice after) {
  model_query query = {.type = world_type(self->in, "member"),
                       .where = question->where,
                       .order = question->order,
                       .limit = 1 + world_random(&self->seed, 40),
                       .after = after};
  for (size_t i = 0; i < 4; i++) brief[i] = text(brief_names[i]);
  if (world_random(&self->seed, 2) == 0) return query;
  query.fields = brief;
  query.field_count = 4;
  return query;
}

/* What was asked for is there, as the record has it. */
static void assert_brief(world *in, base_slice item) {
  base_buffer got = {0};
  base_buffer wanted = {0};
  data_pick(item, brief, 4, &got);
  data_pick(world_get(in, "member", world_id(item)), brief, 4, &wanted);
  assert_true(base_slice_equal(base_buffer_slice(&got), base_buffer_slice(&wanted)));
  base_buffer_fini(&got);
  base_buffer_fini(&wanted);
}

/* Which index answers: all of them should have their turn. */
static void count_index(crowd *self, const asked *question) {
  world *in = self->in;
  const model_type *type = world_type(in, "member");
  model_query query = query_of(self, question, (base_slice){0});
  base_buffer out = {0};
  size_t at = INDEX_MAX;
  OK(in, model_explain(&in->ctx, &query, &out));
  base_slice index = data_map_text(base_buffer_slice(&out), "index");
  for (size_t i = 0; i < type->index_count; i++) {
    if (base_slice_is(index, type->indexes[i].name)) at = i;
  }
  self->seen[at] += 1;
  self->covered += data_map_boolean(base_buffer_slice(&out), "covering", false);
  base_buffer_fini(&out);
}

static void assert_all_indexes_were_used(const crowd *self) {
  const model_type *type = world_type(self->in, "member");
  assert_true(type->index_count <= INDEX_MAX && self->seen[INDEX_MAX] > 0);
  for (size_t i = 0; i < type->index_count; i++) {
    bool serves = !type->indexes[i].deleted;
    if (serves && self->seen[i] == 0) fail_msg("%s answered no query", type->indexes[i].name);
  }
}

/* --- all pages ---------------------------------------------------------------------------------- */

static void assert_pages(crowd *self, const asked *question) {
  world *in = self->in;
  base_slice after = {0};
  size_t at = 0;
  do {
    model_query query = query_of(self, question, after);
    model_page page;
    OK(in, model_find(&in->ctx, &query, &page));
    size_t left = self->expected_count - at;
    size_t limit = (size_t)query.limit;
    if (page.count != (left < limit ? left : limit)) {
      fail_msg("a page of %zu records, %zu are left, the limit is %zu", page.count, left, limit);
    }
    for (size_t i = 0; i < page.count; i++, at++) {
      assert_int_equal(world_id(page.items[i]), self->expected[at]->cells[ID].number);
      if (query.fields != NULL) assert_brief(in, page.items[i]);
    }
    assert_int_equal(page.next.size > 0, at < self->expected_count);
    after = page.next;
  } while (after.size > 0);
}

/* What a group of the result should count. */
static int64_t count_of(const crowd *self, column of, data_value key, int64_t *total) {
  int64_t count = 0;
  *total = 0;
  for (size_t i = 0; i < self->expected_count; i++) {
    const cell *value = &self->expected[i]->cells[of];
    size_t elements = value->kind == WORDS ? value->count : 1;
    *total += (int64_t)elements;
    for (size_t j = 0; j < elements; j++) {
      bool same = value->kind == NONE ? key.type == DATA_NIL
                  : value->kind == WORD || value->kind == WORDS
                      ? key.type == DATA_TEXT && base_slice_is(key.as.bytes, value->words[j])
                  : value->kind == FLAG
                      ? key.type == DATA_BOOLEAN && key.as.boolean == (value->number != 0)
                      : key.type == DATA_INTEGER && key.as.integer == value->number;
      count += same;
    }
  }
  return count;
}

static void assert_counts(crowd *self, const asked *question) {
  world *in = self->in;
  const model_type *type = world_type(in, "member");
  column of = (column)world_random(&self->seed, COLUMNS);
  int64_t count = 0;
  int64_t total = 0;
  base_buffer out = {0};
  OK(in, model_count(&in->ctx, type, question->where, &count));
  assert_int_equal(count, self->expected_count);
  OK(in, model_count_groups(&in->ctx, type, question->where, text(member_columns[of]), &out));
  (void)count_of(self, of, (data_value){0}, &total);
  data_value before = {0};
  data_walk walk = data_walk_begin(base_buffer_slice(&out));
  while (data_walk_next(&walk)) {
    data_value key;
    data_map_find(walk.value.raw, "key", &key);
    int64_t group = data_map_integer(walk.value.raw, "count", 0);
    int64_t elements = 0;
    assert_true(group > 0 && group == count_of(self, of, key, &elements));
    if (walk.index > 0) assert_true(data_compare(before, key) < 0);
    before = key;
    total -= group;
  }
  assert_int_equal(total, 0);
  base_buffer_fini(&out);
}

static void ask(crowd *self, asked question) {
  base_arena *outer = self->in->ctx.arena;
  self->in->ctx.arena = scratch;
  question.where = predicate_where(self->in, &question.what);
  question.order = ordering_list(self->in, &question.how);
  expect(self, &question);
  count_index(self, &question);
  assert_pages(self, &question);
  assert_counts(self, &question);
  self->in->ctx.arena = outer;
  base_arena_reset(scratch);
}

static void pages_and_counts_are_complete(void **state) {
  crowd *self = crowd_new(*state, 7);
  world_commit(self->in);
  world_read(self->in);
  size_t count = world_queries(STILL_QUERIES);
  for (size_t i = 0; i < count; i++) ask(self, random_question(self));
  world_leave(self->in);
  assert_all_indexes_were_used(self);
  assert_true(self->covered > 0);
}

/* Every field's index alone: one condition, or two on the same field. Names most, whose long ones are
 * cut. */
static void conditions_on_one_field_are_exact(void **state) {
  crowd *self = crowd_new(*state, 5);
  world *in = self->in;
  world_commit(in);
  world_read(in);
  for (column of = ID; of < COLUMNS; of++) {
    for (size_t i = 0; i < (of == NAME ? 6 : 1) * FIELD_QUERIES; i++) {
      asked made = {.what = {.count = 1}};
      condition *both = made.what.conditions;
      both[0] = random_condition(in, of, &self->seed);
      both[1] = random_condition(in, of, &self->seed);
      bool two = !both[0].bare && !both[1].bare && both[0].op != both[1].op;
      if (two && i % 2 == 0) made.what.count = 2;
      if (i % 4 > 1) made.how = (ordering){.count = 1, .of = {of}, .descending = {i % 8 > 3}};
      if (of == TAGS || of == PHONES) made.how.count = 0;
      ask(self, made);
    }
  }
}

/* The op's own changes are read as if they were there already. */
static void changes_of_the_op_itself_are_seen(void **state) {
  crowd *self = crowd_new(*state, 11);
  for (size_t i = 0; i < UNCOMMITTED_QUERIES; i++) {
    members_change(self->in, &self->all, &self->seed);
    ask(self, random_question(self));
    if (i % 60 == 59) world_settle(self->in);
  }
}

/* --- while others write ------------------------------------------------------------------------- */

static void let_others_write(crowd *self, bool *touched) {
  uint32_t changes = world_random(&self->seed, 6);
  for (uint32_t i = 0; i < changes; i++) {
    size_t at = world_random(&self->seed, (uint32_t)self->all.count);
    bool create = world_random(&self->seed, 2) == 0;
    if (create && self->all.count < MEMBERS_MAX) {
      at = self->all.count;
      members_create(self->in, &self->all, &self->seed);
    } else {
      members_delete(self->in, &self->all, at);
    }
    touched[at] = true;
  }
}

/* Every record comes in order and at most once; what was not touched comes exactly when it should. */
static void assert_stayers(crowd *self, const asked *question, bool *touched, bool *came) {
  world *in = self->in;
  base_slice after = {0};
  const member *last = NULL;
  do {
    model_query query = query_of(self, question, after);
    model_page page;
    OK(in, model_find(&in->ctx, &query, &page));
    for (size_t i = 0; i < page.count; i++) {
      const member *next = &self->all.items[world_id(page.items[i]) - 1];
      assert_true(last == NULL || member_compare(&question->how, last, next) < 0);
      came[next - self->all.items] = true;
      last = next;
    }
    after = page.next;
    if (after.size > 0) let_others_write(self, touched);
  } while (after.size > 0);
  for (size_t i = 0; i < self->expected_count; i++) {
    size_t at = (size_t)(self->expected[i] - self->all.items);
    if (!touched[at] && !came[at]) fail_msg("number %zu was skipped", at + 1);
  }
}

static void what_stays_is_not_skipped_or_repeated(void **state) {
  crowd *self = crowd_new(*state, 13);
  for (size_t i = 0; i < MOVING_QUERIES; i++) {
    asked question = random_question(self);
    question.where = predicate_where(self->in, &question.what);
    question.order = ordering_list(self->in, &question.how);
    bool *touched = BASE_NEW_ARRAY(self->in->arena, bool, MEMBERS_MAX);
    bool *came = BASE_NEW_ARRAY(self->in->arena, bool, MEMBERS_MAX);
    expect(self, &question);
    assert_stayers(self, &question, touched, came);
    world_settle(self->in);
  }
  model_check_report report;
  OK(self->in, model_check(&self->in->ctx, NULL, NULL, &report));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(conditions_on_one_field_are_exact), TEST(pages_and_counts_are_complete),
      TEST(changes_of_the_op_itself_are_seen), TEST(what_stays_is_not_skipped_or_repeated)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
