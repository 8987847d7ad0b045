/* search: by characters, Latin letters, pinyin, first letters and digits, mixed; ranks, types, where,
 * bounds; rows of the text table through the life of a record. */
#include "guests.h"

static bool finds(world *in, const char *words, int64_t id) {
  model_search_page page = search(in, words);
  for (size_t i = 0; i < page.count; i++) {
    if (page.items[i].id == id && strcmp(page.items[i].type->name, "guest") == 0) return true;
  }
  return false;
}

static void check_finds(world *in, const char *words, int64_t id, bool expected) {
  if (finds(in, words, id) != expected) {
    fail_msg("\"%s\" %s %" PRId64, words, expected ? "does not find" : "finds", id);
  }
}

/* Each of the texts finds the guest; none behind the NULL does. */
static void check_all(world *in, int64_t id, const char *const *texts) {
  for (; *texts != NULL; texts++) check_finds(in, *texts, id, true);
  for (texts++; *texts != NULL; texts++) check_finds(in, *texts, id, false);
}

#define FINDS(in, id, ...) check_all((in), (id), (const char *const[]){__VA_ARGS__, NULL, NULL})
#define MISSES(in, id, ...) check_all((in), (id), (const char *const[]){NULL, __VA_ARGS__, NULL})

static void titles(world *in, const char *words, const char *expected) {
  model_search_page page = search(in, words);
  base_buffer line = {0};
  for (size_t i = 0; i < page.count; i++) {
    if (i > 0) base_buffer_byte(&line, ' ');
    base_buffer_append(&line, page.items[i].title.data, page.items[i].title.size);
  }
  base_slice got = base_arena_slice(in->arena, base_buffer_slice(&line));
  base_buffer_fini(&line);
  assert_slice(got, expected);
}

/* --- what is found ------------------------------------------------------------------------------ */

static void any_two_characters(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "济南漱玉平民大药房（历下店）", NULL);
  FINDS(in, id, "济南", "玉平", "药房", "房历", "历下店", "济南漱玉平民大药房（历下店）");
  FINDS(in, id, "药房 济南", "店　历");
  MISSES(in, id, "济漱", "房店", "济南 青岛", "南济");
}

static void one_character(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "王建", NULL);
  int64_t alone = add_guest(in, "王", NULL);
  FINDS(in, id, "王", "建", "w", "j");
  FINDS(in, alone, "王", "wang", "w");
  MISSES(in, alone, "汪", "建");
}

static void pinyin_in_full_and_first_letters(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "张建国", NULL);
  FINDS(in, id, "zhangjianguo", "jianguo", "zhang", "guo", "ZhangJianGuo", "ｚｈａｎｇ",
        "jian guo");
  FINDS(in, id, "zjg", "zj", "jg", "zhjg", "ZJG");
  FINDS(in, id, "zhangjg", "zjianguo", "zhangjiang", "zhangji", "zha", "jiangu", "张jg",
        "zhang建国");
  MISSES(in, id, "zangjianguo", "zgj", "zhanjianguo", "zg", "jianguozhang", "ang", "ianguo", "hjg");
}

static void polyphonic_characters_and_family_names(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "曾乐行", NULL);
  FINDS(in, id, "zeng", "ceng", "zengyue", "cengle", "zlx", "clh", "zyh", "zenglexing", "yuehang");
  MISSES(in, id, "cheng", "zll");
  id = add_guest(in, "单仇区解", NULL);
  FINDS(in, id, "shan", "dan", "qiu", "chou", "ou", "qu", "xie", "jie", "sqox", "dcqj");
  id = add_guest(in, "尉迟敬德", NULL);
  FINDS(in, id, "yuchi", "weichi", "ycjd", "wcjd");
}

static void u_with_dots(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "吕女略", NULL);
  FINDS(in, id, "lv", "lu", "lü", "LÜ", "lvnv", "lunu", "nvlve", "nulue", "lnl");
  int64_t other = add_guest(in, "陆居", NULL);
  FINDS(in, other, "lu", "luju", "lujv");
  MISSES(in, other, "lv");
}

static void latin_words_and_digits(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "维生素C咀嚼片 100片 New York", NULL);
  FINDS(in, id, "维生素c", "素C咀", "c咀", "ｃ", "100", "00", "100片", "片100", "new", "york",
        "ork");
  FINDS(in, id, "suc", "wss", "newyork", "York new", "suc100", "c咀100");
  MISSES(in, id, "ny", "200", "素d");
}

