/* server: its limit of connections, login, drain and stop, seen from a socket. */
#include "world.h"

#define LANES 8

static int open_world(void **state) {
  rpc_options options = world_options();
  *state = world_open(&options, LANES);
  return 0;
}

static int open_small_world(void **state) {
  rpc_options options = world_options();
  options.connections = 3;
  *state = world_open(&options, LANES);
  return 0;
}

static int open_busy_world(void **state) {
  rpc_options options = world_options();
  options.requests = 3;
  *state = world_open(&options, LANES);
  return 0;
}

static int close_world(void **state) {
  world_drain(*state, 10000);
  world_close(*state);
  return 0;
}

/* --- connections ------------------------------------------------------------------------------- */

static void connections_beyond_the_limit_are_told_and_closed(void **state) {
  int64_t before = metric_value("rpc_connections_refused_total");
  base_buffer packet = {0};
  rpc_peer peers[4];
  for (uint32_t i = 0; i < 3; i++) {
    peers[i] = peer_open(*state);
    add_request(&packet, i, "test.echo", "", -1);
    peer_send_all(&peers[i], &packet);
    (void)peer_expect(&peers[i], i, BASE_OK);
  }
  peers[3] = peer_open(*state);
  add_request(&packet, 7, "test.echo", "", -1);
  peer_send_all(&peers[3], &packet);
  (void)peer_expect(&peers[3], 7, BASE_UNAVAILABLE);
  peer_expect_closed(&peers[3]);
  assert_int_equal(metric_value("rpc_connections_refused_total") - before, 1);
  for (size_t i = 0; i < 4; i++) peer_close(&peers[i]);
}

/* limits.requests is 3, of all connections: at -1, 0 and +1, each request from another one. */
static void requests_beyond_the_limit_are_refused_at_once(void **state) {
  for (uint32_t sent = 2; sent <= 4; sent++) {
    int64_t before = metric_value("rpc_limit_requests_total");
    rpc_peer peers[4];
    for (uint32_t i = 0; i < sent; i++) {
      base_buffer packet = {0};
      peers[i] = peer_open(*state);
      add_request(&packet, i, "test.hold", "hold", -1);
      peer_send_all(&peers[i], &packet);
      if (i < 3) gate_expect(i + 1);
    }
    if (sent == 4) (void)peer_expect(&peers[3], 3, BASE_UNAVAILABLE);
    assert_int_equal(metric_value("rpc_limit_requests_total") - before, sent == 4);
    gate_open(sent == 4 ? 3 : sent);
    for (uint32_t i = 0; i < sent && i < 3; i++) (void)peer_expect(&peers[i], i, BASE_OK);
    world_round_trip(*state,
                     "test.point"); /* there is room again, for those who were refused too */
    for (uint32_t i = 0; i < sent; i++) peer_close(&peers[i]);
  }
}

/* --- login ------------------------------------------------------------------------------------- */

static void before_login_tcp_answers_only_what_is_open(void **state) {
  base_buffer packet = {0};
  rpc_peer peer = peer_open_tcp(*state);
  add_request(&packet, 1, "test.point", "", -1);
  add_request(&packet, 2, "test.echo", "stranger", -1);
  add_request(&packet, 3, "no.such_op", "", -1);
  peer_send_all(&peer, &packet);
  (void)peer_expect(&peer, 1, BASE_OK);
  (void)peer_expect(&peer, 2, BASE_UNAUTHENTICATED);
  (void)peer_expect(&peer, 3, BASE_UNAUTHENTICATED);
  assert_int_equal(gate_count("stranger"), 0);
  peer_close(&peer);
}

