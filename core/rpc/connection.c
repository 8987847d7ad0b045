/* connection: bytes in, requests through the engine, replies out. See connection.h.
 *
 * Memory:  a call lives in its request's arena and ends with it.
 * Threads: see connection.h.  Fails: see connection.h. */
#include "rpc/connection.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/metric.h"
#include "rpc/message.h"
#include "rpc/watch.h"

BASE_METRIC(frames_total, "rpc_frames_total");
BASE_METRIC(broken_frames_total, "rpc_broken_frames_total");
BASE_METRIC(notifications_total, "rpc_notifications_total");
BASE_METRIC(requests_refused, "rpc_requests_refused_total");
BASE_METRIC(requests_open, "rpc_requests_open");

#define OUTPUT_KEPT ((size_t)64 * 1024) /* memory that the shared output buffer keeps */

/* One request between its message and its reply. */
typedef struct rpc_call {
  rpc_turn turn; /* first, so that a turn is its call */
  rpc_connection *connection;
  api_request *request;
  uint32_t id;
} rpc_call;

static void go_on(rpc_connection *connection, base_slice bytes);

bool rpc_connection_free_unused(rpc_connection *connection) {
  if (connection->stream != NULL || connection->order.under_way > 0) return false;
  if (connection->follow.reading) return false;
  rpc_server *server = connection->server;
  rpc_frame_fini(&connection->frame);
  api_subscription_free(connection->session.subscription);
  free(connection);
  rpc_server_release(server);
  return true;
}

/* --- session ---------------------------------------------------------------------------------- */

static bool logged_in(const rpc_connection *connection) {
  return connection->session.user[0] != '\0';
}

static void open_session(rpc_connection *connection, const io_peer *peer) {
  const rpc_options *options = &connection->server->options;
  connection->session.language = options->language;
  memcpy(connection->session.network, peer->network, sizeof peer->network);
  connection->session.exposed = peer->exposed;
  if (!peer->local || peer->uid < 0) return;
  if (peer->uid != options->owner_uid && peer->uid != 0) return;
  base_buffer roles = {0};
  data_append_array(&roles, 1);
  data_append_text(&roles, "administrator");
  api_session_login(&connection->session, base_slice_text("admin"), base_buffer_slice(&roles));
  connection->session.local = true;
  base_buffer_fini(&roles);
}

static data_limits frame_limits(const rpc_connection *connection) {
  const rpc_options *options = &connection->server->options;
  return logged_in(connection) ? options->frame : options->frame_open;
}

/* --- replies ---------------------------------------------------------------------------------- */

/* Writes what the server's output buffer holds; the stream gathers the replies of one turn. */
void rpc_connection_send(rpc_connection *connection) {
  base_buffer *output = &connection->server->output;
  io_stream_write(connection->stream, base_buffer_slice(output));
  if (output->capacity > OUTPUT_KEPT) {
    base_buffer_fini(output);
  } else {
    base_buffer_clear(output);
  }
}

static void reply_error(rpc_connection *connection, uint32_t id, const base_error *error) {
  rpc_message_append_error(&connection->server->output, id, error, connection->session.error_map);
  rpc_connection_send(connection);
}

/* The user was read anew for this request: its rights are the connection's from here on. */
static void take_rights(rpc_connection *connection, const api_request *request) {
  api_session *session = &connection->session;
  memcpy(session->user, request->session.user, sizeof session->user);
  session->token = request->session.token;
  session->administrator = request->session.administrator;
  session->staff = request->session.staff;
  session->identity = request->session.identity;
  rpc_frame_limit(&connection->frame, frame_limits(connection));
  rpc_watch_session(connection);
}

/* The request worked on a copy: what it changed becomes the connection's, also when the peer has gone
 * meanwhile, because the copy may carry a new subscription. True when that changed. */
static bool take_session(rpc_connection *connection, const api_request *request) {
  bool changes = request->error.code == BASE_OK && (request->op->flags & API_SESSION);
  bool newer = request->session.identity > connection->session.identity;
  if (newer && connection->session.identity != 0) take_rights(connection, request);
  if (!changes) return false;
  api_subscription *before = connection->session.subscription;
  connection->session = request->session;
  connection->session.ops = connection->session.types = (base_slice){0}; /* the request's */
  rpc_frame_limit(&connection->frame, frame_limits(connection));
  rpc_watch_session(connection);
  if (before == connection->session.subscription) return false;
  api_subscription_free(before);
  return true;
}

static void reply(const rpc_call *call) {
  rpc_connection *connection = call->connection;
  const api_request *request = call->request;
  if (request->error.code != BASE_OK) {
    reply_error(connection, call->id, &request->error);
    return;
  }
  rpc_message_append_result(&connection->server->output, call->id,
                            base_buffer_slice(&request->result));
  rpc_connection_send(connection);
}

