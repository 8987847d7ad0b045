/* schema: what definitions and rules become, and which of them are refused (PLT-02). */
#include "agency.h"
#include "world.h"

static base_code never(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)change, (void)self;
  return model_ctx_fail(ctx, BASE_INTERNAL, NULL, "不该运行", "this must not run");
}

/* --- what is resolved --------------------------------------------------------------------------- */

static void types_know_their_fields(void **state) {
  world *in = *state;
  world_schema(in, agency_types, NULL);
  const model_type *customer = world_type(in, "customer");
  assert_string_equal(customer->package, "core");
  assert_string_equal(customer->title, "name");
  assert_int_equal(model_type_field(customer, text("phone"))->kind, DATA_KIND_PHONE);
  assert_int_equal(model_type_field(customer, text("created_at"))->kind, DATA_KIND_DATETIME);
  assert_null(model_type_field(customer, text("fone")));
  assert_slice(model_type_nearest(customer, text("fone")), "phone");
  assert_slice(model_type_nearest(customer, text("udated_at")), "updated_at");
  assert_int_equal(model_type_nearest(customer, text("quantity")).size, 0);
  assert_null(model_schema_find(in->schema, text("complaint")));
}

static void assert_index(const model_index *index, const char *name, const char *field,
                         bool unique) {
  assert_string_equal(index->name, name);
  assert_string_equal(index->fields[0]->name, field);
  assert_int_equal(index->unique, unique);
}

/* Fields' own indexes come first, in the fields' order. */
static void indexes_are_resolved(void **state) {
  world *in = *state;
  world_schema(in, agency_types, NULL);
  const model_type *order = world_type(in, "order");
  assert_int_equal(order->index_count, 5);
  assert_index(&order->indexes[0], "customer", "customer", false);
  assert_index(&order->indexes[1], "gifts", "gifts", false);
  assert_index(&order->indexes[2], "open_number", "number", true);
  assert_index(&order->indexes[3], "open_date", "ordered_on", false);
  assert_int_equal(order->indexes[0].where->test_count, 0);
  assert_int_equal(order->indexes[3].where->test_count, 1);
  assert_ptr_equal(order->indexes[3].fields[0], model_type_field(order, text("ordered_on")));
}

static void assert_referrer(const model_type *type, size_t at, const char *from,
                            const char *index) {
  assert_true(at < type->referrer_count);
  assert_string_equal(type->referrers[at].type->name, from);
  assert_string_equal(type->referrers[at].index->name, index);
}

/* Also unique references, lists of references, and a type that refers to itself. */
static void referrers_are_found(void **state) {
  world *in = *state;
  world_schema(in, agency_types, NULL);
  const model_type *customer = world_type(in, "customer");
  assert_int_equal(customer->referrer_count, 3);
  assert_referrer(customer, 0, "customer", "referrer");
  assert_referrer(customer, 1, "order", "customer");
  assert_referrer(customer, 2, "card", "customer");
  assert_int_equal(world_type(in, "product")->referrer_count, 1);
  assert_referrer(world_type(in, "product"), 0, "order", "gifts");
  assert_int_equal(world_type(in, "order")->referrer_count, 0);
}

/* A partial or a wider unique index leaves out records: neither tells whether anything refers. */
static void partial_indexes_make_no_referrers(void **state) {
  world *in = *state;
  static const data_field fields[] = {
      {.name = "product", .kind = DATA_KIND_REFERENCE, .to = "shelf"},
      {.name = "code", .kind = DATA_KIND_TEXT},
      {.name = NULL}};
  static const model_term terms[] = {{"code", "A"}, {NULL, NULL}};
  static const model_index_definition indexes[] = {
      {.name = "some", .fields = {"product"}, .where = terms},
      {.name = "both", .fields = {"product", "code"}, .unique = true},
      {.name = NULL}};
  static const model_type_definition types[] = {
      {.name = "shelf", .fields = fields, .indexes = indexes}, {.name = NULL}};
  world_schema(in, types, NULL);
  assert_int_equal(world_type(in, "shelf")->referrer_count, 0);
}

