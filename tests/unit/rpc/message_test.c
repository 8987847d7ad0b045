/* message: envelopes read, ids found in what is broken, replies and errors written and read back. */
#include "rpc/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static base_slice bytes_of(const char *bytes, size_t size) {
  return base_slice_make(bytes, size);
}
#define BYTES(literal) bytes_of((literal), sizeof(literal) - 1)

static base_code read_message(base_slice bytes, rpc_message *message) {
  base_error error = {.language = BASE_EN};
  return rpc_message_read(bytes, message, &error);
}

static void a_request_is_read(void **state) {
  (void)state;
  rpc_message message;
  assert_int_equal(read_message(BYTES("\x94\x00\xce\xff\xff\xff\xff\xa6ping.x\x91\x80"), &message),
                   BASE_OK);
  assert_int_equal(message.kind, RPC_MESSAGE_REQUEST);
  assert_int_equal(message.id, UINT32_MAX);
  assert_true(base_slice_is(message.method, "ping.x"));
  assert_int_equal(message.params.as.count, 1);
}

static void a_notification_and_a_response_are_read(void **state) {
  (void)state;
  rpc_message message;
  assert_int_equal(read_message(BYTES("\x93\x02\xa5"
                                      "event\x91\x90"),
                                &message),
                   BASE_OK);
  assert_int_equal(message.kind, RPC_MESSAGE_NOTIFICATION);
  assert_true(base_slice_is(message.method, "event"));
  assert_int_equal(read_message(BYTES("\x93\x02\xc4\x05"
                                      "event\x90"),
                                &message),
                   BASE_OK);
  assert_int_equal(message.kind, RPC_MESSAGE_NOTIFICATION);
  assert_int_equal(read_message(BYTES("\x94\x01\x07\xc0\x2a"), &message), BASE_OK);
  assert_int_equal(message.kind, RPC_MESSAGE_RESPONSE);
  assert_int_equal(message.id, 7);
  assert_int_equal(message.error.type, DATA_NIL);
  assert_int_equal(data_peek(message.result).as.integer, 42);
}

/* What is no message, and the id that an error reply can still be sent to. */
static const struct {
  const char *name;
  const char *bytes;
  size_t size;
  bool has_id;
} wrong[] = {
#define WRONG(name, literal, has_id)                                                               \
  { name, literal, sizeof(literal) - 1, has_id }
    WRONG("a number", "\x07", false),
    WRONG("a map", "\x81\xa1x\x01", false),
    WRONG("an empty array", "\x90", false),
    WRONG("only a kind", "\x91\x00", false),
    WRONG("three elements", "\x93\x00\x09\xa1x", true),
    WRONG("five elements", "\x95\x00\x09\xa1x\x90\x90", true),
    WRONG("method is a number", "\x94\x00\x09\x01\x90", true),
    WRONG("method is binary", "\x94\x00\x09\xc4\x01x\x90", true),
    WRONG("params are a map", "\x94\x00\x09\xa1x\x80", true),
    WRONG("params are nil", "\x94\x00\x09\xa1x\xc0", true),
    WRONG("id is negative", "\x94\x00\xff\xa1x\x90", false),
    WRONG("id is over 32 bits", "\x94\x00\xcf\x00\x00\x00\x01\x00\x00\x00\x00\xa1x\x90", false),
    WRONG("id is text",
          "\x94\x00\xa1"
          "9\xa1x\x90",
          false),
    WRONG("id is a float", "\x94\x00\xca\x41\x10\x00\x00\xa1x\x90", false),
    WRONG("kind is unknown", "\x94\x03\x09\xa1x\x90", false),
    WRONG("kind is text",
          "\x94\xa1"
          "0\x09\xa1x\x90",
          false),
    WRONG("notification of four", "\x94\x02\x09\xa1x\x90", false),
    WRONG("notification without params", "\x92\x02\xa1x", false),
    WRONG("notification whose params are a map", "\x93\x02\xa1x\x80", false),
};

