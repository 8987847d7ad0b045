/* Numbers in a where, each standing for its alias set. Where nothing was merged, nothing is changed and
 * plans are as before. */
#include "model/alias.h"
#include "model/reference.h"

data_value model_alias_value(crm_ctx *ctx, const model_type *type, data_value id) {
  int64_t root = model_alias_root(ctx, type, id.as.integer);
  if (root == id.as.integer) return id;
  base_buffer out = {0};
  data_append_integer(&out, root);
  return data_peek(model_ctx_take(ctx, &out));
}

/* --- lists of numbers ------------------------------------------------------------------------------- */

typedef struct numbers {
  base_buffer out;
  size_t count;
  bool grown; /* there is one in it that was not written */
} numbers;

static void add_number(numbers *list, int64_t id) {
  data_append_integer(&list->out, id);
  list->count += 1;
}

static void add_set(crm_ctx *ctx, const model_type *to, data_value value, numbers *list) {
  if (value.type != DATA_INTEGER) {
    data_append_nil(&list->out);
    list->count += 1;
    return;
  }
  model_alias_set set = model_alias_find(ctx, to, value.as.integer);
  list->grown = list->grown || set.count > 1;
  for (size_t i = 0; i < set.count; i++) add_number(list, set.ids[i]);
}

static void add_root(crm_ctx *ctx, const model_type *to, data_value value, numbers *list) {
  data_value root = value.type == DATA_INTEGER ? model_alias_value(ctx, to, value) : value;
  list->grown = list->grown || (value.type == DATA_INTEGER && root.as.integer != value.as.integer);
  if (root.type == DATA_INTEGER)
    data_append_integer(&list->out, root.as.integer);
  else
    data_append_nil(&list->out);
  list->count += 1;
}

/* --- one test --------------------------------------------------------------------------------------- */

static bool takes_number(const model_test *test) {
  bool one = test->op == MODEL_EQ || test->op == MODEL_NE;
  return test->op == MODEL_IN || (one && test->value.type == DATA_INTEGER);
}

static void add_values(crm_ctx *ctx, const model_type *to, const model_test *test,
                       void (*add)(crm_ctx *, const model_type *, data_value, numbers *),
                       numbers *list) {
  if (test->op != MODEL_IN) {
    add(ctx, to, test->value, list);
    return;
  }
  data_walk walk = data_walk_begin(test->value.raw);
  while (data_walk_next(&walk)) add(ctx, to, walk.value, list);
}

/* References are compared with every number of the set, the record's own id with the survivor's. */
static void widen_test(crm_ctx *ctx, const model_type *type, model_test *test) {
  bool id = strcmp(test->path, "id") == 0;
  const model_type *to = id ? type : model_reference_type(ctx, test->field);
  if (to == NULL || !takes_number(test)) return;
  numbers list = {0};
  size_t place = data_append_open_array(&list.out);
  add_values(ctx, to, test, id ? add_root : add_set, &list);
  data_append_close(&list.out, place, list.count);
  base_slice made = model_ctx_take(ctx, &list.out);
  if (!list.grown) return;
  test->op = test->op == MODEL_NE ? MODEL_NOT_IN : MODEL_IN;
  test->value = data_peek(made);
}

/* --- the where -------------------------------------------------------------------------------------- */

static void widen(crm_ctx *ctx, const model_type *type, model_where *where) {
  model_test *tests = BASE_NEW_ARRAY(ctx->arena, model_test, where->test_count + 1);
  model_any *anys = BASE_NEW_ARRAY(ctx->arena, model_any, where->any_count + 1);
  for (size_t i = 0; i < where->test_count; i++) {
    tests[i] = where->tests[i];
    widen_test(ctx, type, &tests[i]);
  }
  for (size_t i = 0; i < where->any_count; i++) {
    const model_any *any = &where->anys[i];
    model_where *alternatives = BASE_NEW_ARRAY(ctx->arena, model_where, any->count + 1);
    for (size_t j = 0; j < any->count; j++) {
      alternatives[j] = any->alternatives[j];
      widen(ctx, type, &alternatives[j]);
    }
    anys[i] = (model_any){.count = any->count, .alternatives = alternatives};
  }
  where->tests = tests;
  where->anys = anys;
}

const model_where *model_alias_where(crm_ctx *ctx, const model_type *type,
                                     const model_where *where) {
  model_where *widened = BASE_NEW(ctx->arena, model_where);
  *widened = *where;
  widen(ctx, type, widened);
  return widened;
}
