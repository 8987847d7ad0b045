/* kinds: paths, decimal numbers, durations and lunar dates in conditions, orders and indexes, against
 * an evaluation that takes names apart and counts in thousandths (SEG-03). */
#include "world.h"

#define PLACES 600
#define QUESTIONS 3000

static const data_field place_fields[] = {
    {.name = "region", .kind = DATA_KIND_TREE, .flags = DATA_INDEX},
    {.name = "price", .kind = DATA_KIND_DECIMAL, .flags = DATA_INDEX},
    {.name = "wait", .kind = DATA_KIND_DURATION, .flags = DATA_INDEX},
    {.name = "born", .kind = DATA_KIND_LUNAR_DATE, .flags = DATA_INDEX},
    {.name = "areas", .kind = DATA_KIND_LIST, .of = DATA_KIND_TREE},
    {.name = "rates", .kind = DATA_KIND_LIST, .of = DATA_KIND_DECIMAL, .flags = DATA_INDEX},
    {.name = "photo", .kind = DATA_KIND_FILE},
    {.name = NULL}};

static const model_index_definition place_indexes[] = {
    {.name = "region_price", .fields = {"region", "price", NULL}}, {.name = NULL}};

static const model_type_definition place_types[] = {
    {.name = "place", .fields = place_fields, .indexes = place_indexes}, {.name = NULL}};

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, place_types, NULL);
  return 0;
}

static bool matches(world *in, const char *where, const char *record) {
  const model_where *compiled;
  OK(in, model_where_compile(world_type(in, "place"), world_value(in, "%s", where), in->arena,
                             &compiled, &in->error));
  return model_where_match(compiled, world_value(in, "%s", record));
}

/* --- what the operators mean --------------------------------------------------------------------- */

static void under_means_whole_names_in_a_row(void **state) {
  world *in = *state;
  const char *jinan = "{region: '国内/山东/济南', areas: ['国外/日本', '国内/北京']}";
  static const char *const yes[] = {
      "{region: {under: '国内'}}",     "{region: {under: '山东'}}",
      "{region: {under: '济南'}}",     "{region: {under: ' 山东 ／ 济南 '}}",
      "{region: '国内 / 山东/济南'}",  "{region: {ne: '济南'}}",
      "{areas: {under: '北京'}}",      "{areas: {under: '国外'}}",
      "{region: {starts: '国内/山'}}", "{region: {in: ['济南', '国内/山东/济南']}}"};
  static const char *const no[] = {
      "{region: {under: '山'}}",  "{region: {under: '国内/济南'}}",
      "{region: '山东'}",         "{region: {under: '国内/山东/济南/历下'}}",
      "{areas: {under: '山东'}}", "{region: {in: ['济南']}}"};
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
    if (!matches(in, yes[i], jinan)) fail_msg("%s", yes[i]);
  }
  for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
    if (matches(in, no[i], jinan)) fail_msg("%s", no[i]);
  }
  assert_false(matches(in, "{region: {under: '国内'}}", "{price: '1'}"));
}

static void numbers_and_dates_compare_by_value(void **state) {
  world *in = *state;
  const char *record = "{price: '9.5', wait: 60000, born: '2025-06L-15', rates: ['0.1', '10']}";
  static const char *const yes[] = {"{price: '9.50'}",
                                    "{price: {lt: '10'}}",
                                    "{price: {lt: 10}}",
                                    "{price: {gt: '-10'}}",
                                    "{price: {between: ['9.49', '9.51']}}",
                                    "{price: {in: [1, '09.5']}}",
                                    "{wait: {le: 60000}}",
                                    "{born: '2025年闰六月十五'}",
                                    "{born: {gt: '2025-06-30'}}",
                                    "{born: {lt: '2025-07-01'}}",
                                    "{born: {starts: '2025-06L'}}",
                                    "{rates: '10.0'}",
                                    "{rates: {gt: 9}}"};
  static const char *const no[] = {"{price: {gt: '10'}}", "{price: 9}",
                                   "{wait: {gt: 60000}}", "{born: '2025-06-15'}",
                                   "{rates: {gt: 10}}",   "{rates: 1}"};
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
    if (!matches(in, yes[i], record)) fail_msg("%s", yes[i]);
  }
  for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
    if (matches(in, no[i], record)) fail_msg("%s", no[i]);
  }
}

static void mistakes_are_told(void **state) {
  world *in = *state;
  static const struct {
    const char *where;
    const char *field;
    const char *says;
  } bad[] = {{"{price: 'dear'}", "price", "a value of kind decimal"},
             {"{price: {in: ['1', 'x']}}", "price", "a value of kind decimal"},
             {"{price: {starts: '9'}}", "price", "price is decimal"},
             {"{price: {under: '9'}}", "price", "under takes a path"},
             {"{born: '2025-05L-01'}", "born", "a value of kind lunar_date"},
             {"{region: {under: ''}}", "region", "a value of kind tree"},
             {"{region: {under: '国内//济南'}}", "region", "a value of kind tree"},
             {"{region: {under: 5}}", "region", "under takes a path"},
             {"{region: {under: nil}}", "region", "under takes a path"},
             {"{region: {beneath: '国内'}}", "region", "contains under is_null"},
             {"{wait: '60000'}", "wait", "a value of kind duration"},
             {"{photo: {is_null: true, eq: 'x'}}", "photo", "cannot be used"}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    const model_where *compiled;
    REFUSED(in, BASE_INVALID_ARGUMENT, bad[i].field, bad[i].says,
            model_where_compile(world_type(in, "place"), world_value(in, "%s", bad[i].where),
                                in->arena, &compiled, &in->error));
  }
}

