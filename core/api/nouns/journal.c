/* journal: every change that was ever made, in order. */
#include "api/nouns/nouns.h"

#define JOURNAL_LIMIT_MAX 10000
#define JOURNAL_LIMIT_DEFAULT 100

/* An entry as `where` sees it. */
static const data_field entry_fields[] = {
    {.name = "seq", .kind = DATA_KIND_INTEGER},  {.name = "at", .kind = DATA_KIND_DATETIME},
    {.name = "actor", .kind = DATA_KIND_TEXT},   {.name = "op", .kind = DATA_KIND_TEXT},
    {.name = "request", .kind = DATA_KIND_TEXT}, {.name = "cause", .kind = DATA_KIND_INTEGER},
    {.name = "types", .kind = DATA_KIND_TAGS},   {.name = NULL}};

static const model_type entry_type = {.name = "entry", .fields = entry_fields};

/* The type of the record that the change is about, when the caller may hear of it. */
static const model_type *told_type(crm_ctx *ctx, const store_change *change, int64_t *id) {
  const model_type *type = api_noun_changed_type(ctx, change, id);
  return type != NULL && model_permission_tells(ctx, type, *id) ? type : NULL;
}

static size_t append_types(crm_ctx *ctx, const store_entry *entry, base_buffer *out) {
  base_slice rest = entry->body;
  store_change change;
  int64_t id = 0;
  size_t place = data_append_open_array(out);
  size_t count = 0;
  while (store_entry_next(&rest, &change)) {
    const model_type *type = told_type(ctx, &change, &id);
    if (type == NULL) continue;
    data_append_text(out, type->name);
    count += 1;
  }
  data_append_close(out, place, count);
  return count;
}

static void append_head(const store_entry *entry, base_buffer *out) {
  data_append_pair_integer(out, "seq", (int64_t)entry->sequence);
  data_append_pair_integer(out, "at", entry->head.at);
  data_append_pair_slice(out, "actor", entry->head.actor);
  data_append_pair_slice(out, "op", entry->head.op);
  data_append_pair_slice(out, "request", entry->head.request);
  data_append_pair_integer(out, "cause", (int64_t)entry->head.cause);
}

/* Whose view is restricted hears of no entry but for the records in it. */
static bool wanted(crm_ctx *ctx, const model_where *where, const store_entry *entry) {
  base_buffer seen = {0};
  data_append_map(&seen, 7);
  append_head(entry, &seen);
  data_append_text(&seen, "types");
  bool told = append_types(ctx, entry, &seen) > 0 || ctx->actor.policy == NULL;
  bool match = told && model_where_match(where, base_buffer_slice(&seen));
  base_buffer_fini(&seen);
  return match;
}

static void append_changes(crm_ctx *ctx, const store_entry *entry, base_buffer *out) {
  base_slice rest = entry->body;
  store_change change;
  int64_t id = 0;
  size_t place = data_append_open_array(out);
  size_t count = 0;
  while (store_entry_next(&rest, &change)) {
    const model_type *type = told_type(ctx, &change, &id);
    if (type == NULL) continue;
    data_append_map(out, 4);
    data_append_pair_text(out, "type", type->name);
    data_append_pair_integer(out, "id", id);
    data_append_pair_integer(out, "previous", (int64_t)change.previous);
    data_append_text(out, "record");
    if (change.deleted)
      data_append_nil(out);
    else
      data_append_raw(out, model_permission_show(ctx, type, change.value));
    count += 1;
  }
  data_append_close(out, place, count);
}

/* Empty for who may not read all: the hash is one over all that was written. */
static void append_hash(crm_ctx *ctx, const store_entry *entry, base_buffer *out) {
  if (ctx->actor.policy != NULL) return;
  base_digest hash = store_entry_hash(store_change_set_view(ctx->set), entry);
  for (size_t i = 0; i < BASE_HASH_SIZE; i++) base_buffer_format(out, "%02x", hash.bytes[i]);
}

static void append_entry(crm_ctx *ctx, const store_entry *entry, uint64_t epoch, base_buffer *out) {
  base_buffer hash = {0};
  append_hash(ctx, entry, &hash);
  data_append_map(out, 10);
  append_head(entry, out);
  data_append_pair_integer(out, "epoch", (int64_t)epoch);
  data_append_pair_slice(out, "packages", entry->head.packages);
  data_append_pair_slice(out, "hash", base_buffer_slice(&hash));
  data_append_text(out, "changes");
  append_changes(ctx, entry, out);
  base_buffer_fini(&hash);
}

static base_code run_read(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_where *where;
  const store_view *view = store_change_set_view(ctx->set);
  uint64_t epoch = store_info_get(api_engine_store(api_execution_of(ctx)->engine)).epoch;
  BASE_TRY(model_where_compile(&entry_type, api_param_raw(params, "where"), ctx->arena, &where,
                               ctx->error));
  int64_t limit = data_map_integer(params, "limit", JOURNAL_LIMIT_DEFAULT);
  uint64_t last = store_view_sequence(view);
  uint64_t sequence = 0;
  BASE_TRY(api_noun_cursor(ctx, params, &sequence));
  /* A filter that matches nothing must not walk the whole journal in one call. */
  uint64_t bound = sequence + (uint64_t)ctx->scan_rows;
  store_entry entry;
  int64_t count = 0;
  data_append_map(result, 2);
  data_append_text(result, "items");
  size_t place = data_append_open_array(result);
  while (sequence < last && sequence < bound && count < limit) {
    sequence += 1;
    if (!store_entry_get(view, sequence, &entry)) return api_noun_retired(ctx, sequence);
    if (!wanted(ctx, where, &entry)) continue;
    append_entry(ctx, &entry, epoch, result);
    count += 1;
  }
  data_append_close(result, place, (size_t)count);
  data_append_text(result, "next");
  if (sequence < last)
    data_append_integer(result, (int64_t)sequence);
  else
    data_append_nil(result);
  return BASE_OK;
}

static const data_field read_params[] = {
    {.name = "after",
     .kind = DATA_KIND_INTEGER,
     .initial = "0",
     .bounded = true,
     .min = 0,
     .max = INT64_MAX,
     .doc = "Entries behind this sequence; 0 from the first that is kept."},
    {.name = "epoch", .kind = DATA_KIND_INTEGER, .doc = "The epoch that `after` belongs to."},
    {.name = "limit",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = JOURNAL_LIMIT_MAX,
     .doc = "Entries of one page, at most 10 000; 100 when not given."},
    {.name = "where",
     .kind = DATA_KIND_MAP,
     .doc = "Over seq, at, actor, op, request, cause, types."},
    {.name = NULL}};

static const data_field read_result[] = {API_RESULT_ITEMS("Entries, the oldest first."),
                                         {.name = "next",
                                          .kind = DATA_KIND_INTEGER,
                                          .doc = "Pass it as `after`; nil: there is no more."},
                                         {.name = NULL}};

const api_op api_ops_journal[] = {
    {.name = "journal.read",
     .params = read_params,
     .errors = "CURSOR_EXPIRED",
     .since = "1",
     .result = read_result,
     .doc = "What was changed, by whom, in order: {items, next}; each item with seq, epoch, at, "
            "actor, op, request, cause, packages, hash and changes = [{type, id, previous, "
            "record}] (ARC-16, ROL-06).",
     .doc_zh = "按顺序读取全部变更记录。",
     .run = run_read},
    {.name = NULL}};
