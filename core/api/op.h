/* op: the only way to do anything. One row says what may be asked: name, flags, params, result,
 * errors, since, doc, handler.
 *
 * Memory:  rows are static tables or belong to their package.
 * Threads: rows are read-only; a handler may be called on any lane.
 * Fails:   a handler fills ctx->error and returns its code; everything it wrote is then dropped. */
#pragma once

#include "model/model.h"

typedef enum api_op_flag {
  API_WRITE = 1u << 0,   /* writes; runs on the writer lane, in order */
  API_ADMIN = 1u << 1,   /* administrators only */
  API_OPEN = 1u << 2,    /* also before login */
  API_SESSION = 1u << 3, /* changes the caller's session; nothing of that connection overtakes it */
  API_POINT = 1u << 4,   /* a read that may begin on the loop; what turns out longer moves */
  API_CONTROL = 1u << 5, /* drives the engine (clock): on the writer lane, between groups */
  API_INTERNAL = 1u << 6, /* called by timers, rules and packages, never by a client */
  API_STEPS = 1u << 7,    /* writes in several commits: runs until it no longer asks for another */
  API_LONG =
      1u << 10, /* its prepare step may take long: it runs on the long lane, without a view */
  API_AT_ONCE = 1u << 11,    /* a short read that waits for no lane: it tells why others have to */
  API_OWN_RIGHTS = 1u << 12, /* sees and writes whatever there is, not what the caller may */
  API_FREES = 1u << 9,       /* makes room: runs also when the disk has only the reserve left */
  API_ALONE = 1u << 8, /* may change what others see of the schema: never called by another op */
} api_op_flag;

/* Appends exactly one msgpack value, of the row's result, to `result`. `params` is valid as
 * described. */
typedef base_code (*api_handler)(crm_ctx *ctx, base_slice params, base_buffer *result,
                                 const void *self);

/* What is slow or random (password hashing, token bytes): runs before, on the prepare lane, may
 * read the view, never writes. Appends the params map that the handler will see. */
typedef base_code (*api_prepare)(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                                 const void *self);

/* Whether a call may wait for its prepare step at all: runs on the submitting thread, reads next to
 * nothing, and refuses at once what would only fill the lane. */
typedef base_code (*api_admit)(crm_ctx *ctx, base_slice params, const void *self);

typedef struct api_op {
  const char *name; /* noun.verb; NULL ends a table */
  unsigned flags;
  const data_field *params; /* NULL: none */
  const data_field *result; /* fields of the result map; NULL: see doc */
  const char *errors;       /* codes beyond those every op can give, blank between; may be NULL */
  const char *since;        /* "1" and on: the API level that brought it */
  const char *doc;          /* English */
  const char *doc_zh;
  api_handler run;
  api_prepare prepare; /* NULL: none */
  api_admit admit;     /* with prepare only; NULL: every call may wait */
  const void *self;
  const char *package;     /* "core" or the package's name; filled by the registry */
  struct api_tally *tally; /* what was counted of the op of this name; filled by the registry */
} api_op;

/* Describes a row as api.describe shows it. */
void api_op_append(const api_op *op, base_buffer *out);
