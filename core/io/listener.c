/* listener: a listening socket, polled, and accept called by us. See stream.h.
 *
 * libuv's own listeners drop the waiting connections when descriptors run out, or spin. This one
 * rests a moment instead, and the connections wait in the backlog.
 * Memory:  the listener is freed when libuv has closed its handle.
 * Threads: the loop's.  Fails: UNAVAILABLE with address and reason. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/inside.h"

#define BACKLOG 1024
#define ACCEPTS_PER_TURN 64
#define REST_MS 100
#define SOCKET_FLAGS (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

BASE_METRIC(accept_failures, "io_accept_failures_total");

struct io_listener {
  io_owned owned;
  uv_poll_t poll;
  io_loop *loop;
  io_timer *rest;
  int socket;
  int spare;    /* a descriptor to give up when there are no others; -1: it is in use */
  bool failing; /* the last accept failed; said once */
  bool local;
  const io_tls *tls;          /* NULL: in clear text */
  struct sockaddr_un address; /* of a unix socket */
  io_accept accept;
  void *self;
};

static void print_address(const struct sockaddr_storage *address, char out[64]) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    (void)inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
    (void)snprintf(out, 64, "[%s]:%u", host, (unsigned)ntohs(six->sin6_port));
  } else {
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    (void)inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): accept filled it in */
    (void)snprintf(out, 64, "%s:%u", host, (unsigned)ntohs(four->sin_port));
  }
}

/* IPv4 in full, also where it comes in IPv6's clothes; of IPv6 the 64 bits that a subscriber owns. */
static void set_network(io_peer *peer, const struct sockaddr_storage *address) {
  uint8_t bytes[16] = {0};
  char host[INET6_ADDRSTRLEN] = "";
  const struct in6_addr *six = &((const struct sockaddr_in6 *)address)->sin6_addr;
  bool mapped = address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six);
  if (address->ss_family == AF_INET6 && !mapped) {
    memcpy(bytes, six, 8);
    peer->exposed = !IN6_IS_ADDR_LOOPBACK(six);
    (void)inet_ntop(AF_INET6, bytes, host, sizeof host);
    (void)snprintf(peer->network, sizeof peer->network, "%s/64", host);
    return;
  }
  const struct in_addr *four = &((const struct sockaddr_in *)address)->sin_addr;
  memcpy(bytes, mapped ? (const void *)&six->s6_addr[12] : four, 4);
  peer->exposed = bytes[0] != 127;
  (void)inet_ntop(AF_INET, bytes, peer->network, sizeof peer->network);
}

static io_peer peer_of(int socket, const struct sockaddr_storage *address, bool local) {
  io_peer peer = {.local = local, .uid = -1};
  if (!local) {
    print_address(address, peer.address);
    set_network(&peer, address);
    return peer;
  }
  struct ucred owner;
  socklen_t size = sizeof owner;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &owner, &size) == 0) peer.uid = owner.uid;
  (void)snprintf(peer.address, sizeof peer.address, "unix");
  (void)snprintf(peer.network, sizeof peer.network, "unix");
  return peer;
}

/* A failure that will be there again at once: descriptors or memory. */
static void rest(io_listener *listener, int reason) {
  char text[128];
  base_metric_add(&accept_failures, 1);
  if (!listener->failing) {
    base_log(BASE_LOG_WARN, "io.accept", "reason=\"%s\" retry_ms=%d",
             strerror_r(reason, text, sizeof text), REST_MS);
  }
  listener->failing = true;
  (void)uv_poll_stop(&listener->poll);
  io_timer_start(listener->rest, REST_MS, 0);
}

