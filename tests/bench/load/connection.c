/* connection: see connection.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "connection.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES ((size_t)128 * 1024)

/* A request under way: its tag is its place. */
typedef struct place {
  uint64_t sent_at;
  size_t kind;
} place;

struct connection {
  int descriptor;
  const plan *asked;
  chance *dice;
  tally *counts;
  buffer in;
  buffer out;
  size_t depth;
  size_t oldest; /* of the replies that come in order */
  place places[];
};

uint64_t connection_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* --- opening --------------------------------------------------------------------------------------------- */

static int connect_unix(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) buffer_die("the socket's path is too long");
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    buffer_die("cannot connect to the unix socket");
  }
  return descriptor;
}

static int connect_tcp(const char *text) {
  char host[256];
  struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  snprintf(host, sizeof host, "%s", text);
  char *colon = strrchr(host, ':');
  if (colon == NULL) buffer_die("an address is a path or HOST:PORT");
  *colon = '\0';
  if (getaddrinfo(host, colon + 1, &wanted, &found) != 0) buffer_die("no such host");
  int descriptor = socket(found->ai_family, SOCK_STREAM, 0);
  if (connect(descriptor, found->ai_addr, found->ai_addrlen) != 0) buffer_die("cannot connect");
  freeaddrinfo(found);
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

/* What has arrived goes into `in`; false when there is nothing now. */
static bool receive(connection *client, int flags) {
  uint8_t *room = buffer_room(&client->in, READ_BYTES);
  ssize_t count = recv(client->descriptor, room, READ_BYTES, flags);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count <= 0) buffer_die("the server closed a connection");
  client->in.end += (size_t)count;
  return true;
}

/* The next reply in `in`; false when it is not there as a whole. */
static bool next_reply(connection *client, reply *found) {
  const uint8_t *bytes = client->in.bytes + client->in.start;
  size_t size = buffer_size(&client->in);
  reply_state state =
      size == 0 ? REPLY_PARTIAL : reply_read(plan_protocol(client->asked), bytes, size, found);
  if (state == REPLY_BROKEN) buffer_die("the server sent what is no reply");
  return state == REPLY_WHOLE;
}

static void take_greeting(connection *client) {
  while (buffer_size(&client->in) < REPLY_GREETING) receive(client, 0);
  buffer_take(&client->in, REPLY_GREETING);
}

static void go_through_prelude(connection *client) {
  size_t replies = 0;
  const buffer *prelude = plan_prelude(client->asked, &replies);
  buffer_append(&client->out, prelude->bytes, prelude->end);
  while (connection_write(client)) continue;
  if (plan_protocol(client->asked) == REPLY_IPROTO) {
    take_greeting(client);
    replies--;
  }
  while (replies > 0) {
    reply found;
    if (!next_reply(client, &found)) {
      receive(client, 0);
      continue;
    }
    if (found.failed) buffer_die("the server refused the prelude");
    buffer_take(&client->in, found.size);
    replies--;
  }
}

connection *connection_open(const char *address, const plan *asked, size_t depth, chance *dice,
                            tally *counts) {
  connection *client = calloc(1, sizeof *client + depth * sizeof client->places[0]);
  if (client == NULL) buffer_die("out of memory");
  client->asked = asked;
  client->dice = dice;
  client->counts = counts;
  client->depth = depth;
  client->descriptor = strchr(address, '/') != NULL ? connect_unix(address) : connect_tcp(address);
  go_through_prelude(client);
  return client;
}

int connection_descriptor(const connection *client) {
  return client->descriptor;
}

/* --- the loop ----------------------------------------------------------------------------------------------- */

static void ask(connection *client, size_t at, uint64_t now) {
  client->places[at] =
      (place){now, plan_append(client->asked, client->dice, (uint32_t)at, &client->out)};
}

void connection_start(connection *client) {
  uint64_t now = connection_now();
  for (size_t i = 0; i < client->depth; i++) ask(client, i, now);
  connection_write(client);
}

static void keep_error(connection *client, size_t size) {
  tally *counts = client->counts;
  const uint8_t *bytes = client->in.bytes + client->in.start;
  size_t length = 0;
  if (counts->errors++ > 0) return;
  for (size_t i = 0; i < size && length < sizeof counts->first_error - 1; i++) {
    bool shown = bytes[i] >= 0x20 && bytes[i] != 0x7f && bytes[i] != '"' && bytes[i] != '\\';
    counts->first_error[length++] = shown && bytes[i] < 0x80 ? (char)bytes[i] : '.';
  }
}

static void count(connection *client, const reply *found, const place *request, uint64_t now) {
  tally *counts = client->counts;
  if (found->failed || found->size < plan_least(client->asked, request->kind)) {
    keep_error(client, found->size);
  }
  if (!counts->counting) return;
  counts->replies++;
  counts->reply_bytes += found->size;
  histogram_add(&counts->times, now - request->sent_at);
}

void connection_read(connection *client) {
  reply found;
  if (!receive(client, MSG_DONTWAIT)) return;
  uint64_t now = connection_now();
  while (next_reply(client, &found)) {
    size_t at = found.tagged ? found.tag : client->oldest;
    if (at >= client->depth) buffer_die("a reply to a request that was not made");
    count(client, &found, &client->places[at], now);
    buffer_take(&client->in, found.size);
    if (!found.tagged) client->oldest = (client->oldest + 1) % client->depth;
    ask(client, at, now);
  }
  connection_write(client);
}

bool connection_write(connection *client) {
  buffer *out = &client->out;
  while (buffer_size(out) > 0) {
    ssize_t sent = send(client->descriptor, out->bytes + out->start, buffer_size(out),
                        MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (sent < 0) buffer_die("the server closed a connection");
    buffer_take(out, (size_t)sent);
  }
  return false;
}

void connection_close(connection *client) {
  close(client->descriptor);
  buffer_fini(&client->in);
  buffer_fini(&client->out);
  free(client);
}