static void latin_and_chinese_inside_one_word(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "abcde王fg李1", NULL);
  FINDS(in, id, "abcdewangfgli", "ewf", "dew", "e王", "cdewf", "g李1", "gli1", "fgl", "wfgl",
        "abcde");
  MISSES(in, id, "abcdf", "wangg");
}

static void phone_numbers(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "李娜", "+86 138-0531-7624");
  FINDS(in, id, "7624", "624", "24", "317624", "13805317624", "138 0531 7624", "+8613805317624");
  FINDS(in, id, "138", "1380", "0531", "5317", "８６１３８０５３１７６２４", "053", "3805317");
  FINDS(in, id, "李7624", "李娜138", "ln24", "lina531", "娜 7624");
  MISSES(in, id, "7625", "139", "4267", "李7625", "王7624", "138053176240");
  id = add_guest(in, "门店", "0531-88881234转801");
  FINDS(in, id, "1234801", "88881234", "053188881234", "0531-88881234", "801");
  base_slice many = world_value(in, "{name: '赵', other_phones: ['13900002001', '0531-66667777']}");
  id = data_map_integer(world_create(in, "guest", many), "id", 0);
  FINDS(in, id, "2001", "66667777", "赵2001");
}

static void elements_of_tags(void **state) {
  world *in = *state;
  open_shop(in);
  base_slice values = world_value(in, "{name: '李娜', nicknames: ['娜娜姐', 'Nana']}");
  int64_t id = data_map_integer(world_create(in, "guest", values), "id", 0);
  FINDS(in, id, "娜娜", "nana", "nnj", "李娜 娜娜", "nan");
  MISSES(in, id, "娜李", "姐n");
}

static void other_scripts(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "さくら🌸Привет 𠙶山", NULL);
  FINDS(in, id, "さく", "くら", "🌸", "привет", "ПРИ", "ou山", "𠙶", "oushan", "ら🌸п");
  MISSES(in, id, "らさ", "🌺");
}

/* --- order, types, where ------------------------------------------------------------------------- */

static void better_places_come_first(void **state) {
  world *in = *state;
  open_shop(in);
  add_guest(in, "小王芳", NULL);
  add_guest(in, "李芳 王芳", NULL);
  add_guest(in, "王芳芳", NULL);
  add_guest(in, "王芳", NULL);
  titles(in, "王芳", "王芳 王芳芳 李芳 王芳 小王芳");
  titles(in, "wangfang", "王芳 王芳芳 李芳 王芳 小王芳");
}

static void whole_readings_come_before_beginnings(void **state) {
  world *in = *state;
  open_shop(in);
  add_guest(in, "梁一", NULL);
  add_guest(in, "刘一", NULL);
  add_guest(in, "李一", NULL);
  add_guest(in, "Li一", NULL);
  add_guest(in, "罗一", NULL);
  titles(in, "li", "Li一 李一 刘一 梁一"); /* equal ones: the newest first */
}

static void the_field_that_names_comes_first(void **state) {
  world *in = *state;
  open_shop(in);
  world_create(in, "dish", world_value(in, "{title: '炒饭', text: '鱼香肉丝'}"));
  world_create(in, "dish", world_value(in, "{title: '鱼香肉丝', text: '下饭'}"));
  model_search_page page = search(in, "鱼香");
  assert_int_equal(page.count, 2);
  assert_slice(page.items[0].title, "鱼香肉丝");
  assert_string_equal(page.items[0].field->name, "title");
  assert_string_equal(page.items[1].field->name, "text");
}

static void what_changed_last_comes_first(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t old = add_guest(in, "王芳", NULL);
  add_guest(in, "王方", NULL);
  titles(in, "wf", "王方 王芳");
  in->ctx.now += 1;
  world_update(in, "guest", old, world_value(in, "{note: '来过'}"));
  titles(in, "wf", "王芳 王方");
}

static base_code try_search(world *in, const char *words, base_slice list, base_slice where,
                            int64_t limit, model_search_page *page) {
  model_search_query query = {.text = text(words), .types = list, .where = where, .limit = limit};
  return model_search(&in->ctx, &query, page);
}

