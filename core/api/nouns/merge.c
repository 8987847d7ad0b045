/* merge: two records that turned out to be one. */
#include "api/nouns/nouns.h"

static base_code run_merge(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const model_type *type;
  base_slice survivor;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(model_alias_create(ctx, type, api_param_integer(params, "id"),
                              api_param_integer(params, "into"), api_noun_trust(ctx), &survivor));
  data_append_raw(result, survivor);
  return BASE_OK;
}

static base_code run_unmerge(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  const model_type *type;
  base_slice survivor;
  BASE_TRY(api_param_type(ctx, params, "type", &type));
  BASE_TRY(model_alias_delete(ctx, type, api_param_integer(params, "id"),
                              api_param_integer(params, "into"), api_noun_trust(ctx), &survivor));
  data_append_raw(result, survivor);
  return BASE_OK;
}

static const data_field merge_params[] = {API_PARAM_TYPE,
                                          {.name = "id",
                                           .kind = DATA_KIND_INTEGER,
                                           .flags = DATA_REQUIRED,
                                           .doc = "The record that goes."},
                                          {.name = "into",
                                           .kind = DATA_KIND_INTEGER,
                                           .flags = DATA_REQUIRED,
                                           .doc = "The record that stays."},
                                          {0}};

static const data_field unmerge_params[] = {
    API_PARAM_TYPE,
    {.name = "id",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .doc = "The record that was merged into another."},
    {.name = "into",
     .kind = DATA_KIND_INTEGER,
     .doc = "The record it was merged into; refused when it is another."},
    {0}};

const api_op api_ops_merge[] = {
    {.name = "record.merge",
     .flags = API_WRITE,
     .params = merge_params,
     .errors = "NOT_FOUND RULE_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Merges one record into another of its type and returns the survivor. Nothing is "
            "rewritten: the number of the one that went means the survivor from then on, in "
            "references and conditions too (ARC-13).",
     .doc_zh = "合并两条记录：被并入者的编号从此指向保留者；引用不改写。",
     .run = run_merge},
    {.name = "record.unmerge",
     .flags = API_WRITE,
     .params = unmerge_params,
     .errors = "NOT_FOUND REFERENCE_MISSING RULE_FAILED",
     .since = "1",
     .result = model_system_fields,
     .doc = "Takes a merge back: both records are what they were; returns the one that was the "
            "survivor (ARC-13).",
     .doc_zh = "撤销合并：两条记录恢复原样。",
     .run = run_unmerge},
    {.name = NULL}};
