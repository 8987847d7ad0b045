/* request: made, finished and freed. See request.h.
 *
 * Memory:  the request lies in its own arena.  Threads: one at a time.  Fails: never. */
#include "api/request.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/engine_state.h"
#include "api/tally.h"
#include "api/trace.h"

api_request *api_request_new(api_door *door, const api_session *session, base_slice params) {
  static const uint8_t empty_map[] = {0x80};
  base_arena *arena = door == NULL ? base_arena_new() : base_arena_take(&door->arenas);
  api_request *request = BASE_NEW(arena, api_request);
  request->arena = arena;
  request->door = door;
  request->session = *session;
  request->error.language = session->language;
  if (params.size == 0) params = base_slice_make(empty_map, sizeof empty_map);
  request->given = base_arena_slice(arena, params);
  request->params = request->given;
  request->prepared = request->given;
  return request;
}

void api_request_free(api_request *request) {
  if (request == NULL) return;
  if (request->opened != NULL) request->opened->free(request->opened);
  base_buffer_fini(&request->result);
  api_registry_release(request->registry);
  if (request->step != NULL) base_arena_free(request->step);
  if (request->door == NULL)
    base_arena_free(request->arena);
  else
    base_arena_give(&request->door->arenas, request->arena);
}

void api_request_name(uint64_t number, char name[API_REQUEST_NAME]) {
  (void)snprintf(name, API_REQUEST_NAME, "%" PRIu64 ".%" PRIu64, number >> 32, number & UINT32_MAX);
}

/* What happens on a fork is counted with the op that opened it. */
static void count(const api_request *request) {
  const api_engine *engine = request->engine;
  uint64_t now = base_clock_monotonic();
  if (engine->options.fork.inside || request->op == NULL) return; /* the op went with a swap */
  api_tally_add(request->op->tally, now - request->started, request->error.code);
  if (request->error.code == BASE_INTERNAL) api_trace_failed(request);
  api_trace_slow(request, now);
}

void api_request_finish(api_request *request) {
  count(request);
  if (request->error.code != BASE_OK) base_buffer_clear(&request->result);
  request->done(request, request->self);
}
