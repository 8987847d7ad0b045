/* states: the table of transitions held against a write, and the move along one. See states.h. */
#include "model/states.h"

#include "model/record_write.h"

/* --- who ------------------------------------------------------------------------------------------ */

static bool has_element(base_slice record, const char *field, base_slice text) {
  data_value value;
  if (!data_map_find(record, field, &value)) return false;
  if (value.type == DATA_TEXT) return base_slice_equal(value.as.bytes, text);
  data_walk walk = data_walk_begin(value.type == DATA_ARRAY ? value.raw : (base_slice){0});
  while (value.type == DATA_ARRAY && data_walk_next(&walk)) {
    if (base_slice_equal(walk.value.as.bytes, text)) return true;
  }
  return false;
}

/* A user's roles are what the record says now. */
static bool has_role(crm_ctx *ctx, const char *const *roles) {
  base_slice user;
  const model_type *type = model_schema_find(ctx->schema, base_slice_text("user"));
  if (ctx->actor.administrator && data_states_has(roles, base_slice_text("administrator"))) {
    return true;
  }
  if (type == NULL || !model_record_find_by(ctx, type, "name", ctx->actor.name, &user)) {
    return false;
  }
  for (; *roles != NULL; roles++) {
    if (has_element(user, "roles", base_slice_text(*roles))) return true;
  }
  return false;
}

static bool may(crm_ctx *ctx, const data_who *who, base_slice before) {
  if (who == NULL || data_states_has(who->users, ctx->actor.name)) return true;
  for (const char *const *name = who->fields; name != NULL && *name != NULL; name++) {
    if (ctx->actor.name.size > 0 && has_element(before, *name, ctx->actor.name)) return true;
  }
  return who->roles != NULL && has_role(ctx, who->roles);
}

/* Consequences are asked for no name: what a rule or a timer does follows from what somebody was
 * allowed to do before. */
static bool by_hand(const crm_ctx *ctx) {
  return ctx->flight == NULL && ctx->cause == 0;
}

/* --- the table ------------------------------------------------------------------------------------ */

static const model_transition *find_row(const model_states *states, base_slice from,
                                        base_slice to) {
  for (size_t i = 0; i < states->count; i++) {
    const data_transition *row = states->transitions[i].row;
    if (base_slice_is(from, row->from) && base_slice_is(to, row->to)) {
      return &states->transitions[i];
    }
  }
  return NULL;
}

model_reason model_states_judge(crm_ctx *ctx, const model_states *states, base_slice from,
                                base_slice to, base_slice before, base_slice after, bool hand,
                                const model_transition **found) {
  const model_transition *row = find_row(states, from, to);
  *found = row;
  if (row == NULL) return MODEL_REASON_TRANSITION;
  if (hand && !may(ctx, row->row->who, before)) return MODEL_REASON_WHO;
  return model_where_match(row->where, after) ? MODEL_REASON_HOLDS : MODEL_REASON_WHERE;
}

/* The states that the record could become, by commas, and as data. */
static base_slice list_allowed(crm_ctx *ctx, const model_states *states, base_slice from,
                               base_buffer *data) {
  base_buffer text = {0};
  size_t place = data_append_open_array(data);
  size_t count = 0;
  for (size_t i = 0; i < states->count; i++) {
    const data_transition *row = states->transitions[i].row;
    if (!base_slice_is(from, row->from)) continue;
    if (count++ > 0) base_buffer_text(&text, ", ");
    base_buffer_text(&text, row->to);
    data_append_text(data, row->to);
  }
  data_append_close(data, place, count);
  if (count == 0) base_buffer_text(&text, "-");
  return model_ctx_take(ctx, &text);
}

