/* world: a whole server for tests, with a package of its own: loop, engine, store and sockets are
 * real, the ops are made to be watched and held.
 *
 *   test.echo    read      its params
 *   test.point   point     {}, before login too
 *   test.large   point     a text of 60 000 bytes
 *   test.hold    read      {} when the gate lets it pass
 *   test.write   write     {} after storing `value`; with hold, when the gate lets it pass
 *   test.seen    read      {value} stored last
 *   test.as      session   logs in as `user`
 *   session.hello          as in the protocol
 *
 * What begins to run is noted in the trace: its op, or its `note`. */
#pragma once

#include <errno.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/execution.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/random.h"
#include "rpc/frame.h"
#include "rpc/message.h"
#include "rpc/rpc.h"

#define WORLD_PATIENCE_S 30
#define WORLD_LARGE ((size_t)60000)

static const data_limits world_limits = {
    .bytes = 1 << 20, .depth = 16, .items = 4096, .map_entries = 64};
static const data_limits world_limits_open = {
    .bytes = 256, .depth = 8, .items = 64, .map_entries = 8};

typedef struct rpc_world {
  char directory[64];
  char path[80];
  char address[96];
  char bound[64]; /* of the TCP listener */
  store *store;
  base_clock *clock;
  api_registry *registry;
  api_engine *engine;
  io_loop *loop;
  rpc_server *server;
  pthread_t thread;
  unsigned drained; /* how often the end of a drain was told */
  io_message drain;
  uint64_t drain_ms;
  base_error error;
} rpc_world;

/* --- gate and trace --------------------------------------------------------------------------- */

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  size_t waiting; /* ops at the gate */
  size_t passes;  /* ops it will let pass */
  size_t count;
  char notes[4096][16];
} gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static inline struct timespec world_deadline(void) {
  struct timespec at;
  (void)clock_gettime(CLOCK_REALTIME, &at);
  at.tv_sec += WORLD_PATIENCE_S;
  return at;
}

static inline void gate_note(base_slice note) {
  (void)pthread_mutex_lock(&gate.mutex);
  if (gate.count < 4096) {
    (void)snprintf(gate.notes[gate.count++], 16, "%.*s", BASE_SLICE_ARGS(note));
  }
  (void)pthread_cond_broadcast(&gate.changed);
  (void)pthread_mutex_unlock(&gate.mutex);
}

static inline void gate_wait(void) {
  struct timespec deadline = world_deadline();
  int status = 0;
  (void)pthread_mutex_lock(&gate.mutex);
  gate.waiting++;
  (void)pthread_cond_broadcast(&gate.changed);
  while (gate.passes == 0 && status == 0) {
    status = pthread_cond_timedwait(&gate.changed, &gate.mutex, &deadline);
  }
  if (gate.passes > 0) gate.passes--;
  gate.waiting--;
  (void)pthread_mutex_unlock(&gate.mutex);
}

/* Lets `count` ops pass, those that wait and those that come. */
static inline void gate_open(size_t count) {
  (void)pthread_mutex_lock(&gate.mutex);
  gate.passes += count;
  (void)pthread_cond_broadcast(&gate.changed);
  (void)pthread_mutex_unlock(&gate.mutex);
}

/* Waits until exactly `count` ops stand at the gate. */
static inline void gate_expect(size_t count) {
  struct timespec deadline = world_deadline();
  int status = 0;
  (void)pthread_mutex_lock(&gate.mutex);
  while (gate.waiting != count && status == 0) {
    status = pthread_cond_timedwait(&gate.changed, &gate.mutex, &deadline);
  }
  size_t waiting = gate.waiting;
  (void)pthread_mutex_unlock(&gate.mutex);
  assert_int_equal(waiting, count);
}

static inline size_t gate_count(const char *note) {
  size_t count = 0;
  (void)pthread_mutex_lock(&gate.mutex);
  for (size_t i = 0; i < gate.count; i++) count += strcmp(gate.notes[i], note) == 0;
  (void)pthread_mutex_unlock(&gate.mutex);
  return count;
}

/* --- ops -------------------------------------------------------------------------------------- */

static const char world_key[] = "value";

static inline void note_start(base_slice params, const char *op) {
  base_slice note = data_map_text(params, "note");
  gate_note(note.size > 0 ? note : base_slice_text(op));
}

