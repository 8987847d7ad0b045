/* sandbox: what a script may reach, and the ways out that are known. */
#include "probe.h"

static void names_that_are_not_there(void **state) {
  static const char *const names[] = {
      "load",    "loadstring", "dofile",    "loadfile",       "require",      "io",
      "os",      "debug",      "coroutine", "collectgarbage", "print",        "warn",
      "rawset",  "rawget",     "rawequal",  "rawlen",         "setmetatable", "getmetatable",
      "package", "_G",         "module",    "unpack",         "newproxy",     "getfenv"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char body[64];
    (void)snprintf(body, sizeof body, "return {value = %s}", names[i]);
    assert_error(*state, body, "is not there");
  }
}

static void parts_that_are_not_there(void **state) {
  static const char *const names[] = {"string.dump",     "string.pack", "string.packsize",
                                      "string.unpack",   "math.random", "math.sqrt",
                                      "math.randomseed", "table.move",  "utf8.charpattern",
                                      "crm.test",        "table.pack",  "crm.date.now"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char body[64];
    (void)snprintf(body, sizeof body, "return {value = %s}", names[i]);
    assert_error(*state, body, "is not there");
  }
  assert_error(*state, "return {value = ('x'):dump()}", "string.dump is not there");
}

static void globals_cannot_be_written(void **state) {
  assert_error(*state, "total = 1", "'total' is not declared; write: local total");
  assert_error(*state, "crm = nil", "'crm' is not declared");
  assert_error(*state, "pairs = nil", "'pairs' is not declared");
  assert_error(*state, "string.len = function() return 0 end", "string.len cannot be set");
  assert_error(*state, "crm.today = 1", "crm.today cannot be set");
  assert_error(*state, "crm.date.add = nil", "crm.date.add cannot be set");
  assert_error(*state, "table.insert(crm, 1)", "one of Haoke's own");
  assert_error(*state, "crm.list(string) string.len = nil", "one of Haoke's own");
  assert_error(*state, "_ENV.total = 1", "probe/init.lua:2: _ENV may not be used");
  assert_error(*state, "local _ENV <const> = 11 x = 1", "_ENV may not be used");
  assert_error(*state, "local MY_ENV, _ENVY = 1, 2 error('fine')", "probe/init.lua:2: fine");
  probe *in = *state;
  probe_write(in, "init.lua", "shared = {} return crm.package{name = 'probe', version = '1.0.0'}");
  assert_int_equal(probe_load(in), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "probe/init.lua:1: 'shared' is not declared");
}

/* Lua 5.4.4 fetches the table behind the comparison's jump, and so not on both ways. */
static void code_that_lua_makes_wrong_is_refused(void **state) {
  static const char *const keys[] = {
      "a >= b", "a > b",    "a <= b",   "a < b",       "a == b",   "a ~= b",        "a == 1",
      "1 < a",  "a == 'x'", "a == nil", "not (a < b)", "(a >= b)", "(a == b) == a", "a.x == b"};
  static const char *const uses[] = {"return t[%s]", "t[%s] = 1", "return t[%s].x", "t[%s]()"};
  char text[256];
  char use[64];
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    for (size_t k = 0; k < sizeof uses / sizeof uses[0]; k++) {
      (void)snprintf(use, sizeof use, uses[k], keys[i]);
      (void)snprintf(text, sizeof text,
                     "local t = {}\nlocal function f(a, b)\n\n%s end error('fine')", use);
      assert_error(*state, text, "probe/init.lua:5: Lua 5.4.4 makes wrong code of t[a >= b]");
    }
  }
}

/* What is written alike and made right stays allowed, and says what it should on both ways. */
static void code_that_lua_makes_right_is_not(void **state) {
  static const char *const right[] = {
      "local key = a >= b return t[key]",         "return t[a >= b and true or false]",
      "return t[not not (a >= b or false)]",      "local own = t return own[a >= b]",
      "local all = {t = t} return all.t[a >= b]", "return (t)[a >= b and true]"};
  char text[256];
  for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
    (void)snprintf(text, sizeof text,
                   "local t = {[true] = 'yes', [false] = 'no'}\nlocal function f(a, b) %s end\n"
                   "return {value = tostring(f(2, 1)) .. ' ' .. tostring(f(1, 2))}",
                   right[i]);
    data_value value = probe_value(*state, text);
    if (!base_slice_is(value.as.bytes, "yes no")) {
      fail_msg("%s: %.*s", right[i], BASE_SLICE_ARGS(value.as.bytes));
    }
  }
}

