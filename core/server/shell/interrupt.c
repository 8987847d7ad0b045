/* interrupt: Ctrl-C while \watch waits ends that wait; elsewhere it ends the program. See shell.h. */
#include <signal.h>

#include "server/shell/shell.h"

static volatile sig_atomic_t interrupted;
static struct sigaction before;

static void take(int number) {
  (void)number;
  interrupted = 1;
}

void server_shell_wait_begin(void) {
  struct sigaction taking = {.sa_handler = take}; /* no SA_RESTART: the wait ends */
  interrupted = 0;
  (void)sigaction(SIGINT, &taking, &before);
}

bool server_shell_wait_end(void) {
  (void)sigaction(SIGINT, &before, NULL);
  return interrupted != 0;
}
