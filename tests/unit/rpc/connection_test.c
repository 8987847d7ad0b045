/* connection: order, barriers, back-pressure and broken messages, seen from a socket. */
#include "world.h"

#define LANES 8

static int open_world(void **state) {
  rpc_options options = world_options();
  *state = world_open(&options, LANES);
  return 0;
}

static int open_narrow_world(void **state) {
  rpc_options options = world_options();
  options.outstanding = 4;
  *state = world_open(&options, LANES);
  return 0;
}

static int open_shallow_world(void **state) {
  rpc_options options = world_options();
  options.output_bytes = 65536;
  *state = world_open(&options, LANES);
  return 0;
}

static int close_world(void **state) {
  world_drain(*state, 10000);
  world_close(*state);
  return 0;
}

/* --- requests and order ------------------------------------------------------------------------ */

static void a_request_is_answered(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  add_request(&packet, UINT32_MAX, "test.echo", "", 42);
  add_request(&packet, 0, "test.point", "", -1);
  rpc_message_append_request(&packet, 5, "test.seen", (base_slice){0});
  peer_send_all(&peer, &packet);
  int64_t sum = 0;
  for (size_t i = 0; i < 3; i++) {
    rpc_reply reply;
    assert_true(peer_receive(&peer, &reply));
    assert_int_equal(reply.code, BASE_OK);
    if (reply.id == UINT32_MAX) assert_int_equal(reply.value, 42);
    sum += reply.id;
  }
  assert_int_equal(sum, (int64_t)UINT32_MAX + 5);
  peer_close(&peer);
}

static void a_read_sees_the_write_before_it_in_the_packet(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  for (uint32_t i = 0; i < 50; i++) {
    add_request(&packet, 2 * i, "test.write", "", i);
    add_request(&packet, 2 * i + 1, "test.seen", "", -1);
  }
  peer_send_all(&peer, &packet);
  for (uint32_t i = 0; i < 100; i++) {
    rpc_reply reply;
    assert_true(peer_receive(&peer, &reply));
    assert_int_equal(reply.code, BASE_OK);
    /* Later writes go at once, so a read may see more than it must. */
    if (reply.id % 2 == 1) assert_true(reply.value >= reply.id / 2);
  }
  peer_close(&peer);
}

static void a_read_waits_for_a_write_other_connections_do_not(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  add_held_write(&packet, 1, 7);
  add_request(&packet, 2, "test.seen", "seen", -1);
  peer_send_all(&peer, &packet);
  gate_expect(1);
  world_round_trip(*state, "test.echo");
  assert_int_equal(gate_count("seen"), 0);
  gate_open(1);
  (void)peer_expect(&peer, 1, BASE_OK);
  assert_int_equal(peer_expect(&peer, 2, BASE_OK).value, 7);
  peer_close(&peer);
}

/* The refused write is answered at once, the held one is still under way. */
static void a_refused_write_lets_no_read_pass_an_earlier_one(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  add_held_write(&packet, 1, 8);
  add_request(&packet, 2, "test.seen", "seen", -1);
  rpc_message_append_request(&packet, 3, "test.write",
                             base_slice_make("\x81\xa5value\xa3"
                                             "abc",
                                             11));
  peer_send_all(&peer, &packet);
  (void)peer_expect(&peer, 3, BASE_INVALID_ARGUMENT);
  gate_expect(1);
  world_round_trip(*state, "test.echo");
  assert_int_equal(gate_count("seen"), 0);
  gate_open(1);
  (void)peer_expect(&peer, 1, BASE_OK);
  assert_int_equal(peer_expect(&peer, 2, BASE_OK).value, 8);
  peer_close(&peer);
}

static void a_dry_run_waits_like_a_read_and_writes_nothing(void **state) {
  static const char dry_run[] =
      "\x83\xa5value\x63\xa7"
      "dry_run\xc3\xa4note\xa3"
      "dry";
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  add_held_write(&packet, 1, 9);
  rpc_message_append_request(&packet, 2, "test.write",
                             base_slice_make(dry_run, sizeof dry_run - 1));
  peer_send_all(&peer, &packet);
  gate_expect(1);
  world_round_trip(*state, "test.echo");
  assert_int_equal(gate_count("dry"), 0);
  gate_open(1);
  (void)peer_expect(&peer, 1, BASE_OK);
  (void)peer_expect(&peer, 2, BASE_OK);
  add_request(&packet, 3, "test.seen", "", -1);
  peer_send_all(&peer, &packet);
  assert_int_equal(peer_expect(&peer, 3, BASE_OK).value, 9);
  peer_close(&peer);
}

