#include "model/find.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/metric.h"
#include "model/access.h"
#include "model/alias.h"
#include "model/budget.h"
#include "model/index.h"
#include "model/permission.h"
#include "model/plan.h"
#include "model/ranges.h"
#include "model/reads.h"
#include "model/record.h"
#include "model/reference.h"

BASE_METRIC(scans_refused, "model_limit_scan_rows_total");

/* What a row that is looked at takes from the budget of the script that asked for it. */
#define ROW_INSTRUCTIONS 50
#define KEYS_PER_ROW 16 /* keys of an index that are counted as fast as a row is looked at */

/* A query compiled, planned and under way. */
typedef struct search {
  crm_ctx *ctx;
  const model_type *type;
  const model_where *where;
  const model_where *left; /* of it, what the plan leaves to be tested on the records */
  model_order order;
  model_plan plan;
  int64_t looked_at; /* rows */
  size_t bytes;      /* of the records among them */
  bool unbounded;    /* the index alone answers: scan_rows does not count */
  bool covered;      /* the rows of the index keep all that is needed */
  unsigned standing; /* of the records asked for: live ones, or those in the recycle bin */
  model_ranges ranges;
} search;

/* --- what a covering index keeps ------------------------------------------------------------------- */

static bool keeps_where(const model_index *index, const model_where *where) {
  for (size_t i = 0; i < where->test_count; i++) {
    if (!model_index_keeps(index, base_slice_text(where->tests[i].path))) return false;
  }
  for (size_t i = 0; i < where->any_count; i++) {
    const model_any *any = &where->anys[i];
    for (size_t j = 0; j < any->count; j++) {
      if (!keeps_where(index, &any->alternatives[j])) return false;
    }
  }
  return true;
}

static bool keeps_all(const search *s, const model_query *query) {
  const model_index *index = s->plan.index;
  if (index == NULL || index->kept_count == 0 || query->fields == NULL) return false;
  for (size_t i = 0; i < query->field_count; i++) {
    if (!model_index_keeps(index, query->fields[i])) return false;
  }
  for (size_t i = 0; i < s->order.count; i++) {
    if (!model_index_keeps(index, base_slice_text(s->order.terms[i].field->name))) return false;
  }
  return keeps_where(index, s->left);
}

static base_code search_init(search *s, crm_ctx *ctx, const model_query *query) {
  const model_type *type = query->type;
  *s = (search){.ctx = ctx, .type = type, .standing = query->deleted ? MODEL_DELETED : MODEL_LIVE};
  BASE_TRY(model_access_check(ctx, type, MODEL_ACTION_READ));
  BASE_TRY(model_permission_where(ctx, type, query->where, &s->where));
  BASE_TRY(model_order_read(ctx, type, query->order, &s->order));
  model_plan_choose(type, s->where, &s->order, query->deleted, &s->plan);
  s->left = model_plan_left(&s->plan, s->where, ctx->arena);
  s->covered = keeps_all(s, query);
  return BASE_OK;
}

static void search_open(search *s, const model_row *after) {
  model_ranges_open(s->ctx, s->type, &s->plan, &s->order, after, &s->ranges);
}

static void search_close(search *s) {
  model_ranges_close(&s->ranges);
}

/* The next row's record, whether it matches or not; empty where it is not one of those asked for. A
 * row of an index proves what became of its record (index.h); unique values outlive a merge. */
static bool next_row(search *s, base_slice *record) {
  base_slice value;
  if (!model_ranges_next(&s->ranges, &value)) return false;
  if (s->covered) {
    *record = value;
    return true;
  }
  bool there = true;
  if (s->plan.index != NULL) {
    there = model_record_read(s->ctx, s->type, model_index_row_id(value), &value);
  }
  bool proven = s->plan.index != NULL && !s->plan.index->unique;
  there = there && (proven || model_record_standing(value) == s->standing);
  *record = there ? value : (base_slice){0};
  return true;
}

