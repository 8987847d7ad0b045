/* random: a long row of random ops on records, links, merges, the bin and the schema, with restarts, against a
 * mirror that knows how each must go (MERGE, ARC-10, ARC-11, ARC-13, ARC-16, SEG-07).
 *
 * HAOKE_TEST_OPS says how many; without it there are 60 000, or as many as fit into some seconds.
 * HAOKE_TEST_SEED repeats a run. */
#include "mirror_ops.h"

#define OPS 60000
#define SECONDS 12
#define LIVE_MOST 260 /* of a kind; above, more is taken away than made */
#define RESTART_EVERY 3000
#define PAGES_MOST 40

/* --- records ------------------------------------------------------------------------------------------- */

static void check_text(trial *t, base_slice record, const char *key, const char *expected) {
  base_slice text = data_map_text(record, key);
  if (expected == NULL ? text.size == 0 : base_slice_is(text, expected)) return;
  COMPLAIN(t->server, "%s is \"%.*s\", not \"%s\"", key, BASE_SLICE_ARGS(text),
           expected == NULL ? "" : expected);
}

static void check_number(trial *t, base_slice record, const char *key, int64_t expected) {
  int64_t number = data_map_integer(record, key, NONE);
  if (number == expected) return;
  COMPLAIN(t->server, "%s of %.*s %lld is %lld, not %lld", key,
           BASE_SLICE_ARGS(data_map_text(record, "type")),
           (long long)data_map_integer(record, "id", 0), (long long)number, (long long)expected);
}

static void check_customer(trial *t, const thing *one, base_slice record) {
  char day[16];
  unsigned tags = 0;
  data_value list;
  t->set = set_of(t->mirror, CUSTOMER, one->id);
  sums all = sums_of(t->mirror, &t->set);
  check_text(t, record, "owner", one->owner == NONE ? NULL : owners[one->owner]);
  check_text(t, record, "region", one->region == NONE ? NULL : regions[one->region]);
  check_number(t, record, "order_count", all.count);
  check_number(t, record, "order_total", all.total);
  check_text(t, record, "last_order_on", all.day == NONE ? NULL : date_text(all.day, day));
  if (!data_map_find(record, "tags", &list)) list = (data_value){0};
  data_walk walk = data_walk_begin(list.raw);
  while (list.type == DATA_ARRAY && data_walk_next(&walk)) {
    for (size_t i = 0; i < COUNT(tag_names); i++) {
      if (base_slice_is(walk.value.as.bytes, tag_names[i])) tags |= 1u << i;
    }
  }
  assert_int_equal(tags, one->tags);
}

static void check_merged(trial *t, const thing *one, base_slice record) {
  data_value merged = {0};
  data_map_find(record, "merged", &merged);
  size_t count = merged.type == DATA_ARRAY ? merged.as.count : 0;
  if (count != one->merged_count) COMPLAIN(t->server, "merged has %zu", count);
  data_walk walk = data_walk_begin(merged.raw);
  while (count > 0 && data_walk_next(&walk)) {
    assert_int_equal(walk.value.as.integer, one->merged[walk.index]);
  }
}

static void check_record(trial *t, const thing *one, base_slice record) {
  check_number(t, record, "id", one->id);
  check_number(t, record, "version", one->version);
  check_number(t, record, reference_name(one->kind), one->reference == 0 ? NONE : one->reference);
  if (one->kind != ORDER) check_text(t, record, "name", names[one->name]);
  if (one->kind == CUSTOMER) check_customer(t, one, record);
  for (size_t i = 0; i < t->mirror->custom_count[one->kind]; i++) {
    check_number(t, record, t->mirror->customs[one->kind][i].name, one->customs[i]);
  }
  check_merged(t, one, record);
}

static void ask_record(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  const thing *one = meant(t->mirror, of, id);
  (void)named(t, of, id, 0);
  server_expect(t->server, "record.get", one == NULL ? BASE_NOT_FOUND : BASE_OK);
  if (one != NULL) check_record(t, one, server_result(t->server));
}

/* --- lists ----------------------------------------------------------------------------------------------- */

typedef struct listing {
  mirror *mirror;
  int column; /* ordered by; NONE: the number alone */
  bool descending;
  bool id_descending;
  size_t count;
  int64_t ids[RESULTS_MAX];
  kind of;
} listing;

