/* attack: scripts that loop, allocate, recurse, swallow, look for addresses and for ways out. Each runs
 * with the limits of a new server, in a thread with a small stack; each ends with a code, within the
 * memory it may have, and the next call is served. How long each took is printed, and which took longest
 * and most; on a machine that is busy, and under a sanitizer, a bound on the time is a wide one. Memory is what
 * the script and its answer had; without a sanitizer, whose own memory that would be, also how far the process
 * grew. */
#include <pthread.h>

#include "base/clock.h"
#include "probe.h"

#define INSTRUCTIONS 10000000
#define MEMORY ((size_t)16 << 20)
#define PEAK ((int64_t)20 << 20)
#define WORKED (UINT64_C(1500) * 1000000) /* sanitizers make our own functions slow */

#if defined(__SANITIZE_ADDRESS__)
#define STACK ((size_t)512 << 10)
#else
#define STACK ((size_t)256 << 10)
#endif

typedef enum ending {
  BUDGET, /* BUDGET_EXCEEDED */
  SCRIPT, /* SCRIPT_ERROR */
  EITHER
} ending;

typedef struct attack {
  ending ends;
  const char *body;
} attack;

static const attack attacks[] = {
    /* loops */
    {BUDGET, "while true do end"},
    {BUDGET, "repeat until false"},
    {BUDGET, "for i = 1, math.maxinteger do end"},
    {BUDGET, "for i = 1, 1e308, 1e-300 do end"},
    {BUDGET, "::again:: goto again"},
    {BUDGET, "local function f() return f() end return f()"},
    {BUDGET, "local function f(g) return g(f) end return f(f)"},
    {BUDGET, "for _ in function() return 1 end do end"},
    {BUDGET,
     "local t = {} for i = 1, 9000 do t[i] = i end while true do for _ in pairs(t) do end end"},
    {BUDGET, "local t = {} for i = 1, 9000 do t[i] = i end while true do next(t) end"},
    {BUDGET,
     "local t = {} for i = 1, 9000 do t[i] = i end while true do table.insert(t, 1, 0) end"},
    {BUDGET,
     "local t = {} for i = 1, 9000 do t[i] = i end while true do table.remove(t, 1) "
     "t[#t + 1] = 0 end"},
    /* what is swallowed */
    {BUDGET, "while true do pcall(function() while true do end end) end"},
    {BUDGET, "pcall(pcall, pcall, function() while true do end end) return {}"},
    {BUDGET, "xpcall(function() while true do end end, function() while true do end end)"},
    {BUDGET, "while true do xpcall(error, function() end) end"},
    {BUDGET, "xpcall(error, function() while true do end end)"},
    {BUDGET, "local ok = pcall(string.rep, 'x', 1 << 40) return {}"},
    {BUDGET,
     "local ok = pcall(function() local s = 'x' while true do s = s .. s end end) return {}"},
    {BUDGET, "pcall(function() local t = {} for i = 1, 1e9 do t[i] = {} end end) return {}"},
    {BUDGET, "local function f() return 1 + f() end pcall(f) return {}"},
    {BUDGET, "local function f() pcall(f) end f() return {}"},
    {BUDGET, "local function f() return pcall(f) end f() return {}"},
    {BUDGET, "local function f() xpcall(f, f) end f() return {}"},
    {BUDGET, "local function f() for _ in f do end end pcall(f) return {}"},
    {BUDGET, "local function f() for _ in f do end end f() return {}"},
    {BUDGET, "local t = {3, 1, 2} local function f() table.sort(t, f) end pcall(f) return {}"},
    {BUDGET, "local function f() return (('x'):gsub('x', f)) end pcall(f) return {}"},
    {BUDGET, "local t = {1, 2, 3} while true do pcall(table.sort, t, error) end"},
    {BUDGET,
     "local t = {} for i = 1, 300 do t[i] = i end pcall(table.sort, t, function() while true "
     "do end end) return {}"},
    {BUDGET, "pcall(string.gsub, 'x', 'x', function() while true do end end) return {}"},
    /* recursion */
    {BUDGET, "local function f() return 1 + f() end return f()"},
    {BUDGET, "local function f(...) return f(1, ...) + 1 end return f()"},
    {BUDGET, "local f, g function f() g() return 1 end function g() f() return 1 end f()"},
    {SCRIPT, "local t = {} for i = 1, 500 do t = {t} end return {value = t}"},
    {SCRIPT, "local t = {} t.t = t return {value = t}"},
    {BUDGET, "local t = {} for i = 1, 22 do t = {t, t} end return {value = t}"},
    /* memory */
    {BUDGET, "local t = {} for i = 1, 1e9 do t[i] = i end"},
    {BUDGET, "local t = {} for i = 1, 1e9 do t[i .. ''] = true end"},
    {BUDGET, "local t = {} while true do t = {t} end"},
    {BUDGET, "local t = {} while true do t[#t + 1] = function() return t end end"},
    {BUDGET, "local s = 'x' while true do s = s .. s end"},
    {BUDGET, "local s = '' while true do s = s .. 'xxxxxxxxxxxxxxxx' end"},
    {BUDGET, "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end"},
    {BUDGET, "local s = ('x'):rep(1 << 19) return {value = s .. s .. s .. s .. s .. s .. s .. s}"},
    {BUDGET, "return {value = ('x'):rep(1 << 30)}"},
    {BUDGET, "return {value = ('x'):rep(-1 >> 1)}"},
    {BUDGET, "return {value = (''):rep(1 << 40, 'x')}"},
    {BUDGET,
     "local t, s = {}, ('x'):rep(1 << 16) for i = 1, 9000 do t[i] = s end "
     "return {value = table.concat(t)}"},
    {BUDGET,
     "local t, s = {}, ('x'):rep(1 << 16) for i = 1, 9000 do t[i] = s end return {value = t}"},
    {BUDGET, "local s = ('x'):rep(1 << 18) while true do ctx:call('echo.this', {s = s}) end"},
    {BUDGET, "local s = ('x'):rep(1 << 18) return {value = s:gsub('x', ('y'):rep(1 << 10))}"},
    {BUDGET, "local s = ('x'):rep(1 << 18) return {value = s:gsub('', s)}"},
    {BUDGET, "local s = ('x'):rep(1 << 19) while true do s = string.format('%s%s', s, s) end"},
    /* long functions of C */
    {BUDGET,
     "local a, b = ('x'):rep(1 << 19) .. 'a', ('x'):rep(1 << 19) .. 'b' "
     "while true do local c = a < b end"},
    {BUDGET,
     "local a, b = ('x'):rep(1 << 19) .. 'a', ('x'):rep(1 << 19) .. 'b' "
     "while true do local c = a == b end"},
    {BUDGET, "local s, t = ('x'):rep(1 << 19), {} for i = 1, 3000 do t[i] = s end table.sort(t)"},
    {BUDGET, "local s = ('x'):rep(1 << 19) while true do s:upper() end"},
    {BUDGET, "local s = ('x'):rep(1 << 19) while true do s:reverse() end"},
    {BUDGET, "local s = ('x'):rep(1 << 19) while true do utf8.len(s) end"},
    {BUDGET, "local s = ('1'):rep(1 << 19) while true do tonumber(s) end"},
    {BUDGET, "local s = ('1'):rep(1 << 19) while true do tonumber(s, 2) end"},
    {BUDGET, "local s = ('1'):rep(1 << 19) while true do math.max(s, s) end"},
    {BUDGET, "local s = ('1'):rep(1 << 19) while true do pcall(string.sub, s, s) end"},
    {BUDGET, "local s = (' '):rep(1 << 19) while true do pcall(table.concat, {}, s, s) end"},
    {BUDGET, "local s = ('x'):rep(1 << 19) while true do s:find('y', 1, true) end"},
    {BUDGET, "local s = ('x'):rep(1 << 19) while true do s:byte(1, -1) end"},
    {BUDGET, "local s = ('x'):rep(1 << 19) local t = {} while true do t[s .. #t] = nil end"},
    {BUDGET, "local t = {} for i = 1, 60000 do t[i] = -i end while true do table.sort(t) end"},
    {BUDGET,
     "local t = {} for i = 1, 60000 do t[i] = i end while true do table.sort(t, function() "
     "return true end) end"},
    {BUDGET, "local t = {} for i = 1, 60000 do t[i] = '' end while true do table.concat(t) end"},
    {BUDGET,
     "local function f(n, ...) if n == 0 then while true do select('#', ...) end end return "
     "f(n - 1, n, ...) end f(200)"},
    /* patterns */
    {BUDGET, "return {('a'):rep(40000):find(('a*'):rep(30) .. 'b')}"},
    {BUDGET, "return {('a'):rep(40000):match(('a-'):rep(30) .. 'b')}"},
    {BUDGET, "return {('a'):rep(40000):gsub('(a*)*b', '')}"},
    {BUDGET, "return {('('):rep(90000):match('%b()')}"},
    {BUDGET, "return {('a'):rep(90000):match('(.-)%1b')}"},
    {BUDGET, "return {('a'):rep(90000):match(('.-'):rep(200) .. 'b')}"},
    {BUDGET, "for _ in ('a'):rep(90000):gmatch('.-b') do end return {}"},
    {BUDGET, "return {('x'):match(('a?'):rep(1 << 18))}"},
    /* ways out */
    {SCRIPT, "load('while true do end')()"},
    {SCRIPT, "return {value = string.dump(function() end)}"},
    {SCRIPT, "return {value = string.pack('z', 'x')}"},
    {SCRIPT, "collectgarbage('stop')"},
    {SCRIPT, "coroutine.wrap(function() while true do end end)()"},
    {SCRIPT, "setmetatable({}, {__gc = function() while true do end end})"},
    {SCRIPT, "getmetatable('').__index = nil"},
    {SCRIPT, "string.rep = nil"},
    {SCRIPT, "('x').y = 1"},
    {SCRIPT, "debug.sethook()"},
    {SCRIPT, "rawset(string, 'rep', nil)"},
    {SCRIPT, "table.insert(string, 1)"},
    {SCRIPT, "crm.list(crm)"},
    {SCRIPT, "local x <close> = {} while true do end"},
    {SCRIPT, "return {value = string.format('%p', {})}"},
    {SCRIPT, "return {value = {} .. ''}"},
    {SCRIPT, "error({})"},
    {SCRIPT, "error(ctx)"},
    {SCRIPT, "local _ENV <const> = 11 x = 1"},
    {SCRIPT, "require('os').exit()"},
    {SCRIPT, "crm.require('init')"},
    {SCRIPT, "ctx.actor = 'admin'"},
    {SCRIPT, "ctx.get({}, 'customer', 1)"},
    {SCRIPT, "ctx:create('customer', {})"},
    {EITHER, "return {value = table.unpack({}, 1, 1e7)}"},
    {EITHER, "return {value = table.unpack({}, math.mininteger, math.maxinteger)}"},
};

