#include "model/plan.h"

#include "model/index.h"

static const data_field *id_field(void) {
  return &model_system_fields[0];
}

static size_t field_count(const model_plan *plan) {
  return (plan->index == NULL ? 0 : plan->index->count) + 1;
}

/* The plan's i-th field; behind the index's own comes the id. */
static const data_field *field_at(const model_plan *plan, size_t i) {
  return plan->index == NULL || i == plan->index->count ? id_field() : plan->index->fields[i];
}

static bool whole_in_key(data_value value) {
  return value.type != DATA_TEXT || value.as.bytes.size <= DATA_KEY_TEXT_MAX;
}

static const model_test *equality_on(const model_where *where, const data_field *field) {
  for (size_t i = 0; i < where->test_count; i++) {
    const model_test *test = &where->tests[i];
    if (test->field == field && test->op == MODEL_EQ) return test;
  }
  return NULL;
}

static bool many_valued(const data_field *field) {
  return field->kind == DATA_KIND_TAGS || field->kind == DATA_KIND_LIST;
}

/* --- partial indexes -------------------------------------------------------------------------------- */

static bool term_names(const model_index *index, const data_field *field, base_slice value,
                       size_t *alternatives) {
  bool found = false;
  *alternatives = 0;
  for (const model_term *term = index->terms; term != NULL && term->field != NULL; term++) {
    if (strcmp(term->field, field->name) != 0) continue;
    *alternatives += 1;
    found = found || base_slice_is(value, term->value);
  }
  return found;
}

/* Whether everything the query can match lies in the index; counts the tests that its terms settle. */
static bool implied(const model_index *index, const model_where *where, size_t *settled) {
  const char *last = NULL;
  for (const model_term *term = index->terms; term != NULL && term->field != NULL; term++) {
    if (last != NULL && strcmp(last, term->field) == 0) continue;
    last = term->field;
    const model_test *test = NULL;
    for (size_t i = 0; i < where->test_count; i++) {
      bool same = strcmp(where->tests[i].path, term->field) == 0;
      if (same && where->tests[i].op == MODEL_EQ) test = &where->tests[i];
    }
    size_t alternatives = 0;
    if (test == NULL || test->value.type != DATA_TEXT ||
        !term_names(index, test->field, test->value.as.bytes, &alternatives)) {
      return false;
    }
    if (alternatives == 1) *settled += 1;
  }
  return true;
}

/* --- what an index can do for the query --------------------------------------------------------------- */

static void fix_equals(const model_where *where, model_plan *plan) {
  while (plan->equal < field_count(plan)) {
    const model_test *test = equality_on(where, field_at(plan, plan->equal));
    if (test == NULL || !whole_in_key(test->value)) return;
    plan->equals[plan->equal++] = test;
  }
}

static size_t bound_range(const model_where *where, model_plan *plan) {
  if (plan->equal >= field_count(plan)) return 0;
  const data_field *field = field_at(plan, plan->equal);
  size_t settled = 0;
  for (size_t i = 0; i < where->test_count; i++) {
    const model_test *test = &where->tests[i];
    if (test->field != field || !whole_in_key(test->value)) continue;
    bool above = test->op == MODEL_GE || test->op == MODEL_GT;
    bool below = test->op == MODEL_LE || test->op == MODEL_LT;
    bool both =
        test->op == MODEL_BETWEEN || (test->op == MODEL_STARTS && field->kind != DATA_KIND_PHONE);
    if ((above || both) && plan->above == NULL) plan->above = test;
    if ((below || both) && plan->below == NULL) plan->below = test;
    bool used = plan->above == test || plan->below == test;
    /* Bounds are inclusive; what is strict is tested on the records. */
    settled += used && (test->op == MODEL_GE || test->op == MODEL_LE);
  }
  return settled;
}

/* Whether the rows, after the fixed fields, come in the order's terms (those fixed left out). */
static bool gives_order(const model_where *where, const model_order *order, model_plan *plan) {
  size_t at = plan->equal;
  bool first = true;
  for (size_t i = 0; i < order->count; i++) {
    const model_order_term *term = &order->terms[i];
    bool last = i + 1 == order->count;
    if (equality_on(where, term->field) != NULL && !last) continue;
    if (at >= field_count(plan)) return last;
    if (field_at(plan, at) != term->field || many_valued(term->field)) return false;
    if (!first && !last && term->descending != plan->descending) return false;
    if (!first && last) plan->ties = term->descending != plan->descending;
    if (first) plan->descending = term->descending;
    first = false;
    at += 1;
  }
  return true;
}

/* An index with a field of many values has one row per value: sound only when the value is fixed. */
static bool sound(const model_plan *plan) {
  for (size_t i = plan->equal; plan->index != NULL && i < plan->index->count; i++) {
    if (many_valued(plan->index->fields[i])) return false;
  }
  return true;
}

