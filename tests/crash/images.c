/* images: builds images of what a power cut leaves, at points of a recorded log, opens each as a
 * server does, and tells what was found.
 *
 *   images LOG BASE DIR SEED COUNT FROM [keep|last]
 *
 * LOG is what the recorder wrote, BASE what the directory held before ("-": nothing), DIR a place for
 * images, on a file system in memory; FROM the first byte of the log at which the power may fail.
 * COUNT points are drawn from SEED, half of them anywhere and half right after something was sent.
 * For each, one msgpack array goes to standard output:
 *   [number, bytes of the log that had happened, style, status, what check_root tells, or its error]
 * with status 0, the exit status 1 of a check that found something, or the signal that ended it,
 * negative. The image of each that is not 0 stays as DIR/bad-<number>. With `keep` nothing is opened,
 * and all images stay, as DIR/kept-<number>. With `last` there is one, kept: of everything that
 * happened, all of it there.
 *
 * Memory: the log whole.  Threads: one, and a process for each check.  Fails: exit status 2. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "check.h"
#include "data/data.h"
#include "disk.h"

enum { EXIT_FOUND = 1, EXIT_WRONG = 2 };

typedef struct log_file {
  uint8_t *bytes;
  size_t size;
} log_file;

typedef struct offsets {
  size_t *items;
  size_t count;
} offsets;

typedef struct images {
  log_file log;
  disk *disk;
  const char *directory;
  char image[PATH_MAX];
  disk_chance chance;
  uint64_t number;
  bool keeps;
  bool last;
} images;

/* --- the log and its points --- */

static log_file map_log(const char *path) {
  struct stat state;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &state) != 0) err(EXIT_WRONG, "%s", path);
  log_file log = {.size = (size_t)state.st_size};
  log.bytes = mmap(NULL, log.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  if (log.bytes == MAP_FAILED) err(EXIT_WRONG, "%s", path);
  (void)close(file);
  return log;
}

static void add_offset(offsets *to, size_t offset) {
  if ((to->count & (to->count - 1)) == 0) {
    size_t room = to->count == 0 ? 1 : 2 * to->count;
    to->items = base_realloc(to->items, room * sizeof *to->items);
  }
  to->items[to->count++] = offset;
}

/* Ends of events: the power may fail there. */
static void find_points(const log_file *log, size_t from, offsets *all, offsets *sent) {
  size_t at = 0, size;
  while ((size = disk_event_size(log->bytes + at, log->size - at)) != 0) {
    record_head head;
    memcpy(&head, log->bytes + at, sizeof head);
    at += size;
    if (at < from) continue;
    add_offset(all, at);
    if (head.kind == RECORD_SEND) add_offset(sent, at);
  }
}

static int compare_offsets(const void *a, const void *b) {
  size_t left = *(const size_t *)a, right = *(const size_t *)b;
  return left < right ? -1 : left > right;
}

static offsets draw_points(images *self, size_t from, size_t count) {
  offsets all = {0}, sent = {0}, drawn = {0};
  find_points(&self->log, from, &all, &sent);
  if (all.count == 0) errx(EXIT_WRONG, "a log in which nothing happened");
  if (self->last) {
    add_offset(&drawn, all.items[all.count - 1]);
    count = 0;
  }
  for (size_t i = 0; i < count; i++) {
    const offsets *of = sent.count > 0 && i % 2 == 0 ? &sent : &all;
    add_offset(&drawn, of->items[disk_chance_below(&self->chance, of->count)]);
  }
  qsort(drawn.items, drawn.count, sizeof *drawn.items, compare_offsets);
  free(all.items);
  free(sent.items);
  return drawn;
}

/* --- one image --- */

static int remove_one(const char *path, const struct stat *state, int kind, struct FTW *place) {
  (void)state;
  (void)kind;
  (void)place;
  return remove(path);
}

static void remove_image(const char *path) {
  if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT) {
    err(EXIT_WRONG, "%s", path);
  }
}

