/* route: the package with the op route.plan: stops in, a good order out. How far it is stands in
 * distance.h, how a short way is found in tour.h, and why in README.md; here params are read and the
 * answer is written.
 *
 * Memory:  everything lives in the op's ctx.
 * Threads: any; `host` and the limits are written by start only.
 * Fails:   INVALID_ARGUMENT naming the stop at fault. */
#include <crm/plugin.h>
#include <stdio.h>

#include "distance.h"
#include "tour.h"

#define NOWHERE UINT32_MAX /* no stop */

static const crm_host *host;
static int64_t stops_most;
static int64_t kicks_per_stop;

static int start(crm_ctx *ctx, const crm_host *lent, crm_slice config, void *self) {
  (void)ctx, (void)self;
  host = lent;
  stops_most = host->lookup(config, "stops").integer;
  kicks_per_stop = host->lookup(config, "kicks").integer;
  return CRM_OK;
}

/* --- coordinates ------------------------------------------------------------------------------- */

/* How the coordinates of one request are given. */
typedef struct coordinates {
  const char *metric;
  const char *names[2];
  double most[2]; /* in either direction */
  distance_metric distance;
} coordinates;

static const coordinates on_earth = {.metric = "haversine",
                                     .names = {"lat", "lon"},
                                     .most = {90, 180},
                                     .distance = distance_haversine};
static const coordinates in_plane = {.metric = "euclidean",
                                     .names = {"x", "y"},
                                     .most = {DISTANCE_PLANE_MAX, DISTANCE_PLANE_MAX},
                                     .distance = distance_euclidean};

typedef struct plan {
  crm_ctx *ctx;
  const coordinates *in;
  uint32_t count;
  uint32_t start; /* NOWHERE: wherever it is best */
  uint32_t end;
  int64_t *ids;
  distance_point *points;
} plan;

/* "36.6512" as fields of kind decimal are stored. */
static bool read_decimal(crm_slice text, double *number) {
  double sign = 1;
  double scale = 1;
  bool behind = false;
  bool digits = false;
  size_t i = text.size > 0 && text.data[0] == '-' ? 1 : 0;
  if (i == 1) sign = -1;
  for (*number = 0; i < text.size; i++) {
    char c = text.data[i];
    if (c == '.' && !behind) {
      behind = true;
    } else if (c >= '0' && c <= '9') {
      digits = true;
      *number = *number * 10 + (c - '0');
      if (behind) scale *= 10;
    } else {
      return false;
    }
  }
  *number = sign * *number / scale;
  return digits;
}

static bool read_number(crm_value value, double *number) {
  *number = value.type == CRM_FLOAT ? value.number : (double)value.integer;
  if (value.type == CRM_TEXT) return read_decimal(value.bytes, number);
  return value.type == CRM_FLOAT || value.type == CRM_INTEGER;
}

static int read_coordinate(const plan *to, uint32_t stop, crm_slice map, int axis, double *number) {
  const char *name = to->in->names[axis];
  double most = to->in->most[axis];
  char field[48];
  if (read_number(host->lookup(map, name), number) && *number >= -most && *number <= most) {
    return CRM_OK;
  }
  (void)snprintf(field, sizeof field, "stops[%u].%s", stop, name);
  return host->fail(
      to->ctx, CRM_INVALID_ARGUMENT, field,
      "第 %u 站需要 %s：-%.0f 到 %.0f 之间的数（各站用同一种坐标，lat 和 lon 或 x 和 y）",
      "stop %u needs %s, a number from -%.0f to %.0f (lat and lon, or x and y, the same "
      "for all stops)",
      stop + 1, name, most, most);
}

/* --- stops ------------------------------------------------------------------------------------- */

static uint32_t find_stop(const plan *of, int64_t id) {
  uint32_t stop = 0;
  while (stop < of->count && of->ids[stop] != id) stop++;
  return stop < of->count ? stop : NOWHERE;
}

static int read_stop(plan *to, crm_slice map) {
  uint32_t stop = to->count;
  int64_t id = host->lookup(map, "id").integer;
  char field[48];
  if (find_stop(to, id) != NOWHERE) {
    (void)snprintf(field, sizeof field, "stops[%u].id", stop);
    return host->fail(to->ctx, CRM_INVALID_ARGUMENT, field, "编号 %lld 的站出现了两次",
                      "there are two stops with id %lld", (long long)id);
  }
  CRM_TRY(read_coordinate(to, stop, map, 0, &to->points[stop].a));
  CRM_TRY(read_coordinate(to, stop, map, 1, &to->points[stop].b));
  to->ids[stop] = id;
  to->count++;
  return CRM_OK;
}

