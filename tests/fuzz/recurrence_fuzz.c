/* recurrence_fuzz: any bytes as a rule. It is refused, or each occurrence lies behind the one before, and
 * the one behind the instant before it is itself. */
#include <stdio.h>
#include <stdlib.h>

#include "data/data.h"

#define DAY ((int64_t)24 * 60 * 60 * 1000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what) {
  if (holds) return;
  (void)fprintf(stderr, "recurrence_fuzz: %s\n", what);
  abort();
}

/* A rule with COUNT is counted from its beginning; without, it need not be. */
static void count_too(base_slice rule, const data_zone *zone, int64_t at, int64_t next) {
  char counted[DATA_RECURRENCE_MAX + 1];
  base_error error = {.language = BASE_EN};
  int64_t found = 0;
  int size = snprintf(counted, sizeof counted, "%.*s;COUNT=90000", BASE_SLICE_ARGS(rule));
  if (size < 0 || size > DATA_RECURRENCE_MAX) return;
  base_slice text = base_slice_make(counted, (size_t)size);
  if (data_recurrence_next(text, zone, 0, at, &found, &error) != BASE_OK) return;
  require(found == next, "skipping ahead leads elsewhere");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"Asia/Shanghai", "Europe/Berlin", "Pacific/Apia"};
  base_error error = {.language = BASE_EN};
  const data_zone *zone = NULL;
  int64_t at = 0;
  int64_t next = 0;
  int64_t again = 0;
  if (size < 2 || size > 300) return 0;
  if (data_zone_find(base_slice_text(names[data[0] % 3]), &zone, &error) != BASE_OK) return 0;
  at = (int64_t)data[1] * 100 * DAY;
  base_slice rule = base_slice_make(data + 2, size - 2);
  for (int i = 0; i < 8 && at != INT64_MAX; i++, at = next) {
    base_code code = data_recurrence_next(rule, zone, 0, at, &next, &error);
    require(code == BASE_OK || code == BASE_VALIDATION_FAILED, "another code");
    if (code != BASE_OK) return 0;
    require(next > at, "it does not go forward");
    if (i == 0) count_too(rule, zone, at, next);
    if (next == INT64_MAX) return 0;
    require(
        data_recurrence_next(rule, zone, 0, next - 1, &again, &error) == BASE_OK && again == next,
        "it depends on where it is asked from");
  }
  return 0;
}
