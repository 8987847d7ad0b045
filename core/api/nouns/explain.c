/* explain: see explain.h.
 *
 * Memory, Threads, Fails: as the header says. */
#include "api/nouns/explain.h"

#include "api/engine_state.h"
#include "api/failure.h"

#define CHANGES_DEFAULT 1
#define FAILURES_MOST 20

typedef struct explaining {
  crm_ctx *ctx;
  const model_type *type;
  int64_t id;
  uint64_t at;       /* the entry up to which it is asked; 0: now */
  uint64_t sequence; /* of the record's last change by then; 0: none is known any more */
  base_slice record; /* as it was then; empty: there was none */
} explaining;

static size_t append_reason(const explaining *e, model_reason reason, base_buffer *out) {
  data_append_pair_text(out, "reason", model_reason_text(reason));
  data_append_pair_text(out, "text", model_reason_say(reason, e->ctx->error->language));
  return 2;
}

/* --- rules ---------------------------------------------------------------------------------------- */

static bool is_deleted(base_slice record) {
  return record.size == 0 || (model_record_standing(record) & MODEL_DELETED) != 0;
}

static bool is_merged(base_slice record) {
  return record.size > 0 && (model_record_standing(record) & MODEL_MERGED) != 0;
}

/* What rules were told of the change. */
static model_rule_change change_of(const explaining *e, const model_history_item *item) {
  model_rule_change change = {
      .type = e->type, .id = e->id, .before = item->before, .after = item->after};
  if (!is_merged(item->before) && is_merged(item->after)) {
    change.event = MODEL_MERGE;
  } else if (is_merged(item->before) && !is_merged(item->after)) {
    change.event = MODEL_UNMERGE;
  } else if (is_deleted(item->after)) {
    change.event = MODEL_DELETE;
    change.after = (base_slice){0};
  } else if (is_deleted(item->before)) {
    change.event = item->before.size == 0 ? MODEL_CREATE : MODEL_RESTORE;
    change.before = (base_slice){0};
  } else {
    change.event = MODEL_UPDATE;
  }
  return change;
}

static const char *event_name(model_event event) {
  switch (event) {
    case MODEL_CREATE:
      return "create";
    case MODEL_UPDATE:
      return "update";
    case MODEL_DELETE:
      return "delete";
    case MODEL_RESTORE:
      return "restore";
    case MODEL_MERGE:
      return "merge";
    default:
      return "unmerge";
  }
}

/* The fields whose condition the record does not meet, and what they hold. */
static size_t append_unmet(const model_where *where, base_slice record, base_buffer *out) {
  data_append_text(out, "unmet");
  size_t place = data_append_open_map(out);
  size_t count = 0;
  for (size_t i = 0; where != NULL && i < where->test_count; i++) {
    const model_where one = {.test_count = 1, .tests = &where->tests[i]};
    data_value value = {0};
    if (model_where_match(&one, record)) continue;
    data_map_find(record, where->tests[i].path, &value);
    data_append_text(out, where->tests[i].path);
    if (value.raw.size > 0) {
      data_append_raw(out, value.raw);
    } else {
      data_append_nil(out);
    }
    count++;
  }
  data_append_close(out, place, count);
  return 1;
}

static size_t append_names(const char *key, const char *const *names, base_buffer *out) {
  if (names == NULL) return 0;
  data_append_text(out, key);
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; names[count] != NULL; count++) data_append_text(out, names[count]);
  data_append_close(out, place, count);
  return 1;
}

static void append_rule(const explaining *e, const model_type_rule *entry,
                        const model_rule_change *change, base_buffer *out) {
  const model_rule *rule = entry->rule;
  model_reason reason = model_rule_judge(entry, change);
  size_t place = data_append_open_map(out);
  size_t count = 4;
  data_append_pair_text(out, "package", rule->package == NULL ? "core" : rule->package);
  data_append_pair_text(out, "rule", rule->name);
  data_append_pair_text(out, "doc", rule->doc == NULL ? "" : rule->doc);
  data_append_pair_text(out, "moment", rule->moment == MODEL_BEFORE ? "before" : "after");
  count += append_reason(e, reason, out);
  if (reason == MODEL_REASON_UNCHANGED) count += append_names("fields", rule->fields, out);
  if (reason == MODEL_REASON_WAS) count += append_unmet(entry->was, change->before, out);
  if (reason == MODEL_REASON_WHERE) {
    base_slice asked = change->after.size > 0 ? change->after : change->before;
    count += append_unmet(entry->where, asked, out);
  }
  data_append_close(out, place, count);
}

