/* buffer: growth, clearing, formats. */
#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_zeroed_buffer_is_empty(void **state) {
  (void)state;
  base_buffer buffer = {0};
  assert_int_equal(base_buffer_slice(&buffer).size, 0);
  base_buffer_append(&buffer, NULL, 0);
  assert_int_equal(buffer.size, 0);
  base_buffer_fini(&buffer);
}

static void appends_follow_one_another(void **state) {
  (void)state;
  base_buffer buffer = {0};
  base_buffer_text(&buffer, "订单 ");
  base_buffer_format(&buffer, "%d:%s", 42, "三七粉");
  base_buffer_byte(&buffer, '!');
  assert_true(base_slice_is(base_buffer_slice(&buffer), "订单 42:三七粉!"));
  base_buffer_fini(&buffer);
}

static void many_bytes_are_all_there(void **state) {
  (void)state;
  base_buffer buffer = {0};
  for (size_t i = 0; i < 100000; i++) base_buffer_byte(&buffer, (uint8_t)(i * 7));
  assert_int_equal(buffer.size, 100000);
  for (size_t i = 0; i < 100000; i++) assert_int_equal(buffer.data[i], (uint8_t)(i * 7));
  base_buffer_fini(&buffer);
}

static void reserved_room_is_there_and_size_stays(void **state) {
  (void)state;
  base_buffer buffer = {0};
  base_buffer_text(&buffer, "ab");
  memset(base_buffer_reserve(&buffer, 10000), 'c', 10000);
  assert_int_equal(buffer.size, 2);
  assert_true(buffer.capacity >= 10002);
  assert_non_null(base_buffer_reserve(&buffer, 0));
  base_buffer_fini(&buffer);
}

static void clearing_keeps_the_memory(void **state) {
  (void)state;
  base_buffer buffer = {0};
  base_buffer_format(&buffer, "%*d", 5000, 1);
  assert_int_equal(buffer.size, 5000);
  const uint8_t *data = buffer.data;
  base_buffer_clear(&buffer);
  base_buffer_text(&buffer, "x");
  assert_ptr_equal(buffer.data, data);
  assert_int_equal(buffer.size, 1);
  base_buffer_fini(&buffer);
  assert_null(buffer.data);
  assert_int_equal(buffer.capacity, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_zeroed_buffer_is_empty),
      cmocka_unit_test(appends_follow_one_another),
      cmocka_unit_test(many_bytes_are_all_there),
      cmocka_unit_test(reserved_room_is_there_and_size_stays),
      cmocka_unit_test(clearing_keeps_the_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
