/* package_load: packages in Lua loaded, enabled, disabled, tested and gone back with, while the server runs.
 * What is slow, files and trials, is the prepare step's, on the long lane; the exchange itself is the
 * engine's (api/swap.h). */
#include <stdio.h>

#include "api/member.h"
#include "api/nouns/nouns.h"
#include "api/stored_package.h"
#include "api/trial.h"

/* --- the record type --------------------------------------------------------------------------- */

static const char *const package_states[] = {"active", "disabled", "refused", NULL};

static const data_field version_fields[] = {
    {.name = "version", .kind = DATA_KIND_TEXT, .label_zh = "版本", .label_en = "version"},
    {.name = "hash", .kind = DATA_KIND_TEXT, .label_zh = "哈希", .label_en = "hash"},
    {.name = "loaded_at",
     .kind = DATA_KIND_DATETIME,
     .label_zh = "装入时间",
     .label_en = "loaded at"},
    {.name = "loaded_by", .kind = DATA_KIND_TEXT, .label_zh = "装入人", .label_en = "loaded by"},
    {.name = NULL}};

static const data_field failure_fields[] = {
    {.name = "code", .kind = DATA_KIND_TEXT, .label_zh = "代码", .label_en = "code"},
    {.name = "field", .kind = DATA_KIND_TEXT, .label_zh = "字段", .label_en = "field"},
    {.name = "message", .kind = DATA_KIND_TEXT, .label_zh = "说明", .label_en = "message"},
    {.name = "at", .kind = DATA_KIND_DATETIME, .label_zh = "时间", .label_en = "at"},
    {.name = "by", .kind = DATA_KIND_TEXT, .label_zh = "操作人", .label_en = "by"},
    {.name = NULL}};

static const data_field next_fields[] = {
    {.name = "release", .kind = DATA_KIND_TEXT, .label_zh = "版本", .label_en = "version"},
    {.name = "hash", .kind = DATA_KIND_TEXT, .label_zh = "哈希", .label_en = "hash"},
    {.name = NULL}};

#define FIELD(key, kind_, zh, en)                                                                  \
  { .name = (key), .kind = (kind_), .flags = DATA_READONLY, .label_zh = (zh), .label_en = (en) }

static const data_field package_fields[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED | DATA_UNIQUE | DATA_READONLY,
     .label_zh = "名称",
     .label_en = "name"},
    {.name = "state",
     .kind = DATA_KIND_CHOICE,
     .choices = package_states,
     .flags = DATA_READONLY | DATA_INDEX,
     .label_zh = "状态",
     .label_en = "state",
     .doc = "refused: it was to be loaded and never was."},
    FIELD("release", DATA_KIND_TEXT, "版本", "version"), /* `version` is the record's own */
    FIELD("hash", DATA_KIND_TEXT, "哈希", "hash"),
    FIELD("size", DATA_KIND_INTEGER, "字节数", "size"),
    FIELD("source", DATA_KIND_TEXT, "来源", "source"),
    FIELD("loaded_at", DATA_KIND_DATETIME, "装入时间", "loaded at"),
    FIELD("loaded_by", DATA_KIND_TEXT, "装入人", "loaded by"),
    {.name = "earlier",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .fields = version_fields,
     .flags = DATA_READONLY,
     .label_zh = "先前的版本",
     .label_en = "earlier versions",
     .doc = "What can be gone back to, the newest first."},
    {.name = "failure",
     .kind = DATA_KIND_MAP,
     .fields = failure_fields,
     .flags = DATA_READONLY,
     .label_zh = "拒绝原因",
     .label_en = "why it was refused",
     .doc = "Of the last load, when that failed."},
    {.name = "next",
     .kind = DATA_KIND_MAP,
     .fields = next_fields,
     .flags = DATA_READONLY,
     .label_zh = "正在换上的版本",
     .label_en = "version under way",
     .doc = "Its migrations are under way; a start goes on with it."},
    FIELD("migrated", DATA_KIND_TEXT, "已迁移到", "migrated to"),
    FIELD("migration_after", DATA_KIND_INTEGER, "迁移进度", "where a migration stands"),
    {.name = NULL}};

const model_type_definition api_types_package[] = {
    {.name = "package",
     .label_zh = "包",
     .label_en = "package",
     .title = "name",
     .flags = MODEL_TYPE_SERVER,
     .doc = "What extends the server: which version is loaded, and whether it works.",
     .fields = package_fields},
    {.name = NULL}};

/* --- preparing --------------------------------------------------------------------------------- */