static int compare_ids(const void *a, const void *b, void *self) {
  const listing *list = self;
  const thing *one = stored_thing(list->mirror, list->of, *(const int64_t *)a);
  const thing *other = stored_thing(list->mirror, list->of, *(const int64_t *)b);
  int order = 0;
  if (list->column != NONE) {
    order =
        compare_values(list->column, value_of(one, list->column), value_of(other, list->column));
  }
  if (order != 0) return list->descending ? -order : order;
  order = one->id < other->id ? -1 : one->id > other->id;
  return list->id_descending ? -order : order;
}

static void expect_list(trial *t, const question *q, listing *list) {
  const table *all = &t->mirror->tables[q->of];
  for (size_t i = 0; i < all->present_count; i++) {
    const thing *one = stored_thing(t->mirror, q->of, all->present[i]);
    if (question_holds(t->mirror, one, q)) list->ids[list->count++] = one->id;
  }
  qsort_r(list->ids, list->count, sizeof *list->ids, compare_ids, list);
}

static void choose_order(trial *t, listing *list) {
  static const int columns[] = {NONE,          COLUMN_ID,        COLUMN_NAME, COLUMN_OWNER,
                                COLUMN_REGION, COLUMN_REFERENCE, COLUMN_DAY,  COLUMN_CUSTOM};
  list->column = columns[below(&t->by, COUNT(columns))];
  if (list->column == COLUMN_CUSTOM) list->column += below(&t->by, CUSTOM_MAX);
  if (list->column != NONE && !has_column(t->mirror, list->of, list->column)) list->column = NONE;
  list->descending = list->column != NONE && often(&t->by, 50);
  list->id_descending = list->descending;
}

static void append_order(trial *t, listing *list, base_buffer *out) {
  char name[24];
  bool own_tie = list->column != NONE && list->column != COLUMN_ID && often(&t->by, 30);
  data_append_text(out, "order");
  data_append_array(out, (list->column != NONE) + (size_t)own_tie);
  if (list->column != NONE) {
    (void)snprintf(name, sizeof name, "%s%s", list->descending ? "-" : "",
                   column_name(t->mirror, list->of, list->column));
    data_append_text(out, name);
  }
  if (!own_tie) return;
  list->id_descending = often(&t->by, 50);
  data_append_text(out, list->id_descending ? "-id" : "id");
}

/* One page; returns how many ids it has, and puts the cursor into `after`. */
static size_t read_page(trial *t, const listing *list, size_t at, base_buffer *after) {
  data_value items;
  base_slice page = call_ok(t, "record.find");
  assert_true(data_map_find(page, "items", &items));
  data_walk walk = data_walk_begin(items.raw);
  while (data_walk_next(&walk)) {
    int64_t id = data_map_integer(walk.value.raw, "id", 0);
    if (at < list->count && list->ids[at] == id) {
      at += 1;
      continue;
    }
    COMPLAIN(t->server, "place %zu of %zu has %lld, not %lld", at, list->count, (long long)id,
             at < list->count ? (long long)list->ids[at] : 0LL);
  }
  base_slice next = data_map_text(page, "next");
  base_buffer_clear(after);
  base_buffer_append(after, next.data, next.size);
  return items.as.count;
}

static void ask_list(trial *t, kind of) {
  static const size_t limits[] = {1, 2, 7, 50, 500};
  static listing list;
  question q = random_question(t->mirror, of, &t->by);
  base_buffer after = {0};
  base_buffer order = {0};
  list = (listing){.mirror = t->mirror, .of = of};
  choose_order(t, &list);
  append_order(t, &list, &order);
  expect_list(t, &q, &list);
  size_t limit = limits[below(&t->by, COUNT(limits))];
  if (list.count > limit * PAGES_MOST) limit = 500;
  size_t at = 0;
  do {
    base_buffer *out = server_params(t->server, after.size > 0 ? 6 : 5);
    data_append_pair_text(out, "type", kind_names[of]);
    data_append_text(out, "where");
    append_where(t->mirror, &q, out);
    base_buffer_append(out, order.data, order.size);
    data_append_pair_integer(out, "limit", (int64_t)limit);
    data_append_pair_boolean(out, "deleted", q.deleted);
    if (after.size > 0) data_append_pair_slice(out, "after", base_buffer_slice(&after));
    at += read_page(t, &list, at, &after);
  } while (after.size > 0);
  if (at != list.count) COMPLAIN(t->server, "%zu of %zu were listed", at, list.count);
  base_buffer_fini(&after);
  base_buffer_fini(&order);
}

