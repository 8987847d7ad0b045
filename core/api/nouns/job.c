/* job: what takes longer than a moment, as its owner sees it. See job.h. */
#include "api/job.h"

#include "api/job_lane.h"
#include "api/nouns/nouns.h"
#include "api/rehearsal.h"

static const char *const job_states[] = {"queued", "running", "done", "failed", "cancelled", NULL};
static const data_transition job_transitions[] = {{.from = "queued", .to = "running"},
                                                  {.from = "queued", .to = "failed"},
                                                  {.from = "queued", .to = "cancelled"},
                                                  {.from = "running", .to = "done"},
                                                  {.from = "running", .to = "failed"},
                                                  {.from = "running", .to = "cancelled"},
                                                  {.from = NULL}};

static const data_field progress_fields[] = {
    {.name = "done", .kind = DATA_KIND_INTEGER, .label_zh = "已完成", .label_en = "done"},
    {.name = "total",
     .kind = DATA_KIND_INTEGER,
     .label_zh = "总量",
     .label_en = "total",
     .doc = "0: not known."},
    {.name = NULL}};

static const data_field error_fields[] = {
    {.name = "code", .kind = DATA_KIND_TEXT, .label_zh = "代码", .label_en = "code"},
    {.name = "field", .kind = DATA_KIND_TEXT, .label_zh = "字段", .label_en = "field"},
    {.name = "message", .kind = DATA_KIND_TEXT, .label_zh = "说明", .label_en = "message"},
    {.name = NULL}};

static const data_field job_fields[] = {
    {.name = "kind",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED | DATA_READONLY,
     .label_zh = "种类",
     .label_en = "kind",
     .doc = "What is done: import, …"},
    {.name = "state",
     .kind = DATA_KIND_STATES,
     .choices = job_states,
     .transitions = job_transitions,
     .flags = DATA_READONLY | DATA_INDEX,
     .label_zh = "状态",
     .label_en = "state"},
    {.name = "params",
     .kind = DATA_KIND_MAP,
     .flags = DATA_READONLY,
     .label_zh = "参数",
     .label_en = "params"},
    {.name = "administrator",
     .kind = DATA_KIND_BOOLEAN,
     .flags = DATA_READONLY,
     .label_zh = "以管理员身份",
     .label_en = "as administrator",
     .doc = "Whether an administrator started it."},
    {.name = "account",
     .kind = DATA_KIND_BOOLEAN,
     .flags = DATA_READONLY,
     .label_zh = "属于用户",
     .label_en = "of a user",
     .doc = "Whether its owner is a user, whose rights are looked up anew with each step."},
    {.name = "progress",
     .kind = DATA_KIND_MAP,
     .fields = progress_fields,
     .flags = DATA_READONLY,
     .label_zh = "进度",
     .label_en = "progress",
     .doc = "Written when the job ends; job.get knows it before."},
    {.name = "result",
     .kind = DATA_KIND_MAP,
     .flags = DATA_READONLY,
     .label_zh = "结果",
     .label_en = "result"},
    {.name = "error",
     .kind = DATA_KIND_MAP,
     .fields = error_fields,
     .flags = DATA_READONLY,
     .label_zh = "错误",
     .label_en = "error",
     .doc = "Why it failed."},
    {.name = "started_at",
     .kind = DATA_KIND_DATETIME,
     .flags = DATA_READONLY,
     .label_zh = "开始时间",
     .label_en = "started at"},
    {.name = "finished_at",
     .kind = DATA_KIND_DATETIME,
     .flags = DATA_READONLY,
     .label_zh = "结束时间",
     .label_en = "finished at"},
    {.name = NULL}};

const model_type_definition api_types_job[] = {
    {.name = "job",
     .label_zh = "任务进程",
     .label_en = "job",
     .title = "kind",
     .flags = MODEL_TYPE_SERVER,
     .visible = API_VISIBLE_OWN,
     .doc = "Work that takes longer than a moment: how far it is and what came of it.",
     .fields = job_fields},
    {.name = NULL}};