static const data_field extra_fields[] = {
    {.name = "clinic", .kind = DATA_KIND_TEXT, .flags = DATA_INDEX}, {.name = NULL}};
static const model_index_definition extra_indexes[] = {
    {.name = "clinic_owner", .fields = {"clinic", "owner"}}, {.name = NULL}};

/* An extension may come before the type it extends. */
static void extensions_add_fields_and_indexes(void **state) {
  world *in = *state;
  static const char *const watched[] = {"clinic", "owner", NULL};
  static const model_rule rules[] = {
      {.name = "r", .package = "clinic", .type = "customer", .fields = watched, .run = never},
      {.name = NULL}};
  const model_type_definition types[] = {{.name = "customer",
                                          .extends = true,
                                          .package = "clinic",
                                          .fields = extra_fields,
                                          .indexes = extra_indexes},
                                         agency_types[0],
                                         {.name = NULL}};
  world_schema(in, types, rules);
  const model_type *customer = world_type(in, "customer");
  assert_string_equal(customer->package, "core");
  assert_int_equal(data_field_count(customer->fields), data_field_count(agency_customer) + 1);
  assert_string_equal(customer->fields[data_field_count(agency_customer)].name, "clinic");
  assert_int_equal(customer->index_count, 7);
  assert_index(&customer->indexes[4], "clinic", "clinic", false);
  assert_index(&customer->indexes[5], "clinic_owner", "clinic", false);
  assert_string_equal(customer->indexes[5].fields[1]->name, "owner");
  assert_int_equal(customer->rule_count, 1);
}

/* An extension may bring an index alone. */
static void extensions_need_no_fields(void **state) {
  world *in = *state;
  static const model_index_definition indexes[] = {
      {.name = "level_owner", .fields = {"level", "owner"}}, {.name = NULL}};
  const model_type_definition types[] = {
      agency_types[0],
      {.name = "customer", .extends = true, .package = "clinic", .indexes = indexes},
      {.name = NULL}};
  world_schema(in, types, NULL);
  assert_int_equal(world_type(in, "customer")->index_count, 6);
}

static void rules_come_in_package_order_then_name(void **state) {
  world *in = *state;
  static const model_rule rules[] = {
      {.name = "total", .type = "order", .run = never},
      {.name = "check", .type = "order", .run = never},
      {.name = "visit", .package = "zhongyi", .type = "order", .run = never},
      {.name = "other", .package = "zhongyi", .type = "customer", .run = never},
      {.name = "call", .package = "zhongyi", .type = "order", .run = never},
      {.name = "a_gift", .package = "anhui", .type = "order", .run = never},
      {.name = NULL}};
  static const char *const expected[] = {"check", "total", "call", "visit", "a_gift"};
  world_schema(in, agency_types, rules);
  const model_type *order = world_type(in, "order");
  assert_int_equal(order->rule_count, 5);
  for (size_t i = 0; i < 5; i++) assert_string_equal(order->rules[i].rule->name, expected[i]);
}

static void name_each(const model_type *type, void *self) {
  base_buffer_format(self, "%s ", type->name);
}

static void types_are_found_by_name(void **state) {
  world *in = *state;
  const model_type *type = NULL;
  base_buffer names = {0};
  world_schema(in, agency_types, NULL);
  model_schema_each(in->schema, name_each, &names);
  assert_slice(base_buffer_slice(&names), "customer product order card holiday credential ");
  base_buffer_fini(&names);
  OK(in, model_schema_type(in->schema, text("order"), &type, &in->error));
  assert_ptr_equal(type, world_type(in, "order"));
  REFUSED(in, BASE_INVALID_ARGUMENT, "type", "did you mean customer?",
          model_schema_type(in->schema, text("custmer"), &type, &in->error));
  REFUSED(in, BASE_INVALID_ARGUMENT, "type", "there is no type complaint",
          model_schema_type(in->schema, text("complaint"), &type, &in->error));
  /* An internal type does not betray that it is there. */
  REFUSED(in, BASE_INVALID_ARGUMENT, "type", "there is no type credential",
          model_schema_type(in->schema, text("credential"), &type, &in->error));
  REFUSED(in, BASE_INVALID_ARGUMENT, "type", "there is no type credentia",
          model_schema_type(in->schema, text("credentia"), &type, &in->error));
}

