/* link: two rows for each link, lists from both ends, pages, and what a purge leaves (ARC-10). */
#include "agency.h"
#include "world.h"

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, agency_types, NULL);
  world_write(*state);
  for (int i = 1; i <= 6; i++) {
    world_create(*state, "customer", world_value(*state, "{name: '客户%d'}", i));
  }
  return 0;
}

static model_link between(world *in, int64_t id, const char *name, int64_t to) {
  const model_type *type = world_type(in, "customer");
  return (model_link){.type = type, .id = id, .name = text(name), .to_type = type, .to = to};
}

static void tie(world *in, int64_t id, const char *name, int64_t to) {
  model_link made = between(in, id, name, to);
  OK(in, model_link_create(&in->ctx, &made, 0));
}

static size_t count_rows(world *in) {
  size_t count = 0;
  base_slice key;
  base_slice value;
  base_slice none = {0};
  store_cursor *cursor = store_cursor_open(in->ctx.set, STORE_LINK, none, none, false);
  while (store_cursor_next(cursor, &key, &value)) count += 1;
  store_cursor_close(cursor);
  return count;
}

/* "朋友>2 配偶<3": name, direction and number of each. */
static const char *listed(world *in, model_link_query query) {
  base_buffer out = {0};
  model_link_page page;
  query.type = world_type(in, "customer");
  OK(in, model_link_find(&in->ctx, &query, &page));
  for (size_t i = 0; i < page.count; i++) {
    const model_link_item *item = &page.items[i];
    base_buffer_format(&out, "%s%.*s%s%" PRId64, i == 0 ? "" : " ", BASE_SLICE_ARGS(item->name),
                       item->out ? ">" : "<", world_id(item->record));
  }
  const char *all = base_arena_text(in->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return all;
}

#define ASSERT_LINKS(in, number, expected)                                                         \
  assert_string_equal(listed((in), (model_link_query){.id = (number)}), (expected))

static void both_ends_have_a_row(void **state) {
  world *in = *state;
  tie(in, 1, "朋友", 2);
  tie(in, 3, "朋友", 1);
  tie(in, 1, "朋友", 2);
  assert_int_equal(count_rows(in), 4);
  ASSERT_LINKS(in, 1, "朋友<3 朋友>2");
  ASSERT_LINKS(in, 2, "朋友<1");
  ASSERT_LINKS(in, 3, "朋友>1");
  model_link gone = between(in, 1, "朋友", 2);
  OK(in, model_link_delete(&in->ctx, &gone, 0));
  assert_int_equal(count_rows(in), 2);
  REFUSED(in, BASE_NOT_FOUND, "name", NULL, model_link_delete(&in->ctx, &gone, 0));
}

static void ends_must_be_there(void **state) {
  world *in = *state;
  model_link made = between(in, 1, "朋友", 9);
  REFUSED(in, BASE_NOT_FOUND, "to_id", NULL, model_link_create(&in->ctx, &made, 0));
  made = between(in, 9, "朋友", 1);
  REFUSED(in, BASE_NOT_FOUND, "id", NULL, model_link_create(&in->ctx, &made, 0));
  made = between(in, 1, "朋友", 1);
  REFUSED(in, BASE_INVALID_ARGUMENT, "to_id", NULL, model_link_create(&in->ctx, &made, 0));
}

static void survivors_list_each_pair_once(void **state) {
  world *in = *state;
  base_slice record;
  const model_type *type = world_type(in, "customer");
  tie(in, 1, "朋友", 2);
  tie(in, 1, "朋友", 3);
  tie(in, 4, "同事", 3);
  tie(in, 2, "重复", 3);
  OK(in, model_alias_create(&in->ctx, type, 3, 2, 0, &record));
  ASSERT_LINKS(in, 1, "朋友>2");
  ASSERT_LINKS(in, 2, "朋友<1 同事<4");
  ASSERT_LINKS(in, 3, "朋友<1 同事<4");
  model_link again = between(in, 3, "朋友", 1);
  OK(in, model_link_create(&in->ctx, &again, 0));
  assert_int_equal(again.id, 2);
  again = between(in, 1, "朋友", 3);
  OK(in, model_link_delete(&in->ctx, &again, 0));
  ASSERT_LINKS(in, 1, "朋友<2");
  OK(in, model_alias_delete(&in->ctx, type, 3, 0, 0, &record));
  ASSERT_LINKS(in, 3, "同事<4 重复<2");
}

static void pages_begin_behind_the_last(void **state) {
  world *in = *state;
  model_link_page page;
  base_slice record;
  for (int64_t to = 2; to <= 6; to++) tie(in, 1, to % 2 == 0 ? "甲" : "乙", to);
  OK(in, model_alias_create(&in->ctx, world_type(in, "customer"), 6, 1, 0, &record));
  model_link_query query = {.type = world_type(in, "customer"), .id = 1, .limit = 1};
  size_t count = 0;
  do {
    OK(in, model_link_find(&in->ctx, &query, &page));
    count += page.count;
    query.after = page.next;
  } while (page.next.size > 0);
  assert_int_equal(count, 4);
  query.after = text("zz");
  REFUSED(in, BASE_INVALID_ARGUMENT, "after", NULL, model_link_find(&in->ctx, &query, &page));
  query = (model_link_query){.type = query.type, .id = 1, .limit = 501};
  REFUSED(in, BASE_INVALID_ARGUMENT, "limit", NULL, model_link_find(&in->ctx, &query, &page));
}

static void a_purge_takes_the_rows_of_both_ends(void **state) {
  world *in = *state;
  base_slice record;
  tie(in, 1, "朋友", 2);
  tie(in, 2, "朋友", 3);
  world_delete(in, "customer", 2);
  ASSERT_LINKS(in, 1, "");
  assert_int_equal(count_rows(in), 4);
  OK(in, model_record_purge(&in->ctx, world_type(in, "customer"), 2, 0, &record));
  assert_int_equal(count_rows(in), 0);
}

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      LINK_TEST(both_ends_have_a_row),
      LINK_TEST(ends_must_be_there),
      LINK_TEST(survivors_list_each_pair_once),
      LINK_TEST(pages_begin_behind_the_last),
      LINK_TEST(a_purge_takes_the_rows_of_both_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