static int take_connection(const io_listener *listener, struct sockaddr_storage *address) {
  socklen_t size = sizeof *address;
  return accept4(listener->socket, (struct sockaddr *)address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static bool keep_spare(io_listener *listener) {
  if (listener->spare < 0) listener->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return listener->spare >= 0;
}

/* One connection more, so that its peer can be told; the others wait. */
static int take_last(io_listener *listener, struct sockaddr_storage *address) {
  if (listener->spare < 0) return -1;
  (void)close(listener->spare);
  listener->spare = -1;
  return take_connection(listener, address);
}

/* Whether there may be another connection. */
static bool accept_one(io_listener *listener) {
  struct sockaddr_storage address = {0};
  int connected = take_connection(listener, &address);
  bool last = false;
  if (connected < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return true;
    rest(listener, errno);
    connected = take_last(listener, &address);
    if (connected < 0) return false;
    last = true;
  }
  listener->failing = last;
  io_peer peer = peer_of(connected, &address, listener->local);
  peer.last = last;
  if (listener->tls != NULL) peer.exposed = false;
  io_stream *stream = io_stream_new(listener->loop, connected, listener->local, listener->tls);
  if (stream != NULL) listener->accept(stream, &peer, listener->self);
  return !last && !uv_is_closing((const uv_handle_t *)&listener->poll);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  io_listener *listener = (io_listener *)poll->data;
  (void)events;
  io_loop_busy(listener->loop);
  if (status != 0) {
    rest(listener, -status);
    return;
  }
  for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(listener); i++) continue;
}

static void on_rested(void *self) {
  io_listener *listener = (io_listener *)self;
  if (!keep_spare(listener)) {
    io_timer_start(listener->rest, REST_MS, 0);
    return;
  }
  (void)uv_poll_start(&listener->poll, UV_READABLE, on_ready);
}

static void free_listener(uv_handle_t *handle) {
  free(handle->data);
}

/* The file goes while we still listen: later it could be another server's. */
static void close_listener(io_owned *owned) {
  io_listener *listener = (io_listener *)owned;
  if (listener->local) (void)unlink(listener->address.sun_path);
  io_timer_free(listener->rest);
  uv_close((uv_handle_t *)&listener->poll, free_listener);
  (void)close(listener->socket);
  if (listener->spare >= 0) (void)close(listener->spare);
}

void io_listener_close(io_listener *listener) {
  if (listener != NULL) close_listener(&listener->owned);
}

#define PROBES 4 /* unanswered questions after which a peer is gone */

/* Connections inherit it from the socket they come from. */
void io_listener_keepalive(io_listener *listener, unsigned idle_s, uint64_t unsent_ms) {
  int on = 1;
  int probes = PROBES;
  int idle = (int)idle_s;
  int between = idle < 4 ? 1 : idle / 4;
  int unsent = unsent_ms > INT_MAX ? INT_MAX : (int)unsent_ms;
  if (listener->local) return;
  (void)setsockopt(listener->socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (idle > 0) {
    (void)setsockopt(listener->socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(listener->socket, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
    (void)setsockopt(listener->socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  }
  if (unsent > 0) {
    (void)setsockopt(listener->socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unsent, sizeof unsent);
  }
}

/* Takes the listening socket, also when it fails. */
static int start_listener(io_loop *loop, int socket, io_accept accept, void *self,
                          io_listener **listener) {
  io_listener *made = base_alloc(sizeof *made);
  *made = (io_listener){.owned = {close_listener},
                        .loop = loop,
                        .socket = socket,
                        .spare = -1,
                        .accept = accept,
                        .self = self};
  int status = uv_poll_init(&loop->uv, &made->poll, socket);
  if (status != 0) {
    (void)close(socket);
    free(made);
    return -status;
  }
  made->poll.data = made;
  made->rest = io_timer_new(loop, on_rested, made);
  (void)keep_spare(made);
  status = uv_poll_start(&made->poll, UV_READABLE, on_ready);
  if (status != 0) {
    io_listener_close(made);
    return -status;
  }
  *listener = made;
  return 0;
}

static base_code refuse(base_error *error, const char *address, const char *reason) {
  return base_error_set(error, BASE_UNAVAILABLE, NULL,
                        "无法在 %s 上监听（%s）：请换一个地址，或停止占用它的程序",
                        "cannot listen on %s (%s): choose another address or stop the program "
                        "that uses it",
                        address, reason);
}

static base_code refuse_status(base_error *error, const char *address, int status) {
  char reason[128];
  return refuse(error, address, strerror_r(status, reason, sizeof reason));
}

/* The listening socket, or -1 with errno. */
static int listen_tcp(const struct addrinfo *address) {
  int made = socket(address->ai_family, SOCKET_FLAGS, 0);
  int on = 1;
  if (made < 0) return -1;
  (void)setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(made, address->ai_addr, address->ai_addrlen) == 0 && listen(made, BACKLOG) == 0) {
    return made;
  }
  int reason = errno;
  (void)close(made);
  errno = reason;
  return -1;
}

static base_code find_addresses(const char *host, const char *service, const char *name,
                                struct addrinfo **addresses, base_error *error) {
  const struct addrinfo hints = {
      .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  int status = getaddrinfo(host, service, &hints, addresses);
  return status == 0 ? BASE_OK : refuse(error, name, gai_strerror(status));
}

base_code io_listener_tcp(io_loop *loop, const char *host, unsigned port, io_accept accept,
                          void *self, io_listener **listener, char bound[64], base_error *error) {
  char name[320], service[16];
  struct addrinfo *addresses = NULL;
  (void)snprintf(name, sizeof name, "%s:%u", host, port);
  (void)snprintf(service, sizeof service, "%u", port);
  if (port > UINT16_MAX) return refuse(error, name, "port > 65535");
  BASE_TRY(find_addresses(host, service, name, &addresses, error));
  int made = -1;
  for (struct addrinfo *each = addresses; each != NULL && made < 0; each = each->ai_next) {
    made = listen_tcp(each);
  }
  int status = made < 0 ? errno : 0;
  freeaddrinfo(addresses);
  struct sockaddr_storage address = {0};
  socklen_t size = sizeof address;
  if (status == 0) {
    (void)getsockname(made, (struct sockaddr *)&address, &size);
    print_address(&address, bound);
    status = start_listener(loop, made, accept, self, listener);
  }
  return status == 0 ? BASE_OK : refuse_status(error, name, status);
}

base_code io_listener_tls(io_loop *loop, const io_tls *tls, const char *host, unsigned port,
                          io_accept accept, void *self, io_listener **listener, char bound[64],
                          base_error *error) {
  BASE_TRY(io_listener_tcp(loop, host, port, accept, self, listener, bound, error));
  (*listener)->tls = tls;
  return BASE_OK;
}

/* Whether the path is a socket file that nobody listens on any more. A file of another kind refuses
 * connections too, and must stay. */
static bool is_stale(const struct sockaddr_un *address) {
  struct stat file;
  if (lstat(address->sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  int probe = socket(AF_UNIX, SOCKET_FLAGS, 0);
  if (probe < 0) return false;
  bool stale = connect(probe, (const struct sockaddr *)address, sizeof *address) != 0 &&
               errno == ECONNREFUSED;
  (void)close(probe);
  return stale;
}

static int bind_unix(int made, const struct sockaddr_un *address) {
  if (bind(made, (const struct sockaddr *)address, sizeof *address) == 0) return 0;
  if (errno != EADDRINUSE) return errno;
  if (!is_stale(address)) return EADDRINUSE;
  (void)unlink(address->sun_path);
  return bind(made, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
}

/* Nobody can connect between bind and listen, so the mode is right before it matters. */
static int listen_unix(int made, const struct sockaddr_un *address) {
  int status = bind_unix(made, address);
  if (status != 0) return status;
  if (chmod(address->sun_path, S_IRUSR | S_IWUSR) == 0 && listen(made, BACKLOG) == 0) return 0;
  status = errno;
  (void)unlink(address->sun_path);
  return status;
}

base_code io_listener_unix(io_loop *loop, const char *path, io_accept accept, void *self,
                           io_listener **listener, base_error *error) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    return refuse_status(error, path, ENAMETOOLONG);
  }
  memcpy(address.sun_path, path, strlen(path) + 1);
  int made = socket(AF_UNIX, SOCKET_FLAGS, 0);
  if (made < 0) return refuse_status(error, path, errno);
  int status = listen_unix(made, &address);
  if (status != 0) {
    (void)close(made);
    return refuse_status(error, path, status);
  }
  status = start_listener(loop, made, accept, self, listener);
  if (status != 0) {
    (void)unlink(path);
    return refuse_status(error, path, status);
  }
  (*listener)->local = true;
  (*listener)->address = address;
  return BASE_OK;
}
