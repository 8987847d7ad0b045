/* import_run: rows into records, up to one commit's worth. See import.h.
 *
 * Memory:  the ctx's arena, which ends with the run.  Threads: the writer lane.
 * Fails:   a row into its result; a header or a commit into the op; what makes the rest of the file
 *          unreadable ends the import as failed. */
#include "api/engine_state.h"
#include "api/import_source.h"
#include "api/rehearsal.h"

typedef struct run {
  api_import *import;
  api_source source;
  store_change_set *own; /* the op's: where the import stands, results */
  store_change_set *set; /* where the rows go: the op's, or the rehearsal's */
  size_t limit;          /* bytes of the op's set at the start */
  int64_t rows;
  bool full;
} run;

/* --- one row ------------------------------------------------------------------------------------- */

/* A timer of another store: restored records keep their reminders. */
static base_code adopt_timer(crm_ctx *ctx, base_slice map) {
  data_value params = {0};
  model_timer timer = {.due = data_map_integer(map, "due", 0),
                       .op = data_map_text(map, "op"),
                       .name = data_map_text(map, "name"),
                       .actor = data_map_text(map, "actor"),
                       .package = data_map_text(map, "package"),
                       .attempts = data_map_integer(map, "attempts", 0)};
  if (data_map_find(map, "params", &params) && params.type == DATA_MAP) timer.params = params.raw;
  if (timer.op.size == 0) {
    return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, "op", "定时器没有操作（op）",
                          "the timer has no op");
  }
  return model_timer_put(ctx, &timer);
}

static base_code adopt_link(crm_ctx *ctx, base_slice map) {
  model_link_row row = {.type = data_map_text(map, "from_type"),
                        .id = data_map_integer(map, "from", 0),
                        .name = data_map_text(map, "name"),
                        .out = true,
                        .to_type = data_map_text(map, "to_type"),
                        .to = data_map_integer(map, "to", 0)};
  const model_type *type;
  BASE_TRY(model_schema_type(ctx->schema, row.type, &type, ctx->error));
  BASE_TRY(model_schema_type(ctx->schema, row.to_type, &type, ctx->error));
  if (row.name.size > 0 && row.name.size <= MODEL_LINK_NAME_MAX && row.id > 0 && row.to > 0) {
    return model_adopt_link(ctx, &row);
  }
  return model_ctx_fail(
      ctx, BASE_VALIDATION_FAILED, "name", "关联要有名称（最多 %d 字节）和两端的编号",
      "a link has a name of at most %d bytes and two numbers", MODEL_LINK_NAME_MAX);
}

static base_code adopt_other(crm_ctx *ctx, base_slice map) {
  bool link = base_slice_is(data_map_text(map, "type"), "link");
  return link ? adopt_link(ctx, map) : adopt_timer(ctx, map);
}

static base_code make(run *r, const api_source_row *row, int64_t *id) {
  crm_ctx *ctx = r->import->ctx;
  base_slice record = {0};
  base_code code;
  if (row->type == NULL) return adopt_other(ctx, row->values);
  if (r->import->keep_ids) {
    code = model_adopt(ctx, row->type, row->values, &record);
  } else {
    code = model_record_create(ctx, row->type, row->values, 0, &record);
  }
  if (code == BASE_OK) *id = data_map_integer(record, "id", 0);
  return code;
}

/* As if the row were a request of its own: its own budget, and nothing of it stays when it fails. */
static base_code try_row(run *r, const api_source_row *row, int64_t *id) {
  api_execution *execution = api_execution_of(r->import->ctx);
  crm_ctx *ctx = &execution->ctx;
  ctx->instructions = execution->engine->options.script_instructions;
  if (r->set != r->own) {
    store_change_set_limit(r->set, store_change_set_size(r->set) + r->limit);
  }
  store_savepoint savepoint = store_savepoint_begin(r->set);
  base_code code = make(r, row, id);
  if (code == BASE_OK && execution->spoiled.code != BASE_OK) {
    *ctx->error = execution->spoiled;
    code = ctx->error->code;
  }
  execution->spoiled = (base_error){0};
  if (code == BASE_OK) {
    store_savepoint_commit(r->set, savepoint);
  } else {
    store_savepoint_abort(r->set, savepoint);
  }
  return code;
}

static void tell_failed(run *r, const api_source_row *row, int64_t line) {
  base_error *error = r->import->ctx->error;
  base_slice value = row->value;
  if (value.size == 0 && error->field[0] != '\0') {
    value = api_source_value(&r->source, row, error->field);
  }
  api_import_tell_failed(r->import, line, error, value);
}

/* False when the commit has no room left for the row. */
static bool take_row(run *r, const api_source_row *row) {
  api_import *import = r->import;
  int64_t line = import->line + (int64_t)row->lines_before + 1;
  int64_t id = 0;
  base_code code = row->code;
  if (code == BASE_OK) code = try_row(r, row, &id);
  if (code == BASE_TOO_LARGE && row->code == BASE_OK && r->rows > 0 && r->set == r->own) {
    base_error_clear(import->ctx->error);
    return false;
  }
  import->row++;
  if (code == BASE_OK) {
    api_import_tell_made(import, line, id, row->type);
  } else {
    tell_failed(r, row, line);
  }
  base_error_clear(import->ctx->error);
  r->rows++;
  return true;
}

