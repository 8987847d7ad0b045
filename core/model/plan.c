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

static const model_test *test_on(const model_where *where, const data_field *field,
                                 model_operator op) {
  for (size_t i = 0; i < where->test_count; i++) {
    const model_test *test = &where->tests[i];
    if (test->field == field && test->op == op) return test;
  }
  return NULL;
}

static const model_test *equality_on(const model_where *where, const data_field *field) {
  return test_on(where, field, MODEL_EQ);
}

/* --- fixed fields ------------------------------------------------------------------------------------ */

/* What fixes a field: it equals a value, is under one, is null, or is in a list. */
static const model_test *fixing(const model_where *where, const data_field *field) {
  const model_test *test = equality_on(where, field);
  if (test == NULL) test = test_on(where, field, MODEL_UNDER);
  if (test != NULL) return test;
  test = test_on(where, field, MODEL_IS_NULL);
  if (test != NULL && test->value.as.boolean) return test;
  return test_on(where, field, MODEL_IN);
}

static size_t value_count(const model_test *test) {
  return test->op == MODEL_IN ? test->value.as.count : 1;
}

static data_value value_at(const model_test *test, size_t i) {
  if (test->op == MODEL_EQ || test->op == MODEL_UNDER) return test->value;
  if (test->op == MODEL_IS_NULL) return (data_value){0};
  data_walk walk = data_walk_begin(test->value.raw);
  while (data_walk_next(&walk) && walk.index < i) continue;
  return walk.value;
}

static bool takes_nil(const model_test *test) {
  if (test->op != MODEL_IN) return value_at(test, 0).type == DATA_NIL;
  data_walk walk = data_walk_begin(test->value.raw);
  while (data_walk_next(&walk)) {
    if (walk.value.type == DATA_NIL) return true;
  }
  return false;
}

