/* job: work that takes longer than an op may. A job is a record that says what is done and how far it
 * is, and steps; each step is bounded and commits what it did together with where the job stands, so
 * that a job goes on where it was after the server ended, however it ended.
 *
 * A kind with a `step` is driven by the long lane: one step of one job at a time, the jobs in turn. A
 * kind without is driven by its client's ops, as an import is by the chunks of its file.
 *
 *   queued → running → done | failed | cancelled        an op that starts a job returns it
 *
 * The record is written when its state changes. What changes with every step lies beside it in rows of
 * the table STORE_JOB: (id, "work") → where the job stands, {done, total, …}; a kind may keep more.
 *
 * Memory:  kinds are static tables of their package. What a step is given lives until it returns.
 * Threads: step: the long lane. restart: the thread that makes the engine. The functions over a ctx: any
 *          handler.
 * Fails:   a step that fails ends its job as failed, with the error in the record; but UNAVAILABLE and
 *          STORAGE_FULL leave the job as it is, to be tried again later. */
#pragma once

#include "api/package.h"
#include "api/session.h"

struct api_engine;

typedef struct api_job {
  struct api_engine *engine;
  int64_t id;
  api_session session; /* of whoever started it */
  base_slice params;   /* msgpack map */
  base_slice work;     /* where it stands; empty in the first step */
  base_arena *arena;   /* of this step */
  base_error *error;
} api_job;

typedef struct api_job_kind {
  const char *name; /* NULL ends a table */
  const char *doc;
  /* One bounded step. A step reads through views of its own and writes through api_job_call. When
   * *done is set, `result` (a msgpack map) becomes the job's. NULL: driven by a client's ops. */
  base_code (*step)(const api_job *job, bool *done, base_buffer *result);
  /* The server starts and finds the job under way: may put its work right. NULL: it just goes on.
   * What it fails with ends the job as failed. */
  base_code (*restart)(crm_ctx *ctx, int64_t id);
  bool lists; /* its result has a list, kept by job.keep; job.get shows it as `items` */
} api_job_kind;

/* For kinds that cannot go on: a restart that fails. */
base_code api_job_lost(crm_ctx *ctx, int64_t id);

/* --- in steps --- */

/* Calls an op, internal ones too, on behalf of the job's owner, and waits. The result lives in the
 * step's arena. UNAVAILABLE when the server is stopping. */
base_code api_job_call(const api_job *job, const char *op, base_slice params, base_slice *result);

/* Commits where the job stands: `work` is what the next step is given. */
base_code api_job_save(const api_job *job, base_slice work, int64_t done, int64_t total);

/* --- in handlers --- */

/* Makes a job of that kind: queued for the long lane, or running when its client drives it. Takes
 * finished ones away beyond options.job_kept. The record lives in ctx->arena. */
base_code api_job_create(crm_ctx *ctx, const char *kind, base_slice params, base_slice *record);

/* The job's record; NOT_FOUND. `own`: PERMISSION_DENIED for all but its owner and administrators. */
base_code api_job_get(crm_ctx *ctx, int64_t id, bool own, base_slice *record);

/* Whether it is queued or running. */
bool api_job_open(base_slice record);

/* Ends an open job as done, failed or cancelled; `result` and `error` are maps or empty. */
base_code api_job_end(crm_ctx *ctx, int64_t id, const char *state, base_slice result,
                      base_slice error, base_slice *record);

/* Appends the job as ops answer it: {id, kind, state, progress, result, error, params, created_at,
 * created_by, started_at, finished_at}. */
void api_job_append(crm_ctx *ctx, base_slice record, base_buffer *out);

/* A failed call as a map: {code, field, message}. */
void api_job_append_error(const base_error *error, base_buffer *out);

/* --- rows beside the record --- */

#define API_JOB_WORK "work"
#define API_JOB_ITEMS "items" /* of a kind that lists: one row for each, from 0 on */

/* The key of row `number` of that name. */
void api_job_key(data_key *key, int64_t id, const char *name, int64_t number);
bool api_job_row(crm_ctx *ctx, int64_t id, const char *name, int64_t number, base_slice *value);
base_code api_job_put_row(crm_ctx *ctx, int64_t id, const char *name, int64_t number,
                          base_slice value);

/* Deletes up to `most` rows of that name (NULL: of any); says whether there are more. */
base_code api_job_delete_rows(crm_ctx *ctx, int64_t id, const char *name, size_t most, bool *more);
