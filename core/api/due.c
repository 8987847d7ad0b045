/* due: timers by themselves, after a control op, and under api_engine_advance. See due.h.
 *
 * Memory:  the engine's arena.  Threads: the writer lane.  Fails: as the groups do. */
#include "api/due.h"

#include "api/engine_state.h"
#include "base/log.h"

/* Longest wait for a timer: the machine's clock may be set, and sleeps may not count. */
#define WAIT_MOST_MS ((int64_t)60 * 1000)
/* After a failed commit; the disk is full, and trying at once would only burn the processor. */
#define PAUSE_MS ((int64_t)1000)
#define NANOSECONDS_PER_MS ((uint64_t)1000000)
/* Timers that one instant may fire; more are timers that set one another for ever. */
#define INSTANT_MOST ((size_t)1000000)

bool api_due_allowed(const api_engine *engine) {
  return base_clock_monotonic() >= atomic_load(&engine->timers_from) &&
         store_space_get(engine->store) == STORE_SPACE_ROOM;
}

/* Logged once a pause, because a full disk fails every group that is tried. */
void api_due_pause(api_engine *engine, const base_error *error) {
  if (api_due_allowed(engine)) {
    base_log(BASE_LOG_ERROR, "api.group_failed", "code=%s text=\"%s\"", base_code_name(error->code),
             error->message);
  }
  atomic_store(&engine->timers_from,
               base_clock_monotonic() + (uint64_t)PAUSE_MS * NANOSECONDS_PER_MS);
}

/* One group of due timers; `fired` counts them. With `yield`, stops when a request waits. */
static base_code fire_group(api_engine *engine, bool yield, size_t *fired, base_error *error) {
  api_group group;
  bool more = true;
  *fired = 0;
  base_code code = api_group_begin(&group, engine, error);
  while (code == BASE_OK && more && *fired < engine->options.group_ops) {
    code = api_firing_next(&group, &more, error);
    *fired += more;
    more = more && group.made == NULL && !api_group_full(&group) &&
           !(yield && io_lane_waiting(engine->writer) > 0);
  }
  if (code == BASE_OK) {
    code = api_group_commit(&group, error);
  } else {
    api_group_abort(&group);
  }
  base_arena_reset(engine->arena);
  return code;
}

/* --- by themselves ----------------------------------------------------------------------------- */

/* From the first instant at which there may be something to do; 0 when that has come. */
static int64_t delay_until_next(const api_engine *engine) {
  int64_t due = api_firing_due(engine);
  int64_t now = api_engine_now(engine);
  if (due <= now) return 0;
  if (due == INT64_MAX || base_clock_is_test(engine->clock)) return IO_LANE_FOREVER;
  return due - now < WAIT_MOST_MS ? due - now : WAIT_MOST_MS;
}

int64_t api_due_serve(api_engine *engine) {
  base_error error = {.language = engine->options.language};
  size_t fired = 0;
  if (io_lane_waiting(engine->writer) > 0) return 0;
  if (!api_due_allowed(engine)) return PAUSE_MS;
  if (api_firing_due(engine) <= api_engine_now(engine) &&
      fire_group(engine, true, &fired, &error) != BASE_OK) {
    api_due_pause(engine, &error);
    return PAUSE_MS;
  }
  return delay_until_next(engine);
}

/* --- when asked -------------------------------------------------------------------------------- */

/* Everything that is due, in as many groups as it takes. */
static base_code fire_due(api_engine *engine, base_error *error) {
  size_t total = 0;
  size_t fired = 0;
  do {
    BASE_TRY(fire_group(engine, false, &fired, error));
    total += fired;
  } while (fired > 0 && total < INSTANT_MOST);
  if (fired == 0) return BASE_OK;
  return base_error_set(error, BASE_BUDGET_EXCEEDED, NULL,
                        "同一时刻触发了 %zu 个以上的定时器：请检查是否有定时器不断设置新的定时器",
                        "more than %zu timers fired at one instant: look for timers that go on "
                        "setting new ones",
                        INSTANT_MOST);
}

static base_code check_advance(const api_engine *engine, int64_t to, base_error *error) {
  if (!base_clock_is_test(engine->clock)) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, "to",
                          "只有用 --test-clock 启动才能调整时钟",
                          "the clock can be moved with --test-clock only");
  }
  if (to >= base_clock_now(engine->clock)) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, "to", "to 早于当前时刻：时钟只能向前",
                        "to is before the present: the clock only goes forward");
}

/* Only noted here: the control op that asks holds a view, and a view kept over many commits makes
 * the data file grow. */
base_code api_engine_advance(api_engine *engine, int64_t to, base_error *error) {
  BASE_TRY(check_advance(engine, to, error));
  engine->advance_to = to;
  return BASE_OK;
}

static base_code advance(api_engine *engine, int64_t to, base_error *error) {
  BASE_TRY(fire_due(engine, error));
  for (int64_t due = api_firing_due(engine); due <= to; due = api_firing_due(engine)) {
    if (due > base_clock_now(engine->clock)) base_clock_set(engine->clock, due);
    BASE_TRY(fire_due(engine, error));
  }
  base_clock_set(engine->clock, to);
  return BASE_OK;
}

base_code api_due_settle(api_engine *engine, base_error *error) {
  int64_t to = engine->advance_to;
  return to == INT64_MIN ? fire_due(engine, error) : advance(engine, to, error);
}
