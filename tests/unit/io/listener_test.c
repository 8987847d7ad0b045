/* listener: addresses, peers, socket files, and running out of descriptors. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/metric.h"
#include "io/stream.h"

static io_loop *loop;
static io_listener *listener;
static base_error error;
static char directory[32];
static struct sockaddr_un file;
static io_peer last_peer;
static int accepted, expected, lasts;

static int open_loop(void **state) {
  (void)state;
  error = (base_error){.language = BASE_EN};
  accepted = lasts = 0;
  expected = 1;
  (void)snprintf(directory, sizeof directory, "/tmp/haoke-io-XXXXXX");
  if (mkdtemp(directory) == NULL) return -1;
  file = (struct sockaddr_un){.sun_family = AF_UNIX};
  (void)snprintf(file.sun_path, sizeof file.sun_path, "%s/haoke.sock", directory);
  return io_loop_new(&loop, &error) == BASE_OK ? 0 : -1;
}

static int free_loop(void **state) {
  (void)state;
  io_loop_free(loop);
  (void)unlink(file.sun_path);
  return rmdir(directory);
}

static void accept_and_close(io_stream *stream, const io_peer *peer, void *self) {
  (void)self;
  last_peer = *peer;
  io_stream_close(stream);
  lasts += peer->last;
  if (++accepted == expected) io_loop_stop(loop);
}

static base_code listen_tcp(const char *host, unsigned port, char bound[64]) {
  return io_listener_tcp(loop, host, port, accept_and_close, NULL, &listener, bound, &error);
}

static base_code listen_unix(const char *path) {
  return io_listener_unix(loop, path, accept_and_close, NULL, &listener, &error);
}

static int connect_tcp(const char *bound) {
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)atoi(strchr(bound, ':') + 1)),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(client >= 0);
  assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
  return client;
}

static int connect_unix(void) {
  int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(client >= 0);
  assert_int_equal(connect(client, (struct sockaddr *)&file, sizeof file), 0);
  return client;
}

static void tcp_takes_a_free_port_and_names_the_peer(void **state) {
  (void)state;
  char bound[64], name[64];
  assert_int_equal(listen_tcp("127.0.0.1", 0, bound), BASE_OK);
  assert_memory_equal(bound, "127.0.0.1:", 10);
  int client = connect_tcp(bound);
  struct sockaddr_in own = {0};
  socklen_t size = sizeof own;
  assert_int_equal(getsockname(client, (struct sockaddr *)&own, &size), 0);
  (void)snprintf(name, sizeof name, "127.0.0.1:%u", (unsigned)ntohs(own.sin_port));
  io_loop_run(loop);
  assert_string_equal(last_peer.address, name);
  assert_false(last_peer.local);
  assert_int_equal(last_peer.uid, -1);
  assert_int_equal(close(client), 0);
}

static void a_taken_port_is_refused_with_its_address(void **state) {
  (void)state;
  char bound[64], again[64];
  assert_int_equal(listen_tcp("127.0.0.1", 0, bound), BASE_OK);
  unsigned port = (unsigned)atoi(strchr(bound, ':') + 1);
  assert_int_equal(listen_tcp("127.0.0.1", port, again), BASE_UNAVAILABLE);
  assert_non_null(strstr(error.message, bound));
  assert_non_null(strstr(error.message, "Address already in use"));
}

static void addresses_that_are_none_are_refused(void **state) {
  (void)state;
  char bound[64];
  assert_int_equal(listen_tcp("127.0.0.1", 70000, bound), BASE_UNAVAILABLE);
  assert_non_null(strstr(error.message, "127.0.0.1:70000"));
  assert_int_equal(listen_tcp("256.1.1.1.1", 0, bound), BASE_UNAVAILABLE);
  assert_non_null(strstr(error.message, "256.1.1.1.1"));
  assert_int_equal(listen_tcp("203.0.113.7", 7420, bound), BASE_UNAVAILABLE);
  assert_non_null(strstr(error.message, "203.0.113.7:7420"));
}

static void a_closed_listener_frees_its_port(void **state) {
  (void)state;
  char bound[64];
  assert_int_equal(listen_tcp("127.0.0.1", 0, bound), BASE_OK);
  unsigned port = (unsigned)atoi(strchr(bound, ':') + 1);
  io_listener_close(listener);
  assert_int_equal(listen_tcp("127.0.0.1", port, bound), BASE_OK);
}

static void a_crowd_is_accepted(void **state) {
  (void)state;
  int clients[200];
  expected = 200;
  assert_int_equal(listen_unix(file.sun_path), BASE_OK);
  for (int i = 0; i < 200; i++) clients[i] = connect_unix();
  io_loop_run(loop);
  assert_int_equal(accepted, 200);
  for (int i = 0; i < 200; i++) assert_int_equal(close(clients[i]), 0);
}

static void a_unix_peer_shows_its_user(void **state) {
  (void)state;
  assert_int_equal(listen_unix(file.sun_path), BASE_OK);
  int client = connect_unix();
  io_loop_run(loop);
  assert_true(last_peer.local);
  assert_int_equal(last_peer.uid, getuid());
  assert_string_equal(last_peer.address, "unix");
  assert_int_equal(close(client), 0);
}

static void a_socket_file_is_for_its_owner_and_goes_with_the_listener(void **state) {
  (void)state;
  struct stat status;
  assert_int_equal(listen_unix(file.sun_path), BASE_OK);
  assert_int_equal(stat(file.sun_path, &status), 0);
  assert_true(S_ISSOCK(status.st_mode));
  assert_int_equal(status.st_mode & 07777, 0600);
  io_listener_close(listener);
  assert_int_equal(stat(file.sun_path, &status), -1);
}

/* What a server that was killed leaves: a bound file without a listener. */
static void leave_stale_file(void) {
  int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(dead >= 0);
  assert_int_equal(bind(dead, (struct sockaddr *)&file, sizeof file), 0);
  assert_int_equal(close(dead), 0);
}

