/* record: the ops that work on records of every type. */
#include "api/nouns/nouns.h"

/* The `fields` param as a list of names that the type has. */
static base_code read_fields(crm_ctx *ctx, const model_type *type, base_slice params,
                             base_slice **names, size_t *count) {
  base_slice list = api_param_raw(params, "fields");
  *count = 0;
  *names = NULL;
  if (list.size == 0) return BASE_OK;
  *names = BASE_NEW_ARRAY(ctx->arena, base_slice, data_peek(list).as.count + 1);
  data_walk walk = data_walk_begin(list);
  while (data_walk_next(&walk)) {
    base_slice name = walk.value.as.bytes;
    if (model_type_field(type, name) == NULL) {
      base_slice near = model_type_nearest(type, name);
      return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "fields", "%s 没有字段 %.*s%s%.*s",
                            "%s has no field %.*s%s%.*s", type->name, BASE_SLICE_ARGS(name),
                            near.size > 0 ? " → " : "", BASE_SLICE_ARGS(near));
    }
    (*names)[(*count)++] = name;
  }
  return BASE_OK;
}

static void append_record(base_slice record, const base_slice *names, size_t count,
                          base_buffer *out) {
  if (names == NULL)
    data_append_raw(out, record);
  else
    data_pick(record, names, count, out);
}

static base_code run_get(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type;
  base_slice *names;
  size_t count;
  base_slice record;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(read_fields(ctx, type, params, &names, &count));
  BASE_TRY(model_record_get(ctx, type, api_param_integer(params, "id"), &record));
  append_record(record, names, count, result);
  return BASE_OK;
}

