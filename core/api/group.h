/* group: entries on their way to one commit. Inside the room only.
 *
 * Memory:  a plain value; ended by commit, flush or abort.
 * Threads: the writer lane, or boot before the lanes are open; flush: the commit lane too.
 * Fails:   STORAGE_FULL and what else the store answers: then nothing of the group happened. */
#pragma once

#include "api/execution.h"

typedef struct api_group {
  api_engine *engine;
  store_group *store; /* NULL once it ended */
  size_t entries;
  uint64_t begun;     /* base_clock_monotonic */
  bool job_made;      /* by one of them */
  bool users_changed; /* by one of them; known once it is sealed */
  api_registry *made; /* in force with the commit, or NULL; ends the group */
} api_group;

base_code api_group_begin(api_group *group, api_engine *engine, base_error *error);

/* An execution over a new change set of the group, with one reading of the clock; to be opened. */
api_execution api_group_execution(const api_group *group, const api_registry *registry,
                                  api_session *session, base_arena *arena, base_error *error);

/* Makes the execution's change set an entry of the group; an empty set makes none. */
base_code api_group_append(api_group *group, api_execution *execution, base_slice op,
                           base_slice request, base_error *error);

/* Whether those who are in it should not wait for more. */
bool api_group_full(const api_group *group);

/* Durable when it returns BASE_OK. A group without entries costs nothing. */
base_code api_group_commit(api_group *group, base_error *error);

/* The same in two steps, as the store has them. */
base_code api_group_seal(api_group *group, base_error *error);
base_code api_group_flush(api_group *group, base_error *error);
void api_group_abort(api_group *group);
