/* search: record.search, over the fields of all types that are marked `search`. */
#include "api/nouns/nouns.h"

#define TEXT_BYTES 200

static void append_hit(const model_search_hit *hit, base_buffer *out) {
  data_append_map(out, 4);
  data_append_pair_text(out, "type", hit->type->name);
  data_append_pair_integer(out, "id", hit->id);
  data_append_pair_slice(out, "title", hit->title);
  data_append_pair_text(out, "field", hit->field->name);
}

static base_code run_search(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  model_search_query query = {.text = api_param_text(params, "text"),
                              .types = api_param_raw(params, "types"),
                              .where = api_param_raw(params, "where"),
                              .limit = api_param_integer(params, "limit")};
  model_search_page page;
  BASE_TRY(model_search(ctx, &query, &page));
  data_append_map(result, 2);
  data_append_text(result, "items");
  data_append_array(result, page.count);
  for (size_t i = 0; i < page.count; i++) append_hit(&page.items[i], result);
  data_append_pair_boolean(result, "complete", page.complete);
  return BASE_OK;
}

static const data_field search_params[] = {
    {.name = "text",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = TEXT_BYTES,
     .doc =
         "Words, blank between; each must be found. Characters, Latin letters, pinyin in full or "
         "its first letters, mixed; digits of a phone number. At most 200 bytes."},
    {.name = "types",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_TEXT,
     .bounded = true,
     .min = 1,
     .max = 100,
     .doc = "Only these types; all that the caller may read when not given."},
    {.name = "where",
     .kind = DATA_KIND_MAP,
     .doc = "Only records that match; without `types`, of types that have its fields."},
    {.name = "limit",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = MODEL_SEARCH_MAX,
     .doc = "1 to 100; 20 when not given."},
    {.name = NULL}};

static const data_field search_result[] = {
    API_RESULT_ITEMS("Best first: {type, id, title, field}, `field` being where it was found."),
    {.name = "complete",
     .kind = DATA_KIND_BOOLEAN,
     .doc = "False when more rows would have had to be looked at (limits.scan_rows): say more."},
    {.name = NULL}};

const api_op api_ops_search[] = {
    {.name = "record.search",
     .params = search_params,
     .result = search_result,
     .errors = "INVALID_ARGUMENT PERMISSION_DENIED",
     .since = "1",
     .doc = "Finds records by what people remember of them: any characters of a name, its pinyin, "
            "the last digits of a phone number. What was committed is found by the next request.",
     .doc_zh = "按姓名片段、拼音（全拼或首字母）、电话尾号等搜索记录。",
     .run = run_search},
    {.name = NULL}};