static void addresses_do_not_show(void **state) {
  assert_text(*state, "tostring({})", "table");
  assert_text(*state, "tostring(pairs)", "function");
  assert_text(*state, "tostring(ctx)", "record");
  assert_text(*state, "tostring(crm.null)", "null");
  assert_text(*state, "string.format('%s %s', {}, pairs)", "table function");
  assert_error(*state, "return {value = string.format('%p', {})}", "knows");
  assert_error(*state, "return {value = {} .. ''}", "concatenate a table");
  assert_error(*state, "error({})", "error was called with a table");
  assert_error(*state, "local a = {} < {}", "compare two table values");
}

static void bytecode_is_refused(void **state) {
  probe *in = *state;
  probe_write(in, "init.lua", "\x1bLua\x54");
  assert_int_equal(probe_load(in), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "attempt to load a binary chunk");
}

static void iterators_check_what_they_are_given(void **state) {
  assert_error(*state, "local step = pairs({a = 1}) step()", "table expected");
  assert_error(*state, "local step = pairs({a = 1}) step('x')", "table expected");
  assert_error(*state, "next('x')", "table expected");
  assert_error(*state, "pairs(5)", "table expected");
  assert_error(*state, "pairs({[{}] = 1})", "keys of a table must be");
  assert_error(*state, "pairs({[1.5] = 1})", "keys of a table must be");
}

static void pairs_walk_in_one_order(void **state) {
  assert_text(*state,
              "(function() local s = '' for k, v in pairs({b = 1, a = 2, [10] = 3, [2] = 4, "
              "[true] = 5}) do s = s .. tostring(k) .. v .. ' ' end return s end)()",
              "true5 24 103 a2 b1 ");
  assert_text(*state,
              "(function() local s, t = '', {c = 1, a = 2, b = 3} local k = next(t) while k do s = "
              "s .. k k = next(t, k) end return s end)()",
              "abc");
  assert_text(*state,
              "(function() local s, t = '', {a = 1, b = 2, c = 3} for k in pairs(t) do t.b = nil s "
              "= s .. k end return s end)()",
              "ac");
}

static void strings_are_bounded(void **state) {
  assert_error(*state, "return {value = string.format('%999d', 1)}", "at most 99");
  assert_error(*state, "return {value = string.format('%d')}", "there is no value 1");
  assert_error(*state, "return {value = string.format('%d', 1.5)}", "no integer representation");
  assert_error(*state, "return {value = string.format('%q', 'x')}", "knows");
  assert_error(*state, "return {value = string.format('%')}", "there is no value");
  assert_text(*state, "string.format('%s 第%d盒 %05.1f %x %%', '保健茶', 3, 2.25, 255)",
              "保健茶 第3盒 002.2 ff %");
  assert_text(*state, "string.format('%-6s|%.3s', 'ab', 'abcdef')", "ab    |abc");
  assert_text(*state, "string.format('%f', 1e300):sub(1, 4)", "1000");
  assert_text(*state, "('ab'):rep(3, '-')", "ab-ab-ab");
  assert_integer(*state, "string.find('a.b.c', '.', 3, true)", 4);
  assert_integer(*state, "string.find('a.b.c', '%.', 3)", 4);
  assert_integer(*state, "select('#', string.find('abc', 'x'))", 1);
  assert_integer(*state, "string.find('abc', '', 10) == nil and 1 or 0", 1);
}

static void tables_are_bounded(void **state) {
  assert_error(*state, "return {value = select('#', table.unpack({}, 1, 1000000))}", "at most 200");
  assert_error(*state,
               "return {value = table.unpack({}, -9223372036854775807, 9223372036854775807)}",
               "at most 200");
  assert_error(*state, "table.insert({}, 5, 1)", "outside the list");
  assert_error(*state, "table.concat({{}})", "is a table");
  assert_error(*state, "table.concat({1, 2}, ',', 1, 3)", "outside the list");
  assert_text(*state, "table.concat({'a', 'b', 3}, ', ')", "a, b, 3");
  assert_text(*state,
              "(function() local t = {1, 2, 3} table.insert(t, 2, 9) table.insert(t, 7) "
              "local gone = table.remove(t, 1) return gone .. ':' .. table.concat(t, ' ') end)()",
              "1:9 2 3 7");
}

