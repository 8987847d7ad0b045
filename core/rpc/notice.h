/* notice: brings word of commits from the writer lane to the loop, many commits in one message.
 *
 * Memory:  lives on its own, because a message may still be on its way when the server is freed: the
 *          last of both frees it.
 * Threads: made and freed on the loop; the engine's commit hook runs on the writer lane.
 * Fails:   never. */
#pragma once

#include "rpc/server.h"

rpc_notice *rpc_notice_new(rpc_server *server);

/* No word comes any more after this. */
void rpc_notice_free(rpc_notice *notice);
