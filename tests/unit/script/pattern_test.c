/* pattern: our find, match, gmatch and gsub against those of Lua's own library, on patterns that nobody
 * would write; and patterns that the library would run for hours. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "probe.h"
#include "script/pattern.h"

/* The same in both worlds: cases from a seed, a line for each. What is wrong with a pattern we say at
 * once and Lua only when it gets there: such a line begins with E here, and there with E or N. */
static const char cases[] =
    "local function next_case(random)\n"
    "  local function pick(list) return list[random(#list)] end\n"
    "  local texts = {'a', 'b', 'c', 'A', '1', ' ', '(', ')', '-', '%', '.', '[', ']', '^', '$',\n"
    "    'aa', 'ab', 'a(b)c', '((a)b)', 'xyz', '12', '_'}\n"
    "  local items = {'a', 'b', '.', '%a', '%d', '%s', '%w', '%W', '%p', '%l', '%u', '%x', '%c',\n"
    "    '%g', '[ab]', '[^ab]', '[a-c]', '[%d_]', '[]]', '[^]]', '[a-]', '[-a]', '[%a-z]', "
    "'[%]]',\n"
    "    '[a-%d]', '[^%s]', '%.', '%%', '%z', '%(', '%b()', '%baa', '%f[%w]', '%f[^a]', '%f[%z]',\n"
    "    '%1', '%2', '()', '$', '^', '*', '-', 'ab', '[a', '%', '%b', '%f', ']', '+', '?', "
    "'[a-%]]'}\n"
    "  local signs = {'', '', '', '*', '+', '-', '?'}\n"
    "  local replacements = {'', 'x', '%0', '%1', '%2', '%%', '<%1>', '%0%0', '%', '%9', '%a'}\n"
    "  local text, pattern, open = {}, {}, 0\n"
    "  for i = 1, random(12) - 1 do text[i] = pick(texts) end\n"
    "  if random(6) == 1 then pattern[1] = '^' end\n"
    "  for _ = 1, random(5) do\n"
    "    if random(5) == 1 then pattern[#pattern + 1] = '(' open = open + 1 end\n"
    "    pattern[#pattern + 1] = pick(items) .. pick(signs)\n"
    "    if open > 0 and random(3) == 1 then pattern[#pattern + 1] = ')' open = open - 1 end\n"
    "  end\n"
    "  if random(8) > 1 then pattern[#pattern + 1] = string.rep(')', open) end\n"
    "  if random(6) == 1 then pattern[#pattern + 1] = '$' end\n"
    "  return table.concat(text), table.concat(pattern), pick(replacements), random(16) - 8\n"
    "end\n"
    "local function tell(ok, ...)\n"
    "  if not ok then return 'E' end\n"
    "  local out = {}\n"
    "  for i = 1, select('#', ...) do out[i] = tostring((select(i, ...))) end\n"
    "  return table.concat(out, ',')\n"
    "end\n"
    "local function walk(text, pattern)\n"
    "  local out = {}\n"
    "  for a, b, c in string.gmatch(text, pattern) do\n"
    "    out[#out + 1] = tostring(a) .. ':' .. tostring(b) .. ':' .. tostring(c)\n"
    "  end\n"
    "  return table.concat(out, ';')\n"
    "end\n"
    "local function run(seed, count)\n"
    "  local lines = {}\n"
    "  local function random(most)\n"
    "    seed = (seed * 1103515245 + 12345) % 2147483648\n"
    "    return seed // 65536 % most + 1\n"
    "  end\n"
    "  for i = 1, count do\n"
    "    local text, pattern, by, from = next_case(random)\n"
    "    local found = tell(pcall(string.find, text, pattern))\n"
    "    local rest = {tell(pcall(string.find, text, pattern, from)),\n"
    "      tell(pcall(string.match, text, pattern, from)), tell(pcall(string.gsub, text, pattern, "
    "by)),\n"
    "      tell(pcall(string.gsub, text, pattern, by, 2)),\n"
    "      tell(pcall(string.gsub, text, pattern, {a = 'X', b = 1, ab = false})),\n"
    "      tell(pcall(string.gsub, text, pattern, function(a, b) return b or a == 'a' and 'Y' "
    "end)),\n"
    "      tell(pcall(walk, text, pattern))}\n"
    "    local mark = found == 'E' and 'E' or found == 'nil' and 'N' or 'F'\n"
    "    lines[i] = mark .. ' find(' .. text .. ' , ' .. pattern .. ' , ' .. by .. ' , ' .. from "
    "..\n"
    "      ') ' .. found .. ' ' .. table.concat(rest, ' ')\n"
    "  end\n"
    "  return table.concat(lines, '\\n') .. '\\n'\n"
    "end\n";