static void count_under_way(rpc_server *server, int by) {
  server->under_way += (size_t)by;
  base_metric_add(&requests_open, by);
}

static void end_call(rpc_call *call) {
  rpc_connection *connection = call->connection;
  count_under_way(connection->server, -1);
  rpc_order_end(&connection->order, &call->turn);
  bool subscribed = take_session(connection, call->request);
  if (connection->stream != NULL) reply(call);
  if (subscribed) rpc_follow_start(connection);
  api_request_free(call->request);
  if (connection->stream == NULL) {
    (void)rpc_connection_free_unused(connection);
  } else if (!connection->settling) {
    go_on(connection, base_slice_make(NULL, 0));
  }
}

/* --- requests --------------------------------------------------------------------------------- */

/* True on the loop's thread while a request is being submitted: what is done by then needs no way
 * through the mailbox. */
static _Thread_local bool submitting;

static void end_posted(io_message *message) {
  api_request *request = (api_request *)message;
  end_call(request->self);
}

static void request_done(api_request *request, void *self) {
  rpc_call *call = self;
  if (submitting) {
    end_call(call);
    return;
  }
  request->message.run = end_posted;
  io_loop_post(call->connection->server->loop, &request->message);
}

static void start(rpc_call *call) {
  submitting = true;
  api_engine_submit(call->connection->server->engine, call->request);
  submitting = false;
}

/* Whether the engine will only try this write; not when the op has a dry_run of its own. */
static bool is_dry_run(const api_op *op, base_slice arguments) {
  if (!data_map_boolean(arguments, "dry_run", false)) return false;
  return op->params == NULL || data_field_find(op->params, base_slice_text("dry_run")) == NULL;
}

/* A dry run waits like a read: it writes nothing, but must see what was written before it. */
static rpc_turn_kind turn_kind(const api_op *op, base_slice arguments) {
  if ((op->flags & (API_SESSION | API_CONTROL)) || op->prepare != NULL) return RPC_TURN_BARRIER;
  bool writes = (op->flags & API_WRITE) && !is_dry_run(op, arguments);
  return writes ? RPC_TURN_WRITE : RPC_TURN_READ;
}

/* When there is no room for the connection or its request: says so at once. */
static base_code check_room(rpc_connection *connection, base_error *error) {
  const rpc_server *server = connection->server;
  size_t most = server->options.requests;
  const char *limit = connection->refused;
  if (limit == NULL && (most == 0 || server->under_way < most)) return BASE_OK;
  if (limit == NULL) limit = "limits.requests";
  base_metric_add(&requests_refused, 1);
  if (connection->refused == NULL) rpc_watch_hit(limit);
  return base_error_set(error, BASE_UNAVAILABLE, NULL, "服务器已满（%s）：请稍后重试",
                        "the server is full (%s): try again later", limit);
}

static void take_request(rpc_connection *connection, const rpc_message *message) {
  base_error error = {.language = connection->session.language};
  base_slice arguments;
  rpc_watch_took(connection);
  if (check_room(connection, &error) != BASE_OK) {
    reply_error(connection, message->id, &error);
    connection->closing = connection->closing || connection->refused != NULL;
    return;
  }
  if (rpc_message_arguments(message, &arguments, &error) != BASE_OK) {
    reply_error(connection, message->id, &error);
    return;
  }
  api_request *request =
      api_request_new(&connection->server->door, &connection->session, arguments);
  if (api_engine_find(connection->server->engine, request, message->method) != BASE_OK) {
    reply_error(connection, message->id, &request->error);
    api_request_free(request);
    return;
  }
  rpc_call *call = BASE_NEW(request->arena, rpc_call);
  *call = (rpc_call){.connection = connection, .request = request, .id = message->id};
  request->number = (uint64_t)connection->number << 32 | message->id;
  request->done = request_done;
  request->self = call;
  count_under_way(connection->server, 1);
  rpc_turn_kind kind = turn_kind(request->op, arguments);
  if (rpc_order_take(&connection->order, &call->turn, kind)) start(call);
}

static void refuse_message(rpc_connection *connection, base_slice bytes, const base_error *error) {
  uint32_t id;
  base_metric_add(&broken_frames_total, 1);
  if (error->code == BASE_TOO_LARGE) {
    rpc_watch_hit(logged_in(connection) ? "limits.frame" : "limits.open_frame");
  }
  if (rpc_message_find_id(bytes, &id)) reply_error(connection, id, error);
  connection->closing = true;
}

static void take_message(rpc_connection *connection, base_slice bytes) {
  base_error error = {.language = connection->session.language};
  rpc_message message;
  base_metric_add(&frames_total, 1);
  bool wrong = rpc_message_read(bytes, &message, &error) != BASE_OK;
  if (wrong || message.kind == RPC_MESSAGE_RESPONSE) {
    refuse_message(connection, bytes, &error);
  } else if (message.kind == RPC_MESSAGE_REQUEST) {
    take_request(connection, &message);
  } else {
    base_metric_add(&notifications_total, 1);
  }
}

