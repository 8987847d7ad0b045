/* states: transitions and clocks from msgpack. See states.h; appending is in states_append.c.
 *
 * Memory:  the arena given.  Threads: any.  Fails: see states.h. */
#include "data/states.h"

#include <stdio.h>

#include "data/append.h"
#include "data/validate.h"

#define LADDER_MOST 1000 /* percent */

static const char *const policies[] = {"late", "once", "skip", NULL};

static const data_field who_form[] = {{.name = "roles", .kind = DATA_KIND_TAGS},
                                      {.name = "users", .kind = DATA_KIND_TAGS},
                                      {.name = "fields", .kind = DATA_KIND_TAGS},
                                      {0}};

static const data_field delay_form[] = {DATA_SPAN_FORM, {0}};

static const data_field cap_form[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "by", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "of", .kind = DATA_KIND_TEXT},
    {.name = "days",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = 3650},
    {.name = "most",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = 100000},
    {.name = "where", .kind = DATA_KIND_MAP},
    {0}};

static const data_field transition_form[] = {
    {.name = "to", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "who", .kind = DATA_KIND_MAP, .fields = who_form},
    {.name = "where", .kind = DATA_KIND_MAP},
    {.name = "delay", .kind = DATA_KIND_MAP, .fields = delay_form},
    {.name = "policy", .kind = DATA_KIND_CHOICE, .choices = policies},
    {.name = "claims", .kind = DATA_KIND_TEXT},
    {.name = "cap", .kind = DATA_KIND_MAP, .fields = cap_form},
    {0}};

static const data_field span_form[] = {
    DATA_SPAN_FORM, {.name = "where", .kind = DATA_KIND_MAP}, {0}};

static const data_field clock_form[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "runs", .kind = DATA_KIND_TAGS, .flags = DATA_REQUIRED},
    {.name = "pauses", .kind = DATA_KIND_TAGS},
    {.name = "spans",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .fields = span_form,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = 32},
    {.name = "due", .kind = DATA_KIND_TEXT},
    {.name = "ladder", .kind = DATA_KIND_LIST, .of = DATA_KIND_INTEGER},
    {.name = "every", .kind = DATA_KIND_BOOLEAN},
    {.name = "level", .kind = DATA_KIND_TEXT},
    {.name = "policy", .kind = DATA_KIND_CHOICE, .choices = policies},
    {0}};

typedef struct reading {
  base_arena *arena;
  base_error *error;
  const data_field *field;
} reading;

static base_code refuse(const reading *in, const char *part, const char *zh, const char *en) {
  return base_error_set(in->error, BASE_VALIDATION_FAILED, part, "%s", "%s",
                        in->error->language == BASE_EN ? en : zh);
}

const char *data_policy_name(data_policy policy) {
  return policies[policy];
}

bool data_states_has(const char *const *list, base_slice text) {
  for (; list != NULL && *list != NULL; list++) {
    if (base_slice_is(text, *list)) return true;
  }
  return false;
}

/* --- parts ---------------------------------------------------------------------------------------- */

static const char *const *read_texts(const reading *in, base_slice map, const char *key) {
  data_value list;
  if (!data_map_find(map, key, &list)) return NULL;
  const char **texts = BASE_NEW_ARRAY(in->arena, const char *, list.as.count + 1);
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    texts[walk.index] = base_arena_text(in->arena, walk.value.as.bytes);
  }
  return texts;
}

static const char *read_text(const reading *in, base_slice map, const char *key) {
  base_slice text = data_map_text(map, key);
  return text.size == 0 ? NULL : base_arena_text(in->arena, text);
}

static base_slice read_where(const reading *in, base_slice map) {
  data_value where;
  if (!data_map_find(map, "where", &where)) return (base_slice){0};
  return base_arena_slice(in->arena, where.raw);
}

static data_policy read_policy(base_slice map) {
  base_slice name = data_map_text(map, "policy");
  if (base_slice_is(name, "once")) return DATA_ONCE;
  return base_slice_is(name, "skip") ? DATA_SKIP : DATA_LATE;
}

static const char *find_choice(const reading *in, base_slice name) {
  const char *const *choice = in->field->choices;
  for (; choice != NULL && *choice != NULL; choice++) {
    if (base_slice_is(name, *choice)) return *choice;
  }
  return NULL;
}

/* --- transitions ---------------------------------------------------------------------------------- */

static base_code refuse_transition(const reading *in) {
  return refuse(in, "transitions",
                "状态变化应写成 {状态 = {可到的状态, …}}，各不相同且都在 choices 之中；"
                "可到的状态写成名字，或 {to = 名字, who, where, delay, policy, claims, cap}",
                "transitions are written {state = {states it may become, …}}, each once and all of "
                "them in `choices`; such a state is a name, or {to = name, who, where, delay, "
                "policy, claims, cap}");
}

