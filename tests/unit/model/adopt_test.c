/* adopt: records of another store come into being as they were there. */
#include "world.h"

static void as_administrator(world *self) {
  self->ctx.actor = (model_actor){.name = text("王芳"), .administrator = true, .staff = true};
}

static base_code try_adopt(world *self, base_slice record) {
  base_slice adopted;
  return model_adopt(&self->ctx, world_type(self, "shop"), record, &adopted);
}

#define STAMPS                                                                                     \
  "'created_at': 1700000000000, 'created_by': '李静', 'updated_at': 1700000000001, "             \
  "'updated_by': '赵敏'"

static const data_field shop_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "phone", .kind = DATA_KIND_PHONE, .flags = DATA_UNIQUE},
    {.name = "total", .kind = DATA_KIND_MONEY, .flags = DATA_READONLY},
    {.name = "parent", .kind = DATA_KIND_REFERENCE, .to = "shop", .flags = DATA_INDEX},
    {.name = NULL}};
static const model_type_definition shop_types[] = {{.name = "shop", .fields = shop_fields},
                                                   {.name = NULL}};

static base_code refuse_all(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)change, (void)self;
  return model_ctx_fail(ctx, BASE_RULE_FAILED, NULL, "不收", "not taken");
}
static const model_rule shop_rules[] = {
    {.name = "never", .package = "door", .type = "shop", .events = MODEL_CREATE, .run = refuse_all},
    {.name = NULL}};

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world *self = *state;
  world_schema(self, shop_types, shop_rules);
  world_write(self);
  as_administrator(self);
  return 0;
}

static void a_record_is_as_it_was(void **state) {
  world *self = *state;
  base_slice record = world_value(self,
                                  "{'id': 41, 'type': 'shop', 'version': 7, 'name': '百草春药房', "
                                  "'phone': '0531-88881234', " STAMPS
                                  ", 'total': 500, "
                                  "'parent': 99}");
  OK(self, try_adopt(self, record));
  base_slice stored = world_get(self, "shop", 41);
  assert_true(base_slice_equal(stored, record)); /* keys in their order, no rule, no default */
  world_settle(self);
  model_check_report report;
  OK(self, model_check(&self->ctx, NULL, NULL, &report));
  assert_int_equal(report.records, 1);
  assert_int_equal(report.unique_rows, 1);
}

static void numbers_go_on_behind_it(void **state) {
  world *self = *state;
  base_slice made;
  OK(self, try_adopt(self, world_value(self,
                                       "{'id': 41, 'type': 'shop', 'version': 1, "
                                       "'name': '甲', " STAMPS "}")));
  OK(self, try_adopt(self, world_value(self,
                                       "{'id': 7, 'type': 'shop', 'version': 1, "
                                       "'name': '乙', " STAMPS "}")));
  world_schema(self, shop_types, NULL);
  self->ctx.schema = self->schema;
  OK(self, world_try_create(self, "shop", world_value(self, "{'name': '丙'}"), &made));
  assert_int_equal(world_id(made), 42);
}

static void what_cannot_be_is_refused(void **state) {
  world *self = *state;
  OK(self, try_adopt(self, world_value(self,
                                       "{'id': 1, 'type': 'shop', 'version': 1, "
                                       "'name': '甲', 'phone': '88881234', " STAMPS "}")));
  REFUSED(self, BASE_DUPLICATE, "id", NULL,
          try_adopt(self, world_value(self,
                                      "{'id': 1, 'type': 'shop', 'version': 1, "
                                      "'name': '乙', " STAMPS "}")));
  assert_int_equal(data_map_integer(self->error.data, "id", 0), 1);
  REFUSED(self, BASE_DUPLICATE, "phone", NULL,
          try_adopt(self, world_value(self,
                                      "{'id': 2, 'type': 'shop', 'version': 1, "
                                      "'name': '乙', 'phone': '8888-1234', " STAMPS "}")));
  world_drop(self);
  as_administrator(self);
  REFUSED(
      self, BASE_VALIDATION_FAILED, "name", NULL,
      try_adopt(self, world_value(self, "{'id': 2, 'type': 'shop', 'version': 1, " STAMPS "}")));
  REFUSED(self, BASE_VALIDATION_FAILED, "id", NULL,
          try_adopt(self, world_value(self,
                                      "{'id': 0, 'type': 'shop', 'version': 1, "
                                      "'name': '乙', " STAMPS "}")));
  REFUSED(
      self, BASE_VALIDATION_FAILED, "version", NULL,
      try_adopt(self, world_value(self, "{'id': 2, 'type': 'shop', 'name': '乙', " STAMPS "}")));
  REFUSED(self, BASE_VALIDATION_FAILED, "fone", NULL,
          try_adopt(self, world_value(self,
                                      "{'id': 2, 'type': 'shop', 'version': 1, "
                                      "'name': '乙', 'fone': '1', " STAMPS "}")));
  self->ctx.actor = (model_actor){.name = text("李静"), .staff = true};
  REFUSED(self, BASE_PERMISSION_DENIED, NULL, NULL,
          try_adopt(self, world_value(self,
                                      "{'id': 2, 'type': 'shop', 'version': 1, "
                                      "'name': '乙', " STAMPS "}")));
}

static void deleted_and_merged_ones_stay_so(void **state) {
  world *self = *state;
  base_slice record;
  OK(self, try_adopt(self, world_value(self,
                                       "{'id': 1, 'type': 'shop', 'version': 2, "
                                       "'name': '甲', 'phone': '88881234', " STAMPS ", "
                                       "'deleted_at': 1700000000002, 'deleted_by': '王芳'}")));
  OK(self, try_adopt(self, world_value(self,
                                       "{'id': 2, 'type': 'shop', 'version': 1, 'name': '乙', "
                                       "'phone': '88881234', " STAMPS ", 'merged': [3]}")));
  OK(self, try_adopt(self, world_value(self,
                                       "{'id': 3, 'type': 'shop', 'version': 1, "
                                       "'name': '丙', " STAMPS ", 'merged_into': 2}")));
  assert_false(model_record_find(&self->ctx, world_type(self, "shop"), 1, &record));
  assert_int_equal(world_id(world_get(self, "shop", 3)), 2);
  world_settle(self);
  model_check_report report;
  OK(self, model_check(&self->ctx, NULL, NULL, &report));
}

static void links_come_with_both_ends(void **state) {
  world *self = *state;
  model_link_page page;
  OK(self, try_adopt(self, world_value(self,
                                       "{'id': 1, 'type': 'shop', 'version': 1, "
                                       "'name': '甲', " STAMPS "}")));
  OK(self, try_adopt(self, world_value(self,
                                       "{'id': 2, 'type': 'shop', 'version': 1, "
                                       "'name': '乙', " STAMPS "}")));
  model_link_row row = {.type = text("shop"),
                        .id = 1,
                        .name = text("供货"),
                        .out = true,
                        .to_type = text("shop"),
                        .to = 2};
  OK(self, model_adopt_link(&self->ctx, &row));
  for (int64_t id = 1; id <= 2; id++) {
    model_link_query query = {.type = world_type(self, "shop"), .id = id};
    OK(self, model_link_find(&self->ctx, &query, &page));
    assert_int_equal(page.count, 1);
    assert_int_equal(world_id(page.items[0].record), 3 - id);
    assert_int_equal(page.items[0].out, id == 1);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_record_is_as_it_was), TEST(numbers_go_on_behind_it), TEST(what_cannot_be_is_refused),
      TEST(deleted_and_merged_ones_stay_so), TEST(links_come_with_both_ends)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
