/* haoke_load: a closed loop of requests against one server, and what came of it as one line of JSON.
 *
 *   haoke_load PLAN ADDRESS CONNECTIONS DEPTH WARM_SECONDS SECONDS [PROCESS [SEED]]
 *
 * The plan is a file (plan.h), the address a unix socket's path or HOST:PORT, PROCESS the server's
 * number, 0 for none. One thread: on a machine of two cores it leaves as much as possible to the server.
 *
 * Fails: exit status 1 with a message on standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "connection.h"
#include "usage.h"

#define EVENTS 256

typedef struct load {
  size_t count;
  connection **clients;
  int events;
  tally counts;
} load;

static double client_seconds(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void open_clients(load *running, const char *address, const plan *asked, size_t depth,
                         chance *dice) {
  running->clients = calloc(running->count, sizeof(connection *));
  running->events = epoll_create1(0);
  if (running->clients == NULL || running->events < 0) buffer_die("out of memory");
  for (size_t i = 0; i < running->count; i++) {
    running->clients[i] = connection_open(address, asked, depth, dice, &running->counts);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = running->clients[i]};
    epoll_ctl(running->events, EPOLL_CTL_ADD, connection_descriptor(running->clients[i]), &event);
  }
}

/* Replies and requests until the given instant. What a full socket did not take is sent with the next
 * reply of that connection: with a bounded depth there is always one to come. */
static uint64_t run_until(load *running, uint64_t end) {
  struct epoll_event ready[EVENTS];
  uint64_t now = connection_now();
  while (now < end) {
    int count = epoll_wait(running->events, ready, EVENTS, 100);
    now = connection_now();
    for (int i = 0; i < count; i++) connection_read(ready[i].data.ptr);
  }
  return now;
}

typedef struct measure {
  uint64_t at;
  double client;
  usage server;
} measure;

static measure take_measure(pid_t server) {
  measure taken = {.at = connection_now(), .client = client_seconds()};
  if (server > 0) taken.server = usage_of(server);
  return taken;
}

static void print(const tally *counts, const measure *from, const measure *to) {
  double seconds = (double)(to->at - from->at) / 1e9;
  double replies = counts->replies > 0 ? (double)counts->replies : 1;
  printf("{\"replies\": %llu, \"errors\": %llu, \"seconds\": %.3f, \"per_second\": %.1f, ",
         (unsigned long long)counts->replies, (unsigned long long)counts->errors, seconds,
         (double)counts->replies / seconds);
  printf("\"median_us\": %.1f, \"p99_us\": %.1f, \"longest_us\": %.1f, ",
         (double)histogram_quantile(&counts->times, 0.5) / 1e3,
         (double)histogram_quantile(&counts->times, 0.99) / 1e3,
         (double)counts->times.longest / 1e3);
  printf("\"reply_bytes\": %.0f, \"client_cpu\": %.3f, \"server_cpu\": %.3f, ",
         (double)counts->reply_bytes / replies, (to->client - from->client) / seconds,
         (to->server.cpu_seconds - from->server.cpu_seconds) / seconds);
  printf("\"server_private\": %llu, \"server_shared\": %llu, \"first_error\": \"%s\"}\n",
         (unsigned long long)to->server.private_bytes, (unsigned long long)to->server.shared_bytes,
         counts->first_error);
}

static double number(const char *text, double least, double most) {
  char *end = NULL;
  double value = strtod(text, &end);
  if (*end != '\0' || value < least || value > most) buffer_die("an argument is no such number");
  return value;
}

int main(int count, char **arguments) {
  if (count < 7 || count > 9) {
    buffer_die("PLAN ADDRESS CONNECTIONS DEPTH WARM_SECONDS SECONDS [PROCESS [SEED]]");
  }
  load running = {.count = (size_t)number(arguments[3], 1, 4096)};
  size_t depth = (size_t)number(arguments[4], 1, 4096);
  double warm = number(arguments[5], 0, 3600);
  double seconds = number(arguments[6], 0.01, 36000);
  pid_t server = count > 7 ? (pid_t)number(arguments[7], 0, 1 << 30) : 0;
  chance dice = {count > 8 ? (uint64_t)number(arguments[8], 1, 1e15) : 1};
  plan *asked = plan_read(arguments[1]);
  for (int i = 0; i < 16; i++) chance_next(&dice); /* small seeds are alike at first */
  open_clients(&running, arguments[2], asked, depth, &dice);
  for (size_t i = 0; i < running.count; i++) connection_start(running.clients[i]);
  run_until(&running, connection_now() + (uint64_t)(warm * 1e9));
  running.counts.counting = true;
  measure from = take_measure(server);
  run_until(&running, from.at + (uint64_t)(seconds * 1e9));
  measure to = take_measure(server);
  print(&running.counts, &from, &to);
  for (size_t i = 0; i < running.count; i++) connection_close(running.clients[i]);
  close(running.events);
  free(running.clients);
  plan_free(asked);
  return 0;
}