static void types_and_where(void **state) {
  world *in = *state;
  base_slice none = {0};
  model_search_page page;
  open_shop(in);
  world_create(in, "guest", world_value(in, "{name: '鱼香', owner: '李静'}"));
  world_create(in, "guest", world_value(in, "{name: '鱼香', owner: '周强'}"));
  world_create(in, "dish", world_value(in, "{title: '鱼香肉丝'}"));
  in->ctx.actor.administrator = true;
  base_slice record;
  OK(in, model_record_create(&in->ctx, world_type(in, "secret"), world_value(in, "{name: '鱼香'}"),
                             MODEL_TRUSTED, &record));
  assert_int_equal(search(in, "鱼香").count, 3);
  OK(in, try_search(in, "鱼香", world_value(in, "['dish']"), none, 0, &page));
  assert_int_equal(page.count, 1);
  OK(in, try_search(in, "鱼香", none, world_value(in, "{owner: '李静'}"), 0, &page));
  assert_int_equal(page.count, 1);
  OK(in, try_search(in, "鱼香", none, world_value(in, "{title: {starts: '鱼'}}"), 0, &page));
  assert_int_equal(page.count, 1);
  OK(in, try_search(in, "鱼香", none, none, 1, &page));
  assert_int_equal(page.count, 1);
  REFUSED(in, BASE_INVALID_ARGUMENT, "ownr", "owner",
          try_search(in, "鱼香", none, world_value(in, "{ownr: '李静'}"), 0, &page));
  REFUSED(in, BASE_INVALID_ARGUMENT, "owner", NULL,
          try_search(in, "鱼香", world_value(in, "['guest', 'dish']"),
                     world_value(in, "{owner: '李静'}"), 0, &page));
  REFUSED(in, BASE_INVALID_ARGUMENT, "type", "guest",
          try_search(in, "鱼香", world_value(in, "['gest']"), none, 0, &page));
  REFUSED(in, BASE_INVALID_ARGUMENT, "type", NULL,
          try_search(in, "鱼香", world_value(in, "['secret']"), none, 0, &page));
  REFUSED(in, BASE_INVALID_ARGUMENT, "types", "quiet",
          try_search(in, "鱼香", world_value(in, "['quiet']"), none, 0, &page));
}

static void who_may_not_read_finds_nothing(void **state) {
  world *in = *state;
  model_search_page page;
  base_slice none = {0};
  open_shop(in);
  add_guest(in, "鱼香", NULL);
  in->ctx.actor.staff = false;
  assert_int_equal(search(in, "鱼香").count, 0);
  REFUSED(in, BASE_PERMISSION_DENIED, "type", NULL,
          try_search(in, "鱼香", world_value(in, "['guest']"), none, 0, &page));
}

static void limits(void **state) {
  world *in = *state;
  model_search_page page;
  base_slice none = {0};
  open_shop(in);
  for (int i = 0; i < 101; i++) add_guest(in, "王芳", NULL);
  OK(in, try_search(in, "王芳", none, none, 0, &page));
  assert_int_equal(page.count, MODEL_SEARCH_DEFAULT);
  OK(in, try_search(in, "王芳", none, none, 1, &page));
  assert_int_equal(page.count, 1);
  OK(in, try_search(in, "王芳", none, none, MODEL_SEARCH_MAX, &page));
  assert_int_equal(page.count, 100);
  REFUSED(in, BASE_INVALID_ARGUMENT, "limit", "100",
          try_search(in, "王芳", none, none, MODEL_SEARCH_MAX + 1, &page));
  REFUSED(in, BASE_INVALID_ARGUMENT, "limit", NULL, try_search(in, "王芳", none, none, -1, &page));
  REFUSED(in, BASE_INVALID_ARGUMENT, "text", NULL, try_search(in, "？ ！", none, none, 0, &page));
}

static void beyond_scan_rows_the_page_says_so(void **state) {
  world *in = *state;
  open_shop(in);
  for (int i = 0; i < 30; i++) add_guest(in, "王芳", NULL);
  in->ctx.scan_rows = 29;
  assert_false(search(in, "王芳").complete);
  assert_int_equal(search(in, "王芳").count, 29);
  in->ctx.scan_rows = 30;
  assert_true(search(in, "王芳").complete);
  in->ctx.scan_rows = 31;
  assert_true(search(in, "王芳").complete);
  int64_t rare = add_guest(in, "王芳圆", NULL);
  in->ctx.scan_rows = 2; /* enough for the rarest of its letters */
  assert_true(search(in, "王芳圆").complete);
  check_finds(in, "wangfangyuan", rare, true);
}

