/* engine: picks the thread for each request, runs it in its ctx, makes its change set durable, and
 * fires timers. Owns the lanes.
 *
 *   writer lane   write ops in order, each into its own change set; the group to the store; then
 *                 the replies. At most one due timer per waiting write; all its time for timers
 *                 when none waits.
 *   commit lane   a group's way to the disk while the writer lane fills the next one
 *   reader lanes  reads and dry runs, each on a view of its own
 *   prepare lane  prepare steps, then on to the writer or back
 *   long lane     jobs, a step at a time (job.h)
 *
 * Memory:  see request.h. The engine borrows store, clock and zone, which must outlive it, and
 *          acquires a reference of its own to the registry.
 * Threads: submit from any thread that is not one of the engine's lanes.
 * Fails:   through the request; UNAVAILABLE when a bounded lane is full or the engine is stopping. */
#pragma once

#include "api/delivery.h"
#include "api/guesses.h"
#include "api/request.h"
#include "base/clock.h"
#include "base/password.h"

/* Given by whoever knows the folder of plugins. Both run on the prepare lane. `open` NULL: there are
 * no plugins to be loaded. */
typedef struct api_plugins {
  /* The plugin of that name as its file is now. NOT_FOUND with the nearest name; what loading refuses. */
  base_code (*open)(void *self, base_slice name, api_package **package, base_error *error);
  /* Appends an array of {name, version, abi, doc, doc_zh, needs, file}, or {file, error}. */
  void (*list)(void *self, base_language language, base_buffer *out);
  void *self;
} api_plugins;

/* Given by whoever knows the folder of packages in Lua. All run on the long lane. `open` NULL: there are
 * none to be loaded. */
typedef struct api_packages {
  /* The package in that folder, a path below the folder of packages, as its files are now. NOT_FOUND
   * with the nearest name; what loading refuses. */
  base_code (*open)(void *self, base_slice path, api_package **package, base_error *error);
  /* The package of that bundle (package.h). */
  base_code (*reopen)(void *self, const char *name, base_slice bundle, api_package **package,
                      base_error *error);
  void *self;
} api_packages;

typedef struct api_import_options {
  int64_t commit_rows;   /* rows of one commit at most; default 200 */
  size_t row_bytes;      /* one row of a file; default 256 KiB */
  int64_t failures;      /* of one import, kept with text and value; default 10 000 */
  size_t dry_run_bytes;  /* memory of all dry runs together; default 512 MiB */
  const char *directory; /* files of the server are imported from below it; NULL: none are */
} api_import_options;

typedef struct api_fork_options {
  const char *directory; /* forks are made below it, which is made when missing; NULL: none are */
  store_options store;   /* how they are opened; `directory` and the reserve do not count */
  bool inside;           /* this engine serves one: jobs are the original's */
} api_fork_options;

typedef struct api_engine_options {
  unsigned reader_lanes;  /* default 2 */
  size_t group_ops;       /* largest group, in ops; default 512 */
  size_t group_bytes;     /* in bytes of the journal, about; default 1 MiB */
  int64_t group_ms;       /* longest gathering of a group; default 10 */
  size_t prepare_waiting; /* default 128 */
  bool reads_on_loop;     /* API_POINT ops run on the submitting thread */
  int64_t loop_rows;      /* rows one of them may look at there; default 64 */
  base_password_cost password;
  api_guess_options guesses;
  size_t result_bytes;         /* largest result of one op; default 16 MiB */
  size_t password_length;      /* least characters of a new password; default 6 */
  base_slice currency;         /* ISO 4217, of all money; empty: one with two decimals */
  base_slice limits;           /* what server.info shows: a msgpack map, or empty */
  base_language language;      /* of texts that are stored */
  int64_t script_instructions; /* one op's budget of script instructions */
  int64_t scan_rows;           /* rows one query may look at without an index; default 20 000 */
  data_week week;              /* days and hours of work; without hours the standard week */
  int64_t custom_fields;       /* of one type, the business's own; default 500 */
  int64_t build_rows;          /* records looked at in one batch for a new field; default 500 */
  int64_t drain_ms;            /* how long a swap waits for calls under way; default 5 000 */
  int64_t job_kept;            /* jobs that are remembered when they have ended; default 1 000 */
  size_t export_bytes;         /* one piece of an export, about; default 1 MiB */
  api_import_options import;
  const char *backup_directory; /* backups are made below it; NULL: anywhere */
  int64_t skip_ids;             /* of each type, after a restore; default 10 000 */
  int64_t keep_ms;              /* how long the journal is kept; 0: for ever */
  const char *archive;          /* where it goes then; NULL: nowhere */
  api_fork_options fork;
  int64_t read_log_kept;  /* rows of the log of reads that are kept; default 1 000 000 */
  int64_t logged_records; /* of one answer, whose reads are logged; default 5 000 */
  int64_t shares;         /* of records with one user; default 10 000 */
  int64_t failure_kept;   /* failures of timers that are remembered; default 1 000 */
  int64_t missed_ms;      /* a timer that comes later was missed; default an hour */
  int64_t simulate_items; /* of one simulation; default 100 000 */
  api_delivery_options delivery;
  api_plugins plugins;   /* where plugin.load finds them */
  api_packages packages; /* where package.load finds them */
  int64_t package_kept;  /* versions of a package that can be gone back to; default 10 */
  int64_t slow_ms;       /* requests that take longer are logged; 0: none */
} api_engine_options;