#define SEEDS 30
#define CASES 400

static lua_State *open_stock(void) {
  lua_State *lua = luaL_newstate();
  luaL_openlibs(lua);
  size_t size = sizeof cases + 32;
  char *text = base_alloc(size);
  (void)snprintf(text, size, "%s return run(...)", cases);
  if (luaL_loadstring(lua, text) != LUA_OK) fail_msg("%s", lua_tostring(lua, -1));
  free(text);
  return lua;
}

static const char *run_stock(lua_State *lua, int seed) {
  lua_settop(lua, 1);
  lua_pushvalue(lua, 1);
  lua_pushinteger(lua, seed);
  lua_pushinteger(lua, CASES);
  if (lua_pcall(lua, 2, 1, 0) != LUA_OK) fail_msg("%s", lua_tostring(lua, -1));
  return lua_tostring(lua, -1);
}

static size_t line_size(const char *line) {
  return strcspn(line, "\n");
}

/* A pattern that we refuse can match nowhere in Lua either. Returns how many we took. */
static size_t compare_lines(const char *ours, const char *stock) {
  size_t taken = 0;
  while (*ours != '\0' && *stock != '\0') {
    size_t size = line_size(ours);
    size_t stock_size = line_size(stock);
    bool same = size == stock_size && memcmp(ours, stock, size) == 0;
    bool refused = ours[0] == 'E' && stock[0] != 'F';
    if (!same && !refused) {
      fail_msg("ours:  %.*s\nLua's: %.*s", (int)size, ours, (int)stock_size, stock);
    }
    taken += ours[0] == 'F';
    ours += size + 1;
    stock += stock_size + 1;
  }
  assert_true(*ours == *stock);
  return taken;
}

static void answers_are_those_of_lua(void **state) {
  probe *in = *state;
  lua_State *stock = open_stock();
  size_t size = sizeof cases + 64;
  char *body = base_alloc(size);
  size_t taken = 0;
  in->instructions = 2000000000;
  in->limits = (script_limits){
      .milliseconds = 600000, .memory = 64u << 20, .allocation = 8u << 20, .instructions = 1000000};
  (void)snprintf(body, size, "%s return {value = run(params.seed, %d)}", cases, CASES);
  assert_int_equal(probe_load_body(in, false, body), BASE_OK);
  for (int seed = 1; seed <= SEEDS; seed++) {
    base_buffer params = {0};
    data_append_map(&params, 1);
    data_append_pair_integer(&params, "seed", seed);
    if (probe_call(in, base_buffer_slice(&params)) != BASE_OK) fail_msg("%s", in->error.message);
    base_buffer_fini(&params);
    base_slice told = data_map_text(base_buffer_slice(&in->result), "value");
    char *text = base_arena_text(in->arena, told);
    taken += compare_lines(text, run_stock(stock, seed));
  }
  free(body);
  lua_close(stock);
  assert_true(taken > SEEDS * CASES / 6);
}

