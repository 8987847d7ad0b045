/* files: bytes beside the tables, each under its hash in the directory "files". A file is there whole or
 * not at all, and never changes. One that was erased says so from then on, in words that no damage makes: that a
 * restore finds, and does not bring the bytes back from a copy of before. An empty one is damaged, as a disk leaves
 * it that lost power.
 *
 * Memory:  none kept.
 * Threads: any; two that put the same file both succeed.
 * Fails:   STORAGE_FULL, NOT_FOUND, INTERNAL (what lies there is not what was put). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/inside.h"

#define FOLDER "files"
#define MARK "Haoke: the bytes of this file were erased.\n"

void store_file_name(base_slice bytes, char name[STORE_FILE_NAME]) {
  base_digest digest = base_hash_sha256(bytes);
  for (size_t i = 0; i < sizeof digest.bytes; i++) {
    (void)snprintf(name + 2 * i, 3, "%02x", digest.bytes[i]);
  }
}

static base_code refuse(int status, const char *name, base_error *error) {
  if (status == ENOSPC || status == EDQUOT) return store_status_disk_full(error);
  if (status == ENODATA) {
    return base_error_set(error, BASE_NOT_FOUND, NULL, "文件 files/%s 的内容已抹除",
                          "The bytes of the file files/%s were erased", name);
  }
  base_code code = status == ENOENT ? BASE_NOT_FOUND : BASE_INTERNAL;
  return base_error_set(error, code, NULL, "数据目录中的文件 files/%s 用不了：%s；请从备份恢复它",
                        "The file files/%s of the data directory cannot be used: %s; bring it back "
                        "from a backup",
                        name, strerror(status));
}

/* --- put --------------------------------------------------------------------------------------- */

int store_files_write_at(int file, base_slice bytes, size_t offset, size_t *written) {
  size_t done = 0;
  int status = 0;
  while (done < bytes.size && status == 0) {
    base_slice rest = base_slice_after(bytes, done);
    ssize_t count = pwrite(file, rest.data, rest.size, (off_t)(offset + done));
    if (count < 0 && errno != EINTR) status = errno;
    if (count > 0) done += (size_t)count;
  }
  if (written != NULL) *written = done;
  return status;
}

int store_files_write(int file, base_slice bytes) {
  int status = store_files_write_at(file, bytes, 0, NULL);
  return status == 0 && fsync(file) != 0 ? errno : status;
}

/* Two threads may put the same file. What a process that was killed leaves under such a name goes at the next
 * start. */
