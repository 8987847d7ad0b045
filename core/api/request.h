/* request: one call on its way through the engine.
 * Memory:  made by a door with api_request_new, which gives it an arena; handed over by
 *          api_engine_submit; handed back by done. The door frees it with api_request_free.
 * Threads: belongs to one thread at a time.
 * Fails:   the outcome is in `error`; `result` is valid when error.code is BASE_OK. */
#pragma once

#include "api/access.h"
#include "api/door.h"
#include "api/registry.h"
#include "api/session.h"
#include "io/io.h"

typedef struct api_request api_request;

struct api_request {
  io_message message;        /* for mailboxes; first, so that a message is its request */
  struct api_engine *engine; /* set by api_engine_submit */
  base_arena *arena;
  api_door *door;         /* on whose thread it is submitted and freed; NULL: any */
  bool away;              /* it left that thread to be prepared: the door's view is out of reach */
  api_registry *registry; /* pinned by api_engine_find */
  const api_op *op;       /* looked up by api_engine_find */
  api_session session;
  api_caller caller;   /* a client, unless a job calls */
  base_slice given;    /* the params as they came: one map, in the arena */
  base_slice params;   /* the same, checked */
  base_slice prepared; /* what the prepare step made of params; else params */
  bool ready;          /* `prepared` is there */
  api_package *opened; /* by the prepare step, for the op to take; else freed with the request */
  base_slice idempotency_key; /* taken out of params, or empty */
  bool dry_run;               /* taken out of params */
  base_arena *step;           /* API_STEPS: of the last run; NULL before the first */
  bool again;                 /* it asked for another run … */
  int64_t carry;              /* … and left this for it */
  model_reads reads;          /* records whose reads are logged, which `result` tells of */
  bool told;                  /* a read that made its answer, which leaves when that is logged */
  base_error error;
  base_buffer result;
  uint64_t number;  /* says in logs which request it is: api_request_name; 0: none of a client */
  uint64_t started; /* base_clock_monotonic at submit … */
  uint64_t begun;   /* … when a lane took it last; 0: the submitting thread went on with it … */
  uint64_t ran;     /* … and when its handler had returned; 0: that has not happened */
  void (*done)(api_request *request, void *self); /* on the thread that finished it */
  void *self;
};

/* Copies params (a scanned msgpack map, or empty for none). `door` may be NULL. */
/* "17.5": the fifth request of the 17th connection, by the number that the client gave it. */
#define API_REQUEST_NAME 24
void api_request_name(uint64_t number, char name[API_REQUEST_NAME]);

api_request *api_request_new(api_door *door, const api_session *session, base_slice params);
void api_request_free(api_request *request);
