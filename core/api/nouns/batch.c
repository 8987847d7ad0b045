/* batch: several calls as one, all or none. */
#include <stdlib.h>

#include "api/nouns/nouns.h"

/* Calls of one batch. */
#define BATCH_CALLS_MAX 500

typedef struct batch {
  crm_ctx *ctx;
  base_slice *results;
  size_t done;
  size_t size; /* of the results so far */
} batch;

static base_code bad_reference(batch *b, base_slice text) {
  return model_ctx_fail(b->ctx, BASE_INVALID_ARGUMENT, "params",
                        "%.*s 不是对前面结果的引用（例：$0.id）；字面的 $ 写作 $$",
                        "%.*s does not refer to an earlier result ($0.id does); a literal $ is "
                        "written $$",
                        BASE_SLICE_ARGS(text));
}

/* "0.id" → the value at that path of result 0. */
static bool resolve(const batch *b, base_slice path, data_value *value) {
  size_t digits = 0;
  size_t call = 0;
  while (digits < path.size && digits < 4 && path.data[digits] >= '0' && path.data[digits] <= '9') {
    call = call * 10 + (size_t)(path.data[digits++] - '0');
  }
  if (digits == 0 || call >= b->done) return false;
  *value = data_peek(b->results[call]);
  path = base_slice_after(path, digits);
  while (path.size > 0) {
    if (path.data[0] != '.') return false;
    path = base_slice_after(path, 1);
    const uint8_t *dot = memchr(path.data, '.', path.size);
    size_t size = dot == NULL ? path.size : (size_t)(dot - path.data);
    if (!data_map_find_slice(value->raw, base_slice_make(path.data, size), value)) return false;
    path = base_slice_after(path, size);
  }
  return true;
}

static base_code substitute_text(batch *b, data_value text, base_buffer *out) {
  base_slice bytes = text.as.bytes;
  if (bytes.size == 0 || bytes.data[0] != '$') {
    data_append_raw(out, text.raw);
    return BASE_OK;
  }
  if (bytes.size > 1 && bytes.data[1] == '$') {
    data_append_slice(out, base_slice_after(bytes, 1));
    return BASE_OK;
  }
  data_value value;
  if (!resolve(b, base_slice_after(bytes, 1), &value)) return bad_reference(b, bytes);
  data_append_raw(out, value.raw);
  return BASE_OK;
}

/* Copies a value with every reference in it replaced. Depth is bounded by the scanner. */
static base_code substitute(batch *b, data_value value, base_buffer *out) {
  if (value.type == DATA_TEXT) return substitute_text(b, value, out);
  if (value.type != DATA_MAP && value.type != DATA_ARRAY) {
    data_append_raw(out, value.raw);
    return BASE_OK;
  }
  if (value.type == DATA_MAP)
    data_append_map(out, value.as.count);
  else
    data_append_array(out, value.as.count);
  data_walk walk = data_walk_begin(value.raw);
  while (data_walk_next(&walk)) {
    if (value.type == DATA_MAP) data_append_raw(out, walk.key.raw);
    BASE_TRY(substitute(b, walk.value, out));
  }
  return BASE_OK;
}

/* Before the next call, not only at the end: results are held in memory until then. */
static base_code check_size(const batch *b) {
  size_t most = api_engine_options_get(api_execution_of(b->ctx)->engine)->result_bytes;
  if (b->size <= most) return BASE_OK;
  api_execution_count_large();
  return model_ctx_fail(b->ctx, BASE_TOO_LARGE, NULL,
                        "批量调用的结果超过 %zu 字节（limits.result_bytes）；请分成几次",
                        "the results of the batch have more than %zu bytes (limits.result_bytes); "
                        "split it",
                        most);
}

static base_code run_call(batch *b, base_slice call) {
  base_buffer params = {0};
  base_buffer result = {0};
  base_slice given = api_param_raw(call, "params");
  base_code code = BASE_OK;
  if (given.size == 0)
    data_append_map(&params, 0);
  else
    code = substitute(b, data_peek(given), &params);
  if (code == BASE_OK) {
    code = b->ctx->call(b->ctx, api_param_text(call, "op"), base_buffer_slice(&params), &result);
  }
  base_buffer_fini(&params);
  b->results[b->done] = model_ctx_take(b->ctx, &result);
  b->size += b->results[b->done].size;
  if (code == BASE_OK) b->done += 1;
  return code == BASE_OK ? check_size(b) : code;
}

static base_code run_batch(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice calls = api_param_raw(params, "calls");
  batch b = {.ctx = ctx,
             .results = BASE_NEW_ARRAY(ctx->arena, base_slice, data_peek(calls).as.count + 1)};
  data_walk walk = data_walk_begin(calls);
  while (data_walk_next(&walk)) {
    base_code code = run_call(&b, walk.value.raw);
    if (code == BASE_OK) continue;
    base_error_within(ctx->error, base_arena_format(ctx->arena, "calls[%zu]", b.done));
    return code;
  }
  data_append_map(result, 1);
  data_append_text(result, "results");
  data_append_array(result, b.done);
  for (size_t i = 0; i < b.done; i++) data_append_raw(result, b.results[i]);
  return BASE_OK;
}

static const data_field call_fields[] = {
    {.name = "op", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "An op's name."},
    {.name = "params",
     .kind = DATA_KIND_MAP,
     .doc = "Its params; \"$0.id\" is a value of an "
            "earlier result."},
    {0}};

static const data_field batch_params[] = {{.name = "calls",
                                           .kind = DATA_KIND_LIST,
                                           .of = DATA_KIND_MAP,
                                           .fields = call_fields,
                                           .flags = DATA_REQUIRED,
                                           .bounded = true,
                                           .min = 1,
                                           .max = BATCH_CALLS_MAX,
                                           .doc = "Up to 500 calls, in order."},
                                          {0}};

static const data_field batch_result[] = {{.name = "results",
                                           .kind = DATA_KIND_LIST,
                                           .of = DATA_KIND_ANY,
                                           .doc = "One per call, in order."},
                                          {.name = NULL}};

const api_op api_ops_batch[] = {
    {.name = "batch.run",
     .flags = API_WRITE,
     .params = batch_params,
     .errors = "whatever a call answers",
     .since = "1",
     .result = batch_result,
     .doc = "Runs the calls in order as one change: all or none. {results}, one per call.",
     .doc_zh = "依次执行多个调用，要么全部成功，要么全部不生效。",
     .run = run_batch},
    {.name = NULL}};
