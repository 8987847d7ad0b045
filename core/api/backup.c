/* backup: see backup.h.
 *
 * Memory:  paths are made on the stack.  Threads: as the header says.  Fails: as the header says. */
#include "api/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/execution.h"
#include "base/failpoint.h"

#define UNFINISHED ".part"

static base_code refuse(const api_backup *self, int status, base_error *error) {
  char text[128];
  return base_error_set(error, BASE_INVALID_ARGUMENT, "path",
                        "无法写入备份 %s：%s；请检查路径、权限和磁盘空间",
                        "cannot write the backup %s: %s; check path, permissions and free space",
                        self->path, strerror_r(status, text, sizeof text));
}

static base_code refuse_taken(const api_backup *self, base_error *error) {
  return base_error_set(
      error, BASE_INVALID_ARGUMENT, "path", "%s 已经存在；备份不覆盖任何东西，请换一个路径",
      "%s exists already; a backup writes over nothing, name another path", self->path);
}

/* The store says STORAGE_FULL of the target's disk, which is not the server's. */
static base_code explain(const api_backup *self, base_code code, base_error *error) {
  return code == BASE_STORAGE_FULL ? refuse(self, ENOSPC, error) : code;
}

static void unfinished_path(const api_backup *self, char path[PATH_MAX]) {
  (void)snprintf(path, PATH_MAX, "%s" UNFINISHED, self->path);
}

/* --- files ------------------------------------------------------------------------------------- */

/* Calls visit for each name in the folder, which is closed. */
static void each_name(int folder, void (*visit)(int folder, const char *name, void *self),
                      void *self) {
  DIR *names = folder < 0 ? NULL : fdopendir(folder);
  if (names == NULL) return;
  for (const struct dirent *name = readdir(names); name != NULL; name = readdir(names)) {
    if (name->d_name[0] != '.') visit(folder, name->d_name, self);
  }
  (void)closedir(names);
}

