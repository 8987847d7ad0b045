/* directory: see directory.h. */
#include "server/directory.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_DIRECTORIES 16

static base_code refuse(const char *path, base_error *error) {
  return base_error_set(error, BASE_UNAVAILABLE, NULL, "目录 %s 用不了：%s",
                        "the directory %s cannot be used: %s", path, strerror(errno));
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status;
  (void)kind;
  (void)place;
  return remove(path);
}

base_code server_directory_delete(const char *path, base_error *error) {
  if (nftw(path, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS) == 0) return BASE_OK;
  return errno == ENOENT ? BASE_OK : refuse(path, error);
}

base_code server_directory_empty(const char *path, base_error *error) {
  BASE_TRY(server_directory_delete(path, error));
  return mkdir(path, 0700) == 0 ? BASE_OK : refuse(path, error);
}

base_code server_directory_temporary(char path[256], base_error *error) {
  const char *parent = getenv("TMPDIR");
  if (parent == NULL || parent[0] == '\0') parent = "/tmp";
  int size = snprintf(path, 256, "%s/haoke-XXXXXX", parent);
  if (size < 0 || size >= 256) {
    errno = ENAMETOOLONG;
    return refuse(parent, error);
  }
  return mkdtemp(path) != NULL ? BASE_OK : refuse(path, error);
}
