/* reference: what a record points at exists, and what is pointed at stays (ARC-03). */
#include "agency.h"
#include "world.h"

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, agency_types, NULL);
  world_write(*state);
  return 0;
}

static void customer(world *in) {
  world_create(in, "customer", world_value(in, "{name: '王秀兰'}"));
}

static base_code try_order(world *in, const char *values) {
  base_slice record;
  return world_try_create(in, "order", world_value(in, "%s", values), &record);
}

static void references_must_exist(void **state) {
  world *in = *state;
  customer(in);
  world_create(in, "product", world_value(in, "{name: '天宇保健茶'}"));
  REFUSED(in, BASE_REFERENCE_MISSING, "customer", "refers to a customer that does not exist: 9",
          try_order(in, "{customer: 9}"));
  REFUSED(in, BASE_REFERENCE_MISSING, "lines[1].product", "a product that does not exist: 8",
          try_order(in,
                    "{customer: 1, lines: [{product: 1, quantity: 2}, {product: 8, quantity: "
                    "1}]}"));
  REFUSED(in, BASE_REFERENCE_MISSING, "gifts[2]", "gifts[2] refers to a product",
          try_order(in, "{customer: 1, gifts: [1, 1, 7]}"));
  REFUSED(in, BASE_REFERENCE_MISSING, "handover.product", NULL,
          try_order(in, "{customer: 1, handover: {product: 4, quantity: 1}}"));
  OK(in, try_order(in, "{customer: 1, lines: [{product: 1, quantity: 2}], gifts: [1]}"));
}

/* A product that has gone stays in the lines of old orders; they can still be edited. */
static void references_that_were_there_are_not_asked_again(void **state) {
  world *in = *state;
  base_slice record;
  customer(in);
  for (int i = 0; i < 3; i++) {
    world_create(in, "product", world_value(in, "{name: '天宇保健茶'}"));
  }
  OK(in, try_order(in,
                   "{customer: 1, lines: [{product: 1, quantity: 2}, {product: 2, quantity: "
                   "1}], handover: {product: 2, quantity: 1}}"));
  world_delete(in, "product", 2);
  static const char *const fine[] = {
      "{number: 'DD-1'}", "{lines: [{product: 1, quantity: 5}, {product: 2, quantity: 1}]}",
      "{lines: [{product: 1, quantity: 5}, {product: 2, quantity: 3}]}",
      "{lines: [{product: 2, quantity: 3}, {product: 3, quantity: 1}]}",
      "{handover: {product: 2, quantity: 9}}"};
  for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
    world_update(in, "order", 1, world_value(in, "%s", fine[i]));
  }
  REFUSED(in, BASE_REFERENCE_MISSING, "lines[1].product", NULL,
          world_try_update(in, "order", 1,
                           world_value(in,
                                       "{lines: [{product: 2, quantity: 3}, {product: 2, "
                                       "quantity: 1}]}"),
                           &record));
}

static void what_is_referred_to_stays(void **state) {
  world *in = *state;
  base_slice record;
  static const char *const types[] = {"customer", "order", "card"};
  static const char *const values[] = {"{name: '张建国', referrer: 1}", "{customer: 1}",
                                       "{customer: 1}"};
  customer(in);
  for (size_t i = 0; i < 3; i++) {
    base_slice made = world_create(in, types[i], world_value(in, "%s", values[i]));
    world_settle(in);
    char says[80];
    (void)snprintf(says, sizeof says, "number 1 of customer is still referred to by %s", types[i]);
    REFUSED(in, BASE_REFERENCE_IN_USE, "id", says,
            model_record_delete(&in->ctx, world_type(in, "customer"), 1, 0, &record));
    world_delete(in, types[i], world_id(made));
    world_settle(in);
  }
  world_create(in, "product", world_value(in, "{name: '血糖仪'}"));
  OK(in, try_order(in, "{customer: 1, gifts: [1]}"));
  REFUSED(in, BASE_REFERENCE_IN_USE, "id", "referred to by order",
          model_record_delete(&in->ctx, world_type(in, "product"), 1, 0, &record));
  world_update(in, "order", 2, world_value(in, "{gifts: nil}"));
  world_delete(in, "product", 1);
  world_delete(in, "order", 2);
  world_delete(in, "customer", 1);
  REFUSED(in, BASE_REFERENCE_MISSING, "customer", NULL, try_order(in, "{customer: 1}"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(references_must_exist),
                                     TEST(references_that_were_there_are_not_asked_again),
                                     TEST(what_is_referred_to_stays)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
