#include "model/record_write.h"

#include "model/access.h"
#include "model/budget.h"
#include "model/index.h"
#include "model/states.h"

base_code model_write_allowed(crm_ctx *ctx, const model_type *type, unsigned flags) {
  if (!ctx->writes) {
    return model_ctx_fail(ctx, BASE_READ_ONLY, NULL, "只读操作不能写入 %s",
                          "an op that reads cannot write %s", type->name);
  }
  return flags & MODEL_TRUSTED ? BASE_OK : model_access_check(ctx, type, MODEL_ACTION_WRITE);
}

model_flight *model_write_flight(const crm_ctx *ctx, const model_type *type, int64_t id) {
  for (model_flight *flight = ctx->flight; flight != NULL; flight = flight->up) {
    if (flight->type == type && flight->id == id) return flight;
  }
  return NULL;
}

base_code model_write_free(crm_ctx *ctx, const model_type *type, int64_t id) {
  if (model_write_flight(ctx, type, id) == NULL) return BASE_OK;
  return model_ctx_fail(ctx, BASE_RULE_FAILED, "id",
                        "编号 %lld 的 %s 正在写入，它引发的规则不能删除或合并它",
                        "number %lld of %s is being written: a rule that this set off cannot "
                        "delete or merge it",
                        (long long)id, type->name);
}

base_slice model_write_splice(crm_ctx *ctx, base_slice map, base_slice patch) {
  base_buffer out = {0};
  data_splice(map, patch, &out);
  return model_ctx_take(ctx, &out);
}

void model_write_append_stamp(crm_ctx *ctx, const char *at, const char *by, base_buffer *out) {
  data_append_pair_integer(out, at, ctx->now);
  data_append_pair_slice(out, by, ctx->actor.name);
}

base_slice model_write_stamp(crm_ctx *ctx, base_slice record) {
  base_buffer patch = {0};
  data_append_map(&patch, 3);
  data_append_pair_integer(&patch, "version", data_map_integer(record, "version", 0) + 1);
  model_write_append_stamp(ctx, "updated_at", "updated_by", &patch);
  base_slice stamped = model_write_splice(ctx, record, base_buffer_slice(&patch));
  base_buffer_fini(&patch);
  return stamped;
}

base_code model_write_put(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                          base_slice after) {
  data_key key;
  BASE_TRY(model_budget_draw(ctx, MODEL_DRAW_ROWS_WRITTEN, 1));
  model_record_key(&key, type->name, id);
  BASE_TRY(store_put(ctx->set, STORE_RECORD, data_key_slice(&key), after, ctx->error));
  BASE_TRY(model_index_update(ctx, type, id, before, after));
  return model_states_rows(ctx, type, id, before, after);
}

base_code model_write_fly(crm_ctx *ctx, const model_type *type, int64_t id, model_event event,
                          base_slice before, base_slice *record) {
  model_flight flight = {.up = ctx->flight, .type = type, .id = id, .record = *record};
  ctx->flight = &flight;
  model_rule_change change = {.event = event, .type = type, .id = id, .before = before};
  base_code code = model_rule_run(ctx, &change, &flight.record);
  ctx->flight = flight.up;
  *record = flight.record;
  return code;
}
