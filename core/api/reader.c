/* reader: reads, session ops and dry runs, each on a view of its own. See engine_state.h.
 *
 * Memory:  the view is closed before the reply leaves: an old view keeps old pages alive.
 * Threads: a reader lane, the prepare lane or the submitting thread.  Fails: into the request. */
#include "api/dry_run.h"
#include "api/engine_state.h"
#include "api/execution.h"

static bool run_on_view(api_engine *engine, api_request *request, const store_view *view) {
  store_change_set *set = store_change_set_new(view, request->arena);
  api_execution execution = {.ctx = {.arena = request->arena,
                                     .error = &request->error,
                                     .set = set,
                                     .now = api_engine_now(engine),
                                     .writes = request->dry_run},
                             .engine = engine,
                             .registry = request->registry,
                             .session = &request->session,
                             .caller = API_CALLER_CLIENT,
                             .opened = &request->opened};
  api_execution_open(&execution);
  base_code code = api_execution_run(&execution, request->op, request->prepared, &request->result);
  if (code == BASE_OK && request->dry_run) api_dry_run_wrap(&execution.ctx, &request->result);
  api_execution_close(&execution);
  return !execution.ctx.stale;
}

bool api_reader_run(api_engine *engine, api_request *request) {
  store_view *view = NULL;
  if (store_view_open(engine->store, &view, &request->error) != BASE_OK) return true;
  bool ran = run_on_view(engine, request, view);
  store_view_close(view);
  return ran;
}