static base_code deny_text(crm_ctx *ctx, const model_states *states, base_slice from, base_slice to,
                           model_reason reason, base_slice allowed) {
  const char *field = states->field->name;
  if (reason == MODEL_REASON_WHO) {
    return model_ctx_fail(ctx, BASE_TRANSITION_DENIED, field,
                          "您不能把 %s 从 %.*s 变为 %.*s：须由指定的角色或人员来做",
                          "you may not take %s from %.*s to %.*s: certain roles or people do",
                          field, BASE_SLICE_ARGS(from), BASE_SLICE_ARGS(to));
  }
  if (reason == MODEL_REASON_WHERE) {
    return model_ctx_fail(ctx, BASE_TRANSITION_DENIED, field,
                          "%s 还不能从 %.*s 变为 %.*s：记录不满足这一步的条件",
                          "%s cannot go from %.*s to %.*s yet: the record does not meet the "
                          "condition of that step",
                          field, BASE_SLICE_ARGS(from), BASE_SLICE_ARGS(to));
  }
  return model_ctx_fail(ctx, BASE_TRANSITION_DENIED, field,
                        "%s 不能从 %.*s 变为 %.*s；现在可变为：%.*s",
                        "%s cannot go from %.*s to %.*s; it can go to: %.*s", field,
                        BASE_SLICE_ARGS(from), BASE_SLICE_ARGS(to), BASE_SLICE_ARGS(allowed));
}

static base_code deny(crm_ctx *ctx, const model_states *states, base_slice from, base_slice to,
                      model_reason reason) {
  base_buffer data = {0};
  if (to.size == 0) to = base_slice_text("nil");
  data_append_map(&data, 5);
  data_append_pair_text(&data, "field", states->field->name);
  data_append_pair_slice(&data, "from", from);
  data_append_pair_slice(&data, "to", to);
  data_append_pair_text(&data, "reason", model_reason_text(reason));
  data_append_text(&data, "allowed");
  base_slice allowed = list_allowed(ctx, states, from, &data);
  base_code code = deny_text(ctx, states, from, to, reason, allowed);
  ctx->error->data = model_ctx_take(ctx, &data);
  return code;
}

/* --- claims --------------------------------------------------------------------------------------- */

static const char *claim_of(const model_states *states, base_slice to) {
  for (size_t i = 0; i < states->count; i++) {
    const data_transition *row = states->transitions[i].row;
    if (row->claims != NULL && base_slice_is(to, row->to)) return row->claims;
  }
  return NULL;
}

static base_code already_claimed(crm_ctx *ctx, const char *field, base_slice by) {
  base_buffer data = {0};
  data_append_map(&data, 1);
  data_append_pair_slice(&data, "by", by);
  base_code code = model_ctx_fail(ctx, BASE_ALREADY_CLAIMED, field, "已被 %.*s 领取",
                                  "%.*s has claimed it already", BASE_SLICE_ARGS(by));
  ctx->error->data = model_ctx_take(ctx, &data);
  return code;
}

/* What is claimed changes hands by a transition only. */
static base_code keep_claim(crm_ctx *ctx, const model_states *states, base_slice before,
                            base_slice after, unsigned flags) {
  const char *field = claim_of(states, data_map_text(after, states->field->name));
  if (field == NULL || (flags & MODEL_TRUSTED)) return BASE_OK;
  base_slice by = data_map_text(before, field);
  if (by.size == 0 || base_slice_equal(by, data_map_text(after, field))) return BASE_OK;
  return already_claimed(ctx, field, by);
}

static base_slice set_text(crm_ctx *ctx, base_slice record, const char *field, base_slice text) {
  base_buffer patch = {0};
  base_buffer out = {0};
  data_append_map(&patch, 1);
  data_append_pair_slice(&patch, field, text);
  data_splice(record, base_buffer_slice(&patch), &out);
  base_buffer_fini(&patch);
  return model_ctx_take(ctx, &out);
}

/* Whoever claims for somebody else says so in the same write. */
static void claim(crm_ctx *ctx, const data_transition *row, base_slice before, base_slice *after) {
  if (row->claims == NULL) return;
  base_slice had = data_map_text(before, row->claims);
  base_slice has = data_map_text(*after, row->claims);
  if (has.size > 0 && !base_slice_equal(had, has)) return;
  *after = set_text(ctx, *after, row->claims, ctx->actor.name);
}

/* --- a write -------------------------------------------------------------------------------------- */

static base_slice first_state(const data_field *field) {
  return base_slice_text(field->initial != NULL ? field->initial : field->choices[0]);
}

/* On create a client may only name the first state; later changes follow the table, for everybody. A
 * record that is older than the field has no state yet: it stands where states begin. */
