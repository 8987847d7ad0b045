/* link: what records have to do with one another. */
#include "api/nouns/nouns.h"

static base_code read_link(crm_ctx *ctx, base_slice params, model_link *link) {
  *link = (model_link){.id = api_param_integer(params, "id"),
                       .name = api_param_text(params, "name"),
                       .to = api_param_integer(params, "to_id")};
  BASE_TRY(api_param_type(ctx, params, "type", &link->type));
  return api_param_type(ctx, params, "to_type", &link->to_type);
}

static void append_link(const model_link *link, base_buffer *out) {
  data_append_map(out, 5);
  data_append_pair_text(out, "type", link->type->name);
  data_append_pair_integer(out, "id", link->id);
  data_append_pair_slice(out, "name", link->name);
  data_append_pair_text(out, "to_type", link->to_type->name);
  data_append_pair_integer(out, "to_id", link->to);
}

static base_code run_link(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  model_link link;
  BASE_TRY(read_link(ctx, params, &link));
  BASE_TRY(model_link_create(ctx, &link, api_noun_trust(ctx)));
  append_link(&link, result);
  return BASE_OK;
}

static base_code run_unlink(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  model_link link;
  BASE_TRY(read_link(ctx, params, &link));
  BASE_TRY(model_link_delete(ctx, &link, api_noun_trust(ctx)));
  append_link(&link, result);
  return BASE_OK;
}

static void append_item(const model_link_item *item, base_buffer *out) {
  data_append_map(out, 5);
  data_append_pair_slice(out, "name", item->name);
  data_append_pair_text(out, "direction", item->out ? "out" : "in");
  data_append_pair_text(out, "type", item->type->name);
  data_append_pair_integer(out, "id", data_map_integer(item->record, "id", 0));
  data_append_text(out, "title");
  api_noun_append_title(item->type, item->record, out);
}

static base_code run_links(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  model_link_page page;
  model_link_query query = {.id = api_param_integer(params, "id"),
                            .name = api_param_text(params, "name"),
                            .limit = api_param_integer(params, "limit"),
                            .after = api_param_text(params, "after")};
  BASE_TRY(api_param_type(ctx, params, "type", &query.type));
  BASE_TRY(model_link_find(ctx, &query, &page));
  data_append_map(result, 2);
  data_append_text(result, "items");
  data_append_array(result, page.count);
  for (size_t i = 0; i < page.count; i++) append_item(&page.items[i], result);
  data_append_text(result, "next");
  if (page.next.size > 0)
    data_append_slice(result, page.next);
  else
    data_append_nil(result);
  return BASE_OK;
}

#define NAME(extra, text)                                                                          \
  {                                                                                                \
    .name = "name", .kind = DATA_KIND_TEXT, .flags = (extra), .bounded = true, .min = 1,           \
    .max = MODEL_LINK_NAME_MAX, .doc = (text)                                                      \
  }

static const data_field link_params[] = {
    API_PARAM_TYPE,
    API_PARAM_ID,
    NAME(DATA_REQUIRED, "What the one is to the other: 介绍人, 配偶 …, 1 to 64 bytes."),
    {.name = "to_type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "A type's name."},
    {.name = "to_id",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .doc = "The other record's number."},
    {0}};

static const data_field links_params[] = {API_PARAM_TYPE,  API_PARAM_ID,    NAME(0, "Only these."),
                                          API_PARAM_LIMIT, API_PARAM_AFTER, {0}};

static const data_field link_result[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .doc = "Where the link begins."},
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "Its number; of a merged one the survivor's."},
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "What the one is to the other."},
    {.name = "to_type", .kind = DATA_KIND_TEXT, .doc = "Where it ends."},
    {.name = "to_id",
     .kind = DATA_KIND_INTEGER,
     .doc = "Its number; of a merged one the survivor's."},
    {0}};

static const char *const directions[] = {"out", "in", NULL};

static const data_field links_items[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "What the one is to the other."},
    {.name = "direction",
     .kind = DATA_KIND_CHOICE,
     .choices = directions,
     .doc = "out: the link begins at the record asked about."},
    {.name = "type", .kind = DATA_KIND_TEXT, .doc = "Of the other record."},
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "Of the other record."},
    {.name = "title", .kind = DATA_KIND_TEXT, .doc = "What people know the other record by."},
    {0}};

static const data_field links_result[] = {{.name = "items",
                                           .kind = DATA_KIND_LIST,
                                           .of = DATA_KIND_MAP,
                                           .fields = links_items,
                                           .doc = "By name, type and number."},
                                          API_RESULT_NEXT,
                                          {0}};

const api_op api_ops_link[] = {
    {.name = "record.link",
     .flags = API_WRITE,
     .params = link_params,
     .errors = "NOT_FOUND",
     .since = "1",
     .result = link_result,
     .doc =
         "Links two records by a name; both ends list it. Linking twice changes nothing (ARC-10).",
     .doc_zh = "关联两条记录（亲属、介绍人等）；重复关联没有变化。",
     .run = run_link},
    {.name = "record.unlink",
     .flags = API_WRITE,
     .params = link_params,
     .errors = "NOT_FOUND",
     .since = "1",
     .result = link_result,
     .doc = "Takes a link away at both ends.",
     .doc_zh = "解除两条记录的关联。",
     .run = run_unlink},
    {.name = "record.links",
     .params = links_params,
     .errors = "NOT_FOUND",
     .since = "1",
     .result = links_result,
     .doc = "The records that this one is linked with, in either direction; deleted ones are left "
            "out (ARC-10).",
     .doc_zh = "列出与一条记录关联的记录（双向）。",
     .run = run_links},
    {.name = NULL}};
