#include "api/read_log.h"

#include "api/execution.h"
#include "api/nouns/nouns.h"
#include "base/metric.h"

BASE_METRIC(rows_total, "api_read_log_rows_total");
BASE_METRIC(too_many, "api_limit_logged_records_total");

static base_code check_count(crm_ctx *ctx, const model_reads *reads) {
  int64_t most = api_engine_options_get(api_execution_of(ctx)->engine)->logged_records;
  if ((int64_t)reads->count <= most) return BASE_OK;
  base_metric_add(&too_many, 1);
  return model_ctx_fail(ctx, BASE_TOO_LARGE, NULL,
                        "一次读取涉及 %zu 条需要记录读取日志的记录，上限是 %lld"
                        "（limits.logged_records）；请减小 limit，分几次读取",
                        "one answer tells of %zu records whose reads are logged, at most %lld are "
                        "(limits.logged_records): ask for fewer at a time",
                        reads->count, (long long)most);
}

static base_slice row_values(crm_ctx *ctx, base_slice op, const model_read *first, size_t count) {
  base_buffer out = {0};
  size_t named = first->id == 0 ? 0 : count;
  data_append_map(&out, 5);
  data_append_pair_slice(&out, "user", ctx->actor.name);
  data_append_pair_slice(&out, "op", op);
  data_append_pair_text(&out, "record_type", first->type->name);
  data_append_pair_integer(&out, "count", (int64_t)named);
  data_append_text(&out, "records");
  data_append_array(&out, named);
  for (size_t i = 0; i < named; i++) {
    data_append_map(&out, 1);
    data_append_pair_integer(&out, "id", first[i].id);
  }
  return model_ctx_take(ctx, &out);
}

/* How many of the notes from `first` on go into one row. */
static size_t row_size(const model_reads *reads, size_t first) {
  size_t count = 1;
  const model_type *type = reads->items[first].type;
  while (first + count < reads->count && count < API_READ_LOG_ROW &&
         reads->items[first + count].type == type) {
    count++;
  }
  return count;
}

static base_code write_rows(crm_ctx *ctx, const model_reads *reads, base_slice op) {
  const model_type *log = api_noun_type(ctx, API_READ_LOG_TYPE);
  int64_t kept = api_engine_options_get(api_execution_of(ctx)->engine)->read_log_kept;
  for (size_t first = 0; first < reads->count;) {
    base_slice record;
    size_t count = row_size(reads, first);
    base_slice values = row_values(ctx, op, &reads->items[first], count);
    BASE_TRY(model_record_create(ctx, log, values, MODEL_TRUSTED, &record));
    BASE_TRY(api_noun_forget(ctx, log, data_map_integer(record, "id", 0), kept));
    base_metric_add(&rows_total, 1);
    first += count;
  }
  return BASE_OK;
}

base_code api_read_log_write(crm_ctx *ctx, base_slice op) {
  model_reads *reads = ctx->reads;
  model_reads_sort(reads);
  BASE_TRY(check_count(ctx, reads));
  ctx->reads = NULL;
  const model_policy *policy = model_permission_lift(ctx);
  base_code code = write_rows(ctx, reads, op);
  model_permission_drop(ctx, policy);
  ctx->reads = reads;
  return code;
}
