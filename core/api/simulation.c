/* simulation: see simulation.h.
 *
 * Memory:  a step's in its arena.  Threads: the long lane.  Fails: as the header says. */
#include "api/simulation.h"

#include <stdlib.h>

#include "api/engine_state.h"
#include "api/foresight.h"
#include "api/fork.h"
#include "api/publish.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

typedef struct api_simulation {
  struct api_simulation *next;
  int64_t job;
  api_foresight foresight;
} api_simulation;

/* --- those that are under way -------------------------------------------------------------------- */

static void end(api_simulation **link) {
  api_simulation *gone = *link;
  if (gone == NULL) return;
  *link = gone->next;
  api_fork_close(gone->foresight.fork);
  free(gone);
}

static api_simulation **find(api_engine *engine, int64_t job) {
  api_simulation **link = &engine->simulations;
  while (*link != NULL && (*link)->job != job) link = &(*link)->next;
  return link;
}

static bool is_open(api_engine *engine, int64_t job) {
  base_error ignored = {.language = engine->options.language};
  store_view *view = NULL;
  data_key key;
  base_slice record;
  if (store_view_open(engine->store, &view, &ignored) != BASE_OK) return true;
  base_arena *arena = base_arena_new();
  model_record_key(&key, "job", job);
  const store_change_set *set = store_change_set_new(view, arena);
  bool open = store_get(set, STORE_RECORD, data_key_slice(&key), &record) && api_job_open(record);
  store_view_close(view);
  base_arena_free(arena);
  return open;
}

void api_simulation_sweep(api_engine *engine) {
  api_simulation **link = &engine->simulations;
  while (*link != NULL) {
    if (is_open(engine, (*link)->job)) {
      link = &(*link)->next;
    } else {
      end(link);
    }
  }
}

void api_simulation_end_all(api_engine *engine) {
  while (engine->simulations != NULL) end(&engine->simulations);
}

static base_code begin(const api_job *job, api_simulation **begun) {
  api_engine *engine = job->engine;
  api_registry *registry = api_publish_acquire(engine);
  api_fork *fork = NULL;
  base_code code = api_fork_open(engine, registry, &fork, job->error);
  api_registry_release(registry);
  BASE_TRY(code);
  api_simulation *made = base_alloc(sizeof *made);
  *made = (api_simulation){
      .next = engine->simulations,
      .job = job->id,
      .foresight = api_foresight_begin(fork, data_map_integer(job->params, "until", 0),
                                       engine->options.simulate_items)};
  engine->simulations = made;
  *begun = made;
  return BASE_OK;
}

/* The one of the job, which is begun anew when the packages are others by now. */
static base_code take(const api_job *job, api_simulation **taken) {
  api_simulation **link = find(job->engine, job->id);
  *taken = *link;
  if (*taken == NULL) return begin(job, taken);
  const api_registry *with = api_fork_registry((*taken)->foresight.fork);
  if (with == api_publish_current(job->engine)) return BASE_OK;
  end(link);
  return begin(job, taken);
}

/* --- steps --------------------------------------------------------------------------------------- */

static base_code keep_items(void *self, int64_t from, size_t count, base_slice items,
                            base_error *error) {
  const api_job *job = self;
  base_buffer params = {0};
  base_slice result;
  (void)error; /* the job's own */
  data_append_map(&params, 3);
  data_append_pair_integer(&params, "id", job->id);
  data_append_pair_integer(&params, "from", from);
  data_append_text(&params, "items");
  data_append_array(&params, count);
  base_buffer_append(&params, items.data, items.size);
  base_code code = api_job_call(job, "job.keep", base_buffer_slice(&params), &result);
  base_buffer_fini(&params);
  return code;
}

static base_code save(const api_job *job, const api_foresight *foresight) {
  int64_t from = api_fork_at(foresight->fork);
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_pair_integer(&patch, API_JOB_ITEMS, foresight->items);
  base_slice work = base_arena_slice(job->arena, base_buffer_slice(&patch));
  base_buffer_fini(&patch);
  return api_job_save(job, work, (foresight->at - from) / DAY_MS,
                      (foresight->until - from) / DAY_MS);
}

static void append_result(const api_foresight *foresight, base_buffer *result) {
  data_append_map(result, 4);
  data_append_pair_integer(result, "from", api_fork_at(foresight->fork));
  data_append_pair_integer(result, "until", foresight->at);
  data_append_pair_integer(result, "count", foresight->items);
  data_append_pair_boolean(result, "complete", !foresight->over);
}

static base_code step(const api_job *job, bool *done, base_buffer *result) {
  api_simulation *simulation;
  BASE_TRY(take(job, &simulation));
  api_foresight *foresight = &simulation->foresight;
  foresight->keep = keep_items;
  foresight->self = (void *)(uintptr_t)job; /* another one in each step */
  BASE_TRY(api_foresight_step(foresight, done, job->error));
  BASE_TRY(save(job, foresight));
  if (!*done) return BASE_OK;
  append_result(foresight, result);
  end(find(job->engine, job->id));
  return BASE_OK;
}

const api_job_kind api_jobs_simulate[] = {{.name = "simulate",
                                           .doc = "What would fire until an instant, on a fork.",
                                           .step = step,
                                           .lists = true},
                                          {.name = NULL}};