static base_code op_echo(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)ctx;
  note_start(params, self);
  data_append_raw(result, params);
  return BASE_OK;
}

static base_code op_empty(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)ctx;
  note_start(params, self);
  data_append_map(result, 0);
  return BASE_OK;
}

static base_code op_large(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  uint8_t *text = base_arena_zero(ctx->arena, WORLD_LARGE);
  note_start(params, self);
  data_append_slice(result, base_slice_make(text, WORLD_LARGE));
  return BASE_OK;
}

static base_code op_hold(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)ctx;
  note_start(params, self);
  gate_wait();
  data_append_map(result, 0);
  return BASE_OK;
}

static base_code op_write(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  data_value value;
  note_start(params, self);
  if (data_map_boolean(params, "hold", false)) gate_wait();
  data_map_find(params, "value", &value);
  BASE_TRY(store_put(ctx->set, STORE_META, base_slice_text(world_key), value.raw, ctx->error));
  data_append_map(result, 0);
  return BASE_OK;
}

static base_code op_seen(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  base_slice value;
  note_start(params, self);
  bool found = store_get(ctx->set, STORE_META, base_slice_text(world_key), &value);
  data_append_map(result, 1);
  data_append_text(result, "value");
  data_append_raw(result, found ? value : base_slice_make("\xc0", 1));
  return BASE_OK;
}

static base_code op_as(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  note_start(params, self);
  api_session_login(api_execution_of(ctx)->session, data_map_text(params, "user"),
                    base_slice_make("\x91\xa5staff", 7));
  data_append_map(result, 0);
  return BASE_OK;
}

static base_code op_hello(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  api_session *session = api_execution_of(ctx)->session;
  note_start(params, self);
  session->error_map = base_slice_is(data_map_text(params, "errors"), "map");
  session->language = base_slice_is(data_map_text(params, "lang"), "en") ? BASE_EN : BASE_ZH;
  data_append_map(result, 0);
  return BASE_OK;
}

static const data_field world_params[] = {{.name = "note", .kind = DATA_KIND_TEXT},
                                          {.name = "text", .kind = DATA_KIND_ANY},
                                          {.name = "value", .kind = DATA_KIND_INTEGER},
                                          {.name = "hold", .kind = DATA_KIND_BOOLEAN},
                                          {.name = "user", .kind = DATA_KIND_TEXT},
                                          {.name = "client", .kind = DATA_KIND_TEXT},
                                          {.name = "errors", .kind = DATA_KIND_TEXT},
                                          {.name = "lang", .kind = DATA_KIND_TEXT},
                                          {.name = NULL}};

#define WORLD_OP(title, set, handler)                                                              \
  {                                                                                                \
    .name = (title), .flags = (set), .params = world_params, .since = "1", .doc = (title),         \
    .run = (handler), .self = (title)                                                              \
  }

static const api_op world_ops[] = {
    WORLD_OP("test.echo", 0, op_echo),
    WORLD_OP("test.point", API_POINT | API_OPEN, op_empty),
    WORLD_OP("test.large", API_POINT, op_large),
    WORLD_OP("test.hold", 0, op_hold),
    WORLD_OP("test.write", API_WRITE, op_write),
    WORLD_OP("test.seen", 0, op_seen),
    WORLD_OP("test.as", API_SESSION | API_OPEN, op_as),
    WORLD_OP("session.hello", API_SESSION | API_OPEN, op_hello),
    {.name = NULL},
};

/* --- life ------------------------------------------------------------------------------------- */

static inline void *run_loop(void *self) {
  io_loop_run(((rpc_world *)self)->loop);
  return NULL;
}

static inline rpc_options world_options(void) {
  return (rpc_options){.frame = world_limits,
                       .frame_open = world_limits_open,
                       .outstanding = 256,
                       .output_bytes = 1 << 20,
                       .connections = 64,
                       .language = BASE_ZH,
                       .owner_uid = (int64_t)geteuid()};
}