/* The worst so far. */
typedef struct worst {
  uint64_t worked;
  const char *longest;
  int64_t memory; /* what Lua and the arena had */
  const char *largest;
  int64_t grown; /* by how much more the process was resident; 0: not looked at */
} worst;

static void note(worst *so_far, const attack *one, uint64_t worked, int64_t memory, int64_t grown) {
  if (worked > so_far->worked) {
    so_far->worked = worked;
    so_far->longest = one->body;
  }
  if (memory > so_far->memory) {
    so_far->memory = memory;
    so_far->largest = one->body;
  }
  if (grown > so_far->grown) so_far->grown = grown;
}

/* A line of the process's status, in bytes; 0 when there is none. */
static int64_t status_bytes(const char *key) {
  char line[256];
  long long kib = 0;
  FILE *status = fopen("/proc/self/status", "r");
  if (status == NULL) return 0;
  while (kib == 0 && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, key, strlen(key)) == 0) kib = strtoll(line + strlen(key), NULL, 10);
  }
  (void)fclose(status);
  return (int64_t)kib << 10;
}

/* Has the system forget how much was resident at most; returns what is now, or 0 where nothing is watched. */
static int64_t begin_watch(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#else
  FILE *refs = fopen("/proc/self/clear_refs", "w");
  if (refs == NULL) return 0;
  bool written = fputs("5", refs) >= 0;
  written = fclose(refs) == 0 && written;
  return written ? status_bytes("VmRSS:") : 0;
#endif
}

