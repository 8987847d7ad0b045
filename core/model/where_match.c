#include "model/index.h"
#include "model/nested.h"
#include "model/where.h"

static bool text_test(model_operator op, base_slice text, base_slice part) {
  if (part.size > text.size) return false;
  if (op == MODEL_STARTS) return base_slice_starts(text, part);
  if (op == MODEL_ENDS) {
    return base_slice_equal(base_slice_after(text, text.size - part.size), part);
  }
  return part.size == 0 || memmem(text.data, text.size, part.data, part.size) != NULL;
}

static bool in_list(data_value value, data_value list) {
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    if (data_compare(value, walk.value) == 0) return true;
  }
  return false;
}

/* The value is not nil, so that a nil bound above is never reached. */
static bool between(data_value value, data_value bounds) {
  data_walk walk = data_walk_begin(bounds.raw);
  data_walk_next(&walk);
  bool above = walk.value.type != DATA_NIL && data_compare(value, walk.value) >= 0;
  data_walk_next(&walk);
  return above && data_compare(value, walk.value) <= 0;
}

static bool value_test(const model_test *test, data_value value) {
  bool null = value.type == DATA_NIL;
  switch (test->op) {
    case MODEL_EQ:
      return data_compare(value, test->value) == 0;
    case MODEL_NE:
      return data_compare(value, test->value) != 0;
    case MODEL_IN:
      return in_list(value, test->value);
    case MODEL_NOT_IN:
      return !in_list(value, test->value);
    case MODEL_IS_NULL:
      return null == test->value.as.boolean;
    case MODEL_BETWEEN:
      return !null && between(value, test->value);
    case MODEL_STARTS:
    case MODEL_ENDS:
    case MODEL_CONTAINS:
      return value.type == DATA_TEXT && text_test(test->op, value.as.bytes, test->value.as.bytes);
    case MODEL_UNDER:
      return value.type == DATA_TEXT && data_tree_under(value.as.bytes, test->value.as.bytes);
    default:
      break;
  }
  if (null || test->value.type == DATA_NIL) return false;
  int order = data_compare(value, test->value);
  if (test->op == MODEL_LT) return order < 0;
  if (test->op == MODEL_LE) return order <= 0;
  return test->op == MODEL_GT ? order > 0 : order >= 0;
}

static bool one_test(const model_test *test, data_value value) {
  base_buffer scratch = {0};
  bool holds = value_test(test, model_index_value(test->field, value, &scratch));
  base_buffer_fini(&scratch);
  return holds;
}

/* Tags and lists match when one element does; "ne" when none is equal, "is_null" when all are nil. */
static bool elements_test(const model_test *test, data_value list) {
  bool found = false;
  model_test one = *test;
  if (test->op == MODEL_IS_NULL) one.value.as.boolean = false;
  if (test->op == MODEL_NE) one.op = MODEL_EQ;
  if (test->op == MODEL_NOT_IN) one.op = MODEL_IN;
  data_walk walk = data_walk_begin(list.raw);
  while (!found && data_walk_next(&walk)) {
    found = one_test(&one, model_nested_element(test->field, walk.value));
  }
  bool turned = one.op != test->op || (test->op == MODEL_IS_NULL && test->value.as.boolean);
  return turned ? !found : found;
}

static bool test_match(const model_test *test, base_slice record) {
  data_value value = model_nested_value(record, test->field);
  return value.type == DATA_ARRAY ? elements_test(test, value) : one_test(test, value);
}

static bool any_match(const model_any *any, base_slice record) {
  for (size_t i = 0; i < any->count; i++) {
    if (model_where_match(&any->alternatives[i], record)) return true;
  }
  return false;
}

bool model_where_match(const model_where *where, base_slice record) {
  for (size_t i = 0; i < where->test_count; i++) {
    if (!test_match(&where->tests[i], record)) return false;
  }
  for (size_t i = 0; i < where->any_count; i++) {
    if (!any_match(&where->anys[i], record)) return false;
  }
  return true;
}
