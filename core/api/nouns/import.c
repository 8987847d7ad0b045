/* import: records out of files. See api/import.h. */
#include "api/import.h"

#include "api/import_file.h"
#include "api/nouns/nouns.h"
#include "api/rehearsal.h"

#define RESULTS_MAX 500
#define RESULTS_DEFAULT 50
#define CONFLICTS_MAX 500

static const char *const formats[] = {"csv", "jsonl", "msgpack", NULL};

/* --- import.start -------------------------------------------------------------------------------- */

static base_code run_start(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice record;
  bool file = api_param_text(params, "path").size > 0;
  BASE_TRY(api_import_check(ctx, params));
  BASE_TRY(api_job_create(ctx, file ? "import.file" : "import", params, &record));
  data_append_map(result, 1);
  data_append_pair_integer(result, "id", data_map_integer(record, "id", 0));
  return BASE_OK;
}

/* --- import.data --------------------------------------------------------------------------------- */

typedef struct chunk {
  int64_t offset;
  base_slice bytes;
  bool last;
} chunk;

static base_code read_chunk(crm_ctx *ctx, base_slice params, chunk *given) {
  data_value data = {0};
  (void)data_map_find(params, "data", &data);
  *given = (chunk){.offset = api_param_integer(params, "offset"),
                   .last = data_map_boolean(params, "last", false)};
  if (data.type == DATA_NIL) return BASE_OK;
  given->bytes = data.as.bytes;
  if (data.type == DATA_BINARY || data.type == DATA_TEXT) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "data", "data 应为文本或二进制",
                        "data is text or binary");
}

static void append_status(const api_import *import, base_buffer *result) {
  size_t place = data_append_open_map(result);
  size_t count = api_import_append(import, result);
  data_append_close(result, place, count);
}

static base_code refuse_ended(api_import *import) {
  return model_ctx_fail(import->ctx, BASE_TRANSITION_DENIED, "id", "导入 %lld 已经结束（%.*s）",
                        "import %lld has ended (%.*s)", (long long)import->id,
                        BASE_SLICE_ARGS(data_map_text(import->job, "state")));
}

/* Chunks may be sent ahead: one that comes too early waits as long as those before it make progress. */
static base_code wait_for_others(api_import *import, const chunk *given, base_buffer *result) {
  api_execution *execution = api_execution_of(import->ctx);
  if (execution->carry != import->offset + 1) {
    execution->carry = import->offset + 1;
    execution->again = true;
    data_append_nil(result);
    return BASE_OK;
  }
  base_buffer data = {0};
  data_append_map(&data, 1);
  data_append_pair_integer(&data, "offset", import->offset);
  base_code code = model_ctx_fail(
      import->ctx, BASE_INVALID_ARGUMENT, "offset",
      "已接收到第 %lld 字节，这一段却从 %lld 开始：请从 import.status 的 offset 续传",
      "%lld bytes were accepted and this chunk begins at %lld: go on from the "
      "offset of import.status",
      (long long)import->offset, (long long)given->offset);
  import->ctx->error->data = model_ctx_take(import->ctx, &data);
  return code;
}

/* The first entry of the import, by which its records are told from what others changed. */
static void set_cause(api_import *import) {
  data_key key;
  model_record_key(&key, "job", import->id);
  if (import->cause == 0) {
    import->cause = (int64_t)store_record_sequence(import->ctx->set, data_key_slice(&key));
  }
  import->ctx->cause = (uint64_t)import->cause;
}

static base_code take_chunk(api_import *import, chunk *given) {
  api_execution *execution = api_execution_of(import->ctx);
  int64_t skip = import->offset - given->offset;
  size_t used = 0;
  if (skip > (int64_t)given->bytes.size) skip = (int64_t)given->bytes.size;
  base_slice rest = base_slice_after(given->bytes, (size_t)skip);
  if (rest.size == 0 && !given->last) return BASE_OK;
  set_cause(import);
  BASE_TRY(api_import_run(import, rest, given->last, &used));
  execution->again = api_job_open(import->job) && (used < rest.size || given->last);
  return BASE_OK;
}

