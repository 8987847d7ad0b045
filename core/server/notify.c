/* notify: see notify.h. */
#include "server/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define US_PER_MS 1000
#define NANOSECONDS_PER_US 1000

/* False when there is none. A name that begins with "@" lies in no directory: a NUL stands for it. */
static bool find_address(struct sockaddr_un *address, socklen_t *size) {
  const char *name = getenv("NOTIFY_SOCKET");
  size_t length = name == NULL ? 0 : strlen(name);
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (length < 2 || length >= sizeof address->sun_path || (name[0] != '/' && name[0] != '@')) {
    return false;
  }
  memcpy(address->sun_path, name, length);
  if (name[0] == '@') address->sun_path[0] = '\0';
  *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  return true;
}

void server_notify(const char *state) {
  struct sockaddr_un address;
  socklen_t size = 0;
  if (!find_address(&address, &size)) return;
  int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) return;
  ssize_t sent = sendto(made, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                        (const struct sockaddr *)&address, size);
  if (sent < 0) {
    char reason[128];
    base_log(BASE_LOG_WARN, "server.notify", "reason=\"%s\"",
             strerror_r(errno, reason, sizeof reason));
  }
  (void)close(made);
}

void server_notify_reloading(void) {
  char state[64];
  (void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
                 base_clock_monotonic() / NANOSECONDS_PER_US);
  server_notify(state);
}

static void go_round(void *self) {
  (void)self;
  server_notify("WATCHDOG=1");
}

/* In milliseconds; 0 when it is not for this process. */
static uint64_t watchdog_ms(void) {
  const char *text = getenv("WATCHDOG_USEC");
  const char *process = getenv("WATCHDOG_PID");
  if (text == NULL || getenv("NOTIFY_SOCKET") == NULL) return 0;
  if (process != NULL && strtol(process, NULL, 10) != (long)getpid()) return 0;
  return strtoull(text, NULL, 10) / US_PER_MS;
}

io_timer *server_notify_watchdog(io_loop *loop) {
  uint64_t ms = watchdog_ms();
  if (ms < 2) return NULL;
  io_timer *timer = io_timer_new(loop, go_round, NULL);
  io_timer_start(timer, ms / 2, ms / 2);
  return timer;
}
