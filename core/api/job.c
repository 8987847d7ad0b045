/* job: records, and the rows beside them. See job.h.
 *
 * Memory:  the ctx's arena.  Threads: one per ctx.  Fails: as the header says. */
#include "api/job.h"

#include "api/execution.h"
#include "api/job_lane.h"

#define EXPIRED_LOOKED_AT 1000 /* jobs that stay open may stand in front */
#define EXPIRED_ROWS 2000

static const model_type *job_type(const crm_ctx *ctx) {
  return model_schema_find(ctx->schema, base_slice_text("job"));
}

/* --- rows ---------------------------------------------------------------------------------------- */

void api_job_key(data_key *key, int64_t id, const char *name, int64_t number) {
  data_key_init(key);
  data_key_integer(key, id);
  if (name == NULL) return;
  data_key_text(key, base_slice_text(name), DATA_KEY_HASH);
  if (number >= 0) data_key_integer(key, number);
}

bool api_job_row(crm_ctx *ctx, int64_t id, const char *name, int64_t number, base_slice *value) {
  data_key key;
  api_job_key(&key, id, name, number);
  return store_get(ctx->set, STORE_JOB, data_key_slice(&key), value);
}

base_code api_job_put_row(crm_ctx *ctx, int64_t id, const char *name, int64_t number,
                          base_slice value) {
  data_key key;
  api_job_key(&key, id, name, number);
  return store_put(ctx->set, STORE_JOB, data_key_slice(&key), value, ctx->error);
}

base_code api_job_delete_rows(crm_ctx *ctx, int64_t id, const char *name, size_t most, bool *more) {
  data_key lower;
  api_job_key(&lower, id, name, -1);
  data_key upper = lower;
  data_key_successor(&upper);
  base_slice *keys = BASE_NEW_ARRAY(ctx->arena, base_slice, most);
  base_slice key;
  base_slice value;
  size_t count = 0;
  store_cursor *cursor =
      store_cursor_open(ctx->set, STORE_JOB, data_key_slice(&lower), data_key_slice(&upper), false);
  while (count < most && store_cursor_next(cursor, &key, &value)) {
    keys[count++] = base_arena_slice(ctx->arena, key);
  }
  *more = count == most;
  store_cursor_close(cursor);
  for (size_t i = 0; i < count; i++) {
    BASE_TRY(store_delete(ctx->set, STORE_JOB, keys[i], ctx->error));
  }
  return BASE_OK;
}

/* --- what has expired ---------------------------------------------------------------------------- */

static base_code forget(crm_ctx *ctx, int64_t id, base_slice record) {
  bool more = false;
  data_key key;
  BASE_TRY(api_job_delete_rows(ctx, id, NULL, EXPIRED_ROWS, &more));
  if (more) return BASE_OK;
  model_record_key(&key, "job", id);
  BASE_TRY(model_index_update(ctx, job_type(ctx), id, record, (base_slice){0}));
  return store_delete(ctx->set, STORE_RECORD, data_key_slice(&key), ctx->error);
}

/* The oldest finished job that is more than `kept` jobs old; 0 when there is none. */
static int64_t find_expired(crm_ctx *ctx, int64_t newest, base_slice *record) {
  int64_t kept = api_engine_options_get(api_execution_of(ctx)->engine)->job_kept;
  int64_t found = 0;
  data_key lower;
  data_key upper;
  base_slice key;
  model_record_key(&lower, "job", 0);
  model_record_key(&upper, "job", newest - kept + 1);
  if (newest <= kept) return 0;
  store_cursor *cursor = store_cursor_open(ctx->set, STORE_RECORD, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  for (int i = 0; i < EXPIRED_LOOKED_AT && found == 0; i++) {
    if (!store_cursor_next(cursor, &key, record)) break;
    if (!api_job_open(*record)) found = data_map_integer(*record, "id", 0);
  }
  store_cursor_close(cursor);
  *record = base_arena_slice(ctx->arena, *record);
  return found;
}

/* Two for each new one: what became too much shrinks. */
static base_code forget_expired(crm_ctx *ctx, int64_t newest) {
  base_slice record = {0};
  for (int i = 0; i < 2; i++) {
    int64_t id = find_expired(ctx, newest, &record);
    if (id == 0) return BASE_OK;
    BASE_TRY(forget(ctx, id, record));
  }
  return BASE_OK;
}

/* --- records ------------------------------------------------------------------------------------- */

bool api_job_open(base_slice record) {
  base_slice state = data_map_text(record, "state");
  return base_slice_is(state, "queued") || base_slice_is(state, "running");
}

/* A job goes on with all the rights of its owner. */
static base_code check_scope(crm_ctx *ctx) {
  if (ctx->actor.types.size == 0) return BASE_OK;
  return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, NULL, "限定类型的令牌不能启动任务",
                        "a token that is limited to types cannot start jobs");
}