/* The rehearsal went with the server, or made room for others: the file begins anew. */
static bool lost_rehearsal(const api_import *import) {
  return import->dry_run && import->offset > 0 &&
         !api_rehearsal_known(api_execution_of(import->ctx)->engine, import->id);
}

static base_code run_data(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  api_import import;
  chunk given;
  BASE_TRY(read_chunk(ctx, params, &given));
  BASE_TRY(api_import_open(ctx, api_param_integer(params, "id"), &import));
  int64_t size = api_param_integer(params, "size");
  if (size > 0) import.total = size;
  bool repeated = given.offset + (int64_t)given.bytes.size <= import.offset;
  bool done = base_slice_is(data_map_text(import.job, "state"), "done");
  bool file = base_slice_is(data_map_text(import.job, "kind"), "import.file");
  if (file && api_execution_of(ctx)->caller == API_CALLER_CLIENT) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "id", "导入 %lld 由服务器自己读文件",
                          "the server itself reads the file of import %lld", (long long)import.id);
  }
  if (!api_job_open(import.job) && !(done && repeated)) return refuse_ended(&import);
  bool lost = lost_rehearsal(&import) && api_job_open(import.job);
  if (lost) BASE_TRY(api_import_reset(&import));
  if (given.offset > import.offset && !lost) return wait_for_others(&import, &given, result);
  if (given.offset <= import.offset && api_job_open(import.job)) {
    BASE_TRY(take_chunk(&import, &given));
  }
  append_status(&import, result);
  return BASE_OK;
}

/* --- import.status ------------------------------------------------------------------------------- */

static base_code run_status(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  api_import import;
  int64_t next = 0;
  int64_t limit = api_param_integer(params, "limit");
  BASE_TRY(api_import_open(ctx, api_param_integer(params, "id"), &import));
  size_t place = data_append_open_map(result);
  size_t count = api_import_append(&import, result);
  data_append_text(result, "items");
  api_import_append_results(&import, api_param_integer(params, "after"),
                            limit == 0 ? RESULTS_DEFAULT : limit,
                            data_map_boolean(params, "failures", false), result, &next);
  data_append_text(result, "next");
  if (next > 0) {
    data_append_integer(result, next);
  } else {
    data_append_nil(result);
  }
  data_append_close(result, place, count + 2);
  return BASE_OK;
}

/* --- import.undo --------------------------------------------------------------------------------- */

static void append_conflicts(api_import *import, base_buffer *result) {
  base_slice conflict;
  size_t count = 0;
  data_append_text(result, "items");
  size_t place = data_append_open_array(result);
  while (count < CONFLICTS_MAX && api_job_row(import->ctx, import->id, API_IMPORT_CONFLICTS,
                                              (int64_t)count + 1, &conflict)) {
    data_append_raw(result, conflict);
    count++;
  }
  data_append_close(result, place, count);
}

static base_code begin_undo(api_import *import) {
  crm_ctx *ctx = import->ctx;
  base_slice none = {0};
  if (import->dry_run) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "id", "导入 %lld 是试导入，没有写入什么",
                          "import %lld is a dry run and wrote nothing", (long long)import->id);
  }
  if (api_job_open(import->job)) {
    BASE_TRY(api_job_end(ctx, import->id, "cancelled", none, none, &import->job));
  }
  import->undo = import->commits;
  return api_import_save(import);
}

static base_code run_undo(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  api_import import;
  BASE_TRY(api_import_open(ctx, api_param_integer(params, "id"), &import));
  if (import.undo < 0) BASE_TRY(begin_undo(&import));
  if (import.undo > 0) BASE_TRY(api_import_undo(&import));
  api_execution_of(ctx)->again = import.undo > 0;
  size_t place = data_append_open_map(result);
  size_t count = api_import_append(&import, result);
  append_conflicts(&import, result);
  data_append_close(result, place, count + 1);
  return BASE_OK;
}