static void patterns_of_every_day(void **state) {
  assert_text(*state, "('138-0000 1001'):gsub('%D', '')", "13800001001");
  assert_text(*state, "('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "key");
  assert_text(*state, "('hello world'):gsub('o', {o = '0'}, 1)", "hell0 world");
  assert_text(*state, "('abc'):gsub('%w', '%0%0')", "aabbcc");
  assert_text(*state, "('THE (quick) fox'):match('%((%a+)%)')", "quick");
  assert_integer(*state, "select(2, ('banana'):gsub('a', 'o'))", 3);
  assert_integer(*state, "select('#', ('abc'):find('(a)(b)(c)'))", 5);
  assert_integer(*state, "('a.b.c'):find('.', 2, true)", 2);
  assert_integer(*state, "('x'):match('()', 2)", 2);
  assert_integer(*state, "('x'):find('', 3) == nil and 1 or 0", 1);
  assert_text(*state,
              "(function() local s = '' for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do s = s .. "
              "k .. v end return s end)()",
              "a1b2");
}

static void wrong_patterns_say_what_is_wrong(void **state) {
  assert_error(*state, "('x'):match('[a')", "malformed pattern (missing ']')");
  assert_error(*state, "('x'):match('%')", "malformed pattern (ends with '%')");
  assert_error(*state, "('x'):match('%b(')", "missing arguments to '%b'");
  assert_error(*state, "('x'):match('%f')", "missing '[' after '%f'");
  assert_error(*state, "('x'):match('(x')", "unfinished capture");
  assert_error(*state, "('x'):match('x)')", "invalid pattern capture");
  assert_error(*state, "('x'):match('%1')", "invalid capture index");
  assert_error(*state, "('x'):match(('()'):rep(33))", "too many captures");
  assert_int_equal(probe_run(*state, "('x'):match(('()'):rep(32)) return {}"), BASE_OK);
  assert_error(*state, "('x'):gsub('x', '%2')", "invalid capture index %2 in replacement");
  assert_error(*state, "('x'):gsub('x', '%')", "invalid use of '%'");
  assert_error(*state, "('x'):gsub('x', function() return {} end)", "invalid replacement value");
  assert_error(*state, "('x'):gsub('x')", "string/function/table expected");
}

/* The pattern itself: what a step costs is bounded, and it goes on where it stopped. */
static void a_match_can_be_stopped_anywhere(void **state) {
  (void)state;
  static const char text[] = "((a)(b(c)))aaaaaaaaaaaaaaaaaaaaab xyzxyz";
  base_slice wanted = base_slice_text("(%b())(a*)a-(a?)b%s(xyz)%4$");
  script_pattern *pattern = base_alloc(script_pattern_size(wanted.size));
  assert_null(script_pattern_compile(pattern, wanted, true));
  for (int64_t slice = 1; slice < 40; slice++) {
    size_t turns = 0;
    int64_t steps = slice;
    script_pattern_begin(pattern, base_slice_text(text), 0);
    while (script_pattern_step(pattern, &steps) == SCRIPT_PATTERN_MORE) {
      steps = slice;
      assert_true(++turns < 10000);
    }
    assert_int_equal(pattern->begin, 0);
    assert_int_equal(pattern->end, sizeof text - 1);
    assert_int_equal(pattern->captures[1].end - pattern->captures[1].begin, strspn(text + 11, "a"));
    assert_int_equal(pattern->captures[3].end - pattern->captures[3].begin, 3);
  }
  free(pattern);
}

static void assert_stopped(probe *in, const char *body) {
  base_code code = probe_run(in, body);
  if (code != BASE_BUDGET_EXCEEDED) {
    fail_msg("%s: got %s %s", body, base_code_name(code), in->error.message);
  }
}

static void hostile_patterns_are_stopped(void **state) {
  assert_stopped(*state, "return {('a'):rep(4000):match(('a*'):rep(20) .. 'b')}");
  assert_stopped(*state, "return {('a'):rep(4000):find(('a-'):rep(20) .. 'b')}");
  assert_stopped(*state, "return {('a'):rep(400):match(('a?'):rep(400) .. ('a'):rep(400) .. 'b')}");
  assert_stopped(*state, "return {('('):rep(60000):match('%b()')}");
  assert_stopped(*state, "return {('a'):rep(60000):gsub('.-b', '')}");
  assert_stopped(*state, "return {('a'):rep(60000):match('(.-)%1b')}");
  assert_stopped(*state, "for _ in ('a'):rep(60000):gmatch('.*b') do end");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PROBE_TEST(answers_are_those_of_lua), PROBE_TEST(patterns_of_every_day),
      PROBE_TEST(wrong_patterns_say_what_is_wrong), PROBE_TEST(a_match_can_be_stopped_anywhere),
      PROBE_TEST(hostile_patterns_are_stopped)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
