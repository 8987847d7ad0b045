/* plan: how packages put tasks on a customer's calendar and take them off again. What falls on one day
 * for one customer is one task with several causes (REV-12, C-02). */
#include "api/nouns/nouns.h"

/* --- the causes of a task --------------------------------------------------------------------------------- */

/* revisit before repurchase before what packages bring, in the order they came (protocol). */
static int kind_rank(base_slice kind) {
  if (base_slice_is(kind, "revisit")) return 0;
  return base_slice_is(kind, "repurchase") ? 1 : 2;
}

static bool same_cause(base_slice a, base_slice b) {
  return base_slice_equal(data_map_text(a, "kind"), data_map_text(b, "kind")) &&
         data_map_integer(a, "order", 0) == data_map_integer(b, "order", 0) &&
         data_map_integer(a, "product", 0) == data_map_integer(b, "product", 0);
}

typedef struct cause_list {
  size_t count;
  base_slice *items; /* maps {kind, order?, product?, text?, title?}, by rank */
} cause_list;

static void add_cause(cause_list *list, base_slice cause) {
  for (size_t i = 0; i < list->count; i++) {
    if (same_cause(list->items[i], cause)) return;
  }
  size_t at = list->count;
  int rank = kind_rank(data_map_text(cause, "kind"));
  for (; at > 0 && kind_rank(data_map_text(list->items[at - 1], "kind")) > rank; at--) {
    list->items[at] = list->items[at - 1];
  }
  list->items[at] = cause;
  list->count += 1;
}

/* The causes of a task, with room for one more. */
static cause_list causes_of(crm_ctx *ctx, base_slice task) {
  data_value causes = {0};
  bool has = task.size > 0 && data_map_find(task, "causes", &causes);
  cause_list list = {.items =
                         BASE_NEW_ARRAY(ctx->arena, base_slice, (has ? causes.as.count : 0) + 1)};
  if (!has) return list;
  data_walk walk = data_walk_begin(causes.raw);
  while (data_walk_next(&walk)) list.items[list.count++] = walk.value.raw;
  return list;
}

/* kind, reasons and causes follow from the list. */
static void append_causes(const cause_list *list, base_buffer *out) {
  data_append_pair_slice(out, "kind", data_map_text(list->items[0], "kind"));
  data_append_text(out, "reasons");
  data_append_array(out, list->count);
  for (size_t i = 0; i < list->count; i++) {
    data_append_slice(out, data_map_text(list->items[i], "kind"));
  }
  data_append_text(out, "causes");
  data_append_array(out, list->count);
  for (size_t i = 0; i < list->count; i++) data_append_raw(out, list->items[i]);
}

static base_slice cause_from(crm_ctx *ctx, base_slice params) {
  static const char *const keys[] = {"kind", "order", "product", "text", "title"};
  base_slice names[5];
  base_buffer cause = {0};
  for (size_t i = 0; i < 5; i++) names[i] = base_slice_text(keys[i]);
  data_pick(params, names, 5, &cause);
  return model_ctx_take(ctx, &cause);
}

/* --- task.plan ------------------------------------------------------------------------------------------------ */

/* The customer's open task of that day which was planned, not entered by hand. */
static base_code find_planned(crm_ctx *ctx, base_slice params, base_slice *task) {
  base_buffer where = {0};
  model_page page;
  data_value causes;
  data_append_map(&where, 3);
  data_append_pair_raw(&where, "customer", api_param_raw(params, "customer"));
  data_append_pair_text(&where, "state", "open");
  data_append_pair_raw(&where, "due_on", api_param_raw(params, "due_on"));
  *task = (base_slice){0};
  base_slice same_day = model_ctx_take(ctx, &where);
  BASE_TRY(api_noun_find(ctx, "task", same_day, "due_on", 50, (base_slice){0}, &page));
  for (size_t i = 0; i < page.count && task->size == 0; i++) {
    if (data_map_find(page.items[i], "causes", &causes)) *task = page.items[i];
  }
  return BASE_OK;
}

