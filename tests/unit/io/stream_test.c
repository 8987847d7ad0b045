/* stream: what is written arrives once and in order, whatever the peer does. */
#include "io/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#define BIG ((size_t)8 * 1024 * 1024)

/* One loop and listener, the server's side of each test as handlers, the client as a thread with a
 * blocking socket. The loop stops when `expected` streams are closed. */
static io_loop *loop;
static io_listener *listener;
static struct sockaddr_in address;
static io_stream_handler handler;
static void (*on_accept)(io_stream *stream, int number);
static int accepted, reads, drains, closes, expected;
static uint64_t closed_at[2];
static uint8_t *pattern;
static sem_t all_written; /* the server has written all that a client asked for */

static void accept_stream(io_stream *stream, const io_peer *peer, void *self) {
  (void)self;
  assert_false(peer->local);
  io_stream_open(stream, &handler, NULL);
  int number = accepted++;
  if (on_accept != NULL) on_accept(stream, number);
}

static void count_drain(io_stream *stream, void *self) {
  (void)self;
  assert_int_equal(io_stream_pending(stream), 0);
  drains++;
}

static void count_close(io_stream *stream, void *self) {
  (void)stream;
  (void)self;
  if (closes < 2) closed_at[closes] = base_clock_monotonic();
  if (++closes == expected) io_loop_stop(loop);
}

static int open_scene(void **state) {
  (void)state;
  base_error error = {.language = BASE_ZH};
  char bound[64];
  if (io_loop_new(&loop, &error) != BASE_OK) return -1;
  if (io_listener_tcp(loop, "127.0.0.1", 0, accept_stream, NULL, &listener, bound, &error) !=
      BASE_OK) {
    return -1;
  }
  address = (struct sockaddr_in){.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)atoi(strchr(bound, ':') + 1)),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  handler = (io_stream_handler){.on_drain = count_drain, .on_close = count_close};
  on_accept = NULL;
  accepted = reads = drains = closes = 0;
  expected = 1;
  return sem_init(&all_written, 0, 0);
}

static int close_scene(void **state) {
  (void)state;
  io_loop_free(loop);
  return sem_destroy(&all_written);
}

static int make_pattern(void **state) {
  (void)state;
  pattern = malloc(BIG);
  if (pattern == NULL) return -1;
  uint32_t seed = 20260307;
  for (size_t i = 0; i < BIG; i++) {
    seed = seed * 1664525u + 1013904223u;
    pattern[i] = (uint8_t)(seed >> 24);
  }
  return 0;
}

static int free_pattern(void **state) {
  (void)state;
  free(pattern);
  return 0;
}

static int connect_client(void) {
  int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int small = 65536; /* so that the system cannot take everything for a client that does not read */
  assert_true(client >= 0);
  assert_int_equal(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
  assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
  return client;
}

static void send_all(int client, const void *bytes, size_t size) {
  for (size_t sent = 0; sent < size;) {
    ssize_t part = send(client, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);
    assert_true(part > 0);
    sent += (size_t)part;
  }
}

/* Reads until `size` bytes are there or the server ends; returns how many came. */
static size_t receive(int client, uint8_t *bytes, size_t size) {
  size_t got = 0;
  while (got < size) {
    ssize_t part = recv(client, bytes + got, size - got, 0);
    assert_true(part >= 0);
    if (part == 0) break;
    got += (size_t)part;
  }
  return got;
}

/* Reads `size` bytes of the pattern, and the end behind them when `to_end`. */
static void receive_pattern(int client, size_t size, bool to_end) {
  uint8_t *bytes = malloc(size + 1);
  assert_non_null(bytes);
  assert_int_equal(receive(client, bytes, to_end ? size + 1 : size), size);
  assert_memory_equal(bytes, pattern, size);
  free(bytes);
}

typedef void (*client_part)(int client);

static void *run_client(void *part) {
  int client = connect_client();
  (*(client_part *)part)(client);
  (void)close(client);
  return NULL;
}

static void play(client_part part) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, run_client, (void *)&part), 0);
  io_loop_run(loop);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(closes, expected);
}

/* -- echo -- */

static void echo(io_stream *stream, base_slice bytes, void *self) {
  (void)self;
  io_stream_write(stream, bytes);
}

static void send_and_compare(int client) {
  for (size_t i = 0; i < 20; i++) {
    send_all(client, pattern + i * 5000, 5000);
    uint8_t bytes[5000];
    assert_int_equal(receive(client, bytes, 5000), 5000);
    assert_memory_equal(bytes, pattern + i * 5000, 5000);
  }
}

static void bytes_come_back(void **state) {
  (void)state;
  handler.on_read = echo;
  play(send_and_compare);
  assert_true(drains >= 20);
}

/* -- gathering -- */

