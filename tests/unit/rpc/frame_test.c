/* frame: messages cut out of bytes that arrive in any pieces; broken ones; what is kept. */
#include "rpc/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const data_limits limits = {.bytes = 4096, .depth = 8, .items = 64, .map_entries = 16};

/* [0, 1, "server.ping", []], [0, 2, "server.ping", [{"客户": "李静"}]] and a lone 7. */
static const char three[] =
    "\x94\x00\x01\xabserver.ping\x90"
    "\x94\x00\x02\xabserver.ping\x91\x81\xa6\xe5\xae\xa2\xe6\x88\xb7\xa6\xe6\x9d\x8e\xe9\x9d\x99"
    "\x07";
static const size_t ends[] = {16, 47, 48};
#define THREE_SIZE (sizeof three - 1)

static rpc_frame frame;
static base_error error;

static int make_frame(void **state) {
  (void)state;
  error = (base_error){.language = BASE_EN};
  rpc_frame_init(&frame, limits);
  return 0;
}

static int free_frame(void **state) {
  (void)state;
  rpc_frame_fini(&frame);
  return 0;
}

static void expect_message(size_t number) {
  base_slice message;
  size_t begin = number == 0 ? 0 : ends[number - 1];
  assert_int_equal(rpc_frame_next(&frame, &message, &error), RPC_FRAME_READY);
  assert_int_equal(message.size, ends[number] - begin);
  assert_memory_equal(message.data, three + begin, message.size);
}

static void messages_in_one_read_are_cut_where_they_lie(void **state) {
  (void)state;
  base_slice message;
  rpc_frame_offer(&frame, base_slice_make(three, THREE_SIZE));
  for (size_t i = 0; i < 3; i++) expect_message(i);
  assert_int_equal(rpc_frame_next(&frame, &message, &error), RPC_FRAME_MORE);
  rpc_frame_keep(&frame);
  assert_null(frame.kept.data);
}

/* Every way to deliver the bytes in two reads gives the same three messages. */
static void a_cut_anywhere_changes_nothing(void **state) {
  (void)state;
  for (size_t cut = 0; cut <= THREE_SIZE; cut++) {
    base_slice message;
    size_t number = 0;
    while (number < 3 && ends[number] <= cut) number++;
    rpc_frame_offer(&frame, base_slice_make(three, cut));
    for (size_t i = 0; i < number; i++) expect_message(i);
    assert_int_equal(rpc_frame_next(&frame, &message, &error), RPC_FRAME_MORE);
    rpc_frame_keep(&frame);
    rpc_frame_offer(&frame, base_slice_make(three + cut, THREE_SIZE - cut));
    for (size_t i = number; i < 3; i++) expect_message(i);
    rpc_frame_keep(&frame);
    assert_null(frame.kept.data);
  }
}

static void a_byte_at_a_time_is_enough(void **state) {
  (void)state;
  size_t number = 0;
  for (size_t i = 0; i < THREE_SIZE; i++) {
    base_slice message;
    /* From a place that is gone afterwards, as a read buffer is. */
    uint8_t byte = (uint8_t)three[i];
    rpc_frame_offer(&frame, base_slice_make(&byte, 1));
    bool ready = rpc_frame_next(&frame, &message, &error) == RPC_FRAME_READY;
    assert_int_equal(ready, i + 1 == ends[number]);
    if (ready) number++;
    rpc_frame_keep(&frame);
  }
  assert_int_equal(number, 3);
}

/* A connection at its limit stops in the middle of what it read. */
static void what_is_not_taken_now_is_there_later(void **state) {
  (void)state;
  rpc_frame_offer(&frame, base_slice_make(three, THREE_SIZE));
  expect_message(0);
  rpc_frame_keep(&frame);
  rpc_frame_offer(&frame, base_slice_make(NULL, 0));
  expect_message(1);
  rpc_frame_keep(&frame);
  rpc_frame_offer(&frame, base_slice_make(NULL, 0));
  expect_message(2);
  rpc_frame_keep(&frame);
  assert_null(frame.kept.data);
}

static void expect_broken(const char *bytes, size_t size, base_code code) {
  base_slice message;
  rpc_frame_offer(&frame, base_slice_make(bytes, size));
  assert_int_equal(rpc_frame_next(&frame, &message, &error), RPC_FRAME_BROKEN);
  assert_int_equal(error.code, code);
  assert_ptr_equal(message.data, bytes);
  rpc_frame_keep(&frame);
  assert_null(frame.kept.data);
}

static void a_broken_message_drops_all_that_came_with_it(void **state) {
  (void)state;
  expect_broken("\xc1\x90\x90", 3, BASE_BAD_REQUEST);
}

static void announced_gigabytes_are_refused_before_they_come(void **state) {
  (void)state;
  expect_broken("\x94\x00\x01\xa1x\xdd\xff\xff\xff\xff", 10, BASE_TOO_LARGE);
}

static void depth_is_limited(void **state) {
  (void)state;
  expect_broken("\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90", 10, BASE_TOO_LARGE);
}

static void text_that_is_not_utf8_is_refused(void **state) {
  (void)state;
  expect_broken("\x94\x00\x01\xa2\xff\xfe\x90", 7, BASE_BAD_REQUEST);
}

static void a_key_twice_is_refused(void **state) {
  (void)state;
  expect_broken("\x82\xa1x\x01\xa1x\x02", 7, BASE_BAD_REQUEST);
}

/* Limits rise with the login: at the limit passes, one byte over does not. */
static void new_limits_hold_from_the_next_message(void **state) {
  (void)state;
  data_limits small = {.bytes = 4, .depth = 2, .items = 8, .map_entries = 2};
  base_slice message;
  rpc_frame_limit(&frame, small);
  rpc_frame_offer(&frame, base_slice_text("\xa3"
                                          "abc"
                                          "\xa4"
                                          "abcd"));
  assert_int_equal(rpc_frame_next(&frame, &message, &error), RPC_FRAME_READY);
  rpc_frame_keep(&frame);
  rpc_frame_limit(&frame, limits);
  rpc_frame_offer(&frame, base_slice_make(NULL, 0));
  assert_int_equal(rpc_frame_next(&frame, &message, &error), RPC_FRAME_READY);
  rpc_frame_keep(&frame);
  rpc_frame_limit(&frame, small);
  expect_broken(
      "\xa4"
      "abcd",
      5, BASE_TOO_LARGE);
}

#define FRAME_TEST(name) cmocka_unit_test_setup_teardown(name, make_frame, free_frame)

int main(void) {
  const struct CMUnitTest tests[] = {
      FRAME_TEST(messages_in_one_read_are_cut_where_they_lie),
      FRAME_TEST(a_cut_anywhere_changes_nothing),
      FRAME_TEST(a_byte_at_a_time_is_enough),
      FRAME_TEST(what_is_not_taken_now_is_there_later),
      FRAME_TEST(a_broken_message_drops_all_that_came_with_it),
      FRAME_TEST(announced_gigabytes_are_refused_before_they_come),
      FRAME_TEST(depth_is_limited),
      FRAME_TEST(text_that_is_not_utf8_is_refused),
      FRAME_TEST(a_key_twice_is_refused),
      FRAME_TEST(new_limits_hold_from_the_next_message),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
