/* budget: what loops, allocates or calls for ever is stopped, and says where. */
#include "probe.h"

static void assert_budget(probe *in, const char *body, const char *part) {
  base_code code = probe_run(in, body);
  if (code != BASE_BUDGET_EXCEEDED) {
    fail_msg("%s: got %s %s", body, base_code_name(code), in->error.message);
  }
  assert_within(in->error.message, part);
  assert_within(in->error.message, "probe/init.lua:");
}

static void loops_that_never_end(void **state) {
  assert_budget(*state, "while true do end", "(script.instructions) at probe/init.lua:2");
  assert_budget(*state, "\nrepeat local x = 1 until false", "probe/init.lua:3");
  assert_budget(*state, "local function f() return f() end f()", "instructions");
  assert_budget(*state, "for i = 1, 1e18 do local s = 'a' .. i end", "instructions");
}

static void loops_inside_pcall(void **state) {
  assert_budget(*state, "while true do pcall(function() while true do end end) end",
                "instructions");
  assert_budget(*state, "pcall(pcall, pcall, function() while true do end end) return {}",
                "instructions");
  assert_budget(*state,
                "xpcall(function() while true do end end, function() while true do end end)",
                "instructions");
  assert_budget(*state, "xpcall(error, function() while true do end end)", "instructions");
  assert_budget(*state,
                "local t = {} for i = 1, 300 do t[i] = i end while true do pcall(table.sort, "
                "t, function(a, b) while true do end end) end",
                "instructions");
}

static void loops_inside_host_functions(void **state) {
  assert_budget(*state, "local s = ('x'):rep(1 << 16) while true do string.find(s, 'y') end",
                "instructions");
  assert_budget(*state, "local t = {} for i = 1, 1000 do t[i] = i end while true do pairs(t) end",
                "instructions");
  assert_budget(*state,
                "local t = {} for i = 1, 9000 do t[i] = i end while true do table.insert(t, 1, 0) "
                "table.remove(t, 1) end",
                "instructions");
  assert_budget(*state, "local s = ('x'):rep(1 << 18) while true do local t = s .. s end",
                "instructions");
  assert_budget(*state, "local t = {1, 2, 3} while true do ctx:call('echo.this', {list = t}) end",
                "instructions");
}

static void memory_that_grows(void **state) {
  probe *in = *state;
  in->instructions = 1000000000;
  assert_budget(in, "local t = {} for i = 1, 1e9 do t[i] = {i} end",
                "(script.memory_bytes) at probe/init.lua:2");
  assert_budget(in, "local s = 'x' while true do s = s .. s end", "(script.allocation_bytes)");
  assert_budget(in, "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end", "memory");
  assert_budget(in,
                "return {value = utf8.char(table.unpack({})) .. ('x'):rep(1 << 20):rep(1) .. "
                "(function() local t = {} for i = 1, 1e7 do t[i] = i end end)()}",
                "(script.allocation_bytes)");
  assert_budget(in,
                "local t = {} while true do local ok = pcall(function() while true do t[#t + 1] "
                "= #t end end) end",
                "(script.allocation_bytes)");
}

/* Garbage is collected before memory is refused. */
static void garbage_does_not_count(void **state) {
  probe *in = *state;
  in->instructions = 1000000000;
  assert_int_equal(
      probe_run(in, "for i = 1, 200 do local s = ('x'):rep(1 << 18) .. i end return {}"), BASE_OK);
}

static void the_next_call_is_served(void **state) {
  probe *in = *state;
  assert_int_equal(
      probe_load_body(in, false, "if params.loop then while true do end end return {value = 1}"),
      BASE_OK);
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_pair_boolean(&params, "loop", true);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(probe_call(in, base_buffer_slice(&params)), BASE_BUDGET_EXCEEDED);
    assert_int_equal(probe_call(in, (base_slice){0}), BASE_OK);
  }
  base_buffer_fini(&params);
}

/* One op has one budget, however many calls it makes. */
static void nested_calls_share_it(void **state) {
  probe *in = *state;
  assert_int_equal(probe_load_body(in, false, "for i = 1, 20000 do end return {}"), BASE_OK);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_OK);
  assert_true(in->ctx.instructions < in->instructions - 15000);
  int64_t left = in->ctx.instructions;
  const api_op *op = in->package->ops;
  static const uint8_t empty_map[] = {0x80};
  assert_int_equal(op->run(&in->ctx, base_slice_make(empty_map, 1), &in->result, op->self),
                   BASE_OK);
  assert_true(in->ctx.instructions < left - 15000);
}

static void loading_has_budgets(void **state) {
  probe *in = *state;
  probe_write(in, "init.lua", "while true do end");
  assert_int_equal(probe_load(in), BASE_BUDGET_EXCEEDED);
  assert_within(in->error.message, "probe/init.lua:1");
  probe_write(in, "init.lua", "local t = {} for i = 1, 1e9 do t[i] = {} end");
  in->limits.instructions = 1000000000;
  assert_int_equal(probe_load(in), BASE_BUDGET_EXCEEDED);
  assert_within(in->error.message, "memory");
}

/* Whichever allocation is the one too many, the call ends with a code and nothing leaks. */
static void any_limit_is_survived(void **state) {
  probe *in = *state;
  size_t served = 0;
  probe_write(in, "i18n/zh-CN.lua", "return {hello = '{name}您好'}");
  probe_write(in, "i18n/en.lua", "return {hello = 'Hello {name}'}");
  for (size_t memory = 0; memory < 40000; memory += 97) {
    in->limits.memory = memory;
    base_code code = probe_run(
        in,
        "local t = {} for i = 1, 20 do t[i] = {i, tostring(i) .. ctx:text('hello', {name = i})} "
        "end table.sort(t, function(a, b) return a[1] > b[1] end) local s = '' for _, e in "
        "pairs(t) do s = s .. e[2] end pcall(ctx.call, ctx, 'wrong.op') "
        "return {s = s, t = ctx:call('echo.this', {list = t}), f = string.format('%s', s)}");
    if (code != BASE_OK && code != BASE_BUDGET_EXCEEDED && code != BASE_UNAVAILABLE) {
      fail_msg("%zu: %s %s", memory, base_code_name(code), in->error.message);
    }
    served += code == BASE_OK;
  }
  assert_true(served > 0);
  assert_true(served < 400);
}

/* A nested op that ran out of its memory is not an error that its caller may swallow. */
static base_code exhausted(crm_ctx *ctx, base_slice op, base_slice params, base_buffer *result) {
  (void)op, (void)params, (void)result;
  return model_ctx_fail(ctx, BASE_BUDGET_EXCEEDED, NULL, "内层用完了预算", "the inner op is out");
}

static void inner_exhaustion_is_final(void **state) {
  probe *in = *state;
  in->ctx.call = exhausted;
  assert_int_equal(probe_run(in, "pcall(ctx.call, ctx, 'other.op') return {}"),
                   BASE_BUDGET_EXCEEDED);
  assert_string_equal(in->error.message, "the inner op is out");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PROBE_TEST(loops_that_never_end),        PROBE_TEST(loops_inside_pcall),
      PROBE_TEST(loops_inside_host_functions), PROBE_TEST(memory_that_grows),
      PROBE_TEST(garbage_does_not_count),      PROBE_TEST(the_next_call_is_served),
      PROBE_TEST(nested_calls_share_it),       PROBE_TEST(loading_has_budgets),
      PROBE_TEST(any_limit_is_survived),       PROBE_TEST(inner_exhaustion_is_final)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