typedef struct loading {
  crm_ctx *ctx;
  api_execution *execution;
  const api_packages *door;
  api_package *package; /* owned until it is handed on */
  api_trial trial;
} loading;

static loading begin(crm_ctx *ctx) {
  api_execution *execution = api_execution_of(ctx);
  return (loading){.ctx = ctx,
                   .execution = execution,
                   .door = &api_engine_options_get(execution->engine)->packages};
}

static base_code check_door(const loading *in) {
  if (in->door->open != NULL) return BASE_OK;
  return model_ctx_fail(in->ctx, BASE_UNAVAILABLE, NULL,
                        "这个进程没有脚本包目录：请对 haoke serve 调用",
                        "this process has no folder of packages: call haoke serve");
}

static base_code refuse_failed(const loading *in) {
  return model_ctx_fail(
      in->ctx, BASE_RULE_FAILED, NULL, "在现有数据的副本上有 %lld 个测试不通过，未装入：%.*s",
      "%lld tests fail on a fork of the data, it was not loaded: %.*s", (long long)in->trial.failed,
      BASE_SLICE_ARGS(base_buffer_slice(&in->trial.told)));
}

/* Tries the package, and leaves for the op one that is made of the very same files. */
static base_code try_package(loading *in, bool only_test) {
  base_buffer bundle = {0};
  char name[API_NAME_MAX + 1];
  (void)snprintf(name, sizeof name, "%s", in->package->name);
  base_buffer_append(&bundle, in->package->bundle.data, in->package->bundle.size);
  base_code code = api_trial_run(in->execution->engine, in->execution->registry, in->package,
                                 &in->trial, in->ctx->error);
  in->package = NULL;
  if (code == BASE_OK && in->trial.failed > 0 && !only_test) code = refuse_failed(in);
  if (code == BASE_OK && !only_test) {
    code = in->door->reopen(in->door->self, name, base_buffer_slice(&bundle), in->execution->opened,
                            in->ctx->error);
  }
  base_buffer_fini(&bundle);
  return code;
}

/* "group/welcome" names the package "welcome". */
static base_slice name_of(base_slice path) {
  size_t from = path.size;
  while (from > 0 && path.data[from - 1] != '/') from--;
  return data_text_cut(base_slice_after(path, from), API_NAME_MAX);
}

static base_slice path_of(base_slice params) {
  base_slice path = api_param_text(params, "path");
  return path.size > 0 ? path : api_param_text(params, "name");
}

/* What was refused is noted in the package's record, by the op, because prepare steps do not write. */
static base_code hand_on(loading *in, base_slice name, base_code code, base_buffer *prepared) {
  base_error *error = in->ctx->error;
  bool noted = code != BASE_OK && code != BASE_NOT_FOUND && code != BASE_UNAVAILABLE;
  api_trial_fini(&in->trial);
  if (code != BASE_OK && !noted) return code;
  data_append_map(prepared, 2);
  data_append_pair_slice(prepared, "name", name);
  if (!noted) {
    data_append_pair_integer(prepared, "tests", in->trial.passed);
    return BASE_OK;
  }
  data_append_text(prepared, "failure");
  api_job_append_error(error, prepared);
  return BASE_OK;
}

static base_code prepare_load(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                              const void *self) {
  (void)self;
  loading in = begin(ctx);
  base_slice path = path_of(params);
  BASE_TRY(check_door(&in));
  if (path.size == 0) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "name", "请给出 name 或 path",
                          "give a name or a path");
  }
  base_code code = in.door->open(in.door->self, path, &in.package, ctx->error);
  if (code == BASE_OK) code = try_package(&in, false);
  return hand_on(&in, name_of(path), code, prepared);
}

/* --- package.load, package.rollback ------------------------------------------------------------ */

static base_code refuse_noted(crm_ctx *ctx, base_slice params, data_value failure) {
  api_exchange to = {.name = base_arena_text(ctx->arena, data_map_text(params, "name")),
                     .failure = failure.raw};
  base_code code = base_code_find(data_map_text(failure.raw, "code"));
  const char *field = base_arena_text(ctx->arena, data_map_text(failure.raw, "field"));
  base_slice message = data_map_text(failure.raw, "message");
  api_engine_exchange(api_execution_of(ctx)->engine, &to);
  return model_ctx_fail(ctx, code, field, "%.*s", "%.*s", BASE_SLICE_ARGS(message));
}