static void a_session_op_waits_for_all_and_all_wait_for_it(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  add_request(&packet, 1, "test.hold", "", -1);
  add_held_write(&packet, 2, 10);
  add_request(&packet, 3, "test.as", "as", -1);
  add_request(&packet, 4, "test.point", "behind", -1);
  add_request(&packet, 5, "test.write", "behind", 11);
  peer_send_all(&peer, &packet);
  gate_expect(2);
  world_round_trip(*state, "test.echo");
  assert_int_equal(gate_count("as"), 0);
  assert_int_equal(gate_count("behind"), 0);
  gate_open(1);
  rpc_reply first;
  assert_true(peer_receive(&peer, &first));
  world_round_trip(*state, "test.point");
  assert_int_equal(gate_count("as"), 0);
  gate_open(1);
  (void)peer_expect(&peer, 3 - first.id, BASE_OK);
  (void)peer_expect(&peer, 3, BASE_OK);
  /* Nobody is logged in now: what is behind the barrier was asked by that session. */
  (void)peer_expect(&peer, 4, BASE_OK);
  (void)peer_expect(&peer, 5, BASE_UNAUTHENTICATED);
  peer_close(&peer);
}

static void the_session_is_taken_over_from_its_ops(void **state) {
  static const char hello[] =
      "\x82\xa6"
      "errors\xa3map\xa4lang\xa2"
      "en";
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  rpc_message_append_request(&packet, 1, "test.echo", base_slice_make("\x81\xa1x\x01", 4));
  rpc_message_append_request(&packet, 2, "session.hello", base_slice_make(hello, sizeof hello - 1));
  rpc_message_append_request(&packet, 3, "test.echo", base_slice_make("\x81\xa1x\x01", 4));
  peer_send_all(&peer, &packet);
  rpc_reply text = peer_expect(&peer, 1, BASE_INVALID_ARGUMENT);
  assert_string_equal(text.error.field, "");
  (void)peer_expect(&peer, 2, BASE_OK);
  rpc_reply map = peer_expect(&peer, 3, BASE_INVALID_ARGUMENT);
  assert_string_equal(map.error.field, "x");
  assert_string_not_equal(map.error.message, text.error.message);
  peer_close(&peer);
}

/* --- what is no request ------------------------------------------------------------------------ */

static void notifications_run_nothing_and_are_counted(void **state) {
  int64_t before = metric_value("rpc_notifications_total");
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  base_buffer_append(&packet, "\x93\x02\xaatest.write\x91\x81\xa5value\x01", 22);
  base_buffer_append(&packet, "\x93\x02\xa7no.such\x92\x01\x02", 13);
  add_request(&packet, 1, "test.seen", "", -1);
  peer_send_all(&peer, &packet);
  assert_int_equal(peer_expect(&peer, 1, BASE_OK).value, -1);
  assert_int_equal(gate_count("test.write"), 0);
  assert_int_equal(metric_value("rpc_notifications_total") - before, 2);
  peer_close(&peer);
}

static void params_that_are_no_map_cost_the_request_only(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  base_buffer_append(&packet, "\x94\x00\x01\xa9test.echo\x91\x05", 15);
  base_buffer_append(&packet, "\x94\x00\x02\xa9test.echo\x92\x80\x80", 16);
  add_request(&packet, 3, "test.echo", "", 3);
  rpc_message_append_request(&packet, 4, "test.ecco", (base_slice){0});
  peer_send_all(&peer, &packet);
  (void)peer_expect(&peer, 1, BASE_BAD_REQUEST);
  (void)peer_expect(&peer, 2, BASE_BAD_REQUEST);
  (void)peer_expect(&peer, 4, BASE_UNKNOWN_METHOD);
  (void)peer_expect(&peer, 3, BASE_OK);
  peer_close(&peer);
}

