/* text: texts in both languages, failures with their code, days. */
#include "probe.h"

static void write_texts(probe *in) {
  probe_write(in, "i18n/zh-CN.lua", "return {greet = '{name}您好，{days} 天', plain = '好'}");
  probe_write(in, "i18n/en.lua", "return {greet = 'Hello {name}, {days} days', plain = 'good'}");
}

static void stored_texts_are_in_the_business_language(void **state) {
  probe *in = *state;
  write_texts(in);
  in->ctx.business_language = BASE_ZH;
  assert_text(in, "ctx:text('greet', {name = '王秀兰', days = 5})", "王秀兰您好，5 天");
  in->ctx.business_language = BASE_EN;
  assert_text(in, "ctx:text('greet', {name = 'Wang', days = 5})", "Hello Wang, 5 days");
  assert_error(in, "ctx:text('greet', {name = 'x'})", "needs a value for {days}");
  assert_error(in, "ctx:text('greet')", "needs a value for {name}");
  assert_error(in, "ctx:text('gret')", "i18n/en.lua has no text 'gret'");
}

static void failures_keep_code_field_and_language(void **state) {
  probe *in = *state;
  write_texts(in);
  const char *body =
      "local function deep() ctx:fail('RULE_FAILED', 'greet', {field = "
      "'lines.quantity', name = '王', days = 1}) end deep()";
  in->error.language = BASE_ZH;
  assert_int_equal(probe_run(in, body), BASE_RULE_FAILED);
  assert_string_equal(in->error.message, "王您好，1 天");
  assert_string_equal(in->error.field, "lines.quantity");
  in->error.language = BASE_EN;
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_RULE_FAILED);
  assert_string_equal(in->error.message, "Hello 王, 1 days");
  assert_int_equal(probe_run(in, "ctx:fail('NOT_FOUND', '没有这个 {what} 套餐 {}', {what = 'A'})"),
                   BASE_NOT_FOUND);
  assert_string_equal(in->error.message, "没有这个 A 套餐 {}");
  assert_error(in, "ctx:fail('RULE_FAILD', 'x')", "'RULE_FAILD' is no code");
}

static void broken_texts_do_not_leave(void **state) {
  probe *in = *state;
  assert_int_equal(probe_run(in, "ctx:fail('RULE_FAILED', 'a\\xff王', {field = '\\xfe'})"),
                   BASE_RULE_FAILED);
  assert_string_equal(in->error.message, "a????");
  assert_string_equal(in->error.field, "?");
  assert_error(in, "error('\\xff', 0)", "?");
}

/* A call's failure passes through, with the code that it had. */
static void failures_of_calls_pass_through(void **state) {
  probe *in = *state;
  assert_int_equal(probe_run(in, "ctx:call('wrong.op') return {}"), BASE_NOT_FOUND);
  assert_string_equal(in->error.field, "id");
  assert_int_equal(probe_run(in, "pcall(ctx.call, ctx, 'wrong.op') return {}"), BASE_OK);
  assert_int_equal(in->error.code, BASE_OK);
}

static void languages_have_the_same_keys(void **state) {
  probe *in = *state;
  write_texts(in);
  probe_write(in, "i18n/en.lua", "return {greet = 'Hello'}");
  assert_int_equal(probe_load_body(in, false, ""), BASE_VALIDATION_FAILED);
  assert_within(in->error.message, "i18n/en.lua lacks plain");
  probe_write(in, "i18n/en.lua", "return {greet = 5, plain = 'x'}");
  assert_int_equal(probe_load_body(in, false, ""), BASE_VALIDATION_FAILED);
  assert_within(in->error.message, "must give a text for greet");
  probe_write(in, "i18n/en.lua", "return 'x'");
  assert_int_equal(probe_load_body(in, false, ""), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "probe/i18n/en.lua");
}

