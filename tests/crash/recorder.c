/* recorder: preloaded into a server, it writes a log (record.h) of what that does below one directory.
 *
 *   HAOKE_RECORD=FILE        the log; appended to
 *   HAOKE_RECORD_ROOT=DIR    absolute, without symbolic links; must exist
 *   HAOKE_FAULT=…            a call there that fails; see fault.h
 *
 * Calls go to the kernel directly, not to the next library, so that it does not matter in which
 * order sanitizers and this one were loaded. What it does not model ends the process when it concerns
 * something below the directory: other calls that change bytes or names (refused.c), and a
 * writable mapping (lock.mdb excepted, which no recovery reads). What it cannot even see, such as what
 * the C library does within itself, the test of the recorder finds: it compares the directory with the
 * log (images … same).
 *
 * Memory:  static tables of fixed size; running over ends the process.
 * Threads: any; one lock, with signals kept out, because their handlers write too.
 * Fails:   abort with a line on standard error. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fault.h"
#include "record.h"
#include "recorder.h"

enum {
  OBJECTS = 4096,
  LOG_DESCRIPTOR = 1000,
  CONNECTIONS = 1 << 16,
  COPIED_AT_ONCE = 1 << 17,
  PARTS = 1024 /* of one writev, which takes no more; LMDB writes up to 64 pages with one */
};

typedef struct identity {
  dev_t device;
  ino_t inode;
  bool nameless; /* not below the directory, where the number had been before */
} identity;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sigset_t outside; /* the mask of whoever holds it, from before */
static int log_descriptor = -1;
static char root[PATH_MAX];
static size_t root_size;
static identity objects[OBJECTS]; /* by number; 0 is not used */
static uint32_t last_object;
static uint64_t last_sync;
static uint32_t connections[CONNECTIONS]; /* descriptor → connection, 0 for none */
static uint32_t last_connection;

static _Noreturn void give_up(const char *why) {
  (void)dprintf(STDERR_FILENO, "recorder: %s\n", why);
  abort();
}

static void enter(void) {
  sigset_t all, before;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_BLOCK, &all, &before);
  (void)pthread_mutex_lock(&lock);
  outside = before;
}

