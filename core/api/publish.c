/* publish: one pointer, swapped. See publish.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/publish.h"

#include <sched.h>

#include "api/submission.h"

/* --- the version in force ---------------------------------------------------------------------- */

/* The count says that somebody may hold a pointer without a reference; it is over in no time. */
api_registry *api_publish_acquire(api_engine *engine) {
  atomic_fetch_add(&engine->finding, 1);
  api_registry *registry = api_registry_acquire(atomic_load(&engine->registry));
  atomic_fetch_sub(&engine->finding, 1);
  return registry;
}

api_registry *api_publish_current(const api_engine *engine) {
  return atomic_load(&engine->registry);
}

bool api_publish_outdated(const api_engine *engine, const api_registry *registry) {
  return api_registry_number(registry) < atomic_load(&engine->oldest);
}

void api_publish_put(api_engine *engine, api_registry *registry) {
  api_registry *before = atomic_exchange(&engine->registry, registry);
  while (atomic_load(&engine->finding) > 0) sched_yield();
  api_registry_release(before);
}

/* --- requests of the version before ------------------------------------------------------------ */

static bool same_row(const api_op *a, const api_op *b) {
  return a->run == b->run && a->prepare == b->prepare && a->self == b->self &&
         a->params == b->params && a->flags == b->flags;
}

base_code api_publish_renew(api_engine *engine, api_request *request) {
  api_registry *before = request->registry;
  const api_op *old = request->op;
  base_slice name = base_arena_slice(request->arena, base_slice_text(old->name));
  base_error_clear(&request->error);
  base_buffer_clear(&request->result);
  request->registry = api_publish_acquire(engine);
  base_code code = api_registry_op(request->registry, name, &request->op, &request->error);
  if (code == BASE_OK && !same_row(old, request->op)) {
    request->params = request->given;
    request->idempotency_key = (base_slice){0};
    request->dry_run = false;
    code = api_submission_check(request);
  }
  api_registry_release(before);
  return code;
}
