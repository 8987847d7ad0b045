/* pool: the idle states of one package. A call takes one and gives it back; the one used last is
 * taken first, so that a quiet server works in few of them. Inside the room only.
 *
 * Memory:  the pool owns the states that lie in it.
 * Threads: take and give: any.  init and fini: one, when no call is under way.
 * Fails:   never; an empty pool gives NULL. */
#pragma once

#include <pthread.h>

#include "script/state.h"

typedef struct script_pool {
  pthread_mutex_t lock;
  script_state *first;
} script_pool;

void script_pool_init(script_pool *pool);
void script_pool_fini(script_pool *pool);
script_state *script_pool_take(script_pool *pool);
void script_pool_give(script_pool *pool, script_state *state);