static void sorting_is_stable(void **state) {
  assert_text(*state,
              "(function() local t = {} for i = 1, 40 do t[i] = {k = i % 3, n = i} end "
              "table.sort(t, function(a, b) return a.k < b.k end) local s = '' for _, e in "
              "ipairs(t) do s = s .. e.n .. ' ' end return s end)()",
              "3 6 9 12 15 18 21 24 27 30 33 36 39 1 4 7 10 13 16 19 22 25 28 31 34 37 40 2 5 8 11 "
              "14 17 20 23 26 29 32 35 38 ");
  assert_text(*state, "(function() local t = {3, 1, 2} table.sort(t) return table.concat(t) end)()",
              "123");
  assert_error(*state, "table.sort({1, 'a'})", "attempt to compare");
  assert_error(*state, "table.sort({3, 2, 1}, function(a, b) error('宜简') end)", "宜简");
}

static void errors_keep_file_and_line(void **state) {
  assert_error(*state, "\n\nlocal x = nil\nreturn x.y", "probe/init.lua:5: attempt to index a nil");
  assert_error(*state, "error('没有库存')", "probe/init.lua:2: 没有库存");
  assert_int_equal(probe_run(*state, "local function f() return f() + 1 end f()"),
                   BASE_BUDGET_EXCEEDED);
  assert_within(((probe *)*state)->error.message, "script.nesting");
  assert_error(*state, "pcall(error) error()", "error was called with a nil");
}

static void protected_calls_catch(void **state) {
  assert_text(*state,
              "(function() local ok, e = pcall(error, 'x', 0) return tostring(ok) .. e end)()",
              "falsex");
  assert_text(*state,
              "(function() local ok, a, b = pcall(function(...) return ... end, 'p', 'q') return "
              "tostring(ok) .. a .. b end)()",
              "truepq");
  assert_text(*state,
              "(function() local ok, e = xpcall(function(a) error(a, 0) end, function(e) return e "
              ".. '!' end, 'z') return tostring(ok) .. e end)()",
              "falsez!");
  assert_text(*state,
              "(function() local ok, e = pcall(ctx.call, ctx, 'wrong.op', {}) return e.code .. ' ' "
              ".. e.field .. ' ' .. tostring(e) end)()",
              "NOT_FOUND id NOT_FOUND: there is no such record");
}

static void upvalues_do_not_carry_ctx_over(void **state) {
  probe *in = *state;
  assert_int_equal(probe_load_body(in, false, "kept = kept or {} return {}"), BASE_OK);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_SCRIPT_ERROR);
  probe_write(in, "init.lua",
              "local kept = {} return crm.package{name = 'probe', version = '1.0.0', ops = "
              "{['probe.run'] = {run = function(ctx) if kept.ctx then return {v = kept.ctx.today} "
              "end kept.ctx = ctx return {} end}}}");
  assert_int_equal(probe_load(in), BASE_OK);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_OK);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "this ctx belongs to a call that has ended");
}

static void read_ops_have_nothing_that_writes(void **state) {
  static const char *const names[] = {"create", "update", "delete", "at", "cancel"};
  probe *in = *state;
  for (size_t i = 0; i < 5; i++) {
    char body[64];
    (void)snprintf(body, sizeof body, "return {value = ctx.%s}", names[i]);
    assert_error(in, body, "is not there in an op that reads");
    assert_int_equal(probe_load_body(in, true, "return {value = type(ctx.create)}"), BASE_OK);
    assert_int_equal(probe_call(in, (base_slice){0}), BASE_OK);
  }
  assert_error(in, "return ctx.creat", "ctx has no 'creat'");
  assert_error(in, "ctx.today = '2026-01-01'", "ctx cannot be changed");
  assert_error(in, "ctx.get('customer', 1)", "call it with a colon");
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(names_that_are_not_there),
                                     PROBE_TEST(parts_that_are_not_there),
                                     PROBE_TEST(globals_cannot_be_written),
                                     PROBE_TEST(code_that_lua_makes_wrong_is_refused),
                                     PROBE_TEST(code_that_lua_makes_right_is_not),
                                     PROBE_TEST(addresses_do_not_show),
                                     PROBE_TEST(bytecode_is_refused),
                                     PROBE_TEST(iterators_check_what_they_are_given),
                                     PROBE_TEST(pairs_walk_in_one_order),
                                     PROBE_TEST(strings_are_bounded),
                                     PROBE_TEST(tables_are_bounded),
                                     PROBE_TEST(sorting_is_stable),
                                     PROBE_TEST(errors_keep_file_and_line),
                                     PROBE_TEST(protected_calls_catch),
                                     PROBE_TEST(upvalues_do_not_carry_ctx_over),
                                     PROBE_TEST(read_ops_have_nothing_that_writes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
