/* where: what each operator means, which mistakes are told, and thousands of random predicates against
 * an evaluation that does not know the model (SEG-07). */
#include "predicates.h"

#define RANDOM_PREDICATES 10000
#define RANDOM_RECORDS 60
#define RANDOM_TRIES 5

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, member_types, NULL);
  return 0;
}

static base_code compile(world *in, base_slice where, const model_where **compiled) {
  return model_where_compile(world_type(in, "member"), where, in->arena, compiled, &in->error);
}

static bool matches(world *in, const char *where, const char *record) {
  const model_where *compiled;
  OK(in, compile(in, world_value(in, "%s", where), &compiled));
  return model_where_match(compiled, world_value(in, "%s", record));
}

static void assert_matches(world *in, const char *record, const char *const *yes,
                           const char *const *no) {
  for (; *yes != NULL; yes++) {
    if (!matches(in, *yes, record)) fail_msg("%s does not match %s", *yes, record);
  }
  for (; *no != NULL; no++) {
    if (matches(in, *no, record)) fail_msg("%s matches %s", *no, record);
  }
}

#define LIST(...)                                                                                  \
  (const char *const[]) {                                                                          \
    __VA_ARGS__, NULL                                                                              \
  }

static void operators_compare(void **state) {
  world *in = *state;
  assert_matches(
      in, "{name: '王秀兰', spent: 100, vip: true, born: '1958-03-07', id: 7}",
      LIST("{}", "{name: '王秀兰'}", "{name: {eq: '王秀兰'}}", "{name: {ne: '王'}}",
           "{spent: {lt: 101}}", "{spent: {le: 100}}", "{spent: {gt: -5}}", "{spent: {ge: 100}}",
           "{spent: {in: [1, 100]}}", "{spent: {between: [100, 100]}}", "{name: {starts: '王秀'}}",
           "{name: {starts: ''}}", "{name: {ends: '兰'}}", "{name: {contains: '秀'}}",
           "{vip: true}", "{vip: {gt: false}}", "{born: {lt: '1958-03-08'}}", "{id: 7}",
           "{spent: {ge: 1, lt: 101}, vip: true}", "{name: {is_null: false}}"),
      LIST("{name: '王'}", "{name: {ne: '王秀兰'}}", "{spent: {lt: 100}}", "{spent: {le: 99}}",
           "{spent: {gt: 100}}", "{spent: {ge: 101}}", "{spent: {in: []}}", "{spent: {in: [1, 2]}}",
           "{spent: {between: [101, 200]}}", "{spent: {between: [200, 1]}}",
           "{name: {starts: '秀'}}", "{name: {ends: '王秀'}}", "{name: {contains: '英'}}",
           "{vip: false}", "{vip: {lt: true}}", "{born: {gt: '1958-03-07'}}", "{id: {ne: 7}}",
           "{spent: {ge: 1, lt: 100}}", "{name: {is_null: true}}"));
}

/* What is missing is nil: nil equals nil and is neither less nor greater than anything. */
static void nil_equals_nil_and_nothing_else(void **state) {
  world *in = *state;
  assert_matches(
      in, "{name: '王秀兰'}",
      LIST("{owner: nil}", "{owner: {eq: nil}}", "{owner: {ne: '李静'}}",
           "{owner: {in: ['李静', nil]}}", "{owner: {is_null: true}}", "{name: {ne: nil}}",
           "{tags: nil}", "{tags: {is_null: true}}", "{tags: {ne: '糖友'}}"),
      LIST("{owner: '李静'}", "{owner: {ne: nil}}", "{owner: {in: ['李静']}}",
           "{owner: {is_null: false}}", "{spent: {lt: 5}}", "{spent: {ge: -5}}",
           "{spent: {le: nil}}", "{spent: {ge: nil}}", "{spent: {between: [-9, 9]}}",
           "{name: {gt: nil}}", "{name: {le: nil}}", "{name: {between: [nil, '赵']}}",
           "{name: {between: ['a', nil]}}", "{owner: {starts: ''}}", "{owner: {contains: ''}}",
           "{name: nil}", "{tags: '糖友'}"));
}