static void append_change(const explaining *e, const model_history_item *item, base_buffer *out) {
  model_rule_change change = change_of(e, item);
  data_append_map(out, 8);
  data_append_pair_integer(out, "seq", (int64_t)item->sequence);
  data_append_pair_integer(out, "at", item->at);
  data_append_pair_slice(out, "actor", item->actor);
  data_append_pair_slice(out, "op", item->op);
  data_append_pair_text(out, "event", event_name(change.event));
  model_history_append_change(item, out);
  data_append_text(out, "rules");
  /* What the record was before is not known any more: nobody can say what rules were told. */
  size_t count = item->cut ? 0 : e->type->rule_count;
  data_append_array(out, count);
  for (size_t i = 0; i < count; i++) {
    append_rule(e, &e->type->rules[i], &change, out);
  }
}

static void append_changes(const explaining *e, int64_t limit, base_buffer *out) {
  size_t place = data_append_open_array(out);
  size_t count = 0;
  model_history_item item;
  uint64_t sequence = e->sequence;
  while (sequence != 0 && (int64_t)count < limit &&
         model_history_at(e->ctx, e->type, e->id, sequence, &item)) {
    model_history_show(e->ctx, e->type, &item);
    append_change(e, &item, out);
    sequence = item.previous;
    count++;
  }
  data_append_close(out, place, count);
}

/* --- states --------------------------------------------------------------------------------------- */

/* What `timing` says of the field: of a part's entry, or of all. */
static base_slice timing_of(const explaining *e, const model_states *states, const char *part,
                            const char *name) {
  data_value value = {0};
  bool found = data_map_find(e->record, MODEL_TIMING, &value) &&
               data_map_find(value.raw, states->field->name, &value);
  if (found && part != NULL) {
    found = data_map_find(value.raw, part, &value) && data_map_find(value.raw, name, &value);
  }
  return found ? value.raw : (base_slice){0};
}

static size_t append_who(const data_who *who, base_buffer *out) {
  if (who == NULL) return 0;
  data_append_text(out, "who");
  size_t place = data_append_open_map(out);
  size_t count = append_names("roles", who->roles, out);
  count += append_names("users", who->users, out);
  count += append_names("fields", who->fields, out);
  data_append_close(out, place, count);
  return 1;
}

static size_t append_delay(const explaining *e, const model_states *states,
                           const model_transition *way, base_slice state, base_buffer *out) {
  base_slice due = timing_of(e, states, "delays", way->row->to);
  if (way->row->delay == NULL) return 0;
  model_reason reason = model_states_waits(e->ctx, way, state, e->record);
  data_append_text(out, "delay");
  data_append_map(out, due.size > 0 ? 3 : 2);
  (void)append_reason(e, reason, out);
  if (due.size > 0) data_append_pair_raw(out, "due", due);
  return 1;
}

/* Whether whoever asks could take the record there by hand. */
static void append_transition(const explaining *e, const model_states *states,
                              const model_transition *way, base_slice state, base_buffer *out) {
  const model_transition *found;
  base_slice to = base_slice_text(way->row->to);
  model_reason reason =
      model_states_judge(e->ctx, states, state, to, e->record, e->record, true, &found);
  size_t place = data_append_open_map(out);
  data_append_pair_text(out, "to", way->row->to);
  size_t count = 1 + append_reason(e, reason, out);
  count += append_who(way->row->who, out);
  if (reason == MODEL_REASON_WHERE) count += append_unmet(way->where, e->record, out);
  count += append_delay(e, states, way, state, out);
  data_append_close(out, place, count);
}

static model_reason clock_reason(const explaining *e, const model_states *states,
                                 const model_clock *clock, base_slice state) {
  const data_clock *row = clock->row;
  bool held = data_states_has(row->runs, state) || data_states_has(row->pauses, state);
  if (!held) return MODEL_REASON_TRANSITION;
  if (timing_of(e, states, "clocks", row->name).size > 0) return MODEL_REASON_HOLDS;
  for (size_t i = 0; i < row->span_count; i++) {
    if (model_where_match(clock->wheres[i], e->record)) return MODEL_REASON_SINCE;
  }
  return MODEL_REASON_WHERE;
}

static void append_clock(const explaining *e, const model_states *states, const model_clock *clock,
                         base_slice state, base_buffer *out) {
  base_slice timing = timing_of(e, states, "clocks", clock->row->name);
  size_t place = data_append_open_map(out);
  data_append_pair_text(out, "name", clock->row->name);
  size_t count = 1 + append_reason(e, clock_reason(e, states, clock, state), out);
  if (timing.size > 0) {
    data_append_pair_boolean(out, "paused", data_map_integer(timing, "from", 0) == 0);
    data_append_pair_raw(out, "timing", timing);
    count += 2;
  }
  data_append_close(out, place, count);
}

