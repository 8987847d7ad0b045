/* submit: from a plugin's own thread to the engine, and the answer back.
 *
 * Memory:  a submission lies in its request's arena and holds one reference of its plugin.
 * Threads: any that is not inside a callback. The engine's address is handed out under a count, so
 *          that detach can wait until nobody uses it; there is no lock.
 * Fails:   UNAVAILABLE; UNKNOWN_METHOD; what `ask` failed with, INTERNAL for params that are not
 *          one whole value. The rest is the answer's. */
#pragma once

#include "loader/plugin.h"

int loader_submit(const crm_host *host, const char *op, crm_ask ask, crm_done done, void *self);