static base_code join_task(crm_ctx *ctx, base_slice task, base_slice cause, base_slice *record) {
  cause_list list = causes_of(ctx, task);
  add_cause(&list, cause);
  base_buffer patch = {0};
  data_append_map(&patch, 3);
  append_causes(&list, &patch);
  base_slice values = model_ctx_take(ctx, &patch);
  return model_record_update(ctx, api_noun_type(ctx, "task"), data_map_integer(task, "id", 0),
                             values, 0, MODEL_TRUSTED, record);
}

static base_code new_task(crm_ctx *ctx, base_slice params, base_slice cause, base_slice *record) {
  static const char *const copied[] = {"customer", "due_on", "owner", "title"};
  cause_list list = causes_of(ctx, (base_slice){0});
  add_cause(&list, cause);
  base_buffer values = {0};
  size_t place = data_append_open_map(&values);
  size_t pairs = 3;
  append_causes(&list, &values);
  for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++) {
    base_slice value = api_param_raw(params, copied[i]);
    if (value.size == 0) continue;
    data_append_pair_raw(&values, copied[i], value);
    pairs += 1;
  }
  data_append_close(&values, place, pairs);
  base_slice task = model_ctx_take(ctx, &values);
  return model_record_create(ctx, api_noun_type(ctx, "task"), task, MODEL_TRUSTED, record);
}

static base_code run_plan(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice cause = cause_from(ctx, params);
  base_slice task;
  base_slice record;
  BASE_TRY(find_planned(ctx, params, &task));
  if (task.size > 0)
    BASE_TRY(join_task(ctx, task, cause, &record));
  else
    BASE_TRY(new_task(ctx, params, cause, &record));
  data_append_raw(result, record);
  return BASE_OK;
}

/* --- task.withdraw -------------------------------------------------------------------------------------------- */

static bool asked_for(base_slice params, base_slice cause) {
  base_slice kind = api_param_text(params, "kind");
  int64_t order = api_param_integer(params, "order");
  int64_t product = api_param_integer(params, "product");
  return (kind.size == 0 || base_slice_equal(kind, data_map_text(cause, "kind"))) &&
         (order == 0 || order == data_map_integer(cause, "order", 0)) &&
         (product == 0 || product == data_map_integer(cause, "product", 0));
}

static bool says(const cause_list *list, base_slice title) {
  for (size_t i = 0; i < list->count; i++) {
    if (base_slice_equal(data_map_text(list->items[i], "title"), title)) return true;
  }
  return false;
}

/* What the task is called when the cause that named it is gone; empty: as it was. A title that somebody gave
 * it by hand is no cause's and stays. */
static base_slice title_after(base_slice task, const cause_list *all, const cause_list *left) {
  base_slice title = data_map_text(task, "title");
  bool gone = title.size > 0 && says(all, title) && !says(left, title);
  return gone && left->count > 0 ? data_map_text(left->items[0], "title") : (base_slice){0};
}

/* A task that has lost all its causes is cancelled; one that keeps some goes on with those. */
static base_code shrink_task(crm_ctx *ctx, base_slice task, const cause_list *all,
                             const cause_list *left) {
  base_buffer patch = {0};
  base_slice record;
  base_slice title = title_after(task, all, left);
  data_append_map(&patch, (left->count == 0 ? 1u : 3u) + (title.size > 0 ? 1u : 0u));
  if (left->count == 0)
    data_append_pair_text(&patch, "state", "cancelled");
  else
    append_causes(left, &patch);
  if (title.size > 0) data_append_pair_slice(&patch, "title", title);
  base_slice values = model_ctx_take(ctx, &patch);
  return model_record_update(ctx, api_noun_type(ctx, "task"), data_map_integer(task, "id", 0),
                             values, 0, MODEL_TRUSTED, &record);
}

