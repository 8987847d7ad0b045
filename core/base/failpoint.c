/* failpoint: what is armed, and how often it was passed. See failpoint.h.
 * Memory:  two static names.  Threads: any, see the header.  Fails: base_fatal. */
#include "base/failpoint.h"

#ifdef HAOKE_FAILPOINTS

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static pthread_once_t read_once = PTHREAD_ONCE_INIT;
static char point[BASE_FAILPOINT_NAME];
static _Atomic long passes_left;
static bool point_fails; /* instead of killing */
static char mutant[BASE_FAILPOINT_NAME];
static void (*watcher)(const char *name, void *self);
static void *watcher_self;

static _Noreturn void refuse(const char *text) {
  base_fatal("base.failpoint",
             "text=\"%s\" reason=\"expected NAME:COUNT or NAME:COUNT:error, or a mutant's NAME\"",
             text);
}

static void set_name(char out[BASE_FAILPOINT_NAME], const char *name, size_t size,
                     const char *text) {
  if (size == 0 || size >= BASE_FAILPOINT_NAME) refuse(text);
  memcpy(out, name, size);
  out[size] = '\0';
}

static void set_point(const char *text) {
  point[0] = '\0';
  if (text == NULL) return;
  const char *colon = strchr(text, ':');
  if (colon == NULL) refuse(text);
  char *end;
  errno = 0;
  long count = strtol(colon + 1, &end, 10);
  if (errno != 0 || end == colon + 1 || count < 1) refuse(text);
  if (*end != '\0' && strcmp(end, ":error") != 0) refuse(text);
  point_fails = *end != '\0';
  atomic_store(&passes_left, count);
  set_name(point, text, (size_t)(colon - text), text);
}

static void set_mutant(const char *name) {
  mutant[0] = '\0';
  if (name != NULL) set_name(mutant, name, strlen(name), name);
}

static void read_variables(void) {
  set_point(getenv("HAOKE_FAILPOINT"));
  set_mutant(getenv("HAOKE_MUTANT"));
}

bool base_failpoint(const char *name) {
  (void)pthread_once(&read_once, read_variables);
  if (watcher != NULL) watcher(name, watcher_self);
  if (strcmp(point, name) != 0 || atomic_fetch_sub(&passes_left, 1) != 1) return false;
  if (!point_fails) (void)kill(getpid(), SIGKILL);
  return true;
}

bool base_mutant(const char *name) {
  (void)pthread_once(&read_once, read_variables);
  return strcmp(mutant, name) == 0;
}

void base_failpoint_arm(const char *text) {
  (void)pthread_once(&read_once, read_variables);
  set_point(text);
}

void base_failpoint_watch(void (*watch)(const char *name, void *self), void *self) {
  watcher_self = self;
  watcher = watch;
}

void base_mutant_arm(const char *name) {
  (void)pthread_once(&read_once, read_variables);
  set_mutant(name);
}

#endif
