/* states: timer rows from `timing`, and what a timer does. See states.h. */
#include "model/find.h"
#include "model/record_write.h"
#include "model/span.h"
#include "model/states.h"
#include "model/timer.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

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
  bool there = record.size > 0 && data_map_find(record, MODEL_TIMING, &timing) &&
               timing.type == DATA_MAP && model_record_standing(record) == MODEL_LIVE;
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

static base_slice set_part(crm_ctx *ctx, base_slice map, base_slice key, base_slice part) {
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_slice(&patch, key);
  data_append_raw(&patch, part);
  base_slice made = model_write_splice(ctx, map, base_buffer_slice(&patch));
  base_buffer_fini(&patch);
  return made;
}

static base_slice part_of(base_slice map, base_slice key) {
  data_value part = {0};
  (void)data_map_find_slice(map, key, &part);
  return part.raw;
}

/* The record with another entry for what is due. Nothing happened to it, so that no rule runs. */
static base_code put_entry(crm_ctx *ctx, const model_type *type, int64_t id, base_slice record,
                           base_slice field, const char *part, base_slice name, base_slice entry) {
  base_slice named = base_slice_text(part);
  base_slice timing = timing_of(record);
  base_slice fields = part_of(timing, field);
  base_slice entries = set_part(ctx, part_of(fields, named), name, entry);
  timing = set_part(ctx, timing, field, set_part(ctx, fields, named, entries));
  base_slice after = set_part(ctx, record, base_slice_text(MODEL_TIMING), timing);
  return model_write_put(ctx, type, id, record, model_write_stamp(ctx, after));
}

/* Whether enough of what the cap counts came about lately. */
static base_code is_capped(crm_ctx *ctx, const data_cap *cap, base_slice record, int64_t id,
                           bool *capped) {
  const model_type *counted =
      cap == NULL ? NULL : model_schema_find(ctx->schema, base_slice_text(cap->type));
  base_buffer where = {0};
  int64_t count = 0;
  *capped = false;
  if (counted == NULL) return BASE_OK;
  data_append_map(&where, 2);
  data_append_pair_integer(&where, cap->by,
                           cap->of == NULL ? id : data_map_integer(record, cap->of, 0));
  data_append_text(&where, "created_at");
  data_append_map(&where, 1);
  data_append_pair_integer(&where, "gt", ctx->now - cap->days * DAY_MS);
  base_slice asked = model_ctx_take(ctx, &where);
  if (cap->where.size > 0) asked = model_write_splice(ctx, cap->where, asked);
  BASE_TRY(model_count(ctx, counted, asked, &count));
  *capped = count >= cap->most;
  return BASE_OK;
}

/* A delay that comes when there was enough of it, or at a time of the day when it must not end, waits
 * until it may. */
static base_code wait_until_open(crm_ctx *ctx, const model_type *type, int64_t id,
                                 base_slice record, base_slice field, const data_transition *row,
                                 model_reason *reason) {
  base_buffer entry = {0};
  bool capped = false;
  BASE_TRY(is_capped(ctx, row->cap, record, id, &capped));
  int64_t open = capped ? ctx->now + DAY_MS : ctx->now;
  BASE_TRY(model_span_open(ctx, row->delay, &open));
  if (open == ctx->now) return BASE_OK;
  *reason = capped ? MODEL_REASON_CAP : MODEL_REASON_BETWEEN;
  data_append_integer(&entry, open);
  base_slice due = model_ctx_take(ctx, &entry);
  return put_entry(ctx, type, id, record, field, "delays", base_slice_text(row->to), due);
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
  if (way != NULL && way->row->policy == DATA_SKIP && model_timer_missed(ctx, due)) {
    *reason = MODEL_REASON_MISSED;
  }
  if (*reason == MODEL_REASON_HOLDS && way != NULL && way->row->delay != NULL) {
    BASE_TRY(wait_until_open(ctx, type, id, record, field, way->row, reason));
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

/* How many periods of a clock with `every` have ended by now, counted as its level is. */
static base_code count_periods(crm_ctx *ctx, const data_span *span, base_slice entry, int64_t level,
                               int64_t *passed) {
  int64_t base = data_map_integer(entry, "base", 0);
  int64_t from = data_map_integer(entry, "from", 0);
  int64_t due = 0;
  *passed = level;
  do {
    *passed += 1;
    BASE_TRY(model_span_end(ctx, span, from, *passed - base + 1, &due));
  } while (due <= ctx->now);
  return BASE_OK;
}

/* The percent above the level; with `once` the highest that has passed by now. */
static int64_t count_percents(const crm_ctx *ctx, const data_clock *row, base_slice entry,
                              int64_t level) {
  const int64_t *step = row->ladder;
  while (*step != 0 && *step <= level) step++;
  if (*step == 0) return level;
  bool over = ctx->now >= data_map_integer(entry, "due", INT64_MAX);
  while (row->policy == DATA_ONCE && over && step[1] != 0 && step[1] <= 100) step++;
  return *step;
}

/* What was missed does not happen: the count goes on as if these periods had not been. */
static base_code skip_periods(crm_ctx *ctx, const model_type *type, int64_t id, base_slice record,
                              base_slice field, const data_clock *row, base_slice entry,
                              int64_t missed) {
  base_buffer patch = {0};
  int64_t base = data_map_integer(entry, "base", 0) - missed;
  int64_t level = row->level == NULL ? 0 : data_map_integer(record, row->level, 0);
  const data_span *span = &row->spans[data_map_integer(entry, "span", 0)].span;
  int64_t at = 0;
  BASE_TRY(model_span_end(ctx, span, data_map_integer(entry, "from", 0), level - base + 1, &at));
  data_append_map(&patch, 3);
  data_append_pair_integer(&patch, "base", base);
  data_append_pair_integer(&patch, "due", at);
  data_append_pair_integer(&patch, "at", at);
  entry = model_write_splice(ctx, entry, base_buffer_slice(&patch));
  base_buffer_fini(&patch);
  return put_entry(ctx, type, id, record, field, "clocks", base_slice_text(row->name), entry);
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
  const data_clock *row = clock->row;
  base_slice entry = entry_of(record, field, name);
  int64_t span = data_map_integer(entry, "span", 0);
  int64_t level = data_map_integer(record, row->level, 0);
  int64_t passed = level + 1;
  if (span < 0 || span >= (int64_t)row->span_count) return BASE_OK;
  if (row->every && row->policy != DATA_LATE) {
    BASE_TRY(count_periods(ctx, &row->spans[span].span, entry, level, &passed));
  }
  if (row->every && row->policy == DATA_SKIP && model_timer_missed(ctx, due)) {
    *reason = MODEL_REASON_MISSED;
    return skip_periods(ctx, type, id, record, field, row, entry, passed - level);
  }
  if (row->every && row->policy == DATA_SKIP) passed = level + 1;
  if (row->ladder != NULL) passed = count_percents(ctx, row, entry, level);
  *reason = MODEL_REASON_HOLDS;
  base_slice values = one_value(ctx, row->level, (base_slice){0}, passed);
  return model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &record);
}
