/* import: records out of a file that comes in chunks. Inside the room only; nouns/import.c has the ops.
 *
 * An import is a job. Each run of import.data takes as many rows as one commit may hold, and commits
 * them together with where it stands then: the file's offset, the counters, the results of the rows. A
 * server that ends in the middle forgets nothing of that, and the client goes on from the offset.
 *
 *   file → source (csv, jsonl, msgpack) → rows → record.create's own path, each row in a savepoint
 *        → results and, for undo, what was made: rows of STORE_JOB beside the job
 *
 * A dry run takes the same path over a change set that is never written (rehearsal.h).
 *
 * Memory:  an api_import and all it points at live in the run's arena.
 * Threads: the writer lane; status: any.
 * Fails:   as nouns/import.c says. What a row fails with is a result, not an error. */
#pragma once

#include "api/execution.h"
#include "api/job.h"

typedef enum api_import_format {
  API_IMPORT_CSV,
  API_IMPORT_JSONL,
  API_IMPORT_MSGPACK
} api_import_format;

#define API_IMPORT_RESULTS "results" /* rows by the number of their first file row */
#define API_IMPORT_MADE "made"       /* rows by commit: the records that came into being */
#define API_IMPORT_CONFLICTS "conflicts"

typedef struct api_import {
  crm_ctx *ctx;
  int64_t id;
  base_slice job;         /* the record */
  base_slice params;      /* of import.start */
  const model_type *type; /* NULL: each row says its own */
  api_import_format format;
  bool dry_run;
  bool keep_ids;
  /* Where it stands; see import_work.c. */
  int64_t offset; /* bytes of the file that were accepted; `tail` is the end of them */
  int64_t total;  /* bytes of the whole file; 0: not known */
  int64_t line;   /* lines in front of the next row */
  int64_t row;    /* rows so far */
  int64_t created;
  int64_t failed;
  int64_t told;    /* failures that were kept whole */
  int64_t commits; /* that made something */
  int64_t cause;   /* the entry that started it: all its entries name it */
  bool encoded;    /* `encoding` is known */
  data_encoding encoding;
  base_slice columns; /* msgpack array: a field's name, or nil for a column that is left out */
  base_slice ignored; /* msgpack array: headers of columns that are left out */
  base_slice tail;    /* bytes of a row that is not complete */
  int64_t undo;       /* commits still to be undone; -1: no undo was asked for */
  int64_t undone;
  int64_t undone_before; /* when the pass under way began */
  int64_t conflicts;
  /* Of this run. */
  base_buffer results; /* msgpack values */
  int64_t result_count;
} api_import;

/* --- import_start.c --- */

/* The params of import.start, beyond what their fields say. */
base_code api_import_check(crm_ctx *ctx, base_slice params);

/* --- import_work.c --- */

/* The import of that number: NOT_FOUND, PERMISSION_DENIED for others than owner and administrators. */
base_code api_import_open(crm_ctx *ctx, int64_t id, api_import *import);
base_code api_import_save(api_import *import);

/* Forgets all rows: the file begins anew. */
base_code api_import_reset(api_import *import);

/* {id, type, format, dry_run, state, offset, rows, created, failed, ignored, undone, conflicts, error} */
size_t api_import_append(const api_import *import, base_buffer *out);

/* --- import_run.c --- */

/* Takes rows from the front of `bytes`, which follow what was accepted, up to one commit's worth.
 * `used`: how many bytes were accepted; the import has ended or asks for the rest in another run. */
base_code api_import_run(api_import *import, base_slice bytes, bool last, size_t *used);

/* --- import_result.c --- */

void api_import_tell_made(api_import *import, int64_t line, int64_t id, const model_type *type);
void api_import_tell_failed(api_import *import, int64_t line, const base_error *error,
                            base_slice value);

/* Writes what was told, and what the change set brings into being, as rows of the job. */
base_code api_import_keep(api_import *import);

/* Appends a page of results behind row `after`: an array; `next` is the last row's number, 0 at the end.
 */
void api_import_append_results(const api_import *import, int64_t after, int64_t limit, bool failed,
                               base_buffer *out, int64_t *next);

/* --- import_undo.c --- */

/* Deletes what one commit made; what others changed since stays and is kept as a conflict. */
base_code api_import_undo(api_import *import);
