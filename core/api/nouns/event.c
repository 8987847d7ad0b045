/* event: the changes of records, one by one, as they happen. An event is a view of the journal: there
 * is no table of events, so nothing can be missing from it. */
#include "api/nouns/nouns.h"
#include "api/subscription.h"

#define EVENT_LIMIT_MAX 1000
#define EVENT_LIMIT_DEFAULT 256

/* The types asked for, each with the where compiled for it. */
typedef struct event_filter {
  size_t count; /* 0: every type that the caller may see */
  const model_type **types;
  const model_where **wheres;
} event_filter;

static base_code read_type(crm_ctx *ctx, base_slice name, base_slice where, event_filter *filter) {
  const model_type *type;
  BASE_TRY(model_schema_type(ctx->schema, name, &type, ctx->error));
  BASE_TRY(model_access_check(ctx, type, MODEL_ACTION_READ));
  BASE_TRY(model_permission_filter(ctx, type, where, &filter->wheres[filter->count]));
  filter->types[filter->count++] = type;
  return BASE_OK;
}

static base_code read_filter(crm_ctx *ctx, base_slice params, event_filter *filter) {
  base_slice types = api_param_raw(params, "types");
  base_slice where = api_param_raw(params, "where");
  *filter = (event_filter){0};
  if (types.size == 0 && where.size > 0) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "where",
                          "where 是对字段的条件，需要同时给出 types",
                          "where is over fields: say which types it is for");
  }
  if (types.size == 0) return BASE_OK;
  size_t count = data_peek(types).as.count;
  filter->types = BASE_NEW_ARRAY(ctx->arena, const model_type *, count + 1);
  filter->wheres = BASE_NEW_ARRAY(ctx->arena, const model_where *, count + 1);
  data_walk walk = data_walk_begin(types);
  while (data_walk_next(&walk)) BASE_TRY(read_type(ctx, walk.value.as.bytes, where, filter));
  return BASE_OK;
}

static bool asked_for(const event_filter *filter, const model_type *type, base_slice record) {
  for (size_t i = 0; i < filter->count; i++) {
    if (filter->types[i] == type) return model_where_match(filter->wheres[i], record);
  }
  return filter->count == 0;
}

/* The record's type and number, when the change is one the caller wants and may see. */
static const model_type *wanted(crm_ctx *ctx, const event_filter *filter,
                                const store_change *change, int64_t *id) {
  const model_type *type = api_noun_changed_type(ctx, change, id);
  if (type == NULL || change->deleted || !asked_for(filter, type, change->value)) return NULL;
  return model_permission_tells(ctx, type, *id) ? type : NULL;
}

static size_t count_wanted(crm_ctx *ctx, const event_filter *filter, const store_entry *entry) {
  base_slice rest = entry->body;
  store_change change;
  int64_t id = 0;
  size_t count = 0;
  while (store_entry_next(&rest, &change)) count += wanted(ctx, filter, &change, &id) != NULL;
  return count;
}

static const char *change_name(const store_change *change) {
  if (model_record_deleted(change->value)) return "deleted";
  return change->previous == 0 ? "created" : "updated";
}

/* Where an event stands: `index` of `count` in its entry, so that a consumer knows it has them all. */
typedef struct event_place {
  uint64_t epoch;
  size_t index;
  size_t count;
} event_place;

static void append_event(crm_ctx *ctx, const store_entry *entry, const store_change *change,
                         const model_type *type, int64_t id, event_place place, base_buffer *out) {
  data_append_map(out, 12);
  data_append_pair_integer(out, "seq", (int64_t)entry->sequence);
  data_append_pair_integer(out, "epoch", (int64_t)place.epoch);
  data_append_pair_integer(out, "at", entry->head.at);
  data_append_pair_slice(out, "actor", entry->head.actor);
  data_append_pair_slice(out, "op", entry->head.op);
  data_append_pair_text(out, "type", type->name);
  data_append_pair_integer(out, "id", id);
  data_append_pair_text(out, "change", change_name(change));
  data_append_pair_integer(out, "version", data_map_integer(change->value, "version", 0));
  data_append_pair_integer(out, "index", (int64_t)place.index);
  data_append_pair_integer(out, "count", (int64_t)place.count);
  data_append_pair_raw(out, "record", model_permission_show(ctx, type, change->value));
}

