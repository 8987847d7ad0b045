/* export: pieces that are one file, whatever their size; CSV for spreadsheets. */
#include "imports.h"

typedef struct pieces {
  base_buffer data;
  size_t count;
  int64_t rows;
} pieces;

static base_slice with_after(shop *self, base_slice params, base_slice after) {
  base_buffer patch = {0};
  base_buffer out = {0};
  data_append_map(&patch, 1);
  data_append_pair_slice(&patch, "after", after);
  data_splice(params, base_buffer_slice(&patch), &out);
  base_slice made = base_arena_slice(self->arena, base_buffer_slice(&out));
  base_buffer_fini(&patch);
  base_buffer_fini(&out);
  return made;
}

/* All pieces; text and binary alike. */
static pieces read_all(shop *self, const api_session *session, base_slice params) {
  pieces all = {.count = 0};
  base_slice next = {0};
  do {
    data_value data;
    base_slice asked = next.size == 0 ? params : with_after(self, params, next);
    base_slice piece = shop_try_as(self, session, "export.read", asked);
    shop_check(self, self->error.code);
    assert_true(data_map_find(piece, "data", &data));
    base_buffer_append(&all.data, data.as.bytes.data, data.as.bytes.size);
    all.rows += data_map_integer(piece, "rows", -1);
    all.count++;
    next = data_map_text(piece, "next");
  } while (next.size > 0);
  return all;
}

static void fill(shop *self, int count) {
  base_buffer file = {0};
  base_buffer_text(&file, "name,phone\n");
  for (int i = 0; i < count; i++) base_buffer_format(&file, "顾客%d,138%08d\n", i, i);
  base_buffer_byte(&file, '\0');
  (void)send_file(self, start_customers(self), (const char *)file.data, 100000);
  base_buffer_fini(&file);
}

static void pieces_of_any_size_are_the_same_file(void **state) {
  shop *self = *state;
  static const char *const formats[] = {"jsonl", "msgpack", "csv"};
  fill(self, 50);
  for (size_t i = 0; i < 3; i++) {
    base_slice params = shop_map(self, "tt", "type", "customer", "format", formats[i]);
    pieces whole = read_all(self, &self->staff, params);
    assert_int_equal(whole.count, 1);
    assert_int_equal(whole.rows, 50);
    for (int64_t limit = 1; limit < 60; limit += 24) {
      params = shop_map(self, "tti", "type", "customer", "format", formats[i], "limit", limit);
      pieces parts = read_all(self, &self->staff, params);
      assert_true(parts.count >= (size_t)(50 / limit));
      assert_true(base_slice_equal(base_buffer_slice(&whole.data), base_buffer_slice(&parts.data)));
      base_buffer_fini(&parts.data);
    }
    base_buffer_fini(&whole.data);
  }
}

static void everything_comes_in_pieces_too(void **state) {
  shop *self = *state;
  fill(self, 10);
  base_slice task = shop_map(self, "tt", "title", "回访", "due_on", "2026-04-01");
  (void)shop_call(self, "record.create", shop_map(self, "tr", "type", "task", "values", task));
  for (int64_t i = 1; i < 4; i++) {
    (void)shop_call(self, "record.link",
                    shop_map(self, "titti", "type", "customer", "id", i, "name", "亲戚", "to_type",
                             "customer", "to_id", i + 1));
  }
  pieces whole = read_all(self, &self->administrator, (base_slice){0});
  pieces parts = read_all(self, &self->administrator, shop_map(self, "i", "limit", (int64_t)1));
  assert_true(base_slice_equal(base_buffer_slice(&whole.data), base_buffer_slice(&parts.data)));
  assert_true(parts.count >= (size_t)whole.rows);
  base_buffer_byte(&whole.data, '\0');
  assert_non_null(strstr((const char *)whole.data.data, "\"type\":\"timer\""));
  assert_non_null(strstr((const char *)whole.data.data, "\"type\":\"link\""));
  assert_null(strstr((const char *)whole.data.data, "\"type\":\"job\""));
  assert_null(strstr((const char *)whole.data.data, "\"type\":\"credential\""));
  /* Timers say on whose behalf things will happen: administrators see them. */
  pieces staff = read_all(self, &self->staff, (base_slice){0});
  assert_int_equal(staff.rows, whole.rows - 1);
  base_buffer_fini(&whole.data);
  base_buffer_fini(&parts.data);
  base_buffer_fini(&staff.data);
}