static void paths_cannot_be_unique_nor_files_indexed(void **state) {
  world *in = *state;
  static const data_field unique[] = {
      {.name = "region", .kind = DATA_KIND_TREE, .flags = DATA_UNIQUE}, {.name = NULL}};
  static const data_field indexed[] = {
      {.name = "photo", .kind = DATA_KIND_FILE, .flags = DATA_INDEX}, {.name = NULL}};
  static const model_type_definition types[][2] = {{{.name = "place", .fields = unique}, {0}},
                                                   {{.name = "place", .fields = indexed}, {0}}};
  REFUSED(in, BASE_VALIDATION_FAILED, "region", "cannot be unique",
          world_try_schema(in, types[0], NULL));
  REFUSED(in, BASE_VALIDATION_FAILED, "photo", "without an order",
          world_try_schema(in, types[1], NULL));
}

/* --- random places ------------------------------------------------------------------------------- */

static const char *const regions[] = {
    NULL,
    "国内",
    "国内/山东",
    "国内/山东/济南",
    "国内/山东/济南/历下",
    "国内/山东/青岛",
    "国内/吉林/吉林",
    "国内/吉林",
    "山东/济南",
    "国外/日本",
    "国外",
    "国内/山东省/济南市",
    "山/东",
    "分公司/华东大区的第一个很长的名字/第二个很长的名字/第三个名字"};
static const char *const terms[] = {"国内",
                                    "山东",
                                    "济南",
                                    "国内/山东",
                                    "山东/济南",
                                    "吉林",
                                    "国外",
                                    "山",
                                    "国内/济南",
                                    "历下",
                                    "吉林/吉林",
                                    "日本",
                                    "第三个名字",
                                    "国内/山东/济南",
                                    "华东大区的第一个很长的名字/第二个很长的名字/第三个名字"};
/* Texts as clients write them, and thousandths. */
static const struct {
  const char *typed;
  int64_t thousandths;
} prices[] = {{"-12.50", -12500}, {"-12.5", -12500}, {"-1", -1000},  {"-0.003", -3}, {"0", 0},
              {"0.003", 3},       {"0.10", 100},     {"0.1", 100},   {"1", 1000},    {"9.99", 9990},
              {"10", 10000},      {"10.5", 10500},   {"100", 100000}};

#define SOME(seed, list) (list)[draw((seed), sizeof(list) / sizeof(list)[0])]

static size_t draw(uint64_t *seed, size_t below) {
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (size_t)(*seed >> 33) % below;
}

typedef struct place {
  int64_t id;
  const char *region; /* NULL: none */
  int64_t price;      /* thousandths; INT64_MIN: none */
} place;

typedef struct question {
  const char *term;
  bool equal; /* else under */
  int64_t least;
  const char *least_typed; /* NULL: no bound */
  bool by_price;
} question;

/* Whether the names of `term` stand in a row among those of `path`. */
static bool lies_under(const char *path, const char *term) {
  char padded[320];
  char wanted[320];
  (void)snprintf(padded, sizeof padded, "/%s/", path);
  (void)snprintf(wanted, sizeof wanted, "/%s/", term);
  return strstr(padded, wanted) != NULL;
}

static bool holds(const question *asked, const place *of) {
  if (of->region == NULL) return false;
  bool there =
      asked->equal ? strcmp(of->region, asked->term) == 0 : lies_under(of->region, asked->term);
  bool dear = asked->least_typed == NULL || (of->price != INT64_MIN && of->price >= asked->least);
  return there && dear;
}

static int in_order(const void *a, const void *b) {
  const place *left = *(const place *const *)a;
  const place *right = *(const place *const *)b;
  if (left->price != right->price) return left->price < right->price ? -1 : 1;
  return left->id < right->id ? -1 : left->id > right->id;
}

static place create_place(world *in, uint64_t *seed) {
  size_t price = draw(seed, sizeof prices / sizeof prices[0] + 1);
  place made = {.region = SOME(seed, regions), .price = INT64_MIN};
  bool priced = price < sizeof prices / sizeof prices[0];
  if (priced) made.price = prices[price].thousandths;
  base_slice region =
      made.region == NULL ? world_value(in, "nil") : world_value(in, "'%s'", made.region);
  base_slice number =
      priced ? world_value(in, "'%s'", prices[price].typed) : world_value(in, "nil");
  base_buffer values = {0};
  data_append_map(&values, 2);
  data_append_pair_raw(&values, "region", region);
  data_append_pair_raw(&values, "price", number);
  base_slice record = world_create(in, "place", model_ctx_take(&in->ctx, &values));
  made.id = data_map_integer(record, "id", 0);
  return made;
}