static base_code too_many(search *s) {
  base_metric_add(&scans_refused, 1);
  base_buffer names = {0};
  for (size_t i = 0; i < s->where->test_count; i++) {
    base_buffer_format(&names, "%s%s", i == 0 ? "" : ", ", s->where->tests[i].path);
  }
  base_slice fields = model_ctx_take(s->ctx, &names);
  return model_ctx_fail(
      s->ctx, BASE_TOO_LARGE, "where",
      "没有索引能回答对 %s 的这个查询（条件：%.*s；排序：%s），已查看 %lld "
      "行（limits.scan_rows）；请缩小条件或建立索引",
      "no index answers this query on %s (where: %.*s; order: %s) and %lld rows were looked at "
      "(limits.scan_rows); narrow it or define an index",
      s->type->name, BASE_SLICE_ARGS(fields), s->order.terms[0].field->name,
      (long long)s->looked_at);
}

static base_code next_match(search *s, base_slice *record, bool *found) {
  *found = false;
  while (next_row(s, record)) {
    s->looked_at += 1;
    s->ctx->instructions -= ROW_INSTRUCTIONS;
    BASE_TRY(model_budget_draw(s->ctx, MODEL_DRAW_ROWS_READ, 1));
    if (s->looked_at > s->ctx->scan_rows && !s->unbounded) return too_many(s);
    s->bytes += record->size;
    BASE_TRY(model_ctx_stay(s->ctx, 1, s->bytes));
    *found = record->size > 0 && model_where_match(s->left, *record);
    if (*found) return BASE_OK;
  }
  return BASE_OK;
}

/* --- one page ------------------------------------------------------------------------------------- */

typedef struct rows {
  size_t count;
  size_t room;
  bool valued; /* each row's values are needed; else only those of the last one, for the cursor */
  model_row *items;
} rows;

#define ROOM_FIRST 64

/* Where the next row goes; it counts when `count` says so. */
static model_row *next_place(search *s, rows *list, size_t limit) {
  if (list->count == list->room) {
    size_t first = limit < ROOM_FIRST ? limit + 1 : ROOM_FIRST;
    size_t room = list->room == 0 ? first : list->room * 2;
    model_row *items = base_arena_alloc(s->ctx->arena, room * sizeof *items);
    if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->room = room;
  }
  return &list->items[list->count];
}

/* All values but the id, which comes last. */
static bool same_run(const search *s, const model_row *a, const model_row *b) {
  for (size_t i = 0; i + 1 < s->order.count; i++) {
    if (data_compare(a->values[i], b->values[i]) != 0) return false;
  }
  return true;
}

/* In order: a page and one more tells whether there is a next page. Where ties come the other way, the
 * run of equal rows must be complete before it can be turned round. */
static bool enough(const search *s, const rows *list, const model_row *row, size_t limit) {
  if (!s->plan.ordered || list->count <= limit) return false;
  return !s->plan.ties || !same_run(s, &list->items[list->count - 1], row);
}

static base_code collect(search *s, const model_row *after, size_t limit, rows *list) {
  bool found = false;
  base_slice record;
  list->valued = after != NULL || !s->plan.ordered || s->plan.ties;
  BASE_TRY(next_match(s, &record, &found));
  while (found) {
    model_row *row = next_place(s, list, limit);
    row->record = record;
    if (list->valued) model_order_values(s->ctx, &s->order, row);
    if (after == NULL || model_order_compare(&s->order, row, after) > 0) {
      if (enough(s, list, row, limit)) return BASE_OK;
      list->count += 1;
    }
    if (list->count > limit && s->plan.ordered && !s->plan.ties) return BASE_OK;
    BASE_TRY(next_match(s, &record, &found));
  }
  return BASE_OK;
}

static int compare_rows(const void *a, const void *b, void *order) {
  return model_order_compare(order, a, b);
}

static uint64_t fingerprint(const model_query *query) {
  base_hash hash;
  base_hash_init(&hash);
  base_hash_add(&hash, base_slice_text(query->type->name));
  base_hash_add(&hash, query->where);
  base_hash_add(&hash, query->order);
  base_digest digest = base_hash_final(&hash);
  uint64_t value;
  memcpy(&value, digest.bytes, sizeof value);
  return value;
}