static bool consider(const model_index *index, const model_where *where, const model_order *order,
                     model_plan *plan, int *rank) {
  *plan = (model_plan){.index = index};
  size_t settled = 0;
  if (index != NULL && !implied(index, where, &settled)) return false;
  fix_equals(where, plan);
  if (!sound(plan)) return false;
  if (index != NULL && index->unique) {
    bool fixed = plan->equal >= index->count;
    for (size_t i = 0; fixed && i < index->count; i++) {
      fixed = plan->equals[i]->value.type != DATA_NIL;
    }
    plan->point = plan->ordered = fixed;
    plan->equal = fixed ? index->count : 0;
    *rank = 1000;
    return fixed;
  }
  size_t bounded = bound_range(where, plan);
  plan->ordered = gives_order(where, order, plan);
  plan->exact = where->any_count == 0 && plan->equal + bounded + settled == where->test_count;
  bool range = plan->above != NULL || plan->below != NULL;
  *rank = (int)plan->equal * 8 + (plan->ordered ? 4 : 0) + (range ? 3 : 0) +
          (index != NULL && index->terms != NULL ? 1 : 0);
  return true;
}

void model_plan_choose(const model_type *type, const model_where *where, const model_order *order,
                       model_plan *plan) {
  int best = 0;
  consider(NULL, where, order, plan, &best);
  for (size_t i = 0; i < type->index_count; i++) {
    model_plan other;
    int rank = 0;
    if (!consider(&type->indexes[i], where, order, &other, &rank) || rank <= best) continue;
    *plan = other;
    best = rank;
  }
}

/* --- keys ------------------------------------------------------------------------------------------------ */

static void key_prefix(const model_type *type, const model_plan *plan, data_key *key) {
  data_key_init(key);
  data_key_text(key, base_slice_text(type->name), DATA_KEY_HASH);
  if (plan->index != NULL) data_key_text(key, base_slice_text(plan->index->name), DATA_KEY_HASH);
  data_key_long when_long = plan->point ? DATA_KEY_HASH : DATA_KEY_CUT;
  for (size_t i = 0; i < plan->equal; i++) data_key_value(key, plan->equals[i]->value, when_long);
  if (!plan->point) model_index_cut(key);
}

static data_value bound_value(const model_test *test, bool upper) {
  if (test->op != MODEL_BETWEEN) return test->value;
  data_walk walk = data_walk_begin(test->value.raw);
  data_walk_next(&walk);
  if (upper) data_walk_next(&walk);
  return walk.value;
}

static void add_bound(data_key *key, const model_test *test, bool upper) {
  if (test->op == MODEL_STARTS)
    data_key_text_prefix(key, test->value.as.bytes);
  else
    data_key_value(key, bound_value(test, upper), DATA_KEY_CUT);
  if (upper) data_key_successor(key);
}

/* The key of the row behind which the page begins, with its id unless ties come the other way. */
static void key_after(const model_type *type, const model_plan *plan, const model_order *order,
                      const model_row *after, data_key *key) {
  key_prefix(type, plan, key);
  for (size_t i = plan->equal; i < field_count(plan); i++) {
    bool id = i + 1 == field_count(plan);
    if (id && plan->ties) return;
    for (size_t t = 0; t < order->count; t++) {
      if (order->terms[t].field == field_at(plan, i)) {
        data_key_value(key, after->values[t], DATA_KEY_CUT);
      }
    }
  }
}

void model_plan_bounds(const model_type *type, const model_plan *plan, const model_order *order,
                       const model_row *after, data_key *lower, data_key *upper) {
  key_prefix(type, plan, lower);
  *upper = *lower;
  data_key_successor(upper);
  if (plan->point) return;
  data_key bound;
  key_prefix(type, plan, &bound);
  if (plan->above != NULL) {
    add_bound(lower, plan->above, false);
  } else if (plan->below != NULL) {
    /* Nothing is less than a bound and nil at once. */
    data_key_nil(lower);
    data_key_successor(lower);
  }
  if (plan->below != NULL) {
    add_bound(&bound, plan->below, true);
    *upper = bound;
  }
  if (after == NULL || !plan->ordered) return;
  data_key place;
  key_after(type, plan, order, after, &place);
  bool up = !plan->descending;
  if (up != plan->ties) data_key_successor(&place);
  data_key *moved = up ? lower : upper;
  bool inside = up ? base_slice_compare(data_key_slice(&place), data_key_slice(lower)) > 0
                   : base_slice_compare(data_key_slice(&place), data_key_slice(upper)) < 0;
  if (inside) *moved = place;
}
