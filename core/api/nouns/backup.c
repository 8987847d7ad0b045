/* backup: a copy of everything, started by an administrator. See api/backup.h. */
#include "api/backup.h"

#include <limits.h>
#include <stdlib.h>

#include "api/nouns/nouns.h"
#include "api/path.h"

#define PATH_LENGTH_MAX 1024

static base_code refuse_outside(crm_ctx *ctx, base_slice path) {
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "path",
                        "配置了 backup.directory：path 应是其下的相对路径，而不是 %.*s",
                        "backup.directory is configured: path is relative to it and stays below "
                        "it, which %.*s does not",
                        BASE_SLICE_ARGS(path));
}

static base_code refuse_relative(crm_ctx *ctx, base_slice path) {
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "path",
                        "没有配置 backup.directory：path 应是绝对路径，而不是 %.*s",
                        "backup.directory is not configured: path has to be absolute, not %.*s",
                        BASE_SLICE_ARGS(path));
}

/* "/backups/" and "monday" become "/backups/monday". */
static base_code make_path(crm_ctx *ctx, base_slice given, const char **path) {
  const char *folder = api_engine_options_get(api_execution_of(ctx)->engine)->backup_directory;
  base_slice name = given;
  while (name.size > 1 && name.data[name.size - 1] == '/') name.size--;
  bool below = folder != NULL && folder[0] != '\0';
  if (below && api_path_leads_out(name)) return refuse_outside(ctx, given);
  bool absolute =
      name.size > 1 && name.data[0] == '/' && memchr(name.data, '\0', name.size) == NULL;
  if (!below && !absolute) return refuse_relative(ctx, given);
  *path = below ? base_arena_format(ctx->arena, "%s/%.*s", folder, BASE_SLICE_ARGS(name))
                : base_arena_text(ctx->arena, name);
  return BASE_OK;
}

static base_code run_run(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  const char *path = NULL;
  base_slice record;
  base_buffer job = {0};
  store_info info = store_info_get(api_engine_store(api_execution_of(ctx)->engine));
  BASE_TRY(make_path(ctx, api_param_text(params, "path"), &path));
  data_append_map(&job, 2);
  data_append_pair_text(&job, "path", path);
  data_append_pair_integer(&job, "epoch", (int64_t)info.epoch);
  base_slice made = model_ctx_take(ctx, &job);
  BASE_TRY(api_job_create(ctx, "backup", made, &record));
  api_job_append(ctx, record, result);
  return BASE_OK;
}

static const data_field run_params[] = {
    {.name = "path",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .bounded = true,
     .min = 1,
     .max = PATH_LENGTH_MAX,
     .doc = "Where the backup will be: a directory that does not exist yet. Below "
            "backup.directory when that is configured, else absolute."},
    {0}};

const api_op api_ops_backup[] = {
    {.name = "backup.run",
     .flags = API_WRITE | API_ADMIN,
     .params = run_params,
     .result = api_result_job,
     .since = "2",
     .doc = "Starts a job that copies everything while the server goes on, verifies the copy and "
            "then gives it its name. The job's result is {path, sequence, epoch, at, records, "
            "bytes}.",
     .doc_zh = "启动备份任务：热备份全部数据，校验后生效；结果见 job.get。",
     .run = run_run},
    {.name = NULL}};