base_code model_limit_read(crm_ctx *ctx, int64_t asked, size_t *limit) {
  if (asked < 0 || asked > MODEL_LIMIT_MAX) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "limit", "limit 应在 1 到 %d 之间",
                          "limit is from 1 to %d", MODEL_LIMIT_MAX);
  }
  *limit = asked == 0 ? MODEL_LIMIT_DEFAULT : (size_t)asked;
  return BASE_OK;
}

static void fill_page(search *s, rows *list, size_t limit, const model_query *query,
                      model_page *page) {
  if (list->count > 1 && (!s->plan.ordered || s->plan.ties)) {
    qsort_r(list->items, list->count, sizeof *list->items, compare_rows, &s->order);
  }
  page->count = list->count > limit ? limit : list->count;
  page->items = BASE_NEW_ARRAY(s->ctx->arena, base_slice, page->count + 1);
  for (size_t i = 0; i < page->count; i++) {
    page->items[i] = model_permission_show(s->ctx, s->type, list->items[i].record);
  }
  page->next = (base_slice){0};
  if (list->count <= limit) return;
  model_row *last = &list->items[limit - 1];
  if (!list->valued) model_order_values(s->ctx, &s->order, last);
  page->next = model_cursor_write(s->ctx, &s->order, fingerprint(query), last);
}

/* How many rows the plan looks at for a page, at most. */
static size_t most_rows(const search *s, size_t limit) {
  if (s->plan.point) return s->plan.ranges;
  return s->unbounded ? s->plan.ranges + limit : SIZE_MAX;
}

base_code model_find(crm_ctx *ctx, const model_query *query, model_page *page) {
  search s;
  size_t limit = 0;
  BASE_TRY(search_init(&s, ctx, query));
  BASE_TRY(model_limit_read(ctx, query->limit, &limit));
  model_row after;
  bool continues = query->after.size > 0;
  if (continues) {
    BASE_TRY(model_cursor_read(ctx, &s.order, fingerprint(query), query->after, &after));
  }
  rows list = {0};
  s.unbounded = s.plan.exact && s.plan.ordered && !s.plan.ties;
  BASE_TRY(model_ctx_stay(ctx, most_rows(&s, limit), 0));
  search_open(&s, continues ? &after : NULL);
  base_code code = collect(&s, continues ? &after : NULL, limit, &list);
  search_close(&s);
  if (code == BASE_OK) fill_page(&s, &list, limit, query, page);
  return code;
}

/* --- counts ------------------------------------------------------------------------------------------ */

static int64_t count_keys(search *s) {
  int64_t count = 0;
  base_slice value;
  while (model_ranges_next(&s->ranges, &value)) count += 1;
  return count;
}

static base_code count_matches(search *s, int64_t *count) {
  /* Records that were deleted keep their place in the record table, so its keys alone do not count. */
  if (s->plan.exact && !s->plan.point && s->plan.index != NULL) {
    *count = count_keys(s);
    s->ctx->instructions -= *count;
    BASE_TRY(model_budget_draw(s->ctx, MODEL_DRAW_ROWS_READ, *count / KEYS_PER_ROW));
    return BASE_OK;
  }
  base_slice record;
  bool found = false;
  for (*count = 0;; *count += 1) {
    BASE_TRY(next_match(s, &record, &found));
    if (!found) return BASE_OK;
  }
}

base_code model_count(crm_ctx *ctx, const model_type *type, base_slice where, int64_t *count) {
  search s;
  base_slice nothing = {0};
  model_query query = {.type = type, .where = where, .fields = &nothing};
  BASE_TRY(search_init(&s, ctx, &query));
  s.unbounded = s.plan.exact;
  search_open(&s, NULL);
  base_code code = count_matches(&s, count);
  model_reads_note(ctx, type, 0);
  search_close(&s);
  return code;
}

typedef struct group {
  data_value key;
  int64_t count;
} group;

typedef struct groups {
  size_t count;
  size_t room;
  group *items; /* sorted by key */
} groups;

