/* states: timer rows from `timing`, and what a timer does. See states.h. */
#include "model/record.h"
#include "model/span.h"
#include "model/states.h"
#include "model/timer.h"

/* --- rows ----------------------------------------------------------------------------------------- */

typedef struct rows {
  crm_ctx *ctx;
  const model_type *type;
  int64_t id;
  base_slice other; /* `timing` that has rows of its own */
  bool put;         /* or take back */
} rows;

static base_slice timing_of(base_slice record) {
  data_value timing;
  bool there = record.size > 0 && model_record_standing(record) == MODEL_LIVE &&
               data_map_find(record, MODEL_TIMING, &timing) && timing.type == DATA_MAP;
  return there ? timing.raw : (base_slice){0};
}

/* The due instant of what `timing` says of field, part and name; 0: nothing. */
static int64_t due_of(base_slice timing, base_slice field, const char *part, base_slice name) {
  data_value fields;
  data_value parts;
  data_value entry;
  if (timing.size == 0 || !data_map_find_slice(timing, field, &fields)) return 0;
  if (!data_map_find(fields.raw, part, &parts)) return 0;
  if (!data_map_find_slice(parts.raw, name, &entry)) return 0;
  if (entry.type == DATA_INTEGER) return entry.as.integer;
  return data_map_integer(entry.raw, "at", 0);
}

static base_slice row_name(const rows *r, base_slice field, const char *part, base_slice name) {
  base_buffer text = {0};
  base_buffer_format(&text, "%s:%lld:%.*s:%s:%.*s", r->type->name, (long long)r->id,
                     BASE_SLICE_ARGS(field), part, BASE_SLICE_ARGS(name));
  return model_ctx_take(r->ctx, &text);
}

static base_slice row_params(const rows *r, base_slice field, const char *part, base_slice name,
                             int64_t due) {
  base_buffer out = {0};
  bool delay = strcmp(part, "delays") == 0;
  data_append_map(&out, 5);
  data_append_pair_text(&out, "type", r->type->name);
  data_append_pair_integer(&out, "id", r->id);
  data_append_pair_slice(&out, "field", field);
  data_append_pair_slice(&out, delay ? "to" : "clock", name);
  data_append_pair_integer(&out, "due", due);
  return model_ctx_take(r->ctx, &out);
}

static base_code write_row(const rows *r, base_slice field, const char *part, base_slice name,
                           int64_t due) {
  base_slice op = base_slice_text(MODEL_STATES_OP);
  base_slice named = row_name(r, field, part, name);
  if (due == 0 || due_of(r->other, field, part, name) == due) return BASE_OK;
  if (!r->put) return model_timer_delete(r->ctx, due, op, named);
  const char *package = r->type->package;
  model_timer timer = {.due = due,
                       .op = op,
                       .name = named,
                       .params = row_params(r, field, part, name, due),
                       .actor = base_slice_text("system"),
                       .package = base_slice_text(package)};
  return model_timer_keep(r->ctx, &timer);
}

static base_code write_part(const rows *r, base_slice field, base_slice timing, const char *part) {
  data_value entries;
  if (!data_map_find(timing, part, &entries)) return BASE_OK;
  data_walk walk = data_walk_begin(entries.raw);
  while (data_walk_next(&walk)) {
    int64_t due = walk.value.type == DATA_INTEGER ? walk.value.as.integer
                                                  : data_map_integer(walk.value.raw, "at", 0);
    BASE_TRY(write_row(r, field, part, walk.key.as.bytes, due));
  }
  return BASE_OK;
}

static base_code write_rows(const rows *r, base_slice timing) {
  if (timing.size == 0) return BASE_OK;
  data_walk walk = data_walk_begin(timing);
  while (data_walk_next(&walk)) {
    BASE_TRY(write_part(r, walk.key.as.bytes, walk.value.raw, "delays"));
    BASE_TRY(write_part(r, walk.key.as.bytes, walk.value.raw, "clocks"));
  }
  return BASE_OK;
}

base_code model_states_rows(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                            base_slice after) {
  base_slice was = timing_of(before);
  base_slice is = timing_of(after);
  rows taken = {.ctx = ctx, .type = type, .id = id, .other = is};
  rows put = {.ctx = ctx, .type = type, .id = id, .other = was, .put = true};
  if (base_slice_equal(was, is)) return BASE_OK;
  BASE_TRY(write_rows(&taken, was));
  return write_rows(&put, is);
}

