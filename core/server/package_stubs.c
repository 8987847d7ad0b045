/* package_stubs: loads the packages as a server would, without a store. See package_stubs.h. */
#include "server/package_stubs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/directory.h"
#include "server/instance.h"
#include "server/package_new.h"

extern const unsigned char server_luacheckrc[];
extern const unsigned char server_luarc[];

/* --- what the registry has ------------------------------------------------------------------------- */

/* Folders with an init.lua, comma between. */
static const char *find_packages(const char *directory, base_arena *arena) {
  struct dirent **entries = NULL;
  const char *names = "";
  int count = scandir(directory, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    const char *name = entries[i]->d_name;
    bool found = name[0] != '.' &&
                 access(base_arena_format(arena, "%s/%s/init.lua", directory, name), F_OK) == 0;
    if (found) names = base_arena_format(arena, "%s%s%s", names, names[0] == '\0' ? "" : ",", name);
    free(entries[i]);
  }
  free(entries);
  return names;
}

static base_code append_stubs(const server_package_stubs_options *options, base_arena *arena,
                              base_buffer *out, base_error *error) {
  server_configuration configuration;
  char copies[256];
  BASE_TRY(server_configuration_load(options->config, arena, &configuration, error));
  BASE_TRY(server_directory_temporary(copies, error));
  server_instance instance = {.configuration = &configuration,
                              .arena = arena,
                              .data = copies,
                              .packages = options->directory,
                              .plugins = options->plugins};
  const char *enable = options->enable;
  if (enable == NULL) enable = find_packages(options->directory, arena);
  base_code code = server_instance_load(&instance, enable, error);
  if (code == BASE_OK) script_stubs_append(instance.registry, out);
  base_error ignored = *error;
  server_instance_stop(&instance);
  (void)server_directory_delete(copies, &ignored);
  return code;
}

/* --- files ----------------------------------------------------------------------------------------- */

static bool is_same(const char *path, const base_buffer *text) {
  base_buffer bytes = {0};
  FILE *file = fopen(path, "rbe");
  size_t got = 0;
  do {
    got = file == NULL ? 0 : fread(base_buffer_reserve(&bytes, 65536), 1, 65536, file);
    bytes.size += got;
  } while (got > 0);
  if (file != NULL) (void)fclose(file);
  bool same = file != NULL && base_slice_equal(base_buffer_slice(&bytes), base_buffer_slice(text));
  base_buffer_fini(&bytes);
  return same;
}

static base_code check(const char *directory, const char *path, const base_buffer *text,
                       base_error *error) {
  if (is_same(path, text)) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                        "%s 与现有的类型和操作不符：运行 haoke package stubs --dir %s",
                        "%s is not what types and ops are now: run haoke package stubs --dir %s",
                        path, directory);
}

/* Whether the folder or one above it has the file, as the tools look for it. */
static bool is_found_above(const char *directory, const char *name, base_arena *arena) {
  char *full = realpath(directory, NULL);
  char *at = base_arena_text(arena, base_slice_text(full));
  bool found = false;
  free(full);
  while (!found) {
    found = access(base_arena_format(arena, "%s/%s", at, name), F_OK) == 0;
    char *slash = strrchr(at, '/');
    if (slash == NULL) break;
    *slash = '\0';
  }
  return found;
}

static base_code write_settings(const char *directory, const char *name, const unsigned char *text,
                                base_arena *arena, base_error *error) {
  if (is_found_above(directory, name, arena)) return BASE_OK;
  return server_package_write(base_arena_format(arena, "%s/%s", directory, name), text, NULL,
                              error);
}

static base_code write_all(const char *directory, const char *path, base_buffer *text,
                           base_arena *arena, base_error *error) {
  base_buffer_byte(text, '\0');
  BASE_TRY(server_package_folder(base_arena_format(arena, "%s/types", directory), true, error));
  BASE_TRY(server_package_write(path, text->data, NULL, error));
  BASE_TRY(write_settings(directory, ".luarc.json", server_luarc, arena, error));
  return write_settings(directory, ".luacheckrc", server_luacheckrc, arena, error);
}

base_code server_package_stubs(const server_package_stubs_options *options, base_error *error) {
  base_arena *arena = base_arena_new();
  base_buffer text = {0};
  const char *path = base_arena_format(arena, "%s/types/crm.lua", options->directory);
  base_code code = append_stubs(options, arena, &text, error);
  if (code == BASE_OK && options->check) {
    code = check(options->directory, path, &text, error);
  } else if (code == BASE_OK) {
    code = write_all(options->directory, path, &text, arena, error);
  }
  base_buffer_fini(&text);
  base_arena_free(arena);
  return code;
}