static int write_file(int folder, const char *name, base_slice bytes) {
  char unfinished[STORE_FILE_NAME + 16];
  (void)snprintf(unfinished, sizeof unfinished, ".%s.%d", name, (int)gettid());
  int file = openat(folder, unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  int status = store_files_write(file, bytes);
  (void)close(file);
  if (status == 0 && renameat(folder, unfinished, folder, name) != 0) status = errno;
  if (status != 0) (void)unlinkat(folder, unfinished, 0);
  return status;
}

typedef enum file_state { ABSENT, EMPTY, ERASED, THERE } file_state;

/* A file may hold these very words; then they are what it is named by. */
static bool is_mark(base_slice bytes, const char *name) {
  char own[STORE_FILE_NAME];
  if (!base_slice_is(bytes, MARK)) return false;
  store_file_name(bytes, own);
  return strcmp(name, own) != 0;
}

static bool says_erased(int folder, const char *name) {
  char bytes[sizeof MARK];
  int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t got = read(file, bytes, sizeof bytes);
  (void)close(file);
  return got > 0 && is_mark(base_slice_make(bytes, (size_t)got), name);
}

static file_state look(int folder, const char *name) {
  struct stat state;
  char nothing[STORE_FILE_NAME];
  if (fstatat(folder, name, &state, 0) != 0) return ABSENT;
  if (state.st_size == sizeof MARK - 1 && says_erased(folder, name)) return ERASED;
  store_file_name((base_slice){0}, nothing);
  return state.st_size > 0 || strcmp(name, nothing) == 0 ? THERE : EMPTY;
}

static int open_folder(int directory) {
  if (mkdirat(directory, FOLDER, 0700) == 0) {
    (void)fsync(directory);
  } else if (errno != EEXIST) {
    return -1;
  }
  return openat(directory, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

base_code store_file_put(store *self, base_slice bytes, char name[STORE_FILE_NAME],
                         base_error *error) {
  store_file_name(bytes, name);
  int folder = open_folder(self->directory);
  if (folder < 0) return refuse(errno, name, error);
  int status = 0;
  if (look(folder, name) != THERE) {
    status = write_file(folder, name, bytes);
    if (status == 0 && fsync(folder) != 0) status = errno;
  }
  (void)close(folder);
  return status == 0 ? BASE_OK : refuse(status, name, error);
}

/* --- get --------------------------------------------------------------------------------------- */

static int read_bytes(int file, base_buffer *out) {
  for (;;) {
    ssize_t got = read(file, base_buffer_reserve(out, 65536), 65536);
    if (got == 0) return 0;
    if (got < 0 && errno != EINTR) return errno;
    if (got > 0) out->size += (size_t)got;
  }
}

static int read_file(int directory, const char *name, base_buffer *out) {
  char path[sizeof FOLDER + STORE_FILE_NAME];
  char found[STORE_FILE_NAME];
  (void)snprintf(path, sizeof path, FOLDER "/%s", name);
  int file = openat(directory, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  int status = read_bytes(file, out);
  (void)close(file);
  if (status != 0) return status;
  store_file_name(base_buffer_slice(out), found);
  if (strcmp(found, name) == 0) return 0;
  return is_mark(base_buffer_slice(out), name) ? ENODATA : EBADMSG;
}

base_code store_file_get(store *self, const char *name, base_buffer *out, base_error *error) {
  base_buffer_clear(out);
  int status = strlen(name) == STORE_FILE_NAME - 1 ? read_file(self->directory, name, out) : ENOENT;
  if (status == 0) return BASE_OK;
  base_buffer_clear(out);
  return refuse(status, name, error);
}

/* --- erased ------------------------------------------------------------------------------------ */

static file_state look_in(int directory, const char *name) {
  if (strlen(name) != STORE_FILE_NAME - 1) return ABSENT;
  int folder = openat(directory, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return ABSENT;
  file_state state = look(folder, name);
  (void)close(folder);
  return state;
}

bool store_files_has(int directory, const char *name) {
  file_state state = look_in(directory, name);
  return state == THERE || state == EMPTY;
}

int store_files_blank(int directory, const char *name) {
  int folder = open_folder(directory);
  if (folder < 0) return errno;
  int status = write_file(folder, name, base_slice_text(MARK));
  if (status == 0 && fsync(folder) != 0) status = errno;
  (void)close(folder);
  return status;
}

/* --- forks ------------------------------------------------------------------------------------- */

/* Whatever the target has, perhaps from a source that did not know that it is erased. */
static int carry_mark(int to, const char *name) {
  return look_in(to, name) == ERASED ? 0 : store_files_blank(to, name);
}

/* A damaged file is carried, too, so that it is told; but a good one comes in its place. */
static int carry_bytes(int from, int folder, const char *name, store_carry how) {
  struct stat state;
  file_state had = look(folder, name);
  if (had == EMPTY && look(from, name) == THERE) {
    if (unlinkat(folder, name, 0) != 0) return errno;
  } else if (had != ABSENT) {
    return 0;
  }
  if (how == STORE_CARRY_SHARE && linkat(from, name, folder, name, 0) == 0) return 0;
  if (fstatat(from, name, &state, 0) != 0) return errno;
  return store_segment_copy(from, folder, name, (size_t)state.st_size);
}

static int carry_all(DIR *names, int to, int folder, store_carry how) {
  int status = 0;
  int from = dirfd(names);
  for (const struct dirent *name = readdir(names); name != NULL && status == 0;
       name = readdir(names)) {
    if (name->d_name[0] == '.') continue;
    if (look(from, name->d_name) == ERASED) {
      status = carry_mark(to, name->d_name);
    } else if (how != STORE_CARRY_MARKS) {
      status = carry_bytes(from, folder, name->d_name, how);
    }
  }
  return status;
}

static int carry_into(DIR *names, int to, store_carry how) {
  if (how == STORE_CARRY_MARKS) return carry_all(names, to, -1, how);
  int folder = open_folder(to);
  if (folder < 0) return errno;
  int status = carry_all(names, to, folder, how);
  if (status == 0 && fsync(folder) != 0) status = errno;
  (void)close(folder);
  return status;
}

int store_files_carry(int from, int to, store_carry how) {
  DIR *names = store_directory_names(from, FOLDER);
  if (names == NULL) return errno == ENOENT ? 0 : errno;
  int status = carry_into(names, to, how);
  (void)closedir(names);
  return status;
}

/* Every name in the folder, or only those that a put left unfinished. */
static void remove_names(int directory, bool unfinished) {
  DIR *names = store_directory_names(directory, FOLDER);
  if (names == NULL) return;
  for (const struct dirent *name = readdir(names); name != NULL; name = readdir(names)) {
    if (unfinished && name->d_name[0] != '.') continue;
    (void)unlinkat(dirfd(names), name->d_name, 0); /* what is a directory stays */
  }
  (void)closedir(names);
}

void store_files_tidy(int directory) {
  remove_names(directory, true);
}

void store_files_remove(int directory) {
  remove_names(directory, false);
  (void)unlinkat(directory, FOLDER, AT_REMOVEDIR);
}