static void leave(void) {
  sigset_t before = outside;
  (void)pthread_mutex_unlock(&lock);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* --- the log --- */

static void append(const record_head *head, const char *name, const char *second,
                   const struct iovec *data, int count) {
  struct iovec parts[PARTS] = {
      {(void *)head, sizeof *head}, {(void *)name, head->name}, {(void *)second, head->second}};
  if (count > PARTS - 3) give_up("more buffers in one call than it has room for");
  uint64_t left = head->data;
  int used = 3;
  for (int i = 0; i < count && left > 0; i++) {
    size_t size = data[i].iov_len < left ? data[i].iov_len : (size_t)left;
    parts[used++] = (struct iovec){data[i].iov_base, size};
    left -= size;
  }
  uint64_t expected = sizeof *head + head->name + head->second + head->data;
  if (syscall(SYS_writev, log_descriptor, parts, used) != (long)expected)
    give_up("log not written");
}

static void append_simple(record_kind kind, uint32_t number, uint64_t offset) {
  record_head head = {.kind = kind, .object = number, .offset = offset};
  append(&head, NULL, NULL, NULL, 0);
}

/* --- what is below the directory --- */

static uint32_t find(const struct stat *state) {
  for (uint32_t i = last_object; i > 0; i--) {
    if (objects[i].inode != state->st_ino || objects[i].device != state->st_dev) continue;
    return objects[i].nameless ? 0 : i;
  }
  return 0;
}

static uint32_t find_descriptor(int descriptor) {
  struct stat state;
  return fstat(descriptor, &state) == 0 ? find(&state) : 0;
}

static uint32_t add(const struct stat *state) {
  if (last_object + 1 == OBJECTS) give_up("more files than it has room for");
  objects[++last_object] = (identity){state->st_dev, state->st_ino, false};
  return last_object;
}

/* A new file that no name below the directory leads to has a number that a removed one may have had. */
static void forget(const struct stat *state) {
  if (find(state) != 0) objects[add(state)].nameless = true;
}

/* The path relative to the directory; NULL when it is not below it. */
static const char *below(const char *path) {
  if (strncmp(path, root, root_size) != 0 || path[root_size] != '/') return NULL;
  const char *rest = path + root_size + 1;
  return strstr(rest, ".plugin-copies") != NULL ? NULL : rest;
}

__attribute__((constructor)) static void start(void) {
  const char *file = getenv("HAOKE_RECORD");
  const char *directory = getenv("HAOKE_RECORD_ROOT");
  struct stat state;
  if (file == NULL || directory == NULL) return;
  int opened = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (opened < 0 || stat(directory, &state) != 0) give_up("no log or no directory");
  log_descriptor = fcntl(opened, F_DUPFD_CLOEXEC, LOG_DESCRIPTOR);
  (void)syscall(SYS_close, opened);
  if (log_descriptor < 0) give_up("no room for its descriptor");
  root_size = strlen(directory);
  memcpy(root, directory, root_size + 1);
  (void)add(&state);
}

static bool path_of(int descriptor, char out[PATH_MAX]) {
  char link[64];
  (void)snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t size = readlink(link, out, PATH_MAX - 1);
  out[size < 0 ? 0 : size] = '\0';
  return size > 0;
}

/* The directory that holds `path`, as a number, and the last part of the path; 0: elsewhere. */
static uint32_t parent_of(int folder, const char *path, const char **name) {
  char above[PATH_MAX];
  struct stat state;
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  size_t size = slash == NULL ? 0 : (size_t)(slash - path);
  if (size >= sizeof above) return 0;
  memcpy(above, path, size);
  above[size] = '\0';
  if (slash == path) (void)strcpy(above, "/");
  if (fstatat(folder, above, &state, slash == NULL ? AT_EMPTY_PATH : 0) != 0) return 0;
  return find(&state);
}

static void append_create(uint32_t parent, uint32_t number, const char *name, bool directory) {
  record_head head = {.kind = RECORD_CREATE,
                      .object = number,
                      .other = parent,
                      .name = (uint16_t)strlen(name),
                      .offset = directory ? 1 : 0};
  append(&head, name, NULL, NULL, 0);
}

static void note_known(int descriptor, const struct stat *state) {
  char path[PATH_MAX];
  if (!path_of(descriptor, path)) return;
  const char *relative = below(path);
  if (relative == NULL || find(state) != 0) return;
  record_head head = {
      .kind = RECORD_KNOWN, .object = add(state), .name = (uint16_t)strlen(relative)};
  append(&head, relative, NULL, NULL, 0);
}

static void note_opened(int descriptor, int folder, const char *path, int flags, bool created) {
  struct stat state;
  const char *name;
  if (fstat(descriptor, &state) != 0) return;
  if (!S_ISREG(state.st_mode) && !S_ISDIR(state.st_mode)) return;
  if ((flags & O_TMPFILE) == O_TMPFILE) {
    forget(&state);
    return;
  }
  if (created) {
    uint32_t parent = parent_of(folder, path, &name);
    forget(&state);
    if (parent != 0) append_create(parent, add(&state), name, false);
    return;
  }
  note_known(descriptor, &state);
  uint32_t number = find(&state);
  if ((flags & O_TRUNC) != 0 && number != 0) append_simple(RECORD_TRUNCATE, number, 0);
}

/* --- opening and closing --- */

static int open_recorded(int folder, const char *path, int flags, mode_t mode) {
  struct stat state;
  if (log_descriptor < 0) return (int)syscall(SYS_openat, folder, path, flags, mode);
  enter();
  bool created = (flags & O_CREAT) != 0 && fstatat(folder, path, &state, 0) != 0;
  int descriptor = (int)syscall(SYS_openat, folder, path, flags, mode);
  int status = errno;
  if (descriptor >= 0) note_opened(descriptor, folder, path, flags, created);
  leave();
  errno = status;
  return descriptor;
}

#define MODE_OF(flags, mode)                                                                       \
  do {                                                                                             \
    if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) {                                                \
      va_list arguments;                                                                           \
      va_start(arguments, flags);                                                                  \
      (mode) = va_arg(arguments, mode_t);                                                          \
      va_end(arguments);                                                                           \
    }                                                                                              \
  } while (0)

VISIBLE int open(const char *path, int flags, ...) {
  mode_t mode = 0;
  MODE_OF(flags, mode);
  return open_recorded(AT_FDCWD, path, flags, mode);
}

VISIBLE int open64(const char *path, int flags, ...) {
  mode_t mode = 0;
  MODE_OF(flags, mode);
  return open_recorded(AT_FDCWD, path, flags, mode);
}

