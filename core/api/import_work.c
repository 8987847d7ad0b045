/* import_work: where an import stands, as the row "work" of its job, and as its client is told.
 *
 * Memory:  the ctx's arena.  Threads: one per ctx.  Fails: see import.h. */
#include "api/import.h"
#include "api/rehearsal.h"

/* --- the row ------------------------------------------------------------------------------------- */

static base_slice bytes_of(base_slice map, const char *key) {
  data_value value;
  return data_map_find(map, key, &value) ? value.raw : (base_slice){0};
}

static void read_work(api_import *import, base_slice work) {
  data_value tail = {0};
  import->offset = data_map_integer(work, "done", 0);
  import->total = data_map_integer(work, "total", 0);
  import->line = data_map_integer(work, "line", 0);
  import->row = data_map_integer(work, "row", 0);
  import->created = data_map_integer(work, "created", 0);
  import->failed = data_map_integer(work, "failed", 0);
  import->told = data_map_integer(work, "told", 0);
  import->commits = data_map_integer(work, "commits", 0);
  import->cause = data_map_integer(work, "cause", 0);
  import->undo = data_map_integer(work, "undo", -1);
  import->undone = data_map_integer(work, "undone", 0);
  import->undone_before = data_map_integer(work, "undone_before", 0);
  import->conflicts = data_map_integer(work, "conflicts", 0);
  import->encoded = data_encoding_find(data_map_text(work, "encoding"), &import->encoding);
  import->columns = bytes_of(work, "columns");
  import->ignored = bytes_of(work, "ignored");
  if (data_map_find(work, "tail", &tail)) import->tail = tail.as.bytes;
}

static void append_optional(const char *key, base_slice value, size_t *count, base_buffer *out) {
  if (value.size == 0) return;
  data_append_pair_raw(out, key, value);
  *count += 1;
}

base_code api_import_save(api_import *import) {
  base_buffer work = {0};
  size_t count = 14;
  size_t place = data_append_open_map(&work);
  data_append_pair_integer(&work, "done", import->offset);
  data_append_pair_integer(&work, "total", import->total);
  data_append_pair_integer(&work, "line", import->line);
  data_append_pair_integer(&work, "row", import->row);
  data_append_pair_integer(&work, "created", import->created);
  data_append_pair_integer(&work, "failed", import->failed);
  data_append_pair_integer(&work, "told", import->told);
  data_append_pair_integer(&work, "commits", import->commits);
  data_append_pair_integer(&work, "cause", import->cause);
  data_append_pair_integer(&work, "undo", import->undo);
  data_append_pair_integer(&work, "undone", import->undone);
  data_append_pair_integer(&work, "undone_before", import->undone_before);
  data_append_pair_integer(&work, "conflicts", import->conflicts);
  data_append_text(&work, "tail");
  data_append_binary(&work, import->tail);
  if (import->encoded) {
    data_append_pair_text(&work, "encoding", data_encoding_name(import->encoding));
    count++;
  }
  append_optional("columns", import->columns, &count, &work);
  append_optional("ignored", import->ignored, &count, &work);
  data_append_close(&work, place, count);
  base_slice made = model_ctx_take(import->ctx, &work);
  return api_job_put_row(import->ctx, import->id, API_JOB_WORK, 0, made);
}

/* --- opening ------------------------------------------------------------------------------------- */

static base_code read_params(api_import *import) {
  crm_ctx *ctx = import->ctx;
  base_slice type = data_map_text(import->params, "type");
  base_slice format = data_map_text(import->params, "format");
  import->format = base_slice_is(format, "jsonl")     ? API_IMPORT_JSONL
                   : base_slice_is(format, "msgpack") ? API_IMPORT_MSGPACK
                                                      : API_IMPORT_CSV;
  import->dry_run = data_map_boolean(import->params, "dry_run", false);
  import->keep_ids = data_map_boolean(import->params, "keep_ids", false);
  import->total = data_map_integer(import->params, "size", 0);
  import->encoded =
      data_encoding_find(data_map_text(import->params, "encoding"), &import->encoding);
  if (type.size == 0) return BASE_OK;
  return model_schema_type(ctx->schema, type, &import->type, ctx->error);
}

base_code api_import_open(crm_ctx *ctx, int64_t id, api_import *import) {
  data_value params;
  base_slice work;
  *import = (api_import){.ctx = ctx, .id = id, .undo = -1};
  BASE_TRY(api_job_get(ctx, id, true, &import->job));
  base_slice kind = data_map_text(import->job, "kind");
  if (!base_slice_is(kind, "import") && !base_slice_is(kind, "import.file")) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "id", "任务 %lld 不是导入", "job %lld is no import",
                          (long long)id);
  }
  (void)data_map_find(import->job, "params", &params);
  import->params = params.raw;
  BASE_TRY(read_params(import));
  if (api_job_row(ctx, id, API_JOB_WORK, 0, &work)) read_work(import, work);
  return BASE_OK;
}

base_code api_import_reset(api_import *import) {
  crm_ctx *ctx = import->ctx;
  bool more = true;
  while (more) {
    BASE_TRY(api_job_delete_rows(ctx, import->id, API_IMPORT_RESULTS, 1000, &more));
  }
  import->offset = import->line = import->row = 0;
  import->created = import->failed = import->told = 0;
  import->columns = import->ignored = import->tail = (base_slice){0};
  import->encoded =
      data_encoding_find(data_map_text(import->params, "encoding"), &import->encoding);
  return api_import_save(import);
}

/* --- telling ------------------------------------------------------------------------------------- */

size_t api_import_append(const api_import *import, base_buffer *out) {
  static const uint8_t empty_array[] = {0x90};
  base_slice ignored = import->ignored;
  size_t count = 11;
  if (ignored.size == 0) ignored = base_slice_make(empty_array, sizeof empty_array);
  data_append_pair_integer(out, "id", import->id);
  data_append_pair_slice(out, "type", data_map_text(import->params, "type"));
  data_append_pair_slice(out, "format", data_map_text(import->params, "format"));
  data_append_pair_boolean(out, "dry_run", import->dry_run);
  data_append_pair_slice(out, "state", data_map_text(import->job, "state"));
  data_append_pair_integer(out, "offset", import->offset);
  data_append_pair_integer(out, "size", import->total);
  data_append_pair_integer(out, "rows", import->row);
  data_append_pair_integer(out, "created", import->created);
  data_append_pair_integer(out, "failed", import->failed);
  data_append_pair_raw(out, "ignored", ignored);
  if (import->undo >= 0) {
    data_append_pair_integer(out, "undone", import->undone);
    data_append_pair_integer(out, "conflicts", import->conflicts);
    count += 2;
  }
  append_optional("error", bytes_of(import->job, "error"), &count, out);
  return count;
}
