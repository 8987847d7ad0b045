/* rehearsal: a list, the one used last in front. See rehearsal.h.
 *
 * Memory:  each lies in its own arena.  Threads: the writer lane.  Fails: never. */
#include "api/rehearsal.h"

typedef struct api_rehearsal {
  struct api_rehearsal *next;
  int64_t job;
  base_arena *arena;
  store_change_set *set;
} api_rehearsal;

static api_rehearsal **find(const api_engine *engine, int64_t job) {
  api_rehearsal **link = (api_rehearsal **)&engine->rehearsals;
  while (*link != NULL && (*link)->job != job) link = &(*link)->next;
  return link;
}

static void end(api_rehearsal **link) {
  api_rehearsal *gone = *link;
  *link = gone->next;
  base_arena_free(gone->arena);
}

bool api_rehearsal_known(const api_engine *engine, int64_t job) {
  return *find(engine, job) != NULL;
}

static api_rehearsal *make(int64_t job, const store_view *view) {
  base_arena *arena = base_arena_new();
  api_rehearsal *made = BASE_NEW(arena, api_rehearsal);
  *made = (api_rehearsal){.job = job, .arena = arena, .set = store_change_set_new(view, arena)};
  store_change_set_limit(made->set, SIZE_MAX);
  /* A row has some dozen rows of grams, which nothing in an import looks at. */
  store_change_set_ignore(made->set, STORE_TEXT);
  return made;
}

store_change_set *api_rehearsal_open(api_engine *engine, int64_t job, const store_view *view) {
  api_rehearsal **link = find(engine, job);
  api_rehearsal *opened = *link;
  if (opened == NULL) {
    opened = make(job, view);
  } else {
    *link = opened->next;
  }
  opened->next = engine->rehearsals;
  engine->rehearsals = opened;
  store_change_set_move(opened->set, view);
  return opened->set;
}

static size_t size_of_all(const api_engine *engine) {
  size_t size = 0;
  for (const api_rehearsal *each = engine->rehearsals; each != NULL; each = each->next) {
    size += base_arena_size(each->arena);
  }
  return size;
}

bool api_rehearsal_fits(api_engine *engine, int64_t job) {
  size_t most = engine->options.import.dry_run_bytes;
  while (size_of_all(engine) > most) {
    api_rehearsal **last = &engine->rehearsals;
    while ((*last)->next != NULL) last = &(*last)->next;
    if ((*last)->job == job) return false;
    end(last);
  }
  return true;
}

void api_rehearsal_end(api_engine *engine, int64_t job) {
  api_rehearsal **link = find(engine, job);
  if (*link != NULL) end(link);
}

void api_rehearsal_end_all(api_engine *engine) {
  while (engine->rehearsals != NULL) end(&engine->rehearsals);
}