VISIBLE int openat(int folder, const char *path, int flags, ...) {
  mode_t mode = 0;
  MODE_OF(flags, mode);
  return open_recorded(folder, path, flags, mode);
}

VISIBLE int openat64(int folder, const char *path, int flags, ...) {
  mode_t mode = 0;
  MODE_OF(flags, mode);
  return open_recorded(folder, path, flags, mode);
}

VISIBLE int close(int descriptor) {
  if (log_descriptor >= 0 && descriptor == log_descriptor) return 0;
  if (log_descriptor >= 0 && descriptor >= 0 && descriptor < CONNECTIONS) {
    enter();
    connections[descriptor] = 0;
    leave();
  }
  return (int)syscall(SYS_close, descriptor);
}

VISIBLE int mkdirat(int folder, const char *path, mode_t mode) {
  struct stat state;
  const char *name;
  if (log_descriptor < 0) return (int)syscall(SYS_mkdirat, folder, path, mode);
  enter();
  int result = (int)syscall(SYS_mkdirat, folder, path, mode);
  int status = errno;
  uint32_t parent = result == 0 ? parent_of(folder, path, &name) : 0;
  bool kept = parent != 0 && strcmp(name, ".plugin-copies") != 0;
  if (kept && fstatat(folder, path, &state, 0) == 0) append_create(parent, add(&state), name, true);
  leave();
  errno = status;
  return result;
}

/* --- writing --- */

static void note_sent(int descriptor, const struct iovec *parts, int count, uint64_t size) {
  if (descriptor >= CONNECTIONS) give_up("a descriptor above its table");
  if (connections[descriptor] == 0) connections[descriptor] = ++last_connection;
  record_head head = {.kind = RECORD_SEND, .object = connections[descriptor], .data = size};
  append(&head, NULL, NULL, parts, count);
}

static void note_written(int descriptor, uint32_t number, off_t offset, const struct iovec *parts,
                         int count, uint64_t size) {
  bool durable = (fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
  record_head head = {.kind = RECORD_WRITE,
                      .object = number,
                      .other = durable ? 1 : 0,
                      .offset = (uint64_t)offset,
                      .data = size};
  append(&head, NULL, NULL, parts, count);
}

/* offset < 0: at the descriptor's own place. */
static ssize_t write_recorded(int descriptor, const struct iovec *parts, int count, off_t offset) {
  struct stat state;
  bool placed = offset >= 0;
  long number = placed ? SYS_pwritev : SYS_writev;
  if (log_descriptor < 0 || fstat(descriptor, &state) != 0) {
    return syscall(number, descriptor, parts, count, offset, 0L);
  }
  enter();
  uint32_t object = S_ISREG(state.st_mode) ? find(&state) : 0;
  if (!placed && object != 0) offset = lseek(descriptor, 0, SEEK_CUR);
  bool at_end = object != 0 && (fcntl(descriptor, F_GETFL) & O_APPEND) != 0;
  if (at_end) offset = state.st_size;
  int fault = object != 0 ? fault_of(FAULT_WRITE) : 0;
  ssize_t written = fault != 0 ? -1 : syscall(number, descriptor, parts, count, offset, 0L);
  int status = fault != 0 ? fault : errno;
  bool sent = S_ISSOCK(state.st_mode);
  if (written > 0 && sent) note_sent(descriptor, parts, count, (uint64_t)written);
  if (written > 0 && object != 0) {
    note_written(descriptor, object, offset, parts, count, (uint64_t)written);
  }
  leave();
  errno = status;
  return written;
}

VISIBLE ssize_t write(int descriptor, const void *bytes, size_t size) {
  struct iovec part = {(void *)bytes, size};
  return write_recorded(descriptor, &part, 1, -1);
}

VISIBLE ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  return write_recorded(descriptor, parts, count, -1);
}

VISIBLE ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
  struct iovec part = {(void *)bytes, size};
  return write_recorded(descriptor, &part, 1, offset);
}

VISIBLE ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
  return write_recorded(descriptor, parts, count, offset);
}