static void one_element_of_a_list_is_enough(void **state) {
  world *in = *state;
  assert_matches(in, "{tags: ['糖友', '老客户']}",
                 LIST("{tags: '糖友'}", "{tags: '老客户'}", "{tags: {in: ['vip', '老客户']}}",
                      "{tags: {starts: '老'}}", "{tags: {ne: 'vip'}}", "{tags: {is_null: false}}",
                      "{tags: {ends: '友', starts: '老'}}"),
                 LIST("{tags: 'vip'}", "{tags: {ne: '糖友'}}", "{tags: {in: ['vip']}}",
                      "{tags: {is_null: true}}", "{tags: nil}", "{tags: {contains: '静'}}"));
  assert_matches(in, "{tags: []}", LIST("{tags: {is_null: true}}", "{tags: {ne: 'vip'}}"),
                 LIST("{tags: 'vip'}", "{tags: {starts: ''}}", "{tags: {is_null: false}}"));
}

/* The record's number counts in its normal form; parts are looked for as they are given. */
static void phones_compare_in_normal_form(void **state) {
  world *in = *state;
  assert_matches(
      in, "{phone: '+86 138-0000-1001', phones: ['0531-88881234', '139 0000 2001']}",
      LIST("{phone: '13800001001'}", "{phone: '（138）0000 1001'}", "{phone: {ne: '13800001002'}}",
           "{phone: {in: ['1', '０138-0000-1001']}}", "{phone: {ends: '1001'}}",
           "{phone: {starts: '1380'}}", "{phone: {between: ['138-0000-1000', '138-0000-1002']}}",
           "{phones: '(0531) 8888 1234'}", "{phones: '13900002001'}",
           "{phones: {contains: '88881234'}}", "{phones: {ne: '13800001001'}}"),
      LIST("{phone: '13800001002'}", "{phone: {ne: '138 0000 1001'}}", "{phone: {starts: '+86'}}",
           "{phone: {contains: '-'}}", "{phones: '138 0000 1001'}",
           "{phones: {ne: '+86 139 0000 2001'}}"));
}

static void of_a_group_one_alternative_must_hold(void **state) {
  world *in = *state;
  assert_matches(
      in, "{name: '王秀兰', level: '金卡', state: 'open'}",
      LIST("{any: [{level: '金卡'}, {level: '白金'}]}", "{any: [{level: '白金'}, {state: 'open'}]}",
           "{name: '王秀兰', any: [{}]}",
           "{any: [{level: '白金'}, {any: [{state: 'done'}, {name: {starts: '王'}}]}]}"),
      LIST("{any: [{level: '白金'}, {state: 'done'}]}", "{name: '李静', any: [{level: '金卡'}]}",
           "{any: [{level: '金卡', state: 'done'}]}"));
}

static void nothing_asked_is_always_true(void **state) {
  world *in = *state;
  const model_where *compiled;
  base_slice empty[] = {{0}, world_value(in, "nil"), world_value(in, "{}")};
  for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
    OK(in, compile(in, empty[i], &compiled));
    assert_true(model_where_match(compiled, world_value(in, "{name: '王'}")));
  }
}

