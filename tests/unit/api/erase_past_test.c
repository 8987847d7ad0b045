/* erase_past: of a record that moved, what was the person's then, in records and in rows. */
#include "api/erase_past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define CONTACT "contact-1"
#define OTHER "contact-2"

static store_change row(store_table table, const char *key) {
  return (store_change){.table = table, .key = base_slice_text(key)};
}

static void put(api_erase_past *past, uint64_t sequence, uint64_t previous, bool hers) {
  store_change change = row(STORE_RECORD, CONTACT);
  change.previous = previous;
  api_erase_past_put(past, sequence, &change, hers);
}

static void put_row(api_erase_past *past, uint64_t sequence, store_table table, const char *key,
                    const char *record) {
  store_change change = row(table, key);
  api_erase_past_put_row(past, sequence, &change, base_slice_text(record));
}

/* Whose a unique row was, its delete does not say. */
static void delete_row(api_erase_past *past, uint64_t sequence, store_table table,
                       const char *key) {
  store_change change = row(table, key);
  change.deleted = true;
  base_slice record = table == STORE_UNIQUE ? (base_slice){0} : base_slice_text(CONTACT);
  api_erase_past_delete_row(past, sequence, &change, record);
}

static api_erase_part part(api_erase_past *past, uint64_t sequence, store_table table,
                           const char *key) {
  store_change change = row(table, key);
  base_slice record = table == STORE_UNIQUE ? (base_slice){0} : base_slice_text(CONTACT);
  return api_erase_past_part(past, sequence, &change, record);
}

/* Entry 1 makes it, 2 changes a number, 3 moves it away, 4 changes the number again. */
static void moved_away(api_erase_past *past, store_table table) {
  put(past, 1, 0, true);
  put_row(past, 1, table, "111", CONTACT);
  delete_row(past, 2, table, "111");
  put(past, 2, 1, true);
  put_row(past, 2, table, "222", CONTACT);
  put(past, 3, 2, false);
  delete_row(past, 4, table, "222");
  put(past, 4, 3, false);
  put_row(past, 4, table, "444", CONTACT);
}

static void a_row_that_outlived_the_move_is_the_others(void **state) {
  static const store_table tables[] = {STORE_INDEX, STORE_UNIQUE, STORE_TEXT};
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    api_erase_past *past = api_erase_past_new();
    moved_away(past, tables[i]);
    for (uint64_t at = 1; at <= 4; at++) {
      assert_int_equal(part(past, at, STORE_RECORD, CONTACT),
                       at < 3 ? API_ERASE_WHOLE : API_ERASE_NONE);
    }
    assert_int_equal(part(past, 1, tables[i], "111"), API_ERASE_WHOLE);
    assert_int_equal(part(past, 2, tables[i], "111"), API_ERASE_WHOLE);
    assert_int_equal(part(past, 2, tables[i], "222"), API_ERASE_NONE);
    assert_int_equal(part(past, 4, tables[i], "222"), API_ERASE_NONE);
    assert_int_equal(part(past, 4, tables[i], "444"), API_ERASE_NONE);
    assert_true(api_erase_past_has(past, base_slice_text(CONTACT)));
    assert_false(api_erase_past_is(past, base_slice_text(CONTACT)));
    api_erase_past_free(past);
  }
}

/* The entry that moves it ends the row. */
static void a_row_that_goes_with_the_move_was_hers(void **state) {
  (void)state;
  api_erase_past *past = api_erase_past_new();
  put(past, 1, 0, true);
  put_row(past, 1, STORE_INDEX, "one/111", CONTACT);
  delete_row(past, 2, STORE_INDEX, "one/111");
  put(past, 2, 1, false);
  put_row(past, 2, STORE_INDEX, "two/111", CONTACT);
  assert_int_equal(part(past, 1, STORE_INDEX, "one/111"), API_ERASE_WHOLE);
  assert_int_equal(part(past, 2, STORE_INDEX, "one/111"), API_ERASE_WHOLE);
  assert_int_equal(part(past, 2, STORE_INDEX, "two/111"), API_ERASE_NONE);
  api_erase_past_free(past);
}

/* The key stays for the other, what the row said before the move goes. */
static void a_value_that_was_put_over_was_hers(void **state) {
  (void)state;
  api_erase_past *past = api_erase_past_new();
  put(past, 1, 0, true);
  put_row(past, 1, STORE_INDEX, "111", CONTACT);
  put(past, 2, 1, true);
  put_row(past, 2, STORE_INDEX, "111", CONTACT);
  put(past, 3, 2, false);
  put_row(past, 3, STORE_INDEX, "111", CONTACT);
  put(past, 4, 3, false);
  put_row(past, 4, STORE_INDEX, "111", CONTACT);
  assert_int_equal(part(past, 1, STORE_INDEX, "111"), API_ERASE_VALUE);
  assert_int_equal(part(past, 2, STORE_INDEX, "111"), API_ERASE_VALUE);
  assert_int_equal(part(past, 3, STORE_INDEX, "111"), API_ERASE_NONE);
  assert_int_equal(part(past, 4, STORE_INDEX, "111"), API_ERASE_NONE);
  api_erase_past_free(past);
}