/* --- what a job lists ---------------------------------------------------------------------------- */

/* The rows from number `from` on, as many as fit into half a result; returns the number behind them. */
static int64_t append_rows(crm_ctx *ctx, int64_t id, int64_t from, int64_t end, base_buffer *out) {
  size_t most = api_engine_options_get(api_execution_of(ctx)->engine)->result_bytes / 2;
  size_t place = data_append_open_array(out);
  int64_t at = from;
  base_slice item;
  while (at < end && out->size < most && api_job_row(ctx, id, API_JOB_ITEMS, at, &item)) {
    data_append_raw(out, item);
    at += 1;
  }
  data_append_close(out, place, (size_t)(at - from));
  return at;
}

/* The result with a page of its list, and the number where the next page begins. */
static base_slice with_items(crm_ctx *ctx, base_slice params, base_slice record,
                             base_slice result) {
  int64_t id = data_map_integer(record, "id", 0);
  int64_t count = data_map_integer(result, "count", 0);
  int64_t from = api_param_integer(params, "after");
  int64_t limit = api_param_integer(params, "limit");
  int64_t end = limit == 0 || limit > count - from ? count : from + limit;
  base_buffer patch = {0};
  base_buffer out = {0};
  data_append_map(&patch, 2);
  data_append_text(&patch, API_JOB_ITEMS);
  int64_t next = append_rows(ctx, id, from, end, &patch);
  data_append_text(&patch, "next");
  if (next < count) {
    data_append_integer(&patch, next);
  } else {
    data_append_nil(&patch);
  }
  data_splice(result, base_buffer_slice(&patch), &out);
  base_buffer_clear(&patch);
  data_append_map(&patch, 1);
  data_append_pair_raw(&patch, "result", base_buffer_slice(&out));
  base_buffer_clear(&out);
  data_splice(record, base_buffer_slice(&patch), &out);
  base_buffer_fini(&patch);
  return model_ctx_take(ctx, &out);
}

/* --- ops ----------------------------------------------------------------------------------------- */

static base_code run_get(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice record;
  data_value made;
  BASE_TRY(api_job_get(ctx, api_param_integer(params, "id"), false, &record));
  const api_job_kind *kind =
      api_job_kind_find(api_execution_of(ctx)->registry, data_map_text(record, "kind"));
  if (kind != NULL && kind->lists && data_map_find(record, "result", &made)) {
    record = with_items(ctx, params, record, made.raw);
  }
  api_job_append(ctx, record, result);
  return BASE_OK;
}

static base_slice list_where(crm_ctx *ctx, base_slice params) {
  base_slice state = api_param_text(params, "state");
  base_slice kind = api_param_text(params, "kind");
  base_buffer where = {0};
  data_append_map(&where, (size_t)(state.size > 0) + (kind.size > 0));
  if (state.size > 0) data_append_pair_slice(&where, "state", state);
  if (kind.size > 0) data_append_pair_slice(&where, "kind", kind);
  return model_ctx_take(ctx, &where);
}

static base_code run_list(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  model_page page;
  BASE_TRY(api_noun_find(ctx, "job", list_where(ctx, params), "-id",
                         api_param_integer(params, "limit"), api_param_text(params, "after"),
                         &page));
  data_append_map(result, 2);
  data_append_text(result, "items");
  data_append_array(result, page.count);
  for (size_t i = 0; i < page.count; i++) api_job_append(ctx, page.items[i], result);
  data_append_text(result, "next");
  if (page.next.size > 0)
    data_append_slice(result, page.next);
  else
    data_append_nil(result);
  return BASE_OK;
}

static base_code run_cancel(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  base_slice record;
  base_slice none = {0};
  int64_t id = api_param_integer(params, "id");
  BASE_TRY(api_job_get(ctx, id, true, &record));
  BASE_TRY(api_job_end(ctx, id, "cancelled", none, none, &record));
  api_rehearsal_end(api_execution_of(ctx)->engine, id);
  api_execution_of(ctx)->job_made = true; /* the long lane lets go of what it kept for it */
  api_job_append(ctx, record, result);
  return BASE_OK;
}

