/* field: kinds, look-ups, defaults, and the way to msgpack and back. */
#include "data/states.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "data/append.h"
#include "data/scan.h"

static const char *const kinds[] = {"revisit", "repurchase", NULL};
static const char *const states[] = {"open", "done", "cancelled", NULL};
static const data_transition ways[] = {{.from = "open", .to = "done"},
                                       {.from = "done", .to = "open"},
                                       {.from = "open", .to = "cancelled"},
                                       {.from = NULL}};

static const data_field address_fields[] = {
    {.name = "city", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "street", .kind = DATA_KIND_TEXT},
    {0},
};

static const data_field line_fields[] = {
    {.name = "product", .kind = DATA_KIND_REFERENCE, .flags = DATA_REQUIRED, .to = "product"},
    {.name = "quantity",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = INT64_MAX,
     .initial = "1"},
    {0},
};

static const data_field task_fields[] = {
    {.name = "title",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED | DATA_SEARCH,
     .label_zh = "标题",
     .label_en = "Title",
     .doc = "What is to be done (REV-02).",
     .bounded = true,
     .min = 2,
     .max = 200},
    {.name = "kind", .kind = DATA_KIND_CHOICE, .choices = kinds, .initial = "revisit"},
    {.name = "state",
     .kind = DATA_KIND_STATES,
     .choices = states,
     .transitions = ways,
     .flags = DATA_INDEX},
    {.name = "customer", .kind = DATA_KIND_REFERENCE, .to = "customer"},
    {.name = "phone", .kind = DATA_KIND_PHONE, .flags = DATA_UNIQUE | DATA_PERSONAL},
    {.name = "price", .kind = DATA_KIND_MONEY, .initial = "-250"},
    {.name = "urgent", .kind = DATA_KIND_BOOLEAN, .initial = "true"},
    {.name = "made_at", .kind = DATA_KIND_DATETIME, .flags = DATA_READONLY},
    {.name = "tags", .kind = DATA_KIND_TAGS, .initial = ""},
    {.name = "address", .kind = DATA_KIND_MAP, .fields = address_fields},
    {.name = "lines", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .fields = line_fields},
    {.name = "weeks", .kind = DATA_KIND_LIST, .of = DATA_KIND_INTEGER},
    {.name = "extra", .kind = DATA_KIND_ANY},
    {0},
};

static int make_arena(void **state) {
  *state = base_arena_new();
  return 0;
}

static int free_arena(void **state) {
  base_arena_free(*state);
  return 0;
}

static void every_kind_has_a_name(void **state) {
  (void)state;
  for (int kind = DATA_KIND_TEXT; kind <= DATA_KIND_ANY; kind++) {
    data_kind found = DATA_KIND_TEXT;
    assert_true(data_kind_find(base_slice_text(data_kind_name((data_kind)kind)), &found));
    assert_int_equal(found, kind);
  }
  data_kind kind;
  assert_false(data_kind_find(base_slice_text("float"), &kind));
  assert_string_equal(data_kind_name((data_kind)99), "unknown");
  for (int i = 0; i < DATA_FLAG_COUNT; i++) {
    assert_string_not_equal(data_flag_name(1u << i), "unknown");
  }
  assert_string_equal(data_flag_name(1u << DATA_FLAG_COUNT), "unknown");
}

static const data_field *path(const char *text) {
  return data_field_path(task_fields, base_slice_text(text));
}

static void fields_are_found_by_name_and_path(void **state) {
  (void)state;
  assert_int_equal(data_field_count(task_fields), 13);
  assert_int_equal(data_field_count(NULL), 0);
  assert_ptr_equal(data_field_find(task_fields, base_slice_text("phone")), &task_fields[4]);
  assert_null(data_field_find(task_fields, base_slice_text("fone")));
  assert_null(data_field_find(NULL, base_slice_text("phone")));
  assert_ptr_equal(path("phone"), &task_fields[4]);
  assert_ptr_equal(path("address.city"), &address_fields[0]);
  assert_null(path("address."));
  assert_null(path("address.zip"));
  assert_null(path("address.city.x"));
  assert_null(path("phone.city"));
  assert_null(path("lines.product"));
  assert_null(path(""));
}

