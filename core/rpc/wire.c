/* wire: connecting, and bytes in both directions. See wire.h.
 *
 * Memory:  what is to be sent is gathered in `out`, already sealed.
 * Threads: one at a time.  Fails: see wire.h. */
#include "rpc/wire.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"

#define PATIENCE_SECONDS 60
#define HOST_SIZE 256

struct rpc_wire {
  int descriptor;
  io_tls *tls; /* NULL: clear text */
  io_tls_session *session;
  base_buffer out;
  size_t sent; /* bytes of `out` that have left */
  uint8_t bytes[IO_TLS_TAKE];
  uint8_t plain[IO_TLS_SCRATCH];
};

/* --- waiting ---------------------------------------------------------------------------------- */

static base_code connection_lost(int reason, base_error *error) {
  char text[128];
  return base_error_set(error, BASE_UNAVAILABLE, NULL, "与服务器的连接中断：%s",
                        "the connection to the server was lost: %s",
                        strerror_r(reason, text, sizeof text));
}

/* Waits until the descriptor is ready for one of the events. */
static base_code wait_ready(int descriptor, short events, short *ready, base_error *error) {
  struct pollfd wanted = {.fd = descriptor, .events = events};
  int count;
  do {
    count = poll(&wanted, 1, PATIENCE_SECONDS * 1000);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return connection_lost(errno, error);
  if (count == 0) {
    return base_error_set(error, BASE_UNAVAILABLE, NULL, "服务器 %d 秒没有响应",
                          "the server did not answer within %d seconds", PATIENCE_SECONDS);
  }
  *ready = wanted.revents;
  return BASE_OK;
}

/* --- connecting ------------------------------------------------------------------------------- */

static base_code address_wrong(const char *address, base_error *error) {
  return base_error_set(error, BASE_INVALID_ARGUMENT, NULL,
                        "地址 %s 不对：应为 主机:端口 或 unix:路径（路径不超过 %zu 字节）",
                        "the address %s is wrong: it should be HOST:PORT or unix:PATH (a path of "
                        "at most %zu bytes)",
                        address, sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
}

static base_code connect_failed(const char *address, const char *reason, base_error *error) {
  return base_error_set(error, BASE_UNAVAILABLE, NULL,
                        "无法连接 %s（%s）：请确认服务器已启动，地址正确",
                        "cannot connect to %s (%s): check that the server runs and the address is "
                        "right",
                        address, reason);
}

/* The outcome of a connect that went on in the background: 0 or an errno. */
static int connect_outcome(int descriptor) {
  int outcome = 0;
  short ready = 0;
  socklen_t size = sizeof outcome;
  base_error ignored = {.language = BASE_ZH};
  if (wait_ready(descriptor, POLLOUT, &ready, &ignored) != BASE_OK) return ETIMEDOUT;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &outcome, &size) != 0) return errno;
  return outcome;
}

/* A connected socket, or -1 with the reason in errno. */
static int connect_to(const struct sockaddr *address, socklen_t size) {
  int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  int outcome = connect(descriptor, address, size) == 0 ? 0 : errno;
  if (outcome == EINPROGRESS) outcome = connect_outcome(descriptor);
  if (outcome == 0) return descriptor;
  (void)close(descriptor);
  errno = outcome;
  return -1;
}

static base_code connect_unix(const char *address, const char *path, int *descriptor,
                              base_error *error) {
  struct sockaddr_un target = {.sun_family = AF_UNIX};
  char text[128];
  size_t size = strlen(path);
  if (size == 0 || size >= sizeof target.sun_path) return address_wrong(address, error);
  memcpy(target.sun_path, path, size);
  *descriptor = connect_to((const struct sockaddr *)&target, sizeof target);
  if (*descriptor >= 0) return BASE_OK;
  return connect_failed(address, strerror_r(errno, text, sizeof text), error);
}