/* What breaks a connection: bytes, the code of the answer to request 42, or BASE_OK for none. */
static const struct {
  const char *name;
  const char *bytes;
  size_t size;
  base_code code;
} broken[] = {
#define BROKEN(name, bytes, code)                                                                  \
  { name, bytes, sizeof(bytes) - 1, code }
    BROKEN("gigabytes announced", "\x94\x00\x2a\xa1x\xdd\xff\xff\xff\xff", BASE_TOO_LARGE),
    BROKEN("too deep",
           "\x94\x00\x2a\xa1x\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91"
           "\x91\x91\x91\x91\x91\x91\x91\x91\x90",
           BASE_TOO_LARGE),
    BROKEN("not UTF-8", "\x94\x00\x2a\xa1x\x91\x81\xa1k\xa2\xff\xfe", BASE_BAD_REQUEST),
    BROKEN("a key twice", "\x94\x00\x2a\xa1x\x91\x82\xa1k\x01\xa1k\x02", BASE_BAD_REQUEST),
    BROKEN("an ext type", "\x94\x00\x2a\xa1x\x91\xd4\x01\x02", BASE_BAD_REQUEST),
    BROKEN("five elements", "\x95\x00\x2a\xa1x\x90\x90", BASE_BAD_REQUEST),
    BROKEN("method is no text", "\x94\x00\x2a\x05\x90", BASE_BAD_REQUEST),
    BROKEN("id is no number", "\x94\x00\xa1x\xa1x\x90", BASE_OK),
    BROKEN("a response", "\x94\x01\x2a\xc0\x90", BASE_OK),
    BROKEN("a number", "\x05", BASE_OK),
    BROKEN("0xc1", "\xc1", BASE_OK),
};

static void expect_break(rpc_world *world, size_t number) {
  int64_t before = metric_value("rpc_broken_frames_total");
  base_buffer packet = {0};
  rpc_peer peer = peer_open(world);
  add_held_write(&packet, 1, 1);
  base_buffer_append(&packet, broken[number].bytes, broken[number].size);
  add_request(&packet, 2, "test.echo", "behind", -1);
  peer_send_all(&peer, &packet);
  gate_expect(1);
  if (broken[number].code != BASE_OK) (void)peer_expect(&peer, 42, broken[number].code);
  /* The write under way is answered first, then the connection ends. */
  world_round_trip(world, "test.echo");
  gate_open(1);
  (void)peer_expect(&peer, 1, BASE_OK);
  peer_expect_closed(&peer);
  assert_int_equal(gate_count("behind"), 0);
  assert_int_equal(metric_value("rpc_broken_frames_total") - before, 1);
  peer_close(&peer);
}

static void a_broken_message_costs_its_connection_only(void **state) {
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    print_message("%s\n", broken[i].name);
    expect_break(*state, i);
  }
}

static void a_peer_that_goes_takes_back_what_waits_not_what_runs(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  add_held_write(&packet, 1, 12);
  add_request(&packet, 2, "test.seen", "seen", -1);
  peer_send_all(&peer, &packet);
  gate_expect(1);
  peer_close(&peer);
  world_round_trip(*state, "test.echo");
  gate_open(1);
  peer = peer_open(*state);
  add_request(&packet, 3, "test.write", "", 13);
  peer_send_all(&peer, &packet);
  (void)peer_expect(&peer, 3, BASE_OK);
  world_round_trip(*state, "test.echo");
  assert_int_equal(gate_count("held"), 1);
  assert_int_equal(gate_count("seen"), 0);
  peer_close(&peer);
}

/* What was sent whole is answered, also what had to wait; then the connection ends. */
static void a_peer_that_ends_its_side_gets_its_answers(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  add_held_write(&packet, 1, 14);
  add_request(&packet, 2, "test.seen", "seen", -1);
  peer_send_all(&peer, &packet);
  peer_send(&peer, base_slice_make("\x94\x00\x03", 3)); /* the half of a third */
  gate_expect(1);
  assert_int_equal(shutdown(peer.descriptor, SHUT_WR), 0);
  world_round_trip(*state, "test.echo");
  gate_open(1);
  (void)peer_expect(&peer, 1, BASE_OK);
  assert_int_equal(peer_expect(&peer, 2, BASE_OK).value, 14);
  peer_expect_closed(&peer);
  peer_close(&peer);
}

