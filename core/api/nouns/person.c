/* person: personal data. See erase.h of the room and docs/security.md. */
#include "api/erase.h"
#include "api/nouns/nouns.h"

static base_code run_erase(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type;
  base_slice record;
  base_buffer job = {0};
  int64_t id = api_param_integer(params, "id");
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  if (!model_record_read(ctx, type, id, &record)) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "id", "没有编号为 %lld 的 %s",
                          "there is no %2$s with number %1$lld", (long long)id, type->name);
  }
  data_append_map(&job, 2);
  data_append_pair_text(&job, "type", type->name);
  data_append_pair_integer(&job, "id", id);
  BASE_TRY(api_job_create(ctx, "erase", model_ctx_take(ctx, &job), &record));
  api_job_append(ctx, record, result);
  return BASE_OK;
}

static base_code run_erased(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  int64_t blanked = 0;
  base_slice records = api_param_raw(params, "records");
  base_slice answers = api_param_raw(params, "answers");
  if (records.size > 0) BASE_TRY(api_erase_blank(ctx, records, &blanked));
  if (answers.size > 0) BASE_TRY(api_erase_answers(ctx, answers));
  data_append_map(result, 1);
  data_append_pair_integer(result, "blanked", blanked);
  return BASE_OK;
}

static const data_field erase_params[] = {API_PARAM_TYPE, API_PARAM_ID, {0}};

static const data_field erased_params[] = {
    {.name = "records", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .doc = "{type, id} of each."},
    {.name = "answers",
     .kind = DATA_KIND_ANY,
     .doc = "Keys of answers that are kept for an idempotency_key."},
    {0}};

static const data_field erased_result[] = {
    {.name = "blanked", .kind = DATA_KIND_INTEGER, .doc = "How many held anything personal."}, {0}};

const api_op api_ops_person[] = {
    {.name = "person.erase",
     .flags = API_WRITE | API_ADMIN,
     .params = erase_params,
     .result = api_result_job,
     .errors = "NOT_FOUND",
     .since = "2",
     .doc = "Starts a job that erases a person: the values of fields marked personal go from the "
            "record, from those that belong to it, from all that the journal and its archive have "
            "of them, and with them the bytes of files that they name, while the hash chain stays "
            "whole. It cannot be taken back. The job's result is {records, changes}.",
     .doc_zh =
         "启动任务，抹除一个人的个人信息：记录、所属记录、日志和归档中的个人字段及其文件都被清除，"
         "哈希链保持完整；不可撤销。",
     .run = run_erase},
    {.name = "person.erased",
     .flags = API_WRITE | API_INTERNAL,
     .params = erased_params,
     .result = erased_result,
     .since = "2",
     .doc = "What the job of person.erase writes.",
     .doc_zh = "person.erase 的任务所做的写入。",
     .run = run_erased},
    {.name = NULL}};