/* --- flow ------------------------------------------------------------------------------------- */

/* Whether the next message may be taken. Once the peer is at a limit, nothing is until it is down
 * to half of each. */
static bool may_take(rpc_connection *connection) {
  const rpc_options *options = &connection->server->options;
  size_t requests = connection->order.under_way;
  size_t unsent = io_stream_pending(connection->stream);
  if (requests >= options->outstanding || unsent > options->output_bytes) {
    const char *limit =
        requests >= options->outstanding ? "limits.outstanding" : "limits.output_bytes";
    if (!connection->stalled) rpc_watch_hit(limit);
    connection->stalled = true;
  } else if (requests <= options->outstanding / 2 && unsent <= options->output_bytes / 2) {
    connection->stalled = false;
  }
  return !connection->stalled && !connection->closing && !connection->order.barrier &&
         rpc_watch_may_take(connection);
}

static void start_waiting(rpc_connection *connection) {
  rpc_turn *turn;
  while ((turn = rpc_order_next(&connection->order)) != NULL) start((rpc_call *)turn);
}

static void take_messages(rpc_connection *connection) {
  while (may_take(connection)) {
    base_slice message;
    base_error error = {.language = connection->session.language};
    switch (rpc_frame_next(&connection->frame, &message, &error)) {
      case RPC_FRAME_READY:
        take_message(connection, message);
        break;
      case RPC_FRAME_BROKEN:
        refuse_message(connection, message, &error);
        break;
      case RPC_FRAME_MORE:
      default:
        connection->closing = connection->ended;
        return;
    }
  }
}

static void pause_or_resume(rpc_connection *connection) {
  bool pause = !may_take(connection);
  if (pause == connection->paused) return;
  connection->paused = pause;
  if (pause) {
    io_stream_pause(connection->stream);
  } else {
    io_stream_resume(connection->stream);
  }
}

static void go_on(rpc_connection *connection, base_slice bytes) {
  connection->settling = true;
  rpc_frame_offer(&connection->frame, bytes);
  start_waiting(connection);
  take_messages(connection);
  rpc_frame_keep(&connection->frame);
  connection->settling = false;
  pause_or_resume(connection);
  if (connection->closing && connection->order.under_way == 0) io_stream_finish(connection->stream);
}

void rpc_connection_go_on(rpc_connection *connection) {
  if (!connection->settling) go_on(connection, base_slice_make(NULL, 0));
}

void rpc_connection_finish(rpc_connection *connection) {
  connection->closing = true;
  go_on(connection, base_slice_make(NULL, 0));
}

static void drop_waiting(rpc_connection *connection) {
  rpc_turn *turn;
  while ((turn = rpc_order_drop(&connection->order)) != NULL) {
    api_request_free(((rpc_call *)turn)->request);
    count_under_way(connection->server, -1);
  }
}

void rpc_connection_close(rpc_connection *connection) {
  connection->closing = true;
  drop_waiting(connection);
  io_stream_close(connection->stream);
}

/* --- stream ----------------------------------------------------------------------------------- */

static void read_bytes(io_stream *stream, base_slice bytes, void *self) {
  rpc_connection *connection = self;
  (void)stream;
  if (!connection->closing) go_on(connection, bytes);
}

static void end_bytes(io_stream *stream, void *self) {
  rpc_connection *connection = self;
  (void)stream;
  connection->ended = true;
  if (!connection->closing && !connection->settling) go_on(connection, base_slice_make(NULL, 0));
}

static void drain_output(io_stream *stream, void *self) {
  rpc_connection *connection = self;
  (void)stream;
  if (connection->stalled && !connection->settling) go_on(connection, base_slice_make(NULL, 0));
  rpc_follow_next(connection);
}

static void close_connection(io_stream *stream, void *self) {
  rpc_connection *connection = self;
  (void)stream;
  connection->stream = NULL;
  drop_waiting(connection);
  rpc_server_leave(connection->server, connection);
  (void)rpc_connection_free_unused(connection);
}

void rpc_connection_open(rpc_server *server, io_stream *stream, const io_peer *peer,
                         const char *refused) {
  static const io_stream_handler handler = {.on_read = read_bytes,
                                            .on_drain = drain_output,
                                            .on_end = end_bytes,
                                            .on_close = close_connection};
  rpc_connection *connection = base_alloc(sizeof *connection);
  *connection = (rpc_connection){.server = server, .stream = stream, .refused = refused};
  rpc_order_init(&connection->order);
  open_session(connection, peer);
  rpc_frame_init(&connection->frame, frame_limits(connection));
  rpc_server_join(server, connection);
  io_stream_open(stream, &handler, connection);
}