/* --- firing --------------------------------------------------------------------------------------- */

/* The record, when what the timer carries is still due then. */
static bool find_due(crm_ctx *ctx, const model_type *type, int64_t id, base_slice field,
                     const char *part, base_slice name, int64_t due, base_slice *record) {
  base_slice found;
  *record = (base_slice){0};
  if (!model_record_read(ctx, type, id, &found)) return false;
  if (due_of(timing_of(found), field, part, name) != due) return false;
  *record = base_arena_slice(ctx->arena, found);
  return true;
}

/* So late that it counts as missed: a server that runs is never that late. */
static bool is_missed(const crm_ctx *ctx, int64_t due) {
  return ctx->now - due > MODEL_STATES_MISSED_MS;
}

static base_slice one_value(crm_ctx *ctx, const char *field, base_slice text, int64_t number) {
  base_buffer out = {0};
  data_append_map(&out, 1);
  if (text.size > 0) {
    data_append_pair_slice(&out, field, text);
  } else {
    data_append_pair_integer(&out, field, number);
  }
  return model_ctx_take(ctx, &out);
}

base_code model_states_delay(crm_ctx *ctx, const model_type *type, int64_t id, base_slice field,
                             base_slice to, int64_t due, model_reason *reason) {
  const model_states *states = model_states_find(type, field);
  const model_transition *way = NULL;
  base_slice record;
  *reason = MODEL_REASON_GONE;
  if (!find_due(ctx, type, id, field, "delays", to, due, &record) || states == NULL) {
    return BASE_OK;
  }
  base_slice from = data_map_text(record, states->field->name);
  *reason = model_states_judge(ctx, states, from, to, record, record, false, &way);
  if (way != NULL && way->row->policy == DATA_SKIP && is_missed(ctx, due)) {
    *reason = MODEL_REASON_MISSED;
  }
  if (*reason != MODEL_REASON_HOLDS) return BASE_OK;
  base_slice values = one_value(ctx, states->field->name, to, 0);
  return model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &record);
}

static const model_clock *find_clock(const model_states *states, base_slice name) {
  for (size_t i = 0; states != NULL && i < states->clock_count; i++) {
    if (base_slice_is(name, states->clocks[i].row->name)) return &states->clocks[i];
  }
  return NULL;
}

/* The percent above the level that is due, or with `once` the highest of those that are. */
static base_code next_level(crm_ctx *ctx, const data_clock *row, base_slice entry, int64_t *level) {
  int64_t base = data_map_integer(entry, "base", 0);
  int64_t from = data_map_integer(entry, "from", 0);
  int64_t span = data_map_integer(entry, "span", 0);
  if (row->ladder != NULL) {
    const int64_t *step = row->ladder;
    while (*step != 0 && *step <= *level) step++;
    if (*step != 0) *level = *step;
    return BASE_OK;
  }
  *level += 1;
  if (row->policy == DATA_LATE || span >= (int64_t)row->span_count) return BASE_OK;
  for (;;) {
    int64_t due = 0;
    BASE_TRY(model_span_end(ctx, &row->spans[span].span, from, *level - base + 1, &due));
    if (due > ctx->now) return BASE_OK;
    *level += 1;
  }
}

/* The clock's part of `timing`. */
static base_slice entry_of(base_slice record, base_slice field, base_slice name) {
  data_value fields;
  data_value clocks;
  data_value entry;
  bool whole = data_map_find_slice(timing_of(record), field, &fields) &&
               data_map_find(fields.raw, "clocks", &clocks) &&
               data_map_find_slice(clocks.raw, name, &entry);
  return whole ? entry.raw : (base_slice){0};
}

base_code model_states_step(crm_ctx *ctx, const model_type *type, int64_t id, base_slice field,
                            base_slice name, int64_t due, model_reason *reason) {
  const model_clock *clock = find_clock(model_states_find(type, field), name);
  base_slice record;
  bool there = find_due(ctx, type, id, field, "clocks", name, due, &record);
  *reason = MODEL_REASON_GONE;
  if (!there || clock == NULL || clock->row->level == NULL) return BASE_OK;
  int64_t level = data_map_integer(record, clock->row->level, 0);
  BASE_TRY(next_level(ctx, clock->row, entry_of(record, field, name), &level));
  *reason = MODEL_REASON_HOLDS;
  base_slice values = one_value(ctx, clock->row->level, (base_slice){0}, level);
  return model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &record);
}
