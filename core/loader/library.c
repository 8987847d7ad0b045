/* library: copied, opened, its entry looked up. See library.h.
 *
 * Memory:  paths in the caller's arena.  Threads: any.  Fails: see the header. */
#include "loader/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/whole.h"

#define COPY_CHUNK 65536
#define FILE_MAX (INT64_C(256) << 20)
#define STEM_MAX 64

typedef const crm_plugin *(*entry_function)(void);

static base_code fail_system(const char *path, int reason, base_error *error) {
  base_code code = reason == ENOENT                       ? BASE_NOT_FOUND
                   : reason == ENOSPC || reason == EDQUOT ? BASE_STORAGE_FULL
                                                          : BASE_VALIDATION_FAILED;
  return base_error_set(error, code, NULL, "插件 %s：%s", "plugin %s: %s", path, strerror(reason));
}

/* --- the private directory --------------------------------------------------------------------- */

/* Whoever can write there can run code in this process. */
static base_code check_private(const char *directory, base_error *error) {
  struct stat found;
  if (mkdir(directory, 0700) != 0 && errno != EEXIST) return fail_system(directory, errno, error);
  if (lstat(directory, &found) != 0) return fail_system(directory, errno, error);
  if (S_ISDIR(found.st_mode) && found.st_uid == geteuid() && (found.st_mode & 077) == 0) {
    return BASE_OK;
  }
  return base_error_set(
      error, BASE_VALIDATION_FAILED, NULL,
      "插件副本的目录 %s 必须是只属于本用户的目录：请执行 chmod 700，或换一个目录",
      "the directory of plugin copies, %s, must be a directory that belongs to "
      "this user alone: chmod 700 it, or choose another",
      directory);
}

/* The file's name without directory and ".so", so that a debugger shows which plugin a copy is. */
static const char *copy_template(const char *path, const char *directory, base_arena *arena) {
  static _Atomic unsigned copies;
  const char *slash = strrchr(path, '/');
  const char *stem = slash == NULL ? path : slash + 1;
  size_t size = strlen(stem);
  if (size > 3 && strcmp(stem + size - 3, ".so") == 0) size -= 3;
  if (size > STEM_MAX) size = STEM_MAX;
  unsigned number = atomic_fetch_add(&copies, 1);
  return base_arena_format(arena, "%s/%.*s.%u.XXXXXX.so", directory, (int)size, stem, number);
}

/* --- where it comes from ------------------------------------------------------------------------ */

/* Whoever can write the file, or put another in its place, decides what this process does. Where a
 * directory is sticky, only a file's owner can. */
static bool others_write(const struct stat *found, bool directory) {
  bool ours = found->st_uid == geteuid() || found->st_uid == 0;
  bool sticky = directory && (found->st_mode & S_ISVTX) != 0;
  return !ours || ((found->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky);
}

static base_code refuse_place(const char *place, const struct stat *found, base_error *error) {
  return base_error_set(
      error, BASE_PERMISSION_DENIED, NULL,
      "%s 属于用户 %u、权限为 %04o，别人可以改写，所以不加载其中的插件：请 chown "
      "给运行服务器的用户或 root，并执行 chmod go-w",
      "others can write %s (owner %u, mode %04o), so no plugin is loaded from there: chown it to "
      "the server's user or to root, and chmod go-w it",
      place, (unsigned)found->st_uid, (unsigned)found->st_mode & 07777);
}

static base_code check_directory(const char *path, base_arena *arena, base_error *error) {
  const char *slash = strrchr(path, '/');
  const char *directory = ".";
  struct stat found;
  if (slash != NULL) directory = base_arena_format(arena, "%.*s/", (int)(slash - path), path);
  if (stat(directory, &found) != 0) return BASE_OK; /* opening the file says what is wrong */
  return others_write(&found, true) ? refuse_place(directory, &found, error) : BASE_OK;
}

/* --- copying ----------------------------------------------------------------------------------- */

static base_code check_source(const char *path, int from, base_error *error) {
  struct stat found;
  char magic[4] = {0};
  if (fstat(from, &found) != 0) return fail_system(path, errno, error);
  if (others_write(&found, false)) return refuse_place(path, &found, error);
  bool elf = S_ISREG(found.st_mode) && pread(from, magic, sizeof magic, 0) == sizeof magic &&
             memcmp(magic, "\177ELF", sizeof magic) == 0;
  if (!elf) {
    return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                          "%s 不是共享库：请给出用 crm/plugin.h 编译的 .so 文件",
                          "%s is not a shared object: name the .so file that was built with "
                          "crm/plugin.h",
                          path);
  }
  if (found.st_size <= FILE_MAX) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, NULL, "插件 %s 超过 %lld 字节",
                        "plugin %s has more than %lld bytes", path, (long long)FILE_MAX);
}