/* One packet: the login and a request that is too long for strangers. */
static void the_larger_limits_hold_from_the_login_on(void **state) {
  char note[300];
  base_buffer packet = {0};
  rpc_peer peer = peer_open_tcp(*state);
  memset(note, 'n', sizeof note - 1);
  note[sizeof note - 1] = '\0';
  rpc_message_append_request(&packet, 1, "test.as",
                             base_slice_make("\x81\xa4user\xa6\xe6\x9d\x8e\xe9\x9d\x99", 13));
  add_request(&packet, 2, "test.echo", note, 5);
  peer_send_all(&peer, &packet);
  (void)peer_expect(&peer, 1, BASE_OK);
  assert_int_equal(peer_expect(&peer, 2, BASE_OK).value, 5);
  peer_close(&peer);
  peer = peer_open_tcp(*state);
  add_request(&packet, 3, "test.point", note, 5);
  peer_send_all(&peer, &packet);
  (void)peer_expect(&peer, 3, BASE_TOO_LARGE);
  peer_expect_closed(&peer);
  peer_close(&peer);
}

/* --- drain ------------------------------------------------------------------------------------- */

/* The socket's file goes when the listener is closed, first of all. */
static void wait_for_drain(const rpc_world *world) {
  struct timespec deadline = world_deadline();
  struct timespec now = {0};
  while (access(world->path, F_OK) == 0 && now.tv_sec < deadline.tv_sec) {
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)sched_yield();
  }
  assert_int_not_equal(access(world->path, F_OK), 0);
}

static void a_drain_answers_what_is_under_way_and_takes_no_more(void **state) {
  rpc_options options = world_options();
  rpc_world *world = world_open(&options, LANES);
  base_buffer packet = {0};
  (void)state;
  rpc_peer idle = peer_open(world);
  rpc_peer peer = peer_open(world);
  add_held_write(&packet, 1, 1);
  add_request(&packet, 2, "test.seen", "seen", -1);
  peer_send_all(&peer, &packet);
  gate_expect(1);
  world_drain(world, 10000);
  wait_for_drain(world);
  add_request(&packet, 3, "test.echo", "late", -1);
  peer_send_all(&peer, &packet);
  peer_expect_closed(&idle);
  gate_open(1);
  (void)peer_expect(&peer, 1, BASE_OK);
  assert_int_equal(peer_expect(&peer, 2, BASE_OK).value, 1);
  peer_expect_closed(&peer);
  assert_int_equal(gate_count("late"), 0);
  peer_close(&peer);
  peer_close(&idle);
  world_close(world);
}

static void a_drain_ends_in_time_with_requests_still_under_way(void **state) {
  rpc_options options = world_options();
  rpc_world *world = world_open(&options, LANES);
  base_buffer packet = {0};
  (void)state;
  rpc_peer peer = peer_open(world);
  add_held_write(&packet, 1, 1);
  add_request(&packet, 2, "test.seen", "seen", -1);
  add_request(&packet, 3, "test.as", "as", -1);
  peer_send_all(&peer, &packet);
  gate_expect(1);
  world_drain(world, 50);
  peer_expect_closed(&peer);
  peer_close(&peer);
  world_close(world);
  assert_int_equal(gate_count("seen"), 0);
}

/* The requests come back when loop and connections have ended. */
static void a_stop_without_drain_starts_nothing_more(void **state) {
  rpc_options options = world_options();
  rpc_world *world = world_open(&options, LANES);
  base_buffer packet = {0};
  (void)state;
  rpc_peer peer = peer_open(world);
  add_held_write(&packet, 1, 1);
  add_request(&packet, 2, "test.seen", "seen", -1);
  add_request(&packet, 3, "test.as", "as", -1);
  peer_send_all(&peer, &packet);
  gate_expect(1);
  world_stop(world);
  world_close(world);
  assert_int_equal(gate_count("seen"), 0);
  peer_expect_closed(&peer);
  peer_close(&peer);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(connections_beyond_the_limit_are_told_and_closed,
                                      open_small_world, close_world),
      cmocka_unit_test_setup_teardown(requests_beyond_the_limit_are_refused_at_once,
                                      open_busy_world, close_world),
      WORLD_TEST(before_login_tcp_answers_only_what_is_open),
      WORLD_TEST(the_larger_limits_hold_from_the_login_on),
      cmocka_unit_test(a_drain_answers_what_is_under_way_and_takes_no_more),
      cmocka_unit_test(a_drain_ends_in_time_with_requests_still_under_way),
      cmocka_unit_test(a_stop_without_drain_starts_nothing_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
