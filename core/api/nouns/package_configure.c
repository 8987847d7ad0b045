/* package_configure: a package exchanged for itself with another configuration, while the server runs; one that
 * is not loaded gets it when it is. For the engine alone (api/reconfigure.c): what a package is configured
 * with is the configuration file's to say, and a restart reads it there. */
#include "api/member.h"
#include "api/nouns/nouns.h"
#include "api/publish.h"

/* The very same files: what lies in the folder may be another version by now. */
static base_code prepare_package(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                                 const void *self) {
  const api_execution *execution = api_execution_of(ctx);
  const api_packages *door = &api_engine_options_get(execution->engine)->packages;
  const char *name = base_arena_text(ctx->arena, data_map_text(params, "name"));
  const api_member *member = api_registry_member(execution->registry, name);
  (void)self;
  data_append_raw(prepared, params);
  if (member == NULL) return BASE_OK;
  if (door->reopen == NULL) {
    return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "这个进程不能重新打开包",
                          "this process cannot open packages again");
  }
  return door->reopen(door->self, name, member->package->bundle, execution->opened, ctx->error);
}

/* The file as it is now: a plugin's code is the installation's. */
static base_code prepare_plugin(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                                const void *self) {
  const api_execution *execution = api_execution_of(ctx);
  const api_plugins *plugins = &api_engine_options_get(execution->engine)->plugins;
  (void)self;
  data_append_raw(prepared, params);
  if (plugins->open == NULL) {
    return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "这个进程没有插件目录",
                          "this process has no folder of plugins");
  }
  return plugins->open(plugins->self, data_map_text(params, "name"), execution->opened, ctx->error);
}

/* The configurations in force with this one in the place of the package's own. */
static base_slice configs_after(crm_ctx *ctx, const api_registry *current, base_slice params) {
  static const uint8_t empty_map[] = {0x80};
  base_slice configs = api_registry_configs(current);
  base_buffer patch = {0};
  base_buffer after = {0};
  data_value config;
  data_append_map(&patch, 1);
  data_append_slice(&patch, data_map_text(params, "name"));
  if (data_map_find(params, "config", &config)) {
    data_append_raw(&patch, config.raw);
  } else {
    data_append_nil(&patch);
  }
  if (configs.size == 0) configs = base_slice_make(empty_map, sizeof empty_map);
  data_splice(configs, base_buffer_slice(&patch), &after);
  configs = base_arena_slice(ctx->arena, base_buffer_slice(&after));
  base_buffer_fini(&patch);
  base_buffer_fini(&after);
  return configs;
}

/* What was opened is what runs: while it was being opened, another version may have come, or the first one. */
static bool is_current(crm_ctx *ctx, const api_registry *current, const api_package *opened,
                       base_slice name) {
  const api_member *member = api_registry_member(current, base_arena_text(ctx->arena, name));
  if (member == NULL || opened == NULL) return member == NULL && opened == NULL;
  return base_slice_equal(member->package->bundle, opened->bundle);
}

static base_code run(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  const api_execution *execution = api_execution_of(ctx);
  const api_registry *current = api_publish_current(execution->engine);
  base_slice name = data_map_text(params, "name");
  (void)self;
  if (!is_current(ctx, current, *execution->opened, name)) {
    return model_ctx_fail(ctx, BASE_VERSION_CONFLICT, "name", "包 %.*s 刚刚换了版本：请再来一次",
                          "package %.*s was just exchanged: once more, please",
                          BASE_SLICE_ARGS(name));
  }
  api_exchange to = {.package = *execution->opened, .configs = configs_after(ctx, current, params)};
  *execution->opened = NULL;
  data_append_map(result, 1);
  data_append_pair_slice(result, "name", name);
  api_engine_exchange(execution->engine, &to);
  return BASE_OK;
}

static const data_field params_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .doc = "The package."},
    {.name = "config", .kind = DATA_KIND_ANY, .doc = "Its configuration; nil: its defaults."},
    {0}};

static const data_field result_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "The package."}, {0}};

const api_op api_ops_package_configure[] = {
    {.name = "package.configure",
     .flags = API_CONTROL | API_ADMIN | API_INTERNAL | API_LONG,
     .params = params_fields,
     .result = result_fields,
     .errors = "VERSION_CONFLICT VALIDATION_FAILED UNAVAILABLE",
     .since = "2",
     .doc = "The package goes on with this configuration; calls under way end with the one before.",
     .doc_zh = "包改用新的配置；正在运行的调用按原配置结束。",
     .run = run,
     .prepare = prepare_package},
    {.name = "plugin.configure",
     .flags = API_CONTROL | API_ADMIN | API_INTERNAL,
     .params = params_fields,
     .result = result_fields,
     .errors = "VERSION_CONFLICT VALIDATION_FAILED UNAVAILABLE",
     .since = "2",
     .doc = "The plugin stops and starts with this configuration; where it does not start, the one "
            "before goes on.",
     .doc_zh = "插件改用新的配置重新启动；启动失败则继续用原来的。",
     .run = run,
     .prepare = prepare_plugin},
    {.name = NULL}};