/* --- what is refused ---------------------------------------------------------------------------- */

/* One type "visit" with these parts. */
static void refuse_parts(world *in, const data_field *fields, const model_index_definition *indexes,
                         const char *field, const char *says) {
  const model_type_definition types[] = {
      {.name = "visit", .fields = fields, .indexes = indexes, .package = "clinic"}, {.name = NULL}};
  REFUSED(in, BASE_VALIDATION_FAILED, field, says, world_try_schema(in, types, NULL));
}

#define FIELDS(...)                                                                                \
  (const data_field[]) {                                                                           \
    __VA_ARGS__, {                                                                                 \
      .name = NULL                                                                                 \
    }                                                                                              \
  }
#define INDEXES(...)                                                                               \
  (const model_index_definition[]) {                                                               \
    __VA_ARGS__, {                                                                                 \
      .name = NULL                                                                                 \
    }                                                                                              \
  }
#define TEXT_FIELD(field)                                                                          \
  { .name = (field), .kind = DATA_KIND_TEXT }
#define TAGS_FIELD(field)                                                                          \
  { .name = (field), .kind = DATA_KIND_TAGS }

static void two_definitions_of_one_thing_are_refused(void **state) {
  world *in = *state;
  const model_type_definition twins[] = {
      agency_types[1], {.name = "product", .fields = extra_fields, .package = "clinic"}, {0}};
  REFUSED(in, BASE_VALIDATION_FAILED, "product", "type product is defined by both core and clinic",
          world_try_schema(in, twins, NULL));
  refuse_parts(in, FIELDS(TEXT_FIELD("room"), TEXT_FIELD("room")), NULL, "room", "defined twice");
  static const char *const reserved[] = {"id",         "type",       "version",    "created_at",
                                         "updated_by", "deleted_at", "deleted_by", "any"};
  for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
    refuse_parts(in, FIELDS(TEXT_FIELD(reserved[i])), NULL, reserved[i], "the system uses");
  }
  const model_type_definition again[] = {
      agency_types[0],
      {.name = "customer", .extends = true, .fields = extra_fields, .package = "clinic"},
      {.name = "customer", .extends = true, .fields = extra_fields, .package = "spa"},
      {0}};
  REFUSED(in, BASE_VALIDATION_FAILED, "clinic",
          "customer has its field clinic defined twice (by "
          "spa)",
          world_try_schema(in, again, NULL));
  refuse_parts(
      in,
      FIELDS({.name = "room", .kind = DATA_KIND_TEXT, .flags = DATA_INDEX}, TEXT_FIELD("floor")),
      INDEXES({.name = "room", .fields = {"floor"}}), "room", "two indexes named room");
}

static void unknown_names_are_refused(void **state) {
  world *in = *state;
  const model_type_definition orphan[] = {
      {.name = "visit", .extends = true, .fields = extra_fields, .package = "clinic"}, {0}};
  REFUSED(in, BASE_VALIDATION_FAILED, "visit", "clinic extends the type visit, which does not",
          world_try_schema(in, orphan, NULL));
  refuse_parts(in, FIELDS({.name = "room", .kind = DATA_KIND_REFERENCE, .to = "room"}), NULL,
               "room", "visit.room refers to the type room");
  refuse_parts(in, FIELDS({.name = "room", .kind = DATA_KIND_REFERENCE}), NULL, "room", "(none)");
  refuse_parts(
      in,
      FIELDS({.name = "rooms", .kind = DATA_KIND_LIST, .of = DATA_KIND_REFERENCE, .to = "room"}),
      NULL, "rooms", "visit.rooms refers to the type room");
  refuse_parts(
      in,
      FIELDS({.name = "lines", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .fields = agency_line}),
      NULL, "product", "refers to the type product");
  refuse_parts(in, FIELDS(TEXT_FIELD("room")), INDEXES({.name = "by", .fields = {"rom"}}), "rom",
               "index by of visit: rom is an unknown field");
  refuse_parts(in, FIELDS({.name = "mood", .kind = DATA_KIND_CHOICE}), NULL, "mood", "no choices");
}

