/* limits: each budget of a call at one less than is needed, at just that, and at one more. Those of rows
 * and timers need a store: tests/functional/test_budgets.py. */
#include "base/clock.h"
#include "probe.h"

typedef enum limit { INSTRUCTIONS, MEMORY, ALLOCATION, NESTING, LOG_BYTES } limit;

static void set_limit(probe *in, limit which, int64_t value) {
  in->limits = (script_limits){.milliseconds = 60000, .memory = 64u << 20, .instructions = 1000000};
  in->instructions = 100000000;
  if (which == INSTRUCTIONS) in->instructions = value;
  if (which == MEMORY) in->limits.memory = (size_t)value;
  if (which == ALLOCATION) in->limits.allocation = (size_t)value;
  if (which == NESTING) in->limits.nesting = value;
  if (which == LOG_BYTES) in->limits.log_bytes = value;
}

/* Each in a new state: what an earlier call left there would count. */
static bool passes(probe *in, limit which, int64_t value, const char *body) {
  set_limit(in, which, value);
  base_code code = probe_run(in, body);
  if (code != BASE_OK && code != BASE_BUDGET_EXCEEDED) {
    fail_msg("%s: %s %s", body, base_code_name(code), in->error.message);
  }
  return code == BASE_OK;
}

/* The least limit with which the body passes. */
static int64_t least(probe *in, limit which, int64_t low, int64_t high, const char *body) {
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (passes(in, which, middle, body)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

static void assert_exact(probe *in, limit which, int64_t needed, const char *body,
                         const char *key) {
  assert_false(passes(in, which, needed - 1, body));
  assert_within(in->error.message, key);

  assert_true(passes(in, which, needed, body));
  assert_true(passes(in, which, needed + 1, body));
}

static void instructions(void **state) {
  probe *in = *state;
  static const char *const bodies[] = {"for i = 1, 500 do end return {}",
                                       "for i = 1, 501 do end return {}"};
  int64_t needed = least(in, INSTRUCTIONS, 1, 100000, bodies[0]);
  assert_exact(in, INSTRUCTIONS, needed, bodies[0], "script.instructions");
  assert_exact(in, INSTRUCTIONS, needed + 1, bodies[1], "script.instructions");
}

/* Also where the hook has looked several times before. */
static void many_instructions(void **state) {
  probe *in = *state;
  static const char *const bodies[] = {"for i = 1, 7777 do end return {}",
                                       "for i = 1, 7778 do end return {}"};
  int64_t needed = least(in, INSTRUCTIONS, 1, 100000, bodies[0]);
  assert_exact(in, INSTRUCTIONS, needed, bodies[0], "script.instructions");
  assert_exact(in, INSTRUCTIONS, needed + 1, bodies[1], "script.instructions");
}

static void memory(void **state) {
  probe *in = *state;
  static const char body[] =
      "local t = {} for i = 1, 3000 do t[i] = {i, tostring(i) .. 'x'} end return {n = #t}";
  int64_t needed = least(in, MEMORY, 100000, 4000000, body);
  assert_true(needed > 200000);
  assert_exact(in, MEMORY, needed, body, "script.memory_bytes");
}

static void one_allocation(void **state) {
  probe *in = *state;
  static const char *const bodies[] = {
      "local s = ('x'):rep(50000) local t = s .. s .. s return {n = #t}",
      "local s = ('x'):rep(50000) local t = s .. s .. s .. 'y' return {n = #t}"};
  int64_t needed = least(in, ALLOCATION, 100000, 400000, bodies[0]);
  assert_in_range(needed, 150000, 150100);
  assert_exact(in, ALLOCATION, needed, bodies[0], "script.allocation_bytes");
  assert_exact(in, ALLOCATION, needed + 1, bodies[1], "script.allocation_bytes");
}

static void nesting(void **state) {
  probe *in = *state;
  static const char body[] =
      "local function f(n) if n > 0 then assert(pcall(f, n - 1)) end end f(20) return {}";
  assert_exact(in, NESTING, 21, body, "script.nesting"); /* the call itself is one */
  assert_exact(in, NESTING, 3,
               "local t = {2, 1} table.sort(t, function(a, b) return (('x'):gsub('x', function() "
               "return 'y' end)) < 'x' end) return {}",
               "script.nesting");
}

static void log_bytes(void **state) {
  probe *in = *state;
  assert_exact(in, LOG_BYTES, 9, "ctx:log('三次') ctx:log('x\"x') return {}", "script.log_bytes");
  assert_int_equal(probe_run(in, "pcall(ctx.log, ctx, ('x'):rep(20)) return {}"),
                   BASE_BUDGET_EXCEEDED);
}

/* Not to the millisecond: what is asserted is that the thread worked so long (an eighth
 * may have been waiting), and not much longer. */
static void milliseconds(void **state) {
  probe *in = *state;
  static const char body[] =
      "local a = ('x'):rep(300000) local b, n = a .. 'b', 0 a = a .. 'a' "
      "while true do if a == b then n = n + 1 end end";
  set_limit(in, INSTRUCTIONS, INT64_MAX / 2);
  in->limits.milliseconds = 20;
  assert_int_equal(probe_load_body(in, false, body), BASE_OK);
  uint64_t before = base_clock_worked();
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_BUDGET_EXCEEDED);
  uint64_t worked = base_clock_worked() - before;
  assert_within(in->error.message, "(script.milliseconds) at probe/init.lua:2");
  assert_in_range(worked, 17 * 1000000, 200 * 1000000);
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(instructions), PROBE_TEST(many_instructions),
                                     PROBE_TEST(memory),       PROBE_TEST(one_allocation),
                                     PROBE_TEST(nesting),      PROBE_TEST(log_bytes),
                                     PROBE_TEST(milliseconds)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