static base_code check_one(crm_ctx *ctx, const model_states *states, base_slice before,
                           base_slice *after, unsigned flags) {
  const data_field *field = states->field;
  const model_transition *row = NULL;
  bool create = before.size == 0;
  if (create && (flags & MODEL_TRUSTED)) return BASE_OK;
  base_slice to = data_map_text(*after, field->name);
  base_slice from = data_map_text(before, field->name);
  if (from.size == 0 && to.size > 0) from = first_state(field);
  if (base_slice_equal(from, to)) {
    return create ? BASE_OK : keep_claim(ctx, states, before, *after, flags);
  }
  if (create) return deny(ctx, states, from, to, MODEL_REASON_TRANSITION);
  model_reason reason =
      model_states_judge(ctx, states, from, to, before, *after, by_hand(ctx), &row);
  if (reason != MODEL_REASON_HOLDS) return deny(ctx, states, from, to, reason);
  claim(ctx, row->row, before, after);
  return BASE_OK;
}

base_code model_states_check(crm_ctx *ctx, const model_type *type, base_slice before,
                             base_slice *after, unsigned flags) {
  for (size_t i = 0; i < type->states_count; i++) {
    BASE_TRY(check_one(ctx, &type->states[i], before, after, flags));
  }
  return BASE_OK;
}

/* --- records that are older ------------------------------------------------------------------------ */

static base_slice with_first_states(crm_ctx *ctx, const model_type *type, base_slice record) {
  for (size_t i = 0; i < type->states_count; i++) {
    const data_field *field = type->states[i].field;
    if (data_map_text(record, field->name).size > 0) continue;
    record = set_text(ctx, record, field->name, first_state(field));
  }
  return record;
}

base_code model_states_adopt(crm_ctx *ctx, const model_type *type, int64_t id) {
  base_slice stored;
  if (!model_record_read(ctx, type, id, &stored)) return BASE_OK;
  base_slice record = base_arena_slice(ctx->arena, stored);
  base_slice after = with_first_states(ctx, type, record);
  BASE_TRY(model_states_time(ctx, type, record, &after));
  if (base_slice_equal(record, after)) return BASE_OK;
  return model_write_put(ctx, type, id, record, model_write_stamp(ctx, after));
}

/* --- a move --------------------------------------------------------------------------------------- */

static base_code find_field(crm_ctx *ctx, const model_type *type, base_slice field,
                            const model_states **states) {
  *states = model_states_find(type, field);
  if (*states != NULL) return BASE_OK;
  if (field.size == 0) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "field",
                          "%s 没有或有几个状态字段：请用 field 指明",
                          "%s has no states field, or several: name one in `field`", type->name);
  }
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "field", "%s 没有状态字段 %.*s",
                        "%s has no states field %.*s", type->name, BASE_SLICE_ARGS(field));
}

static base_code check_there(crm_ctx *ctx, const model_states *states, base_slice record,
                             base_slice to) {
  base_slice is = data_map_text(record, states->field->name);
  if (!base_slice_equal(is, to)) return BASE_OK;
  const char *claims = claim_of(states, to);
  if (claims != NULL) return already_claimed(ctx, claims, data_map_text(record, claims));
  return deny(ctx, states, is, to, MODEL_REASON_TRANSITION);
}

static base_slice with_state(crm_ctx *ctx, base_slice values, const char *field, base_slice to) {
  static const uint8_t empty_map[] = {0x80};
  if (values.size == 0) values = base_slice_make(empty_map, sizeof empty_map);
  return set_text(ctx, values, field, to);
}

base_code model_states_move(crm_ctx *ctx, const model_type *type, int64_t id, base_slice field,
                            base_slice to, base_slice values, int64_t version, unsigned flags,
                            base_slice *record) {
  const model_states *states = NULL;
  BASE_TRY(find_field(ctx, type, field, &states));
  BASE_TRY(model_record_need(ctx, type, id, "id", record));
  BASE_TRY(check_there(ctx, states, *record, to));
  values = with_state(ctx, values, states->field->name, to);
  return model_record_update(ctx, type, id, values, version, flags, record);
}
