/* client: a blocking msgpack-RPC client over one POSIX socket. See rpc.h.
 *
 * Memory:  bytes that came behind the reply handed out wait in `arrived`.
 * Threads: one at a time.
 * Fails:   UNAVAILABLE when the server cannot be reached, is silent or goes away. */
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
#include "rpc/frame.h"
#include "rpc/message.h"
#include "rpc/rpc.h"

#define PATIENCE_SECONDS 60
#define READ_SIZE ((size_t)65536)

/* What a server may answer. It means well; the bounds are for one that is broken. */
static const data_limits reply_limits = {.bytes = (size_t)256 << 20,
                                         .depth = 256,
                                         .items = (size_t)16 << 20,
                                         .map_entries = (size_t)1 << 20};

struct rpc_client {
  int descriptor;
  uint32_t last_id;
  size_t unanswered;
  rpc_frame arrived;
  base_buffer output; /* of one request; kept for its capacity */
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
static base_code connect_tcp(const char *address, int *descriptor, base_error *error) {
  const char *colon = strrchr(address, ':');
  char host[256];
  if (colon == NULL || colon == address || colon[1] == '\0') return address_wrong(address, error);
  base_slice name = base_slice_make(address, (size_t)(colon - address));
  if (name.size > 2 && name.data[0] == '[' && name.data[name.size - 1] == ']') {
    name = base_slice_make(name.data + 1, name.size - 2);
  }
  if (name.size >= sizeof host) return address_wrong(address, error);
  memcpy(host, name.data, name.size);
  host[name.size] = '\0';
  return connect_host(address, host, colon + 1, descriptor, error);
}

static base_code say_hello(rpc_client *client, base_error *error) {
  base_buffer params = {0};
  base_slice result;
  data_append_map(&params, 3);
  data_append_pair_text(&params, "client", "haoke");
  data_append_pair_text(&params, "errors", "map");
  data_append_pair_text(&params, "lang", error->language == BASE_EN ? "en" : "zh-CN");
  base_code code =
      rpc_client_call(client, "session.hello", base_buffer_slice(&params), &result, error);
  base_buffer_fini(&params);
  return code;
}

base_code rpc_client_open(const char *address, rpc_client **client, base_error *error) {
  int descriptor;
  if (strncmp(address, "unix:", 5) == 0) {
    BASE_TRY(connect_unix(address, address + 5, &descriptor, error));
  } else {
    BASE_TRY(connect_tcp(address, &descriptor, error));
  }
  rpc_client *made = base_alloc(sizeof *made);
  *made = (rpc_client){.descriptor = descriptor};
  rpc_frame_init(&made->arrived, reply_limits);
  base_code code = say_hello(made, error);
  if (code != BASE_OK) {
    rpc_client_close(made);
    return code;
  }
  *client = made;
  return BASE_OK;
}

void rpc_client_close(rpc_client *client) {
  if (client == NULL) return;
  (void)close(client->descriptor);
  rpc_frame_fini(&client->arrived);
  base_buffer_fini(&client->output);
  free(client);
}

/* --- calls ------------------------------------------------------------------------------------ */

static bool try_again(int reason) {
  return reason == EAGAIN || reason == EWOULDBLOCK || reason == EINTR;
}

static base_code read_some(rpc_client *client, base_error *error) {
  uint8_t bytes[READ_SIZE];
  ssize_t size = recv(client->descriptor, bytes, sizeof bytes, 0);
  if (size < 0) return try_again(errno) ? BASE_OK : connection_lost(errno, error);
  if (size == 0) return connection_lost(ECONNRESET, error);
  rpc_frame_offer(&client->arrived, base_slice_make(bytes, (size_t)size));
  rpc_frame_keep(&client->arrived);
  return BASE_OK;
}

/* While the server does not read, it may be waiting for its replies to be taken. */
static base_code write_all(rpc_client *client, base_slice bytes, base_error *error) {
  while (bytes.size > 0) {
    short ready = 0;
    ssize_t size = send(client->descriptor, bytes.data, bytes.size, MSG_NOSIGNAL);
    if (size >= 0) {
      bytes = base_slice_after(bytes, (size_t)size);
      continue;
    }
    if (!try_again(errno)) return connection_lost(errno, error);
    BASE_TRY(wait_ready(client->descriptor, POLLIN | POLLOUT, &ready, error));
    if (ready & POLLIN) BASE_TRY(read_some(client, error));
  }
  return BASE_OK;
}

base_code rpc_client_send(rpc_client *client, const char *op, base_slice params, uint32_t *id,
                          base_error *error) {
  *id = ++client->last_id;
  base_buffer_clear(&client->output);
  rpc_message_append_request(&client->output, *id, op, params);
  client->unanswered++;
  base_code code = write_all(client, base_buffer_slice(&client->output), error);
  /* It may have held a password. */
  explicit_bzero(client->output.data, client->output.size);
  return code;
}

static base_code wait_message(rpc_client *client, base_slice *bytes, base_error *error) {
  for (;;) {
    short ready = 0;
    switch (rpc_frame_next(&client->arrived, bytes, error)) {
      case RPC_FRAME_READY:
        return BASE_OK;
      case RPC_FRAME_BROKEN:
        return error->code;
      case RPC_FRAME_MORE:
      default:
        rpc_frame_keep(&client->arrived);
        BASE_TRY(wait_ready(client->descriptor, POLLIN, &ready, error));
        BASE_TRY(read_some(client, error));
    }
  }
}

base_code rpc_client_receive(rpc_client *client, uint32_t *id, base_slice *result,
                             base_error *error) {
  rpc_message message;
  base_slice bytes;
  do {
    BASE_TRY(wait_message(client, &bytes, error));
    BASE_TRY(rpc_message_read(bytes, &message, error));
  } while (message.kind == RPC_MESSAGE_NOTIFICATION);
  client->unanswered--;
  *id = message.id;
  *result = message.result;
  if (message.kind == RPC_MESSAGE_RESPONSE && message.error.type == DATA_NIL) return BASE_OK;
  rpc_message_read_error(message.error, error);
  return error->code;
}

base_code rpc_client_call(rpc_client *client, const char *op, base_slice params, base_slice *result,
                          base_error *error) {
  uint32_t sent;
  uint32_t answered;
  if (client->unanswered > 0) {
    return base_error_set(error, BASE_INTERNAL, NULL, "还有 %zu 个请求未取回应，不能再用单次调用",
                          "%zu replies are still to be received before a single call",
                          client->unanswered);
  }
  BASE_TRY(rpc_client_send(client, op, params, &sent, error));
  base_code code = rpc_client_receive(client, &answered, result, error);
  if (code == BASE_OK && answered != sent) {
    return base_error_set(error, BASE_INTERNAL, NULL, "服务器回应了编号 %u，而请求的编号是 %u",
                          "the server answered id %u to request %u", answered, sent);
  }
  return code;
}
