/* reader: reads, session ops and dry runs, each on a view of its own. See engine_state.h.
 *
 * Memory:  the view is closed before the reply leaves, or when the door's turn is over: an old view
 *          keeps old pages alive.
 * Threads: a reader lane, the prepare lane or the submitting thread.  Fails: into the request. */
#include "api/dry_run.h"
#include "api/engine_state.h"
#include "api/execution.h"
#include "api/publish.h"

static api_outcome run_on_view(api_engine *engine, api_request *request, const store_view *view,
                               int64_t loop_rows) {
  store_change_set *set = store_change_set_new(view, request->arena);
  api_execution execution = {.ctx = {.arena = request->arena,
                                     .error = &request->error,
                                     .set = set,
                                     .now = api_engine_now(engine),
                                     .writes = request->dry_run,
                                     .request = request->number,
                                     .loop_rows = loop_rows},
                             .engine = engine,
                             .registry = request->registry,
                             .session = &request->session,
                             .caller = API_CALLER_CLIENT,
                             .opened = &request->opened};
  request->reads.count = 0;
  request->reads.room = 0; /* of another run, perhaps in memory of its own */
  if (!engine->options.fork.inside) execution.ctx.reads = &request->reads;
  api_execution_open(&execution);
  base_code code = api_execution_run(&execution, request->op, request->prepared, &request->result);
  if (code == BASE_OK && request->dry_run) api_dry_run_wrap(&execution.ctx, &request->result);
  api_execution_close(&execution);
  if (execution.ctx.stale) return API_OUTCOME_STALE;
  return execution.ctx.moves ? API_OUTCOME_LONG : API_OUTCOME_DONE;
}

static api_outcome run_on_own_view(api_engine *engine, api_request *request, int64_t loop_rows) {
  store_view *view = NULL;
  if (store_view_open(engine->store, &view, &request->error) != BASE_OK) return API_OUTCOME_DONE;
  api_outcome outcome = run_on_view(engine, request, view, loop_rows);
  store_view_close(view);
  return outcome;
}

api_outcome api_reader_run(api_engine *engine, api_request *request) {
  return run_on_own_view(engine, request, 0);
}

api_outcome api_reader_run_here(api_engine *engine, api_request *request) {
  int64_t rows = request->op->flags & API_POINT ? engine->options.loop_rows : 0;
  store_view *view = NULL;
  if (request->door == NULL || request->away) return run_on_own_view(engine, request, rows);
  if (api_door_view(request->door, engine->store, &view, &request->error) != BASE_OK) {
    return API_OUTCOME_DONE;
  }
  return run_on_view(engine, request, view, rows);
}
