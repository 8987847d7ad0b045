/* calendar: the week as configuration writes it. See calendar.h.
 *
 * Memory:  values.  Threads: any.  Fails: see calendar.h. */
#include <inttypes.h>

#include "data/calendar.h"

#define DAY_MINUTES 1440

const data_week data_week_standard = {
    .worked = 0x1f, .count = 2, .hours = {{9 * 60, 12 * 60}, {13 * 60 + 30, 18 * 60}}};

static base_code read_days(base_slice days, unsigned *worked, base_error *error) {
  *worked = 0;
  data_walk walk = data_walk_begin(days);
  while (data_walk_next(&walk)) {
    int64_t day = walk.value.type == DATA_INTEGER ? walk.value.as.integer : 0;
    if (day < 1 || day > 7) {
      return base_error_set(error, BASE_VALIDATION_FAILED, "working_days",
                            "工作日是 1（星期一）到 7（星期日）的整数",
                            "working days are integers from 1 (Monday) to 7 (Sunday)");
    }
    *worked |= 1u << (day - 1);
  }
  if (*worked != 0) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, "working_days", "至少要有一个工作日",
                        "there is at least one working day");
}

/* "09:30" as minutes; -1 when it is no time of a day. "24:00" is the day's end. */
static int minutes_of(const uint8_t *text) {
  int digits[4] = {text[0] - '0', text[1] - '0', text[3] - '0', text[4] - '0'};
  for (int i = 0; i < 4; i++) {
    if (digits[i] < 0 || digits[i] > 9) return -1;
  }
  int minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
  return text[2] == ':' && digits[2] < 6 && minutes <= DAY_MINUTES ? minutes : -1;
}

static bool read_interval(base_slice text, data_hours *hours) {
  if (text.size != 11 || text.data[5] != '-') return false;
  hours->from = minutes_of(text.data);
  hours->to = minutes_of(text.data + 6);
  return hours->from >= 0 && hours->from < hours->to;
}

static base_code refuse_interval(uint32_t index, base_error *error) {
  return base_error_set(error, BASE_VALIDATION_FAILED, "working_hours",
                        "第 %" PRIu32
                        " 段工作时间不对：请写成 09:00-12:00，开始早于结束，"
                        "各段按先后排列且不相接",
                        "interval %" PRIu32
                        " of the working hours is wrong: write 09:00-12:00, "
                        "its begin before its end, in order and with gaps between",
                        index + 1);
}

static base_code read_hours(base_slice hours, data_week *week, base_error *error) {
  week->count = 0;
  data_walk walk = data_walk_begin(hours);
  while (data_walk_next(&walk)) {
    if (week->count == DATA_HOURS_MAX) {
      return base_error_set(error, BASE_VALIDATION_FAILED, "working_hours", "工作时间最多 %d 段",
                            "there are at most %d intervals of working hours", DATA_HOURS_MAX);
    }
    data_hours *interval = &week->hours[week->count];
    base_slice text = walk.value.type == DATA_TEXT ? walk.value.as.bytes : (base_slice){0};
    int before = week->count == 0 ? -1 : week->hours[week->count - 1].to;
    if (!read_interval(text, interval) || interval->from <= before) {
      return refuse_interval(walk.index, error);
    }
    week->count++;
  }
  if (week->count > 0) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, "working_hours", "至少要有一段工作时间",
                        "there is at least one interval of working hours");
}

base_code data_week_read(base_slice days, base_slice hours, data_week *week, base_error *error) {
  *week = data_week_standard;
  if (days.size > 0) BASE_TRY(read_days(days, &week->worked, error));
  return hours.size > 0 ? read_hours(hours, week, error) : BASE_OK;
}
