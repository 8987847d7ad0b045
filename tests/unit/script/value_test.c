/* value: Lua to msgpack and back, and the records that a script reads. */
#include "probe.h"

/* Calls probe.run with the params and compares its result with the bytes of `wanted`. */
static void assert_echo(probe *in, const base_buffer *params, const base_buffer *wanted) {
  base_code code = probe_call(in, base_buffer_slice(params));
  if (code != BASE_OK) fail_msg("%s", in->error.message);
  assert_int_equal(in->result.size, wanted->size);
  assert_memory_equal(in->result.data, wanted->data, wanted->size);
}

/* {"alive": true, "lines": [{"quantity": 3}, []], "name": "王秀兰", "negative": -7, "none": {}} */
static void append_sample(base_buffer *out) {
  data_append_map(out, 5);
  data_append_pair_boolean(out, "alive", true);
  data_append_text(out, "lines");
  data_append_array(out, 2);
  data_append_map(out, 1);
  data_append_pair_integer(out, "quantity", 3);
  data_append_array(out, 0);
  data_append_pair_text(out, "name", "王秀兰");
  data_append_pair_integer(out, "negative", -7);
  data_append_text(out, "none");
  data_append_map(out, 0);
}

static void values_come_back_as_they_went(void **state) {
  base_buffer sample = {0};
  append_sample(&sample);
  assert_int_equal(probe_load_body(*state, false, "return params"), BASE_OK);
  assert_echo(*state, &sample, &sample);
  assert_int_equal(probe_load_body(*state, false, "return ctx:call('echo.this', params)"), BASE_OK);
  assert_echo(*state, &sample, &sample);
  base_buffer_fini(&sample);
}

static void nil_null_and_empty(void **state) {
  base_buffer wanted = {0};
  data_append_map(&wanted, 3);
  data_append_text(&wanted, "clear");
  data_append_nil(&wanted);
  data_append_text(&wanted, "list");
  data_append_array(&wanted, 0);
  data_append_text(&wanted, "map");
  data_append_map(&wanted, 0);
  assert_int_equal(
      probe_run(*state, "return {absent = nil, clear = crm.null, list = crm.list{}, map = {}}"),
      BASE_OK);
  probe *in = *state;
  assert_int_equal(in->result.size, wanted.size);
  assert_memory_equal(in->result.data, wanted.data, wanted.size);
  base_buffer_fini(&wanted);
  assert_int_equal(probe_run(*state, "return nil"), BASE_OK);
  assert_int_equal(in->result.data[0], 0x80);
}

/* The result's fields say that an empty table is a list. */
static void fields_decide_for_empty_tables(void **state) {
  probe *in = *state;
  probe_write(in, "init.lua",
              "return crm.package{name = 'probe', version = '1.0.0', ops = {['probe.run'] = {"
              "result = {value = {kind = 'list', of = 'map', fields = {tags = {kind = 'tags'}}}}, "
              "run = function(ctx, params) return {value = params.full and {{tags = {}}} or {}} "
              "end}}}");
  assert_int_equal(probe_load(in), BASE_OK);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_OK);
  data_value value;
  data_map_find(base_buffer_slice(&in->result), "value", &value);
  assert_int_equal(value.type, DATA_ARRAY);
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_pair_boolean(&params, "full", true);
  assert_int_equal(probe_call(in, base_buffer_slice(&params)), BASE_OK);
  data_map_find(base_buffer_slice(&in->result), "value", &value);
  data_walk walk = data_walk_begin(value.raw);
  assert_true(data_walk_next(&walk));
  data_map_find(walk.value.raw, "tags", &value);
  assert_int_equal(value.type, DATA_ARRAY);
  base_buffer_fini(&params);
}

static void numbers_are_whole(void **state) {
  assert_integer(*state, "4 / 2", 2);
  assert_integer(*state, "2^53", INT64_C(9007199254740992));
  assert_integer(*state, "-9223372036854775807 - 1", INT64_MIN);
  assert_error(*state, "return {lines = {{quantity = 1}, {quantity = 2.5}}}",
               "result.lines[2].quantity: 2.5 has a fraction");
  assert_error(*state, "return {value = 0/0}", "result.value:");
  assert_error(*state, "return {value = 1/0}", "result.value: inf has a fraction");
}

static void tables_that_are_neither(void **state) {
  assert_error(*state, "return {value = {1, 2, name = 'x'}}",
               "result.value: a list may have no gaps");
  assert_error(*state, "return {value = {[2] = 'x'}}", "result.value: a table is either a list");
  assert_error(*state, "return {value = {1, nil, 3}}", "result.value: a list may have no gaps");
  assert_error(*state, "return {value = {[true] = 1}}", "result.value: a table is either a list");
  assert_error(*state, "local t = {} t.t = t return t", "nested too deep");
  assert_error(*state, "return {value = pairs}", "result.value: a function cannot be stored");
  assert_error(*state, "return {value = ctx}", "result.value: a userdata cannot be stored");
  assert_error(*state, "return {value = ('王'):sub(1, 2)}",
               "result.value: the text is not valid UTF-8");
  assert_error(*state, "return {[('王'):sub(1, 2)] = 1}", "result: a key is not valid UTF-8");
}

/* --- records --------------------------------------------------------------------------------------- */

static const char record[] =
    "local r = ctx:call('echo.this', {id = 7, name = '李静', lines = {{quantity = 2}, {quantity = "
    "3}}})\n";

static void assert_record(probe *in, const char *expression, const char *wanted) {
  char body[512];
  (void)snprintf(body, sizeof body, "%s return {value = %s}", record, expression);
  data_value value = probe_value(in, body);
  assert_int_equal(value.type, DATA_TEXT);
  if (!base_slice_is(value.as.bytes, wanted)) {
    fail_msg("%s: got '%.*s'", expression, BASE_SLICE_ARGS(value.as.bytes));
  }
}

static void records_are_views(void **state) {
  assert_record(*state, "r.name .. r.id .. #r.lines .. r.lines[2].quantity", "李静723");
  assert_record(*state, "tostring(r.missing) .. tostring(r) .. type(r)", "nilrecorduserdata");
  assert_record(*state,
                "(function() local s = '' for k, v in pairs(r) do s = s .. k .. ' ' end return s "
                "end)()",
                "id lines name ");
}

static void records_cannot_be_written(void **state) {
  char body[512];
  (void)snprintf(body, sizeof body, "%s r.name = '王秀兰'", record);
  assert_error(*state, body, "ctx:update(type, id, values)");
}

static void records_end_with_their_call(void **state) {
  probe *in = *state;
  probe_write(in, "init.lua",
              "local kept return crm.package{name = 'probe', version = '1.0.0', ops = "
              "{['probe.run'] = {run = function(ctx) if kept then return {v = kept.id} end kept = "
              "ctx:call('echo.this', {id = 1}) return kept end}}}");
  assert_int_equal(probe_load(in), BASE_OK);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_OK);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_SCRIPT_ERROR);
  assert_within(in->error.message,
                "probe/init.lua:1: this record was read in a call that has ended");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PROBE_TEST(values_come_back_as_they_went),  PROBE_TEST(nil_null_and_empty),
      PROBE_TEST(fields_decide_for_empty_tables), PROBE_TEST(numbers_are_whole),
      PROBE_TEST(tables_that_are_neither),        PROBE_TEST(records_are_views),
      PROBE_TEST(records_cannot_be_written),      PROBE_TEST(records_end_with_their_call)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