/* --- kinds --------------------------------------------------------------------------------------- */

/* What a dry run had made so far lay in memory. */
static base_code restart(crm_ctx *ctx, int64_t id) {
  api_import import;
  BASE_TRY(api_import_open(ctx, id, &import));
  return import.dry_run && import.offset > 0 ? api_import_reset(&import) : BASE_OK;
}

const api_job_kind api_jobs_import[] = {
    {.name = "import", .doc = "A file that comes in chunks (import.data).", .restart = restart},
    {.name = "import.file",
     .doc = "A file of the server, below import.directory.",
     .step = api_import_file_step,
     .restart = restart},
    {.name = NULL}};

/* --- rows ---------------------------------------------------------------------------------------- */

#define PARAM_IMPORT                                                                               \
  { .name = "id", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED, .doc = "The import's number." }

static const data_field start_params[] = {
    {.name = "type",
     .kind = DATA_KIND_TEXT,
     .doc = "A type's name. Of jsonl and msgpack each row may say its own instead."},
    {.name = "format",
     .kind = DATA_KIND_CHOICE,
     .choices = formats,
     .initial = "csv",
     .doc = "csv, jsonl or msgpack."},
    {.name = "mapping",
     .kind = DATA_KIND_MAP,
     .doc =
         "Column → field; nil leaves a column out. Columns that bear a field's name or label need "
         "none."},
    {.name = "dry_run",
     .kind = DATA_KIND_BOOLEAN,
     .initial = "false",
     .doc = "The same answers row by row, and nothing is written."},
    {.name = "encoding",
     .kind = DATA_KIND_TEXT,
     .doc = "utf-8 or gb18030; found out when not given."},
    {.name = "keep_ids",
     .kind = DATA_KIND_BOOLEAN,
     .initial = "false",
     .doc =
         "Records of an export come into being as they were, with number, version and stamps; no "
         "rule runs. Administrators only; jsonl or msgpack."},
    {.name = "size",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 0,
     .max = INT64_MAX,
     .doc = "Bytes of the whole file, for the progress."},
    {.name = "path",
     .kind = DATA_KIND_TEXT,
     .bounded = true,
     .min = 1,
     .max = 1024,
     .doc = "A file of the server, relative to import.directory, which a job then imports. "
            "Administrators only."},
    {0}};

static const data_field data_params[] = {
    PARAM_IMPORT,
    {.name = "offset",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 0,
     .max = INT64_MAX,
     .doc = "Where in the file the chunk begins."},
    {.name = "data", .kind = DATA_KIND_ANY, .doc = "Binary or text."},
    {.name = "last",
     .kind = DATA_KIND_BOOLEAN,
     .initial = "false",
     .doc = "The file ends with this chunk."},
    {.name = "size",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 0,
     .max = INT64_MAX,
     .doc = "Bytes of the whole file, when known by now."},
    {0}};

static const data_field status_params[] = {
    PARAM_IMPORT,
    {.name = "after",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 0,
     .max = INT64_MAX,
     .doc = "Results behind this row."},
    {.name = "limit",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = RESULTS_MAX,
     .doc = "Results of one page, 1 to 500; 50 when not given."},
    {.name = "failures", .kind = DATA_KIND_BOOLEAN, .doc = "Only rows that failed."},
    {0}};

static const data_field undo_params[] = {PARAM_IMPORT, {0}};

static const data_field start_result[] = {
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "The import's number, which is a job's."},
    {0}};