static void ask_count(trial *t, kind of) {
  static listing list;
  question q = random_question(t->mirror, of, &t->by);
  q.deleted = false;
  list = (listing){.mirror = t->mirror, .of = of, .column = NONE};
  expect_list(t, &q, &list);
  base_buffer *out = server_params(t->server, 2);
  data_append_pair_text(out, "type", kind_names[of]);
  data_append_text(out, "where");
  append_where(t->mirror, &q, out);
  check_number(t, call_ok(t, "record.count"), "count", (int64_t)list.count);
}

/* By the reference: who was merged counts for the survivor. */
static void ask_groups(trial *t, kind of) {
  data_value groups;
  base_buffer *out = server_params(t->server, 2);
  data_append_pair_text(out, "type", kind_names[of]);
  data_append_pair_text(out, "group", reference_name(of));
  assert_true(data_map_find(call_ok(t, "record.count"), "groups", &groups));
  const table *all = &t->mirror->tables[of];
  int64_t total = 0;
  data_walk walk = data_walk_begin(groups.raw);
  while (data_walk_next(&walk)) {
    int64_t key = data_map_integer(walk.value.raw, "key", 0);
    int64_t expected = 0;
    for (size_t i = 0; i < all->present_count; i++) {
      const thing *one = stored_thing(t->mirror, of, all->present[i]);
      int64_t root = one->reference == 0 ? 0 : root_of(t->mirror, CUSTOMER, one->reference);
      expected += alive(one) && root == key;
    }
    check_number(t, walk.value.raw, "count", expected);
    total += expected;
  }
  int64_t live = 0;
  for (size_t i = 0; i < all->present_count; i++) {
    live += alive(stored_thing(t->mirror, of, all->present[i]));
  }
  assert_int_equal(total, live);
}

/* --- links and history -------------------------------------------------------------------------------------- */

/* Whether the pair of ends has come before, under another number. */
static bool came_before(trial *t, const link_row *asked, size_t at) {
  for (size_t i = 0; i < at; i++) {
    if (joins(t->mirror, &t->mirror->links[i], asked)) return true;
  }
  return false;
}

static size_t count_ends(trial *t, const thing *one, const link_row *row, size_t at) {
  int64_t from = root_of(t->mirror, row->type, row->id);
  int64_t to = root_of(t->mirror, row->to_type, row->to);
  bool begins_here = row->type == one->kind && from == one->id;
  bool ends_here = row->to_type == one->kind && to == one->id;
  if (begins_here == ends_here || came_before(t, row, at)) return 0;
  return begins_here ? meant(t->mirror, row->to_type, to) != NULL
                     : meant(t->mirror, row->type, from) != NULL;
}

static void check_link(trial *t, const thing *one, base_slice item) {
  link_row row = {0};
  bool out = base_slice_is(data_map_text(item, "direction"), "out");
  kind other = base_slice_is(data_map_text(item, "type"), "customer") ? CUSTOMER : CONTACT;
  int64_t id = data_map_integer(item, "id", 0);
  while (!base_slice_is(data_map_text(item, "name"), link_names[row.name])) row.name += 1;
  row.type = out ? one->kind : other;
  row.id = out ? one->id : id;
  row.to_type = out ? other : one->kind;
  row.to = out ? id : one->id;
  const thing *end = meant(t->mirror, other, id);
  if (end == NULL || end->id != id || count_links(t->mirror, &row) == 0) {
    COMPLAIN(t->server, "%s %lld is not linked with %lld", kind_names[other], (long long)id,
             (long long)one->id);
  }
  check_text(t, item, "title", names[end->name]);
}

static void ask_links(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  const thing *one = meant(t->mirror, of, id);
  data_value items;
  size_t expected = 0;
  data_append_pair_integer(named(t, of, id, 1), "limit", 500);
  server_expect(t->server, "record.links", one == NULL ? BASE_NOT_FOUND : BASE_OK);
  if (one == NULL) return;
  for (size_t i = 0; i < t->mirror->link_count; i++) {
    expected += count_ends(t, one, &t->mirror->links[i], i);
  }
  assert_true(data_map_find(server_result(t->server), "items", &items));
  if (items.as.count != expected)
    COMPLAIN(t->server, "%u links, not %zu", items.as.count, expected);
  data_walk walk = data_walk_begin(items.raw);
  while (data_walk_next(&walk)) check_link(t, one, walk.value.raw);
}

