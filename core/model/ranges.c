#include "model/ranges.h"

#include "model/index.h"

struct model_range {
  store_cursor *cursor;
  size_t prefix; /* bytes of its keys that are not compared */
  base_slice key;
  base_slice value;
};

static base_slice compared(const model_range *range) {
  return base_slice_after(range->key, range->prefix);
}

/* --- the heap -------------------------------------------------------------------------------------- */

static bool comes_first(const model_ranges *rows, size_t a, size_t b) {
  int order = base_slice_compare(compared(&rows->ranges[a]), compared(&rows->ranges[b]));
  return rows->descending ? order > 0 : order < 0;
}

static void sift_down(model_ranges *rows, size_t at) {
  for (;;) {
    size_t first = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < rows->count; child++) {
      if (comes_first(rows, child, first)) first = child;
    }
    if (first == at) return;
    model_range moved = rows->ranges[at];
    rows->ranges[at] = rows->ranges[first];
    rows->ranges[first] = moved;
    at = first;
  }
}

/* Moves on the range on top, which goes when it has no more rows. */
static void step(model_ranges *rows) {
  model_range *top = &rows->ranges[0];
  if (!store_cursor_next(top->cursor, &top->key, &top->value)) {
    store_cursor_close(top->cursor);
    *top = rows->ranges[--rows->count];
  }
  sift_down(rows, 0);
}

/* --- ranges ---------------------------------------------------------------------------------------- */

static void open_range(model_ranges *rows, const model_order *order, const model_row *after,
                       size_t i) {
  data_key lower;
  data_key upper;
  store_table table = rows->plan->index == NULL ? STORE_RECORD : STORE_INDEX;
  model_range *range = &rows->ranges[rows->count];
  range->prefix = model_plan_bounds(rows->type, rows->plan, order, after, i, &lower, &upper);
  range->cursor = store_cursor_open(rows->ctx->set, table, data_key_slice(&lower),
                                    data_key_slice(&upper), rows->descending);
  if (store_cursor_next(range->cursor, &range->key, &range->value))
    rows->count += 1;
  else
    store_cursor_close(range->cursor);
}

void model_ranges_open(crm_ctx *ctx, const model_type *type, const model_plan *plan,
                       const model_order *order, const model_row *after, model_ranges *rows) {
  *rows = (model_ranges){
      .ctx = ctx, .type = type, .plan = plan, .descending = plan->ordered && plan->descending};
  if (plan->point) {
    rows->owners = BASE_NEW_ARRAY(ctx->arena, int64_t, plan->ranges + 1);
    return;
  }
  rows->ranges = BASE_NEW_ARRAY(ctx->arena, model_range, plan->ranges + 1);
  for (size_t i = 0; i < plan->ranges; i++) open_range(rows, order, after, i);
  for (size_t i = rows->count / 2; i > 0; i--) sift_down(rows, i - 1);
}

void model_ranges_close(model_ranges *rows) {
  while (rows->count > 0) store_cursor_close(rows->ranges[--rows->count].cursor);
}

/* --- rows ------------------------------------------------------------------------------------------ */

static bool came_before(const model_ranges *rows, size_t count, int64_t owner) {
  for (size_t i = 0; i < count; i++) {
    if (rows->owners[i] == owner) return true;
  }
  return false;
}

static bool next_point(model_ranges *rows, base_slice *value) {
  while (rows->taken < rows->plan->ranges) {
    data_key key;
    data_key upper;
    size_t i = rows->taken++;
    (void)model_plan_bounds(rows->type, rows->plan, NULL, NULL, i, &key, &upper);
    bool found = store_get(rows->ctx->set, STORE_UNIQUE, data_key_slice(&key), value);
    rows->owners[i] = found ? data_peek(*value).as.integer : 0;
    if (found && !came_before(rows, i, rows->owners[i])) return true;
  }
  return false;
}

bool model_ranges_next(model_ranges *rows, base_slice *value) {
  if (rows->plan->point) return next_point(rows, value);
  while (rows->count > 0) {
    base_slice key = compared(&rows->ranges[0]);
    bool again =
        rows->plan->ranges > 1 && rows->after.data != NULL && base_slice_equal(key, rows->after);
    *value = rows->ranges[0].value;
    rows->after = key;
    step(rows);
    if (!again) return true;
  }
  return false;
}
