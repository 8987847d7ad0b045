/* find: pages and their limits, how far a query looks, cursors that are broken or foreign, counts and
 * groups, and who may ask (SEG-07). What pages hold is the business of pages_test.c. */
#include "members.h"

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, member_types, NULL);
  world_write(*state);
  return 0;
}

static void member_with(world *in, const char *values) {
  world_create(in, "member", world_value(in, "%s", values));
}

/* `count` members, born in 1958 and 1966 by turns. */
static void many_members(world *in, int count) {
  for (int i = 0; i < count; i++) {
    base_slice values = world_value(in, "{name: '客户%d', born: '%s', spent: %d, owner: '李静'}", i,
                                    i % 2 == 0 ? "1958-03-07" : "1966-10-01", i);
    world_create(in, "member", values);
    if (i % 100 == 99) world_settle(in);
  }
}

/* Empty texts stand for what is not given. */
static model_query query_of(world *in, const char *where, const char *order) {
  model_query query = {.type = world_type(in, "member"), .limit = 10};
  if (where[0] != '\0') query.where = world_value(in, "%s", where);
  if (order[0] != '\0') query.order = world_value(in, "%s", order);
  return query;
}

static base_code try_find(world *in, const char *where, const char *order, model_page *page) {
  model_query query = query_of(in, where, order);
  return model_find(&in->ctx, &query, page);
}

static base_code try_count(world *in, const char *where, int64_t *count) {
  return model_count(&in->ctx, world_type(in, "member"), world_value(in, "%s", where), count);
}

/* {groups} of the member type as a value. */
static base_code try_groups(world *in, const char *where, const char *by, base_slice *groups) {
  base_buffer out = {0};
  base_code code = model_count_groups(&in->ctx, world_type(in, "member"),
                                      world_value(in, "%s", where), text(by), &out);
  *groups = base_arena_slice(in->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return code;
}

/* --- limits ------------------------------------------------------------------------------------- */

static void a_page_has_a_limit(void **state) {
  world *in = *state;
  static const struct {
    int64_t limit;
    size_t count; /* 0: refused */
  } cases[] = {{0, MODEL_LIMIT_DEFAULT}, {1, 1}, {500, 500}, {501, 0}, {-1, 0}};
  many_members(in, 520);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    model_query query = query_of(in, "", "");
    model_page page;
    query.limit = cases[i].limit;
    if (cases[i].count == 0) {
      REFUSED(in, BASE_INVALID_ARGUMENT, "limit", "from 1 to 500",
              model_find(&in->ctx, &query, &page));
      continue;
    }
    OK(in, model_find(&in->ctx, &query, &page));
    assert_int_equal(page.count, cases[i].count);
    assert_true(page.next.size > 0);
    assert_int_equal(world_id(page.items[page.count - 1]), cases[i].count);
  }
}

static void the_last_page_has_no_cursor(void **state) {
  world *in = *state;
  model_page page;
  OK(in, try_find(in, "", "", &page));
  assert_int_equal(page.count, 0);
  OK(in, try_find(in, "", "['-seen_at']", &page));
  assert_int_equal(page.count, 0);
  assert_int_equal(page.next.size, 0);
  many_members(in, 10);
  OK(in, try_find(in, "", "", &page));
  assert_int_equal(page.count, 10);
  assert_int_equal(page.next.size, 0);
  many_members(in, 1);
  OK(in, try_find(in, "", "", &page));
  assert_true(page.next.size > 0);
}

/* --- how far a query looks ---------------------------------------------------------------------- */

#define ROWS 40

/* Asks with one row less than it needs, with as many, and with one more. */
static void assert_looks_at(world *in, int64_t rows, base_code (*ask)(world *in)) {
  for (int64_t more = -1; more <= 1; more++) {
    in->ctx.scan_rows = rows + more;
    if (more >= 0) {
      OK(in, ask(in));
    } else {
      REFUSED(in, BASE_TOO_LARGE, "where", "no index answers this query on member", ask(in));
    }
  }
}

static base_code filtered(world *in) {
  model_page page;
  return try_find(in, "{seen_at: 5}", "", &page);
}

