#include "model/rule.h"

#include "model/ctx.h"
#include "model/where.h"

static bool field_changed(const model_rule_change *change, const char *name) {
  data_value before = {0};
  data_value after = {0};
  data_map_find(change->before, name, &before);
  data_map_find(change->after, name, &after);
  return data_compare(before, after) != 0;
}

static bool watched_changed(const model_rule *rule, const model_rule_change *change) {
  if (rule->fields == NULL || change->event != MODEL_UPDATE) return true;
  for (const char *const *name = rule->fields; *name != NULL; name++) {
    if (field_changed(change, *name)) return true;
  }
  return false;
}

static bool applies(const model_type_rule *entry, const model_rule_change *change) {
  if (!(entry->rule->events & change->event)) return false;
  base_slice record = change->event == MODEL_DELETE ? change->before : change->after;
  return watched_changed(entry->rule, change) && model_where_match(entry->where, record);
}

base_code model_rule_run(crm_ctx *ctx, const model_rule_change *change) {
  const model_type *type = change->type;
  if (ctx->depth >= MODEL_RULE_DEPTH) {
    return model_ctx_fail(ctx, BASE_RULE_FAILED, NULL,
                          "规则互相触发超过 %d 层：请检查 %s 的规则是否循环",
                          "rules triggered one another more than %d deep: look for a loop in the "
                          "rules of %s",
                          MODEL_RULE_DEPTH, type->name);
  }
  ctx->depth += 1;
  base_code code = BASE_OK;
  for (size_t i = 0; i < type->rule_count && code == BASE_OK; i++) {
    const model_type_rule *entry = &type->rules[i];
    if (!applies(entry, change)) continue;
    const char *before = model_ctx_enter(ctx, entry->rule->package);
    code = entry->rule->run(ctx, change, entry->rule->self);
    model_ctx_leave(ctx, before);
  }
  ctx->depth -= 1;
  return code;
}