/* Through memory, so that the log has the bytes; like the call itself it may copy less than was asked. */
VISIBLE ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t size,
                                unsigned flags) {
  uint8_t piece[COPIED_AT_ONCE];
  if (log_descriptor < 0) {
    return syscall(SYS_copy_file_range, from, from_at, to, to_at, size, flags);
  }
  if (size > sizeof piece) size = sizeof piece;
  ssize_t got = from_at != NULL ? syscall(SYS_pread64, from, piece, size, *from_at)
                                : syscall(SYS_read, from, piece, size);
  if (got <= 0) return got;
  struct iovec part = {piece, (size_t)got};
  ssize_t written = write_recorded(to, &part, 1, to_at != NULL ? *to_at : -1);
  if (written < got) give_up("a copy that was not written whole");
  if (from_at != NULL) *from_at += written;
  if (to_at != NULL) *to_at += written;
  return written;
}

VISIBLE ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
  if (log_descriptor < 0) return syscall(SYS_sendmsg, descriptor, message, flags);
  enter();
  ssize_t sent = syscall(SYS_sendmsg, descriptor, message, flags);
  int status = errno;
  int count = (int)message->msg_iovlen;
  if (sent > 0) note_sent(descriptor, message->msg_iov, count, (uint64_t)sent);
  leave();
  errno = status;
  return sent;
}

/* --- sizes --- */

static void note_size(int descriptor) {
  struct stat state;
  uint32_t number = fstat(descriptor, &state) == 0 ? find(&state) : 0;
  if (number != 0) append_simple(RECORD_TRUNCATE, number, (uint64_t)state.st_size);
}

static int size_recorded(int descriptor, int (*call)(int, int, off_t, off_t), int mode, off_t from,
                         off_t size) {
  if (log_descriptor < 0) return call(descriptor, mode, from, size);
  enter();
  int fault = find_descriptor(descriptor) != 0 ? fault_of(FAULT_ALLOCATE) : 0;
  int result = fault != 0 ? -1 : call(descriptor, mode, from, size);
  int status = fault != 0 ? fault : errno;
  if (result == 0) note_size(descriptor);
  leave();
  errno = status;
  return result;
}

static int call_truncate(int descriptor, int mode, off_t from, off_t size) {
  (void)mode;
  (void)from;
  return (int)syscall(SYS_ftruncate, descriptor, size);
}

static int call_allocate(int descriptor, int mode, off_t from, off_t size) {
  const int seen = FALLOC_FL_KEEP_SIZE;
  if ((mode & ~seen) != 0 && log_descriptor >= 0 && find_descriptor(descriptor) != 0) {
    give_up("fallocate in a mode that changes bytes");
  }
  return (int)syscall(SYS_fallocate, descriptor, mode, from, size);
}

VISIBLE int ftruncate(int descriptor, off_t size) {
  return size_recorded(descriptor, call_truncate, 0, 0, size);
}

VISIBLE int fallocate(int descriptor, int mode, off_t from, off_t size) {
  return size_recorded(descriptor, call_allocate, mode, from, size);
}

VISIBLE int posix_fallocate(int descriptor, off_t from, off_t size) {
  return size_recorded(descriptor, call_allocate, 0, from, size) == 0 ? 0 : errno;
}

/* --- syncing --- */

static int sync_recorded(int descriptor, long call) {
  if (log_descriptor < 0) return (int)syscall(call, descriptor);
  enter();
  uint32_t number = find_descriptor(descriptor);
  uint64_t sync = ++last_sync;
  int fault = number != 0 ? fault_of(FAULT_SYNC) : 0;
  if (number != 0) append_simple(RECORD_SYNC_BEGIN, number, sync);
  leave();
  int result = fault != 0 ? -1 : (int)syscall(call, descriptor);
  int status = fault != 0 ? fault : errno;
  if (number != 0 && result == 0) {
    enter();
    append_simple(RECORD_SYNC_END, number, sync);
    leave();
  }
  errno = status;
  return result;
}

VISIBLE int fsync(int descriptor) {
  return sync_recorded(descriptor, SYS_fsync);
}

VISIBLE int fdatasync(int descriptor) {
  return sync_recorded(descriptor, SYS_fdatasync);
}

static void *map_recorded(void *at, size_t size, int protection, int flags, int descriptor,
                          off_t offset) {
  char path[PATH_MAX];
  bool writes = (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0;
  if (writes && log_descriptor >= 0 && descriptor >= 0 && path_of(descriptor, path)) {
    const char *name = below(path);
    const char *last = name == NULL ? NULL : strrchr(name, '/');
    if (name != NULL && strcmp(last == NULL ? name : last + 1, "lock.mdb") != 0) {
      give_up("a writable mapping of a file");
    }
  }
  return (void *)syscall(SYS_mmap, at, size, protection, flags, descriptor, offset);
}

VISIBLE void *mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset) {
  return map_recorded(at, size, protection, flags, descriptor, offset);
}