static base_code sorted(world *in) {
  model_page page;
  return try_find(in, "", "['seen_at']", &page);
}

static base_code count_filtered(world *in) {
  int64_t count;
  return try_count(in, "{born: '1958-03-07'}", &count);
}

static base_code grouped(world *in) {
  base_slice groups;
  return try_groups(in, "{}", "owner", &groups);
}

static base_code grouped_by_index(world *in) {
  base_slice groups;
  return try_groups(in, "{spent: 7}", "born", &groups);
}

static void a_query_without_an_index_is_bounded(void **state) {
  world *in = *state;
  many_members(in, ROWS);
  assert_looks_at(in, ROWS, filtered);
  assert_looks_at(in, ROWS, sorted);
  assert_looks_at(in, ROWS, count_filtered);
  assert_looks_at(in, ROWS, grouped);
  assert_looks_at(in, 1, grouped_by_index);
  in->ctx.scan_rows = ROWS - 1;
  model_page page;
  REFUSED(in, BASE_TOO_LARGE, "where", "(where: born, seen_at; order: code) and 40 rows",
          try_find(in, "{born: '1958-03-07', seen_at: 5}", "['code']", &page));
  /* Ties that come the other way have to be collected. */
  REFUSED(in, BASE_TOO_LARGE, "where", NULL, try_find(in, "", "['phone', '-id']", &page));
}

/* Deleted records keep their rows in the record table. */
static void deleted_rows_are_looked_at(void **state) {
  world *in = *state;
  many_members(in, ROWS);
  for (int64_t id = 2; id <= ROWS; id++) world_delete(in, "member", id);
  assert_looks_at(in, ROWS, filtered);
  in->ctx.scan_rows = 1;
  int64_t count = 0;
  OK(in, try_count(in, "{}", &count));
  assert_int_equal(count, 1);
}

static void what_an_index_answers_alone_is_not_bounded(void **state) {
  world *in = *state;
  model_page page;
  int64_t count = 0;
  many_members(in, ROWS);
  in->ctx.scan_rows = 1;
  OK(in, try_find(in, "", "", &page));
  OK(in, try_find(in, "", "['-spent']", &page));
  assert_int_equal(world_id(page.items[0]), ROWS);
  OK(in, try_find(in, "{owner: '李静', born: {le: '1958-12-31'}}", "['born']", &page));
  assert_int_equal(page.count, 10);
  OK(in, try_count(in, "{}", &count));
  assert_int_equal(count, ROWS);
  OK(in, try_count(in, "{owner: '李静', born: '1966-10-01'}", &count));
  assert_int_equal(count, ROWS / 2);
}

/* --- counts and groups -------------------------------------------------------------------------- */

/* A bound of nil bounds nothing and matches nothing, also where an index could count. */
static void nil_bounds_count_nothing(void **state) {
  world *in = *state;
  static const char *const wheres[] = {
      "{owner: '李静', born: {ge: nil}}", "{owner: '李静', born: {le: nil}}",
      "{owner: '李静', born: {between: [nil, '1999-01-01']}}",
      "{owner: '李静', born: {between: ['1900-01-01', nil]}}", "{owner: '李静', born: {gt: nil}}"};
  int64_t count = 0;
  many_members(in, 6);
  member_with(in, "{name: '无生日', owner: '李静'}");
  for (size_t i = 0; i < sizeof wheres / sizeof wheres[0]; i++) {
    OK(in, try_count(in, wheres[i], &count));
    assert_int_equal(count, 0);
  }
  OK(in, try_count(in, "{owner: '李静', born: nil}", &count));
  assert_int_equal(count, 1);
}

