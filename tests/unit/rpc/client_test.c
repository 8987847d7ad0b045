/* client: calls, pipelining and errors against a server of this process. */
#include "world.h"

static int open_world(void **state) {
  rpc_options options = world_options();
  *state = world_open(&options, 2);
  return 0;
}

static int close_world(void **state) {
  world_drain(*state, 10000);
  world_close(*state);
  return 0;
}

static base_code world_connect(rpc_world *world, const char *address, rpc_client **client) {
  rpc_client_options options = {.address = address};
  return rpc_client_open(&options, client, &world->error);
}

static rpc_client *open_client(rpc_world *world) {
  rpc_client *client = NULL;
  assert_int_equal(world_connect(world, world->address, &client), BASE_OK);
  return client;
}

static void a_call_brings_its_result(void **state) {
  rpc_world *world = *state;
  rpc_client *client = open_client(world);
  base_slice result;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(rpc_client_call(client, "test.echo", base_slice_make("\x81\xa5value\x2a", 8),
                                     &result, &world->error),
                     BASE_OK);
    assert_int_equal(data_map_integer(result, "value", 0), 42);
  }
  assert_int_equal(rpc_client_call(client, "test.point", (base_slice){0}, &result, &world->error),
                   BASE_OK);
  rpc_client_close(client);
}

/* The client asks for errors as maps and for texts in its own language. */
static void an_error_is_complete(void **state) {
  rpc_world *world = *state;
  rpc_client *client = open_client(world);
  base_slice result;
  assert_int_equal(rpc_client_call(client, "test.echo", base_slice_make("\x81\xa5vaule\x2a", 8),
                                   &result, &world->error),
                   BASE_INVALID_ARGUMENT);
  assert_int_equal(world->error.code, BASE_INVALID_ARGUMENT);
  assert_string_equal(world->error.field, "vaule");
  assert_non_null(strstr(world->error.message, "value"));
  assert_true((uint8_t)world->error.message[0] < 0x80);
  assert_int_equal(rpc_client_call(client, "test.point", (base_slice){0}, &result, &world->error),
                   BASE_OK);
  rpc_client_close(client);
}

static void over_tcp_one_is_a_stranger(void **state) {
  rpc_world *world = *state;
  rpc_client *client = NULL;
  base_slice result;
  assert_int_equal(world_connect(world, world->bound, &client), BASE_OK);
  assert_int_equal(rpc_client_call(client, "test.point", (base_slice){0}, &result, &world->error),
                   BASE_OK);
  assert_int_equal(rpc_client_call(client, "test.echo", (base_slice){0}, &result, &world->error),
                   BASE_UNAUTHENTICATED);
  rpc_client_close(client);
}

/* More than the server has under way at once, and replies larger than the socket's buffers: what
 * arrives while it sends has to be taken. */
static void a_thousand_requests_are_sent_before_a_reply_is_taken(void **state) {
  enum { MANY = 1000 };
  rpc_world *world = *state;
  rpc_client *client = open_client(world);
  uint32_t first = 0;
  uint32_t id;
  static bool answered[MANY];
  base_slice result;
  for (uint32_t i = 0; i < MANY; i++) {
    const char *op = i % 2 == 0 ? "test.large" : "test.ecco";
    assert_int_equal(rpc_client_send(client, op, (base_slice){0}, &id, &world->error), BASE_OK);
    if (i == 0) first = id;
    assert_int_equal(id, first + i);
  }
  assert_int_equal(rpc_client_call(client, "test.point", (base_slice){0}, &result, &world->error),
                   BASE_INTERNAL);
  for (uint32_t i = 0; i < MANY; i++) {
    base_code code = rpc_client_receive(client, &id, &result, &world->error);
    assert_in_range(id, first, first + MANY - 1);
    assert_false(answered[id - first]);
    answered[id - first] = true;
    assert_int_equal(code, (id - first) % 2 == 0 ? BASE_OK : BASE_UNKNOWN_METHOD);
    if (code == BASE_OK) assert_int_equal(data_peek(result).as.bytes.size, WORLD_LARGE);
  }
  rpc_client_close(client);
}

static void what_cannot_be_reached_is_unavailable(void **state) {
  rpc_world *world = *state;
  rpc_client *client = NULL;
  const char *silent[] = {"unix:/nonexistent/haoke.sock", "127.0.0.1:1"};
  const char *wrong[] = {"127.0.0.1", ":7420", "unix:", ""};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(world_connect(world, silent[i], &client), BASE_UNAVAILABLE);
    assert_non_null(strstr(world->error.message, silent[i]));
  }
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(world_connect(world, wrong[i], &client), BASE_INVALID_ARGUMENT);
  }
  assert_null(client);
}

static void a_server_that_goes_away_is_told_at_the_next_call(void **state) {
  rpc_options options = world_options();
  rpc_world *world = world_open(&options, 2);
  base_error error = {.language = BASE_ZH};
  rpc_client *client = open_client(world);
  base_slice result;
  (void)state;
  world_drain(world, 10000);
  world_close(world);
  assert_int_equal(rpc_client_call(client, "test.point", (base_slice){0}, &result, &error),
                   BASE_UNAVAILABLE);
  rpc_client_close(client);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(a_call_brings_its_result),
      WORLD_TEST(an_error_is_complete),
      WORLD_TEST(over_tcp_one_is_a_stranger),
      WORLD_TEST(a_thousand_requests_are_sent_before_a_reply_is_taken),
      WORLD_TEST(what_cannot_be_reached_is_unavailable),
      cmocka_unit_test(a_server_that_goes_away_is_told_at_the_next_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
