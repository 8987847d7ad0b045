/* sweep: the k-th allocation of a script's run is refused, for every k until a run asks for fewer: once, so
 * that Lua collects and asks again, and from there on. Nothing crashes, nothing leaks (the sanitizers look), the call ends
 * with a code, and the next one is served. */
#include "probe.h"
#include "script/memory.h"

void *__real_script_memory_resize(void *memory, size_t old_size, size_t size);
void *__wrap_script_memory_resize(void *memory, size_t old_size, size_t size);

/* What is refused: the k-th growth, or all from there on; 0 nothing. */
static size_t refused;
static bool refused_on;
static size_t asked;
static size_t met; /* how often something was refused */

void *__wrap_script_memory_resize(void *memory, size_t old_size, size_t size) {
  if (size > old_size) {
    asked++;
    if (refused > 0 && (asked == refused || (refused_on && asked > refused))) {
      met++;
      return NULL;
    }
  }
  return __real_script_memory_resize(memory, old_size, size);
}

static void refuse(size_t number, bool on) {
  asked = 0;
  met = 0;
  refused = number;
  refused_on = on;
}

static const char body[] =
    "local t, seen = {}, {}\n"
    "for i = 1, 12 do t[i] = {n = 13 - i, s = tostring(i * params.a) .. ctx:text('hello', {name = "
    "i})} end\n"
    "table.sort(t, function(a, b) return a.n < b.n end)\n"
    "for _, e in ipairs(t) do seen[e.s] = (seen[e.s] or 0) + e.n end\n"
    "local s = ''\n"
    "for k, v in pairs(seen) do s = s .. k .. v end\n"
    "local digits = s:gsub('%D', ''):rep(20, '-')\n"
    "for word in s:gmatch('%a+') do t[#t + 1] = {word = word:upper()} end\n"
    "s = s:gsub('(%d)(%d)', function(a, b) return b .. a end)\n"
    "pcall(ctx.call, ctx, 'wrong.op')\n"
    "pcall(error, {})\n"
    "xpcall(error, function(e) return e .. 'x' end, 'text')\n"
    "t.n = nil\n"
    "return {s = s, d = string.format('%s %5d', digits, #t), c = table.concat({s, s}, ','),\n"
    "  t = ctx:call('echo.this', {list = t}), u = {table.unpack({1, 2, 3})}, p = params.a}\n";

static void write_texts(const probe *in) {
  probe_write(in, "i18n/zh-CN.lua", "return {hello = '{name}您好'}");
  probe_write(in, "i18n/en.lua", "return {hello = 'Hello {name}'}");
  probe_write(in, "part.lua", "return {1, 2, 3}");
}

static bool is_refusal(base_code code) {
  return code == BASE_BUDGET_EXCEEDED || code == BASE_UNAVAILABLE;
}

/* Texts differ from call to call: what Lua has already need not be allocated. */
static base_code call(probe *in) {
  static int64_t number = 1000;
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_pair_integer(&params, "a", ++number);
  base_code code = probe_call(in, base_buffer_slice(&params));
  base_buffer_fini(&params);
  base_arena_reset(in->arena);
  return code;
}

typedef struct swept {
  size_t refusals; /* runs that were refused something */
  size_t ended;    /* of these, runs that it ended */
} swept;

/* Returns false when the run asked for less than that many. */
static bool sweep_call(probe *in, size_t number, bool on, swept *counts) {
  refuse(number, on);
  base_code code = call(in);
  bool reached = met > 0;
  refuse(0, false);
  counts->refusals += reached;
  counts->ended += code != BASE_OK;
  if (code != BASE_OK && !is_refusal(code)) {
    fail_msg("%zu: %s %s", number, base_code_name(code), in->error.message);
  }
  if (call(in) != BASE_OK) fail_msg("after %zu: %s", number, in->error.message);
  return reached;
}

static void any_allocation_of_a_call_may_fail(void **state) {
  probe *in = *state;
  swept on = {0};
  swept once = {0};
  write_texts(in);
  assert_int_equal(probe_load_body(in, false, body), BASE_OK);
  assert_int_equal(call(in), BASE_OK);
  refuse(0, false);
  assert_int_equal(call(in), BASE_OK);
  size_t count = asked;
  assert_true(count > 100);
  for (size_t k = 1; sweep_call(in, k, true, &on); k++) {}
  for (size_t k = 1; sweep_call(in, k, false, &once); k++) {}
  print_message("%zu allocations; refused from the k-th on %zu runs, %zu ended; once %zu, %zu\n",
                count, on.refusals, on.ended, once.refusals, once.ended);
  /* How many there are depends on what Lua collects on the way. */
  assert_true(on.refusals > count / 2 && once.refusals > count / 2);
  assert_true(on.ended > count / 2);
}

/* Returns false when loading asked for less than that many. */
static bool sweep_loading(probe *in, size_t number, bool on) {
  refuse(number, on);
  base_code code = probe_load(in);
  bool reached = met > 0;
  refuse(0, false);
  if (code != BASE_OK && !is_refusal(code)) {
    fail_msg("%zu: %s %s", number, base_code_name(code), in->error.message);
  }
  if (reached && on) assert_int_not_equal(code, BASE_OK);
  if (!reached) assert_int_equal(code, BASE_OK);
  return reached;
}

/* A call that finds no idle state makes one: its allocations are those of a new state. */
static void any_allocation_of_loading_may_fail(void **state) {
  probe *in = *state;
  write_texts(in);
  assert_int_equal(probe_load_body(in, false, body), BASE_OK);
  refuse(0, false);
  assert_int_equal(probe_load(in), BASE_OK);
  size_t count = asked;
  size_t on = 1;
  size_t once = 1;
  while (sweep_loading(in, on, true)) on++;
  while (sweep_loading(in, once, false)) once++;
  assert_true(on > count / 2 && once > count / 2);
  assert_int_equal(probe_load(in), BASE_OK);
  assert_int_equal(call(in), BASE_OK);
  print_message("%zu allocations; refused from that one on %zu, once %zu\n", count, on - 1,
                once - 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(any_allocation_of_a_call_may_fail),
                                     PROBE_TEST(any_allocation_of_loading_may_fail)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
