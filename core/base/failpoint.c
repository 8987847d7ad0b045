/* failpoint: what is armed, and how often it was passed. See failpoint.h.
 * Memory:  two static names.  Threads: any, see the header.  Fails: base_fatal. */
#include "base/failpoint.h"

#ifdef HAOKE_FAILPOINTS

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define HOLD_LOOK_US 1000

static pthread_once_t read_once = PTHREAD_ONCE_INIT;
static char point[BASE_FAILPOINT_NAME];
static long count;
static _Atomic long passes;
static enum { KILL, FAIL, PAUSE, HOLD } action;
static const char *hold_path;
static const char *hold_thread;
static char held_path[PATH_MAX];
static char mutant[BASE_FAILPOINT_NAME];
static void (*watcher)(const char *name, void *self);
static void *watcher_self;

static _Noreturn void refuse(const char *text) {
  base_fatal(
      "base.failpoint",
      "text=\"%s\" reason=\"expected NAME:COUNT, NAME:COUNT:error, NAME:COUNT:pause or, with "
      "HAOKE_HOLD, NAME:COUNT:hold, or a mutant's NAME\"",
      text);
}

static void set_name(char out[BASE_FAILPOINT_NAME], const char *name, size_t size,
                     const char *text) {
  if (size == 0 || size >= BASE_FAILPOINT_NAME) refuse(text);
  memcpy(out, name, size);
  out[size] = '\0';
}

static bool set_hold(void) {
  hold_path = getenv("HAOKE_HOLD");
  hold_thread = getenv("HAOKE_HOLD_THREAD");
  if (hold_path == NULL) return false;
  int size = snprintf(held_path, sizeof held_path, "%s.held", hold_path);
  return size > 0 && (size_t)size < sizeof held_path;
}

static bool is_meant(void) {
  char name[16] = "";
  (void)pthread_getname_np(pthread_self(), name, sizeof name);
  return hold_thread == NULL || strcmp(name, hold_thread) == 0;
}

/* The new name goes to one of those who pass at once. */
static void stand(void) {
  if (!is_meant() || rename(hold_path, held_path) != 0) return;
  while (access(held_path, F_OK) == 0) (void)usleep(HOLD_LOOK_US);
}

static void set_point(const char *text) {
  point[0] = '\0';
  if (text == NULL) return;
  const char *colon = strchr(text, ':');
  if (colon == NULL) refuse(text);
  char *end;
  errno = 0;
  count = strtol(colon + 1, &end, 10);
  if (errno != 0 || end == colon + 1 || count < 1) refuse(text);
  if (*end == '\0') {
    action = KILL;
  } else if (strcmp(end, ":error") == 0) {
    action = FAIL;
  } else if (strcmp(end, ":pause") == 0) {
    action = PAUSE;
  } else if (strcmp(end, ":hold") == 0 && set_hold()) {
    action = HOLD;
  } else {
    refuse(text);
  }
  atomic_store(&passes, 0);
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
  if (strcmp(point, name) != 0) return false;
  if (action == HOLD) {
    stand();
    return false;
  }
  long pass = atomic_fetch_add(&passes, 1) + 1;
  if (action == PAUSE) {
    if (pass % count == 0) (void)usleep(BASE_FAILPOINT_PAUSE_MS * 1000);
    return false;
  }
  if (pass != count) return false;
  if (action == KILL) (void)kill(getpid(), SIGKILL);
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
