/* nested: what the maps of a list hold is found by conditions, through an index where there is one, and
 * keeps what it refers to (ARC-03). */
#include "world.h"

static const data_field product_fields[] = {{.name = "name", .kind = DATA_KIND_TEXT},
                                            {.name = NULL}};

static const data_field line_fields[] = {
    {.name = "product", .kind = DATA_KIND_REFERENCE, .to = "product"},
    {.name = "quantity", .kind = DATA_KIND_INTEGER},
    {.name = "spares", .kind = DATA_KIND_LIST, .of = DATA_KIND_REFERENCE, .to = "product"},
    {.name = NULL}};

static const data_field basket_fields[] = {
    {.name = "owner", .kind = DATA_KIND_TEXT},
    {.name = "tags", .kind = DATA_KIND_TAGS},
    {.name = "lines", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .fields = line_fields},
    {.name = NULL}};

static const model_index_definition basket_indexes[] = {
    {.name = "product", .fields = {"lines.product", "owner"}}, {.name = NULL}};

static const model_type_definition basket_types[] = {
    {.name = "product", .title = "name", .fields = product_fields},
    {.name = "basket", .fields = basket_fields, .indexes = basket_indexes},
    {.name = NULL}};

static int begin(void **state) {
  static const char *const baskets[] = {
      "{owner: '李静', lines: [{product: 1, quantity: 2}, {product: 2, quantity: 9}]}",
      "{owner: '周强', lines: [{product: 1, quantity: 1}, {product: 1, quantity: 1}]}",
      "{owner: '李静', lines: [{quantity: 5}, {product: 3}]}", "{owner: '李静', lines: [{}]}",
      "{owner: '赵磊'}"};
  if (world_begin(state) != 0) return -1;
  world *in = *state;
  world_schema(in, basket_types, NULL);
  world_write(in);
  for (int i = 0; i < 4; i++) world_create(in, "product", world_value(in, "{name: '茶'}"));
  for (size_t i = 0; i < sizeof baskets / sizeof baskets[0]; i++) {
    world_create(in, "basket", world_value(in, "%s", baskets[i]));
  }
  world_settle(in);
  return 0;
}

/* The baskets found, as digits of their numbers, and the index that was used. */
static void expect(world *in, const char *where, const char *found, const char *index) {
  char ids[16] = "";
  model_page page;
  base_buffer plan = {0};
  model_query query = {
      .type = world_type(in, "basket"), .where = world_value(in, "%s", where), .limit = 10};
  OK(in, model_find(&in->ctx, &query, &page));
  for (size_t i = 0; i < page.count; i++) {
    ids[i] = (char)('0' + world_id(page.items[i]));
  }
  assert_string_equal(ids, found);
  OK(in, model_explain(&in->ctx, &query, &plan));
  assert_slice(data_map_text(base_buffer_slice(&plan), "index"), index);
  base_buffer_fini(&plan);
}

static void conditions_are_on_any_element(void **state) {
  world *in = *state;
  expect(in, "{lines.product: 1}", "12", "product");
  expect(in, "{lines.product: 1, owner: '周强'}", "2", "product");
  expect(in, "{lines.product: {in: [2, 3]}}", "13", "product");
  expect(in, "{lines.product: 4}", "", "product");
  expect(in, "{lines.product: {ne: 1}}", "345", "id");
  expect(in, "{lines.product: {is_null: true}}", "45", "id");
  expect(in, "{lines.product: {is_null: false}}", "123", "id");
  expect(in, "{lines.quantity: {ge: 5}}", "13", "id");
  expect(in, "{lines.quantity: {between: [1, 2]}}", "12", "id");
  expect(in, "{any: [{lines.product: 3}, {lines.quantity: 9}]}", "13", "id");
}

static void conditions_on_what_is_not_there_are_refused(void **state) {
  world *in = *state;
  static const char *const wrong[] = {"lines.prodct", "lines.",       ".product",
                                      "line.product", "lines.spares", "lines.product.name"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    model_page page;
    model_query query = {.type = world_type(in, "basket"),
                         .where = world_value(in, "{%s: 1}", wrong[i])};
    REFUSED(in, BASE_INVALID_ARGUMENT, wrong[i], wrong[i], model_find(&in->ctx, &query, &page));
  }
  model_query query = {.type = world_type(in, "basket"),
                       .where = world_value(in, "{lines.product: 'x'}")};
  model_page page;
  REFUSED(in, BASE_INVALID_ARGUMENT, "lines.product", "kind reference",
          model_find(&in->ctx, &query, &page));
}

static void what_lines_name_stays(void **state) {
  world *in = *state;
  base_slice record;
  const model_type *product = world_type(in, "product");
  REFUSED(in, BASE_REFERENCE_IN_USE, "id", "still referred to by basket",
          model_record_delete(&in->ctx, product, 3, 0, &record));
  world_delete(in, "product", 4);
  world_update(in, "basket", 3, world_value(in, "{lines: [{product: 2}]}"));
  world_delete(in, "product", 3);
  world_delete(in, "basket", 1);
  REFUSED(in, BASE_REFERENCE_IN_USE, "id", NULL,
          model_record_delete(&in->ctx, product, 2, 0, &record));
  world_delete(in, "basket", 3);
  world_delete(in, "product", 2);
}