static void wrong_forms_are_refused_and_answered_where_an_id_is(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    base_slice bytes = bytes_of(wrong[i].bytes, wrong[i].size);
    rpc_message message;
    uint32_t id = 0;
    print_message("%s\n", wrong[i].name);
    assert_int_equal(read_message(bytes, &message), BASE_BAD_REQUEST);
    assert_int_equal(rpc_message_find_id(bytes, &id), wrong[i].has_id);
    if (wrong[i].has_id) assert_int_equal(id, 9);
  }
}

static void an_id_is_found_in_what_is_cut_off(void **state) {
  (void)state;
  uint32_t id = 0;
  assert_true(rpc_message_find_id(BYTES("\x94\x00\xcd\x01\x00\xdb\xff\xff\xff\xff"), &id));
  assert_int_equal(id, 256);
  assert_true(rpc_message_find_id(BYTES("\x94\x00\x03"), &id));
  assert_int_equal(id, 3);
  assert_false(rpc_message_find_id(BYTES("\x94\x00\xcd\x01"), &id));
  assert_false(rpc_message_find_id(BYTES("\x94\x00"), &id));
  assert_false(rpc_message_find_id(BYTES("\x94"), &id));
  assert_false(rpc_message_find_id(BYTES(""), &id));
}

static base_code arguments_of(base_slice bytes, base_slice *map, base_error *error) {
  rpc_message message;
  assert_int_equal(rpc_message_read(bytes, &message, error), BASE_OK);
  return rpc_message_arguments(&message, map, error);
}

static void arguments_are_nothing_or_one_map(void **state) {
  (void)state;
  base_error error = {.language = BASE_EN};
  base_slice map;
  assert_int_equal(arguments_of(BYTES("\x94\x00\x01\xa1x\x90"), &map, &error), BASE_OK);
  assert_int_equal(map.size, 0);
  assert_int_equal(arguments_of(BYTES("\x94\x00\x01\xa1x\x91\x81\xa1k\x05"), &map, &error),
                   BASE_OK);
  assert_int_equal(data_map_integer(map, "k", 0), 5);
  const base_slice refused[] = {BYTES("\x94\x00\x01\xa1x\x91\x05"),
                                BYTES("\x94\x00\x01\xa1x\x91\xc0"),
                                BYTES("\x94\x00\x01\xa1x\x92\x80\x80")};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(arguments_of(refused[i], &map, &error), BASE_BAD_REQUEST);
    assert_string_equal(error.field, "params");
  }
}

static base_error sample_error(base_buffer *data) {
  base_error error = {.language = BASE_ZH};
  data_append_map(data, 1);
  data_append_pair_integer(data, "id", 12);
  (void)base_error_set(&error, BASE_DUPLICATE, "phone", "电话 %s 已属于客户 %d", "phone %s: %d",
                       "138-0000-1001", 12);
  error.data = base_buffer_slice(data);
  return error;
}

static void an_error_is_a_text_by_default(void **state) {
  (void)state;
  base_buffer data = {0};
  base_buffer out = {0};
  rpc_message message;
  base_error error = sample_error(&data);
  rpc_message_append_error(&out, 12, &error, false);
  assert_int_equal(read_message(base_buffer_slice(&out), &message), BASE_OK);
  assert_int_equal(message.id, 12);
  assert_true(base_slice_is(message.error.as.bytes, "DUPLICATE: 电话 138-0000-1001 已属于客户 12"));
  assert_int_equal(data_peek(message.result).type, DATA_NIL);
  base_error back = {.language = BASE_ZH};
  rpc_message_read_error(message.error, &back);
  assert_int_equal(back.code, BASE_DUPLICATE);
  assert_string_equal(back.message, error.message);
  assert_string_equal(back.field, "");
  base_buffer_fini(&out);
  base_buffer_fini(&data);
}

