#include "rpc/follow.h"

#include "base/metric.h"
#include "rpc/connection.h"
#include "rpc/message.h"

BASE_METRIC(events_total, "rpc_events_total");
BASE_METRIC(events_lost_total, "rpc_events_lost_total");

static void send_notification(rpc_connection *connection, const char *method, base_slice body) {
  base_buffer *output = &connection->server->output;
  rpc_message_append_notification(output, method, body);
  rpc_connection_send(connection);
}

static void send_map(rpc_connection *connection, const char *method, base_buffer *map) {
  send_notification(connection, method, base_buffer_slice(map));
  base_buffer_fini(map);
}

static void tell_lost(rpc_connection *connection, uint64_t to) {
  base_buffer lost = {0};
  data_append_map(&lost, 2);
  data_append_pair_integer(&lost, "from", (int64_t)connection->follow.after + 1);
  data_append_pair_integer(&lost, "to", (int64_t)to);
  base_metric_add(&events_lost_total, (int64_t)(to - connection->follow.after));
  connection->follow.after = to;
  send_map(connection, "event.lost", &lost);
}

/* The filter was valid when it was made; a type or a right that went since ends the subscription. */
static void tell_end(rpc_connection *connection, const base_error *error) {
  base_buffer end = {0};
  data_append_map(&end, 2);
  data_append_pair_text(&end, "code", base_code_name(error->code));
  data_append_pair_text(&end, "message", error->message);
  api_subscription_free(connection->session.subscription);
  connection->session.subscription = NULL;
  send_map(connection, "event.end", &end);
}

/* --- a page --------------------------------------------------------------------------------------- */

static void send_page(rpc_connection *connection, base_slice events) {
  data_value items = {0};
  data_map_find(events, "items", &items);
  data_walk walk = data_walk_begin(items.raw);
  while (data_walk_next(&walk)) send_notification(connection, "event", walk.value.raw);
  base_metric_add(&events_total, items.as.count);
  connection->follow.after = (uint64_t)data_map_integer(events, "next", 0);
}

/* A page of events under way; lives in its request. */
typedef struct page {
  rpc_connection *connection;
  unsigned turn;
} page;

static bool is_current(const page *read) {
  const rpc_connection *connection = read->connection;
  return connection->stream != NULL && !connection->closing &&
         connection->session.subscription != NULL && connection->follow.turn == read->turn;
}

static void take_page(api_request *request) {
  const page *read = request->self;
  rpc_connection *connection = read->connection;
  connection->follow.reading = false;
  bool current = is_current(read);
  if (current && request->error.code == BASE_OK) {
    send_page(connection, base_buffer_slice(&request->result));
  } else if (current) {
    tell_end(connection, &request->error);
  }
  api_request_free(request);
  if (!rpc_connection_free_unused(connection)) rpc_follow_next(connection);
}

static void take_posted(io_message *message) {
  take_page((api_request *)message);
}

static void page_done(api_request *request, void *self) {
  const page *read = self;
  request->message.run = take_posted;
  io_loop_post(read->connection->server->loop, &request->message);
}

static base_slice page_params(const rpc_connection *connection, base_buffer *out) {
  base_buffer after = {0};
  data_append_map(&after, 1);
  data_append_pair_integer(&after, "after", (int64_t)connection->follow.after);
  data_splice(connection->session.subscription->filter, base_buffer_slice(&after), out);
  base_buffer_fini(&after);
  return base_buffer_slice(out);
}

static void read_page(rpc_connection *connection) {
  api_engine *engine = connection->server->engine;
  base_buffer params = {0};
  api_request *request = api_request_new(&connection->server->door, &connection->session,
                                         page_params(connection, &params));
  base_buffer_fini(&params);
  page *read = BASE_NEW(request->arena, page);
  *read = (page){.connection = connection, .turn = connection->follow.turn};
  request->done = page_done;
  request->self = read;
  connection->follow.reading = true;
  if (api_engine_find(engine, request, base_slice_text("event.read")) == BASE_OK) {
    api_engine_submit(engine, request);
  } else {
    page_done(request, read);
  }
}

/* --- when ------------------------------------------------------------------------------------------- */

static bool keeps_up(const rpc_connection *connection) {
  return io_stream_pending(connection->stream) <= connection->server->options.output_bytes / 2;
}

void rpc_follow_next(rpc_connection *connection) {
  const rpc_server *server = connection->server;
  bool may = connection->stream != NULL && !connection->closing && !connection->follow.reading &&
             connection->session.subscription != NULL && keeps_up(connection);
  if (!may) return;
  uint64_t last = store_info_get(api_engine_store(server->engine)).sequence;
  if (last > connection->follow.after + server->options.event_lag) tell_lost(connection, last);
  if (last > connection->follow.after) read_page(connection);
}

void rpc_follow_start(rpc_connection *connection) {
  connection->follow.turn += 1;
  if (connection->session.subscription == NULL) return;
  connection->follow.after = connection->session.subscription->after;
  rpc_follow_next(connection);
}
