/* rehearsal: dry runs of imports tell the truth, begin anew after a stop, share a bounded memory. */
#include "imports.h"

/* --- dry runs ------------------------------------------------------------------------------------ */

static void a_dry_run_answers_like_the_real_run(void **state) {
  shop *self = *state;
  restart_with(self, (api_import_options){.commit_rows = 2});
  int64_t dry = start_dry(self);
  (void)send_file(self, dry, MIXED, 50);
  assert_mixed(self, dry);
  assert_int_equal(shop_count(self, "customer"), 0);
  assert_int_equal(shop_count(self, "activity"), 0);
  int64_t real = start_customers(self);
  (void)send_file(self, real, MIXED, 50);
  assert_string_equal(results_of(self, dry), results_of(self, real));
  /* Once more, and every row is there already. */
  int64_t again = start_dry(self);
  (void)send_file(self, again, MIXED, 50);
  assert_counts(status_of(self, again), "done", 8, 0, 8);
}

static void a_dry_run_begins_anew_after_a_stop(void **state) {
  shop *self = *state;
  int64_t id = start_dry(self);
  size_t half = sizeof MIXED / 2;
  char *first = base_arena_text(self->arena, base_slice_make(MIXED, half));
  (void)send(self, id, 0, first, false);
  shop_stop(self);
  begin_engine(self);
  assert_int_equal(data_map_integer(status_of(self, id), "offset", -1), 0);
  (void)send_file(self, id, MIXED, 40);
  assert_mixed(self, id);
}

static void dry_runs_share_a_bounded_memory(void **state) {
  shop *self = *state;
  restart_with(self, (api_import_options){.dry_run_bytes = 150000});
  base_buffer file = {0};
  base_buffer_text(&file, "name,note\n");
  for (int i = 0; i < 100; i++) base_buffer_format(&file, "顾客%d,%0500d\n", i, i);
  size_t half = file.size;
  for (int i = 100; i < 300; i++) base_buffer_format(&file, "顾客%d,%0500d\n", i, i);
  int64_t first = start_dry(self);
  int64_t second = start_dry(self);
  base_slice part = base_slice_make(file.data, half);
  (void)shop_call(self, "import.data", data_params(self, first, 0, part, false));
  (void)shop_call(self, "import.data", data_params(self, second, 0, part, false));
  /* The second took the first one's place: that begins anew. */
  base_slice status = shop_call(
      self, "import.data", data_params(self, first, (int64_t)half, base_slice_text("x"), false));
  assert_int_equal(data_map_integer(status, "offset", -1), 0);
  /* One alone is too large. */
  int64_t third = start_dry(self);
  status =
      shop_call(self, "import.data", data_params(self, third, 0, base_buffer_slice(&file), true));
  assert_text(data_map_text(status, "state"), "failed");
  base_buffer_fini(&file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, imports_begin, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_dry_run_answers_like_the_real_run),
      TEST(a_dry_run_begins_anew_after_a_stop),
      TEST(dry_runs_share_a_bounded_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