VISIBLE void *mmap64(void *at, size_t size, int protection, int flags, int descriptor,
                     off_t offset) {
  return map_recorded(at, size, protection, flags, descriptor, offset);
}

/* --- names --- */

static int rename_recorded(int from_folder, const char *from, int to_folder, const char *to,
                           unsigned flags) {
  struct stat state;
  const char *name, *second;
  if (log_descriptor < 0) {
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
  }
  enter();
  uint32_t parent = parent_of(from_folder, from, &name);
  uint32_t target = parent_of(to_folder, to, &second);
  uint32_t number = fstatat(from_folder, from, &state, 0) == 0 ? find(&state) : 0;
  int result = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
  int status = errno;
  if (result == 0 && (parent != 0) != (target != 0)) give_up("a rename across its border");
  if (result == 0 && parent != 0 && number == 0) give_up("a rename of a file it did not see made");
  bool exchanges = (flags & RENAME_EXCHANGE) != 0;
  if (result == 0 && parent != 0 && exchanges && parent != target) give_up("a far exchange");
  if (result == 0 && parent != 0 && (flags & ~(unsigned)(RENAME_EXCHANGE | RENAME_NOREPLACE)) != 0)
    give_up("a rename with flags it does not know");
  if (result == 0 && parent != 0) {
    /* After an exchange the first name is what the second was. */
    uint32_t other = exchanges && fstatat(from_folder, from, &state, 0) == 0 ? find(&state) : 0;
    if (exchanges && other == 0) give_up("an exchange with a file it did not see made");
    record_head head = {.kind = exchanges ? RECORD_EXCHANGE : RECORD_RENAME,
                        .object = number,
                        .other = parent,
                        .name = (uint16_t)strlen(name),
                        .second = (uint16_t)strlen(second),
                        .offset = exchanges ? other : target};
    append(&head, name, second, NULL, 0);
  }
  leave();
  errno = status;
  return result;
}

VISIBLE int renameat2(int from_folder, const char *from, int to_folder, const char *to,
                      unsigned flags) {
  return rename_recorded(from_folder, from, to_folder, to, flags);
}

/* A file has then two names; its bytes stay one. */
VISIBLE int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  struct stat state;
  const char *name;
  if (log_descriptor < 0) {
    return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
  }
  enter();
  int result = (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
  int status = errno;
  uint32_t parent = result == 0 ? parent_of(to_folder, to, &name) : 0;
  bool there = parent != 0 && fstatat(to_folder, to, &state, 0) == 0;
  uint32_t number = there ? find(&state) : 0;
  if (parent != 0 && number == 0) give_up("a link to a file it did not see made");
  if (parent != 0) {
    record_head head = {
        .kind = RECORD_LINK, .object = number, .other = parent, .name = (uint16_t)strlen(name)};
    append(&head, name, NULL, NULL, 0);
  }
  leave();
  errno = status;
  return result;
}

VISIBLE int unlinkat(int folder, const char *path, int flags) {
  const char *name;
  if (log_descriptor < 0) return (int)syscall(SYS_unlinkat, folder, path, flags);
  enter();
  uint32_t parent = parent_of(folder, path, &name);
  int result = (int)syscall(SYS_unlinkat, folder, path, flags);
  int status = errno;
  if (result == 0 && parent != 0) {
    record_head head = {.kind = RECORD_UNLINK, .other = parent, .name = (uint16_t)strlen(name)};
    append(&head, name, NULL, NULL, 0);
  }
  leave();
  errno = status;
  return result;
}

/* --- what is not modelled ---------------------------------------------------------------------- */

void recorder_refuse_file(int descriptor, const char *call) {
  struct stat state;
  if (log_descriptor < 0 || fstat(descriptor, &state) != 0) return;
  bool may_be_known = S_ISREG(state.st_mode) || S_ISDIR(state.st_mode);
  if (may_be_known && find_descriptor(descriptor) != 0) give_up(call);
}

void recorder_refuse_name(int folder, const char *path, const char *call) {
  const char *name;
  if (log_descriptor >= 0 && parent_of(folder, path, &name) != 0) give_up(call);
}

void recorder_refuse(const char *call) {
  if (log_descriptor >= 0) give_up(call);
}
