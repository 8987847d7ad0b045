/* import_result: what became of each row, and what came into being, as rows of the job. See import.h.
 *
 * A result is an array, [row, line, id] or [row, line, id, type], or when the row failed [row, line,
 * code, field, message, value, data]. Those of one commit are one row of the job.
 *
 * Memory:  the import's buffer until it is written.  Threads: the writer lane; pages: any.
 * Fails:   TOO_LARGE through the change set. */
#include "api/import.h"

/* --- telling ------------------------------------------------------------------------------------- */

static void begin_result(api_import *import, int64_t line, size_t parts) {
  data_append_array(&import->results, parts);
  data_append_integer(&import->results, import->row);
  data_append_integer(&import->results, line);
  import->result_count++;
}

void api_import_tell_made(api_import *import, int64_t line, int64_t id, const model_type *type) {
  bool typed = import->type == NULL && type != NULL;
  import->created++;
  begin_result(import, line, typed ? 4 : 3);
  data_append_integer(&import->results, id);
  if (typed) data_append_text(&import->results, type->name);
}

void api_import_tell_failed(api_import *import, int64_t line, const base_error *error,
                            base_slice value) {
  base_buffer *out = &import->results;
  const api_engine *engine = api_execution_of(import->ctx)->engine;
  bool whole = import->told < api_engine_options_get(engine)->import.failures;
  import->failed++;
  begin_result(import, line, 7);
  data_append_text(out, base_code_name(error->code));
  data_append_text(out, error->field);
  data_append_text(out, whole ? error->message : "");
  data_append_slice(out, whole ? value : (base_slice){0});
  if (whole && error->data.size > 0) {
    data_append_raw(out, error->data);
  } else {
    data_append_nil(out);
  }
  if (whole) import->told++;
}

/* --- what was made ------------------------------------------------------------------------------- */

typedef struct gathering {
  api_import *import;
  base_buffer list;
  size_t count;
} gathering;

/* Records that the store did not have, those that rules made included. */
static void gather(const store_change *change, void *self) {
  gathering *made = self;
  uint8_t scratch[DATA_KEY_MAX];
  data_value type;
  data_value id;
  base_slice rest = change->key;
  if (change->table != STORE_RECORD || change->deleted) return;
  if (store_record_sequence(made->import->ctx->set, change->key) != 0) return;
  if (!data_key_read(&rest, &type, scratch)) return;
  data_append_array(&made->list, 2);
  data_append_slice(&made->list, type.as.bytes);
  if (!data_key_read(&rest, &id, scratch)) return;
  data_append_integer(&made->list, id.as.integer);
  made->count++;
}

static base_code keep_made(api_import *import) {
  gathering made = {.import = import};
  size_t place = data_append_open_array(&made.list);
  store_change_set_each(import->ctx->set, gather, &made);
  data_append_close(&made.list, place, made.count);
  base_slice list = model_ctx_take(import->ctx, &made.list);
  if (made.count == 0) return BASE_OK;
  return api_job_put_row(import->ctx, import->id, API_IMPORT_MADE, import->commits++, list);
}

static base_code keep_results(api_import *import) {
  base_buffer row = {0};
  if (import->result_count == 0) return BASE_OK;
  data_append_array(&row, (size_t)import->result_count);
  base_buffer_append(&row, import->results.data, import->results.size);
  base_slice list = model_ctx_take(import->ctx, &row);
  return api_job_put_row(import->ctx, import->id, API_IMPORT_RESULTS,
                         import->row - import->result_count + 1, list);
}

base_code api_import_keep(api_import *import) {
  if (!import->dry_run) BASE_TRY(keep_made(import));
  return keep_results(import);
}

/* --- pages --------------------------------------------------------------------------------------- */

static void append_part(const char *key, data_value value, base_buffer *out, size_t *count) {
  bool empty = value.type == DATA_NIL || (value.type == DATA_TEXT && value.as.bytes.size == 0);
  if (empty) return;
  data_append_pair_raw(out, key, value.raw);
  *count += 1;
}

/* A result as clients see it: {row, line, ok, id, type?} or {row, line, ok, code, field, message,
 * value, data}. */
static void append_result(const data_value *parts, size_t size, base_buffer *out) {
  static const char *const made[] = {"row", "line", "id", "type"};
  static const char *const failed[] = {"row", "line", "code", "field", "message", "value", "data"};
  bool ok = parts[2].type == DATA_INTEGER;
  size_t place = data_append_open_map(out);
  size_t count = 1;
  data_append_pair_boolean(out, "ok", ok);
  for (size_t i = 0; i < size; i++) append_part((ok ? made : failed)[i], parts[i], out, &count);
  data_append_close(out, place, count);
}

typedef struct paging {
  int64_t after;
  int64_t limit;
  bool failed; /* only those */
  base_buffer *out;
  int64_t count;
  int64_t last; /* the last row that was looked at */
} paging;

static void append_one(paging *page, base_slice result) {
  data_value parts[7] = {0};
  size_t size = 0;
  data_walk walk = data_walk_begin(result);
  while (size < 7 && data_walk_next(&walk)) parts[size++] = walk.value;
  if (parts[0].as.integer <= page->after) return;
  page->last = parts[0].as.integer;
  if (page->failed && parts[2].type == DATA_INTEGER) return;
  append_result(parts, size, page->out);
  page->count++;
}

static void append_list(paging *page, base_slice list) {
  data_walk walk = data_walk_begin(list);
  while (page->count < page->limit && data_walk_next(&walk)) append_one(page, walk.value.raw);
}

/* The job's row in which `after` lies may begin before it. */
static store_cursor *open_results(const api_import *import, int64_t after) {
  data_key lower;
  data_key upper;
  data_key middle;
  base_slice key;
  base_slice value;
  api_job_key(&lower, import->id, API_IMPORT_RESULTS, -1);
  upper = lower;
  data_key_successor(&upper);
  api_job_key(&middle, import->id, API_IMPORT_RESULTS, after + 1);
  data_key_successor(&middle);
  store_cursor *back = store_cursor_open(import->ctx->set, STORE_JOB, data_key_slice(&lower),
                                         data_key_slice(&middle), true);
  bool found = store_cursor_next(back, &key, &value);
  if (found) key = base_arena_slice(import->ctx->arena, key);
  store_cursor_close(back);
  return store_cursor_open(import->ctx->set, STORE_JOB, found ? key : data_key_slice(&lower),
                           data_key_slice(&upper), false);
}

void api_import_append_results(const api_import *import, int64_t after, int64_t limit, bool failed,
                               base_buffer *out, int64_t *next) {
  base_slice key;
  base_slice list;
  paging page = {.after = after, .limit = limit, .failed = failed, .out = out, .last = after};
  size_t place = data_append_open_array(out);
  store_cursor *cursor = open_results(import, after);
  while (page.count < limit && store_cursor_next(cursor, &key, &list)) append_list(&page, list);
  store_cursor_close(cursor);
  data_append_close(out, place, (size_t)page.count);
  *next = page.last < import->row ? page.last : 0;
}
