/* usage: see usage.h. The processes below the server are found by their parents: PostgreSQL has
 * one for each connection.
 *
 * Memory, Threads, Fails: see the header. */
#include "usage.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file's beginning as text; false when the process is not there any more. */
static bool read_text(pid_t process, const char *name, char *text, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/%s", (long)process, name);
  FILE *file = fopen(path, "r");
  if (file == NULL) return false;
  size_t count = fread(text, 1, size - 1, file);
  text[count] = '\0';
  fclose(file);
  return count > 0;
}

/* Parent and seconds of CPU. The name stands in parentheses and may hold any of them. */
static bool read_stat(pid_t process, pid_t *parent, double *seconds) {
  char text[1024];
  long above = 0;
  unsigned long user = 0;
  unsigned long system = 0;
  if (!read_text(process, "stat", text, sizeof text)) return false;
  const char *rest = strrchr(text, ')');
  if (rest == NULL) return false;
  if (sscanf(rest + 1, " %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &above, &user,
             &system) != 3) {
    return false;
  }
  *parent = (pid_t)above;
  *seconds = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
  return true;
}

static uint64_t status_bytes(const char *status, const char *key) {
  const char *line = strstr(status, key);
  return line == NULL ? 0 : strtoull(line + strlen(key), NULL, 10) * 1024;
}

static void add_memory(pid_t process, usage *used) {
  char status[4096];
  if (!read_text(process, "status", status, sizeof status)) return;
  used->private_bytes += status_bytes(status, "RssAnon:");
  uint64_t shared = status_bytes(status, "RssShmem:");
  if (shared > used->shared_bytes) used->shared_bytes = shared;
}

usage usage_of(pid_t server) {
  usage used = {0};
  DIR *all = opendir("/proc");
  if (all == NULL) return used;
  for (struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all)) {
    pid_t parent = 0;
    double seconds = 0;
    pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
    if (process <= 0 || !read_stat(process, &parent, &seconds)) continue;
    if (process != server && parent != server) continue;
    used.cpu_seconds += seconds;
    add_memory(process, &used);
  }
  closedir(all);
  return used;
}
