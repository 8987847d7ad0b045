/* package: loading a folder. See package.h and script.h. */
#include "script/package.h"

#include <stdlib.h>

#include "script/call.h"
#include "script/loading.h"
#include "script/manifest.h"
#include "script/test.h"

/* --- life ---------------------------------------------------------------------------------------- */

void script_package_free(script_package *package) {
  if (package == NULL) return;
  script_pool_fini(&package->pool);
  base_arena_free(package->arena);
}

static void free_door(api_package *door) {
  script_package_free(door->self);
}

static void read_account(const api_package *door, api_account *account) {
  const script_package *package = door->self;
  script_account_read(package->account, account);
}

static base_code start(api_package *door, base_slice config, base_error *error) {
  (void)error;
  script_package *package = door->self;
  package->config = base_arena_slice(package->arena, config);
  return BASE_OK;
}

/* A folder carries its package's name, so that messages can name files before the manifest is read. */
static base_code read_name(script_package *package, const char *directory, base_error *error) {
  base_slice path = base_slice_text(directory);
  while (path.size > 1 && path.data[path.size - 1] == '/') path.size--;
  size_t from = path.size;
  while (from > 0 && path.data[from - 1] != '/') from--;
  package->name = base_arena_text(package->arena, base_slice_after(path, from));
  size_t good = strspn(package->name, "abcdefghijklmnopqrstuvwxyz0123456789_");
  if (good > 0 && package->name[good] == '\0') return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                        "脚本包目录 %s 的名字只能用小写字母、数字和 _",
                        "the folder %s of a package may only have small letters, digits and _ in "
                        "its name",
                        directory);
}

static base_code run_tests(const api_package *door, const api_test_host *host, int64_t *passed,
                           int64_t *failed, base_error *error) {
  const script_package *package = door->self;
  *passed = *failed = 0;
  if (script_source_find(&package->sources, "test") == NULL) return BASE_OK;
  return script_test_run_bundle(package->name, door->bundle, host, passed, failed, error);
}

static script_package *make(const script_limits *limits) {
  base_arena *arena = base_arena_new();
  script_package *made = BASE_NEW(arena, script_package);
  made->arena = arena;
  made->limits = *limits;
  made->functions = BASE_NEW(arena, script_function);
  made->account = BASE_NEW(arena, script_account);
  script_pool_init(&made->pool);
  return made;
}

/* The package with its files and its door, unless they could not be read. */
static base_code finish(script_package *made, const char *source, base_code code,
                        script_package **package) {
  base_buffer bundle = {0};
  if (code != BASE_OK) {
    script_package_free(made);
    return code;
  }
  script_source_pack(&made->sources, &bundle);
  made->door = (api_package){.name = made->name,
                             .source = base_arena_text(made->arena, base_slice_text(source)),
                             .bundle = base_arena_slice(made->arena, base_buffer_slice(&bundle)),
                             .start = start,
                             .account = read_account,
                             .test = run_tests,
                             .free = free_door,
                             .self = made};
  base_buffer_fini(&bundle);
  *package = made;
  return BASE_OK;
}

base_code script_package_open(const char *directory, const script_limits *limits,
                              script_package **package, base_error *error) {
  script_package *made = make(limits);
  base_code code = read_name(made, directory, error);
  if (code == BASE_OK) {
    code = script_source_read(directory, made->name, made->arena, &made->sources, error);
  }
  return finish(made, directory, code, package);
}

base_code script_package_unpack(const char *name, base_slice bundle, const script_limits *limits,
                                script_package **package, base_error *error) {
  script_package *made = make(limits);
  made->name = base_arena_text(made->arena, base_slice_text(name));
  base_slice kept = base_arena_slice(made->arena, bundle);
  base_code code = script_source_unpack(kept, made->name, made->arena, &made->sources, error);
  return finish(made, name, code, package);
}

base_code script_package_bundle(const char *directory, base_buffer *bundle, base_error *error) {
  base_arena *arena = base_arena_new();
  script_sources sources;
  base_code code = script_source_read(directory, directory, arena, &sources, error);
  if (code == BASE_OK) script_source_pack(&sources, bundle);
  base_arena_free(arena);
  return code;
}

/* --- loading ------------------------------------------------------------------------------------- */

static base_code load_texts(script_package *package, script_state *state, base_error *error) {
  for (int language = BASE_ZH; language <= BASE_EN; language++) {
    const script_source *source =
        script_source_find(&package->sources, script_text_files[language]);
    if (source == NULL) continue;
    BASE_TRY(script_loading_data(state, source, error));
    package->texts.of[language] =
        base_arena_slice(package->arena, base_buffer_slice(&state->scratch));
  }
  return script_text_check(&package->texts, package->name, error);
}

/* The state that loading was done in is the first to serve calls. */
static base_code load_with(script_package *package, script_state *state, base_error *error) {
  BASE_TRY(script_loading_run(state, error));
  BASE_TRY(script_loading_manifest(state, error));
  BASE_TRY(script_manifest_read(base_buffer_slice(&state->scratch), package, error));
  BASE_TRY(load_texts(package, state, error));
  return script_loading_bind(state, error);
}

static base_code load(script_package *made, api_package **package, base_error *error) {
  script_state *state = NULL;
  base_code code = script_loading_state(made, false, &state, error);
  if (code == BASE_OK) code = load_with(made, state, error);
  if (code != BASE_OK) {
    script_state_free(state);
    script_package_free(made);
    return code;
  }
  script_pool_give(&made->pool, state);
  *package = &made->door;
  return BASE_OK;
}

base_code script_package_load(const char *directory, const script_limits *limits,
                              api_package **package, base_error *error) {
  script_package *made = NULL;
  BASE_TRY(script_package_open(directory, limits, &made, error));
  return load(made, package, error);
}

base_code script_package_reopen(const char *name, base_slice bundle, const script_limits *limits,
                                api_package **package, base_error *error) {
  script_package *made = NULL;
  BASE_TRY(script_package_unpack(name, bundle, limits, &made, error));
  return load(made, package, error);
}
