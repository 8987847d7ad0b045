/* states: `timing`, made from the record as it becomes and what it was. See states.h. */
#include "model/record.h"
#include "model/span.h"
#include "model/states.h"
#include "model/timer.h"

#define PERCENT 100

/* One states field of one write. */
typedef struct keeping {
  crm_ctx *ctx;
  const model_states *states;
  base_slice before; /* the record */
  base_slice after;
  base_slice old;   /* its part of `timing` before; empty: none */
  base_slice state; /* as it becomes */
  bool entered;
  int64_t since;
  base_buffer *patch; /* what changes in the record's own fields: an open map */
  size_t patches;
} keeping;

/* What happens at once while a timer runs happens a moment later, so that two that wake one another
 * let the server rest. */
static int64_t not_at_once(const crm_ctx *ctx, int64_t due) {
  return ctx->cause != 0 && due <= ctx->now ? ctx->now + MODEL_TIMER_CHAIN_MS : due;
}

static base_slice part_of(base_slice map, const char *key, base_slice name) {
  data_value part;
  data_value inner;
  if (map.size == 0 || !data_map_find(map, key, &part)) return (base_slice){0};
  if (name.size == 0) return part.raw;
  return data_map_find_slice(part.raw, name, &inner) ? inner.raw : (base_slice){0};
}

static bool field_changed(const keeping *k, const char *name) {
  data_value before = {0};
  data_value after = {0};
  if (name == NULL) return false;
  data_map_find(k->before, name, &before);
  data_map_find(k->after, name, &after);
  return data_compare(before, after) != 0;
}

/* --- delays --------------------------------------------------------------------------------------- */

model_reason model_states_waits(const crm_ctx *ctx, const model_transition *way, base_slice state,
                                base_slice record) {
  int64_t from = 0;
  if (way->row->delay == NULL || !base_slice_is(state, way->row->from)) {
    return MODEL_REASON_TRANSITION;
  }
  if (!model_where_match(way->where, record)) return MODEL_REASON_WHERE;
  return model_span_since(ctx, way->row->delay, record, 0, &from) ? MODEL_REASON_HOLDS
                                                                  : MODEL_REASON_SINCE;
}

static base_code delay_due(const keeping *k, const data_transition *row, int64_t *due) {
  base_slice old = part_of(k->old, "delays", base_slice_text(row->to));
  int64_t from = 0;
  (void)model_span_since(k->ctx, row->delay, k->after, k->since, &from);
  if (old.size > 0 && !k->entered && !field_changed(k, row->delay->since)) {
    *due = data_peek(old).as.integer;
    return BASE_OK;
  }
  BASE_TRY(model_span_end(k->ctx, row->delay, from, 1, due));
  *due = not_at_once(k->ctx, *due);
  return BASE_OK;
}

static base_code keep_delays(keeping *k, base_buffer *out, size_t *pairs) {
  base_buffer delays = {0};
  size_t place = data_append_open_map(&delays);
  size_t count = 0;
  base_code code = BASE_OK;
  for (size_t i = 0; code == BASE_OK && i < k->states->count; i++) {
    const model_transition *way = &k->states->transitions[i];
    int64_t due = 0;
    if (model_states_waits(k->ctx, way, k->state, k->after) != MODEL_REASON_HOLDS) continue;
    code = delay_due(k, way->row, &due);
    if (code != BASE_OK) continue;
    data_append_pair_integer(&delays, way->row->to, due);
    count++;
  }
  data_append_close(&delays, place, count);
  if (code == BASE_OK && count > 0) {
    data_append_pair_raw(out, "delays", base_buffer_slice(&delays));
    *pairs += 1;
  }
  base_buffer_fini(&delays);
  return code;
}

/* --- clocks --------------------------------------------------------------------------------------- */

typedef struct reading {
  int64_t span;   /* which of the clock's */
  int64_t begun;  /* where it counts from, whatever stood in between */
  int64_t from;   /* since when it runs; 0: it stands */
  int64_t total;  /* how much time there is */
  int64_t passed; /* how much of it had passed at `from` */
  int64_t due;    /* when it ends, or its period */
  int64_t at;     /* its next step; 0: none */
  int64_t base;   /* `every`: how many had come when it began to run */
} reading;

static reading read_clock(base_slice map) {
  return (reading){.span = data_map_integer(map, "span", -1),
                   .begun = data_map_integer(map, "begun", 0),
                   .from = data_map_integer(map, "from", 0),
                   .total = data_map_integer(map, "total", 0),
                   .passed = data_map_integer(map, "passed", 0),
                   .due = data_map_integer(map, "due", 0),
                   .at = data_map_integer(map, "at", 0),
                   .base = data_map_integer(map, "base", 0)};
}

