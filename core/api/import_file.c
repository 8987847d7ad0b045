/* import_file: see import_file.h. */
#include "api/import_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/engine_state.h"
#include "api/path.h"

#define CHUNK_BYTES 65536

static base_code refuse_path(const api_job *job, const char *path, int reason) {
  char text[128];
  return base_error_set(job->error, reason == ENOENT ? BASE_NOT_FOUND : BASE_INVALID_ARGUMENT,
                        "path", "读不到 %s：%s", "cannot read %s: %s", path,
                        strerror_r(reason, text, sizeof text));
}

static base_code refuse_outside(const api_job *job, const char *path) {
  return base_error_set(job->error, BASE_INVALID_ARGUMENT, "path",
                        "%s 不在 import.directory 之内：只能导入该目录下的文件",
                        "%s is not inside import.directory: only files below it are imported",
                        path);
}

/* The path without links and dots, to be freed; NULL when it is not there or not in the folder. */
static char *resolve(const api_job *job, const char *path) {
  const char *folder = job->engine->options.import.directory;
  char *root = realpath(folder, NULL);
  if (root == NULL) {
    (void)refuse_path(job, folder, errno);
    return NULL;
  }
  char *resolved = realpath(base_arena_format(job->arena, "%s/%s", root, path), NULL);
  if (resolved == NULL) {
    (void)refuse_path(job, path, errno);
  } else if (!api_path_inside(resolved, root)) {
    (void)refuse_outside(job, path);
    free(resolved);
    resolved = NULL;
  }
  free(root);
  return resolved;
}

static base_code open_file(const api_job *job, int *file, int64_t *size) {
  struct stat stat;
  const char *asked = base_arena_text(job->arena, data_map_text(job->params, "path"));
  char *path = resolve(job, asked);
  if (path == NULL) return job->error->code;
  *file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  int reason = errno;
  free(path);
  if (*file < 0) return refuse_path(job, asked, reason);
  if (fstat(*file, &stat) == 0 && S_ISREG(stat.st_mode)) {
    *size = (int64_t)stat.st_size;
    return BASE_OK;
  }
  (void)close(*file);
  return base_error_set(job->error, BASE_INVALID_ARGUMENT, "path", "%s 不是普通文件",
                        "%s is no regular file", asked);
}

static base_code read_chunk(const api_job *job, int64_t offset, base_buffer *chunk, int64_t *size) {
  int file = -1;
  BASE_TRY(open_file(job, &file, size));
  ssize_t got = pread(file, base_buffer_reserve(chunk, CHUNK_BYTES), CHUNK_BYTES, (off_t)offset);
  int reason = errno;
  (void)close(file);
  if (got < 0) return refuse_path(job, "file", reason);
  chunk->size = (size_t)got;
  return BASE_OK;
}

static base_code send(const api_job *job, int64_t offset, base_slice chunk, bool last,
                      int64_t size) {
  base_buffer params = {0};
  base_slice result;
  data_append_map(&params, 5);
  data_append_pair_integer(&params, "id", job->id);
  data_append_pair_integer(&params, "offset", offset);
  data_append_text(&params, "data");
  data_append_binary(&params, chunk);
  data_append_pair_boolean(&params, "last", last);
  data_append_pair_integer(&params, "size", size);
  base_slice made = base_arena_slice(job->arena, base_buffer_slice(&params));
  base_buffer_fini(&params);
  return api_job_call(job, "import.data", made, &result);
}

/* The last chunk's op ends the job itself. */
base_code api_import_file_step(const api_job *job, bool *done, base_buffer *result) {
  (void)result;
  base_buffer chunk = {0};
  int64_t offset = data_map_integer(job->work, "done", 0);
  int64_t size = 0;
  *done = false;
  base_code code = read_chunk(job, offset, &chunk, &size);
  if (code == BASE_OK) {
    bool last = offset + (int64_t)chunk.size >= size;
    code = send(job, offset, base_buffer_slice(&chunk), last, size);
  }
  base_buffer_fini(&chunk);
  return code;
}