static void ask_history(trial *t, kind of) {
  int64_t id = random_number(t->mirror, of, &t->by);
  const thing *one = stored_thing(t->mirror, of, id);
  data_value items;
  data_append_pair_integer(named(t, of, id, 1), "limit", 500);
  server_expect(t->server, "record.history", one == NULL ? BASE_NOT_FOUND : BASE_OK);
  if (one == NULL) return;
  assert_true(data_map_find(server_result(t->server), "items", &items));
  int64_t expected = one->changes < 500 ? one->changes : 500;
  if (items.as.count != expected) {
    COMPLAIN(t->server, "%s %lld changed %u times, not %lld", kind_names[of], (long long)id,
             items.as.count, (long long)expected);
  }
  data_walk walk = data_walk_begin(items.raw);
  data_walk_next(&walk);
  check_number(t, walk.value.raw, "version", one->version);
}

/* --- the run ------------------------------------------------------------------------------------------------ */

static void change(trial *t) {
  static const kind makes[] = {CUSTOMER, CUSTOMER, CONTACT, ORDER};
  kind of = makes[below(&t->by, COUNT(makes))];
  bool many = t->mirror->tables[of].present_count > LIVE_MOST;
  kind merged = of == ORDER ? CUSTOMER : of;
  int what = below(&t->by, 100);
  if (what < 24) {
    if (many)
      try_delete(t, of);
    else if (of == ORDER)
      try_order(t);
    else
      try_create(t, of);
  } else if (what < 48) {
    if (of == ORDER)
      try_cancel(t);
    else if (often(&t->by, 30))
      try_change_phone(t);
    else
      try_update(t, of);
  } else if (what < 55) {
    try_delete(t, of);
  } else if (what < 63) {
    try_restore(t, of);
  } else if (what < (many ? 78 : 70)) {
    try_purge(t, of);
  } else if (what < 81) {
    try_merge(t, merged);
  } else if (what < 88) {
    try_unmerge(t, merged);
  } else if (what < 95) {
    try_link(t);
  } else {
    try_unlink(t);
  }
}

static void ask(trial *t) {
  kind of = (kind)below(&t->by, KINDS);
  switch (below(&t->by, 8)) {
    case 0:
    case 1:
    case 2:
      ask_list(t, of);
      break;
    case 3:
      ask_count(t, of);
      break;
    case 4:
      ask_groups(t, of);
      break;
    case 5:
      ask_links(t, of == ORDER ? CUSTOMER : of);
      break;
    case 6:
      ask_history(t, of);
      break;
    default:
      ask_record(t, of);
  }
}

static void make_product(trial *t) {
  base_buffer *out = server_params(t->server, 2);
  data_append_pair_text(out, "type", "product");
  data_append_text(out, "values");
  data_append_map(out, 2);
  data_append_pair_text(out, "name", "灵芝茶");
  data_append_pair_integer(out, "price", PRICE);
  (void)call_ok(t, "record.create");
}

/* Fields come while there are records, and are used at once. */
static bool time_for_a_field(trial *t) {
  return t->server->op % 500 == 250 && often(&t->by, 60);
}

static long wanted_ops(void) {
  const char *wanted = getenv("HAOKE_TEST_OPS");
  return wanted == NULL ? OPS : atol(wanted);
}

static uint64_t wanted_seed(void) {
  const char *wanted = getenv("HAOKE_TEST_SEED");
  return wanted == NULL ? base_clock_monotonic() | 1 : strtoull(wanted, NULL, 10);
}

static void the_server_does_what_the_mirror_says(void **state) {
  trial t = {.server = *state, .mirror = calloc(1, sizeof(mirror))};
  uint64_t end = base_clock_monotonic() + (uint64_t)SECONDS * 1000000000u;
  long ops = wanted_ops();
  bool bounded = getenv("HAOKE_TEST_OPS") == NULL;
  t.server->seed = wanted_seed();
  t.by.state = t.server->seed;
  print_message("seed %llu\n", (unsigned long long)t.server->seed);
  make_product(&t);
  for (t.server->op = 0; t.server->op < ops; t.server->op++) {
    if (bounded && base_clock_monotonic() > end) break;
    if (time_for_a_field(&t))
      try_define(&t, (kind)below(&t.by, 2));
    else if (often(&t.by, 75))
      change(&t);
    else
      ask(&t);
    if (t.server->op % RESTART_EVERY != RESTART_EVERY - 1) continue;
    server_stop(t.server);
    server_start(t.server);
  }
  server_settle(t.server);
  server_verify(t.server);
  print_message("%ld ops, %llu journal entries\n", t.server->op,
                (unsigned long long)store_info_get(t.server->store).sequence);
  mirror_free(t.mirror);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
      the_server_does_what_the_mirror_says, server_begin, server_end)};
  base_log_set_level(BASE_LOG_ERROR);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