static void append_clock(const char *name, const reading *clock, base_buffer *out) {
  data_append_text(out, name);
  data_append_map(out, 8);
  data_append_pair_integer(out, "span", clock->span);
  data_append_pair_integer(out, "begun", clock->begun);
  data_append_pair_integer(out, "from", clock->from);
  data_append_pair_integer(out, "total", clock->total);
  data_append_pair_integer(out, "passed", clock->passed);
  data_append_pair_integer(out, "due", clock->due);
  data_append_pair_integer(out, "at", clock->at);
  data_append_pair_integer(out, "base", clock->base);
}

static void patch_integer(keeping *k, const char *field, int64_t value) {
  data_value is = {0};
  if (field == NULL) return;
  data_map_find(k->after, field, &is);
  if (value == 0 ? is.type == DATA_NIL : is.type == DATA_INTEGER && is.as.integer == value) return;
  data_append_text(k->patch, field);
  if (value == 0) {
    data_append_nil(k->patch);
  } else {
    data_append_integer(k->patch, value);
  }
  k->patches++;
}

/* The first percent above the level, at the instant when so much will have passed. */
static base_code next_percent(keeping *k, const data_clock *row, int64_t level, reading *clock) {
  const data_span *span = &row->spans[clock->span].span;
  const int64_t *step = row->ladder;
  while (*step != 0 && *step <= level) step++;
  clock->at = 0;
  if (*step == 0) return BASE_OK;
  if (*step == PERCENT) {
    clock->at = not_at_once(k->ctx, clock->due);
    return BASE_OK;
  }
  int64_t wanted = clock->total * *step / PERCENT - clock->passed;
  int64_t from = clock->from;
  if (*step > PERCENT) {
    wanted = clock->total * (*step - PERCENT) / PERCENT;
    from = clock->due;
  }
  BASE_TRY(model_span_add(k->ctx, span, from, wanted < 0 ? 0 : wanted, &clock->at));
  clock->at = not_at_once(k->ctx, clock->at);
  return BASE_OK;
}

static base_code next_step(keeping *k, const data_clock *row, int64_t level, reading *clock) {
  const data_span *span = &row->spans[clock->span].span;
  if (row->ladder != NULL) return next_percent(k, row, level, clock);
  if (!row->every) return BASE_OK;
  int64_t times = level - clock->base + 1;
  BASE_TRY(model_span_end(k->ctx, span, clock->from, times, &clock->due));
  clock->at = not_at_once(k->ctx, clock->due);
  return BASE_OK;
}

/* From `from` on with nothing passed. */
static base_code wind(keeping *k, const data_clock *row, int64_t from, reading *clock) {
  const data_span *span = &row->spans[clock->span].span;
  clock->begun = clock->from = from;
  clock->passed = 0;
  BASE_TRY(model_span_end(k->ctx, span, from, 1, &clock->due));
  return model_span_passed(k->ctx, span, from, clock->due, &clock->total);
}

static base_code stop(keeping *k, const data_clock *row, reading *clock) {
  const data_span *span = &row->spans[clock->span].span;
  int64_t more = 0;
  if (clock->from == 0) return BASE_OK;
  BASE_TRY(model_span_passed(k->ctx, span, clock->from, k->ctx->now, &more));
  clock->passed += more;
  clock->from = clock->due = clock->at = 0;
  return BASE_OK;
}

/* What was to end with a working day still does. */
static base_code resume(keeping *k, const data_clock *row, int64_t level, reading *clock) {
  const data_span *span = &row->spans[clock->span].span;
  int64_t left = clock->total - clock->passed;
  clock->from = k->ctx->now;
  clock->base = level;
  BASE_TRY(model_span_add(k->ctx, span, clock->from, left < 0 ? 0 : left, &clock->due));
  if (span->working_days == 0) return BASE_OK;
  data_date day = data_zone_date(k->ctx->zone, clock->due);
  clock->due = span->at == DATA_SPAN_NO_TIME ? data_zone_midnight(k->ctx->zone, day + 1)
                                             : data_zone_time(k->ctx->zone, day, span->at * 60);
  return BASE_OK;
}

static int64_t choose_span(const keeping *k, const model_clock *clock) {
  for (size_t i = 0; i < clock->row->span_count; i++) {
    if (model_where_match(clock->wheres[i], k->after)) return (int64_t)i;
  }
  return -1;
}

/* A clock that begins, or that another span holds for now: from its beginning on. */
static base_code begin(keeping *k, const data_clock *row, int64_t chosen, bool fresh, bool *runs,
                       reading *clock) {
  int64_t from = 0;
  clock->span = chosen;
  *runs = model_span_since(k->ctx, &row->spans[chosen].span, k->after,
                           fresh ? k->ctx->now : clock->begun, &from);
  return *runs ? wind(k, row, from, clock) : BASE_OK;
}