static void mistakes_are_told(void **state) {
  world *in = *state;
  static const struct {
    const char *where;
    const char *field;
    const char *says;
  } bad[] = {
      {"{phon: '1'}", "phon", "member has no field phon; did you mean phone?"},
      {"{created_att: 1}", "created_att", "did you mean created_at?"},
      {"{warehouse: 1}", "warehouse", "member has no field warehouse"},
      {"{name: {like: '王'}}", "name", "unknown operator like; there are eq ne lt"},
      {"{name: 12}", "name", "the condition on name needs a value of kind text"},
      {"{spent: '12'}", "spent", "needs a value of kind money"},
      {"{vip: 1}", "vip", "needs a value of kind boolean"},
      {"{tags: 5}", "tags", "needs a value of kind text"},
      {"{tags: ['a']}", "tags", "needs a value of kind text"},
      {"{phones: {in: [1]}}", "phones", "needs a value of kind phone"},
      {"{spent: {in: 5}}", "spent", "needs a list"},
      {"{spent: {between: [1]}}", "spent", "exactly two values"},
      {"{spent: {between: [1, 2, 3]}}", "spent", "exactly two values"},
      {"{spent: {starts: '1'}}", "spent", "spent is money"},
      {"{name: {contains: 1}}", "name", "take a text"},
      {"{name: {contains: nil}}", "name", "take a text"},
      {"{name: {is_null: 1}}", "name", "takes true or false"},
      {"{any: []}", "any", "at least one"},
      {"{any: {name: '王'}}", "any", "at least one"},
      {"{any: [5]}", "where", "a map of fields"},
      {"{any: [{phon: '1'}]}", "phon", "did you mean phone?"},
      {"[1]", "where", "a map of fields"},
      {"'name'", "where", "a map of fields"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    const model_where *compiled;
    REFUSED(in, BASE_INVALID_ARGUMENT, bad[i].field, bad[i].says,
            compile(in, world_value(in, "%s", bad[i].where), &compiled));
  }
}

static void groups_nest_eight_deep(void **state) {
  world *in = *state;
  const model_where *compiled;
  for (int depth = 7; depth <= 8; depth++) {
    char where[200] = "{}";
    for (int i = 0; i < depth; i++) {
      char inner[200];
      memcpy(inner, where, sizeof inner);
      (void)snprintf(where, sizeof where, "{any: [%.150s]}", inner);
    }
    base_code code = compile(in, world_value(in, "%s", where), &compiled);
    assert_int_equal(code, depth == 7 ? BASE_OK : BASE_INVALID_ARGUMENT);
  }
}

/* Terms of one field are alternatives, wherever they stand; different fields must all hold. */
static void terms_become_a_where(void **state) {
  world *in = *state;
  const model_where *compiled;
  assert_int_equal(model_where_from_terms(NULL, in->arena).size, 0);
  base_slice where = model_where_from_terms(member_busy, in->arena);
  base_slice expected = world_value(in, "{state: {in: ['open', 'done']}, level: {in: ['金卡']}}");
  assert_true(base_slice_equal(where, expected));
  OK(in, compile(in, where, &compiled));
  assert_true(model_where_match(compiled, world_value(in, "{state: 'done', level: '金卡'}")));
  assert_false(model_where_match(compiled, world_value(in, "{state: 'done', level: '普通'}")));
}

/* Whether the record matches, of which the model and the predicate are of one mind. */
static bool agreed(world *in, const predicate *asked, const member *of, base_slice record) {
  const model_where *compiled;
  base_slice where = predicate_where(in, asked);
  OK(in, compile(in, where, &compiled));
  bool holds = predicate_holds(asked, of);
  if (model_where_match(compiled, record) == holds) return holds;
  for (size_t i = 0; i < where.size; i++) print_error("%02x", where.data[i]);
  fail_msg(" is not answered as it should be");
  return false;
}

static void random_predicates_agree(void **state) {
  world *in = *state;
  uint64_t seed = world_seed(20260307);
  members *all = BASE_NEW(in->arena, members);
  size_t held = 0;
  size_t count = world_queries(RANDOM_PREDICATES);
  world_write(in);
  for (size_t i = 0; i < RANDOM_RECORDS; i++) members_create(in, all, &seed);
  for (size_t i = 0; i < count; i++) {
    predicate asked = random_predicate(in, PREDICATE_DEPTH, &seed);
    for (size_t j = 0; j < RANDOM_TRIES; j++) {
      size_t at = world_random(&seed, RANDOM_RECORDS);
      held += agreed(in, &asked, &all->items[at], world_get(in, "member", (int64_t)at + 1));
    }
  }
  /* Both answers were given often. */
  assert_in_range(held, count, count * (RANDOM_TRIES - 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(operators_compare),
                                     TEST(nil_equals_nil_and_nothing_else),
                                     TEST(one_element_of_a_list_is_enough),
                                     TEST(phones_compare_in_normal_form),
                                     TEST(of_a_group_one_alternative_must_hold),
                                     TEST(nothing_asked_is_always_true),
                                     TEST(mistakes_are_told),
                                     TEST(groups_nest_eight_deep),
                                     TEST(terms_become_a_where),
                                     TEST(random_predicates_agree)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