static base_code connect_host(const char *address, const char *host, const char *port,
                              int *descriptor, base_error *error) {
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  const int yes = 1;
  struct addrinfo *found = NULL;
  char text[128];
  int status = getaddrinfo(host, port, &hints, &found);
  if (status != 0) return connect_failed(address, gai_strerror(status), error);
  *descriptor = -1;
  for (const struct addrinfo *next = found; next != NULL && *descriptor < 0; next = next->ai_next) {
    *descriptor = connect_to(next->ai_addr, next->ai_addrlen);
  }
  int reason = errno;
  freeaddrinfo(found);
  if (*descriptor < 0) {
    return connect_failed(address, strerror_r(reason, text, sizeof text), error);
  }
  (void)setsockopt(*descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return BASE_OK;
}

/* Splits HOST:PORT at the last colon; an IPv6 address stands in brackets. */
static base_code connect_tcp(const char *address, char host[HOST_SIZE], int *descriptor,
                             base_error *error) {
  const char *colon = strrchr(address, ':');
  if (colon == NULL || colon == address || colon[1] == '\0') return address_wrong(address, error);
  base_slice name = base_slice_make(address, (size_t)(colon - address));
  if (name.size > 2 && name.data[0] == '[' && name.data[name.size - 1] == ']') {
    name = base_slice_make(name.data + 1, name.size - 2);
  }
  if (name.size >= HOST_SIZE) return address_wrong(address, error);
  memcpy(host, name.data, name.size);
  host[name.size] = '\0';
  return connect_host(address, host, colon + 1, descriptor, error);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static bool try_again(int reason) {
  return reason == EAGAIN || reason == EWOULDBLOCK || reason == EINTR;
}

bool rpc_wire_sent(const rpc_wire *wire) {
  return wire->sent == wire->out.size;
}

static base_code flush(rpc_wire *wire, base_error *error) {
  while (!rpc_wire_sent(wire)) {
    ssize_t size = send(wire->descriptor, wire->out.data + wire->sent, wire->out.size - wire->sent,
                        MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return try_again(errno) ? BASE_OK : connection_lost(errno, error);
    wire->sent += (size_t)size;
  }
  /* It may have held a password. */
  if (wire->out.size > 0) explicit_bzero(wire->out.data, wire->out.size);
  base_buffer_clear(&wire->out);
  wire->sent = 0;
  return BASE_OK;
}

base_code rpc_wire_write(rpc_wire *wire, base_slice bytes, base_error *error) {
  if (wire->session == NULL) {
    base_buffer_append(&wire->out, bytes.data, bytes.size);
  } else {
    io_tls_send(wire->session, bytes, &wire->out);
  }
  return flush(wire, error);
}

static base_code tls_failed(const char *reason, base_error *error) {
  return base_error_set(
      error, BASE_UNAVAILABLE, NULL,
      "TLS 连接失败（%s）：请确认端口是 TLS "
      "端口，证书由受信任的机构签发（--ca FILE），名称相符",
      "TLS failed (%s): check that the port speaks TLS, and that the certificate is "
      "issued by someone trusted (--ca FILE) for this name",
      reason);
}

static base_code unseal(rpc_wire *wire, base_slice bytes, base_slice *arrived, io_tls_state *state,
                        base_error *error) {
  *state = io_tls_receive(wire->session, bytes, wire->plain, arrived, &wire->out);
  BASE_TRY(flush(wire, error));
  if (*state == IO_TLS_FAILED) return tls_failed(io_tls_reason(wire->session), error);
  if (*state == IO_TLS_ENDED && arrived->size == 0) return connection_lost(ECONNRESET, error);
  return BASE_OK;
}

static base_code read_some(rpc_wire *wire, base_slice *arrived, io_tls_state *state,
                           base_error *error) {
  ssize_t size = recv(wire->descriptor, wire->bytes, sizeof wire->bytes, 0);
  if (size < 0) return try_again(errno) ? BASE_OK : connection_lost(errno, error);
  if (size == 0) return connection_lost(ECONNRESET, error);
  *arrived = base_slice_make(wire->bytes, (size_t)size);
  return wire->session == NULL ? BASE_OK : unseal(wire, *arrived, arrived, state, error);
}

/* While the server does not read, it may be waiting for its replies to be taken. */
static base_code wait_some(rpc_wire *wire, base_slice *arrived, io_tls_state *state,
                           base_error *error) {
  short ready = 0;
  *arrived = (base_slice){0};
  short events = rpc_wire_sent(wire) ? POLLIN : POLLIN | POLLOUT;
  BASE_TRY(wait_ready(wire->descriptor, events, &ready, error));
  if (ready & POLLOUT) BASE_TRY(flush(wire, error));
  return ready & ~POLLOUT ? read_some(wire, arrived, state, error) : BASE_OK;
}

base_code rpc_wire_wait(rpc_wire *wire, base_slice *arrived, base_error *error) {
  io_tls_state state;
  return wait_some(wire, arrived, &state, error);
}

/* --- opening ---------------------------------------------------------------------------------- */

static base_code shake_hands(rpc_wire *wire, const char *host, base_error *error) {
  base_slice arrived;
  io_tls_state state;
  wire->session = io_tls_open(wire->tls, host);
  base_code code = unseal(wire, (base_slice){0}, &arrived, &state, error);
  while (code == BASE_OK && state == IO_TLS_SHAKING) {
    code = wait_some(wire, &arrived, &state, error);
  }
  if (code == BASE_OK || state == IO_TLS_FAILED) return code;
  base_error lost = *error;
  return tls_failed(lost.message, error);
}

static base_code connect_wire(const char *address, rpc_wire *wire, base_error *error) {
  char host[HOST_SIZE];
  if (strncmp(address, "unix:", 5) == 0) {
    return connect_unix(address, address + 5, &wire->descriptor, error);
  }
  BASE_TRY(connect_tcp(address, host, &wire->descriptor, error));
  return wire->tls == NULL ? BASE_OK : shake_hands(wire, host, error);
}

base_code rpc_wire_open(const char *address, bool tls, const char *ca, rpc_wire **wire,
                        base_error *error) {
  rpc_wire *made = base_alloc(sizeof *made);
  made->descriptor = -1;
  made->tls = NULL;
  made->session = NULL;
  made->out = (base_buffer){0};
  made->sent = 0;
  base_code code = tls ? io_tls_new_client(ca, &made->tls, error) : BASE_OK;
  if (code == BASE_OK) code = connect_wire(address, made, error);
  if (code != BASE_OK) {
    rpc_wire_close(made);
    return code;
  }
  *wire = made;
  return BASE_OK;
}

void rpc_wire_close(rpc_wire *wire) {
  if (wire == NULL) return;
  if (wire->descriptor >= 0) (void)close(wire->descriptor);
  io_tls_close(wire->session);
  io_tls_free(wire->tls);
  base_buffer_fini(&wire->out);
  free(wire);
}