/* False: the clock does not run for this record. */
static base_code keep_clock(keeping *k, const model_clock *given, bool *kept, reading *clock) {
  const data_clock *row = given->row;
  base_slice old = part_of(k->old, "clocks", base_slice_text(row->name));
  bool pauses = data_states_has(row->pauses, k->state);
  int64_t chosen = choose_span(k, given);
  int64_t level = row->level == NULL ? 0 : data_map_integer(k->after, row->level, 0);
  *clock = read_clock(old);
  bool fresh = old.size == 0 || clock->span >= (int64_t)row->span_count;
  *kept = chosen >= 0 && (pauses || data_states_has(row->runs, k->state));
  if (!*kept) return BASE_OK;
  bool rewound = fresh || chosen != clock->span || field_changed(k, row->spans[chosen].span.since);
  bool stood = !fresh && clock->from == 0;
  if (rewound) BASE_TRY(begin(k, row, chosen, fresh, kept, clock));
  if (!*kept) return BASE_OK;
  if (fresh) {
    level = 0;
    clock->base = 0;
    patch_integer(k, row->level, 0);
  }
  if (pauses) return stop(k, row, clock);
  if (stood && !rewound) BASE_TRY(resume(k, row, level, clock));
  bool stepped = rewound || stood || field_changed(k, row->level);
  return stepped ? next_step(k, row, level, clock) : BASE_OK;
}

static base_code keep_clocks(keeping *k, base_buffer *out, size_t *pairs) {
  base_buffer clocks = {0};
  size_t place = data_append_open_map(&clocks);
  size_t count = 0;
  base_code code = BASE_OK;
  for (size_t i = 0; code == BASE_OK && i < k->states->clock_count; i++) {
    const model_clock *clock = &k->states->clocks[i];
    bool kept = false;
    reading made;
    code = keep_clock(k, clock, &kept, &made);
    if (code == BASE_OK && !kept) patch_integer(k, clock->row->due, 0);
    if (code != BASE_OK || !kept) continue;
    append_clock(clock->row->name, &made, &clocks);
    patch_integer(k, clock->row->due, made.due);
    count++;
  }
  data_append_close(&clocks, place, count);
  if (code == BASE_OK && count > 0) {
    data_append_pair_raw(out, "clocks", base_buffer_slice(&clocks));
    *pairs += 1;
  }
  base_buffer_fini(&clocks);
  return code;
}

/* --- a record ------------------------------------------------------------------------------------- */

static base_code keep_field(keeping *k, base_buffer *out) {
  const char *field = k->states->field->name;
  size_t pairs = 1;
  k->state = data_map_text(k->after, field);
  k->entered = k->old.size == 0 || !base_slice_equal(k->state, data_map_text(k->before, field));
  int64_t known = data_map_integer(k->old, "since", k->ctx->now);
  k->since = k->entered ? k->ctx->now : known;
  data_append_text(out, field);
  size_t place = data_append_open_map(out);
  data_append_pair_integer(out, "since", k->since);
  BASE_TRY(keep_delays(k, out, &pairs));
  BASE_TRY(keep_clocks(k, out, &pairs));
  data_append_close(out, place, pairs);
  return BASE_OK;
}

static base_code keep_all(crm_ctx *ctx, const model_type *type, base_slice before, base_slice after,
                          base_buffer *timing, keeping *k) {
  data_value was = {0};
  size_t place = data_append_open_map(timing);
  size_t count = 0;
  data_map_find(before, MODEL_TIMING, &was);
  for (size_t i = 0; i < type->states_count; i++) {
    const model_states *states = &type->states[i];
    data_value old = {0};
    if (!states->timed) continue;
    if (was.type == DATA_MAP) data_map_find(was.raw, states->field->name, &old);
    *k = (keeping){.ctx = ctx,
                   .states = states,
                   .before = before,
                   .after = after,
                   .old = old.type == DATA_MAP ? old.raw : (base_slice){0},
                   .patch = k->patch,
                   .patches = k->patches};
    BASE_TRY(keep_field(k, timing));
    count++;
  }
  data_append_close(timing, place, count);
  return BASE_OK;
}

static bool is_timed(const model_type *type) {
  for (size_t i = 0; i < type->states_count; i++) {
    if (type->states[i].timed) return true;
  }
  return false;
}

base_code model_states_time(crm_ctx *ctx, const model_type *type, base_slice before,
                            base_slice *after) {
  if (!is_timed(type)) return BASE_OK;
  base_buffer timing = {0};
  base_buffer patch = {0};
  base_buffer out = {0};
  keeping k = {.patch = &patch};
  size_t place = data_append_open_map(&patch);
  base_code code = keep_all(ctx, type, before, *after, &timing, &k);
  if (code == BASE_OK) {
    data_append_pair_raw(&patch, MODEL_TIMING, base_buffer_slice(&timing));
    data_append_close(&patch, place, k.patches + 1);
    data_splice(*after, base_buffer_slice(&patch), &out);
    *after = base_arena_slice(ctx->arena, base_buffer_slice(&out));
  }
  base_buffer_fini(&timing);
  base_buffer_fini(&patch);
  base_buffer_fini(&out);
  return code;
}