static base_code read_who(const reading *in, base_slice map, const data_who **who) {
  data_value given;
  if (!data_map_find(map, "who", &given)) return BASE_OK;
  data_who *made = BASE_NEW(in->arena, data_who);
  *made = (data_who){.roles = read_texts(in, given.raw, "roles"),
                     .users = read_texts(in, given.raw, "users"),
                     .fields = read_texts(in, given.raw, "fields")};
  *who = made;
  if (made->roles != NULL || made->users != NULL || made->fields != NULL) return BASE_OK;
  return refuse(in, "who", "who 须有 roles、users、fields 之一", "who has roles, users or fields");
}

static base_code read_delay(const reading *in, base_slice map, const data_span **delay) {
  data_value given;
  if (!data_map_find(map, "delay", &given)) return BASE_OK;
  data_span *made = BASE_NEW(in->arena, data_span);
  *delay = made;
  base_code code = data_span_read(given.raw, in->arena, made, in->error);
  if (code != BASE_OK) base_error_within(in->error, "delay");
  return code;
}

static const data_cap *read_cap(const reading *in, base_slice map) {
  data_value given;
  if (!data_map_find(map, "cap", &given)) return NULL;
  data_cap *cap = BASE_NEW(in->arena, data_cap);
  *cap = (data_cap){.type = read_text(in, given.raw, "type"),
                    .by = read_text(in, given.raw, "by"),
                    .of = read_text(in, given.raw, "of"),
                    .days = data_map_integer(given.raw, "days", 0),
                    .most = data_map_integer(given.raw, "most", 0),
                    .where = read_where(in, given.raw)};
  return cap;
}

static base_code read_parts(const reading *in, base_slice map, data_transition *row) {
  row->to = find_choice(in, data_map_text(map, "to"));
  row->where = read_where(in, map);
  row->policy = read_policy(map);
  row->claims = read_text(in, map, "claims");
  row->cap = read_cap(in, map);
  if (row->to == NULL || strcmp(row->to, row->from) == 0) return refuse_transition(in);
  BASE_TRY(read_who(in, map, &row->who));
  BASE_TRY(read_delay(in, map, &row->delay));
  if (row->cap == NULL || row->delay != NULL) return BASE_OK;
  return refuse(in, "cap", "cap 只用于有 delay 的状态变化", "a cap belongs to a delay");
}

static base_code read_target(const reading *in, data_value target, data_transition *row) {
  if (target.type == DATA_TEXT) {
    row->to = find_choice(in, target.as.bytes);
    return row->to == NULL ? refuse_transition(in) : BASE_OK;
  }
  if (target.type != DATA_MAP) return refuse_transition(in);
  base_buffer checked = {0};
  base_code code =
      data_validate(transition_form, target.raw, 0, BASE_VALIDATION_FAILED, &checked, in->error);
  if (code == BASE_OK) code = read_parts(in, base_buffer_slice(&checked), row);
  base_buffer_fini(&checked);
  return code;
}

static bool is_twin(const data_transition *all, const data_transition *row) {
  for (; all != row; all++) {
    if (strcmp(all->from, row->from) == 0 && strcmp(all->to, row->to) == 0) return true;
  }
  return false;
}

static size_t count_transitions(base_slice map) {
  size_t count = 0;
  data_walk walk = data_walk_begin(map);
  while (data_walk_next(&walk)) {
    if (walk.value.type == DATA_ARRAY) count += walk.value.as.count;
  }
  return count;
}

static base_code read_from(const reading *in, const data_walk *at, const data_transition *all,
                           data_transition **row) {
  const char *from = find_choice(in, at->key.as.bytes);
  if (from == NULL || at->value.type != DATA_ARRAY) return refuse_transition(in);
  data_walk targets = data_walk_begin(at->value.raw);
  while (data_walk_next(&targets)) {
    (*row)->from = from;
    base_code code = read_target(in, targets.value, *row);
    if (code == BASE_OK && is_twin(all, *row)) code = refuse_transition(in);
    if (code != BASE_OK) {
      char step[128];
      if (strcmp(in->error->field, "transitions") == 0) return code;
      (void)snprintf(step, sizeof step, "transitions.%.40s[%u]", from, targets.index);
      base_error_within(in->error, step);
      return code;
    }
    *row += 1;
  }
  return BASE_OK;
}

static base_code read_transitions(const reading *in, base_slice given, data_field *field) {
  data_transition *all = BASE_NEW_ARRAY(in->arena, data_transition, count_transitions(given) + 1);
  data_transition *row = all;
  field->transitions = all;
  data_walk walk = data_walk_begin(given);
  while (data_walk_next(&walk)) BASE_TRY(read_from(in, &walk, all, &row));
  row->from = NULL;
  return BASE_OK;
}

/* --- clocks --------------------------------------------------------------------------------------- */

