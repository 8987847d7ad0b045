/* schedule: see schedule.h.
 *
 * Memory:  the ctx's arena.  Threads, Fails: as the header says. */
#include "api/schedule.h"

#include "api/execution.h"

/* --- what is in force ------------------------------------------------------------------------------ */

static base_slice full_name(crm_ctx *ctx, const char *package, const char *name) {
  base_buffer text = {0};
  base_buffer_format(&text, "%s.%s", package, name);
  return model_ctx_take(ctx, &text);
}

static void make_key(data_key *key, base_slice name) {
  data_key_init(key);
  data_key_text(key, base_slice_text("schedule"), DATA_KEY_HASH);
  data_key_text(key, name, DATA_KEY_HASH);
}

static base_slice force_of(const crm_ctx *ctx, base_slice name) {
  data_key key;
  base_slice value;
  make_key(&key, name);
  return store_get(ctx->set, STORE_META, data_key_slice(&key), &value) ? value : (base_slice){0};
}

/* What was in force before `from` was kept with it counted from the same day. */
static bool stays(base_slice force, const api_schedule *schedule) {
  return base_slice_is(data_map_text(force, "rrule"), schedule->rrule) &&
         data_map_integer(force, "from", schedule->from) == schedule->from;
}

static base_code put_force(crm_ctx *ctx, base_slice name, const api_schedule *schedule,
                           int64_t generation) {
  data_key key;
  base_buffer value = {0};
  make_key(&key, name);
  data_append_map(&value, 3);
  data_append_pair_text(&value, "rrule", schedule->rrule);
  data_append_pair_integer(&value, "from", schedule->from);
  data_append_pair_integer(&value, "generation", generation);
  base_slice kept = model_ctx_take(ctx, &value);
  return store_put(ctx->set, STORE_META, data_key_slice(&key), kept, ctx->error);
}

/* --- the timer ------------------------------------------------------------------------------------- */

static base_code put_timer(crm_ctx *ctx, const char *package, const api_schedule *schedule,
                           int64_t generation, int64_t after) {
  base_buffer params = {0};
  int64_t due = 0;
  BASE_TRY(data_recurrence_next(base_slice_text(schedule->rrule), ctx->zone, schedule->from, after,
                                &due, ctx->error));
  if (due == INT64_MAX) return BASE_OK;
  data_append_map(&params, 4);
  data_append_pair_text(&params, "package", package);
  data_append_pair_text(&params, "name", schedule->name);
  data_append_pair_integer(&params, "generation", generation);
  data_append_pair_integer(&params, "due", due);
  model_timer timer = {.due = due,
                       .op = base_slice_text(API_SCHEDULE_OP),
                       .name = full_name(ctx, package, schedule->name),
                       .params = model_ctx_take(ctx, &params),
                       .actor = base_slice_text("system"),
                       .package = base_slice_text(package)};
  return model_timer_keep(ctx, &timer);
}

typedef struct writing {
  crm_ctx *ctx;
  const api_registry *registry;
  base_code code;
} writing;

static base_code write_one(const writing *w, const api_package *package,
                           const api_schedule *schedule) {
  const api_op *op;
  base_slice name = full_name(w->ctx, package->name, schedule->name);
  base_slice force = force_of(w->ctx, name);
  int64_t generation = data_map_integer(force, "generation", 0) + 1;
  BASE_TRY(api_registry_op(w->registry, base_slice_text(schedule->op), &op, w->ctx->error));
  if (stays(force, schedule)) return BASE_OK;
  BASE_TRY(put_force(w->ctx, name, schedule, generation));
  return put_timer(w->ctx, package->name, schedule, generation, w->ctx->now);
}

static void write_package(const api_package *package, void *self) {
  writing *w = self;
  const api_schedule *schedule = package->schedules;
  if (!api_registry_enabled(w->registry, package->name)) return;
  for (; schedule != NULL && schedule->name != NULL && w->code == BASE_OK; schedule++) {
    w->code = write_one(w, package, schedule);
  }
}

base_code api_schedule_write(crm_ctx *ctx, const api_registry *registry) {
  writing w = {.ctx = ctx, .registry = registry};
  api_registry_each_package(registry, write_package, &w);
  return w.code;
}

/* --- firing ---------------------------------------------------------------------------------------- */

typedef struct search {
  const api_registry *registry;
  base_slice package;
  base_slice name;
  const char *owner;
  const api_schedule *found;
} search;

static void look(const api_package *package, void *self) {
  search *s = self;
  const api_schedule *schedule = package->schedules;
  if (!base_slice_is(s->package, package->name)) return;
  if (!api_registry_enabled(s->registry, package->name)) return;
  for (; schedule != NULL && schedule->name != NULL; schedule++) {
    if (!base_slice_is(s->name, schedule->name)) continue;
    s->owner = package->name;
    s->found = schedule;
  }
}

/* A schedule that its package has no more, or whose package is disabled, is in force no more: when it
 * comes back, it begins anew. */
static base_code end_force(crm_ctx *ctx, base_slice name) {
  data_key key;
  make_key(&key, name);
  return store_delete(ctx->set, STORE_META, data_key_slice(&key), ctx->error);
}

static base_code call(crm_ctx *ctx, const api_schedule *schedule) {
  static const uint8_t empty_map[] = {0x80};
  base_slice params = schedule->params;
  base_buffer out = {0};
  if (params.size == 0) params = base_slice_make(empty_map, sizeof empty_map);
  base_code code = ctx->call(ctx, base_slice_text(schedule->op), params, &out);
  base_buffer_fini(&out);
  return code;
}

/* Behind which instant the next one is looked for. Of what is skipped the last may still be in time. */
static int64_t gone_by(const crm_ctx *ctx, data_policy policy, int64_t due, bool missed) {
  int64_t present = ctx->now;
  if (policy == DATA_LATE) return due;
  if (policy == DATA_SKIP && missed) present -= model_timer_missed_ms(ctx) + 1;
  return due > present ? due : present;
}

static base_code fire(crm_ctx *ctx, const search *s, int64_t generation, int64_t due) {
  const api_schedule *schedule = s->found;
  bool missed = model_timer_missed(ctx, due);
  int64_t after = gone_by(ctx, schedule->policy, due, missed);
  BASE_TRY(put_timer(ctx, s->owner, schedule, generation, after));
  return missed && schedule->policy == DATA_SKIP ? BASE_OK : call(ctx, schedule);
}

base_code api_schedule_fire(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  const api_registry *registry = api_execution_of(ctx)->registry;
  search s = {.registry = registry,
              .package = data_map_text(params, "package"),
              .name = data_map_text(params, "name")};
  int64_t generation = data_map_integer(params, "generation", 0);
  base_buffer text = {0};
  base_buffer_format(&text, "%.*s.%.*s", BASE_SLICE_ARGS(s.package), BASE_SLICE_ARGS(s.name));
  base_slice name = model_ctx_take(ctx, &text);
  api_registry_each_package(registry, look, &s);
  data_append_map(result, 0);
  if (data_map_integer(force_of(ctx, name), "generation", 0) != generation) return BASE_OK;
  if (s.found == NULL) return end_force(ctx, name);
  return fire(ctx, &s, generation, data_map_integer(params, "due", ctx->now));
}
