/* pool: a stack under a mutex. See pool.h. */
#include "script/pool.h"

void script_pool_init(script_pool *pool) {
  pool->first = NULL;
  (void)pthread_mutex_init(&pool->lock, NULL);
}

void script_pool_fini(script_pool *pool) {
  while (pool->first != NULL) script_state_free(script_pool_take(pool));
  (void)pthread_mutex_destroy(&pool->lock);
}

script_state *script_pool_take(script_pool *pool) {
  (void)pthread_mutex_lock(&pool->lock);
  script_state *taken = pool->first;
  if (taken != NULL) pool->first = taken->next;
  (void)pthread_mutex_unlock(&pool->lock);
  return taken;
}

void script_pool_give(script_pool *pool, script_state *state) {
  (void)pthread_mutex_lock(&pool->lock);
  state->next = pool->first;
  pool->first = state;
  (void)pthread_mutex_unlock(&pool->lock);
}