/* A piece ends when it has export.piece_bytes or more. */
static void a_piece_has_about_so_many_bytes(void **state) {
  shop *self = *state;
  fill(self, 30);
  base_slice params = shop_map(self, "t", "type", "customer");
  pieces whole = read_all(self, &self->staff, params);
  size_t size = whole.data.size;
  size_t before_last = size - 1;
  while (before_last > 0 && whole.data.data[before_last - 1] != '\n') before_last -= 1;
  static const struct {
    int more;
    size_t count;
  } limits[] = {{1, 1}, {0, 2}, {-1, 2}};
  for (size_t i = 0; i < 3; i++) {
    shop_stop(self);
    self->export_bytes = (size_t)((int64_t)before_last + limits[i].more);
    begin_engine(self);
    pieces parts = read_all(self, &self->staff, params);
    assert_int_equal(parts.count, limits[i].count);
    assert_int_equal(parts.data.size, size);
    base_buffer_fini(&parts.data);
  }
  base_buffer_fini(&whole.data);
}

static void a_where_and_columns_pick(void **state) {
  shop *self = *state;
  fill(self, 5);
  base_buffer names = {0};
  data_append_array(&names, 2);
  data_append_text(&names, "phone");
  data_append_text(&names, "id");
  base_slice where = shop_map(self, "t", "name", "顾客3");
  base_slice params = shop_map(self, "ttrr", "type", "customer", "format", "csv", "where", where,
                               "fields", base_buffer_slice(&names));
  pieces picked = read_all(self, &self->staff, params);
  assert_true(base_slice_is(base_buffer_slice(&picked.data), "phone,id\r\n13800000003,4\r\n"));
  base_buffer_fini(&picked.data);
  base_buffer_fini(&names);
}

static void refused(shop *self, base_slice params, const char *field) {
  shop_refused(self, BASE_INVALID_ARGUMENT, "export.read", params);
  assert_string_equal(self->error.field, field);
}

static void what_makes_no_sense_is_refused(void **state) {
  shop *self = *state;
  base_buffer names = {0};
  data_append_array(&names, 1);
  data_append_text(&names, "fone");
  refused(self, shop_map(self, "t", "format", "csv"), "type");
  refused(self, shop_map(self, "r", "where", shop_map(self, "t", "name", "x")), "type");
  refused(self, shop_map(self, "t", "type", "custmer"), "type");
  refused(self, shop_map(self, "t", "type", "credential"), "type");
  refused(self, shop_map(self, "t", "format", "xlsx"), "format");
  refused(self, shop_map(self, "i", "limit", (int64_t)0), "limit");
  refused(self, shop_map(self, "i", "limit", (int64_t)5001), "limit");
  refused(self, shop_map(self, "t", "after", "customer"), "after");
  refused(self, shop_map(self, "t", "after", "nobody/3"), "after");
  refused(self, shop_map(self, "t", "after", "link/0x"), "after");
  refused(self,
          shop_map(self, "ttr", "type", "customer", "format", "csv", "fields",
                   base_buffer_slice(&names)),
          "fields");
  (void)shop_call(self, "export.read", shop_map(self, "i", "limit", (int64_t)5000));
  base_buffer_fini(&names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, imports_begin, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(pieces_of_any_size_are_the_same_file), TEST(everything_comes_in_pieces_too),
      TEST(a_piece_has_about_so_many_bytes),      TEST(a_where_and_columns_pick),
      TEST(what_makes_no_sense_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