/* All events of one entry, or none: a page never ends inside an entry. */
static size_t append_entry(crm_ctx *ctx, const event_filter *filter, const store_entry *entry,
                           uint64_t epoch, base_buffer *out) {
  base_slice rest = entry->body;
  store_change change;
  int64_t id = 0;
  event_place place = {.epoch = epoch, .count = count_wanted(ctx, filter, entry)};
  while (place.index < place.count && store_entry_next(&rest, &change)) {
    const model_type *type = wanted(ctx, filter, &change, &id);
    if (type == NULL) continue;
    append_event(ctx, entry, &change, type, id, place, out);
    place.index += 1;
  }
  return place.count;
}

static base_code run_read(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  event_filter filter;
  BASE_TRY(read_filter(ctx, params, &filter));
  const store_view *view = store_change_set_view(ctx->set);
  uint64_t epoch = store_info_get(api_engine_store(api_execution_of(ctx)->engine)).epoch;
  uint64_t last = store_view_sequence(view);
  uint64_t sequence = 0;
  BASE_TRY(api_noun_cursor(ctx, params, &sequence));
  uint64_t bound = sequence + (uint64_t)ctx->scan_rows;
  size_t limit = (size_t)data_map_integer(params, "limit", EVENT_LIMIT_DEFAULT);
  size_t count = 0;
  store_entry entry;
  data_append_map(result, 3);
  data_append_text(result, "items");
  size_t place = data_append_open_array(result);
  while (sequence < last && sequence < bound && count < limit) {
    sequence += 1;
    if (!store_entry_get(view, sequence, &entry)) return api_noun_retired(ctx, sequence);
    count += append_entry(ctx, &filter, &entry, epoch, result);
  }
  data_append_close(result, place, count);
  data_append_pair_integer(result, "next", (int64_t)sequence);
  data_append_pair_boolean(result, "more", sequence < last);
  return BASE_OK;
}

/* --- subscribing ---------------------------------------------------------------------------------------- */

static base_slice filter_params(crm_ctx *ctx, base_slice params) {
  const base_slice names[] = {base_slice_text("types"), base_slice_text("where")};
  base_buffer filter = {0};
  data_pick(params, names, 2, &filter);
  return model_ctx_take(ctx, &filter);
}

/* Nobody has seen what has not happened: such a position is of a history that a restore replaced. */
static base_code check_reached(crm_ctx *ctx, store_info info, uint64_t after) {
  if (after <= info.sequence) return BASE_OK;
  return model_ctx_fail(ctx, BASE_CURSOR_EXPIRED, "after",
                        "位置 %llu 在当前纪元 %llu 中还没有；请重新读取数据，再从当前位置订阅",
                        "position %llu does not exist yet in epoch %llu: read the data anew and "
                        "subscribe from now",
                        (unsigned long long)after, (unsigned long long)info.epoch);
}

static base_code run_subscribe(crm_ctx *ctx, base_slice params, base_buffer *result,
                               const void *self) {
  (void)self;
  event_filter filter;
  data_value given;
  api_execution *execution = api_execution_of(ctx);
  store_info info = store_info_get(api_engine_store(execution->engine));
  BASE_TRY(read_filter(ctx, params, &filter));
  uint64_t after = 0;
  bool resumes = data_map_find(params, "after", &given) && given.type == DATA_INTEGER;
  BASE_TRY(api_noun_cursor(ctx, params, &after));
  if (!resumes) after = info.sequence;
  BASE_TRY(check_reached(ctx, info, after));
  execution->session->subscription = api_subscription_new(after, filter_params(ctx, params));
  data_append_map(result, 2);
  data_append_pair_integer(result, "after", (int64_t)after);
  data_append_pair_integer(result, "epoch", (int64_t)info.epoch);
  return BASE_OK;
}