static inline void open_engine(rpc_world *made, unsigned lanes) {
  static api_package package = {.name = "test", .version = "1.0.0", .ops = world_ops};
  api_package *packages[] = {&package};
  const api_engine_options options = {.reader_lanes = lanes, .reads_on_loop = true};
  const data_zone *zone = NULL;
  assert_int_equal(store_open(&(store_options){.directory = made->directory, .map_bytes = 1 << 28},
                              &made->store, &made->error),
                   BASE_OK);
  made->clock = base_clock_new_test(1772848800000);
  assert_int_equal(data_zone_find(base_slice_text("Asia/Shanghai"), &zone, &made->error), BASE_OK);
  assert_int_equal(api_registry_new(packages, 1, (base_slice){0}, &made->registry, &made->error),
                   BASE_OK);
  assert_int_equal(api_engine_new(&options, made->store, made->clock, zone, made->registry,
                                  &made->engine, &made->error),
                   BASE_OK);
}

static inline rpc_world *world_open(const rpc_options *options, unsigned lanes) {
  rpc_world *made = base_alloc(sizeof *made);
  *made = (rpc_world){.directory = "/tmp/haoke-rpc-XXXXXX", .error = {.language = BASE_EN}};
  gate.waiting = gate.passes = gate.count = 0;
  base_random_init();
  assert_non_null(mkdtemp(made->directory));
  (void)snprintf(made->path, sizeof made->path, "%s/haoke.sock", made->directory);
  (void)snprintf(made->address, sizeof made->address, "unix:%s", made->path);
  open_engine(made, lanes);
  assert_int_equal(io_loop_new(&made->loop, &made->error), BASE_OK);
  made->server = rpc_server_new(made->loop, made->engine, options);
  assert_int_equal(rpc_server_listen_unix(made->server, made->path, &made->error), BASE_OK);
  assert_int_equal(rpc_server_listen_tcp(made->server, "127.0.0.1", 0, made->bound, &made->error),
                   BASE_OK);
  assert_int_equal(pthread_create(&made->thread, NULL, run_loop, made), 0);
  return made;
}

static inline void world_drained(void *self) {
  rpc_world *world = self;
  world->drained++;
  io_loop_stop(world->loop);
}

static inline void world_start_drain(io_message *message) {
  rpc_world *self = (rpc_world *)(void *)((char *)message - offsetof(rpc_world, drain));
  rpc_server_drain(self->server, self->drain_ms, world_drained, self);
}

/* Has the server drain; world_close waits for it. */
static inline void world_drain(rpc_world *self, uint64_t ms) {
  self->drain_ms = ms;
  self->drain.run = world_start_drain;
  io_loop_post(self->loop, &self->drain);
}

static inline int remove_entry(const char *path, const struct stat *status, int kind,
                               struct FTW *place) {
  (void)status;
  (void)kind;
  (void)place;
  return remove(path);
}

/* Without a drain: what a second SIGTERM does. */
static inline void world_stop(rpc_world *self) {
  io_loop_stop(self->loop);
}

/* After world_drain or world_stop. What is still held at the gate is let go when the server is
 * freed already. */
static inline void world_close(rpc_world *self) {
  assert_int_equal(pthread_join(self->thread, NULL), 0);
  assert_int_equal(self->drained, self->drain.run == NULL ? 0 : 1);
  rpc_server_free(self->server);
  gate_open(1000);
  api_engine_free(self->engine);
  io_loop_free(self->loop);
  api_registry_release(self->registry);
  base_clock_free(self->clock);
  store_close(self->store);
  (void)nftw(self->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  free(self);
  data_zone_fini();
}

/* --- a peer ----------------------------------------------------------------------------------- */

typedef struct rpc_peer {
  int descriptor;
  rpc_frame frame;
} rpc_peer;

typedef struct rpc_reply {
  uint32_t id;
  base_code code; /* BASE_OK, or of its error */
  base_error error;
  int64_t value; /* of a result's `value` */
} rpc_reply;

static inline rpc_peer peer_connect(const struct sockaddr *address, socklen_t size) {
  const struct timeval patience = {.tv_sec = WORLD_PATIENCE_S};
  rpc_peer made = {.descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  assert_int_equal(connect(made.descriptor, address, size), 0);
  (void)setsockopt(made.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  rpc_frame_init(&made.frame, (data_limits){1 << 26, 64, 1 << 20, 1 << 16});
  return made;
}

static inline rpc_peer peer_open(const rpc_world *world) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, world->path, strlen(world->path));
  return peer_connect((const struct sockaddr *)&address, sizeof address);
}

static inline rpc_peer peer_open_tcp(const rpc_world *world) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const char *port = strrchr(world->bound, ':');
  assert_non_null(port);
  address.sin_port = htons((uint16_t)atoi(port + 1));
  return peer_connect((const struct sockaddr *)&address, sizeof address);
}