static question draw_question(uint64_t *seed) {
  question made = {.equal = draw(seed, 4) == 0, .by_price = draw(seed, 2) == 0};
  const char *region = SOME(seed, regions);
  made.term = made.equal && region != NULL ? region : SOME(seed, terms);
  if (draw(seed, 2) == 0) {
    size_t i = draw(seed, sizeof prices / sizeof prices[0]);
    made.least = prices[i].thousandths;
    made.least_typed = prices[i].typed;
  }
  return made;
}

static base_slice where_of(world *in, const question *asked) {
  const char *op = asked->equal ? "eq" : "under";
  if (asked->least_typed == NULL) {
    return world_value(in, "{region: {%s: '%s'}}", op, asked->term);
  }
  return world_value(in, "{region: {%s: '%s'}, price: {ge: '%s'}}", op, asked->term,
                     asked->least_typed);
}

/* All pages, and the count, are what filtering and sorting by hand gives. */
static void ask(world *in, const place *places, const question *asked, uint64_t *seed) {
  const place *expected[PLACES];
  size_t count = 0;
  for (size_t i = 0; i < PLACES; i++) {
    if (holds(asked, &places[i])) expected[count++] = &places[i];
  }
  if (asked->by_price) qsort(expected, count, sizeof expected[0], in_order);
  const model_type *type = world_type(in, "place");
  base_slice where = where_of(in, asked);
  base_slice order = world_value(in, asked->by_price ? "['price']" : "['id']");
  model_query query = {
      .type = type, .where = where, .order = order, .limit = 1 + (int64_t)draw(seed, 60)};
  size_t at = 0;
  do {
    model_page page;
    OK(in, model_find(&in->ctx, &query, &page));
    for (size_t i = 0; i < page.count; i++, at++) {
      assert_true(at < count);
      assert_int_equal(data_map_integer(page.items[i], "id", 0), expected[at]->id);
    }
    query.after = page.next;
  } while (query.after.size > 0);
  assert_int_equal(at, count);
  int64_t counted = -1;
  OK(in, model_count(&in->ctx, type, where, &counted));
  assert_int_equal(counted, count);
}

static void count_finding(const char *finding, void *self) {
  print_error("%s\n", finding);
  ++*(int *)self;
}

static void indexes_answer_like_a_scan(void **state) {
  world *in = *state;
  static place places[PLACES];
  uint64_t seed = 20260307;
  int findings = 0;
  model_check_report report;
  world_write(in);
  for (size_t i = 0; i < PLACES; i++) places[i] = create_place(in, &seed);
  world_commit(in);
  world_read(in);
  base_arena *outer = in->ctx.arena;
  in->ctx.arena = base_arena_new();
  for (int i = 0; i < QUESTIONS; i++) {
    question asked = draw_question(&seed);
    ask(in, places, &asked, &seed);
    base_arena_reset(in->ctx.arena);
  }
  base_arena_free(in->ctx.arena);
  in->ctx.arena = outer;
  OK(in, model_check(&in->ctx, count_finding, &findings, &report));
  assert_int_equal(findings, 0);
  world_leave(in);
}

static base_slice explained(world *in, const char *where, const char *order, base_buffer *out) {
  model_query query = {.type = world_type(in, "place"),
                       .where = world_value(in, "%s", where),
                       .order = world_value(in, "%s", order)};
  base_buffer_clear(out);
  OK(in, model_explain(&in->ctx, &query, out));
  return base_buffer_slice(out);
}

static void conditions_use_their_indexes(void **state) {
  world *in = *state;
  base_buffer out = {0};
  world_read(in);
  base_slice plan = explained(in, "{region: {under: '山东'}}", "['price']", &out);
  assert_slice(data_map_text(plan, "index"), "region_price");
  assert_false(data_map_boolean(plan, "filter", false));
  plan = explained(in, "{region: '国内/山东'}", "['price']", &out);
  assert_slice(data_map_text(plan, "index"), "region_price");
  assert_true(data_map_boolean(plan, "filter", false)); /* rows say what it is under */
  plan = explained(in, "{price: {gt: '10'}}", "['price']", &out);
  assert_slice(data_map_text(plan, "index"), "price");
  plan = explained(in, "{wait: {le: 60000}}", "['wait']", &out);
  assert_slice(data_map_text(plan, "index"), "wait");
  plan = explained(in, "{born: {ge: '2025-01-01'}}", "['born']", &out);
  assert_slice(data_map_text(plan, "index"), "born");
  plan = explained(in, "{rates: 10}", "['id']", &out);
  assert_slice(data_map_text(plan, "index"), "rates");
  base_buffer_fini(&out);
  world_leave(in);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(under_means_whole_names_in_a_row),
                                     TEST(numbers_and_dates_compare_by_value),
                                     TEST(mistakes_are_told),
                                     TEST(paths_cannot_be_unique_nor_files_indexed),
                                     TEST(indexes_answer_like_a_scan),
                                     TEST(conditions_use_their_indexes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
