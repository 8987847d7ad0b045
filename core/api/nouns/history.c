/* history: what became of a record, change by change. */
#include "api/nouns/nouns.h"

static void append_item(const model_history_item *item, base_buffer *out) {
  base_slice now = item->after.size > 0 ? item->after : item->before;
  data_append_map(out, 7);
  data_append_pair_integer(out, "seq", (int64_t)item->sequence);
  data_append_pair_integer(out, "at", item->at);
  data_append_pair_slice(out, "actor", item->actor);
  data_append_pair_slice(out, "op", item->op);
  data_append_pair_integer(out, "version", data_map_integer(now, "version", 0));
  model_history_append_change(item, out);
}

static base_code run_history(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  const model_type *type;
  model_history_page page;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(model_history_find(ctx, type, api_param_integer(params, "id"),
                              api_param_integer(params, "limit"),
                              (uint64_t)api_param_integer(params, "after"), &page));
  data_append_map(result, 2);
  data_append_text(result, "items");
  data_append_array(result, page.count);
  for (size_t i = 0; i < page.count; i++) append_item(&page.items[i], result);
  data_append_text(result, "next");
  if (page.next != 0)
    data_append_integer(result, (int64_t)page.next);
  else
    data_append_nil(result);
  return BASE_OK;
}

static const data_field history_params[] = {API_PARAM_TYPE,
                                            API_PARAM_ID,
                                            API_PARAM_LIMIT,
                                            {.name = "after",
                                             .kind = DATA_KIND_INTEGER,
                                             .bounded = true,
                                             .min = 1,
                                             .max = INT64_MAX,
                                             .doc = "The `next` of the page before."},
                                            {0}};

static const data_field history_items[] = {
    {.name = "seq", .kind = DATA_KIND_INTEGER, .doc = "The journal entry's sequence."},
    {.name = "at", .kind = DATA_KIND_DATETIME, .doc = "Milliseconds UTC."},
    {.name = "actor", .kind = DATA_KIND_TEXT, .doc = "Who."},
    {.name = "op", .kind = DATA_KIND_TEXT, .doc = "By which op."},
    {.name = "version", .kind = DATA_KIND_INTEGER, .doc = "The record's version since."},
    {.name = "before",
     .kind = DATA_KIND_MAP,
     .doc = "Changed fields as they were; nil when that is older than the journal is kept."},
    {.name = "after", .kind = DATA_KIND_MAP, .doc = "Changed fields as they became."},
    {0}};

static const data_field history_result[] = {{.name = "items",
                                             .kind = DATA_KIND_LIST,
                                             .of = DATA_KIND_MAP,
                                             .fields = history_items,
                                             .doc = "Newest first."},
                                            {.name = "next",
                                             .kind = DATA_KIND_INTEGER,
                                             .doc = "Pass it as `after`; nil: there is no more."},
                                            {0}};

const api_op api_ops_history[] = {
    {.name = "record.history",
     .params = history_params,
     .errors = "NOT_FOUND CURSOR_EXPIRED",
     .since = "1",
     .result = history_result,
     .doc =
         "The changes of the very record of that number, also when it was deleted or merged into "
         "another; version and stamps are left out of before and after (ARC-16).",
     .doc_zh = "一条记录的历次修改：时间、人员、操作和改动前后的字段。",
     .run = run_history},
    {.name = NULL}};