static inline void peer_close(rpc_peer *self) {
  (void)close(self->descriptor);
  rpc_frame_fini(&self->frame);
}

static inline void peer_send(rpc_peer *self, base_slice bytes) {
  while (bytes.size > 0) {
    ssize_t sent = send(self->descriptor, bytes.data, bytes.size, MSG_NOSIGNAL);
    assert_true(sent > 0);
    bytes = base_slice_after(bytes, (size_t)sent);
  }
}

/* False when the server has closed. */
static inline bool peer_receive(rpc_peer *self, rpc_reply *reply) {
  rpc_message message;
  base_slice bytes;
  base_error error = {.language = BASE_EN};
  while (rpc_frame_next(&self->frame, &bytes, &error) == RPC_FRAME_MORE) {
    uint8_t read[65536];
    rpc_frame_keep(&self->frame);
    ssize_t size = recv(self->descriptor, read, sizeof read, 0);
    if (size == 0 || (size < 0 && errno == ECONNRESET)) return false;
    assert_true(size > 0);
    rpc_frame_offer(&self->frame, base_slice_make(read, (size_t)size));
    rpc_frame_keep(&self->frame);
  }
  assert_int_equal(rpc_message_read(bytes, &message, &error), BASE_OK);
  assert_int_equal(message.kind, RPC_MESSAGE_RESPONSE);
  reply->id = message.id;
  reply->error = (base_error){.language = BASE_EN};
  if (message.error.type != DATA_NIL) rpc_message_read_error(message.error, &reply->error);
  reply->code = reply->error.code;
  reply->value = data_map_integer(message.result, "value", -1);
  return true;
}

static inline rpc_reply peer_expect(rpc_peer *self, uint32_t id, base_code code) {
  rpc_reply got;
  assert_true(peer_receive(self, &got));
  assert_int_equal(got.id, id);
  assert_int_equal(got.code, code);
  return got;
}

static inline void peer_expect_closed(rpc_peer *self) {
  rpc_reply got;
  assert_false(peer_receive(self, &got));
}

/* --- requests --------------------------------------------------------------------------------- */

/* Appends a request whose params are {note, value} or {note}. */
static inline void add_request(base_buffer *out, uint32_t id, const char *op, const char *note,
                               int64_t value) {
  base_buffer params = {0};
  data_append_map(&params, value < 0 ? 1 : 2);
  data_append_pair_text(&params, "note", note);
  if (value >= 0) data_append_pair_integer(&params, "value", value);
  rpc_message_append_request(out, id, op, base_buffer_slice(&params));
  base_buffer_fini(&params);
}

/* A test.write that stops at the gate. */
static inline void add_held_write(base_buffer *out, uint32_t id, int64_t value) {
  base_buffer params = {0};
  data_append_map(&params, 3);
  data_append_pair_text(&params, "note", "held");
  data_append_pair_boolean(&params, "hold", true);
  data_append_pair_integer(&params, "value", value);
  rpc_message_append_request(out, id, "test.write", base_buffer_slice(&params));
  base_buffer_fini(&params);
}

static inline void peer_send_all(rpc_peer *self, base_buffer *packet) {
  peer_send(self, base_buffer_slice(packet));
  base_buffer_fini(packet);
}

/* A request of another connection, there and back: by then the loop has done all it could do with
 * what reached it before. `op` is test.echo, behind all reads that were started; or test.point,
 * when the reader lanes are held. */
static inline void world_round_trip(const rpc_world *world, const char *op) {
  base_buffer packet = {0};
  rpc_peer other = peer_open(world);
  add_request(&packet, 1, op, "round", -1);
  peer_send_all(&other, &packet);
  (void)peer_expect(&other, 1, BASE_OK);
  peer_close(&other);
}

static inline void find_metric(const char *name, int64_t value, void *self) {
  struct {
    const char *name;
    int64_t value;
  } *wanted = self;
  if (strcmp(name, wanted->name) == 0) wanted->value = value;
}

static inline int64_t metric_value(const char *name) {
  struct {
    const char *name;
    int64_t value;
  } wanted = {name, 0};
  base_metric_each(find_metric, &wanted);
  return wanted.value;
}
