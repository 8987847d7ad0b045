/* sample: see sample.h. */
#include "server/sample.h"

#define MS_PER_S 1000.0
#define BUCKETS_MOST 64

void server_sample_fini(server_sample *sample) {
  base_buffer_fini(&sample->result);
}

base_slice server_sample_part(const server_sample *sample, const char *name) {
  data_value part = {0};
  base_slice result = base_buffer_slice(&sample->result);
  if (result.size == 0 || !data_map_find(result, name, &part)) return (base_slice){0};
  return part.raw;
}

int64_t server_sample_value(const server_sample *sample, const char *name) {
  base_slice values = server_sample_part(sample, "values");
  return values.size == 0 ? 0 : data_map_integer(values, name, 0);
}

double server_sample_seconds(const server_sample *before, const server_sample *now) {
  int64_t ms =
      server_sample_value(now, "api_uptime_ms") - server_sample_value(before, "api_uptime_ms");
  return (double)ms / MS_PER_S;
}

base_slice server_sample_op(const server_sample *sample, base_slice op) {
  base_slice ops = server_sample_part(sample, "ops");
  if (ops.size == 0) return ops;
  data_walk walk = data_walk_begin(ops);
  while (data_walk_next(&walk)) {
    if (base_slice_equal(data_map_text(walk.value.raw, "op"), op)) return walk.value.raw;
  }
  return (base_slice){0};
}

/* --- spreads ------------------------------------------------------------------------------------ */

static size_t read_list(base_slice map, const char *key, int64_t numbers[BUCKETS_MOST]) {
  data_value list = {0};
  size_t count = 0;
  if (map.size == 0 || !data_map_find(map, key, &list) || list.type != DATA_ARRAY) return 0;
  data_walk walk = data_walk_begin(list.raw);
  while (count < BUCKETS_MOST && data_walk_next(&walk)) numbers[count++] = walk.value.as.integer;
  return count;
}

static double bound_of(const int64_t *bounds, size_t count, size_t bucket) {
  return count == 0 ? 0 : (double)bounds[bucket < count ? bucket : count - 1];
}

/* The value that `part` of all are not larger than. */
static double quantile(const int64_t *buckets, size_t bucket_count, const int64_t *bounds,
                       size_t bound_count, double all, double part) {
  double below = 0;
  for (size_t i = 0; i < bucket_count; i++) {
    double in = (double)buckets[i];
    if (in > 0 && below + in >= all * part) {
      double from = i == 0 ? 0 : bound_of(bounds, bound_count, i - 1);
      return from + (bound_of(bounds, bound_count, i) - from) * (all * part - below) / in;
    }
    below += in;
  }
  return 0;
}

static int64_t integer_at(base_slice map, const char *key) {
  return map.size == 0 ? 0 : data_map_integer(map, key, 0);
}

server_spread server_sample_spread(const server_sample *now, base_slice before, base_slice after,
                                   double seconds) {
  int64_t bounds[BUCKETS_MOST] = {0};
  int64_t buckets[BUCKETS_MOST] = {0};
  int64_t earlier[BUCKETS_MOST] = {0};
  size_t bound_count = read_list(base_buffer_slice(&now->result), "bounds", bounds);
  size_t count = read_list(after, "buckets", buckets);
  size_t earlier_count = read_list(before, "buckets", earlier);
  double all = 0;
  for (size_t i = 0; i < count; i++) {
    if (i < earlier_count) buckets[i] -= earlier[i];
    all += (double)buckets[i];
  }
  if (all <= 0) return (server_spread){0};
  double sum = (double)(integer_at(after, "sum") - integer_at(before, "sum"));
  return (server_spread){.rate = seconds > 0 ? all / seconds : 0,
                         .mean = sum / all,
                         .median = quantile(buckets, count, bounds, bound_count, all, 0.5),
                         .most = quantile(buckets, count, bounds, bound_count, all, 0.99)};
}
