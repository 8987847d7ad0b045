/* root: everything that lies beside a store is checked like it. See check.h.
 * Memory:  what is told.  Threads: one.  Fails: the first finding, with the name of what has it. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "data/data.h"
#include "store/store.h"

typedef struct looking {
  const char *root;
  base_buffer *told;
  size_t count;
} looking;

static base_code check_one(looking *self, const char *name, base_error *error) {
  char path[PATH_MAX];
  base_buffer held = {0};
  base_error found = {.language = BASE_EN};
  (void)snprintf(path, sizeof path, "%s/%s", self->root, name);
  base_code code = check_store(path, &held, &found);
  if (code == BASE_OK) {
    data_append_text(self->told, name);
    data_append_binary(self->told, base_buffer_slice(&held));
    self->count++;
  } else {
    (void)base_error_set(error, code, NULL, "%s：%s", "%s: %s", name, found.message);
  }
  base_buffer_fini(&held);
  return code;
}

static bool is_backup(const char *name) {
  const char *ending = strrchr(name, '.');
  return strncmp(name, "backup-", 7) == 0 && (ending == NULL || strcmp(ending, ".part") != 0);
}

static base_code check_backups(looking *self, base_error *error) {
  base_code code = BASE_OK;
  DIR *names = opendir(self->root);
  if (names == NULL) return base_error_set(error, BASE_INTERNAL, NULL, "%s", "%s", strerror(errno));
  for (struct dirent *at = readdir(names); at != NULL && code == BASE_OK; at = readdir(names)) {
    if (is_backup(at->d_name)) code = check_one(self, at->d_name, error);
  }
  (void)closedir(names);
  return code;
}

/* Whether the store's first file of the journal is gone. */
static bool is_retired(const char *path) {
  struct stat state;
  char first[PATH_MAX], journal[PATH_MAX];
  (void)snprintf(journal, sizeof journal, "%.4000s/data/journal", path);
  (void)snprintf(first, sizeof first, "%.4000s/0000000001.log", journal);
  return stat(journal, &state) == 0 && stat(first, &state) != 0;
}

static base_code check_whole(looking *self, base_error *error) {
  store_info info;
  char from[PATH_MAX], archive[PATH_MAX], to[PATH_MAX];
  (void)snprintf(from, sizeof from, "%s/data", self->root);
  (void)snprintf(archive, sizeof archive, "%s/archive", self->root);
  (void)snprintf(to, sizeof to, "%s/whole", self->root);
  const char *journals[] = {archive, NULL};
  store_restore_options options = {
      .from = from, .journals = journals, .to = to, .until = {.at = INT64_MAX}};
  BASE_TRY(store_restore(&options, &info, error));
  return check_one(self, "whole", error);
}

base_code check_root(const char *root, base_buffer *told, base_error *error) {
  struct stat state;
  char archive[PATH_MAX];
  looking self = {.root = root, .told = told};
  size_t place = data_append_open_map(told);
  BASE_TRY(check_one(&self, "data", error));
  BASE_TRY(check_backups(&self, error));
  (void)snprintf(archive, sizeof archive, "%s/archive", root);
  if (stat(archive, &state) == 0 && is_retired(root)) BASE_TRY(check_whole(&self, error));
  data_append_close(told, place, self.count);
  return BASE_OK;
}