/* A product that was merged into another is meant by the other's number. */
static void other_numbers_of_one_product_are_found(void **state) {
  world *in = *state;
  base_slice survivor;
  OK(in, model_alias_create(&in->ctx, world_type(in, "product"), 1, 3, 0, &survivor));
  expect(in, "{lines.product: 3}", "123", "product");
  REFUSED(in, BASE_REFERENCE_IN_USE, "id", NULL,
          model_record_delete(&in->ctx, world_type(in, "product"), 3, 0, &survivor));
}

static void the_rows_are_those_of_the_records(void **state) {
  world *in = *state;
  model_check_report report = {0};
  OK(in, model_check(&in->ctx, NULL, NULL, &report));
  assert_true(report.index_rows > 0);
  assert_int_equal(report.findings, 0);
}

/* Each change of a kept field reaches the row, and nothing else does. */
static void rows_keep_what_the_record_has(void **state) {
  world *in = *state;
  model_index_definition indexes[] = {{.name = "by_owner", .fields = {"owner"}, .keeps = {"tags"}},
                                      {.name = NULL}};
  model_type_definition types[] = {basket_types[0], basket_types[1], {.name = NULL}};
  types[1].indexes = indexes;
  world_schema(in, types, NULL);
  world_write(in);
  world_create(in, "basket", world_value(in, "{owner: '李静', tags: ['a']}"));
  base_slice names[] = {text("id"), text("owner"), text("tags")};
  static const char *const changes[] = {"{tags: ['b', 'c']}", "{lines: [{quantity: 1}]}",
                                        "{tags: nil}", "{owner: '周强', tags: ['d']}"};
  static const char *const kept[] = {"{tags: ['b', 'c'], owner: '李静', lines: nil}",
                                     "{tags: ['b', 'c'], owner: '李静', lines: nil}",
                                     "{tags: nil, owner: '李静', lines: nil}",
                                     "{tags: ['d'], owner: '周强', lines: nil}"};
  for (size_t i = 0; i < 4; i++) {
    model_page page;
    base_slice changed = world_update(in, "basket", 1, world_value(in, "%s", changes[i]));
    base_slice owner = data_map_text(changed, "owner");
    model_query query = {.type = world_type(in, "basket"),
                         .where = world_value(in, "{owner: '%.*s'}", BASE_SLICE_ARGS(owner)),
                         .fields = names,
                         .field_count = 3};
    OK(in, model_find(&in->ctx, &query, &page));
    assert_int_equal(page.count, 1);
    assert_has(in, page.items[0], "%s", kept[i]);
  }
  model_check_report report;
  OK(in, model_check(&in->ctx, NULL, NULL, &report));
  assert_int_equal(report.findings, 0);
}

/* A covering row has what it was told to keep, once. */
static void what_an_index_keeps_is_checked(void **state) {
  world *in = *state;
  static const struct {
    const char *keeps;
    bool unique;
    const char *field;
    const char *says;
  } cases[] = {{"color", false, "color", "unknown field"},
               {"owner", false, "owner", "in the rows already"},
               {"id", false, "id", "in the rows already"},
               {"lines.product", false, "lines.product", "unknown field"},
               {"tags", true, "keeps", "not for unique indexes"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    model_index_definition indexes[] = {{.name = "by_owner",
                                         .fields = {"owner"},
                                         .unique = cases[i].unique,
                                         .keeps = {cases[i].keeps}},
                                        {.name = NULL}};
    model_type_definition types[] = {basket_types[0], basket_types[1], {.name = NULL}};
    types[1].indexes = indexes;
    REFUSED(in, BASE_VALIDATION_FAILED, cases[i].field, cases[i].says,
            world_try_schema(in, types, NULL));
  }
}

/* One field of many values is all that an index can have. */
static void an_index_has_one_list(void **state) {
  world *in = *state;
  static const model_index_definition two[] = {
      {.name = "both", .fields = {"lines.product", "lines.quantity"}}, {.name = NULL}};
  static const model_index_definition unknown[] = {{.name = "unknown", .fields = {"lines.price"}},
                                                   {.name = NULL}};
  model_type_definition types[] = {basket_types[0], basket_types[1], {.name = NULL}};
  types[1].indexes = two;
  REFUSED(in, BASE_VALIDATION_FAILED, "lines.quantity", "second field of many values",
          world_try_schema(in, types, NULL));
  types[1].indexes = unknown;
  REFUSED(in, BASE_VALIDATION_FAILED, "lines.price", "unknown field",
          world_try_schema(in, types, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(conditions_are_on_any_element),
      TEST(conditions_on_what_is_not_there_are_refused),
      TEST(what_lines_name_stays),
      TEST(other_numbers_of_one_product_are_found),
      TEST(the_rows_are_those_of_the_records),
      TEST(an_index_has_one_list),
      TEST(what_an_index_keeps_is_checked),
      cmocka_unit_test_setup_teardown(rows_keep_what_the_record_has, world_begin, world_end)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