#define FIELDS_STATUS                                                                              \
  {.name = "id", .kind = DATA_KIND_INTEGER}, {.name = "type", .kind = DATA_KIND_TEXT},             \
      {.name = "format", .kind = DATA_KIND_TEXT}, {.name = "dry_run", .kind = DATA_KIND_BOOLEAN},  \
      {.name = "state",                                                                            \
       .kind = DATA_KIND_TEXT,                                                                     \
       .doc = "queued, running, done, failed or cancelled."},                                      \
      {.name = "offset",                                                                           \
       .kind = DATA_KIND_INTEGER,                                                                  \
       .doc = "Bytes that were accepted: where the next chunk begins."},                           \
      {.name = "size", .kind = DATA_KIND_INTEGER, .doc = "Of the whole file; 0: not known."},      \
      {.name = "rows", .kind = DATA_KIND_INTEGER, .doc = "So far, without header and blanks."},    \
      {.name = "created", .kind = DATA_KIND_INTEGER},                                              \
      {.name = "failed", .kind = DATA_KIND_INTEGER},                                               \
      {.name = "ignored",                                                                          \
       .kind = DATA_KIND_LIST,                                                                     \
       .of = DATA_KIND_TEXT,                                                                       \
       .doc = "Columns that were left out."},                                                      \
      {.name = "undone", .kind = DATA_KIND_INTEGER, .doc = "Records that import.undo deleted."},   \
      {.name = "conflicts", .kind = DATA_KIND_INTEGER, .doc = "Records that it had to leave."}, {  \
    .name = "error", .kind = DATA_KIND_MAP, .doc = "Why the import failed."                        \
  }

static const data_field data_result[] = {FIELDS_STATUS, {0}};
static const data_field status_result[] = {
    FIELDS_STATUS,
    API_RESULT_ITEMS("Rows: {row, line, ok, id} or {row, line, ok, code, field, message, value, "
                     "data}; row 1 is the first behind the header."),
    {.name = "next",
     .kind = DATA_KIND_INTEGER,
     .doc = "Pass it as `after`; nil: there is no more."},
    {0}};
static const data_field undo_result[] = {
    FIELDS_STATUS,
    API_RESULT_ITEMS(
        "Conflicts, the first 500: {type, id, code}. VERSION_CONFLICT: somebody changed "
        "it; REFERENCE_IN_USE: others refer to it."),
    {0}};

const api_op api_ops_import[] = {
    {.name = "import.start",
     .flags = API_WRITE,
     .params = start_params,
     .result = start_result,
     .errors = "PERMISSION_DENIED",
     .since = "2",
     .doc = "Begins an import; its file then comes by import.data.",
     .doc_zh = "开始一次导入，随后用 import.data 分段送入文件。",
     .run = run_start},
    {.name = "import.data",
     .flags = API_WRITE | API_STEPS,
     .params = data_params,
     .result = data_result,
     .errors = "NOT_FOUND PERMISSION_DENIED TRANSITION_DENIED",
     .since = "2",
     .doc =
         "The next piece of the file. Its rows are created, as by record.create, before the "
         "answer comes, some hundred in a commit; a bad row costs only itself. What was accepted "
         "before has no second effect.",
     .doc_zh = "送入文件的下一段：逐行新建记录，坏行只影响自己；重复送同一段不会重复生效。",
     .run = run_data},
    {.name = "import.status",
     .params = status_params,
     .result = status_result,
     .errors = "NOT_FOUND PERMISSION_DENIED",
     .since = "2",
     .doc = "How far an import is, and what became of each row, in pages.",
     .doc_zh = "导入的进度与逐行结果。",
     .run = run_status},
    {.name = "import.undo",
     .flags = API_WRITE | API_STEPS,
     .params = undo_params,
     .result = undo_result,
     .errors = "NOT_FOUND PERMISSION_DENIED",
     .since = "2",
     .doc = "Deletes what the import created, in as many commits as it took; what others changed "
            "since stays and is listed. An import under way is cancelled first.",
     .doc_zh = "撤销一次导入：删除它新建的记录；之后被别人改过的不动，并列出。",
     .run = run_undo},
    {.name = NULL}};
