/* source: reading a folder. See source.h. */
#include "script/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/data.h"

typedef struct reader {
  const char *directory;
  const char *package;
  base_arena *arena;
  script_sources *sources;
  base_error *error;
} reader;

static base_code unreadable(const reader *from, const char *path) {
  return base_error_set(from->error, BASE_UNAVAILABLE, NULL, "无法读取 %s：%s",
                        "cannot read %s: %s", path, strerror(errno));
}

static base_code read_bytes(const reader *from, const char *path, FILE *file, base_buffer *out) {
  size_t got = 0;
  do {
    got = fread(base_buffer_reserve(out, 65536), 1, 65536, file);
    out->size += got;
  } while (got > 0 && out->size <= SCRIPT_SOURCE_BYTES);
  if (ferror(file)) return unreadable(from, path);
  if (out->size <= SCRIPT_SOURCE_BYTES) return BASE_OK;
  return base_error_set(from->error, BASE_VALIDATION_FAILED, NULL,
                        "%s 超过 %u 字节：请拆成几个文件", "%s is larger than %u bytes: split it",
                        path, SCRIPT_SOURCE_BYTES);
}

static base_code read_file(const reader *from, const char *path, base_slice *text) {
  FILE *file = fopen(path, "rbe");
  if (file == NULL) return unreadable(from, path);
  base_buffer bytes = {0};
  base_code code = read_bytes(from, path, file, &bytes);
  if (code == BASE_OK) *text = base_arena_slice(from->arena, base_buffer_slice(&bytes));
  base_buffer_fini(&bytes);
  (void)fclose(file);
  return code;
}

static base_code add_file(reader *from, const char *folder, const char *file) {
  script_sources *sources = from->sources;
  if (sources->count == SCRIPT_SOURCE_FILES) {
    return base_error_set(from->error, BASE_VALIDATION_FAILED, NULL, "脚本包 %s 的文件超过 %d 个",
                          "package %s has more than %d files", from->package, SCRIPT_SOURCE_FILES);
  }
  script_source *made = &sources->all[sources->count];
  size_t stem = strlen(file) - strlen(".lua");
  made->name = base_arena_format(from->arena, "%s%.*s", folder, (int)stem, file);
  made->chunk = base_arena_format(from->arena, "@%s/%s%s", from->package, folder, file);
  const char *path = base_arena_format(from->arena, "%s/%s%s", from->directory, folder, file);
  BASE_TRY(read_file(from, path, &made->text));
  sources->count++;
  return BASE_OK;
}

static int is_lua(const struct dirent *entry) {
  size_t size = strlen(entry->d_name);
  return entry->d_name[0] != '.' && size > 4 && strcmp(entry->d_name + size - 4, ".lua") == 0;
}

/* `folder` is "" or ends with a slash; one that is not there has no files. */
static base_code read_folder(reader *from, const char *folder) {
  struct dirent **entries = NULL;
  const char *path = base_arena_format(from->arena, "%s/%s", from->directory, folder);
  int count = scandir(path, &entries, is_lua, alphasort);
  if (count < 0) return folder[0] != '\0' && errno == ENOENT ? BASE_OK : unreadable(from, path);
  base_code code = BASE_OK;
  for (int i = 0; i < count; i++) {
    if (code == BASE_OK) code = add_file(from, folder, entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  return code;
}

const script_source *script_source_find(const script_sources *sources, const char *name) {
  for (size_t i = 0; i < sources->count; i++) {
    if (strcmp(sources->all[i].name, name) == 0) return &sources->all[i];
  }
  return NULL;
}

/* --- bundles ------------------------------------------------------------------------------------- */

base_code script_source_unpack(base_slice bundle, const char *package, base_arena *arena,
                               script_sources *sources, base_error *error) {
  size_t count = data_peek(bundle).type == DATA_MAP ? data_peek(bundle).as.count : 0;
  *sources = (script_sources){.all = BASE_NEW_ARRAY(arena, script_source, count + 1)};
  data_walk walk = data_walk_begin(bundle);
  while (count > 0 && data_walk_next(&walk)) {
    const char *name = base_arena_text(arena, walk.key.as.bytes);
    sources->all[sources->count++] =
        (script_source){.name = name,
                        .chunk = base_arena_format(arena, "@%s/%s.lua", package, name),
                        .text = walk.value.as.bytes};
  }
  if (script_source_find(sources, "init") != NULL) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, NULL, "脚本包 %s 的文件里没有 init.lua",
                        "the files of package %s have no init.lua", package);
}

void script_source_pack(const script_sources *sources, base_buffer *bundle) {
  data_append_map(bundle, sources->count);
  for (size_t i = 0; i < sources->count; i++) {
    data_append_text(bundle, sources->all[i].name);
    data_append_slice(bundle, sources->all[i].text);
  }
}

base_code script_source_read(const char *directory, const char *package, base_arena *arena,
                             script_sources *sources, base_error *error) {
  reader from = {.directory = directory,
                 .package = package,
                 .arena = arena,
                 .sources = sources,
                 .error = error};
  *sources = (script_sources){.all = BASE_NEW_ARRAY(arena, script_source, SCRIPT_SOURCE_FILES)};
  BASE_TRY(read_folder(&from, ""));
  BASE_TRY(read_folder(&from, "i18n/"));
  if (script_source_find(sources, "init") != NULL) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                        "%s 里没有 init.lua：它要用 return crm.package{…} 描述脚本包",
                        "there is no init.lua in %s: it describes the package with "
                        "return crm.package{…}",
                        directory);
}