static void facts_are_those_of_the_op(void **state) {
  assert_text(*state, "ctx.today .. ' ' .. ctx.actor", "2026-03-02 李静");
  assert_integer(*state, "ctx.now", 1772416800000);
  assert_text(*state, "ctx:date(ctx.now + 14 * 3600 * 1000 - 1)", "2026-03-02");
  assert_text(*state, "ctx:date(ctx.now + 14 * 3600 * 1000)", "2026-03-03");
  assert_integer(*state, "ctx:instant('2026-03-02')", 1772380800000);
  assert_integer(*state, "ctx:instant('2026-03-02', '10:00')", 1772416800000);
  assert_integer(*state, "ctx:instant('2026-03-02', '24:00') - ctx:instant('2026-03-03')", 0);
  for (size_t i = 0; i < 6; i++) {
    static const char *const wrong[] = {"9:30", "09:60", "24:01", "09:3x", "09.30", "0930 "};
    char body[64];
    (void)snprintf(body, sizeof body, "ctx:instant('2026-03-02', '%s')", wrong[i]);
    assert_error(*state, body, "a time of the day is a text like");
  }
}

static void configuration_is_read(void **state) {
  probe *in = *state;
  probe_write(
      in, "init.lua",
      "return crm.package{name = 'probe', version = '1.0.0', config = {first_days = {kind = "
      "'integer', default = 5}}, ops = {['probe.run'] = {run = function(ctx) return {value "
      "= ctx.config.first_days} end}}}");
  assert_int_equal(probe_load(in), BASE_OK);
  base_buffer config = {0};
  data_append_map(&config, 1);
  data_append_pair_integer(&config, "first_days", 7);
  assert_int_equal(in->package->start(in->package, base_buffer_slice(&config), &in->error),
                   BASE_OK);
  base_buffer_fini(&config);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_OK);
  assert_int_equal(data_map_integer(base_buffer_slice(&in->result), "value", 0), 7);
}

/* C-04: months clamp to the month's end. */
static void days_are_counted(void **state) {
  assert_text(*state, "crm.date.add('2026-03-02', {days = 30})", "2026-04-01");
  assert_text(*state, "crm.date.add('2026-08-31', {months = 1})", "2026-09-30");
  assert_text(*state, "crm.date.add('2026-08-31', {months = 6, days = -1})", "2027-02-27");
  assert_integer(*state, "crm.date.days_between('2026-03-02', '2026-03-07')", 5);
  assert_integer(*state, "crm.date.weekday('2026-03-02') * 10 + crm.date.weekday('2026-03-08')",
                 17);
  assert_text(*state, "crm.date.max('2026-03-02', nil, '2026-03-07', '2026-01-01')", "2026-03-07");
  assert_text(*state, "crm.date.min('2026-03-02', '2026-03-07')", "2026-03-02");
  assert_text(*state, "tostring(crm.date.max(nil))", "nil");
  assert_text(*state, "crm.date.lunar('2025-08-08')", "2025-06L-15");
  assert_text(*state, "tostring(crm.date.lunar('1901-02-18'))", "nil");
  assert_text(*state, "crm.date.from_lunar('2025年闰六月十五')", "2025-08-08");
  assert_text(*state, "crm.date.lunar_birthday('1967-12-30', '2025-12-31')", "2026-02-16");
  assert_text(*state, "tostring(crm.date.lunar_birthday('1967-12-30', '2100-02-08'))", "nil");
  assert_error(*state, "crm.date.add('2026-02-30', {days = 1})", "'2026-02-30' is not a date");
  assert_error(*state, "crm.date.add('2026-03-02', {day = 1})", "{days = …, months = …} only");
  assert_error(*state, "crm.date.add('2026-03-02', {days = 1.5})", "days must be a whole number");
  assert_error(*state, "crm.date.weekday(20260302)", "'20260302' is not a date");
  assert_error(*state, "crm.date.from_lunar('2025-05L-01')", "'2025-05L-01' is not a lunar date");
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(stored_texts_are_in_the_business_language),
                                     PROBE_TEST(failures_keep_code_field_and_language),
                                     PROBE_TEST(failures_of_calls_pass_through),
                                     PROBE_TEST(broken_texts_do_not_leave),
                                     PROBE_TEST(languages_have_the_same_keys),
                                     PROBE_TEST(facts_are_those_of_the_op),
                                     PROBE_TEST(configuration_is_read),
                                     PROBE_TEST(days_are_counted)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
