/* prepare: the slow or random step of an op, on its own lane, before the op itself. See
 * engine_state.h.
 *
 * Memory:  what the step made lives in the request's arena.
 * Threads: the prepare lane; where a swap made it necessary once more, any lane.
 * Fails:   into the request. */
#include "api/engine_state.h"
#include "api/execution.h"
#include "api/publish.h"
#include "api/swap.h"

static api_execution execution_on(api_engine *engine, api_request *request,
                                  const store_view *view) {
  return (api_execution){
      .ctx = {.arena = request->arena,
              .error = &request->error,
              .set = view == NULL ? NULL : store_change_set_new(view, request->arena),
              .now = api_engine_now(engine),
              .request = request->number},
      .engine = engine,
      .registry = request->registry,
      .session = &request->session,
      .caller = API_CALLER_CLIENT,
      .opened = &request->opened};
}

base_code api_prepare_admit(api_engine *engine, api_request *request) {
  const api_op *op = request->op;
  store_view *view = NULL;
  if (op->admit == NULL) return BASE_OK;
  BASE_TRY(store_view_open(engine->store, &view, &request->error));
  api_execution execution = execution_on(engine, request, view);
  api_execution_open(&execution);
  base_code code = op->admit(&execution.ctx, request->params, op->self);
  /* What it says may lie in the view. */
  request->error.data = base_arena_slice(request->arena, request->error.data);
  api_execution_close(&execution);
  store_view_close(view);
  return code;
}

static bool prepare_on_view(api_engine *engine, api_request *request, const store_view *view) {
  api_execution execution = execution_on(engine, request, view);
  base_buffer prepared = {0};
  api_execution_open(&execution);
  base_code code = api_execution_prepare(&execution, request->op, request->params, &prepared);
  request->prepared = model_ctx_take(&execution.ctx, &prepared);
  request->ready = code == BASE_OK;
  api_execution_close(&execution);
  return !execution.ctx.stale;
}

bool api_prepare_run(api_engine *engine, api_request *request) {
  store_view *view = NULL;
  if (request->op->flags & API_LONG) return prepare_on_view(engine, request, NULL);
  if (store_view_open(engine->store, &view, &request->error) != BASE_OK) return true;
  bool ran =
      !api_publish_outdated(engine, request->registry) && prepare_on_view(engine, request, view);
  store_view_close(view);
  return ran;
}

static void prepare_on_lane(io_message *message) {
  api_request *request = (api_request *)message;
  api_engine *engine = request->engine;
  while (!request->ready && !api_prepare_run(engine, request)) {
    api_swap_wait(engine);
    if (api_publish_renew(engine, request) != BASE_OK) break;
  }
  if (request->ready) {
    api_engine_dispatch(engine, request);
  } else {
    api_request_finish(request);
  }
}

bool api_prepare_post(api_engine *engine, api_request *request) {
  bool takes_long = (request->op->flags & API_LONG) != 0;
  request->message.run = prepare_on_lane;
  request->away = true;
  return io_lane_post(takes_long ? engine->jobs : engine->prepare, &request->message);
}