static base_code withdraw_from(crm_ctx *ctx, base_slice params, base_slice task,
                               int64_t *withdrawn) {
  cause_list all = causes_of(ctx, task);
  cause_list left = {.items = BASE_NEW_ARRAY(ctx->arena, base_slice, all.count + 1)};
  for (size_t i = 0; i < all.count; i++) {
    if (!asked_for(params, all.items[i])) left.items[left.count++] = all.items[i];
  }
  *withdrawn += (int64_t)(all.count - left.count);
  return left.count == all.count ? BASE_OK : shrink_task(ctx, task, &all, &left);
}

static base_code run_withdraw(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)self;
  data_value customer = {0};
  data_map_find(params, "customer", &customer);
  base_slice open = api_noun_where(ctx, "customer", customer, "open");
  base_slice after = {0};
  int64_t withdrawn = 0;
  do {
    model_page page;
    BASE_TRY(api_noun_find(ctx, "task", open, "due_on", MODEL_LIMIT_MAX, after, &page));
    for (size_t i = 0; i < page.count; i++) {
      BASE_TRY(withdraw_from(ctx, params, page.items[i], &withdrawn));
    }
    after = page.next;
  } while (after.size > 0);
  data_append_map(result, 1);
  data_append_pair_integer(result, "withdrawn", withdrawn);
  return BASE_OK;
}

#define PARAM_CUSTOMER                                                                             \
  { .name = "customer", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED, .doc = "Whose task." }
#define PARAM_ORDER                                                                                \
  { .name = "order", .kind = DATA_KIND_INTEGER, .doc = "The order it comes from." }
#define PARAM_PRODUCT                                                                              \
  { .name = "product", .kind = DATA_KIND_INTEGER, .doc = "The product it is about." }

static const data_field plan_params[] = {
    PARAM_CUSTOMER,
    {.name = "due_on", .kind = DATA_KIND_DATE, .flags = DATA_REQUIRED, .doc = "The day it is due."},
    {.name = "kind",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .doc = "revisit, repurchase, or the package's own."},
    {.name = "owner",
     .kind = DATA_KIND_TEXT,
     .doc = "Who does it; a task already there keeps its "
            "owner."},
    {.name = "title", .kind = DATA_KIND_TEXT, .doc = "What people read."},
    PARAM_ORDER,
    PARAM_PRODUCT,
    {.name = "text", .kind = DATA_KIND_TEXT, .doc = "What this cause says to people."},
    {.name = NULL}};
static const data_field withdraw_params[] = {
    PARAM_CUSTOMER,
    {.name = "kind", .kind = DATA_KIND_TEXT, .doc = "Only causes of this kind."},
    PARAM_ORDER,
    PARAM_PRODUCT,
    {.name = NULL}};

static const data_field withdraw_result[] = {
    {.name = "withdrawn", .kind = DATA_KIND_INTEGER, .doc = "Causes that were taken off."},
    {.name = NULL}};

const api_op api_ops_plan[] = {
    {.name = "task.plan",
     .flags = API_WRITE | API_INTERNAL,
     .params = plan_params,
     .errors = "REFERENCE_MISSING VALIDATION_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Puts a cause on the customer's task of that day, making the task when there is none "
            "(REV-12, C-02). Returns the task.",
     .doc_zh = "为客户在某日安排任务；同日任务合并为一条、多个事由。",
     .run = run_plan},
    {.name = "task.withdraw",
     .flags = API_WRITE | API_INTERNAL,
     .params = withdraw_params,
     .since = "1",
     .result = withdraw_result,
     .doc = "Takes matching causes off the customer's open tasks; a task without causes is "
            "cancelled (REV-14, ORD-04). {withdrawn}.",
     .doc_zh = "撤回客户未完成任务中的事由；没有事由的任务即取消。",
     .run = run_withdraw},
    {.name = NULL}};