/* --- what the long lane writes ------------------------------------------------------------------- */

static base_code need_open(crm_ctx *ctx, base_slice params, int64_t *id, base_slice *record) {
  *id = api_param_integer(params, "id");
  BASE_TRY(api_job_get(ctx, *id, false, record));
  if (api_job_open(*record)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_TRANSITION_DENIED, "id", "任务 %lld 已经结束",
                        "job %lld has ended", (long long)*id);
}

static base_code run_begin(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  int64_t id;
  base_slice record;
  base_buffer patch = {0};
  BASE_TRY(need_open(ctx, params, &id, &record));
  data_append_map(&patch, 2);
  data_append_pair_text(&patch, "state", "running");
  data_append_pair_integer(&patch, "started_at", ctx->now);
  base_slice values = model_ctx_take(ctx, &patch);
  BASE_TRY(
      model_record_update(ctx, api_noun_type(ctx, "job"), id, values, 0, MODEL_TRUSTED, &record));
  api_job_append(ctx, record, result);
  return BASE_OK;
}

static base_code run_save(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  int64_t id;
  base_slice record;
  BASE_TRY(need_open(ctx, params, &id, &record));
  BASE_TRY(api_job_put_row(ctx, id, API_JOB_WORK, 0, api_param_raw(params, "work")));
  api_job_append(ctx, record, result);
  return BASE_OK;
}

static base_code run_keep(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  int64_t id;
  base_slice record;
  BASE_TRY(need_open(ctx, params, &id, &record));
  int64_t number = api_param_integer(params, "from");
  data_walk walk = data_walk_begin(api_param_raw(params, "items"));
  while (data_walk_next(&walk)) {
    BASE_TRY(api_job_put_row(ctx, id, API_JOB_ITEMS, number++, walk.value.raw));
  }
  data_append_map(result, 0);
  return BASE_OK;
}

static base_code run_end(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice record;
  const char *state = base_arena_text(ctx->arena, api_param_text(params, "state"));
  BASE_TRY(api_job_end(ctx, api_param_integer(params, "id"), state, api_param_raw(params, "result"),
                       api_param_raw(params, "error"), &record));
  api_job_append(ctx, record, result);
  return BASE_OK;
}

/* --- rows ---------------------------------------------------------------------------------------- */

#define PARAM_JOB                                                                                  \
  { .name = "id", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED, .doc = "The job's number." }

static const data_field id_params[] = {PARAM_JOB, {0}};
static const data_field get_params[] = {
    PARAM_JOB,
    {.name = "after",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 0,
     .max = INT32_MAX,
     .doc = "Of a result with a list: where this page begins, the `next` of the page before."},
    {.name = "limit",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = INT32_MAX,
     .doc = "Items of one page at most; as many as a result holds when not given."},
    {0}};
static const data_field keep_params[] = {
    PARAM_JOB,
    {.name = "from", .kind = DATA_KIND_INTEGER, .doc = "The number of the first item."},
    {.name = "items",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .flags = DATA_REQUIRED,
     .doc = "What the job's result lists from there on."},
    {0}};
static const data_field list_params[] = {
    {.name = "state", .kind = DATA_KIND_TEXT, .doc = "Only jobs in this state."},
    {.name = "kind", .kind = DATA_KIND_TEXT, .doc = "Only jobs of this kind."},
    API_PARAM_LIMIT,
    API_PARAM_AFTER,
    {0}};
static const data_field save_params[] = {
    PARAM_JOB,
    {.name = "work",
     .kind = DATA_KIND_MAP,
     .flags = DATA_REQUIRED,
     .doc = "Where it stands: done, total and what its kind needs."},
    {0}};