static base_code run_load(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  data_value failure;
  api_execution *execution = api_execution_of(ctx);
  if (data_map_find(params, "failure", &failure)) return refuse_noted(ctx, params, failure);
  api_package *package = *execution->opened;
  const struct api_member *old = api_registry_member(execution->registry, package->name);
  *execution->opened = NULL;
  data_append_map(result, 4);
  data_append_pair_text(result, "name", package->name);
  data_append_pair_text(result, "version", package->version);
  data_append_text(result, "replaced");
  if (old == NULL) {
    data_append_nil(result);
  } else {
    data_append_text(result, old->package->version);
  }
  data_append_pair_integer(result, "tests", data_map_integer(params, "tests", 0));
  api_engine_exchange(execution->engine, &(api_exchange){.package = package});
  return BASE_OK;
}

/* The record, copied; the view is not kept. */
static base_code stored_record(crm_ctx *ctx, base_slice name, base_slice *record) {
  store_view *view = NULL;
  BASE_TRY(store_view_open(api_engine_store(api_execution_of(ctx)->engine), &view, ctx->error));
  ctx->set = store_change_set_new(view, ctx->arena);
  bool found = model_record_find_by(ctx, api_noun_type(ctx, "package"), "name", name, record);
  *record = found ? base_arena_slice(ctx->arena, *record) : (base_slice){0};
  ctx->set = NULL;
  store_view_close(view);
  if (found) return BASE_OK;
  return model_ctx_fail(ctx, BASE_NOT_FOUND, "name", "没有装入过包“%.*s”",
                        "no package “%.*s” was ever loaded", BASE_SLICE_ARGS(name));
}

static base_code open_version(loading *in, base_slice name, base_slice hash) {
  base_buffer bundle = {0};
  const char *file = base_arena_text(in->ctx->arena, hash);
  base_code code =
      store_file_get(api_engine_store(in->execution->engine), file, &bundle, in->ctx->error);
  if (code == BASE_OK) {
    code = in->door->reopen(in->door->self, base_arena_text(in->ctx->arena, name),
                            base_buffer_slice(&bundle), &in->package, in->ctx->error);
  }
  base_buffer_fini(&bundle);
  return code;
}

static base_code prepare_rollback(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                                  const void *self) {
  (void)self;
  loading in = begin(ctx);
  base_slice record;
  data_value earlier = {0};
  base_slice name = api_param_text(params, "name");
  BASE_TRY(check_door(&in));
  BASE_TRY(stored_record(ctx, name, &record));
  data_walk walk;
  bool listed = data_map_find(record, "earlier", &earlier) && earlier.type == DATA_ARRAY;
  if (listed) walk = data_walk_begin(earlier.raw);
  if (!listed || !data_walk_next(&walk)) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "name", "包 %.*s 没有先前的版本",
                          "package %.*s has no earlier version", BASE_SLICE_ARGS(name));
  }
  BASE_TRY(open_version(&in, name, data_map_text(walk.value.raw, "hash")));
  *in.execution->opened = in.package;
  return hand_on(&in, name, BASE_OK, prepared);
}

/* --- package.enable, package.disable ------------------------------------------------------------ */

static base_code run_able(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  api_execution *execution = api_execution_of(ctx);
  const char *name = base_arena_text(ctx->arena, api_param_text(params, "name"));
  const struct api_member *member = api_registry_member(execution->registry, name);
  if (member == NULL || strcmp(name, API_PACKAGE_CORE) == 0) {
    return model_ctx_fail(
        ctx, BASE_NOT_FOUND, "name", "没有装入包“%s”：package.list 列出全部，package.load 装入",
        "no package “%s” is loaded: package.list lists them, package.load loads one", name);
  }
  data_append_map(result, 3);
  data_append_pair_text(result, "name", name);
  data_append_pair_text(result, "version", member->package->version);
  data_append_pair_text(result, "state", self == NULL ? "disabled" : "active");
  api_engine_exchange(execution->engine, &(api_exchange){.name = name, .enabled = self != NULL});
  return BASE_OK;
}

/* --- package.test ------------------------------------------------------------------------------ */

static void append_report(api_trial *trial, base_buffer *out) {
  data_append_map(out, 3);
  data_append_pair_integer(out, "passed", trial->passed);
  data_append_pair_integer(out, "failed", trial->failed);
  data_append_text(out, "tests");
  data_append_array(out, (size_t)(trial->passed + trial->failed));
  base_buffer_append(out, trial->tests.data, trial->tests.size);
}