static void an_error_as_a_map_is_complete(void **state) {
  (void)state;
  base_buffer data = {0};
  base_buffer out = {0};
  rpc_message message;
  base_error error = sample_error(&data);
  rpc_message_append_error(&out, 12, &error, true);
  assert_int_equal(data_scan_whole(base_buffer_slice(&out), (data_limits){4096, 8, 64, 16}, &error),
                   BASE_OK);
  assert_int_equal(read_message(base_buffer_slice(&out), &message), BASE_OK);
  base_slice map = message.error.raw;
  assert_int_equal(message.error.as.count, 5);
  assert_true(base_slice_is(data_map_text(map, "code"), "DUPLICATE"));
  assert_true(base_slice_is(data_map_text(map, "field"), "phone"));
  assert_false(data_map_boolean(map, "retry", true));
  base_error back = {.language = BASE_ZH};
  rpc_message_read_error(message.error, &back);
  assert_int_equal(back.code, BASE_DUPLICATE);
  assert_string_equal(back.message, error.message);
  assert_string_equal(back.field, "phone");
  assert_int_equal(data_map_integer(back.data, "id", 0), 12);
  base_buffer_fini(&out);
  base_buffer_fini(&data);
}

static void a_map_leaves_out_what_the_error_has_not(void **state) {
  (void)state;
  base_buffer out = {0};
  rpc_message message;
  base_error error = {.language = BASE_EN};
  (void)base_error_set(&error, BASE_UNAVAILABLE, NULL, "忙", "busy");
  rpc_message_append_error(&out, 1, &error, true);
  assert_int_equal(read_message(base_buffer_slice(&out), &message), BASE_OK);
  assert_int_equal(message.error.as.count, 3);
  assert_true(data_map_boolean(message.error.raw, "retry", false));
  base_buffer_fini(&out);
}

static void foreign_errors_become_internal_with_their_text(void **state) {
  (void)state;
  const char *texts[] = {"no colon", "UNHEARD_OF: text", ": text", ""};
  for (size_t i = 0; i < 4; i++) {
    base_error error = {.language = BASE_EN};
    data_value value = {.type = DATA_TEXT, .as.bytes = base_slice_text(texts[i])};
    rpc_message_read_error(value, &error);
    assert_int_equal(error.code, BASE_INTERNAL);
    assert_string_equal(error.message, texts[i]);
  }
  base_error error = {.language = BASE_EN};
  rpc_message_read_error((data_value){.type = DATA_INTEGER, .as.integer = 5}, &error);
  assert_int_equal(error.code, BASE_INTERNAL);
}

static void a_request_and_a_result_are_written(void **state) {
  (void)state;
  base_buffer out = {0};
  rpc_message_append_request(&out, 5, "server.ping", base_slice_make(NULL, 0));
  assert_true(base_slice_equal(base_buffer_slice(&out), BYTES("\x94\x00\x05\xabserver.ping\x90")));
  base_buffer_clear(&out);
  rpc_message_append_request(&out, 5, "server.ping", BYTES("\x80"));
  assert_true(
      base_slice_equal(base_buffer_slice(&out), BYTES("\x94\x00\x05\xabserver.ping\x91\x80")));
  base_buffer_clear(&out);
  rpc_message_append_result(&out, UINT32_MAX, BYTES("\x93\x01\x02\x03"));
  assert_true(base_slice_equal(base_buffer_slice(&out),
                               BYTES("\x94\x01\xce\xff\xff\xff\xff\xc0\x93\x01\x02\x03")));
  base_buffer_fini(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_read),
      cmocka_unit_test(a_notification_and_a_response_are_read),
      cmocka_unit_test(wrong_forms_are_refused_and_answered_where_an_id_is),
      cmocka_unit_test(an_id_is_found_in_what_is_cut_off),
      cmocka_unit_test(arguments_are_nothing_or_one_map),
      cmocka_unit_test(an_error_is_a_text_by_default),
      cmocka_unit_test(an_error_as_a_map_is_complete),
      cmocka_unit_test(a_map_leaves_out_what_the_error_has_not),
      cmocka_unit_test(foreign_errors_become_internal_with_their_text),
      cmocka_unit_test(a_request_and_a_result_are_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