static void unsound_indexes_are_refused(void **state) {
  world *in = *state;
  const data_field *fields = FIELDS(
      TEXT_FIELD("a"), TEXT_FIELD("b"), TEXT_FIELD("c"), TAGS_FIELD("tags"), TAGS_FIELD("more"),
      {.name = "map", .kind = DATA_KIND_MAP}, {.name = "vip", .kind = DATA_KIND_BOOLEAN});
  refuse_parts(in, fields, INDEXES({.name = "x", .fields = {"map"}}), "map", "without an order");
  refuse_parts(in, fields, INDEXES({.name = "x", .fields = {"a", "id"}}), "id", "ends with it");
  refuse_parts(in, fields, INDEXES({.name = "x", .fields = {"a", "a"}}), "a", "there twice");
  refuse_parts(in, fields, INDEXES({.name = "x", .fields = {NULL}}), NULL, "is empty");
  refuse_parts(in, fields, INDEXES({.name = "x", .fields = {"tags", "more"}}), "more",
               "a second field of many values");
  refuse_parts(in, fields, INDEXES({.name = "x", .fields = {"a", "b", "c"}}), "c",
               "does not fit into the key");
  refuse_parts(
      in, fields,
      INDEXES({.name = "x", .fields = {"a"}, .where = (const model_term[]){{"d", "1"}, {0}}}), "d",
      "where of index x of visit: visit has no field d");
  refuse_parts(
      in, fields,
      INDEXES({.name = "x", .fields = {"a"}, .where = (const model_term[]){{"vip", "true"}, {0}}}),
      "vip", "needs a value of kind boolean");
}

/* Bounds on the bytes of texts make room for more of them. */
static void bounded_texts_fit_into_a_key(void **state) {
  world *in = *state;
  static const data_field fields[] = {
      {.name = "a", .kind = DATA_KIND_TEXT, .bounded = true, .max = 30},
      {.name = "b", .kind = DATA_KIND_TEXT, .bounded = true, .max = 30},
      {.name = "c", .kind = DATA_KIND_TEXT},
      {.name = "d", .kind = DATA_KIND_DATE},
      {.name = "e", .kind = DATA_KIND_PHONE},
      {.name = NULL}};
  static const model_index_definition indexes[] = {
      {.name = "x", .fields = {"a", "b", "c", "d", "e"}}, {.name = NULL}};
  static const model_type_definition types[] = {
      {.name = "visit", .fields = fields, .indexes = indexes}, {.name = NULL}};
  world_schema(in, types, NULL);
  assert_int_equal(world_type(in, "visit")->indexes[0].count, 5);
}

static void refuse_rule(world *in, model_rule rule, const char *field, const char *says) {
  const model_rule rules[] = {rule, {.name = NULL}};
  REFUSED(in, BASE_VALIDATION_FAILED, field, says, world_try_schema(in, agency_types, rules));
}

static void unsound_rules_are_refused(void **state) {
  world *in = *state;
  model_rule rule = {.name = "first_visit", .package = "clinic", .type = "order", .run = never};
  model_rule other = rule;
  other.type = "ordr";
  refuse_rule(in, other, "first_visit", "rule first_visit (clinic) is on the type ordr");
  other = rule;
  other.fields = (const char *const[]){"state", "lnes", NULL};
  refuse_rule(in, other, "lnes", "rule first_visit (clinic) watches the field lnes");
  other = rule;
  other.where = world_value(in, "{stat: 'open'}");
  refuse_rule(in, other, "stat", "where of rule first_visit (clinic): order has no field stat");
  other.package = NULL;
  refuse_rule(in, other, "stat", "(core)");
}