static bool all_whole(const model_test *test) {
  if (test->op != MODEL_IN) return whole_in_key(test->value);
  data_walk walk = data_walk_begin(test->value.raw);
  while (data_walk_next(&walk)) {
    if (!whole_in_key(walk.value)) return false;
  }
  return true;
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

/* A record without tags has no row in an index over them, and one that lacks a value none in a unique
 * index: nil is not to be found there. */
static void fix_equals(const model_where *where, model_plan *plan) {
  bool unique = plan->index != NULL && plan->index->unique;
  size_t most = unique ? plan->index->count : field_count(plan);
  plan->ranges = 1;
  while (plan->equal < most) {
    const data_field *field = field_at(plan, plan->equal);
    const model_test *test = fixing(where, field);
    if (test == NULL || plan->ranges * value_count(test) > MODEL_PLAN_RANGES) return;
    if ((unique || model_index_many(field)) && takes_nil(test)) return;
    plan->equals[plan->equal++] = test;
    plan->ranges *= value_count(test);
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

/* Rows of a path say what it is under, not what it is. */
static bool told_by_rows(const model_test *test) {
  return test->field->kind != DATA_KIND_TREE || test->op == MODEL_UNDER;
}

/* Whether the keys alone decide the test. Bounds are inclusive; what is strict is tested on the
 * records. */
static bool settled(const model_plan *plan, const model_test *test) {
  bool inclusive = test->op == MODEL_GE || test->op == MODEL_LE;
  for (size_t i = 0; i < plan->equal; i++) {
    if (plan->equals[i] == test) return plan->point || (told_by_rows(test) && all_whole(test));
  }
  if (test == plan->above || test == plan->below) return inclusive;
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

const model_where *model_plan_left(const model_plan *plan, const model_where *where,
                                   base_arena *arena) {
  static const model_where nothing = {.test_count = 0};
  if (plan->exact) return &nothing;
  model_where *left = BASE_NEW(arena, model_where);
  model_test *tests = BASE_NEW_ARRAY(arena, model_test, where->test_count + 1);
  *left = (model_where){.tests = tests, .any_count = where->any_count, .anys = where->anys};
  for (size_t i = 0; i < where->test_count; i++) {
    if (!settled(plan, &where->tests[i])) tests[left->test_count++] = where->tests[i];
  }
  return left;
}

static bool listed(const model_test *test) {
  return test->op == MODEL_IN;
}

/* Whether rows compared from the index's field `at` on come in the order's terms, those with one value
 * left out. */
static bool gives_terms(const model_where *where, const model_order *order, size_t at,
                        model_plan *plan) {
  bool first = true;
  for (size_t i = 0; i < order->count; i++) {
    const model_order_term *term = &order->terms[i];
    bool last = i + 1 == order->count;
    if (equality_on(where, term->field) != NULL && !last) continue;
    while (at < plan->equal && !listed(plan->equals[at])) at += 1;
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

/* The id can be listed too, and then says nothing about the order of the ranges. */
static bool gives_order(const model_where *where, const model_order *order, model_plan *plan) {
  size_t list = 0;
  while (list < plan->equal && !listed(plan->equals[list])) list += 1;
  bool id_listed = plan->equal == field_count(plan) && listed(plan->equals[plan->equal - 1]);
  if (!id_listed && gives_terms(where, order, plan->equal, plan)) return true;
  plan->descending = plan->ties = false;
  plan->whole = list < plan->equal && gives_terms(where, order, list, plan);
  if (!plan->whole) plan->descending = plan->ties = false;
  return plan->whole;
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
    plan->point = plan->equal == index->count;
    plan->ordered = plan->point && plan->ranges <= 1;
    plan->exact = plan->point && all_settled(plan, where);
    *rank = 1000;
    return plan->point;
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
                       bool deleted, model_plan *plan) {
  int best = -1;
  if (!deleted) consider(NULL, where, order, plan, &best);
  for (size_t i = 0; i < type->index_count; i++) {
    const model_index *index = &type->indexes[i];
    model_plan other;
    int rank = 0;
    if (index->deleted != deleted || index->building) continue;
    if (!consider(index, where, order, &other, &rank) || rank <= best) continue;
    *plan = other;
    best = rank;
  }
}

/* --- keys ------------------------------------------------------------------------------------------------ */

static void key_begin(const model_type *type, const model_plan *plan, data_key *key) {
  data_key_init(key);
  data_key_text(key, base_slice_text(type->name), DATA_KEY_HASH);
  if (plan->index != NULL) data_key_text(key, base_slice_text(plan->index->name), DATA_KEY_HASH);
}

/* The i-th fixed field's value in that range: the ranges count through the lists' values. */
static void add_fixed(const model_plan *plan, size_t range, size_t i, data_key *key) {
  for (size_t before = 0; before < i; before++) range /= value_count(plan->equals[before]);
  const model_test *test = plan->equals[i];
  data_key_value(key, value_at(test, range % value_count(test)),
                 plan->point ? DATA_KEY_HASH : DATA_KEY_CUT);
}

static void key_prefix(const model_type *type, const model_plan *plan, size_t range,
                       data_key *key) {
  key_begin(type, plan, key);
  for (size_t i = 0; i < plan->equal; i++) add_fixed(plan, range, i, key);
}

/* Bytes of the fixed fields but the id, which tells records apart even where it is fixed. */
static size_t fixed_size(const model_type *type, const model_plan *plan, size_t range) {
  data_key key;
  key_begin(type, plan, &key);
  for (size_t i = 0; i < plan->equal && i + 1 < field_count(plan); i++) {
    add_fixed(plan, range, i, &key);
  }
  return key.size;
}

static void add_bound(data_key *key, const model_test *test, bool upper) {
  if (test->op == MODEL_STARTS)
    data_key_text_prefix(key, test->value.as.bytes);
  else
    data_key_value(key, bound_value(test, upper), DATA_KEY_CUT);
  if (upper) data_key_successor(key);
}

static void add_ordered(const model_order *order, const model_row *after, const data_field *field,
                        data_key *key) {
  for (size_t t = 0; t < order->count; t++) {
    if (order->terms[t].field == field) data_key_value(key, after->values[t], DATA_KEY_CUT);
  }
}

/* The key of the row behind which the page begins, with its id unless ties come the other way. */
static void key_after(const model_type *type, const model_plan *plan, const model_order *order,
                      const model_row *after, size_t range, data_key *key) {
  key_begin(type, plan, key);
  for (size_t i = 0; i < field_count(plan); i++) {
    if (i + 1 == field_count(plan) && plan->ties) return;
    if (i < plan->equal && !(plan->whole && listed(plan->equals[i])))
      add_fixed(plan, range, i, key);
    else
      add_ordered(order, after, field_at(plan, i), key);
  }
}

static void move_behind(const model_type *type, const model_plan *plan, const model_order *order,
                        const model_row *after, size_t range, data_key *lower, data_key *upper) {
  data_key place;
  key_after(type, plan, order, after, range, &place);
  bool up = !plan->descending;
  if (up != plan->ties) data_key_successor(&place);
  data_key *moved = up ? lower : upper;
  bool inside = up ? base_slice_compare(data_key_slice(&place), data_key_slice(lower)) > 0
                   : base_slice_compare(data_key_slice(&place), data_key_slice(upper)) < 0;
  if (inside) *moved = place;
}

size_t model_plan_bounds(const model_type *type, const model_plan *plan, const model_order *order,
                         const model_row *after, size_t range, data_key *lower, data_key *upper) {
  key_prefix(type, plan, range, lower);
  size_t prefix = plan->whole ? 0 : fixed_size(type, plan, range);
  *upper = *lower;
  data_key_successor(upper);
  if (plan->point) return prefix;
  data_key bound = *lower;
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
  if (after != NULL && plan->ordered) {
    move_behind(type, plan, order, after, range, lower, upper);
  }
  return prefix;
}
