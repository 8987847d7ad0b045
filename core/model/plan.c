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

/* A text this short is whole in every key, and no longer one is cut down to it. */
#define WHOLE_TEXT (DATA_KEY_TEXT_MAX / 2 - 4)

static bool whole_in_key(data_value value) {
  return value.type != DATA_TEXT || value.as.bytes.size <= WHOLE_TEXT;
}

static const model_test *equality_on(const model_where *where, const data_field *field) {
  for (size_t i = 0; i < where->test_count; i++) {
    const model_test *test = &where->tests[i];
    if (test->field == field && test->op == MODEL_EQ) return test;
  }
  return NULL;
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

/* Whether the query's equality on the term's field names one of the term's values. */
static bool implies(const model_where *where, const model_index *index, const model_term *term) {
  size_t alternatives = 0;
  for (size_t i = 0; i < where->test_count; i++) {
    const model_test *test = &where->tests[i];
    if (test->op != MODEL_EQ || strcmp(test->path, term->field) != 0) continue;
    return test->value.type == DATA_TEXT &&
           term_names(index, test->field, test->value.as.bytes, &alternatives);
  }
  return false;
}

/* Whether everything the query can match lies in the index. */
static bool implied(const model_index *index, const model_where *where) {
  for (const model_term *term = index->terms; term != NULL && term->field != NULL; term++) {
    if (!implies(where, index, term)) return false;
  }
  return true;
}

/* --- what an index can do for the query --------------------------------------------------------------- */

/* A record without tags has no row in an index over them: nil is not to be found there. */
static void fix_equals(const model_where *where, model_plan *plan) {
  while (plan->equal < field_count(plan)) {
    const data_field *field = field_at(plan, plan->equal);
    const model_test *test = equality_on(where, field);
    if (test == NULL || (model_index_many(field) && test->value.type == DATA_NIL)) return;
    plan->equals[plan->equal++] = test;
  }
}

/* A bound must be whole: texts that are cut are no longer in the order of whole ones. Nil bounds
 * nothing. */
static bool bounds(data_value value) {
  return value.type != DATA_NIL && whole_in_key(value);
}

static data_value bound_value(const model_test *test, bool upper) {
  if (test->op != MODEL_BETWEEN) return test->value;
  data_walk walk = data_walk_begin(test->value.raw);
  data_walk_next(&walk);
  if (upper) data_walk_next(&walk);
  return walk.value;
}

static void bound_range(const model_where *where, model_plan *plan) {
  if (plan->equal >= field_count(plan)) return;
  const data_field *field = field_at(plan, plan->equal);
  for (size_t i = 0; i < where->test_count; i++) {
    const model_test *test = &where->tests[i];
    if (test->field != field) continue;
    bool starts = test->op == MODEL_STARTS && field->kind != DATA_KIND_PHONE;
    bool both = test->op == MODEL_BETWEEN || starts;
    bool above = both || test->op == MODEL_GE || test->op == MODEL_GT;
    bool below = both || test->op == MODEL_LE || test->op == MODEL_LT;
    above = above && plan->above == NULL && (starts || bounds(bound_value(test, false)));
    below = below && plan->below == NULL && (starts || bounds(bound_value(test, true)));
    if (above) plan->above = test;
    if (below) plan->below = test;
  }
}

/* Whether the keys alone decide the test. Bounds are inclusive; what is strict is tested on the
 * records. */
static bool settled(const model_plan *plan, const model_test *test) {
  for (size_t i = 0; i < plan->equal; i++) {
    if (plan->equals[i] == test) return plan->point || whole_in_key(test->value);
  }
  if (test == plan->above || test == plan->below) {
    return test->op == MODEL_GE || test->op == MODEL_LE;
  }
  size_t alternatives = 0;
  return plan->index != NULL && test->op == MODEL_EQ && test->value.type == DATA_TEXT &&
         term_names(plan->index, test->field, test->value.as.bytes, &alternatives) &&
         alternatives == 1;
}

static bool all_settled(const model_plan *plan, const model_where *where) {
  for (size_t i = 0; i < where->test_count; i++) {
    if (!settled(plan, &where->tests[i])) return false;
  }
  return where->any_count == 0;
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
    if (field_at(plan, at) != term->field || model_index_many(term->field)) return false;
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
    if (model_index_many(plan->index->fields[i])) return false;
  }
  return true;
}

static bool consider(const model_index *index, const model_where *where, const model_order *order,
                     model_plan *plan, int *rank) {
  *plan = (model_plan){.index = index};
  if (index != NULL && !implied(index, where)) return false;
  fix_equals(where, plan);
  if (!sound(plan)) return false;
  if (index != NULL && index->unique) {
    bool fixed = plan->equal >= index->count;
    for (size_t i = 0; fixed && i < index->count; i++) {
      fixed = plan->equals[i]->value.type != DATA_NIL;
    }
    plan->point = plan->ordered = fixed;
    plan->equal = fixed ? index->count : 0;
    plan->exact = fixed && all_settled(plan, where);
    *rank = 1000;
    return fixed;
  }
  bound_range(where, plan);
  plan->ordered = gives_order(where, order, plan);
  plan->exact = all_settled(plan, where);
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