static const data_field end_params[] = {
    PARAM_JOB,
    {.name = "state", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "done or failed."},
    {.name = "result", .kind = DATA_KIND_MAP, .doc = "What came of it."},
    {.name = "error", .kind = DATA_KIND_MAP, .doc = "Why it failed."},
    {0}};

#define FIELD_JOB_RESULT                                                                           \
  {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "The job's number."},                           \
      {.name = "kind", .kind = DATA_KIND_TEXT, .doc = "What is done."},                            \
      {.name = "state", .kind = DATA_KIND_CHOICE, .choices = job_states},                          \
      {.name = "progress",                                                                         \
       .kind = DATA_KIND_MAP,                                                                      \
       .fields = progress_fields,                                                                  \
       .doc = "How far it is; a total of 0 is not known."},                                        \
      {.name = "result", .kind = DATA_KIND_MAP, .doc = "What came of it; not before it is done."}, \
      {.name = "error", .kind = DATA_KIND_MAP, .fields = error_fields, .doc = "Why it failed."},   \
      {.name = "params", .kind = DATA_KIND_MAP, .doc = "What it was started with."},               \
      {.name = "created_at", .kind = DATA_KIND_DATETIME},                                          \
      {.name = "created_by", .kind = DATA_KIND_TEXT},                                              \
      {.name = "started_at", .kind = DATA_KIND_DATETIME}, {                                        \
    .name = "finished_at", .kind = DATA_KIND_DATETIME                                              \
  }

const data_field api_result_job[] = {FIELD_JOB_RESULT, {0}};
static const data_field list_result[] = {{.name = "items",
                                          .kind = DATA_KIND_LIST,
                                          .of = DATA_KIND_MAP,
                                          .fields = api_result_job,
                                          .doc = "Jobs, the newest first."},
                                         API_RESULT_NEXT,
                                         {0}};

const api_op api_ops_job[] = {
    {.name = "job.get",
     .params = get_params,
     .result = api_result_job,
     .errors = "NOT_FOUND",
     .since = "2",
     .doc =
         "How far a job is, and what came of it. Where the result is a list, its `items` come in "
         "pages: `next` is nil behind the last.",
     .doc_zh = "任务的状态、进度与结果；结果是列表时分页给出。",
     .run = run_get},
    {.name = "job.list",
     .params = list_params,
     .result = list_result,
     .since = "2",
     .doc = "Jobs, the newest first: {items, next}.",
     .doc_zh = "列出任务，新的在前。",
     .run = run_list},
    {.name = "job.cancel",
     .flags = API_WRITE,
     .params = id_params,
     .result = api_result_job,
     .errors = "NOT_FOUND PERMISSION_DENIED TRANSITION_DENIED",
     .since = "2",
     .doc = "Ends a job between two of its steps; what the steps before did stays. For its owner "
            "and administrators.",
     .doc_zh = "取消任务：在两步之间停下，已完成的部分保留。",
     .run = run_cancel},
    {.name = "job.begin",
     .flags = API_WRITE | API_INTERNAL,
     .params = id_params,
     .result = api_result_job,
     .since = "2",
     .doc = "The long lane takes a queued job up.",
     .doc_zh = "开始执行排队的任务。",
     .run = run_begin},
    {.name = "job.save",
     .flags = API_WRITE | API_INTERNAL,
     .params = save_params,
     .result = api_result_job,
     .since = "2",
     .doc = "Keeps where a job stands.",
     .doc_zh = "记录任务进行到哪里。",
     .run = run_save},
    {.name = "job.keep",
     .flags = API_WRITE | API_INTERNAL,
     .params = keep_params,
     .since = "2",
     .doc = "Keeps items of a job's result.",
     .doc_zh = "保存任务结果中的条目。",
     .run = run_keep},
    {.name = "job.end",
     .flags = API_WRITE | API_INTERNAL,
     .params = end_params,
     .result = api_result_job,
     .since = "2",
     .doc = "A job is done, or has failed.",
     .doc_zh = "任务完成或失败。",
     .run = run_end},
    {.name = NULL}};