static base_code check_states(const reading *in, const char *const *states, const char *part) {
  for (; states != NULL && *states != NULL; states++) {
    if (find_choice(in, base_slice_text(*states)) != NULL) continue;
    return base_error_set(in->error, BASE_VALIDATION_FAILED, part, "%s 不在 choices 之中",
                          "%s is not among the choices", *states);
  }
  return BASE_OK;
}

static base_code read_spans(const reading *in, base_slice map, data_clock *clock) {
  data_value list;
  data_map_find(map, "spans", &list);
  data_clock_span *spans = BASE_NEW_ARRAY(in->arena, data_clock_span, list.as.count + 1);
  clock->spans = spans;
  clock->span_count = list.as.count;
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    data_clock_span *row = &spans[walk.index];
    row->where = read_where(in, walk.value.raw);
    BASE_TRY(data_span_read(walk.value.raw, in->arena, &row->span, in->error));
    const data_span *span = &row->span;
    if (span->months + span->days + span->milliseconds > 0 || data_span_works(span)) continue;
    return refuse(in, "spans", "时钟的时长必须大于零", "the span of a clock is more than nothing");
  }
  return BASE_OK;
}

static base_code read_ladder(const reading *in, base_slice map, data_clock *clock) {
  data_value list;
  clock->every = data_map_boolean(map, "every", false);
  clock->level = read_text(in, map, "level");
  bool laddered = data_map_find(map, "ladder", &list) && list.as.count > 0;
  int64_t *steps = BASE_NEW_ARRAY(in->arena, int64_t, laddered ? list.as.count + 1 : 1);
  int64_t before = 0;
  data_walk walk = data_walk_begin(laddered ? list.raw : (base_slice){0});
  while (laddered && data_walk_next(&walk)) {
    steps[walk.index] = walk.value.as.integer;
    if (steps[walk.index] <= before || steps[walk.index] > LADDER_MOST) {
      return refuse(in, "ladder", "ladder 是由小到大的百分数，1 到 1000，如 {50, 80, 100, 150}",
                    "a ladder has ascending percents from 1 to 1000, such as {50, 80, 100, 150}");
    }
    before = steps[walk.index];
  }
  if (laddered) clock->ladder = steps;
  if (laddered && clock->every) {
    return refuse(in, "ladder", "ladder 与 every 不能同用", "ladder and every exclude each other");
  }
  if ((laddered || clock->every) == (clock->level != NULL)) return BASE_OK;
  return refuse(in, "level", "有 ladder 或 every 的时钟用 level 指明一个整数字段来显示到了哪一步",
                "a clock with a ladder or with every names in `level` the integer field that shows "
                "its steps; others have none");
}

static base_code read_clock(const reading *in, base_slice map, data_clock *clock) {
  *clock = (data_clock){.name = read_text(in, map, "name"),
                        .runs = read_texts(in, map, "runs"),
                        .pauses = read_texts(in, map, "pauses"),
                        .due = read_text(in, map, "due"),
                        .policy = read_policy(map)};
  BASE_TRY(check_states(in, clock->runs, "runs"));
  BASE_TRY(check_states(in, clock->pauses, "pauses"));
  BASE_TRY(read_spans(in, map, clock));
  return read_ladder(in, map, clock);
}

static base_code read_clocks(const reading *in, base_slice list, data_field *field) {
  data_value given = data_peek(list);
  if (given.type != DATA_ARRAY) {
    return refuse(in, "clocks", "clocks 是时钟的列表", "clocks are a list of clocks");
  }
  data_clock *clocks = BASE_NEW_ARRAY(in->arena, data_clock, given.as.count + 1);
  field->clocks = clocks;
  data_walk walk = data_walk_begin(list);
  while (data_walk_next(&walk)) {
    char step[32];
    base_buffer checked = {0};
    base_code code =
        data_validate(clock_form, walk.value.raw, 0, BASE_VALIDATION_FAILED, &checked, in->error);
    if (code == BASE_OK) code = read_clock(in, base_buffer_slice(&checked), &clocks[walk.index]);
    base_buffer_fini(&checked);
    if (code == BASE_OK) continue;
    (void)snprintf(step, sizeof step, "clocks[%u]", walk.index);
    base_error_within(in->error, step);
    return code;
  }
  return BASE_OK;
}

base_code data_states_read(base_slice map, base_arena *arena, data_field *field,
                           base_error *error) {
  reading in = {.arena = arena, .error = error, .field = field};
  data_value transitions;
  data_value clocks;
  bool moves = data_map_find(map, "transitions", &transitions);
  bool ticks = data_map_find(map, "clocks", &clocks);
  if ((moves || ticks) && field->kind != DATA_KIND_STATES) {
    return refuse(&in, moves ? "transitions" : "clocks",
                  "只有状态（states）字段才有 transitions 和 clocks",
                  "only fields of kind states have transitions and clocks");
  }
  if (moves) BASE_TRY(read_transitions(&in, transitions.raw, field));
  return ticks ? read_clocks(&in, clocks.raw, field) : BASE_OK;
}