/* --- rows ---------------------------------------------------------------------------------------- */

static void rows_follow_the_record(void **state) {
  world *in = *state;
  base_slice record;
  open_shop(in);
  int64_t id = add_guest(in, "张建国", "13800001001");
  assert_int_equal(text_rows(in), 3 + 6);
  FINDS(in, id, "张建", "1001");
  size_t size = store_change_set_size(in->ctx.set);
  world_settle(in);
  world_update(in, "guest", id, world_value(in, "{note: '喜欢靠窗'}"));
  assert_true(store_change_set_size(in->ctx.set) < size);
  assert_int_equal(text_rows(in), 9);
  world_update(in, "guest", id, world_value(in, "{name: '张建军', phone: nil}"));
  assert_int_equal(text_rows(in), 3);
  FINDS(in, id, "建军", "zjj");
  MISSES(in, id, "建国", "1001");
  check_clean(in);
  OK(in, model_record_delete(&in->ctx, world_type(in, "guest"), id, 0, &record));
  assert_int_equal(text_rows(in), 0);
  MISSES(in, id, "建军");
  check_clean(in);
}

static void an_unrelated_update_touches_no_row(void **state) {
  world *in = *state;
  open_shop(in);
  int64_t id = add_guest(in, "张建国", "13800001001");
  world_settle(in);
  world_update(in, "guest", id, world_value(in, "{note: '喜欢靠窗', name: '张建国'}"));
  size_t with_note = store_change_set_size(in->ctx.set);
  world_drop(in);
  world_update(in, "guest", id, world_value(in, "{note: '喜欢靠窗'}"));
  assert_int_equal(store_change_set_size(in->ctx.set), with_note);
}

static void long_texts_are_searched_up_to_a_bound(void **state) {
  world *in = *state;
  open_shop(in);
  base_buffer name = {0};
  for (int i = 0; i < MODEL_TEXT_LETTERS - 2; i++) base_buffer_text(&name, i % 2 ? "长" : "行");
  base_buffer_text(&name, "王芳李静");
  base_buffer_byte(&name, '\0');
  int64_t id = add_guest(in, (const char *)name.data, NULL);
  base_buffer_fini(&name);
  FINDS(in, id, "王芳", "xingchang", "长王芳");
  MISSES(in, id, "芳李", "李静");
  assert_true(text_rows(in) < 40); /* one row for each gram, however often it is there */
  check_clean(in);
}

static void check_sees_rows_that_are_wrong(void **state) {
  world *in = *state;
  base_slice key;
  base_slice value;
  base_slice none = {0};
  model_check_report report;
  open_shop(in);
  add_guest(in, "张建国", NULL);
  world_settle(in);
  store_cursor *cursor = store_cursor_open(in->ctx.set, STORE_TEXT, none, none, false);
  assert_true(store_cursor_next(cursor, &key, &value));
  key = base_arena_slice(in->arena, key);
  store_cursor_close(cursor);
  OK(in, store_delete(in->ctx.set, STORE_TEXT, key, &in->error));
  REFUSED(in, BASE_INTERNAL, NULL, NULL, model_check(&in->ctx, NULL, NULL, &report));
  world_drop(in);
  OK(in, store_put(in->ctx.set, STORE_TEXT, text("stray"), none, &in->error));
  REFUSED(in, BASE_INTERNAL, NULL, NULL, model_check(&in->ctx, NULL, NULL, &report));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(any_two_characters),
      TEST(one_character),
      TEST(pinyin_in_full_and_first_letters),
      TEST(polyphonic_characters_and_family_names),
      TEST(u_with_dots),
      TEST(latin_words_and_digits),
      TEST(latin_and_chinese_inside_one_word),
      TEST(phone_numbers),
      TEST(elements_of_tags),
      TEST(other_scripts),
      TEST(better_places_come_first),
      TEST(whole_readings_come_before_beginnings),
      TEST(the_field_that_names_comes_first),
      TEST(what_changed_last_comes_first),
      TEST(types_and_where),
      TEST(who_may_not_read_finds_nothing),
      TEST(limits),
      TEST(beyond_scan_rows_the_page_says_so),
      TEST(rows_follow_the_record),
      TEST(an_unrelated_update_touches_no_row),
      TEST(long_texts_are_searched_up_to_a_bound),
      TEST(check_sees_rows_that_are_wrong),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
