/* plugin: which plugins there are, and the loading of one while the server runs. The files are looked
 * at by the prepare step; the swap itself is the engine's (api/swap.h). */
#include "api/nouns/nouns.h"

static const api_plugins *plugins_of(crm_ctx *ctx) {
  return &api_engine_options_get(api_execution_of(ctx)->engine)->plugins;
}

/* --- plugin.list ------------------------------------------------------------------------------- */

static base_code prepare_list(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                              const void *self) {
  (void)params;
  (void)self;
  const api_plugins *plugins = plugins_of(ctx);
  if (plugins->list == NULL) {
    data_append_array(prepared, 0);
  } else {
    plugins->list(plugins->self, ctx->error->language, prepared);
  }
  return BASE_OK;
}

typedef struct package_search {
  base_slice name;
  const api_package *found;
} package_search;

static void find_package(const api_package *package, void *self) {
  package_search *search = self;
  if (base_slice_is(search->name, package->name)) search->found = package;
}

/* The plugin as its file describes it, with the version that runs. */
static void append_plugin(crm_ctx *ctx, base_slice described, base_buffer *result) {
  package_search search = {.name = data_map_text(described, "name")};
  base_buffer patch = {0};
  api_registry_each_package(api_execution_of(ctx)->registry, find_package, &search);
  data_append_map(&patch, search.found == NULL ? 0 : 1);
  if (search.found != NULL) data_append_pair_text(&patch, "loaded", search.found->version);
  data_splice(described, base_buffer_slice(&patch), result);
  base_buffer_fini(&patch);
}

static base_code run_list(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  data_walk walk = data_walk_begin(params);
  size_t count = 0;
  data_append_map(result, 1);
  data_append_text(result, "items");
  size_t place = data_append_open_array(result);
  for (; data_walk_next(&walk); count++) append_plugin(ctx, walk.value.raw, result);
  data_append_close(result, place, count);
  return BASE_OK;
}

/* --- plugin.load ------------------------------------------------------------------------------- */

static base_code prepare_load(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                              const void *self) {
  (void)self;
  const api_plugins *plugins = plugins_of(ctx);
  if (plugins->open == NULL) {
    return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL,
                          "这个进程没有插件目录：请对 haoke serve 调用",
                          "this process has no folder of plugins: call haoke serve");
  }
  data_append_raw(prepared, params);
  return plugins->open(plugins->self, data_map_text(params, "name"), api_execution_of(ctx)->opened,
                       ctx->error);
}

static base_code run_load(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)params, (void)self;
  api_execution *execution = api_execution_of(ctx);
  api_package *package = *execution->opened;
  package_search search = {.name = base_slice_text(package->name)};
  *execution->opened = NULL;
  api_registry_each_package(execution->registry, find_package, &search);
  data_append_map(result, 3);
  data_append_pair_text(result, "name", package->name);
  data_append_pair_text(result, "version", package->version);
  data_append_text(result, "replaced");
  if (search.found == NULL) {
    data_append_nil(result);
  } else {
    data_append_text(result, search.found->version);
  }
  api_engine_exchange(execution->engine, &(api_exchange){.package = package});
  return BASE_OK;
}

/* --- rows -------------------------------------------------------------------------------------- */

static const data_field list_result[] = {
    API_RESULT_ITEMS("One per file: file, name, version, abi, doc, doc_zh, needs, and loaded, the "
                     "version that runs, if one does; or file and error."),
    {.name = NULL}};

static const data_field load_params[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .doc = "The package that the plugin brings, or its file: \"webhook.so\"."},
    {.name = NULL}};

static const data_field load_result[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "The package."},
    {.name = "version", .kind = DATA_KIND_TEXT, .doc = "The one that runs now."},
    {.name = "replaced", .kind = DATA_KIND_TEXT, .doc = "The one that ran before; nil: none."},
    {.name = NULL}};

const api_op api_ops_plugin[] = {
    {.name = "plugin.list",
     .flags = API_ADMIN,
     .since = "1",
     .result = list_result,
     .doc = "The files in the folder of plugins, and which of them run.",
     .doc_zh = "插件目录中的文件，以及正在运行的版本。",
     .run = run_list,
     .prepare = prepare_list},
    {.name = "plugin.load",
     .flags = API_CONTROL | API_ADMIN,
     .since = "1",
     .params = load_params,
     .result = load_result,
     .errors = "NOT_FOUND VALIDATION_FAILED DUPLICATE UNAVAILABLE",
     .doc = "Loads the plugin from its file as it is now. A version that runs is replaced: calls "
            "under way are waited for, others go on with the new one. A restart runs it "
            "again, from its file.",
     .doc_zh = "按文件现在的内容装入插件，并平滑替换正在运行的版本。",
     .run = run_load,
     .prepare = prepare_load},
    {.name = NULL}};