static base_code prepare_test(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                              const void *self) {
  (void)self;
  loading in = begin(ctx);
  base_slice path = path_of(params);
  BASE_TRY(check_door(&in));
  base_code code = in.door->open(in.door->self, path, &in.package, ctx->error);
  if (code == BASE_OK) code = try_package(&in, true);
  if (code == BASE_OK) append_report(&in.trial, prepared);
  api_trial_fini(&in.trial);
  return code;
}

static base_code run_test(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)ctx;
  (void)self;
  data_append_raw(result, params);
  return BASE_OK;
}

/* --- rows -------------------------------------------------------------------------------------- */

static const data_field load_params[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "The package; its folder has the same name."},
    {.name = "path",
     .kind = DATA_KIND_TEXT,
     .doc = "Its folder below the folder of packages, when that lies deeper."},
    {0}};

static const data_field name_params[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "The package."}, {0}};

static const data_field load_result[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "The package."},
    {.name = "version", .kind = DATA_KIND_TEXT, .doc = "The one that runs now."},
    {.name = "replaced", .kind = DATA_KIND_TEXT, .doc = "The one that ran before; nil: none."},
    {.name = "tests", .kind = DATA_KIND_INTEGER, .doc = "Its tests that passed on a fork."},
    {0}};

static const data_field able_result[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "The package."},
    {.name = "version", .kind = DATA_KIND_TEXT, .doc = "The one that is loaded."},
    {.name = "state", .kind = DATA_KIND_TEXT, .doc = "active or disabled."},
    {0}};

static const data_field test_result[] = {
    {.name = "passed", .kind = DATA_KIND_INTEGER, .doc = "Tests that passed."},
    {.name = "failed", .kind = DATA_KIND_INTEGER, .doc = "Tests that did not."},
    {.name = "tests",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .doc = "One per test: name, passed, and text, what it showed and how it failed."},
    {0}};

static const bool enabled = true; /* its address is what package.enable has for self */

const api_op api_ops_package_load[] = {
    {.name = "package.load",
     .flags = API_CONTROL | API_ADMIN | API_LONG,
     .params = load_params,
     .result = load_result,
     .errors = "NOT_FOUND VALIDATION_FAILED SCRIPT_ERROR RULE_FAILED DUPLICATE UNAVAILABLE",
     .since = "2",
     .doc =
         "Loads the package from its folder as it is now: its tests run on a fork of the data, its "
         "migrations run, then it takes the place of the version that works, whose calls under way "
         "end as they began. What fails leaves everything as it was, and is noted in the package's "
         "record. A restart runs what was loaded.",
     .doc_zh =
         "按文件夹现在的内容装入脚本包：先在数据副本上运行它的测试，再平滑替换正在运行的版本。",
     .run = run_load,
     .prepare = prepare_load},
    {.name = "package.rollback",
     .flags = API_CONTROL | API_ADMIN | API_LONG,
     .params = name_params,
     .result = load_result,
     .errors = "NOT_FOUND VALIDATION_FAILED UNAVAILABLE",
     .since = "2",
     .doc = "Goes back to the version of the package that worked before, from the files that were "
            "kept. Its tests do not run and nothing is migrated.",
     .doc_zh = "恢复脚本包的上一个版本；不运行测试，不迁移数据。",
     .run = run_load,
     .prepare = prepare_rollback},
    {.name = "package.enable",
     .flags = API_CONTROL | API_ADMIN,
     .params = name_params,
     .result = able_result,
     .errors = "NOT_FOUND VALIDATION_FAILED",
     .since = "2",
     .doc = "Lets a package that is loaded and disabled work again.",
     .doc_zh = "启用已停用的包。",
     .run = run_able,
     .self = &enabled},
    {.name = "package.disable",
     .flags = API_CONTROL | API_ADMIN,
     .params = name_params,
     .result = able_result,
     .errors = "NOT_FOUND VALIDATION_FAILED",
     .since = "2",
     .doc = "Ops and rules of the package end; its types and records stay and can be read. Timers "
            "that "
            "call its ops wait for it.",
     .doc_zh = "停用一个包：它的操作和规则不再起作用，类型和记录保留。",
     .run = run_able},
    {.name = "package.test",
     .flags = API_ADMIN | API_LONG,
     .params = load_params,
     .result = test_result,
     .errors = "NOT_FOUND VALIDATION_FAILED SCRIPT_ERROR UNAVAILABLE",
     .since = "2",
     .doc = "Runs the tests of the package in its folder on a fork of the data, and loads nothing.",
     .doc_zh = "在数据副本上运行脚本包文件夹里的测试，不装入。",
     .run = run_test,
     .prepare = prepare_test},
    {.name = NULL}};
