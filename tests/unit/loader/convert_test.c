/* Conversion: a plugin's tables, walked with its own sizes, become the server's; and what inspect
 * shows of them. */
#include "desk.h"

static const data_field *field(const data_field *fields, const char *name) {
  const data_field *found = data_field_find(fields, base_slice_text(name));
  assert_non_null(found);
  return found;
}

/* --- larger structs ---------------------------------------------------------------------------- */

static void grown_fields(const model_type_definition *types) {
  const data_field *state_field = field(types[0].fields, "state");
  assert_int_equal(data_field_count(types[0].fields), 2);
  assert_int_equal(state_field->kind, DATA_KIND_STATES);
  assert_string_equal(state_field->transitions[1].from, "done");
  assert_string_equal(state_field->transitions[1].to, "open");
  assert_null(state_field->transitions[2].from);
  const data_field *note = field(types[0].fields, "note");
  assert_true(note->bounded);
  assert_int_equal(note->max, 200);
  assert_int_equal(note->flags, 0);
}

static void grown_indexes(const model_type_definition *types) {
  const model_index_definition *indexes = types[0].indexes;
  assert_string_equal(indexes[0].name, "open_note");
  assert_false(indexes[0].unique);
  assert_string_equal(indexes[0].fields[1], "note");
  assert_null(indexes[0].fields[2]);
  assert_string_equal(indexes[0].where[0].value, "open");
  assert_null(indexes[0].where[1].field);
  assert_string_equal(indexes[1].name, "all_note");
  assert_true(indexes[1].unique);
  assert_null(indexes[1].where);
  assert_null(indexes[2].name);
}

static void larger_structs_are_walked_with_their_own_size(void **state) {
  desk *self = *state;
  api_package *package = NULL;
  desk_load(self, TEST_PLUGINS "/grown.so", &package);
  assert_string_equal(package->types[0].name, "grown");
  assert_string_equal(package->types[1].name, "grown_too");
  assert_null(package->types[2].name);
  grown_fields(package->types);
  grown_indexes(package->types);
  assert_string_equal(package->ops[0].name, "grown.first");
  assert_string_equal(package->ops[1].name, "grown.second");
  assert_null(package->ops[2].name);
  assert_int_equal(data_field_count(package->ops[0].params), 2);
  assert_string_equal(package->rules[0].name, "refuse");
  data_value terms;
  assert_true(data_map_find(package->rules[0].where, "state", &terms));
  assert_true(data_map_find(terms.raw, "in", &terms));
  assert_int_equal(terms.as.count, 1);
  assert_null(package->rules[1].name);
  package->free(package);
}

/* --- tables that are wrong --------------------------------------------------------------------- */

static void a_wrong_row_is_named(void **state) {
  desk *self = *state;
  static const struct {
    const char *file;
    const char *words;
  } faults[] = {
      {"no_run", "plugin tables, op “tables.greet”: run is missing"},
      {"no_dot", "plugin tables, op “greet”: the name must be noun.verb"},
      {"unknown_kind", "plugin tables, op “note”: unknown kind"},
      {"unknown_flag", "plugin tables, op “tables.greet”: unknown flag"},
      {"no_events", "plugin tables, rule “refuse”: events must be crm_events"},
      {"no_end", "plugin tables, op “note”: fields are nested too deep"},
  };
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    char path[512];
    api_package *package = NULL;
    (void)snprintf(path, sizeof path, "%s/%s.so", TEST_PLUGINS, faults[i].file);
    base_error_clear(&self->error);
    assert_int_equal(loader_plugin_load(path, self->copies, &package, &self->error),
                     BASE_VALIDATION_FAILED);
    if (strstr(self->error.message, faults[i].words) == NULL) {
      fail_msg("%s: %s", faults[i].file, self->error.message);
    }
  }
}

/* --- inspect ----------------------------------------------------------------------------------- */

static base_slice inspect(desk *self, const char *path) {
  base_buffer out = {0};
  desk_check(self, loader_plugin_inspect(path, self->copies, &out, &self->error));
  base_slice described = base_arena_slice(self->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  desk_check(self,
             data_scan_whole(
                 described,
                 (data_limits){.bytes = 1 << 20, .depth = 32, .items = 10000, .map_entries = 1000},
                 &self->error));
  return described;
}

/* The element of the list `key` whose name is `name`. */
static base_slice row(base_slice described, const char *key, const char *name) {
  data_value list;
  assert_true(data_map_find(described, key, &list));
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    if (base_slice_is(data_map_text(walk.value.raw, "name"), name)) return walk.value.raw;
  }
  fail_msg("%s has no %s", key, name);
  return described;
}

static uint32_t length(base_slice map, const char *key) {
  data_value list;
  assert_true(data_map_find(map, key, &list));
  assert_int_equal(list.type, DATA_ARRAY);
  return list.as.count;
}

static void inspect_says_which_header_a_plugin_was_built_with(void **state) {
  base_slice described = inspect(*state, TEST_PLUGINS "/frozen_1_0.so");
  assert_text(data_map_text(described, "abi"), "1.0");
  assert_int_equal(length(row(described, "types", "visit"), "fields"), 5);
}

static void inspect_shows_what_a_plugin_brings(void **state) {
  base_slice described = inspect(*state, TEST_PLUGINS "/guestbook.so");
  assert_text(data_map_text(described, "name"), "guestbook");
  assert_text(data_map_text(described, "version"), "1.2.0");
  assert_text(data_map_text(described, "abi"), "1.1");
  assert_text(data_map_text(described, "doc_zh"), "到店登记。");
  assert_int_equal(length(described, "needs"), 1);
  (void)row(described, "config", "greeting");
  assert_int_equal(length(row(described, "types", "visit"), "fields"), 5);
  assert_int_equal(length(row(described, "types", "visit"), "indexes"), 2);
  assert_true(data_map_boolean(row(described, "types", "customer"), "extends", false));
  assert_int_equal(length(row(described, "ops", "guestbook.enter"), "params"), 3);
  assert_int_equal(length(row(described, "ops", "guestbook.enter"), "errors"), 2);
  assert_text(data_map_text(row(described, "ops", "guestbook.enter"), "package"), "guestbook");
  assert_int_equal(length(row(described, "rules", "b_keep_last"), "events"), 3);
  assert_int_equal(length(row(described, "rules", "b_keep_last"), "fields"), 1);
}

static void inspect_shows_the_refill_forecast(void **state) {
  base_slice described = inspect(*state, BUILT_PLUGINS "/health_product.so");
  assert_text(data_map_text(described, "name"), "health_forecast");
  base_slice op = row(described, "ops", "refill.forecast");
  assert_int_equal(length(op, "params"), 3);
  assert_int_equal(length(op, "flags"), 0);
}

static void a_plugin_may_bring_nothing(void **state) {
  base_slice described = inspect(*state, TEST_PLUGINS "/ill.so");
  assert_int_equal(length(described, "types"), 0);
  assert_int_equal(length(described, "rules"), 0);
  assert_int_equal(length(described, "config"), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)
  const struct CMUnitTest tests[] = {
      TEST(larger_structs_are_walked_with_their_own_size),
      TEST(a_wrong_row_is_named),
      TEST(inspect_shows_what_a_plugin_brings),
      TEST(inspect_says_which_header_a_plugin_was_built_with),
      TEST(inspect_shows_the_refill_forecast),
      TEST(a_plugin_may_bring_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
