/* ctx: working days and time as scripts count them, by the records there are. */
#include "stage.h"

static const char counts[] =
    "local function run(body) return {run = body, params = {{name = 'on', kind = 'date'},\n"
    "  {name = 'count', kind = 'integer'}, {name = 'at', kind = 'datetime'}}} end\n"
    "return crm.package{name = 'probe', version = '1.0.0', ops = {\n"
    "  ['probe.days'] = run(function(ctx, p)\n"
    "    return {on = ctx:working_days(p.on, p.count)} end),\n"
    "  ['probe.day'] = run(function(ctx, p) return {worked = ctx:working_day(p.on)} end),\n"
    "  ['probe.time'] = run(function(ctx, p)\n"
    "    return {at = ctx:working_time(p.at, p.count)} end),\n"
    "  ['probe.caught'] = run(function(ctx, p)\n"
    "    local ok, e = pcall(ctx.working_days, ctx, '2026-12-31', 1)\n"
    "    return {ok = ok, code = e.code, field = e.field} end),\n"
    "  ['probe.wrong'] = run(function(ctx, p) return {on = ctx:working_days(p.on, '3')} end),\n"
    "}}";

static void scripts_count_working_days(void **state) {
  stage_probe(
      *state, counts,
      "crm.test('days', function(t)\n"
      "  t:equal(t:call('probe.days', {on = '2026-03-13', count = 1}).on, '2026-03-16')\n"
      "  t:equal(t:call('probe.days', {on = '2026-09-29', count = 3}).on, '2026-10-09')\n"
      "  t:equal(t:call('probe.days', {on = '2026-10-09', count = -3}).on, '2026-09-29')\n"
      "  t:equal(t:call('probe.days', {on = '2026-10-04', count = 0}).on, '2026-10-04')\n"
      "  t:equal(t:call('probe.day', {on = '2026-10-10'}), {worked = true})\n"
      "  t:equal(t:call('probe.day', {on = '2026-10-04'}), {worked = false})\n"
      "  t:equal(t:call('probe.day', {on = '2031-10-04'}), {})\n"
      "  local e = t:fails('VALIDATION_FAILED', 'probe.days', {on = '2026-12-31', count = 1})\n"
      "  assert(string.find(e.message, '2027'), e.message)\n"
      "  t:equal(t:call('probe.caught'),\n"
      "    {ok = false, code = 'VALIDATION_FAILED', field = 'calendar'})\n"
      "  e = t:fails('SCRIPT_ERROR', 'probe.wrong', {on = '2026-03-13'})\n"
      "  assert(string.find(e.message, 'number of days must be a whole number'), e.message)\n"
      "end)\n"
      "crm.test('a record of the same test counts at once', function(t)\n"
      "  t:call('record.create', {type = 'calendar', values = {day = '2026-03-16',\n"
      "    kind = 'holiday', name = '店庆'}})\n"
      "  t:equal(t:call('probe.days', {on = '2026-03-13', count = 1}).on, '2026-03-17')\n"
      "end)\n"
      /* 2026-03-13 17:00 in Shanghai, a Friday. */
      "crm.test('time', function(t)\n"
      "  t:equal(t:call('probe.time', {at = 1773392400000, count = 2 * 3600000}).at,\n"
      "    1773626400000)\n"
      "  t:fails('VALIDATION_FAILED', 'probe.time', {at = 1773392400000, count = -1})\n"
      "end)\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(scripts_count_working_days)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
