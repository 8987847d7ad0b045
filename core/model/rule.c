#include "model/rule.h"

#include "model/ctx.h"
#include "model/permission.h"
#include "model/timer.h"
#include "model/where.h"

/* --- whether -------------------------------------------------------------------------------------- */

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

static bool was(const model_type_rule *entry, const model_rule_change *change) {
  if (entry->rule->was.size == 0) return true;
  return change->before.size > 0 && model_where_match(entry->was, change->before);
}

model_reason model_rule_judge(const model_type_rule *entry, const model_rule_change *change) {
  if (!(entry->rule->events & change->event)) return MODEL_REASON_EVENT;
  bool goes = change->event == MODEL_DELETE || change->event == MODEL_MERGE;
  base_slice record = goes ? change->before : change->after;
  if (!watched_changed(entry->rule, change)) return MODEL_REASON_UNCHANGED;
  if (!was(entry, change)) return MODEL_REASON_WAS;
  return model_where_match(entry->where, record) ? MODEL_REASON_HOLDS : MODEL_REASON_WHERE;
}

/* --- names ---------------------------------------------------------------------------------------- */

static void append_name(const model_rule *rule, base_buffer *out) {
  base_buffer_format(out, "%s.%s", rule->package == NULL ? "core" : rule->package, rule->name);
}

/* "tea.refill ← gift.card ← tea.refill": those under way, innermost first, as many as tell a loop. */
static base_slice loop_names(crm_ctx *ctx) {
  base_buffer out = {0};
  int left = 6;
  for (const model_rule_frame *at = ctx->rules; at != NULL && left > 0; at = at->up, left--) {
    if (out.size > 0) base_buffer_text(&out, " ← ");
    append_name(at->rule, &out);
  }
  data_walk walk = data_walk_begin(ctx->chain);
  while (ctx->chain.size > 0 && left-- > 0 && data_walk_next(&walk)) {
    if (out.size > 0) base_buffer_text(&out, " ← ");
    base_buffer_append(&out, walk.value.as.bytes.data, walk.value.as.bytes.size);
  }
  return model_ctx_take(ctx, &out);
}

static base_code too_deep(crm_ctx *ctx, const model_type *type) {
  base_slice names = loop_names(ctx);
  return model_ctx_fail(
      ctx, BASE_RULE_FAILED, NULL,
      "规则互相触发超过 %d 层：请检查 %s 的规则是否循环。最近的规则：%.*s",
      "rules triggered one another more than %d deep: look for a loop in the rules of %s. The "
      "last were %.*s",
      MODEL_RULE_DEPTH, type->name, BASE_SLICE_ARGS(names));
}

/* --- before --------------------------------------------------------------------------------------- */

/* The rules of one write, and what each saw when it ran last. */
typedef struct pass {
  crm_ctx *ctx;
  const model_rule_change *change;
  const base_slice *current;
  base_slice *seen; /* per rule; empty: has not run */
  unsigned *rounds; /* per rule: the round it ran in last, from 1 */
} pass;

static base_code call_rule(crm_ctx *ctx, const model_rule *rule, const model_rule_change *change) {
  model_rule_frame frame = {.up = ctx->rules, .rule = rule};
  model_reads *reads = ctx->reads;
  const char *before = model_ctx_enter(ctx, rule->package);
  const model_policy *policy = ctx->actor.policy;
  if (rule->package == NULL || rule->own_rights) (void)model_permission_lift(ctx);
  ctx->rules = &frame;
  ctx->reads = NULL; /* what a rule looks at is no answer */
  base_code code = rule->run(ctx, change, rule->self);
  ctx->rules = frame.up;
  ctx->reads = reads;
  model_permission_drop(ctx, policy);
  model_ctx_leave(ctx, before);
  return code;
}

static base_code run_one(pass *p, size_t i, unsigned round) {
  const model_type_rule *entry = &p->change->type->rules[i];
  model_rule_change change = *p->change;
  if (p->current != NULL) change.after = *p->current;
  if (p->seen[i].size > 0) {
    change.event = MODEL_UPDATE;
    change.before = p->seen[i];
    if (base_slice_equal(change.before, change.after)) return BASE_OK;
  }
  if (entry->rule->moment != MODEL_BEFORE) return BASE_OK;
  if (model_rule_judge(entry, &change) != MODEL_REASON_HOLDS) return BASE_OK;
  base_code code = call_rule(p->ctx, entry->rule, &change);
  p->seen[i] = p->current != NULL ? *p->current : change.before;
  p->rounds[i] = round + 1;
  return code;
}

/* Those that ran in the last round are the ones that go round. */
static base_code too_many_rounds(const pass *p) {
  base_buffer names = {0};
  const model_type *type = p->change->type;
  for (size_t i = 0; i < type->rule_count; i++) {
    if (p->rounds[i] < MODEL_RULE_DEPTH) continue;
    if (names.size > 0) base_buffer_text(&names, ", ");
    append_name(type->rules[i].rule, &names);
  }
  base_slice named = model_ctx_take(p->ctx, &names);
  return model_ctx_fail(p->ctx, BASE_RULE_FAILED, NULL,
                        "%s 的规则反复修改同一条记录，超过 %d 轮：%.*s",
                        "the rules of %s keep changing one record, for more than %d rounds: %.*s",
                        type->name, MODEL_RULE_DEPTH, BASE_SLICE_ARGS(named));
}

static base_code run_rounds(pass *p) {
  const model_type *type = p->change->type;
  for (unsigned round = 0; round < MODEL_RULE_DEPTH; round++) {
    base_slice start = p->current != NULL ? *p->current : (base_slice){0};
    for (size_t i = 0; i < type->rule_count; i++) BASE_TRY(run_one(p, i, round));
    if (p->current == NULL || base_slice_equal(start, *p->current)) return BASE_OK;
  }
  return too_many_rounds(p);
}