static base_code run_create(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  const model_type *type;
  base_slice record;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(model_record_create(ctx, type, api_param_raw(params, "values"), api_noun_trust(ctx),
                               &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_update(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  const model_type *type;
  base_slice record;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(model_record_update(ctx, type, api_param_integer(params, "id"),
                               api_param_raw(params, "values"),
                               api_param_integer(params, "version"), api_noun_trust(ctx), &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_delete(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  const model_type *type;
  base_slice record;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(model_record_delete(ctx, type, api_param_integer(params, "id"), api_noun_trust(ctx),
                               &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_restore(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  const model_type *type;
  base_slice record;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(model_record_restore(ctx, type, api_param_integer(params, "id"), api_noun_trust(ctx),
                                &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static base_code run_purge(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type;
  base_slice record;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(
      model_record_purge(ctx, type, api_param_integer(params, "id"), api_noun_trust(ctx), &record));
  data_append_raw(result, record);
  return BASE_OK;
}

/* What was deleted last is looked for first. */
static base_slice list_order(crm_ctx *ctx, base_slice params, bool deleted) {
  base_slice order = api_param_raw(params, "order");
  if (order.size > 0 || !deleted) return order;
  base_buffer newest = {0};
  data_append_array(&newest, 1);
  data_append_text(&newest, "-deleted_at");
  return model_ctx_take(ctx, &newest);
}

static void append_picked(const model_page *page, const base_slice *names, size_t count,
                          base_buffer *out) {
  data_append_map(out, 2);
  data_append_text(out, "items");
  data_append_array(out, page->count);
  for (size_t i = 0; i < page->count; i++) append_record(page->items[i], names, count, out);
  data_append_text(out, "next");
  if (page->next.size > 0)
    data_append_slice(out, page->next);
  else
    data_append_nil(out);
}

static base_code run_find(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type;
  base_slice *names;
  size_t count;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(read_fields(ctx, type, params, &names, &count));
  model_query query = {.type = type,
                       .where = api_param_raw(params, "where"),
                       .limit = api_param_integer(params, "limit"),
                       .after = api_param_text(params, "after"),
                       .deleted = data_map_boolean(params, "deleted", false),
                       .fields = names,
                       .field_count = count};
  query.order = list_order(ctx, params, query.deleted);
  if (data_map_boolean(params, "explain", false)) return model_explain(ctx, &query, result);
  model_page page;
  BASE_TRY(model_find(ctx, &query, &page));
  append_picked(&page, names, count, result);
  return BASE_OK;
}

static base_code run_count(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  base_slice where = api_param_raw(params, "where");
  base_slice group = api_param_text(params, "group");
  data_append_map(result, 1);
  if (group.size > 0) {
    data_append_text(result, "groups");
    return model_count_groups(ctx, type, where, group, result);
  }
  int64_t count = 0;
  BASE_TRY(model_count(ctx, type, where, &count));
  data_append_pair_integer(result, "count", count);
  return BASE_OK;
}

#define PARAM_WHERE                                                                                \
  { .name = "where", .kind = DATA_KIND_MAP, .doc = "A predicate; every record when not given." }
#define PARAM_FIELDS                                                                               \
  { .name = "fields", .kind = DATA_KIND_LIST, .of = DATA_KIND_TEXT, .doc = "Only these fields." }
#define PARAM_VALUES                                                                               \
  { .name = "values", .kind = DATA_KIND_MAP, .flags = DATA_REQUIRED, .doc = "Fields and values." }

static const data_field get_params[] = {API_PARAM_TYPE, API_PARAM_ID, PARAM_FIELDS, {0}};
static const data_field create_params[] = {API_PARAM_TYPE, PARAM_VALUES, {0}};
static const data_field update_params[] = {
    API_PARAM_TYPE,
    API_PARAM_ID,
    PARAM_VALUES,
    {.name = "version",
     .kind = DATA_KIND_INTEGER,
     .doc = "The version you saw; VERSION_CONFLICT when it is another by now."},
    {0}};
static const data_field delete_params[] = {API_PARAM_TYPE, API_PARAM_ID, {0}};
static const data_field find_params[] = {
    API_PARAM_TYPE,
    PARAM_WHERE,
    {.name = "order",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_TEXT,
     .doc = "Field names, \"-\" before one for descending; by id when not given."},
    {.name = "deleted",
     .kind = DATA_KIND_BOOLEAN,
     .doc = "The recycle bin instead; without `order` what was deleted last comes first."},
    API_PARAM_LIMIT,
    API_PARAM_AFTER,
    PARAM_FIELDS,
    {.name = "explain", .kind = DATA_KIND_BOOLEAN, .doc = "Return the plan instead of records."},
    {0}};
static const data_field count_params[] = {
    API_PARAM_TYPE,
    PARAM_WHERE,
    {.name = "group", .kind = DATA_KIND_TEXT, .doc = "Count per value of this field (SEG-07)."},
    {0}};

const api_op api_ops_record[] = {
    {.name = "record.get",
     .flags = API_POINT,
     .params = get_params,
     .errors = "NOT_FOUND",
     .since = "1",
     .doc = "The record, or the fields asked for (ARC-02).",
     .doc_zh = "读取一条记录，可只取部分字段。",
     .run = run_get},
    {.name = "record.create",
     .flags = API_WRITE,
     .params = create_params,
     .errors = "VALIDATION_FAILED DUPLICATE REFERENCE_MISSING TRANSITION_DENIED RULE_FAILED",
     .since = "1",
     .doc = "Makes a record and returns it with the number the server gave it (ARC-01).",
     .doc_zh = "新建一条记录，返回带编号的记录。",
     .run = run_create},
    {.name = "record.update",
     .flags = API_WRITE,
     .params = update_params,
     .errors = "NOT_FOUND VALIDATION_FAILED DUPLICATE REFERENCE_MISSING TRANSITION_DENIED "
               "VERSION_CONFLICT RULE_FAILED",
     .since = "1",
     .doc = "Changes the fields given and returns the record; nil clears a field (ARC-05).",
     .doc_zh = "修改给出的字段，返回记录；nil 清空字段。",
     .run = run_update},
    {.name = "record.delete",
     .flags = API_WRITE | API_FREES,
     .params = delete_params,
     .errors = "NOT_FOUND REFERENCE_IN_USE RULE_FAILED",
     .since = "1",
     .doc = "Takes the record out of lists and frees its unique values; its history stays.",
     .doc_zh = "删除一条记录，释放其唯一值；历史保留。",
     .run = run_delete},
    {.name = "record.restore",
     .flags = API_WRITE,
     .params = delete_params,
     .errors = "NOT_FOUND DUPLICATE REFERENCE_MISSING RULE_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc =
         "Takes a deleted record out of the recycle bin; its unique values must still be free and "
         "its references be there.",
     .doc_zh = "从回收站恢复一条记录；唯一值须仍可用，引用须仍存在。",
     .run = run_restore},
    {.name = "record.purge",
     .flags = API_WRITE | API_ADMIN | API_FREES,
     .params = delete_params,
     .errors = "NOT_FOUND",
     .since = "1",
     .result = model_system_fields,
     .doc =
         "Removes a deleted record for good, with its links and what was merged into it; only the "
         "journal remembers it, and its number is not given again.",
     .doc_zh = "彻底删除回收站里的一条记录及其关联；编号不再使用。",
     .run = run_purge},
    {.name = "record.find",
     .flags = API_POINT,
     .params = find_params,
     .errors = "TOO_LARGE",
     .since = "1",
     .doc = "One page of the records for which `where` holds: {items, next} (ARC-02, SEG-07).",
     .doc_zh = "按条件、排序分页查询记录。",
     .run = run_find},
    {.name = "record.count",
     .params = count_params,
     .errors = "TOO_LARGE",
     .since = "1",
     .doc = "{count}, or {groups = [{key, count}]} by one field.",
     .doc_zh = "统计记录数，可按字段分组。",
     .run = run_count},
    {.name = NULL}};
