/* read_log: the type that says who read what, and the op that lists it. See read_log.h of the room. */
#include "api/read_log.h"

#include "api/nouns/nouns.h"

static const data_field id_fields[] = {
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "The record's number."}, {.name = NULL}};

static const data_field read_log_fields[] = {{.name = "user",
                                              .kind = DATA_KIND_TEXT,
                                              .flags = DATA_READONLY | DATA_INDEX,
                                              .label_zh = "用户",
                                              .label_en = "user"},
                                             {.name = "op",
                                              .kind = DATA_KIND_TEXT,
                                              .flags = DATA_READONLY,
                                              .label_zh = "操作",
                                              .label_en = "op"},
                                             {.name = "record_type",
                                              .kind = DATA_KIND_TEXT,
                                              .flags = DATA_READONLY,
                                              .label_zh = "记录类型",
                                              .label_en = "record's type"},
                                             {.name = "records",
                                              .kind = DATA_KIND_LIST,
                                              .of = DATA_KIND_MAP,
                                              .fields = id_fields,
                                              .flags = DATA_READONLY,
                                              .label_zh = "记录",
                                              .label_en = "records",
                                              .doc = "None: they were told of in sum only."},
                                             {.name = "count",
                                              .kind = DATA_KIND_INTEGER,
                                              .flags = DATA_READONLY,
                                              .label_zh = "条数",
                                              .label_en = "count",
                                              .doc = "How many records this row names."},
                                             {.name = NULL}};

static const model_index_definition read_log_indexes[] = {
    {.name = "record", .fields = {"record_type", "records.id", NULL}}, {.name = NULL}};

const model_type_definition api_types_read_log[] = {
    {.name = API_READ_LOG_TYPE,
     .label_zh = "读取日志",
     .label_en = "read log",
     .title = "op",
     .flags = MODEL_TYPE_SERVER,
     .visible = API_VISIBLE_OWN,
     .doc = "Who was told of records whose type is marked log_reads: when, by which op, which "
            "(ARC-15).",
     .fields = read_log_fields,
     .indexes = read_log_indexes},
    {.name = NULL}};

/* --- the op --------------------------------------------------------------------------------------- */

static base_code read_where(crm_ctx *ctx, base_slice params, base_slice *where) {
  base_buffer out = {0};
  base_slice type = api_param_text(params, "type");
  base_slice user = api_param_text(params, "user");
  int64_t id = api_param_integer(params, "id");
  if (id != 0 && type.size == 0) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "type", "给出 id 时也要给出 type",
                          "an id needs the type");
  }
  data_append_map(&out, (size_t)(type.size > 0) + (size_t)(id != 0) + (size_t)(user.size > 0));
  if (type.size > 0) data_append_pair_slice(&out, "record_type", type);
  if (id != 0) data_append_pair_integer(&out, "records.id", id);
  if (user.size > 0) data_append_pair_slice(&out, "user", user);
  *where = model_ctx_take(ctx, &out);
  return BASE_OK;
}

static base_code run_reads(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_slice where = {0};
  model_page page = {0};
  BASE_TRY(read_where(ctx, params, &where));
  BASE_TRY(api_noun_find(ctx, API_READ_LOG_TYPE, where, "-id", api_param_integer(params, "limit"),
                         api_param_text(params, "after"), &page));
  api_noun_append_page(&page, result);
  return BASE_OK;
}

static const data_field reads_params[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .doc = "Reads of records of this type."},
    {.name = "id",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = ((int64_t)1 << 53) - 1,
     .doc = "Of the record of that number; needs `type`."},
    {.name = "user", .kind = DATA_KIND_TEXT, .doc = "By this user."},
    API_PARAM_LIMIT,
    API_PARAM_AFTER,
    {0}};

static const data_field reads_result[] = {
    API_RESULT_ITEMS("Records of the type read_log, the newest first."), API_RESULT_NEXT, {0}};

const api_op api_ops_read_log[] = {
    {.name = "record.reads",
     .params = reads_params,
     .result = reads_result,
     .since = "2",
     .doc =
         "Who was told of records whose type is marked log_reads, by record and by user. "
         "Administrators see all of it, everybody else what they read themselves (ARC-15, ROL-06).",
     .doc_zh = "谁在何时用哪个操作读取过需要记录读取日志的记录，可按记录和用户查询。",
     .run = run_reads},
    {.name = NULL}};