static bool write_all(int to, const uint8_t *data, size_t size) {
  while (size > 0) {
    ssize_t written = write(to, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    data += written;
    size -= (size_t)written;
  }
  return true;
}

/* The file may grow while it is read; what is copied stays bounded. */
static int copy_bytes(int from, int to) {
  uint8_t chunk[COPY_CHUNK];
  for (int64_t copied = 0; copied <= FILE_MAX;) {
    ssize_t got = read(from, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    if (!write_all(to, chunk, (size_t)got)) return errno;
    copied += got;
  }
  return EFBIG;
}

static base_code copy_open(int from, const char *path, char *copy, base_error *error) {
  BASE_TRY(check_source(path, from, error));
  int to = mkostemps(copy, (int)strlen(".so"), O_CLOEXEC);
  if (to < 0) return fail_system(copy, errno, error);
  int reason = copy_bytes(from, to);
  if (close(to) != 0 && reason == 0) reason = errno;
  if (reason == 0) return BASE_OK;
  (void)unlink(copy);
  return fail_system(path, reason, error);
}

static base_code copy_file(const char *path, char *copy, base_error *error) {
  int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe by that name must not wait */
  if (from < 0) return fail_system(path, errno, error);
  base_code code = copy_open(from, path, copy, error);
  (void)close(from);
  return code;
}

/* --- opening ----------------------------------------------------------------------------------- */

static base_code fail_entry(const char *path, base_error *error) {
  return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                        "%s 没有导出 crm_plugin_entry，不是插件：请包含 crm/plugin.h 并定义该函数",
                        "%s does not export crm_plugin_entry, so it is no plugin: include "
                        "crm/plugin.h and define that function",
                        path);
}

static base_code fail_part(const char *path, base_error *error) {
  return base_error_set(
      error, BASE_VALIDATION_FAILED, NULL,
      "%s 不完整，或不是为这台机器编译的：请把文件整个复制过来（先用别的名字，再改名）",
      "%s is cut off, or was built for another machine: copy the whole file, under "
      "another name first, then rename it",
      path);
}

static base_code open_copy(loader_library *library, base_error *error) {
  if (!loader_whole(library->copy)) return fail_part(library->path, error);
  void *handle = dlopen(library->copy, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == NULL) {
    const char *reason = dlerror();
    return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                          "无法打开插件 %s：%s。请为这台机器编译，并链接它用到的库",
                          "cannot open plugin %s: %s. Build it for this machine and link the "
                          "libraries it uses",
                          library->path, reason == NULL ? "dlopen" : reason);
  }
  entry_function entry = NULL;
  void *symbol = dlsym(handle, "crm_plugin_entry");
  if (symbol == NULL) return fail_entry(library->path, error);
  memcpy(&entry, &symbol, sizeof entry); /* C has no cast from objects to functions */
  library->entry = entry();
  return library->entry == NULL ? fail_entry(library->path, error) : BASE_OK;
}

base_code loader_library_open(const char *path, const char *private_directory, base_arena *arena,
                              loader_library *library, base_error *error) {
  BASE_TRY(check_private(private_directory, error));
  BASE_TRY(check_directory(path, arena, error));
  const char *template = copy_template(path, private_directory, arena);
  char *copy = base_arena_text(arena, base_slice_text(template));
  BASE_TRY(copy_file(path, copy, error));
  *library = (loader_library){.path = base_arena_text(arena, base_slice_text(path)), .copy = copy};
  base_code code = open_copy(library, error);
  if (code != BASE_OK) loader_library_forget(library);
  return code;
}

void loader_library_forget(const loader_library *library) {
  (void)unlink(library->copy);
}
