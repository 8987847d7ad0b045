/* import_start: what an import may be begun with. See import.h.
 *
 * Memory:  none kept.  Threads: one per ctx.  Fails: INVALID_ARGUMENT, PERMISSION_DENIED, with the
 * param. */
#include "api/import.h"
#include "api/path.h"

static base_code check_type(crm_ctx *ctx, base_slice params, bool csv) {
  const model_type *type;
  base_slice name = data_map_text(params, "type");
  if (name.size == 0 && !csv) return BASE_OK;
  if (name.size == 0) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "type", "导入 CSV 要说明类型（type）",
                          "say which type a CSV file is of");
  }
  BASE_TRY(model_schema_type(ctx->schema, name, &type, ctx->error));
  return model_access_check(ctx, type, MODEL_ACTION_WRITE);
}

static base_code check_mapping(crm_ctx *ctx, base_slice params) {
  data_value mapping;
  if (!data_map_find(params, "mapping", &mapping) || mapping.type == DATA_NIL) return BASE_OK;
  data_walk walk = data_walk_begin(mapping.raw);
  while (data_walk_next(&walk)) {
    if (walk.value.type == DATA_TEXT || walk.value.type == DATA_NIL) continue;
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "mapping",
                          "mapping 是 列名 → 字段名 的映射，nil 表示略过",
                          "mapping goes from a column's name to a field's, or to nil to leave it "
                          "out");
  }
  return BASE_OK;
}

static base_code check_encoding(crm_ctx *ctx, base_slice params) {
  data_encoding encoding;
  base_slice name = data_map_text(params, "encoding");
  if (name.size == 0 || data_encoding_find(name, &encoding)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "encoding",
                        "encoding 只能是 utf-8 或 gb18030（gbk、gb2312）",
                        "encoding is utf-8 or gb18030 (gbk, gb2312)");
}

static base_code check_keep_ids(crm_ctx *ctx, base_slice params, bool csv) {
  if (!data_map_boolean(params, "keep_ids", false)) return BASE_OK;
  if (!ctx->actor.administrator) {
    return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, "keep_ids",
                          "只有管理员可以按原编号导入（keep_ids）",
                          "only administrators may import records with their numbers (keep_ids)");
  }
  if (!csv) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "keep_ids",
                        "CSV 不能完整保存记录；按原编号导入请用 jsonl 或 msgpack",
                        "CSV does not hold all of a record: keep_ids takes jsonl or msgpack");
}

static base_code check_path(crm_ctx *ctx, base_slice params) {
  base_slice path = data_map_text(params, "path");
  const char *folder = api_engine_options_get(api_execution_of(ctx)->engine)->import.directory;
  if (path.size == 0) return BASE_OK;
  if (!ctx->actor.administrator) {
    return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, "path", "只有管理员可以导入服务器上的文件",
                          "only administrators may import files of the server");
  }
  if (folder == NULL || folder[0] == '\0') {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "path",
                          "没有配置 import.directory，不能导入服务器上的文件",
                          "import.directory is not configured: no file of the server is imported");
  }
  if (!api_path_leads_out(path)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "path",
                        "path 是 import.directory 之内的相对路径，不能有“..”",
                        "path is relative to import.directory and has no “..”");
}

base_code api_import_check(crm_ctx *ctx, base_slice params) {
  bool csv = base_slice_is(data_map_text(params, "format"), "csv");
  BASE_TRY(check_type(ctx, params, csv));
  BASE_TRY(check_mapping(ctx, params));
  BASE_TRY(check_encoding(ctx, params));
  BASE_TRY(check_keep_ids(ctx, params, csv));
  return check_path(ctx, params);
}
