/* policy_explain: what a policy is made of, held against one record part by part. See policy.h. */
#include "model/policy.h"

typedef struct explaining {
  const model_type *type;
  const model_subject *subject;
  model_doing doing;
  base_slice record;
  base_arena *arena;
  void (*tell)(const model_policy_reason *reason, void *self);
  void *self;
} explaining;

static bool holds(const explaining *e, base_slice where) {
  const model_where *compiled;
  base_error ignored = {0};
  return model_where_compile_for(e->type, where, &e->subject->values, e->arena, &compiled,
                                 &ignored) == BASE_OK &&
         model_where_match(compiled, e->record);
}

static bool allows(base_slice row, model_doing doing) {
  data_value actions = {0};
  data_map_find(row, "actions", &actions);
  data_walk walk = data_walk_begin(actions.type == DATA_ARRAY ? actions.raw : (base_slice){0});
  while (data_walk_next(&walk)) {
    if (base_slice_is(walk.value.as.bytes, model_doing_name(doing))) return true;
  }
  return false;
}

static void explain_row(const explaining *e, const model_role *role, size_t number,
                        base_slice row) {
  data_value where = {0};
  data_map_find(row, "where", &where);
  model_policy_reason reason = {.ground = MODEL_GROUND_ROW,
                                .holds = holds(e, where.raw),
                                .role = role->name,
                                .number = number,
                                .where = where.raw};
  e->tell(&reason, e->self);
}

static void explain_role(const explaining *e, const model_role *role) {
  bool says = false;
  bool tells = false;
  data_walk walk = data_walk_begin(role->permissions);
  while (role->permissions.size > 0 && data_walk_next(&walk)) {
    if (!base_slice_is(data_map_text(walk.value.raw, "type"), e->type->name)) continue;
    says = true;
    if (!allows(walk.value.raw, e->doing)) continue;
    tells = true;
    explain_row(e, role, walk.index, walk.value.raw);
  }
  model_ground ground = says ? MODEL_GROUND_ACTION : MODEL_GROUND_OPEN;
  model_policy_reason reason = {.ground = role->gone ? MODEL_GROUND_GONE : ground,
                                .holds = !says && !role->gone,
                                .role = role->name};
  if (!tells) e->tell(&reason, e->self);
}

static void explain_shares(const explaining *e) {
  int64_t id = data_map_integer(e->record, "id", 0);
  for (size_t i = 0; i < e->subject->share_count; i++) {
    const model_share *share = &e->subject->shares[i];
    if (share->id != id || !base_slice_is(share->type, e->type->name)) continue;
    bool serves = e->doing == MODEL_DO_READ || (e->doing == MODEL_DO_UPDATE && share->write);
    model_policy_reason reason = {.ground = MODEL_GROUND_SHARE, .holds = serves};
    e->tell(&reason, e->self);
  }
}

void model_policy_explain(const model_type *type, const model_subject *subject, model_doing doing,
                          base_slice record, base_arena *arena,
                          void (*tell)(const model_policy_reason *reason, void *self), void *self) {
  const explaining e = {.type = type,
                        .subject = subject,
                        .doing = doing,
                        .record = record,
                        .arena = arena,
                        .tell = tell,
                        .self = self};
  for (size_t i = 0; i < subject->role_count; i++) explain_role(&e, &subject->roles[i]);
  explain_shares(&e);
  for (size_t i = 0; doing == MODEL_DO_READ && i < type->visible_count; i++) {
    model_policy_reason reason = {.ground = MODEL_GROUND_VISIBLE,
                                  .holds = holds(&e, type->visible[i]),
                                  .number = i,
                                  .where = type->visible[i]};
    tell(&reason, self);
  }
}