typedef struct api_engine api_engine;

/* Writes what the store has to have before the first request (types, roles, new indexes), then
 * opens the lanes. Timers that came due while the server was down fire now. */
base_code api_engine_new(const api_engine_options *options, store *store, base_clock *clock,
                         const data_zone *zone, api_registry *registry, api_engine **engine,
                         base_error *error);

/* Finishes what was submitted, then ends the lanes. */
void api_engine_free(api_engine *engine);

/* Looks the op up and pins the registry: request->op. UNKNOWN_METHOD. */
base_code api_engine_find(api_engine *engine, api_request *request, base_slice op);

/* Runs the request; done is called exactly once, perhaps before submit returns. */
void api_engine_submit(api_engine *engine, api_request *request);

/* Submits and waits: for command lines and tests. `result` receives one msgpack value; on failure
 * it holds what error->data points at. */
base_code api_engine_call(api_engine *engine, const api_session *session, const char *op,
                          base_slice params, base_buffer *result, base_error *error);

/* For a package's tests: other values of its configuration from now on, a msgpack map; an empty one: those
 * it was started with. No call may be under way. NOT_FOUND; VALIDATION_FAILED as at the start. */
base_code api_engine_configure(api_engine *engine, const char *package, base_slice values,
                               base_error *error);

/* Configurations of packages given anew, a map package name → configuration or empty: whether each fits
 * its package's fields (VALIDATION_FAILED). */
base_code api_engine_check_configs(api_engine *engine, base_slice configs, base_error *error);

/* Each package whose own is another now is begun again with it, in the place of itself: calls under way
 * end as they began. That comes later, and the log says how it went: where a package does not start with
 * it, the old one goes on. One thread, always the same. */
void api_engine_reconfigure(api_engine *engine, base_slice configs);

store *api_engine_store(api_engine *engine);

/* Has `run` called after each commit, on the lane that committed; NULL: no more, and none is under way.
 * One at a time. */
void api_engine_on_commit(api_engine *engine, void (*run)(void *self), void *self);

/* From here on requests that take longer are logged; 0: none. */
void api_engine_log_slow(api_engine *engine, int64_t ms);

/* The doors take no new requests from here on: server.ready says so. What comes nevertheless is served. */
void api_engine_drain(api_engine *engine);

/* --- for the core's own ops ----------------------------------------------------------------------- */

const api_engine_options *api_engine_options_get(const api_engine *engine);
base_clock *api_engine_clock(const api_engine *engine);
const data_zone *api_engine_zone(const api_engine *engine);

/* Test clocks only, from an API_CONTROL op: when the op has returned and before its reply leaves, the
 * engine goes to the instant of each timer due up to `to`, in order, fires it, and ends at `to`.
 * INVALID_ARGUMENT when `to` is in the past. */
base_code api_engine_advance(api_engine *engine, int64_t to, base_error *error);

/* From an API_CONTROL op: what is to happen to a package when the op has returned and before its reply
 * leaves; the reply is the error when that fails (see swap.h). */
typedef struct api_exchange {
  api_package *package; /* takes the place of the one of its name, or is added; taken over */
  base_slice configs; /* and, or alone, the map of configurations from then on; empty: as it was */
  const char *name;   /* else: the package of this name is enabled or disabled … */
  bool enabled;
  base_slice
      failure; /* … or, when this is not empty, this is noted as why it was refused; also when
                       * the op fails */
} api_exchange;

void api_engine_exchange(api_engine *engine, const api_exchange *exchange);