static void groups_count_values_elements_and_nil(void **state) {
  world *in = *state;
  base_slice groups;
  member_with(in, "{name: '王秀兰', level: '金卡', tags: ['糖友', '老客户']}");
  member_with(in, "{name: '张建国', level: '普通', tags: ['老客户']}");
  member_with(in, "{name: '李梅', level: '金卡'}");
  member_with(in, "{name: '孙立伟', tags: []}");
  OK(in, try_groups(in, "{}", "level", &groups));
  assert_true(base_slice_equal(groups, world_value(in,
                                                   "[{key: nil, count: 1}, {key: '普通', "
                                                   "count: 1}, {key: '金卡', count: 2}]")));
  OK(in, try_groups(in, "{}", "tags", &groups));
  assert_true(base_slice_equal(groups, world_value(in,
                                                   "[{key: nil, count: 1}, {key: '糖友', "
                                                   "count: 1}, {key: '老客户', count: 2}]")));
  OK(in, try_groups(in, "{level: '金卡'}", "version", &groups));
  assert_true(base_slice_equal(groups, world_value(in, "[{key: 1, count: 2}]")));
  OK(in, try_groups(in, "{level: '白金'}", "level", &groups));
  assert_true(base_slice_equal(groups, world_value(in, "[]")));
  REFUSED(in, BASE_INVALID_ARGUMENT, "group", "cannot be grouped by levl → level",
          try_groups(in, "{}", "levl", &groups));
}

static void deleted_records_are_nowhere(void **state) {
  world *in = *state;
  model_page page;
  int64_t count = 0;
  static const char *const wheres[] = {"{}", "{code: 'K1'}", "{owner: '李静'}", "{tags: '糖友'}"};
  member_with(in, "{name: '王秀兰', code: 'K1', owner: '李静', tags: ['糖友']}");
  world_settle(in);
  world_delete(in, "member", 1);
  for (int settled = 0; settled <= 1; settled++) {
    for (size_t i = 0; i < sizeof wheres / sizeof wheres[0]; i++) {
      OK(in, try_find(in, wheres[i], "", &page));
      assert_int_equal(page.count, 0);
      OK(in, try_count(in, wheres[i], &count));
      assert_int_equal(count, 0);
    }
    world_settle(in);
  }
}

/* --- orders ------------------------------------------------------------------------------------- */

static void orders_are_checked(void **state) {
  world *in = *state;
  static const struct {
    const char *order;
    const char *says;
  } bad[] = {{"['nam']", "cannot order by nam (member has no such field"},
             {"['nam']", ": name"},
             {"['-']", "cannot order by"},
             {"[5]", "cannot order by"},
             {"['name', '-name']", "named twice"},
             {"['tags']", "or has no order)"},
             {"['phones']", "or has no order)"},
             {"'name'", "a list of field names"},
             {"{name: 1}", "a list of field names"},
             {"['name', 'phone', 'level', 'state', 'owner', 'spent', 'vip']", "at most 6"}};
  model_page page;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    REFUSED(in, BASE_INVALID_ARGUMENT, "order", bad[i].says, try_find(in, "", bad[i].order, &page));
  }
  OK(in, try_find(in, "", "nil", &page));
  OK(in, try_find(in, "", "['name', 'phone', 'level', 'state', 'owner', 'spent']", &page));
  /* Behind the number nothing is left to order. */
  OK(in, try_find(in, "", "['-id', 'name', 'seen_at']", &page));
}

/* --- cursors ------------------------------------------------------------------------------------ */

static base_code try_after(world *in, const model_query *asked, base_slice after,
                           model_page *page) {
  model_query query = *asked;
  query.after = after;
  return model_find(&in->ctx, &query, page);
}

static void a_cursor_belongs_to_its_query(void **state) {
  world *in = *state;
  model_page page;
  many_members(in, 30);
  model_query query = query_of(in, "{owner: '李静'}", "['born']");
  OK(in, model_find(&in->ctx, &query, &page));
  base_slice cursor = page.next;
  model_query others[] = {query_of(in, "{owner: '周强'}", "['born']"),
                          query_of(in, "{owner: '李静'}", "['-born']"),
                          query_of(in, "{owner: '李静'}", "['born', 'id']"),
                          query_of(in, "", "['born']"), query_of(in, "", "")};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    REFUSED(in, BASE_INVALID_ARGUMENT, "after", "not a cursor that this query",
            try_after(in, &others[i], cursor, &page));
  }
  /* The size of the next page may be another one, and a restart does not matter. */
  world_commit(in);
  store_close(in->store);
  world_open(in);
  world_read(in);
  query.limit = 500;
  OK(in, try_after(in, &query, cursor, &page));
  assert_int_equal(page.count, 20);
}

