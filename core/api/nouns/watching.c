/* watching: what the server counts, and whether it takes requests. */
#include "api/engine_state.h"
#include "api/nouns/nouns.h"
#include "api/pause.h"
#include "api/tally.h"
#include "base/map.h"
#include "base/metric.h"

#define NANOSECONDS_PER_MS ((uint64_t)1000000)

typedef struct list {
  base_buffer *out;
  size_t count;
} list;

static int64_t whole(uint64_t number) {
  return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

/* --- values ------------------------------------------------------------------------------------- */

static void append_value(const char *name, int64_t value, void *self) {
  list *values = self;
  data_append_pair_integer(values->out, name, value);
  values->count++;
}

/* How late the earliest timer is; not while a pause keeps all of them. */
static int64_t timer_lag(const crm_ctx *ctx, bool paused) {
  model_timer timer;
  if (paused || !model_timer_first(ctx->set, ctx->arena, &timer)) return 0;
  return timer.due < ctx->now ? ctx->now - timer.due : 0;
}

static void append_gauges(const crm_ctx *ctx, const api_engine *engine, list *values) {
  store_gauges gauges = store_gauges_get(engine->store);
  bool paused = api_pause_get(ctx->set);
  uint64_t up = base_clock_monotonic() - engine->opened;
  append_value("api_uptime_ms", whole(up / NANOSECONDS_PER_MS), values);
  append_value("api_paused_boolean", paused, values);
  append_value("api_timer_lag_ms", timer_lag(ctx, paused), values);
  append_value("store_tail_entries", whole(gauges.tail_entries), values);
  append_value("store_tail_bytes", whole(gauges.tail_bytes), values);
  append_value("store_views_open", whole(gauges.views), values);
  append_value("store_view_oldest_ms", whole(gauges.view_ms), values);
  append_value("store_data_bytes", whole(gauges.data_bytes), values);
  append_value("store_disk_free_bytes", whole(gauges.free_bytes), values);
  append_value("store_space_level", (int64_t)store_space_get(engine->store), values);
}

static void append_values(const crm_ctx *ctx, const api_engine *engine, base_buffer *out) {
  list values = {.out = out};
  data_append_text(out, "values");
  size_t place = data_append_open_map(out);
  append_gauges(ctx, engine, &values);
  base_metric_each(append_value, &values);
  data_append_close(out, place, values.count);
}

/* How many messages wait; a lane takes from its mailbox what it works on. */
static void append_lanes(const api_engine *engine, base_buffer *out) {
  data_append_text(out, "lanes");
  data_append_map(out, 5);
  data_append_pair_integer(out, "writer", whole(io_lane_waiting(engine->writer)));
  data_append_pair_integer(out, "reader", whole(io_lane_waiting(engine->readers)));
  data_append_pair_integer(out, "prepare", whole(io_lane_waiting(engine->prepare)));
  data_append_pair_integer(out, "long", whole(io_lane_waiting(engine->jobs)));
  data_append_pair_integer(out, "drain", whole(io_lane_waiting(engine->drain)));
}

static void append_errors(base_buffer *out) {
  list codes = {.out = out};
  data_append_text(out, "errors");
  size_t place = data_append_open_map(out);
  for (base_code code = BASE_OK + 1; code <= BASE_INTERNAL; code++) {
    append_value(base_code_name(code), whole(api_tally_errors(code)), &codes);
  }
  data_append_close(out, place, codes.count);
}

/* --- histograms --------------------------------------------------------------------------------- */

static void append_bounds(base_buffer *out) {
  data_append_text(out, "bounds");
  data_append_array(out, BASE_HISTOGRAM_BUCKETS - 1);
  for (size_t i = 0; i + 1 < BASE_HISTOGRAM_BUCKETS; i++) {
    data_append_integer(out, whole(base_histogram_bound(i)));
  }
}

/* Three pairs of a map that is open. */
static void append_sum(const base_histogram_sum *sum, base_buffer *out) {
  data_append_pair_integer(out, "count", whole(sum->count));
  data_append_pair_integer(out, "sum", whole(sum->sum));
  data_append_text(out, "buckets");
  data_append_array(out, BASE_HISTOGRAM_BUCKETS);
  for (size_t i = 0; i < BASE_HISTOGRAM_BUCKETS; i++) {
    data_append_integer(out, whole(sum->buckets[i]));
  }
}

static void append_histogram(const char *name, const base_histogram_sum *sum, void *self) {
  list *histograms = self;
  data_append_text(histograms->out, name);
  data_append_map(histograms->out, 3);
  append_sum(sum, histograms->out);
  histograms->count++;
}

static void append_histograms(base_buffer *out) {
  list histograms = {.out = out};
  data_append_text(out, "histograms");
  size_t place = data_append_open_map(out);
  base_histogram_each(append_histogram, &histograms);
  data_append_close(out, place, histograms.count);
}

/* --- ops and packages --------------------------------------------------------------------------- */

typedef struct package_sum {
  int64_t calls;
  int64_t errors;
} package_sum;

typedef struct op_list {
  list ops;
  base_arena *arena;
  base_map *packages; /* name → package_sum */
} op_list;

static package_sum *sum_of(op_list *ops, const char *package) {
  package_sum *sum = base_map_get(ops->packages, base_slice_text(package));
  if (sum != NULL) return sum;
  sum = BASE_NEW(ops->arena, package_sum);
  (void)base_map_put(ops->packages, base_slice_text(package), sum);
  return sum;
}

/* Ops that nobody called are left out. */
static void append_op(const api_op *op, void *self) {
  op_list *all = self;
  base_buffer *out = all->ops.out;
  package_sum *package = sum_of(all, op->package);
  base_histogram_sum sum = base_histogram_read(&op->tally->us);
  int64_t errors = whole(atomic_load(&op->tally->errors));
  if (sum.count == 0) return;
  package->calls += whole(sum.count);
  package->errors += errors;
  data_append_map(out, 6);
  data_append_pair_text(out, "op", op->name);
  data_append_pair_text(out, "package", op->package);
  data_append_pair_integer(out, "errors", errors);
  append_sum(&sum, out);
  all->ops.count++;
}

static bool append_package(base_slice name, void *value, void *self) {
  list *packages = self;
  const package_sum *sum = value;
  data_append_slice(packages->out, name);
  data_append_map(packages->out, 2);
  data_append_pair_integer(packages->out, "count", sum->calls);
  data_append_pair_integer(packages->out, "errors", sum->errors);
  packages->count++;
  return true;
}

static void append_ops(crm_ctx *ctx, base_buffer *out) {
  op_list all = {.ops.out = out, .arena = ctx->arena, .packages = base_map_new()};
  list packages = {.out = out};
  data_append_text(out, "ops");
  size_t place = data_append_open_array(out);
  api_registry_each_op(api_execution_of(ctx)->registry, append_op, &all);
  data_append_close(out, place, all.ops.count);
  data_append_text(out, "packages");
  place = data_append_open_map(out);
  base_map_each(all.packages, append_package, &packages);
  data_append_close(out, place, packages.count);
  base_map_free(all.packages);
}

static base_code run_metrics(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  const api_engine *engine = api_execution_of(ctx)->engine;
  (void)params;
  (void)self;
  data_append_map(result, 7);
  append_values(ctx, engine, result);
  append_lanes(engine, result);
  append_errors(result);
  append_bounds(result);
  append_histograms(result);
  append_ops(ctx, result);
  return BASE_OK;
}

/* --- ready -------------------------------------------------------------------------------------- */

static base_code run_ready(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  static const char *const spaces[] = {"room", "reserve", "none"};
  const api_engine *engine = api_execution_of(ctx)->engine;
  bool ready = !atomic_load(&engine->draining);
  (void)params;
  (void)self;
  data_append_map(result, 4);
  data_append_pair_boolean(result, "ready", ready);
  data_append_pair_text(result, "state", ready ? "serving" : "draining");
  data_append_pair_boolean(result, "paused", api_pause_get(ctx->set));
  data_append_pair_text(result, "space", spaces[store_space_get(engine->store)]);
  return BASE_OK;
}

/* --- rows --------------------------------------------------------------------------------------- */

static const data_field metrics_result[] = {
    {.name = "values",
     .kind = DATA_KIND_MAP,
     .doc = "Name → number: what ends in _total only grows, the rest goes up and down."},
    {.name = "lanes", .kind = DATA_KIND_MAP, .doc = "Lane → how many requests wait for it."},
    {.name = "errors", .kind = DATA_KIND_MAP, .doc = "Code → how many ops failed with it."},
    {.name = "bounds",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_INTEGER,
     .doc = "The largest value of each bucket but the last, which has no bound."},
    {.name = "histograms",
     .kind = DATA_KIND_MAP,
     .doc = "Name → {count, sum, buckets}: how often a value fell into each bucket."},
    {.name = "ops",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .doc = "{op, package, errors, count, sum, buckets} of each op that was called; values are "
            "microseconds from the request to its reply."},
    {.name = "packages",
     .kind = DATA_KIND_MAP,
     .doc = "Package → {count, errors} of its ops together."},
    {.name = NULL}};

static const char *const states[] = {"serving", "draining", NULL};
static const char *const spaces_known[] = {"room", "reserve", "none", NULL};

static const data_field ready_result[] = {
    {.name = "ready", .kind = DATA_KIND_BOOLEAN, .doc = "Whether new requests are taken."},
    {.name = "state",
     .kind = DATA_KIND_CHOICE,
     .choices = states,
     .doc = "draining: what is under way is answered, then the server ends."},
    {.name = "paused",
     .kind = DATA_KIND_BOOLEAN,
     .doc = "After a restore, until server.resume: no timer fires."},
    {.name = "space",
     .kind = DATA_KIND_CHOICE,
     .choices = spaces_known,
     .doc = "What the disk has left: room; the reserve, so that only deleting works; or none, so "
            "that only reads do."},
    {.name = NULL}};

const api_op api_ops_watching[] = {
    {.name = "server.metrics",
     .flags = API_ADMIN | API_AT_ONCE,
     .since = "2",
     .result = metrics_result,
     .doc = "{values, lanes, errors, bounds, histograms, ops, packages}: everything that is "
            "counted since the server started.",
     .doc_zh = "启动以来的全部计数：数值、队列、错误、延迟分布，按操作和按包。",
     .run = run_metrics},
    {.name = "server.ready",
     .flags = API_AT_ONCE,
     .since = "2",
     .result = ready_result,
     .doc = "{ready, state, paused, space}: whether the server takes new requests.",
     .doc_zh = "是否接受新请求、是否暂停、磁盘余量。",
     .run = run_ready},
    {.name = NULL}};