static void add_to_group(crm_ctx *ctx, groups *list, data_value key, int64_t count) {
  size_t low = 0;
  size_t high = list->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = data_compare(list->items[middle].key, key);
    if (order == 0) {
      list->items[middle].count += count;
      return;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (list->count == list->room) {
    list->room = list->room == 0 ? 32 : list->room * 2;
    group *items = BASE_NEW_ARRAY(ctx->arena, group, list->room);
    if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
  }
  memmove(&list->items[low + 1], &list->items[low], (list->count - low) * sizeof(group));
  list->items[low] = (group){.key = key, .count = count};
  list->count += 1;
}

static base_code tally(search *s, const data_field *field, groups *list) {
  base_slice record;
  bool found = false;
  BASE_TRY(next_match(s, &record, &found));
  while (found) {
    data_value value = {0};
    data_map_find(record, field->name, &value);
    if (value.type == DATA_ARRAY) {
      data_walk walk = data_walk_begin(value.raw);
      while (data_walk_next(&walk)) add_to_group(s->ctx, list, walk.value, 1);
    } else {
      add_to_group(s->ctx, list, value, 1);
    }
    BASE_TRY(next_match(s, &record, &found));
  }
  return BASE_OK;
}

static void append_groups(const groups *list, base_buffer *out) {
  data_append_array(out, list->count);
  for (size_t i = 0; i < list->count; i++) {
    data_append_map(out, 2);
    data_append_text(out, "key");
    if (list->items[i].key.type == DATA_NIL)
      data_append_nil(out);
    else
      data_append_raw(out, list->items[i].key.raw);
    data_append_pair_integer(out, "count", list->items[i].count);
  }
}

/* The records of a whole alias set are one group, whichever of its numbers they refer to. */
static void join_aliases(crm_ctx *ctx, const data_field *field, groups *list) {
  const model_type *to = model_reference_type(ctx, field);
  groups joined = {0};
  for (size_t i = 0; to != NULL && i < list->count; i++) {
    data_value key = list->items[i].key;
    if (key.type == DATA_INTEGER) key = model_alias_value(ctx, to, key);
    add_to_group(ctx, &joined, key, list->items[i].count);
  }
  if (to != NULL) *list = joined;
}

base_code model_count_groups(crm_ctx *ctx, const model_type *type, base_slice where,
                             base_slice group_by, base_buffer *out) {
  model_query query = {.type = type, .where = where, .fields = &group_by, .field_count = 1};
  const data_field *field = model_type_field(type, group_by);
  if (field == NULL || field->kind == DATA_KIND_MAP || field->kind == DATA_KIND_FILE) {
    base_slice near = model_type_nearest(type, group_by);
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "group", "%s 不能按 %.*s 分组%s%.*s",
                          "%s cannot be grouped by %.*s%s%.*s", type->name,
                          BASE_SLICE_ARGS(group_by), near.size > 0 ? " → " : "",
                          BASE_SLICE_ARGS(near));
  }
  search s;
  groups list = {0};
  BASE_TRY(model_permission_plain(ctx, type, field, "group"));
  BASE_TRY(search_init(&s, ctx, &query));
  search_open(&s, NULL);
  base_code code = tally(&s, field, &list);
  model_reads_note(ctx, type, 0);
  search_close(&s);
  join_aliases(ctx, field, &list);
  if (code == BASE_OK) append_groups(&list, out);
  return code;
}

/* --- explain ----------------------------------------------------------------------------------------- */

base_code model_explain(crm_ctx *ctx, const model_query *query, base_buffer *out) {
  search s;
  BASE_TRY(search_init(&s, ctx, query));
  const model_plan *plan = &s.plan;
  data_append_map(out, 7);
  data_append_pair_text(out, "index", plan->index == NULL ? "id" : plan->index->name);
  data_append_text(out, "equal");
  data_append_array(out, plan->equal);
  for (size_t i = 0; i < plan->equal; i++) data_append_text(out, plan->equals[i]->path);
  data_append_pair_integer(out, "ranges", (int64_t)plan->ranges);
  data_append_pair_boolean(out, "range", plan->above != NULL || plan->below != NULL);
  data_append_pair_boolean(out, "sorted", !plan->ordered);
  data_append_pair_boolean(out, "filter", !plan->exact);
  data_append_pair_boolean(out, "covering", s.covered);
  return BASE_OK;
}
