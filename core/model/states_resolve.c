/* states: a type's states fields with what their tables name: fields and conditions. See states.h. */
#include <stdio.h>

#include "model/states.h"

typedef struct resolver {
  const model_type *type;
  const data_field *field;
  base_arena *arena;
  base_error *error;
} resolver;

static base_code refuse_part(const resolver *r, const char *part, const char *name,
                             const char *wanted) {
  return base_error_set(r->error, BASE_VALIDATION_FAILED, r->field->name,
                        "%s.%s 的 %s 指向字段 %s：%s 需要有这个字段，种类为 %s",
                        "%s.%s names in %s the field %s: %s needs one, of kind %s", r->type->name,
                        r->field->name, part, name, r->type->name, wanted);
}

static base_code check_since(const resolver *r, const data_span *span) {
  if (span == NULL || span->since == NULL) return BASE_OK;
  const data_field *field = model_type_field(r->type, base_slice_text(span->since));
  bool timed =
      field != NULL && (field->kind == DATA_KIND_DATE || field->kind == DATA_KIND_DATETIME);
  return timed ? BASE_OK : refuse_part(r, "since", span->since, "date, datetime");
}

static base_code check_kind(const resolver *r, const char *part, const char *name, data_kind kind) {
  if (name == NULL) return BASE_OK;
  const data_field *field = data_field_find(r->type->fields, base_slice_text(name));
  if (field != NULL && field->kind == kind) return BASE_OK;
  return refuse_part(r, part, name, data_kind_name(kind));
}

static base_code check_who(const resolver *r, const data_who *who) {
  const char *const *name = who == NULL ? NULL : who->fields;
  for (; name != NULL && *name != NULL; name++) {
    const data_field *field = model_type_field(r->type, base_slice_text(*name));
    bool names = field != NULL && (field->kind == DATA_KIND_TEXT || field->kind == DATA_KIND_TAGS);
    if (!names) return refuse_part(r, "who", *name, "text, tags");
  }
  return BASE_OK;
}

static base_code compile(const resolver *r, base_slice where, const model_where **compiled) {
  base_error inner = {.language = r->error->language};
  if (model_where_compile(r->type, where, r->arena, compiled, &inner) == BASE_OK) return BASE_OK;
  return base_error_set(r->error, BASE_VALIDATION_FAILED, r->field->name, "%s.%s 的 where：%s",
                        "where of %s.%s: %s", r->type->name, r->field->name, inner.message);
}

static base_code resolve_transitions(const resolver *r, model_states *states) {
  const data_transition *row = r->field->transitions;
  size_t count = 0;
  while (row != NULL && row[count].from != NULL) count++;
  model_transition *made = BASE_NEW_ARRAY(r->arena, model_transition, count + 1);
  states->transitions = made;
  states->count = count;
  for (size_t i = 0; i < count; i++) {
    made[i].row = &row[i];
    states->timed = states->timed || row[i].delay != NULL;
    BASE_TRY(check_who(r, row[i].who));
    BASE_TRY(check_since(r, row[i].delay));
    BASE_TRY(check_kind(r, "claims", row[i].claims, DATA_KIND_TEXT));
    BASE_TRY(compile(r, row[i].where, &made[i].where));
  }
  return BASE_OK;
}

static base_code resolve_clock(const resolver *r, const data_clock *row, model_clock *clock) {
  const model_where **wheres = BASE_NEW_ARRAY(r->arena, const model_where *, row->span_count + 1);
  *clock = (model_clock){.row = row, .wheres = wheres};
  BASE_TRY(check_kind(r, "due", row->due, DATA_KIND_DATETIME));
  BASE_TRY(check_kind(r, "level", row->level, DATA_KIND_INTEGER));
  for (size_t i = 0; i < row->span_count; i++) {
    BASE_TRY(check_since(r, &row->spans[i].span));
    BASE_TRY(compile(r, row->spans[i].where, &wheres[i]));
  }
  return BASE_OK;
}

/* A clock clears its field when it ends: two cannot show themselves in one. */
static base_code check_shown(const resolver *r, const data_clock *row, size_t number) {
  for (size_t i = 0; row[number].due != NULL && i < number; i++) {
    if (row[i].due == NULL || strcmp(row[i].due, row[number].due) != 0) continue;
    return base_error_set(r->error, BASE_VALIDATION_FAILED, r->field->name,
                          "%s.%s：时钟 %s 和 %s 都用 due = %s；每个时钟要有自己的字段",
                          "%s.%s: the clocks %s and %s both have due = %s; each has a field of its "
                          "own",
                          r->type->name, r->field->name, row[i].name, row[number].name, row[i].due);
  }
  return BASE_OK;
}

static base_code resolve_clocks(const resolver *r, model_states *states) {
  const data_clock *row = r->field->clocks;
  size_t count = 0;
  while (row != NULL && row[count].name != NULL) count++;
  model_clock *made = BASE_NEW_ARRAY(r->arena, model_clock, count + 1);
  states->clocks = made;
  states->clock_count = count;
  states->timed = states->timed || count > 0;
  for (size_t i = 0; i < count; i++) {
    BASE_TRY(check_shown(r, row, i));
    BASE_TRY(resolve_clock(r, &row[i], &made[i]));
  }
  return BASE_OK;
}

base_code model_states_resolve(const model_type *type, base_arena *arena,
                               const model_states **states, size_t *count, base_error *error) {
  size_t fields = 0;
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    fields += field->kind == DATA_KIND_STATES;
  }
  model_states *made = BASE_NEW_ARRAY(arena, model_states, fields + 1);
  *states = made;
  *count = fields;
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    if (field->kind != DATA_KIND_STATES) continue;
    resolver r = {.type = type, .field = field, .arena = arena, .error = error};
    made->field = field;
    BASE_TRY(resolve_transitions(&r, made));
    BASE_TRY(resolve_clocks(&r, made));
    made++;
  }
  return BASE_OK;
}

const model_states *model_states_find(const model_type *type, base_slice field) {
  if (field.size == 0) return type->states_count == 1 ? type->states : NULL;
  for (size_t i = 0; i < type->states_count; i++) {
    if (base_slice_is(field, type->states[i].field->name)) return &type->states[i];
  }
  return NULL;
}
