/* engine_state: what the engine's files share: its lanes, its reading of the clock, and the steps
 * that hand a request on. Inside the room only.
 *
 * Memory:  the engine is api_engine_new's; a request belongs to whoever holds it.
 * Threads: `arena`, `advance_to` and `exchange` are the writer lane's; last_at and registry are written by it
 *          and read by all, timers_from by it and the commit lane, timer_due by whoever has a group; the rest is
 *          read-only once the lanes are open.
 * Fails:   through the request's error. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "api/engine.h"

struct api_engine {
  api_engine_options options;
  store *store;
  base_clock *clock;
  const data_zone *zone;
  _Atomic(api_registry *) registry; /* the version in force; see publish.h */
  _Atomic uint64_t oldest;          /* versions below it know indexes that are gone: no new reads */
  _Atomic unsigned finding;         /* threads between reading `registry` and acquiring it */
  _Atomic bool swapping;            /* a package is closed; see swap.h */
  io_lane *writer;
  struct api_commit *commit; /* what is on its way to the disk; see commit.h */
  io_lane *readers;
  io_lane *prepare;
  io_lane *jobs;
  api_guesses *guesses;
  struct api_policies *policies; /* what users may do to records; see policies.h */
  io_lane *drain;
  uint64_t retire_from;               /* the drain lane's: base_clock_monotonic of the next look */
  struct api_simulation *simulations; /* the jobs lane's; see simulation.h */
  _Atomic uint64_t forks;             /* that were made so far */
  int64_t job_turn;                   /* the jobs lane's: the job whose step ran last */
  struct api_rehearsal *rehearsals;   /* the writer lane's: dry runs of imports; see rehearsal.h */
  _Atomic int64_t last_at;            /* the newest entry's instant */
  _Atomic uint64_t identity;          /* changes to users that were committed */
  _Atomic bool users_changed;         /* by an op of the group that is being filled */
  _Atomic bool stopping;
  _Atomic bool draining;      /* nothing new is taken; see api_engine_drain */
  _Atomic int64_t slow_ms;    /* requests that take longer are logged; 0: none */
  uint64_t opened;            /* base_clock_monotonic of api_engine_new */
  base_arena *arena;          /* of the timers of the group under way */
  base_buffer configs;        /* what api_engine_reconfigure was given last; its thread's */
  api_exchange exchange;      /* what the control op under way asked for; zeros: nothing */
  int64_t advance_to;         /* where the control op under way asked to go; INT64_MIN: nowhere */
  pthread_mutex_t hook_mutex; /* guards the hook, also while it runs */
  void (*committed)(void *self);
  void *committed_self;
  /* base_clock_monotonic before which no timer fires: a commit failed */
  _Atomic uint64_t timers_from;
  _Atomic int64_t timer_due; /* see firing.h */
};

/* api_engine_call for code that runs on a lane of the engine's own, which must not be the writer's:
 * internal ops too. */
base_code api_engine_call_inside(api_engine *engine, const api_session *session, const char *op,
                                 base_slice params, base_buffer *result, base_error *error);

/* Counts changes to users, and calls the commit hook. */
void api_engine_committed(api_engine *engine, bool users_changed);

/* The clock, but never before the newest entry. */
int64_t api_engine_now(const api_engine *engine);

/* Posts the request to where its handler runs, or runs it at once; after the prepare step. */
void api_engine_dispatch(api_engine *engine, api_request *request);

/* Asks the op's admit step whether the request may wait for its prepare step. Through the error. */
base_code api_prepare_admit(api_engine *engine, api_request *request);

/* Posts the request to the prepare lane; false when that is full. */
bool api_prepare_post(api_engine *engine, api_request *request);

/* Runs the request's prepare step on the calling thread. False as for api_reader_run. */
bool api_prepare_run(api_engine *engine, api_request *request);

/* How a read went: it is done; it met a package that is being replaced, or is of a version that is
 * outdated, and has to be run again in the version that follows; it was too long for the loop. */
typedef enum api_outcome { API_OUTCOME_DONE, API_OUTCOME_STALE, API_OUTCOME_LONG } api_outcome;

/* Runs a request that writes nothing on a view of its own, on the calling thread. */
api_outcome api_reader_run(api_engine *engine, api_request *request);

/* The same on the thread of the request's door and on its view, as far as its op may run there. */
api_outcome api_reader_run_here(api_engine *engine, api_request *request);

/* The drain lane's serve and what wakes it; self is the engine. */
int64_t api_drain_serve(io_message *first, unsigned thread, void *self);
void api_drain_wake(void *self);

/* Drains what is left, so that the next start has nothing to read; when nobody commits any more. */
void api_drain_finish(api_engine *engine);

/* The writer lane's serve; self is the engine. */
int64_t api_writer_serve(io_message *first, unsigned thread, void *self);

/* Counts the outcome and hands the request back: `done`. */
void api_request_finish(api_request *request);