static void write_small(io_stream *stream, base_slice bytes, void *self) {
  (void)bytes;
  (void)self;
  for (size_t i = 0; i < 200; i++) {
    assert_int_equal(io_stream_pending(stream), i * 100);
    io_stream_write(stream, base_slice_make(pattern + i * 100, 100));
  }
  assert_int_equal(drains, 0);
}

static void ask_once(int client) {
  send_all(client, "?", 1);
  receive_pattern(client, 20000, false);
}

static void small_replies_leave_together_when_the_turn_ends(void **state) {
  (void)state;
  handler.on_read = write_small;
  play(ask_once);
  assert_int_equal(drains, 1);
}

/* -- a slow peer -- */

static void write_mixed(io_stream *stream, base_slice bytes, void *self) {
  (void)bytes;
  (void)self;
  size_t sizes[] = {1, 100, 40000, 7, 500000, 32768, 3};
  size_t written = 0;
  for (size_t i = 0; written < BIG; i++) {
    size_t size = sizes[i % 7] < BIG - written ? sizes[i % 7] : BIG - written;
    io_stream_write(stream, base_slice_make(pattern + written, size));
    written += size;
  }
  assert_true(io_stream_pending(stream) > 0);
  assert_true(io_stream_pending(stream) < BIG);
  assert_int_equal(sem_post(&all_written), 0);
}

static void ask_for_much(int client) {
  send_all(client, "?", 1);
  assert_int_equal(sem_wait(&all_written), 0);
  receive_pattern(client, BIG, false);
}

static void a_slow_peer_gets_everything_in_order(void **state) {
  (void)state;
  handler.on_read = write_mixed;
  play(ask_for_much);
  assert_int_equal(drains, 1);
}

static void end_own_side(int client) {
  send_all(client, "?", 1);
  assert_int_equal(shutdown(client, SHUT_WR), 0);
  assert_int_equal(sem_wait(&all_written), 0);
  receive_pattern(client, BIG, true);
}

static void a_peer_that_ends_its_side_gets_what_is_pending(void **state) {
  (void)state;
  handler.on_read = write_mixed;
  play(end_own_side);
  assert_int_equal(drains, 0);
}

/* -- writing as fast as it drains -- */

#define PART ((size_t)50000)
#define PARTS 60

static void write_part(io_stream *stream) {
  io_stream_write(stream, base_slice_make(pattern + (size_t)drains * PART, PART));
}

static void start_parts(io_stream *stream, base_slice bytes, void *self) {
  (void)bytes;
  (void)self;
  write_part(stream);
}

static void next_part(io_stream *stream, void *self) {
  count_drain(stream, self);
  if (drains < PARTS) {
    write_part(stream);
  } else {
    io_stream_finish(stream);
  }
}

static void receive_parts(int client) {
  send_all(client, "?", 1);
  receive_pattern(client, PART * PARTS, true);
}

static void each_drain_may_write_on(void **state) {
  (void)state;
  handler.on_read = start_parts;
  handler.on_drain = next_part;
  play(receive_parts);
  assert_int_equal(drains, PARTS);
}

/* -- pause and resume -- */

static io_stream *paused;

static void resume(void *self) {
  assert_int_equal(reads, 1);
  io_stream_resume(paused);
  io_timer_free(*(io_timer **)self);
}

static void pause_at_first(io_stream *stream, base_slice bytes, void *self) {
  static io_timer *timer;
  (void)self;
  assert_int_equal(bytes.size, 1);
  if (++reads == 2) {
    io_stream_finish(stream);
    return;
  }
  io_stream_pause(stream);
  io_stream_write(stream, base_slice_text("1"));
  paused = stream;
  timer = io_timer_new(loop, resume, (void *)&timer);
  io_timer_start(timer, 30, 0);
}

static void send_twice(int client) {
  uint8_t reply;
  send_all(client, "a", 1);
  assert_int_equal(receive(client, &reply, 1), 1);
  send_all(client, "b", 1);
  assert_int_equal(receive(client, &reply, 1), 0);
}

static void a_paused_stream_is_not_read(void **state) {
  (void)state;
  handler.on_read = pause_at_first;
  play(send_twice);
  assert_int_equal(reads, 2);
}

/* -- finishing -- */

static void refuse(io_stream *stream, base_slice bytes, void *self) {
  (void)bytes;
  (void)self;
  reads++;
  io_stream_write(stream, base_slice_text("BAD_REQUEST"));
  io_stream_finish(stream);
  io_stream_write(stream, base_slice_text("never sent"));
  io_stream_resume(stream);
}

static void flood(int client) {
  uint8_t reply[64];
  send_all(client, pattern, BIG);
  assert_int_equal(receive(client, reply, sizeof reply), strlen("BAD_REQUEST"));
  assert_memory_equal(reply, "BAD_REQUEST", strlen("BAD_REQUEST"));
}

static void a_peer_that_is_still_sending_gets_the_last_reply(void **state) {
  (void)state;
  handler.on_read = refuse;
  play(flood);
  assert_int_equal(reads, 1);
}

