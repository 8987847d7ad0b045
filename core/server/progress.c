/* progress: see progress.h. */
#include "server/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/message.h"

#define FIRST_NS ((uint64_t)1000000000)
#define EVERY_NS ((uint64_t)200000000)

void server_progress_begin(server_progress *progress) {
  *progress = (server_progress){.terminal = isatty(STDERR_FILENO) != 0,
                                .next = base_clock_monotonic() + FIRST_NS};
}

void server_progress_show(server_progress *progress, int64_t rows, int64_t done, int64_t total) {
  char line[80];
  char part[16] = "";
  uint64_t now = base_clock_monotonic();
  if (!progress->terminal || now < progress->next) return;
  progress->next = now + EVERY_NS;
  if (total > 0) {
    (void)snprintf(part, sizeof part, "  %d%%", (int)(done >= total ? 100 : done * 100 / total));
  }
  (void)snprintf(line, sizeof line, server_message_choose("%lld 行%s", "%lld rows%s"),
                 (long long)rows, part);
  (void)fprintf(stderr, "\r%s   ", line);
  progress->width = 40;
}

void server_progress_end(server_progress *progress) {
  if (progress->width > 0) (void)fprintf(stderr, "\r%*s\r", (int)progress->width, "");
  progress->width = 0;
}
