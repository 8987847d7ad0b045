/* zone: libical's rules, written out once into a table of offsets. See zone.h.
 *
 * libical computes lazily and is not safe to share between threads. So all that is asked of it
 * happens under one lock in data_zone_find; what that returns never changes again and is read
 * without one.
 *
 * Memory:  zones in one list until data_zone_fini.
 * Threads: data_zone_find locks; the rest only reads.
 * Fails:   data_zone_find, see zone.h. */
#include "data/zone.h"

#include <libical/ical.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"

#define NAME_SIZE 64
#define SECONDS_OF_DAY INT64_C(86400)
#define TABLE_BEGIN INT64_C(-2208988800) /* 1900-01-01: what came before has the first offset */
#define TABLE_END INT64_C(4102444800)    /* 2100-01-01: what comes after is like a year before */
#define TABLE_STEP (7 * SECONDS_OF_DAY)  /* no offset was ever in force for so short a time */
#define LIKE_FIRST 2072                  /* 28 years that have every kind of year twice */
#define LIKE_LAST 2099

/* From this second on (UTC), local time is so many seconds ahead. */
typedef struct zone_span {
  int64_t from;
  int64_t offset;
} zone_span;

struct data_zone {
  struct data_zone *next;
  char name[NAME_SIZE];
  size_t count;
  zone_span *spans;
};

static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;
static struct data_zone *zones;

/* ---- building, under the lock ---- */

static int64_t ask_offset(icaltimezone *rules, int64_t seconds) {
  icaltimezone *utc = icaltimezone_get_utc_timezone();
  icaltimetype time = icaltime_from_timet_with_zone((time_t)seconds, 0, utc);
  int summer = 0;
  return icaltimezone_get_utc_offset_of_utc_time(rules, &time, &summer);
}

static void add_span(struct data_zone *zone, int64_t from, int64_t offset) {
  zone->spans = base_realloc(zone->spans, (zone->count + 1) * sizeof *zone->spans);
  zone->spans[zone->count++] = (zone_span){.from = from, .offset = offset};
}

/* The first second after `low` that no longer has its offset; `high` is known to have another. */
static int64_t find_change(icaltimezone *rules, int64_t low, int64_t high) {
  int64_t offset = ask_offset(rules, low);
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (ask_offset(rules, middle) == offset) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return high;
}

static void fill_table(struct data_zone *zone, icaltimezone *rules) {
  int64_t offset = ask_offset(rules, TABLE_BEGIN);
  add_span(zone, INT64_MIN, offset);
  for (int64_t at = TABLE_BEGIN; at < TABLE_END; at += TABLE_STEP) {
    int64_t next = at + TABLE_STEP < TABLE_END ? at + TABLE_STEP : TABLE_END;
    for (int64_t from = at; ask_offset(rules, next) != offset;) {
      from = find_change(rules, from, next);
      offset = ask_offset(rules, from);
      add_span(zone, from, offset);
    }
  }
}

/* libical opens a file of that name: nothing but the shape of a zone's name gets there. */
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

static struct data_zone *load(base_slice name) {
  struct data_zone *zone = base_alloc(sizeof *zone);
  *zone = (struct data_zone){.next = zones};
  memcpy(zone->name, name.data, name.size);
  icaltimezone *rules = icaltimezone_get_builtin_timezone(zone->name);
  if (rules == NULL) {
    free(zone);
    return NULL;
  }
  fill_table(zone, rules);
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
  return base_error_set(error, BASE_VALIDATION_FAILED, "timezone",
                        "没有时区“%.*s”；请写 Asia/Shanghai 这样的名称",
                        "there is no time zone \"%.*s\"; write a name like Asia/Shanghai",
                        (int)(name.size < NAME_SIZE ? name.size : NAME_SIZE), name.data);
}

void data_zone_fini(void) {
  pthread_mutex_lock(&zones_lock);
  while (zones != NULL) {
    struct data_zone *zone = zones;
    zones = zone->next;
    free(zone->spans);
    free(zone);
  }
  icaltimezone_free_builtin_timezones();
  pthread_mutex_unlock(&zones_lock);
}

/* ---- reading ---- */

const char *data_zone_name(const data_zone *zone) {
  return zone->name;
}

static size_t span_at(const data_zone *zone, int64_t seconds) {
  size_t low = 0;
  size_t high = zone->count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (zone->spans[middle].from <= seconds) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/* How many days before a date beyond the table its year's twin lies: a year within the table with
 * the same weekdays and the same leap day, and so with the same days of change. */
static int64_t days_to_twin(data_date date) {
  int year, month, day;
  data_date_parts(date, &year, &month, &day);
  data_date first = data_date_make(year, 1, 1);
  int length = data_date_make(year, 12, 31) - first;
  for (int like = LIKE_FIRST; like <= LIKE_LAST; like++) {
    data_date twin = data_date_make(like, 1, 1);
    bool same_length = data_date_make(like, 12, 31) - twin == length;
    if (same_length && data_date_weekday(twin) == data_date_weekday(first)) return first - twin;
  }
  return 0;
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
  if (seconds >= TABLE_END) {
    seconds -= days_to_twin((data_date)(seconds / SECONDS_OF_DAY)) * SECONDS_OF_DAY;
  }
  return zone->spans[span_at(zone, seconds)].offset;
}

data_date data_zone_date(const data_zone *zone, int64_t instant) {
  int64_t seconds = floor_divide(clamp_instant(instant), 1000);
  return (data_date)floor_divide(seconds + data_zone_offset(zone, instant), SECONDS_OF_DAY);
}

/* Each span would begin the day at its own offset; the first one in whose time that is has it. A
 * day whose midnight was skipped begins with the span, where the clock went on. */
static int64_t day_begin(const data_zone *zone, int64_t local) {
  size_t i = span_at(zone, local - 2 * SECONDS_OF_DAY);
  while (true) {
    const zone_span *span = &zone->spans[i];
    int64_t begin = local - span->offset;
    if (begin < span->from) begin = span->from;
    if (i + 1 == zone->count || begin < span[1].from) return begin;
    i++;
  }
}

int64_t data_zone_midnight(const data_zone *zone, data_date date) {
  int64_t local = (int64_t)date * SECONDS_OF_DAY;
  int64_t back = local < TABLE_END ? 0 : days_to_twin(date) * SECONDS_OF_DAY;
  return (day_begin(zone, local - back) + back) * 1000;
}
