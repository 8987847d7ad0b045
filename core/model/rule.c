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
  bool goes = change->event == MODEL_DELETE || change->event == MODEL_MERGE;
  base_slice record = goes ? change->before : change->after;
  return watched_changed(entry->rule, change) && model_where_match(entry->where, record);
}

/* The rules of one write, and what each saw when it ran last. */
typedef struct pass {
  crm_ctx *ctx;
  const model_rule_change *change;
  const base_slice *current;
  base_slice *seen; /* per rule; empty: has not run */
} pass;

static base_code run_one(pass *p, size_t i) {
  const model_type_rule *entry = &p->change->type->rules[i];
  model_rule_change change = *p->change;
  if (p->current != NULL) change.after = *p->current;
  if (p->seen[i].size > 0) {
    change.event = MODEL_UPDATE;
    change.before = p->seen[i];
    if (base_slice_equal(change.before, change.after)) return BASE_OK;
  }
  if (!applies(entry, &change)) return BASE_OK;
  const char *before = model_ctx_enter(p->ctx, entry->rule->package);
  base_code code = entry->rule->run(p->ctx, &change, entry->rule->self);
  model_ctx_leave(p->ctx, before);
  p->seen[i] = p->current != NULL ? *p->current : change.before;
  return code;
}

static base_code run_rounds(pass *p) {
  const model_type *type = p->change->type;
  for (unsigned round = 0; round < MODEL_RULE_DEPTH; round++) {
    base_slice start = p->current != NULL ? *p->current : (base_slice){0};
    for (size_t i = 0; i < type->rule_count; i++) BASE_TRY(run_one(p, i));
    if (p->current == NULL || base_slice_equal(start, *p->current)) return BASE_OK;
  }
  return model_ctx_fail(p->ctx, BASE_RULE_FAILED, NULL, "%s 的规则反复修改同一条记录，超过 %d 轮",
                        "the rules of %s keep changing one record, for more than %d rounds",
                        type->name, MODEL_RULE_DEPTH);
}

base_code model_rule_run(crm_ctx *ctx, const model_rule_change *change, const base_slice *current) {
  const model_type *type = change->type;
  if (type->rule_count == 0) return BASE_OK;
  if (ctx->depth >= MODEL_RULE_DEPTH) {
    return model_ctx_fail(ctx, BASE_RULE_FAILED, NULL,
                          "规则互相触发超过 %d 层：请检查 %s 的规则是否循环",
                          "rules triggered one another more than %d deep: look for a loop in the "
                          "rules of %s",
                          MODEL_RULE_DEPTH, type->name);
  }
  pass p = {.ctx = ctx,
            .change = change,
            .current = current,
            .seen = BASE_NEW_ARRAY(ctx->arena, base_slice, type->rule_count)};
  ctx->depth += 1;
  base_code code = run_rounds(&p);
  ctx->depth -= 1;
  return code;
}