static void broken_cursors_are_refused(void **state) {
  world *in = *state;
  model_page page;
  many_members(in, 30);
  model_query query = query_of(in, "", "['born', '-name']");
  OK(in, model_find(&in->ctx, &query, &page));
  base_slice cursor = page.next;
  static const char *const broken[] = {"0",    "zz", "c0",       "90",
                                       "91c0", "80", "93010203", "9301a161a162"};
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    REFUSED(in, BASE_INVALID_ARGUMENT, "after", NULL,
            try_after(in, &query, text(broken[i]), &page));
  }
  for (size_t size = 1; size < cursor.size; size++) {
    REFUSED(in, BASE_INVALID_ARGUMENT, "after", NULL,
            try_after(in, &query, base_slice_make(cursor.data, size), &page));
  }
  base_slice longer = text(base_arena_format(in->arena, "%.*s00", BASE_SLICE_ARGS(cursor)));
  REFUSED(in, BASE_INVALID_ARGUMENT, "after", NULL, try_after(in, &query, longer, &page));
  char *huge = base_arena_alloc(in->arena, 100000);
  memset(huge, '9', 100000);
  REFUSED(in, BASE_INVALID_ARGUMENT, "after", NULL,
          try_after(in, &query, base_slice_make(huge, 100000), &page));
}

/* A cursor whose values were altered may begin elsewhere, but nothing worse happens. */
static void altered_cursors_do_no_harm(void **state) {
  world *in = *state;
  uint64_t seed = world_seed(17);
  model_page page;
  size_t refused = 0;
  many_members(in, 30);
  model_query query = query_of(in, "", "['owner', 'born', '-spent']");
  OK(in, model_find(&in->ctx, &query, &page));
  for (int i = 0; i < 4000; i++) {
    static const char digits[] = "0123456789abcdefxA ";
    char altered[256];
    size_t size = page.next.size < sizeof altered ? page.next.size : sizeof altered;
    model_page next;
    memcpy(altered, page.next.data, size);
    for (uint32_t times = 1 + world_random(&seed, 3); times > 0; times--) {
      uint32_t digit = world_random(&seed, sizeof digits - 1);
      altered[world_random(&seed, (uint32_t)size)] = digits[digit];
    }
    base_error_clear(&in->error);
    base_code code = try_after(in, &query, base_slice_make(altered, size), &next);
    assert_true(code == BASE_OK || code == BASE_INVALID_ARGUMENT);
    refused += code != BASE_OK;
  }
  assert_in_range(refused, 1000, 3999);
}

/* --- access ------------------------------------------------------------------------------------- */

static void strangers_find_nothing(void **state) {
  world *in = *state;
  model_page page;
  int64_t count = 0;
  base_slice groups;
  base_buffer out = {0};
  many_members(in, 3);
  in->ctx.actor = (model_actor){.name = text("访客")};
  model_query query = query_of(in, "", "");
  REFUSED(in, BASE_PERMISSION_DENIED, "type", NULL, model_find(&in->ctx, &query, &page));
  REFUSED(in, BASE_PERMISSION_DENIED, "type", NULL, try_count(in, "{}", &count));
  REFUSED(in, BASE_PERMISSION_DENIED, "type", NULL, try_groups(in, "{}", "owner", &groups));
  REFUSED(in, BASE_PERMISSION_DENIED, "type", NULL, model_explain(&in->ctx, &query, &out));
  in->ctx.actor.administrator = true;
  OK(in, model_find(&in->ctx, &query, &page));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(a_page_has_a_limit),
                                     TEST(the_last_page_has_no_cursor),
                                     TEST(a_query_without_an_index_is_bounded),
                                     TEST(deleted_rows_are_looked_at),
                                     TEST(what_an_index_answers_alone_is_not_bounded),
                                     TEST(nil_bounds_count_nothing),
                                     TEST(groups_count_values_elements_and_nil),
                                     TEST(deleted_records_are_nowhere),
                                     TEST(orders_are_checked),
                                     TEST(a_cursor_belongs_to_its_query),
                                     TEST(broken_cursors_are_refused),
                                     TEST(altered_cursors_do_no_harm),
                                     TEST(strangers_find_nothing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
