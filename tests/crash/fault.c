/* fault: counts down to the call that fails. See fault.h.
 * Memory: static.  Threads: under the recorder's lock.  Fails: abort with a line. */
#include "fault.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const calls[] = {"write", "sync", "allocate"};

static bool read_already;
static long left; /* 0: nothing fails (any more) */
static fault_call failing;
static int failure;

static void read_variable(void) {
  char call[16] = "", name[16] = "";
  const char *text = getenv("HAOKE_FAULT");
  read_already = true;
  if (text == NULL) return;
  bool good = sscanf(text, "%15[a-z]:%ld:%15[A-Z]", call, &left, name) == 3 && left > 0;
  for (failing = FAULT_WRITE; good && strcmp(call, calls[failing]) != 0; failing++) {
    good = failing != FAULT_ALLOCATE;
  }
  failure = strcmp(name, "EIO") == 0 ? EIO : ENOSPC;
  if (!good || (failure == ENOSPC && strcmp(name, "ENOSPC") != 0)) {
    (void)dprintf(STDERR_FILENO, "fault: “%s” should be CALL:COUNT:ERRNO\n", text);
    abort();
  }
}

int fault_of(fault_call call) {
  if (!read_already) read_variable();
  if (left == 0 || call != failing || --left > 0) return 0;
  return failure;
}