/* limits.outstanding is 4: the rest is taken as answers leave, though nothing is read any more. */
static void more_than_may_be_under_way_is_answered_after_the_end(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  rpc_reply reply;
  for (uint32_t i = 0; i < 20; i++) add_request(&packet, i, "test.hold", "hold", -1);
  peer_send_all(&peer, &packet);
  assert_int_equal(shutdown(peer.descriptor, SHUT_WR), 0);
  gate_open(20);
  for (size_t i = 0; i < 20; i++) assert_true(peer_receive(&peer, &reply));
  peer_expect_closed(&peer);
  peer_close(&peer);
}

/* --- back-pressure ----------------------------------------------------------------------------- */

static void send_holds(rpc_peer *peer, size_t count) {
  base_buffer packet = {0};
  for (uint32_t i = 0; i < count; i++) add_request(&packet, i, "test.hold", "hold", -1);
  peer_send_all(peer, &packet);
}

/* limits.outstanding is 4: at -1, 0 and +1. */
static void no_more_requests_are_taken_than_may_be_under_way(void **state) {
  for (size_t sent = 3; sent <= 5; sent++) {
    rpc_peer peer = peer_open(*state);
    rpc_reply reply;
    send_holds(&peer, sent);
    gate_expect(sent < 4 ? sent : 4);
    world_round_trip(*state, "test.point");
    gate_expect(sent < 4 ? sent : 4);
    gate_open(sent);
    for (size_t i = 0; i < sent; i++) assert_true(peer_receive(&peer, &reply));
    peer_close(&peer);
  }
}

static void taking_goes_on_at_half_the_limit(void **state) {
  rpc_peer peer = peer_open(*state);
  rpc_reply reply;
  send_holds(&peer, 12);
  gate_expect(4);
  gate_open(1);
  assert_true(peer_receive(&peer, &reply));
  world_round_trip(*state, "test.point");
  gate_expect(3);
  gate_open(1);
  assert_true(peer_receive(&peer, &reply));
  gate_expect(4);
  assert_int_equal(gate_count("hold"), 6);
  gate_open(10);
  for (size_t i = 0; i < 10; i++) assert_true(peer_receive(&peer, &reply));
  peer_close(&peer);
}

/* limits.output_bytes is 64 KiB, a reply has 60 000 bytes: with what the system's buffers take, a
 * dozen replies stop the taking. */
static void a_peer_that_takes_no_replies_is_not_read_any_further(void **state) {
  enum { MANY = 200 };
  base_buffer packet = {0};
  rpc_peer peer = peer_open(*state);
  rpc_reply reply;
  for (uint32_t i = 0; i < MANY; i++) add_request(&packet, i, "test.large", "large", -1);
  peer_send_all(&peer, &packet);
  world_round_trip(*state, "test.echo");
  assert_true(gate_count("large") < MANY / 2);
  for (size_t i = 0; i < MANY; i++) {
    assert_true(peer_receive(&peer, &reply));
    assert_int_equal(reply.code, BASE_OK);
  }
  assert_int_equal(gate_count("large"), MANY);
  peer_close(&peer);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
#define NARROW_TEST(name) cmocka_unit_test_setup_teardown(name, open_narrow_world, close_world)
#define SHALLOW_TEST(name) cmocka_unit_test_setup_teardown(name, open_shallow_world, close_world)

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(a_request_is_answered),
      WORLD_TEST(a_read_sees_the_write_before_it_in_the_packet),
      WORLD_TEST(a_read_waits_for_a_write_other_connections_do_not),
      WORLD_TEST(a_refused_write_lets_no_read_pass_an_earlier_one),
      WORLD_TEST(a_dry_run_waits_like_a_read_and_writes_nothing),
      WORLD_TEST(a_session_op_waits_for_all_and_all_wait_for_it),
      WORLD_TEST(the_session_is_taken_over_from_its_ops),
      WORLD_TEST(notifications_run_nothing_and_are_counted),
      WORLD_TEST(params_that_are_no_map_cost_the_request_only),
      WORLD_TEST(a_broken_message_costs_its_connection_only),
      WORLD_TEST(a_peer_that_goes_takes_back_what_waits_not_what_runs),
      WORLD_TEST(a_peer_that_ends_its_side_gets_its_answers),
      NARROW_TEST(no_more_requests_are_taken_than_may_be_under_way),
      NARROW_TEST(taking_goes_on_at_half_the_limit),
      NARROW_TEST(more_than_may_be_under_way_is_answered_after_the_end),
      SHALLOW_TEST(a_peer_that_takes_no_replies_is_not_read_any_further),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
