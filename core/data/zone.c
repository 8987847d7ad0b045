/* zone: the offsets of a place on the clock, as a table per zone. See zone.h.
 *
 * Memory:  zones in one list until data_zone_fini.
 * Threads: data_zone_find locks; a zone never changes after it was found, the rest only reads.
 * Fails:   data_zone_find, see zone.h. */
#include "data/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "data/text.h"
#include "data/zone_table.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
#define NAME_SIZE 64
#define FILE_MAX 65536 /* bytes; the largest are below 4 KiB */
#define SECONDS_OF_DAY INT64_C(86400)
#define DAYS_OF_400_YEARS INT64_C(146097)

struct data_zone {
  struct data_zone *next;
  char name[NAME_SIZE];
  base_buffer table; /* of data_zone_span */
};

static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;
static struct data_zone *zones;

/* A file of that name is opened: without dots, no name leads out of the directory. */
static bool is_zone_name(base_slice name) {
  if (name.size == 0 || name.size >= NAME_SIZE || name.data[0] == '/') return false;
  for (size_t i = 0; i < name.size; i++) {
    uint8_t byte = name.data[i];
    bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
    bool digit = byte >= '0' && byte <= '9';
    if (!letter && !digit && memchr("_+-/", byte, 4) == NULL) return false;
  }
  return true;
}

static struct data_zone *find_known(base_slice name) {
  struct data_zone *zone = zones;
  while (zone != NULL && !base_slice_is(name, zone->name)) zone = zone->next;
  return zone;
}

static bool read_file(const char *name, base_buffer *bytes) {
  char path[sizeof ZONE_DIRECTORY + NAME_SIZE];
  (void)snprintf(path, sizeof path, "%s%s", ZONE_DIRECTORY, name);
  FILE *file = fopen(path, "rbe");
  if (file == NULL) return false;
  bytes->size = fread(base_buffer_reserve(bytes, FILE_MAX), 1, FILE_MAX, file);
  bool whole = ferror(file) == 0 && bytes->size < FILE_MAX;
  (void)fclose(file);
  return whole;
}

static void free_zone(struct data_zone *zone) {
  base_buffer_fini(&zone->table);
  free(zone);
}

static struct data_zone *load(base_slice name) {
  struct data_zone *zone = base_alloc(sizeof *zone);
  base_buffer file = {0};
  *zone = (struct data_zone){.next = zones};
  memcpy(zone->name, name.data, name.size);
  bool loaded =
      read_file(zone->name, &file) && data_zone_table(base_buffer_slice(&file), &zone->table);
  base_buffer_fini(&file);
  if (!loaded) {
    free_zone(zone);
    return NULL;
  }
  zones = zone;
  return zone;
}

base_code data_zone_find(base_slice name, const data_zone **zone, base_error *error) {
  struct data_zone *found = NULL;
  if (is_zone_name(name)) {
    pthread_mutex_lock(&zones_lock);
    found = find_known(name);
    if (found == NULL) found = load(name);
    pthread_mutex_unlock(&zones_lock);
  }
  *zone = found;
  if (found != NULL) return BASE_OK;
  base_slice shown = data_text_cut(name, NAME_SIZE);
  return base_error_set(
      error, BASE_VALIDATION_FAILED, "timezone", "没有时区“%.*s”；请写 Asia/Shanghai 这样的名称",
      "there is no time zone \"%.*s\"; write a name like Asia/Shanghai", BASE_SLICE_ARGS(shown));
}

void data_zone_fini(void) {
  pthread_mutex_lock(&zones_lock);
  while (zones != NULL) {
    struct data_zone *zone = zones;
    zones = zone->next;
    free_zone(zone);
  }
  pthread_mutex_unlock(&zones_lock);
}

const char *data_zone_name(const data_zone *zone) {
  return zone->name;
}

static size_t span_count(const data_zone *zone) {
  return zone->table.size / sizeof(data_zone_span);
}

static const data_zone_span *span(const data_zone *zone, size_t i) {
  return (const data_zone_span *)(const void *)zone->table.data + i;
}

/* The last span that begins at or before that second. */
static size_t span_at(const data_zone *zone, int64_t seconds) {
  size_t low = 0;
  size_t high = span_count(zone);
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (span(zone, middle)->from <= seconds) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/* Days from a date beyond the table back to the one that is like it, whole times 400 years. */
static int64_t days_back(int64_t date) {
  int64_t beyond = date - data_date_make(DATA_ZONE_LAST_YEAR, 12, 31);
  return beyond <= 0 ? 0 : (beyond + DAYS_OF_400_YEARS - 1) / DAYS_OF_400_YEARS * DAYS_OF_400_YEARS;
}

static int64_t floor_divide(int64_t number, int64_t by) {
  return number / by - (number % by < 0);
}

static int64_t clamp_instant(int64_t instant) {
  if (instant < DATA_INSTANT_MIN) return DATA_INSTANT_MIN;
  return instant > DATA_INSTANT_MAX ? DATA_INSTANT_MAX : instant;
}

int64_t data_zone_offset(const data_zone *zone, int64_t instant) {
  int64_t seconds = floor_divide(clamp_instant(instant), 1000);
  seconds -= days_back(floor_divide(seconds, SECONDS_OF_DAY)) * SECONDS_OF_DAY;
  return span(zone, span_at(zone, seconds))->offset;
}

data_date data_zone_date(const data_zone *zone, int64_t instant) {
  int64_t seconds = floor_divide(clamp_instant(instant), 1000);
  return (data_date)floor_divide(seconds + data_zone_offset(zone, instant), SECONDS_OF_DAY);
}

/* Each span would reach the time by its own offset; the first one in whose time that is has it. A
 * time that was skipped begins with the span, where the clock went on. */
static int64_t first_at(const data_zone *zone, int64_t local) {
  size_t i = span_at(zone, local - 2 * SECONDS_OF_DAY);
  while (true) {
    int64_t begin = local - span(zone, i)->offset;
    if (begin < span(zone, i)->from) begin = span(zone, i)->from;
    i++;
    if (i == span_count(zone) || begin < span(zone, i)->from) return begin;
  }
}

int64_t data_zone_time(const data_zone *zone, data_date date, int seconds) {
  int64_t back = days_back(date);
  int64_t local = (date - back) * SECONDS_OF_DAY + seconds;
  return (first_at(zone, local) + back * SECONDS_OF_DAY) * 1000;
}

int64_t data_zone_midnight(const data_zone *zone, data_date date) {
  return data_zone_time(zone, date, 0);
}