static int64_t end_watch(int64_t before) {
  return before == 0 ? 0 : status_bytes("VmHWM:") - before;
}

static void load_attack(probe *in, const char *attacked) {
  size_t size = strlen(attacked) + 128;
  char *body = base_alloc(size);
  (void)snprintf(body, size, "if params.calm then return {value = 1} end do %s end return {}",
                 attacked);
  base_code code = probe_load_body(in, false, body);
  if (code == BASE_SCRIPT_ERROR) {
    /* `return` must be last: bodies that return need no other end. */
    (void)snprintf(body, size, "if params.calm then return {value = 1} end %s", attacked);
    code = probe_load_body(in, false, body);
  }
  free(body);
  if (code != BASE_OK && strstr(attacked, "_ENV") == NULL) {
    fail_msg("%s: %s", attacked, in->error.message);
  }
}

static void assert_served(probe *in, const char *attacked) {
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_pair_boolean(&params, "calm", true);
  base_code code = probe_call(in, base_buffer_slice(&params));
  base_buffer_fini(&params);
  if (code != BASE_OK || data_map_integer(base_buffer_slice(&in->result), "value", 0) != 1) {
    fail_msg("after %s: %s %s", attacked, base_code_name(code), in->error.message);
  }
}

static void run_attack(probe *in, const attack *one, worst *so_far) {
  api_account account;
  load_attack(in, one->body);
  if (in->package == NULL) return; /* refused before it ran */
  base_arena_reset(in->arena);
  int64_t resident = begin_watch();
  uint64_t before = base_clock_worked();
  base_code code = probe_call(in, (base_slice){0});
  uint64_t worked = base_clock_worked() - before;
  in->package->account(in->package, &account);
  int64_t memory = account.memory_peak + (int64_t)base_arena_size(in->arena);
  int64_t grown = end_watch(resident);
  note(so_far, one, worked, memory, grown);
  print_message("%4d ms %6d KiB %-16s %.70s\n", (int)(worked / 1000000), (int)(memory >> 10),
                base_code_name(code), one->body);
  bool budget = code == BASE_BUDGET_EXCEEDED && one->ends != SCRIPT;
  bool script = code == BASE_SCRIPT_ERROR && one->ends != BUDGET;
  if (!budget && !script) {
    fail_msg("%s: %s %s", one->body, base_code_name(code), in->error.message);
  }
  assert_within(in->error.message, "probe");
  assert_null(strstr(in->error.message, "0x"));
  assert_true(memory <= PEAK);
  assert_true(grown <= PEAK);
  assert_true(worked < WORKED);
  assert_int_equal(account.budget_errors, code == BASE_BUDGET_EXCEEDED);
  for (int i = 0; i < 2; i++) assert_served(in, one->body);
}

static void *run_all(void *self) {
  probe *in = self;
  worst so_far = {0};
  size_t count = sizeof attacks / sizeof attacks[0];
  for (size_t i = 0; i < count; i++) run_attack(in, &attacks[i], &so_far);
  print_message(
      "%zu attacks; the longest %d ms (%.60s), the largest %d KiB (%.60s), the process grew by %d "
      "KiB\n",
      count, (int)(so_far.worked / 1000000), so_far.longest, (int)(so_far.memory >> 10),
      so_far.largest, (int)(so_far.grown >> 10));
  return NULL;
}

static void attacks_are_contained(void **state) {
  probe *in = *state;
  pthread_t thread;
  pthread_attr_t attributes;
  in->limits = (script_limits){.memory = MEMORY, .instructions = 20000000};
  in->instructions = INSTRUCTIONS;
  assert_true(sizeof attacks / sizeof attacks[0] >= 60);
  assert_int_equal(pthread_attr_init(&attributes), 0);
  assert_int_equal(pthread_attr_setstacksize(&attributes, STACK), 0);
  assert_int_equal(pthread_create(&thread, &attributes, run_all, in), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(pthread_attr_destroy(&attributes), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(attacks_are_contained)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