/* --- the rows of one commit ---------------------------------------------------------------------- */

/* Half of the set stays free for the results and for what the next row brings. */
static bool is_full(const run *r) {
  const api_engine *engine = api_execution_of(r->import->ctx)->engine;
  return r->rows >= engine->options.import.commit_rows ||
         store_change_set_room(r->own) < r->limit / 2 || r->import->results.size > r->limit / 8;
}

static api_source_state take_rows(run *r, base_slice bytes, bool last, size_t *consumed) {
  api_import *import = r->import;
  int64_t position = import->offset - (int64_t)import->tail.size;
  api_source_state state = API_SOURCE_BLANK;
  api_source_row row;
  *consumed = 0;
  for (;;) {
    r->full = r->rows > 0 && is_full(r);
    if (r->full) return state;
    bool first = position == 0 && *consumed == 0;
    state = api_source_next(&r->source, base_slice_after(bytes, *consumed), first, last, &row);
    if (state != API_SOURCE_ROW && state != API_SOURCE_BLANK) return state;
    r->full = state == API_SOURCE_ROW && !take_row(r, &row);
    if (r->full) return state;
    import->line += (int64_t)(row.lines_before + row.lines);
    *consumed += row.bytes;
  }
}

/* --- the end ------------------------------------------------------------------------------------- */

static base_code end_done(api_import *import) {
  base_buffer result = {0};
  base_slice none = {0};
  data_append_map(&result, 4);
  data_append_pair_integer(&result, "rows", import->row);
  data_append_pair_integer(&result, "created", import->created);
  data_append_pair_integer(&result, "failed", import->failed);
  data_append_pair_boolean(&result, "dry_run", import->dry_run);
  base_slice made = model_ctx_take(import->ctx, &result);
  return api_job_end(import->ctx, import->id, "done", made, none, &import->job);
}

static base_code end_failed(api_import *import) {
  base_buffer error = {0};
  base_slice none = {0};
  api_job_append_error(import->ctx->error, &error);
  base_error_clear(import->ctx->error);
  base_slice told = model_ctx_take(import->ctx, &error);
  return api_job_end(import->ctx, import->id, "failed", none, told, &import->job);
}

/* Where the file stands now: behind what was consumed, or, with a row begun, behind all bytes. */
static void move(api_import *import, base_slice whole, size_t consumed, bool all, size_t fresh,
                 size_t *used) {
  size_t old = import->tail.size;
  *used = all ? fresh : consumed - old;
  import->tail = all ? base_slice_after(whole, consumed) : (base_slice){0};
  import->offset += (int64_t)*used;
}

static base_code settle(run *r, api_source_state state) {
  api_import *import = r->import;
  api_engine *engine = api_execution_of(import->ctx)->engine;
  bool broken = !r->full && state == API_SOURCE_BROKEN;
  bool ended = !r->full && state == API_SOURCE_END;
  if (import->dry_run && !broken && !api_rehearsal_fits(engine, import->id)) {
    (void)model_ctx_fail(import->ctx, BASE_TOO_LARGE, "data",
                         "试导入占用的内存超过 %zu 字节（import.dry_run_bytes）：请分成几个文件",
                         "the dry run takes more than %zu bytes (import.dry_run_bytes): split the "
                         "file",
                         engine->options.import.dry_run_bytes);
    broken = true;
  }
  BASE_TRY(api_import_keep(import));
  BASE_TRY(api_import_save(import));
  if (!broken && !ended) return BASE_OK;
  if (import->dry_run) api_rehearsal_end(engine, import->id);
  return broken ? end_failed(import) : end_done(import);
}

static base_slice join(api_import *import, base_slice bytes) {
  if (import->tail.size == 0) return bytes;
  base_buffer whole = {0};
  base_buffer_append(&whole, import->tail.data, import->tail.size);
  base_buffer_append(&whole, bytes.data, bytes.size);
  return model_ctx_take(import->ctx, &whole);
}

static base_code run_file(run *r, base_slice bytes, bool last, size_t *used) {
  size_t consumed;
  base_slice whole = join(r->import, bytes);
  r->import->ctx->set = r->set;
  api_source_state state = take_rows(r, whole, last, &consumed);
  r->import->ctx->set = r->own;
  if (state == API_SOURCE_REFUSED) return r->import->ctx->error->code;
  move(r->import, whole, consumed, !r->full, bytes.size, used);
  if (state == API_SOURCE_END) r->import->tail = (base_slice){0};
  return settle(r, state);
}

base_code api_import_run(api_import *import, base_slice bytes, bool last, size_t *used) {
  api_execution *execution = api_execution_of(import->ctx);
  store_change_set *own = import->ctx->set;
  run r = {.import = import, .own = own, .set = own, .limit = store_change_set_room(own)};
  if (import->dry_run) {
    r.set = api_rehearsal_open(execution->engine, import->id, store_change_set_view(own));
  }
  api_source_init(&r.source, import);
  base_code code = run_file(&r, bytes, last, used);
  api_source_fini(&r.source);
  base_buffer_fini(&import->results);
  return code;
}