/* The first stop says how coordinates are given. */
static int choose_coordinates(plan *to, crm_slice params, crm_slice first) {
  crm_slice metric = host->lookup(params, "metric").bytes;
  bool earth = host->lookup(first, "lat").type != CRM_NIL;
  to->in = earth ? &on_earth : &in_plane;
  if (metric.size == 0 || crm_is(metric, to->in->metric)) return CRM_OK;
  return host->fail(to->ctx, CRM_INVALID_ARGUMENT, "metric",
                    "haversine 用 lat 和 lon，euclidean 用 x 和 y",
                    "haversine takes lat and lon, euclidean takes x and y");
}

static int read_stops(plan *to, crm_slice params) {
  crm_value stops = host->lookup(params, "stops");
  crm_walk walk = crm_walk_begin(stops.raw);
  if (stops.count > stops_most) {
    return host->fail(to->ctx, CRM_TOO_LARGE, "stops",
                      "一次最多规划 %lld 站：请分成几条路线，或调大 packages.config.route.stops",
                      "at most %lld stops in one plan: make several routes of them, or raise "
                      "packages.config.route.stops",
                      (long long)stops_most);
  }
  to->ids = host->alloc(to->ctx, stops.count * sizeof *to->ids);
  to->points = host->alloc(to->ctx, stops.count * sizeof *to->points);
  while (host->walk(&walk)) {
    if (to->count == 0) CRM_TRY(choose_coordinates(to, params, walk.value.raw));
    CRM_TRY(read_stop(to, walk.value.raw));
  }
  return CRM_OK;
}

static int read_end(const plan *of, crm_slice params, const char *name, uint32_t *stop) {
  crm_value id = host->lookup(params, name);
  *stop = id.type == CRM_NIL ? NOWHERE : find_stop(of, id.integer);
  if (id.type == CRM_NIL || *stop != NOWHERE) return CRM_OK;
  return host->fail(of->ctx, CRM_INVALID_ARGUMENT, name, "stops 里没有编号 %lld 的站",
                    "no stop has the id %lld", (long long)id.integer);
}

/* --- the order --------------------------------------------------------------------------------- */

/* A round tour comes back to where it began. */
static bool is_round(const plan *of) {
  return of->start == of->end;
}

/* A way with two ends becomes a round tour by one more node, between the ends: near to where an end has to
 * be, far from everything else. */
static void add_joint(const plan *of, const int32_t *from, int32_t *to) {
  uint32_t count = of->count + 1;
  for (uint32_t i = 0; i < of->count; i++) {
    memcpy(to + (size_t)i * count, from + (size_t)i * of->count, of->count * sizeof *to);
    int32_t joint = i == of->start || i == of->end ? 0 : TOUR_FAR;
    to[(size_t)i * count + of->count] = joint;
    to[(size_t)of->count * count + i] = joint;
  }
  to[(size_t)count * count - 1] = 0;
}

static uint32_t place_of(const uint32_t *order, uint32_t node) {
  uint32_t place = 0;
  while (order[place] != node) place++;
  return place;
}

/* Reads the tour from the place on, in either direction. */
static void unroll(const uint32_t *tour, uint32_t size, uint32_t place, bool forward,
                   uint32_t count, uint32_t *order) {
  for (uint32_t i = 0; i < count; i++) {
    order[i] = tour[place];
    place = forward ? (place + 1) % size : (place + size - 1) % size;
  }
}

static void solve(const plan *of, const int32_t *matrix, uint32_t *order) {
  uint32_t size = of->count + !is_round(of);
  tour_problem problem = {
      .distances = matrix, .count = size, .kicks = (uint32_t)(kicks_per_stop * size)};
  if (!is_round(of)) {
    int32_t *joined = host->alloc(of->ctx, (size_t)size * size * sizeof *joined);
    add_joint(of, matrix, joined);
    problem.distances = joined;
  }
  uint32_t *tour = host->alloc(of->ctx, size * sizeof *tour);
  (void)tour_solve(&problem, host->alloc(of->ctx, tour_size(size)), tour);
  if (is_round(of)) {
    unroll(tour, size, place_of(tour, of->start == NOWHERE ? 0 : of->start), true, size, order);
    return;
  }
  uint32_t joint = place_of(tour, of->count);
  uint32_t behind = tour[(joint + 1) % size];
  bool forward = of->start == NOWHERE ? behind != of->end : behind == of->start;
  uint32_t first = forward ? (joint + 1) % size : (joint + size - 1) % size;
  unroll(tour, size, first, forward, of->count, order);
}

/* --- the answer -------------------------------------------------------------------------------- */

static void answer(const plan *of, const int32_t *matrix, const uint32_t *order, crm_out *result) {
  int64_t length = 0;
  uint32_t legs = is_round(of) ? of->count : of->count - 1;
  host->begin(result, CRM_MAP);
  crm_put_begin(host, result, "order", CRM_ARRAY);
  for (uint32_t i = 0; i < of->count; i++) host->append(result, crm_integer(of->ids[order[i]]));
  host->end(result);
  crm_put_begin(host, result, "legs", CRM_ARRAY);
  for (uint32_t i = 0; i < legs; i++) {
    int32_t leg = matrix[(size_t)order[i] * of->count + order[(i + 1) % of->count]];
    host->append(result, crm_integer(leg));
    length += leg;
  }
  host->end(result);
  crm_put(host, result, "length", crm_integer(length));
  crm_put(host, result, "round", crm_boolean(is_round(of)));
  crm_put(host, result, "metric", crm_string(crm_text(of->in->metric)));
  host->end(result);
}

