/* describe: what may be asked and what is stored, for people, clients and editors. */
#include "api/nouns/nouns.h"

typedef struct listing {
  base_buffer *out;
  size_t count;
} listing;

static void append_op(const api_op *op, void *self) {
  listing *list = self;
  if (op->flags & API_INTERNAL) return;
  api_op_append(op, list->out);
  list->count += 1;
}

static void append_type(const model_type *type, void *self) {
  listing *list = self;
  if (type->flags & MODEL_TYPE_INTERNAL) return;
  model_type_append(type, list->out);
  list->count += 1;
}

static void append_package(const api_package *package, void *self) {
  listing *list = self;
  data_append_map(list->out, 4);
  data_append_pair_text(list->out, "name", package->name);
  data_append_pair_text(list->out, "version", package->version);
  data_append_pair_text(list->out, "doc", package->doc == NULL ? "" : package->doc);
  data_append_pair_text(list->out, "doc_zh", package->doc_zh == NULL ? "" : package->doc_zh);
  list->count += 1;
}

static base_code run_describe(crm_ctx *ctx, base_slice params, base_buffer *result,
                              const void *self) {
  (void)params;
  (void)self;
  const api_registry *registry = api_execution_of(ctx)->registry;
  listing ops = {.out = result};
  listing types = {.out = result};
  listing packages = {.out = result};
  data_append_map(result, 3);
  data_append_text(result, "ops");
  size_t place = data_append_open_array(result);
  api_registry_each_op(registry, append_op, &ops);
  data_append_close(result, place, ops.count);
  data_append_text(result, "types");
  place = data_append_open_array(result);
  model_schema_each(ctx->schema, append_type, &types);
  data_append_close(result, place, types.count);
  data_append_text(result, "packages");
  place = data_append_open_array(result);
  api_registry_each_package(registry, append_package, &packages);
  data_append_close(result, place, packages.count);
  return BASE_OK;
}

static const data_field describe_result[] = {
    {.name = "ops", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .doc = "Every op."},
    {.name = "types",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .doc = "Every type with fields and indexes."},
    {.name = "packages", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .doc = "Every package."},
    {.name = NULL}};

const api_op api_ops_describe[] = {
    {.name = "api.describe",
     .since = "1",
     .result = describe_result,
     .doc = "{ops, types, packages}: every op with params, result, errors and doc; every type with "
            "fields and indexes (PLT-02).",
     .doc_zh = "列出全部操作、类型与包。",
     .run = run_describe},
    {.name = NULL}};