static base_code run_unsubscribe(crm_ctx *ctx, base_slice params, base_buffer *result,
                                 const void *self) {
  (void)params;
  (void)self;
  api_session *session = api_execution_of(ctx)->session;
  data_append_map(result, 1);
  data_append_pair_boolean(result, "subscribed", session->subscription != NULL);
  session->subscription = NULL;
  return BASE_OK;
}

#define PARAM_SEQUENCE(text)                                                                       \
  {                                                                                                \
    .name = "after", .kind = DATA_KIND_INTEGER, .bounded = true, .min = 0, .max = INT64_MAX,       \
    .doc = text                                                                                    \
  }
#define PARAM_EPOCH                                                                                \
  { .name = "epoch", .kind = DATA_KIND_INTEGER, .doc = "The epoch that `after` belongs to." }
#define PARAM_TYPES                                                                                \
  {                                                                                                \
    .name = "types", .kind = DATA_KIND_LIST, .of = DATA_KIND_TEXT, .bounded = true, .min = 1,      \
    .max = 100, .doc = "Only records of these types."                                              \
  }
#define PARAM_WHERE                                                                                \
  {                                                                                                \
    .name = "where", .kind = DATA_KIND_MAP,                                                        \
    .doc = "Only records that match after the change; needs types."                                \
  }

static const data_field read_params[] = {
    PARAM_SEQUENCE("Events behind this sequence; from the first that is kept when not given."),
    PARAM_EPOCH,
    PARAM_TYPES,
    PARAM_WHERE,
    {.name = "limit",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = EVENT_LIMIT_MAX,
     .doc = "About so many events, at most 1 000; 256 when not given. An entry's events stay "
            "together."},
    {.name = NULL}};
static const data_field subscribe_params[] = {
    PARAM_SEQUENCE("Resume behind this sequence; from now on when not given."),
    PARAM_EPOCH,
    PARAM_TYPES,
    PARAM_WHERE,
    {.name = NULL}};

static const data_field read_result[] = {
    API_RESULT_ITEMS("Events, the oldest first."),
    {.name = "next", .kind = DATA_KIND_INTEGER, .doc = "Pass it as `after`."},
    {.name = "more", .kind = DATA_KIND_BOOLEAN, .doc = "There is more to read now."},
    {.name = NULL}};

static const data_field subscribe_result[] = {
    {.name = "after", .kind = DATA_KIND_INTEGER, .doc = "Events behind this sequence will come."},
    {.name = "epoch", .kind = DATA_KIND_INTEGER, .doc = "The epoch of that sequence."},
    {.name = NULL}};

static const data_field unsubscribe_result[] = {
    {.name = "subscribed", .kind = DATA_KIND_BOOLEAN, .doc = "Whether there was a subscription."},
    {.name = NULL}};

const api_op api_ops_event[] = {
    {.name = "event.read",
     .params = read_params,
     .errors = "INVALID_ARGUMENT CURSOR_EXPIRED",
     .since = "1",
     .result = read_result,
     .doc = "Changes of records as events: {items, next, more}; each with seq, epoch, at, actor, "
            "op, type, id, change (created, updated, deleted), version, index, count, record. "
            "The same events, in the same order, as a subscription sends.",
     .doc_zh = "按顺序读取记录变更事件。",
     .run = run_read},
    {.name = "event.subscribe",
     .flags = API_SESSION,
     .params = subscribe_params,
     .errors = "CURSOR_EXPIRED",
     .since = "1",
     .result = subscribe_result,
     .doc = "Sends [2, \"event\", [event]] for each change from now on, or from `after` on, in "
            "order and without gaps. Who is too slow gets [2, \"event.lost\", [{from, to}]] and "
            "reads those with event.read. One subscription per connection.",
     .doc_zh = "订阅记录变更事件，可从指定位置续订。",
     .run = run_subscribe},
    {.name = "event.unsubscribe",
     .flags = API_SESSION,
     .since = "1",
     .result = unsubscribe_result,
     .doc = "Ends the connection's subscription.",
     .doc_zh = "取消订阅。",
     .run = run_unsubscribe},
    {.name = NULL}};
