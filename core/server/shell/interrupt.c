/* interrupt: Ctrl-C ends \watch; elsewhere it ends the program. See shell.h. It is held back except inside the
 * wait, so that one that comes a moment earlier is not missed. */
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "server/shell/shell.h"

static volatile sig_atomic_t interrupted;
static struct sigaction action_before;
static sigset_t mask_before;

static void take(int number) {
  (void)number;
  interrupted = 1;
}

void server_shell_hold_interrupt(void) {
  struct sigaction taking = {.sa_handler = take};
  sigset_t held;
  interrupted = 0;
  (void)sigemptyset(&held);
  (void)sigaddset(&held, SIGINT);
  (void)sigprocmask(SIG_BLOCK, &held, &mask_before);
  (void)sigaction(SIGINT, &taking, &action_before);
}

bool server_shell_wait(long seconds) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  struct timespec time = {.tv_sec = seconds};
  return ppoll(&input, 1, &time, &mask_before) != 0 || interrupted != 0;
}

void server_shell_release_interrupt(void) {
  (void)sigaction(SIGINT, &action_before, NULL);
  (void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
}
