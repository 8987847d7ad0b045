/* usage: what a server and all processes below it have used, read from /proc.
 *
 * Memory:  a usage is a plain value.  Threads: one.
 * Fails:   a process that has ended counts nothing. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

typedef struct usage {
  double cpu_seconds;     /* user and system */
  uint64_t private_bytes; /* RssAnon */
  uint64_t shared_bytes;  /* the largest RssShmem: shared buffers are one memory to all */
} usage;

usage usage_of(pid_t server);
