/* package_new: see package_new.h. The template is itself a package of the name “template”, so that its
 * tests can be run where it stands. */
#include "server/package_new.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "server/directory.h"

#define NAME_MAX_BYTES 40

extern const unsigned char server_template_init[];
extern const unsigned char server_template_test[];
extern const unsigned char server_template_readme[];
extern const unsigned char server_template_zh[];
extern const unsigned char server_template_en[];

typedef struct template_file {
  const char *path;
  const unsigned char *text;
} template_file;

static const template_file files[] = {{"init.lua", server_template_init},
                                      {"test.lua", server_template_test},
                                      {"README.md", server_template_readme},
                                      {"i18n/zh-CN.lua", server_template_zh},
                                      {"i18n/en.lua", server_template_en}};

/* --- writing --------------------------------------------------------------------------------------- */

static base_code refuse(const char *path, base_error *error) {
  return base_error_set(error, BASE_UNAVAILABLE, NULL, "写不了 %s：%s", "cannot write %s: %s", path,
                        strerror(errno));
}

static void append_named(const char *text, const char *word, base_buffer *out) {
  static const char placeholder[] = "template";
  for (const char *found = text; word != NULL && found != NULL;) {
    found = strstr(text, placeholder);
    if (found == NULL) break;
    base_buffer_append(out, text, (size_t)(found - text));
    base_buffer_text(out, word);
    text = found + strlen(placeholder);
  }
  base_buffer_text(out, text);
}

base_code server_package_write(const char *path, const unsigned char *text, const char *word,
                               base_error *error) {
  base_buffer bytes = {0};
  append_named((const char *)text, word, &bytes);
  FILE *file = fopen(path, "wbe");
  bool good = file != NULL && fwrite(bytes.data, 1, bytes.size, file) == bytes.size;
  if (file != NULL && fclose(file) != 0) good = false;
  base_buffer_fini(&bytes);
  return good ? BASE_OK : refuse(path, error);
}

base_code server_package_folder(const char *path, bool existing, base_error *error) {
  if (mkdir(path, 0777) == 0 || (existing && errno == EEXIST)) return BASE_OK;
  return refuse(path, error);
}

/* --- the package ----------------------------------------------------------------------------------- */

static base_code check_name(const char *name, base_error *error) {
  size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
  bool good = size > 0 && size <= NAME_MAX_BYTES && name[size] == '\0' && name[0] >= 'a';
  if (!good) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, "name",
                          "“%s”不能做包名：以小写字母开头，只用小写字母、数字和 _，最多 %d 个",
                          "“%s” cannot be a package's name: a small letter first, then small "
                          "letters, digits and _, at most %d",
                          name, NAME_MAX_BYTES);
  }
  if (strcmp(name, "core") != 0 && strcmp(name, "types") != 0) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, "name", "“%s”是好客自己的名字，请换一个",
                        "“%s” is a name of Haoke's own; choose another", name);
}

static base_code check_place(const char *directory, const char *path, base_error *error) {
  struct stat status;
  if (stat(directory, &status) != 0 || !S_ISDIR(status.st_mode)) {
    return base_error_set(error, BASE_NOT_FOUND, NULL,
                          "没有目录 %s：先建好它，或用 --dir 指定放脚本包的目录",
                          "there is no directory %s: make it, or name the folder of packages with "
                          "--dir",
                          directory);
  }
  if (lstat(path, &status) != 0) return BASE_OK;
  return base_error_set(error, BASE_DUPLICATE, NULL, "%s 已经存在，没有改动它",
                        "%s is there already; nothing was changed", path);
}

static base_code write_all(const char *path, const char *name, base_arena *arena,
                           base_error *error) {
  BASE_TRY(server_package_folder(path, false, error));
  BASE_TRY(server_package_folder(base_arena_format(arena, "%s/i18n", path), false, error));
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    const char *file = base_arena_format(arena, "%s/%s", path, files[i].path);
    BASE_TRY(server_package_write(file, files[i].text, name, error));
  }
  return BASE_OK;
}

base_code server_package_new(const char *directory, const char *name, base_error *error) {
  BASE_TRY(check_name(name, error));
  base_arena *arena = base_arena_new();
  const char *path = base_arena_format(arena, "%s/%s", directory, name);
  base_code code = check_place(directory, path, error);
  if (code == BASE_OK) {
    code = write_all(path, name, arena, error);
    base_error ignored = *error;
    if (code != BASE_OK) (void)server_directory_delete(path, &ignored);
  }
  base_arena_free(arena);
  return code;
}