/* Another's, the person's, and the other's again. */
static void what_was_before_is_the_others_too(void **state) {
  (void)state;
  api_erase_past *past = api_erase_past_new();
  put(past, 1, 0, false);
  put_row(past, 1, STORE_INDEX, "111", CONTACT);
  put(past, 2, 1, true);
  delete_row(past, 3, STORE_INDEX, "111");
  put(past, 3, 2, true);
  put_row(past, 3, STORE_INDEX, "333", CONTACT);
  delete_row(past, 4, STORE_INDEX, "333");
  put(past, 4, 3, true);
  put(past, 5, 4, false);
  assert_int_equal(part(past, 1, STORE_RECORD, CONTACT), API_ERASE_NONE);
  assert_int_equal(part(past, 2, STORE_RECORD, CONTACT), API_ERASE_WHOLE);
  assert_int_equal(part(past, 5, STORE_RECORD, CONTACT), API_ERASE_NONE);
  assert_int_equal(part(past, 1, STORE_INDEX, "111"), API_ERASE_NONE);
  assert_int_equal(part(past, 3, STORE_INDEX, "111"), API_ERASE_NONE);
  assert_int_equal(part(past, 3, STORE_INDEX, "333"), API_ERASE_WHOLE);
  assert_int_equal(part(past, 4, STORE_INDEX, "333"), API_ERASE_WHOLE);
  api_erase_past_free(past);
}

/* The journal was retired up to there: nothing tells of another. */
static void a_delete_without_its_put_was_hers(void **state) {
  (void)state;
  api_erase_past *past = api_erase_past_new();
  put(past, 7, 3, true);
  delete_row(past, 8, STORE_INDEX, "111");
  put(past, 8, 7, true);
  put(past, 9, 8, false);
  delete_row(past, 10, STORE_INDEX, "222");
  assert_int_equal(part(past, 8, STORE_INDEX, "111"), API_ERASE_WHOLE);
  assert_int_equal(part(past, 10, STORE_INDEX, "222"), API_ERASE_NONE);
  api_erase_past_free(past);
}

static void all_of_a_record_of_now_is_hers(void **state) {
  (void)state;
  api_erase_past *past = api_erase_past_new();
  api_erase_past_own(past, base_slice_text(CONTACT));
  moved_away(past, STORE_UNIQUE);
  for (uint64_t at = 1; at <= 4; at++) {
    assert_int_equal(part(past, at, STORE_RECORD, CONTACT), API_ERASE_WHOLE);
    assert_int_equal(part(past, at, STORE_INDEX, "any"), API_ERASE_WHOLE);
  }
  assert_int_equal(part(past, 2, STORE_UNIQUE, "111"), API_ERASE_WHOLE);
  assert_int_equal(part(past, 4, STORE_UNIQUE, "222"), API_ERASE_WHOLE);
  assert_int_equal(api_erase_past_count(past), 1);
  api_erase_past_free(past);
}

/* Whoever has the number later is not told by what the person had. */
static void a_number_that_another_took_is_the_others(void **state) {
  (void)state;
  api_erase_past *past = api_erase_past_new();
  put(past, 1, 0, true);
  put_row(past, 1, STORE_UNIQUE, "111", CONTACT);
  put_row(past, 2, STORE_UNIQUE, "111", OTHER);
  delete_row(past, 3, STORE_UNIQUE, "111");
  assert_int_equal(part(past, 1, STORE_UNIQUE, "111"), API_ERASE_WHOLE);
  assert_int_equal(part(past, 2, STORE_UNIQUE, "111"), API_ERASE_NONE);
  assert_int_equal(part(past, 3, STORE_UNIQUE, "111"), API_ERASE_NONE);
  api_erase_past_free(past);
}

/* An erasure was killed when the newest file of the journal was written anew: the delete of the number that the
 * person had is gone, and its put is not yet. The row is not in the tables; the one that moved is. */
static void a_row_that_ended_untold_was_hers(void **state) {
  (void)state;
  char directory[] = "/tmp/haoke-past-XXXXXX";
  store *opened = NULL;
  store_view *view = NULL;
  base_error error = {.language = BASE_EN};
  base_arena *arena = base_arena_new();
  assert_non_null(mkdtemp(directory));
  const store_options options = {.directory = directory, .map_bytes = (size_t)1 << 24};
  assert_int_equal(store_open(&options, &opened, &error), BASE_OK);
  assert_int_equal(store_view_open(opened, &view, &error), BASE_OK);
  store_change_set *now = store_change_set_new(view, arena);
  assert_int_equal(
      store_put(now, STORE_INDEX, base_slice_text("222"), base_slice_text("1"), &error), BASE_OK);
  api_erase_past *past = api_erase_past_new();
  put(past, 1, 0, true);
  put_row(past, 1, STORE_INDEX, "111", CONTACT);
  put(past, 2, 1, true);
  put_row(past, 2, STORE_INDEX, "222", CONTACT);
  put(past, 3, 2, false);
  assert_int_equal(part(past, 1, STORE_INDEX, "111"), API_ERASE_NONE);
  api_erase_past_end(past, now);
  assert_int_equal(part(past, 1, STORE_INDEX, "111"), API_ERASE_WHOLE);
  assert_int_equal(part(past, 2, STORE_INDEX, "222"), API_ERASE_NONE);
  api_erase_past_free(past);
  store_view_close(view);
  store_close(opened);
  store_remove(directory);
  base_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_row_that_outlived_the_move_is_the_others),
      cmocka_unit_test(a_row_that_goes_with_the_move_was_hers),
      cmocka_unit_test(a_value_that_was_put_over_was_hers),
      cmocka_unit_test(what_was_before_is_the_others_too),
      cmocka_unit_test(a_delete_without_its_put_was_hers),
      cmocka_unit_test(all_of_a_record_of_now_is_hers),
      cmocka_unit_test(a_number_that_another_took_is_the_others),
      cmocka_unit_test(a_row_that_ended_untold_was_hers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