static void append_field(const explaining *e, const model_states *states, base_buffer *out) {
  base_slice state = data_map_text(e->record, states->field->name);
  base_slice timing = timing_of(e, states, NULL, NULL);
  size_t count = 0;
  data_append_map(out, timing.size > 0 ? 5 : 4);
  data_append_pair_text(out, "field", states->field->name);
  data_append_pair_slice(out, "state", state);
  if (timing.size > 0) data_append_pair_integer(out, "since", data_map_integer(timing, "since", 0));
  data_append_text(out, "transitions");
  size_t place = data_append_open_array(out);
  for (size_t i = 0; i < states->count; i++) {
    if (!base_slice_is(state, states->transitions[i].row->from)) continue;
    append_transition(e, states, &states->transitions[i], state, out);
    count++;
  }
  data_append_close(out, place, count);
  data_append_text(out, "clocks");
  data_append_array(out, states->clock_count);
  for (size_t i = 0; i < states->clock_count; i++) {
    append_clock(e, states, &states->clocks[i], state, out);
  }
}

static void append_states(const explaining *e, base_buffer *out) {
  size_t count = is_deleted(e->record) ? 0 : e->type->states_count;
  data_append_array(out, count);
  for (size_t i = 0; i < count; i++) append_field(e, &e->type->states[i], out);
}

/* --- failures ------------------------------------------------------------------------------------- */

/* The record may be seen: so may what went wrong with it. */
static base_code append_failures(const explaining *e, base_buffer *out) {
  const model_type *type = model_schema_find(e->ctx->schema, base_slice_text(API_FAILURE_TYPE));
  base_buffer where = {0};
  model_page page = {0};
  data_append_map(&where, 2);
  data_append_pair_text(&where, "record_type", e->type->name);
  data_append_pair_integer(&where, "record_id", e->id);
  base_slice asked = model_ctx_take(e->ctx, &where);
  if (type != NULL) {
    model_query query = {.type = type, .where = asked, .limit = FAILURES_MOST};
    const model_policy *policy = model_permission_lift(e->ctx);
    base_code code = model_find(e->ctx, &query, &page);
    model_permission_drop(e->ctx, policy);
    BASE_TRY(code);
  }
  api_noun_append_items(&page, out);
  return BASE_OK;
}

/* --- the whole ------------------------------------------------------------------------------------ */

static base_code begin(crm_ctx *ctx, base_slice params, explaining *e) {
  model_history_page page;
  model_history_item item;
  *e = (explaining){.ctx = ctx,
                    .id = api_param_integer(params, "id"),
                    .at = (uint64_t)api_param_integer(params, "at_sequence")};
  BASE_TRY(api_param_type(ctx, params, "type", &e->type));
  BASE_TRY(model_history_find(ctx, e->type, e->id, 1, 0, &page));
  e->sequence = page.count > 0 ? page.items[0].sequence : 0;
  (void)model_record_read(ctx, e->type, e->id, &e->record);
  e->record = model_permission_show(ctx, e->type, e->record);
  if (e->at == 0) return BASE_OK;
  e->record = (base_slice){0};
  while (e->sequence != 0 && model_history_at(ctx, e->type, e->id, e->sequence, &item)) {
    e->record = model_permission_show(ctx, e->type, item.after);
    if (e->sequence <= e->at) return BASE_OK;
    e->sequence = item.previous;
    e->record = (base_slice){0};
  }
  return model_ctx_fail(ctx, BASE_NOT_FOUND, "at_sequence",
                        "序号 %llu 时还没有 %s %lld，或日志里已没有那时的记录",
                        "at sequence %llu there was no %s %lld, or the journal does not have it "
                        "any more",
                        (unsigned long long)e->at, e->type->name, (long long)e->id);
}

base_code api_explain_run(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  explaining e;
  int64_t limit = api_param_integer(params, "limit");
  BASE_TRY(begin(ctx, params, &e));
  data_append_map(result, 8);
  data_append_pair_text(result, "type", e.type->name);
  data_append_pair_integer(result, "id", e.id);
  data_append_pair_integer(result, "seq", (int64_t)e.sequence);
  data_append_text(result, "changes");
  append_changes(&e, limit == 0 ? CHANGES_DEFAULT : limit, result);
  data_append_text(result, "states");
  append_states(&e, result);
  data_append_text(result, "timers");
  uint64_t since = api_explain_timers(ctx, e.type, e.id, e.at, result);
  data_append_pair_integer(result, "timers_since", (int64_t)since);
  data_append_text(result, "failures");
  return append_failures(&e, result);
}