static void assert_initial(const char *name, const void *bytes, size_t size) {
  base_buffer out = {0};
  assert_true(data_field_initial(data_field_find(task_fields, base_slice_text(name)), &out));
  assert_int_equal(out.size, size);
  assert_memory_equal(out.data, bytes, size);
  base_buffer_fini(&out);
}

static void defaults_have_the_type_of_their_kind(void **state) {
  (void)state;
  assert_initial("kind", "\xa7revisit", 8);
  assert_initial("state", "\xa4open", 5);
  assert_initial("price", "\xd1\xff\x06", 3);
  assert_initial("urgent", "\xc3", 1);
  assert_initial("tags", "\x90", 1);
  base_buffer out = {0};
  assert_false(data_field_initial(&task_fields[0], &out));
  static const data_field wrong[] = {{.name = "n", .kind = DATA_KIND_INTEGER, .initial = "five"},
                                     {.name = "b", .kind = DATA_KIND_BOOLEAN, .initial = "yes"}};
  assert_false(data_field_initial(&wrong[0], &out));
  assert_false(data_field_initial(&wrong[1], &out));
  assert_int_equal(out.size, 0);
  base_buffer_fini(&out);
}

/* What comes back is appended again: the same bytes say that nothing was lost. */
static void a_table_comes_back_whole(void **state) {
  base_arena *arena = *state;
  base_error error = {.language = BASE_EN};
  base_buffer first = {0};
  base_buffer second = {0};
  const data_field *fields = NULL;
  data_field_append(task_fields, &first);
  const data_limits limits = {.bytes = 65536, .depth = 16, .items = 1000, .map_entries = 100};
  assert_int_equal(data_scan_whole(base_buffer_slice(&first), limits, &error), BASE_OK);
  if (data_field_read(base_buffer_slice(&first), arena, &fields, &error) != BASE_OK) {
    fail_msg("%s: %s", error.field, error.message);
  }
  data_field_append(fields, &second);
  assert_int_equal(second.size, first.size);
  assert_memory_equal(second.data, first.data, first.size);
  assert_int_equal(data_field_count(fields), 13);
  assert_string_equal(fields[2].transitions[1].to, "cancelled");
  assert_null(fields[2].transitions[3].from);
  assert_true(fields[0].bounded && fields[0].min == 2 && fields[0].max == 200);
  assert_true(fields[10].fields[1].max == INT64_MAX);
  base_buffer_fini(&first);
  base_buffer_fini(&second);
}

/* ---- tables as packages write them ---- */

typedef struct writing {
  base_buffer out;
  size_t place;
  size_t pairs;
} writing;

static writing begin_field(const char *kind) {
  writing made = {0};
  data_append_map(&made.out, 1);
  data_append_text(&made.out, "cycle_days");
  made.place = data_append_open_map(&made.out);
  data_append_pair_text(&made.out, "kind", kind);
  made.pairs = 1;
  return made;
}

static void add(writing *made, const char *key, const void *value, size_t size) {
  data_append_pair_raw(&made->out, key, base_slice_make(value, size));
  made->pairs++;
}

#define ADD(made, key, literal) add((made), (key), (literal), sizeof(literal) - 1)

static base_code read_table(writing *made, base_arena *arena, const data_field **fields,
                            base_error *error) {
  data_append_close(&made->out, made->place, made->pairs);
  base_code code = data_field_read(base_buffer_slice(&made->out), arena, fields, error);
  base_buffer_fini(&made->out);
  return code;
}

static void a_map_of_names_is_a_table_too(void **state) {
  base_error error = {.language = BASE_EN};
  const data_field *fields = NULL;
  writing made = begin_field("integer");
  ADD(&made, "min", "\x01");
  ADD(&made, "default", "\x0f");
  ADD(&made, "required", "\xc3");
  ADD(&made, "index", "\xc2");
  assert_int_equal(read_table(&made, *state, &fields, &error), BASE_OK);
  assert_string_equal(fields[0].name, "cycle_days");
  assert_int_equal(fields[0].flags, DATA_REQUIRED);
  assert_string_equal(fields[0].initial, "15");
  assert_true(fields[0].bounded && fields[0].min == 1 && fields[0].max == INT64_MAX);
  assert_null(fields[1].name);
}