/* --- after ---------------------------------------------------------------------------------------- */

/* The rule's name in front of those that led to it. */
static void append_chain(const crm_ctx *ctx, const model_rule *rule, base_buffer *out) {
  base_buffer name = {0};
  size_t count = ctx->chain.size > 0 ? data_peek(ctx->chain).as.count : 0;
  append_name(rule, &name);
  data_append_array(out, count + 1);
  data_append_slice(out, base_buffer_slice(&name));
  base_buffer_fini(&name);
  data_walk walk = data_walk_begin(ctx->chain);
  while (count > 0 && data_walk_next(&walk)) data_append_raw(out, walk.value.raw);
}

static base_slice after_params(crm_ctx *ctx, const model_rule *rule,
                               const model_rule_change *change) {
  base_buffer out = {0};
  data_append_map(&out, 6 + (size_t)(change->before.size > 0) + (change->after.size > 0));
  data_append_pair_text(&out, "type", change->type->name);
  data_append_pair_integer(&out, "id", change->id);
  data_append_pair_integer(&out, "event", change->event);
  data_append_pair_text(&out, "package", rule->package == NULL ? "" : rule->package);
  data_append_pair_text(&out, "rule", rule->name);
  data_append_text(&out, "chain");
  append_chain(ctx, rule, &out);
  if (change->before.size > 0) data_append_pair_raw(&out, "before", change->before);
  if (change->after.size > 0) data_append_pair_raw(&out, "after", change->after);
  return model_ctx_take(ctx, &out);
}

/* Two changes of one record in one instant are two calls. */
static base_slice free_name(crm_ctx *ctx, const model_rule *rule, const model_rule_change *change,
                            int64_t due) {
  for (unsigned i = 0;; i++) {
    base_buffer text = {0};
    append_name(rule, &text);
    base_buffer_format(&text, ":%s:%lld:%u", change->type->name, (long long)change->id, i);
    base_slice name = model_ctx_take(ctx, &text);
    if (!model_timer_find(ctx->set, due, base_slice_text(MODEL_RULE_OP), name)) return name;
  }
}

static base_code defer(crm_ctx *ctx, const model_rule *rule, const model_rule_change *change) {
  size_t depth = ctx->chain.size > 0 ? data_peek(ctx->chain).as.count : 0;
  if (depth >= MODEL_RULE_DEPTH) return too_deep(ctx, change->type);
  int64_t due = ctx->cause == 0 ? ctx->now : ctx->now + MODEL_TIMER_CHAIN_MS;
  model_timer timer = {.due = due,
                       .op = base_slice_text(MODEL_RULE_OP),
                       .name = free_name(ctx, rule, change, due),
                       .params = after_params(ctx, rule, change),
                       .actor = ctx->actor.name,
                       .package = base_slice_text(rule->package)};
  return model_timer_keep(ctx, &timer);
}

/* Once for the whole write, over what it came to. */
static base_code defer_all(pass *p) {
  const model_type *type = p->change->type;
  model_rule_change change = *p->change;
  if (p->current != NULL) change.after = *p->current;
  for (size_t i = 0; i < type->rule_count; i++) {
    const model_type_rule *entry = &type->rules[i];
    if (entry->rule->moment != MODEL_AFTER) continue;
    if (model_rule_judge(entry, &change) != MODEL_REASON_HOLDS) continue;
    BASE_TRY(defer(p->ctx, entry->rule, &change));
  }
  return BASE_OK;
}

static const model_rule *find_rule(const model_type *type, base_slice package, base_slice name) {
  for (size_t i = 0; type != NULL && i < type->rule_count; i++) {
    const model_rule *rule = type->rules[i].rule;
    if (rule->moment != MODEL_AFTER || !base_slice_is(name, rule->name)) continue;
    if (base_slice_equal(package, base_slice_text(rule->package))) return rule;
  }
  return NULL;
}

base_code model_rule_run_after(crm_ctx *ctx, base_slice params) {
  data_value chain = {0};
  data_value before = {0};
  data_value after = {0};
  const model_type *type = model_schema_find(ctx->schema, data_map_text(params, "type"));
  const model_rule *rule =
      find_rule(type, data_map_text(params, "package"), data_map_text(params, "rule"));
  if (rule == NULL) return BASE_OK;
  data_map_find(params, "chain", &chain);
  data_map_find(params, "before", &before);
  data_map_find(params, "after", &after);
  model_rule_change change = {.event = (model_event)data_map_integer(params, "event", 0),
                              .type = type,
                              .id = data_map_integer(params, "id", 0),
                              .before = before.raw,
                              .after = after.raw};
  ctx->chain = chain.raw;
  return call_rule(ctx, rule, &change);
}

/* --- a write -------------------------------------------------------------------------------------- */

base_code model_rule_run(crm_ctx *ctx, const model_rule_change *change, const base_slice *current) {
  const model_type *type = change->type;
  if (type->rule_count == 0) return BASE_OK;
  if (ctx->depth >= MODEL_RULE_DEPTH) return too_deep(ctx, type);
  pass p = {.ctx = ctx,
            .change = change,
            .current = current,
            .seen = BASE_NEW_ARRAY(ctx->arena, base_slice, type->rule_count),
            .rounds = BASE_NEW_ARRAY(ctx->arena, unsigned, type->rule_count)};
  ctx->depth += 1;
  base_code code = run_rounds(&p);
  if (code == BASE_OK) code = defer_all(&p);
  ctx->depth -= 1;
  return code;
}
