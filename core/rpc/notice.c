#include "rpc/notice.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "rpc/connection.h"

struct rpc_notice {
  io_message message;
  io_loop *loop;
  rpc_server *server; /* NULL once it is freed */
  _Atomic bool posted;
};

static void arrive(io_message *message) {
  rpc_notice *notice = (rpc_notice *)message;
  if (notice->server == NULL) {
    free(notice);
    return;
  }
  atomic_store(&notice->posted, false);
  rpc_connection *connection;
  TAILQ_FOREACH(connection, &notice->server->open, link) rpc_follow_next(connection);
}

/* One message at a time is on its way; what is committed before it arrives is told by it too. */
static void committed(void *self) {
  rpc_notice *notice = self;
  if (!atomic_exchange(&notice->posted, true)) io_loop_post(notice->loop, &notice->message);
}

rpc_notice *rpc_notice_new(rpc_server *server) {
  rpc_notice *notice = base_alloc(sizeof *notice);
  *notice = (rpc_notice){.message.run = arrive, .loop = server->loop, .server = server};
  api_engine_on_commit(server->engine, committed, notice);
  return notice;
}

void rpc_notice_free(rpc_notice *notice) {
  api_engine_on_commit(notice->server->engine, NULL, NULL);
  notice->server = NULL;
  if (!atomic_load(&notice->posted)) free(notice);
}