static int run_plan(crm_ctx *ctx, crm_slice params, crm_out *result, void *self) {
  plan of = {.ctx = ctx, .in = &in_plane};
  (void)self;
  CRM_TRY(read_stops(&of, params));
  CRM_TRY(read_end(&of, params, "start", &of.start));
  CRM_TRY(read_end(&of, params, "end", &of.end));
  int32_t *matrix = host->alloc(ctx, (size_t)of.count * of.count * sizeof *matrix);
  uint32_t *order = host->alloc(ctx, of.count * sizeof *order);
  distance_fill(of.in->distance, of.points, of.count, matrix);
  solve(&of, matrix, order);
  answer(&of, matrix, order, result);
  return CRM_OK;
}

/* --- description ------------------------------------------------------------------------------- */

static const crm_field config[] = {
    {.name = "stops",
     .kind = CRM_KIND_INTEGER,
     .initial = "1000",
     .flags = CRM_BOUNDED,
     .min = 2,
     .max = 2000,
     .doc = "Stops of one plan at most; memory grows with their square, 4 bytes each pair."},
    {.name = "kicks",
     .kind = CRM_KIND_INTEGER,
     .initial = "50",
     .flags = CRM_BOUNDED,
     .min = 0,
     .max = 200,
     .doc = "Random changes tried for each stop: more take longer and find shorter tours."},
    {0}};

static const char *const metrics[] = {"haversine", "euclidean", NULL};

static const crm_field stop_fields[] = {
    {.name = "id",
     .kind = CRM_KIND_INTEGER,
     .flags = CRM_REQUIRED,
     .doc = "What the answer calls the stop; each once."},
    {.name = "lat", .kind = CRM_KIND_ANY, .doc = "Latitude in degrees, a number or decimal text."},
    {.name = "lon", .kind = CRM_KIND_ANY, .doc = "Longitude in degrees."},
    {.name = "x", .kind = CRM_KIND_ANY, .doc = "In the plane, metres to the east."},
    {.name = "y", .kind = CRM_KIND_ANY, .doc = "In the plane, metres to the north."},
    {0}};

static const crm_field params[] = {
    {.name = "stops",
     .kind = CRM_KIND_LIST,
     .of = CRM_KIND_MAP,
     .fields = stop_fields,
     .flags = CRM_REQUIRED | CRM_BOUNDED,
     .min = 1,
     .max = 2000,
     .doc = "In any order, all with lat and lon or all with x and y."},
    {.name = "start",
     .kind = CRM_KIND_INTEGER,
     .doc = "Id of the stop where the way begins. With no start and no end, or both the same, it "
            "comes "
            "back to where it began."},
    {.name = "end", .kind = CRM_KIND_INTEGER, .doc = "Id of the stop where the way ends."},
    {.name = "metric",
     .kind = CRM_KIND_CHOICE,
     .choices = metrics,
     .doc = "haversine for lat and lon, euclidean for x and y; follows from the stops."},
    {0}};

static const crm_field result_fields[] = {
    {.name = "order",
     .kind = CRM_KIND_LIST,
     .of = CRM_KIND_INTEGER,
     .doc = "Ids in the order of the way."},
    {.name = "legs",
     .kind = CRM_KIND_LIST,
     .of = CRM_KIND_INTEGER,
     .doc = "Metres from each stop to the next; of a round tour the last one leads back."},
    {.name = "length", .kind = CRM_KIND_INTEGER, .doc = "Metres of all legs."},
    {.name = "round", .kind = CRM_KIND_BOOLEAN, .doc = "Whether the way comes back."},
    {.name = "metric", .kind = CRM_KIND_TEXT, .doc = "What the distances are."},
    {0}};

static const crm_op ops[] = {{.name = "route.plan",
                              .doc = "Puts stops into the order of a short tour, or of a short way "
                                     "from `start` to `end` (SEG-06).",
                              .doc_zh = "把拜访的各站排成一条短路线。",
                              .errors = "TOO_LARGE",
                              .params = params,
                              .result = result_fields,
                              .run = run_plan},
                             {0}};

static const crm_plugin plugin = {CRM_PLUGIN_HEADER,
                                  .name = "route",
                                  .version = "1.0.0",
                                  .doc = "Orders the stops of a visit plan into a good tour.",
                                  .doc_zh = "为拜访计划排出好走的路线。",
                                  .config = config,
                                  .ops = ops,
                                  .start = start};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
