/* log: time=… level=… event=… and the caller's pairs, in one write. See log.h.
 * Memory:  a line on the stack, so that the line about missing memory can be written too.
 * Threads: any; one write(2) of at most PIPE_BUF bytes is never interleaved.  Fails: silently. */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE ((size_t)PIPE_BUF)

static _Atomic int lowest_level = BASE_LOG_INFO;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void base_log_set_level(base_log_level level) {
  atomic_store_explicit(&lowest_level, (int)level, memory_order_relaxed);
}

static size_t write_prefix(char line[LINE_SIZE], base_log_level level, const char *event) {
  struct timespec now;
  struct tm utc;
  char date[32];
  (void)clock_gettime(CLOCK_REALTIME, &now);
  (void)gmtime_r(&now.tv_sec, &utc);
  (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  int size = snprintf(line, LINE_SIZE, "time=%s.%03ldZ level=%s event=%s", date,
                      now.tv_nsec / 1000000, level_names[level], event);
  return size < 0 ? 0 : (size_t)size;
}

/* What a client sent may stand in a value: it must not be able to begin a line of its own. */
static void blank_controls(char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) text[i] = ' ';
  }
}

/* A line that is too long is cut; its end shows it. */
static size_t cut_line(char line[LINE_SIZE], size_t size) {
  static const char mark[] = "...";
  if (size + 1 <= LINE_SIZE - 1) return size;
  size = LINE_SIZE - sizeof mark - 1;
  while (((unsigned char)line[size] & 0xc0) == 0x80) size--;
  for (size_t i = 0; i < sizeof mark - 1; i++) line[size++] = mark[i];
  return size;
}

__attribute__((format(printf, 3, 0))) static void write_line(base_log_level level,
                                                             const char *event, const char *format,
                                                             va_list arguments) {
  char line[LINE_SIZE];
  size_t size = write_prefix(line, level, event);
  if (format[0] != '\0' && size + 1 < LINE_SIZE) {
    line[size++] = ' ';
    int more = vsnprintf(line + size, LINE_SIZE - size, format, arguments);
    if (more > 0) size += (size_t)more;
  }
  size = cut_line(line, size);
  blank_controls(line, size);
  line[size++] = '\n';
  while (write(STDERR_FILENO, line, size) < 0 && errno == EINTR) continue;
}

void base_log(base_log_level level, const char *event, const char *format, ...) {
  if ((int)level < atomic_load_explicit(&lowest_level, memory_order_relaxed)) return;
  va_list arguments;
  va_start(arguments, format);
  write_line(level, event, format, arguments);
  va_end(arguments);
}

_Noreturn void base_fatal(const char *event, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write_line(BASE_LOG_ERROR, event, format, arguments);
  va_end(arguments);
  abort();
}
