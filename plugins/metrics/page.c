/* page: see page.h. */
#include "page.h"

#define BUCKETS_MOST 64

static crm_slice part(const crm_host *host, crm_slice map, const char *key) {
  return host->lookup(map, key).raw;
}

static text_label label(const char *name, crm_slice value) {
  return (text_label){.name = name, .value = value.data, .size = value.size};
}

static bool ends_with(crm_slice name, const char *end) {
  size_t size = strlen(end);
  return name.size >= size && memcmp((const char *)name.data + name.size - size, end, size) == 0;
}

/* --- values ------------------------------------------------------------------------------------- */

static void append_values(const crm_host *host, crm_slice values, text_buffer *out) {
  crm_walk walk = crm_walk_begin(values);
  while (host->walk(&walk)) {
    crm_slice name = walk.key.bytes;
    text_type(out, name.data, name.size, ends_with(name, "_total") ? "counter" : "gauge");
    text_sample(out, name.data, name.size, "", NULL, walk.value.integer);
  }
}

/* A map key → number, as one metric with a label. */
static void append_labelled(const crm_host *host, crm_slice map, const char *name, const char *type,
                            const char *key, text_buffer *out) {
  crm_walk walk = crm_walk_begin(map);
  text_type(out, name, strlen(name), type);
  while (host->walk(&walk)) {
    const text_label labels[] = {label(key, walk.key.bytes), {0}};
    text_sample(out, name, strlen(name), "", labels, walk.value.integer);
  }
}

/* --- histograms --------------------------------------------------------------------------------- */

static size_t read_list(const crm_host *host, crm_slice list, int64_t numbers[BUCKETS_MOST]) {
  size_t count = 0;
  crm_walk walk = crm_walk_begin(list);
  while (count < BUCKETS_MOST && host->walk(&walk)) numbers[count++] = walk.value.integer;
  return count;
}

static void append_histogram(const crm_host *host, crm_slice name, const text_label *labels,
                             crm_slice histogram, crm_slice bounds, text_buffer *out) {
  int64_t buckets[BUCKETS_MOST];
  int64_t limits[BUCKETS_MOST];
  size_t count = read_list(host, part(host, histogram, "buckets"), buckets);
  if (count == 0 || read_list(host, bounds, limits) + 1 < count) return;
  text_histogram(out, name.data, name.size, labels, buckets, limits, count,
                 host->lookup(histogram, "sum").integer);
}

static void append_histograms(const crm_host *host, crm_slice histograms, crm_slice bounds,
                              text_buffer *out) {
  crm_walk walk = crm_walk_begin(histograms);
  while (host->walk(&walk)) {
    text_type(out, walk.key.bytes.data, walk.key.bytes.size, "histogram");
    append_histogram(host, walk.key.bytes, NULL, walk.value.raw, bounds, out);
  }
}

/* --- ops and packages --------------------------------------------------------------------------- */

static void append_ops(const crm_host *host, crm_slice ops, crm_slice bounds, text_buffer *out) {
  static const char times[] = "api_op_us";
  static const char errors[] = "api_op_errors_total";
  crm_walk walk = crm_walk_begin(ops);
  text_type(out, times, strlen(times), "histogram");
  while (host->walk(&walk)) {
    const text_label labels[] = {label("op", host->lookup(walk.value.raw, "op").bytes),
                                 label("package", host->lookup(walk.value.raw, "package").bytes),
                                 {0}};
    append_histogram(host, crm_text(times), labels, walk.value.raw, bounds, out);
  }
  text_type(out, errors, strlen(errors), "counter");
  walk = crm_walk_begin(ops);
  while (host->walk(&walk)) {
    const text_label labels[] = {label("op", host->lookup(walk.value.raw, "op").bytes),
                                 label("package", host->lookup(walk.value.raw, "package").bytes),
                                 {0}};
    text_sample(out, errors, strlen(errors), "", labels,
                host->lookup(walk.value.raw, "errors").integer);
  }
}

static void append_packages(const crm_host *host, crm_slice packages, const char *name,
                            const char *key, text_buffer *out) {
  crm_walk walk = crm_walk_begin(packages);
  text_type(out, name, strlen(name), "counter");
  while (host->walk(&walk)) {
    const text_label labels[] = {label("package", walk.key.bytes), {0}};
    text_sample(out, name, strlen(name), "", labels, host->lookup(walk.value.raw, key).integer);
  }
}

void page_metrics(const crm_host *host, crm_slice result, text_buffer *out) {
  crm_slice bounds = part(host, result, "bounds");
  crm_slice packages = part(host, result, "packages");
  append_values(host, part(host, result, "values"), out);
  append_labelled(host, part(host, result, "lanes"), "api_lane_waiting_requests", "gauge", "lane",
                  out);
  append_labelled(host, part(host, result, "errors"), "api_errors_by_code_total", "counter", "code",
                  out);
  append_histograms(host, part(host, result, "histograms"), bounds, out);
  append_ops(host, part(host, result, "ops"), bounds, out);
  append_packages(host, packages, "api_package_calls_total", "count", out);
  append_packages(host, packages, "api_package_errors_total", "errors", out);
}

/* --- ready -------------------------------------------------------------------------------------- */

static void append_pair(const char *key, crm_slice value, text_buffer *out) {
  if (out->size > 0) text_append(out, " ", 1);
  text_append(out, key, strlen(key));
  text_append(out, "=", 1);
  text_append(out, value.data, value.size);
}

static crm_slice boolean(crm_value value) {
  return crm_text(value.integer != 0 ? "true" : "false");
}

bool page_ready(const crm_host *host, crm_slice result, text_buffer *out) {
  crm_value ready = host->lookup(result, "ready");
  append_pair("ready", boolean(ready), out);
  append_pair("state", host->lookup(result, "state").bytes, out);
  append_pair("paused", boolean(host->lookup(result, "paused")), out);
  append_pair("space", host->lookup(result, "space").bytes, out);
  text_append(out, "\n", 1);
  return ready.integer != 0;
}