static _Noreturn void check_image(const char *path, int out) {
  base_buffer told = {0};
  base_error error = {.language = BASE_EN};
  base_code code = check_root(path, &told, &error);
  base_slice text = code == BASE_OK ? base_buffer_slice(&told) : base_slice_text(error.message);
  while (text.size > 0) {
    ssize_t written = write(out, text.data, text.size);
    if (written <= 0) _exit(EXIT_WRONG);
    text = base_slice_after(text, (size_t)written);
  }
  _exit(code == BASE_OK ? 0 : EXIT_FOUND);
}

/* What the check says goes to `told`; its status as the first comment has it. */
static int run_check(const char *path, base_buffer *told) {
  int pipes[2], status;
  if (pipe(pipes) != 0) err(EXIT_WRONG, "pipe");
  pid_t child = fork();
  if (child < 0) err(EXIT_WRONG, "fork");
  if (child == 0) check_image(path, pipes[1]);
  (void)close(pipes[1]);
  for (;;) {
    ssize_t got = read(pipes[0], base_buffer_reserve(told, 1 << 16), 1 << 16);
    if (got <= 0) break;
    told->size += (size_t)got;
  }
  (void)close(pipes[0]);
  if (waitpid(child, &status, 0) != child) err(EXIT_WRONG, "waitpid");
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void print(images *self, size_t happened, disk_style style, int status, base_slice told) {
  base_buffer line = {0};
  data_append_array(&line, 5);
  data_append_integer(&line, (int64_t)self->number);
  data_append_integer(&line, (int64_t)happened);
  data_append_integer(&line, (int64_t)style);
  data_append_integer(&line, status);
  data_append_binary(&line, told);
  if (fwrite(line.data, 1, line.size, stdout) != line.size || fflush(stdout) != 0) exit(0);
  base_buffer_fini(&line);
}

static void keep_image(images *self, const char *as) {
  char kept[PATH_MAX];
  (void)snprintf(kept, sizeof kept, "%s/%s-%llu", self->directory, as,
                 (unsigned long long)self->number);
  if (rename(self->image, kept) != 0) err(EXIT_WRONG, "%s", kept);
}

static void make_image(images *self, size_t happened) {
  base_buffer told = {0};
  disk_style style = (disk_style)disk_chance_below(&self->chance, DISK_STYLES + 1);
  if (self->last) style = DISK_WHOLE;
  disk_write_image(self->disk, self->image, style, &self->chance);
  int status = self->keeps ? 0 : run_check(self->image, &told);
  if (status != 0) keep_image(self, "bad");
  if (self->keeps) keep_image(self, "kept");
  print(self, happened, style, status, base_buffer_slice(&told));
  remove_image(self->image);
  base_buffer_fini(&told);
  self->number++;
}

static void make_images(images *self, const offsets *points) {
  size_t at = 0;
  for (size_t i = 0; i < points->count; i++) {
    while (at < points->items[i]) {
      uint8_t *event = self->log.bytes + at;
      at += disk_event_size(event, self->log.size - at);
      disk_apply(self->disk, event);
    }
    make_image(self, at);
  }
}

static uint64_t number_of(const char *text) {
  char *end;
  errno = 0;
  uint64_t number = strtoull(text, &end, 10);
  if (errno != 0 || *end != '\0' || end == text) errx(EXIT_WRONG, "%s is no number", text);
  return number;
}

int main(int count, char **words) {
  if (count < 7) errx(EXIT_WRONG, "usage: images LOG BASE DIR SEED COUNT FROM [keep|last]");
  images self = {.log = map_log(words[1]), .directory = words[3]};
  self.disk = disk_new(strcmp(words[2], "-") == 0 ? NULL : words[2]);
  self.last = count > 7 && strcmp(words[7], "last") == 0;
  self.keeps = self.last || (count > 7 && strcmp(words[7], "keep") == 0);
  self.chance.state = number_of(words[4]);
  base_random_init();
  (void)snprintf(self.image, sizeof self.image, "%s/image", self.directory);
  remove_image(self.image);
  offsets points = draw_points(&self, (size_t)number_of(words[6]), (size_t)number_of(words[5]));
  make_images(&self, &points);
  free(points.items);
  disk_free(self.disk);
  (void)munmap(self.log.bytes, self.log.size);
  return 0;
}