/* --- descriptions ------------------------------------------------------------------------------- */

static void list_row(const model_index *index, const data_key *key, base_slice value, void *self) {
  base_buffer_format(self, "%s:", index->name);
  base_buffer_append(self, key->bytes, key->size);
  base_buffer_append(self, value.data, value.size);
}

static void assert_same_rows(world *in, const model_type *a, const model_type *b,
                             base_slice record) {
  base_buffer rows[2] = {{0}, {0}};
  model_index_each(&in->ctx, a, 7, record, list_row, &rows[0]);
  model_index_each(&in->ctx, b, 7, record, list_row, &rows[1]);
  assert_true(rows[0].size > 0);
  assert_true(base_slice_equal(base_buffer_slice(&rows[0]), base_buffer_slice(&rows[1])));
  base_buffer_fini(&rows[0]);
  base_buffer_fini(&rows[1]);
}

typedef struct reading {
  world *in;
  size_t count;
  model_type_definition types[8];
} reading;

static void describe_each(const model_type *type, void *self) {
  reading *read = self;
  base_buffer out = {0};
  model_type_append(type, &out);
  base_slice described = base_arena_slice(read->in->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  OK(read->in,
     model_type_read(described, read->in->arena, &read->types[read->count++], &read->in->error));
}

/* A store is verified without its packages, by the types as they were described. */
static void descriptions_give_the_same_index_rows(void **state) {
  world *in = *state;
  reading read = {.in = in};
  world_schema(in, agency_types, NULL);
  model_schema *original = in->schema;
  model_schema_each(original, describe_each, &read);
  in->schema = NULL;
  in->ctx.arena = in->arena;
  world_schema(in, read.types, NULL);
  base_slice customer = world_value(
      in, "{id: 7, phone: '138-0000-1001', owner: '李静', tags: ['老客户', '糖友'], referrer: 3}");
  base_slice order =
      world_value(in,
                  "{id: 7, customer: 3, state: 'open', number: 'A-1', gifts: [2, 9], ordered_on: "
                  "'2026-03-07'}");
  assert_same_rows(in, model_schema_find(original, text("customer")), world_type(in, "customer"),
                   customer);
  assert_same_rows(in, model_schema_find(original, text("order")), world_type(in, "order"), order);
  assert_int_equal(world_type(in, "customer")->referrer_count, 3);
  assert_int_equal(world_type(in, "credential")->flags, MODEL_TYPE_INTERNAL);
  model_schema_free(original);
}

static void broken_descriptions_are_refused(void **state) {
  world *in = *state;
  static const char *const broken[] = {
      "{}",
      "{name: 'a', fields: []}",
      "{name: '', fields: [], indexes: []}",
      "{fields: [], indexes: []}",
      "{name: 'a', fields: [], indexes: {}}",
      "{name: 'a', fields: [{name: 'b', kind: 'txt'}], indexes: []}"};
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    model_type_definition read;
    REFUSED(in, BASE_VALIDATION_FAILED, NULL, NULL,
            model_type_read(world_value(in, "%s", broken[i]), in->arena, &read, &in->error));
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(types_know_their_fields),
                                     TEST(indexes_are_resolved),
                                     TEST(referrers_are_found),
                                     TEST(partial_indexes_make_no_referrers),
                                     TEST(extensions_add_fields_and_indexes),
                                     TEST(extensions_need_no_fields),
                                     TEST(rules_come_in_package_order_then_name),
                                     TEST(types_are_found_by_name),
                                     TEST(two_definitions_of_one_thing_are_refused),
                                     TEST(unknown_names_are_refused),
                                     TEST(unsound_indexes_are_refused),
                                     TEST(bounded_texts_fit_into_a_key),
                                     TEST(unsound_rules_are_refused),
                                     TEST(descriptions_give_the_same_index_rows),
                                     TEST(broken_descriptions_are_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