static void assert_field_refused(void **state, writing *made, const char *path_at_fault) {
  base_error error = {.language = BASE_EN};
  const data_field *fields = NULL;
  assert_int_equal(read_table(made, *state, &fields, &error), BASE_VALIDATION_FAILED);
  assert_string_equal(error.field, path_at_fault);
  assert_true(strlen(error.message) > 10);
}

static void wrong_parts_are_named(void **state) {
  writing made = begin_field("intger");
  assert_field_refused(state, &made, "cycle_days.kind");
  made = begin_field("text");
  ADD(&made, "requird", "\xc3");
  assert_field_refused(state, &made, "cycle_days.requird");
  made = begin_field("text");
  ADD(&made, "required", "\x01");
  assert_field_refused(state, &made, "cycle_days.required");
  made = begin_field("choice");
  assert_field_refused(state, &made, "cycle_days.choices");
  made = begin_field("text");
  ADD(&made, "choices", "\x91\xa1x");
  assert_field_refused(state, &made, "cycle_days.choices");
  made = begin_field("reference");
  assert_field_refused(state, &made, "cycle_days.to");
  made = begin_field("list");
  assert_field_refused(state, &made, "cycle_days.of");
  made = begin_field("list");
  ADD(&made, "of", "\xa4list");
  assert_field_refused(state, &made, "cycle_days.of");
  made = begin_field("integer");
  ADD(&made, "min", "\x05");
  ADD(&made, "max", "\x04");
  assert_field_refused(state, &made, "cycle_days.min");
  made = begin_field("integer");
  ADD(&made, "min", "\x05");
  ADD(&made, "default", "\x04");
  assert_field_refused(state, &made, "cycle_days.default");
  made = begin_field("any");
  ADD(&made, "default", "\x91\x01");
  assert_field_refused(state, &made, "cycle_days.default");
  made = begin_field("text");
  ADD(&made, "fields", "\x90");
  assert_field_refused(state, &made, "cycle_days.fields");
  made = begin_field("text");
  ADD(&made, "transitions", "\x80");
  assert_field_refused(state, &made, "cycle_days.transitions");
  made = begin_field("states");
  ADD(&made, "choices",
      "\x92\xa1"
      "a\xa1"
      "b");
  ADD(&made, "transitions",
      "\x81\xa1"
      "a\x91\xa1"
      "c");
  assert_field_refused(state, &made, "cycle_days.transitions");
  made = begin_field("map");
  ADD(&made, "fields",
      "\x81\xa4"
      "city\x81\xa4kind\xa3txt");
  assert_field_refused(state, &made, "cycle_days.city.kind");
}

static void assert_table_refused(void **state, const void *bytes, size_t size,
                                 const char *path_at_fault) {
  base_error error = {.language = BASE_ZH};
  const data_field *fields = NULL;
  assert_int_equal(data_field_read(base_slice_make(bytes, size), *state, &fields, &error),
                   BASE_VALIDATION_FAILED);
  assert_string_equal(error.field, path_at_fault);
}

static void names_are_checked(void **state) {
  assert_table_refused(state, "\x05", 1, "fields");
  assert_table_refused(state, "\x91\x81\xa4kind\xa4text", 12, "[0].name");
  assert_table_refused(state, "\x81\xa4Name\x81\xa4kind\xa4text", 17, "Name.name");
  assert_table_refused(state, "\x81\xa2_a\x81\xa4kind\xa4text", 15, "_a.name");
  assert_table_refused(state, "\x91\x05", 2, "[0]");
  assert_table_refused(state,
                       "\x92\x82\xa4name\xa1n\xa4kind\xa4text\x82\xa4name\xa1n\xa4kind\xa4text", 37,
                       "n.name");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_has_a_name),
      cmocka_unit_test(fields_are_found_by_name_and_path),
      cmocka_unit_test(defaults_have_the_type_of_their_kind),
      cmocka_unit_test(a_table_comes_back_whole),
      cmocka_unit_test(a_map_of_names_is_a_table_too),
      cmocka_unit_test(wrong_parts_are_named),
      cmocka_unit_test(names_are_checked),
  };
  return cmocka_run_group_tests(tests, make_arena, free_arena);
}