static void a_stale_socket_file_is_replaced(void **state) {
  (void)state;
  leave_stale_file();
  assert_int_equal(listen_unix(file.sun_path), BASE_OK);
  int client = connect_unix();
  io_loop_run(loop);
  assert_int_equal(accepted, 1);
  assert_int_equal(close(client), 0);
}

static void a_socket_file_in_use_is_left_alone(void **state) {
  (void)state;
  assert_int_equal(listen_unix(file.sun_path), BASE_OK);
  io_listener *first = listener;
  assert_int_equal(listen_unix(file.sun_path), BASE_UNAVAILABLE);
  assert_non_null(strstr(error.message, file.sun_path));
  assert_ptr_equal(listener, first);
  expected = 2; /* the attempt itself connected once */
  int client = connect_unix();
  io_loop_run(loop);
  assert_int_equal(close(client), 0);
}

static void a_file_of_another_kind_is_left_alone(void **state) {
  (void)state;
  int made = open(file.sun_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  assert_true(made >= 0);
  assert_int_equal(write(made, "账本", 6), 6);
  assert_int_equal(close(made), 0);
  assert_int_equal(listen_unix(file.sun_path), BASE_UNAVAILABLE);
  struct stat status;
  assert_int_equal(stat(file.sun_path, &status), 0);
  assert_int_equal(status.st_size, 6);
}

static void a_path_too_long_is_refused(void **state) {
  (void)state;
  char path[200];
  memset(path, 'a', sizeof path);
  path[0] = '/';
  path[sizeof path - 1] = '\0';
  assert_int_equal(listen_unix(path), BASE_UNAVAILABLE);
  assert_non_null(strstr(error.message, "File name too long"));
}

/* -- without descriptors -- */

static struct rlimit before;
static int64_t failures;

static void find_failures(const char *name, int64_t value, void *self) {
  (void)self;
  if (strcmp(name, "io_accept_failures_total") == 0) failures = value;
}

/* The lowest free descriptor is the limit: none is left. */
static void take_away(void) {
  int lowest = dup(STDOUT_FILENO);
  assert_true(lowest >= 0);
  assert_int_equal(close(lowest), 0);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  struct rlimit none = {.rlim_cur = (rlim_t)lowest, .rlim_max = before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

/* One at a time, on the descriptor that is kept, marked as the last; nothing spins meanwhile. */
static void without_descriptors_connections_come_in_one_by_one(void **state) {
  (void)state;
  int clients[3];
  assert_int_equal(listen_unix(file.sun_path), BASE_OK);
  for (int i = 0; i < 3; i++) clients[i] = connect_unix();
  expected = 3;
  take_away();
  io_loop_run(loop);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(accepted, 3);
  assert_int_equal(lasts, 3);
  base_metric_each(find_failures, NULL);
  assert_in_range(failures, 3, 9);
  for (int i = 0; i < 3; i++) assert_int_equal(close(clients[i]), 0);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, open_loop, free_loop)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_LOOP(tcp_takes_a_free_port_and_names_the_peer),
      WITH_LOOP(a_taken_port_is_refused_with_its_address),
      WITH_LOOP(addresses_that_are_none_are_refused),
      WITH_LOOP(a_closed_listener_frees_its_port),
      WITH_LOOP(a_crowd_is_accepted),
      WITH_LOOP(a_unix_peer_shows_its_user),
      WITH_LOOP(a_socket_file_is_for_its_owner_and_goes_with_the_listener),
      WITH_LOOP(a_stale_socket_file_is_replaced),
      WITH_LOOP(a_socket_file_in_use_is_left_alone),
      WITH_LOOP(a_file_of_another_kind_is_left_alone),
      WITH_LOOP(a_path_too_long_is_refused),
      WITH_LOOP(without_descriptors_connections_come_in_one_by_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