base_code api_job_create(crm_ctx *ctx, const char *kind, base_slice params, base_slice *record) {
  BASE_TRY(check_scope(ctx));
  base_buffer values = {0};
  const api_job_kind *known =
      api_job_kind_find(api_execution_of(ctx)->registry, base_slice_text(kind));
  bool lane = known != NULL && known->step != NULL;
  data_append_map(&values, lane ? 5 : 6);
  data_append_pair_text(&values, "kind", kind);
  data_append_pair_text(&values, "state", lane ? "queued" : "running");
  data_append_pair_raw(&values, "params", params);
  data_append_pair_boolean(&values, "administrator", ctx->actor.administrator);
  data_append_pair_boolean(&values, "account", api_execution_of(ctx)->session->identity != 0);
  if (!lane) data_append_pair_integer(&values, "started_at", ctx->now);
  base_slice made = model_ctx_take(ctx, &values);
  BASE_TRY(model_record_create(ctx, job_type(ctx), made, MODEL_TRUSTED, record));
  if (lane) api_execution_of(ctx)->job_made = true;
  return forget_expired(ctx, data_map_integer(*record, "id", 0));
}

base_code api_job_get(crm_ctx *ctx, int64_t id, bool own, base_slice *record) {
  BASE_TRY(model_record_get(ctx, job_type(ctx), id, record));
  bool mine = base_slice_equal(data_map_text(*record, "created_by"), ctx->actor.name);
  if (!own || mine || ctx->actor.administrator) return BASE_OK;
  return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, "id",
                        "任务 %lld 属于 %.*s：只有本人和管理员可以操作",
                        "job %lld is %.*s's: only its owner and administrators may do that",
                        (long long)id, BASE_SLICE_ARGS(data_map_text(*record, "created_by")));
}

static void append_progress(base_slice work, base_buffer *out) {
  data_append_map(out, 2);
  data_append_pair_integer(out, "done", data_map_integer(work, "done", 0));
  data_append_pair_integer(out, "total", data_map_integer(work, "total", 0));
}

base_code api_job_end(crm_ctx *ctx, int64_t id, const char *state, base_slice result,
                      base_slice error, base_slice *record) {
  base_buffer patch = {0};
  base_slice work;
  bool worked = api_job_row(ctx, id, API_JOB_WORK, 0, &work);
  BASE_TRY(api_job_get(ctx, id, false, record));
  if (!api_job_open(*record)) {
    return model_ctx_fail(ctx, BASE_TRANSITION_DENIED, "id", "任务 %lld 已经结束（%.*s）",
                          "job %lld has ended (%.*s)", (long long)id,
                          BASE_SLICE_ARGS(data_map_text(*record, "state")));
  }
  data_append_map(&patch, 2u + worked + (result.size > 0) + (error.size > 0));
  data_append_pair_text(&patch, "state", state);
  data_append_pair_integer(&patch, "finished_at", ctx->now);
  if (result.size > 0) data_append_pair_raw(&patch, "result", result);
  if (error.size > 0) data_append_pair_raw(&patch, "error", error);
  if (worked) {
    data_append_text(&patch, "progress");
    append_progress(work, &patch);
  }
  base_slice values = model_ctx_take(ctx, &patch);
  return model_record_update(ctx, job_type(ctx), id, values, 0, MODEL_TRUSTED, record);
}

base_code api_job_lost(crm_ctx *ctx, int64_t id) {
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL,
                        "服务器停止时任务 %lld 还没有做完，这种任务不能接着做：请重新开始",
                        "the server ended before job %lld, and this kind cannot go on: start it "
                        "again",
                        (long long)id);
}

/* --- as ops answer them -------------------------------------------------------------------------- */

static size_t append_given(base_slice record, const char *name, base_buffer *out) {
  data_value value;
  if (!data_map_find(record, name, &value)) return 0;
  data_append_pair_raw(out, name, value.raw);
  return 1;
}

void api_job_append(crm_ctx *ctx, base_slice record, base_buffer *out) {
  static const char *const names[] = {"id",         "kind",       "state",      "result",
                                      "error",      "params",     "created_at", "created_by",
                                      "started_at", "finished_at"};
  base_slice work;
  size_t place = data_append_open_map(out);
  size_t count = 1;
  data_append_text(out, "progress");
  if (!api_job_row(ctx, data_map_integer(record, "id", 0), API_JOB_WORK, 0, &work)) {
    work = (base_slice){0};
  }
  append_progress(work, out);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    count += append_given(record, names[i], out);
  }
  data_append_close(out, place, count);
}

void api_job_append_error(const base_error *error, base_buffer *out) {
  data_append_map(out, 3);
  data_append_pair_text(out, "code", base_code_name(error->code));
  data_append_pair_text(out, "field", error->field);
  data_append_pair_text(out, "message", error->message);
}