static int open_folder(const char *path, const char *name) {
  char whole[PATH_MAX];
  int size = snprintf(whole, sizeof whole, "%s/%s", path, name);
  if (size < 0 || (size_t)size >= sizeof whole) return -1;
  return open(whole, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void count_bytes(int folder, const char *name, void *self) {
  struct stat state;
  int64_t *bytes = self;
  if (fstatat(folder, name, &state, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(state.st_mode)) {
    *bytes += (int64_t)state.st_size;
  }
}

static void remove_segment(int folder, const char *name, void *self) {
  const char *ending = strrchr(name, '.');
  (void)self;
  if (ending != NULL && strcmp(ending, ".log") == 0) (void)unlinkat(folder, name, 0);
}

static void remove_file(int folder, const char *name, void *self) {
  (void)self;
  bool hash =
      strspn(name, "0123456789abcdef") == STORE_FILE_NAME - 1 && name[STORE_FILE_NAME - 1] == '\0';
  if (hash) (void)unlinkat(folder, name, 0);
}

/* What a copy consists of, and nothing that somebody else may have put there. */
static void remove_unfinished(const api_backup *self) {
  static const char *const names[] = {"data.mdb", "data.new", "undo", "lock.mdb", "lock"};
  char path[PATH_MAX];
  unfinished_path(self, path);
  each_name(open_folder(path, "journal"), remove_segment, NULL);
  each_name(open_folder(path, "files"), remove_file, NULL);
  int folder = open_folder(path, ".");
  if (folder < 0) return;
  (void)unlinkat(folder, "journal", AT_REMOVEDIR);
  (void)unlinkat(folder, "files", AT_REMOVEDIR);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) (void)unlinkat(folder, names[i], 0);
  (void)close(folder);
  (void)rmdir(path);
}

/* Makes the name durable. */
static base_code sync_name(const api_backup *self, base_error *error) {
  char path[PATH_MAX];
  (void)snprintf(path, sizeof path, "%s/..", self->path);
  int parent = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int status = parent < 0 || fsync(parent) != 0 ? errno : 0;
  if (parent >= 0) (void)close(parent);
  return status == 0 ? BASE_OK : refuse(self, status, error);
}

/* --- steps ------------------------------------------------------------------------------------- */

base_code api_backup_copy(api_backup *self, store *from, base_error *error) {
  char path[PATH_MAX];
  struct stat state;
  if (strlen(self->path) + sizeof UNFINISHED > PATH_MAX - 32) {
    return refuse(self, ENAMETOOLONG, error);
  }
  if (lstat(self->path, &state) == 0) return refuse_taken(self, error);
  remove_unfinished(self);
  unfinished_path(self, path);
  return explain(self, store_fork(from, path, STORE_FORK_COPY, error), error);
}

base_code api_backup_verify(api_backup *self, base_error *error) {
  char path[PATH_MAX];
  unfinished_path(self, path);
  (void)base_failpoint("api.backup.before_verify");
  api_verification verification = {
      .directory = path, .progress = self->progress, .self = self->self};
  base_code code = api_verification_run(&verification, error);
  self->info = verification.store;
  self->records = verification.records.records;
  if (code != BASE_OK) remove_unfinished(self);
  return explain(self, code, error);
}

base_code api_backup_name(api_backup *self, base_error *error) {
  char path[PATH_MAX];
  struct stat state;
  unfinished_path(self, path);
  (void)base_failpoint("api.backup.before_name");
  bool unfinished = lstat(path, &state) == 0;
  if (unfinished && renameat2(AT_FDCWD, path, AT_FDCWD, self->path, RENAME_NOREPLACE) != 0) {
    base_code code = errno == EEXIST ? refuse_taken(self, error) : refuse(self, errno, error);
    remove_unfinished(self);
    return code;
  }
  if (lstat(self->path, &state) != 0) return refuse(self, errno, error);
  self->bytes = 0;
  each_name(open_folder(self->path, "."), count_bytes, &self->bytes);
  each_name(open_folder(self->path, "journal"), count_bytes, &self->bytes);
  each_name(open_folder(self->path, "files"), count_bytes, &self->bytes);
  return sync_name(self, error);
}

static void append_figures(const api_backup *self, base_buffer *out) {
  data_append_pair_integer(out, "sequence", (int64_t)self->info.sequence);
  data_append_pair_integer(out, "epoch", (int64_t)self->info.epoch);
  data_append_pair_integer(out, "at", self->info.at);
  data_append_pair_integer(out, "records", self->records);
}

void api_backup_append(const api_backup *self, base_buffer *out) {
  data_append_map(out, 6);
  data_append_pair_text(out, "path", self->path);
  append_figures(self, out);
  data_append_pair_integer(out, "bytes", self->bytes);
}

/* --- the job ----------------------------------------------------------------------------------- */

/* Steps of the job; `step` of its work names the one that is next. */
#define STEPS 3

static base_code save(const api_job *job, const api_backup *backup, const char *step,
                      int64_t done) {
  base_buffer work = {0};
  data_append_map(&work, 5);
  data_append_pair_text(&work, "step", step);
  append_figures(backup, &work);
  base_slice saved = base_arena_slice(job->arena, base_buffer_slice(&work));
  base_buffer_fini(&work);
  return api_job_save(job, saved, done, STEPS);
}

/* A job that was cancelled meanwhile takes its copy with it. */
static base_code end_step(const api_backup *backup, base_code code) {
  if (code == BASE_TRANSITION_DENIED || code == BASE_NOT_FOUND) remove_unfinished(backup);
  return code;
}

static base_code step(const api_job *job, bool *done, base_buffer *result) {
  base_slice next = data_map_text(job->work, "step");
  api_backup backup = {.path = base_arena_text(job->arena, data_map_text(job->params, "path")),
                       .info = {.sequence = (uint64_t)data_map_integer(job->work, "sequence", 0),
                                .epoch = (uint64_t)data_map_integer(job->work, "epoch", 0),
                                .at = data_map_integer(job->work, "at", 0)},
                       .records = data_map_integer(job->work, "records", 0)};
  *done = false;
  if (next.size == 0) {
    BASE_TRY(api_backup_copy(&backup, api_engine_store(job->engine), job->error));
    return end_step(&backup, save(job, &backup, "verify", 1));
  }
  if (base_slice_is(next, "verify")) {
    BASE_TRY(api_backup_verify(&backup, job->error));
    return end_step(&backup, save(job, &backup, "name", 2));
  }
  BASE_TRY(api_backup_name(&backup, job->error));
  api_backup_append(&backup, result);
  *done = true;
  return BASE_OK;
}

/* A copy has the job that made it, under way: after a restore it would begin again by itself. */
static base_code restart(crm_ctx *ctx, int64_t id) {
  base_slice record;
  data_value params;
  BASE_TRY(api_job_get(ctx, id, false, &record));
  (void)data_map_find(record, "params", &params);
  store_info info = store_info_get(api_engine_store(api_execution_of(ctx)->engine));
  if (data_map_integer(params.raw, "epoch", 0) == (int64_t)info.epoch) return BASE_OK;
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL,
                        "备份 %lld 是恢复之前开始的，不再继续；需要时请重新备份",
                        "backup %lld began before the restore and does not go on; start it again "
                        "when it is wanted",
                        (long long)id);
}

const api_job_kind api_jobs_backup[] = {
    {.name = "backup", .doc = "A verified copy of everything.", .step = step, .restart = restart},
    {.name = NULL}};