static void finish_at_once(io_stream *stream, int number) {
  io_stream_write(stream, base_slice_make(pattern, number == 0 ? 1 : BIG));
  io_stream_finish(stream);
}

static void a_finish_does_not_wait_for_ever(void **state) {
  (void)state;
  on_accept = finish_at_once;
  expected = 2;
  int keeps_open = connect_client();
  int never_reads = connect_client();
  uint64_t start = base_clock_monotonic();
  io_loop_run(loop);
  assert_in_range(closed_at[0] - start, 900000000, 4000000000);
  assert_in_range(closed_at[1] - start, 4900000000, 30000000000);
  assert_int_equal(close(keeps_open), 0);
  assert_int_equal(close(never_reads), 0);
}

/* -- closing -- */

static void close_twice(io_stream *stream, base_slice bytes, void *self) {
  (void)self;
  io_stream_write(stream, bytes);
  io_stream_close(stream);
  io_stream_close(stream);
  io_stream_write(stream, bytes);
  io_stream_finish(stream);
  io_stream_pause(stream);
  io_stream_resume(stream);
  assert_int_equal(closes, 0);
}

static void await_end(int client) {
  uint8_t reply;
  send_all(client, "?", 1);
  assert_int_equal(receive(client, &reply, 1), 0);
}

static void a_close_drops_what_is_pending_and_is_told_once(void **state) {
  (void)state;
  handler.on_read = close_twice;
  play(await_end);
  assert_int_equal(drains, 0);
}

static void reset_connection(int client) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  uint8_t reply[100];
  send_all(client, "?", 1);
  assert_int_equal(sem_wait(&all_written), 0);
  assert_int_equal(receive(client, reply, sizeof reply), sizeof reply);
  assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
}

static void a_reset_connection_is_closed(void **state) {
  (void)state;
  handler.on_read = write_mixed;
  play(reset_connection);
}

static io_stream *both[2];

static void write_to_both(io_stream *stream, int number) {
  both[number] = stream;
  if (number == 0) return;
  io_stream_write(both[0], base_slice_text("a"));
  io_stream_write(both[1], base_slice_text("b"));
}

static void close_both(io_stream *stream, void *self) {
  count_drain(stream, self);
  io_stream_close(both[0]);
  io_stream_close(both[1]);
}

static void a_drain_may_close_any_stream(void **state) {
  (void)state;
  on_accept = write_to_both;
  handler.on_drain = close_both;
  expected = 2;
  int clients[] = {connect_client(), connect_client()};
  io_loop_run(loop);
  assert_int_equal(drains, 1);
  assert_int_equal(closes, 2);
  for (int i = 0; i < 2; i++) assert_int_equal(close(clients[i]), 0);
}

static io_stream *idle_stream;
static io_timer *idle;

static void ignore(void *self) {
  (void)self;
}

static void keep_with_timer(io_stream *stream, int number) {
  (void)number;
  idle_stream = stream;
  idle = io_timer_new(loop, ignore, NULL);
  io_timer_start(idle, 1000000, 0);
  io_loop_stop(loop);
}

static void free_with_timer(io_stream *stream, void *self) {
  count_close(stream, self);
  io_timer_free(idle);
}

static void say_goodbye(io_message *message) {
  (void)message;
  io_stream_write(idle_stream, base_slice_text("再见"));
}

static void freeing_the_loop_sends_last_replies_and_closes_streams(void **state) {
  (void)state;
  assert_int_equal(open_scene(NULL), 0);
  on_accept = keep_with_timer;
  handler.on_close = free_with_timer;
  int client = connect_client();
  io_loop_run(loop);
  io_message posted = {.run = say_goodbye};
  io_loop_post(loop, &posted);
  io_loop_free(loop);
  assert_int_equal(closes, 1);
  uint8_t reply[16];
  assert_int_equal(receive(client, reply, sizeof reply), strlen("再见"));
  assert_int_equal(close(client), 0);
  assert_int_equal(sem_destroy(&all_written), 0);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_SCENE(bytes_come_back),
      IN_SCENE(small_replies_leave_together_when_the_turn_ends),
      IN_SCENE(a_slow_peer_gets_everything_in_order),
      IN_SCENE(a_peer_that_ends_its_side_gets_what_is_pending),
      IN_SCENE(each_drain_may_write_on),
      IN_SCENE(a_paused_stream_is_not_read),
      IN_SCENE(a_peer_that_is_still_sending_gets_the_last_reply),
      IN_SCENE(a_finish_does_not_wait_for_ever),
      IN_SCENE(a_close_drops_what_is_pending_and_is_told_once),
      IN_SCENE(a_reset_connection_is_closed),
      IN_SCENE(a_drain_may_close_any_stream),
      cmocka_unit_test(freeing_the_loop_sends_last_replies_and_closes_streams),
  };
  return cmocka_run_group_tests(tests, make_pattern, free_pattern);
}
