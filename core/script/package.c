/* package: loading a folder. See package.h and script.h. */
#include "script/package.h"

#include <stdlib.h>

#include "script/call.h"
#include "script/loading.h"
#include "script/manifest.h"

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

base_code script_package_open(const char *directory, const script_limits *limits,
                              script_package **package, base_error *error) {
  base_arena *arena = base_arena_new();
  script_package *made = BASE_NEW(arena, script_package);
  made->arena = arena;
  made->limits = *limits;
  made->functions = BASE_NEW(arena, script_function);
  made->account = BASE_NEW(arena, script_account);
  script_pool_init(&made->pool);
  base_code code = read_name(made, directory, error);
  if (code == BASE_OK) {
    code = script_source_read(directory, made->name, arena, &made->sources, error);
  }
  if (code != BASE_OK) {
    script_package_free(made);
    return code;
  }
  made->door = (api_package){.name = made->name,
                             .source = base_arena_text(arena, base_slice_text(directory)),
                             .start = start,
                             .account = read_account,
                             .free = free_door,
                             .self = made};
  *package = made;
  return BASE_OK;
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

base_code script_package_load(const char *directory, const script_limits *limits,
                              api_package **package, base_error *error) {
  script_package *made = NULL;
  script_state *state = NULL;
  BASE_TRY(script_package_open(directory, limits, &made, error));
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
