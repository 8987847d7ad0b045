/* package_fuzz: any bytes as a package's files, an init.lua and behind a NUL its Chinese texts. It is
 * refused with a text, within its budget, or it is a package that can be taken into a registry or is
 * refused there; and what is kept of it loads again. */
#include "fuzz.h"

#include "script/script.h"

static const script_limits budget = {.milliseconds = 2000,
                                     .memory = (size_t)8 << 20,
                                     .allocation = (size_t)1 << 20,
                                     .instructions = 100000};

static base_slice bundle_of(const uint8_t *data, size_t size, base_arena *arena) {
  base_buffer out = {0};
  const uint8_t *end = memchr(data, '\0', size);
  size_t init = end == NULL ? size : (size_t)(end - data);
  data_append_map(&out, end == NULL ? 1 : 2);
  data_append_text(&out, "init");
  data_append_slice(&out, base_slice_make(data, init));
  if (end != NULL) {
    data_append_text(&out, "i18n/zh-CN");
    data_append_slice(&out, base_slice_make(end + 1, size - init - 1));
  }
  base_slice bundle = base_arena_slice(arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return bundle;
}

/* Takes the package over. */
static void take(api_package *package) {
  api_registry *registry = NULL;
  base_error error = {.language = BASE_EN};
  api_package *packages[] = {api_core_package(), package};
  if (api_registry_new(packages, 2, (base_slice){0}, &registry, &error) == BASE_OK) {
    api_registry_release(registry);
  } else {
    fuzz_require(error.message[0] != '\0', "a registry refuses without a word");
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  base_error error = {.language = BASE_EN};
  api_package *first = NULL;
  api_package *second = NULL;
  if (size == 0) return 0;
  base_log_set_level(BASE_LOG_ERROR);
  base_arena *arena = base_arena_new();
  base_slice bundle = bundle_of(data, size, arena);
  base_code code = script_package_reopen("probe", bundle, &budget, &first, &error);
  fuzz_require(code == BASE_OK || error.message[0] != '\0', "refused without a word");
  if (code == BASE_OK) {
    code = script_package_reopen(first->name, first->bundle, &budget, &second, &error);
    fuzz_require(code == BASE_OK, error.message);
    fuzz_require(strcmp(first->name, second->name) == 0, "it comes back with another name");
    second->free(second);
    take(first);
  }
  base_arena_free(arena);
  return 0;
}
