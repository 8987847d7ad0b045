/* progress: one line on the terminal that tells how far a long command is.
 *
 * Nothing is shown in the first second, nor when standard error is no terminal.
 *
 * Memory:  the caller's struct.  Threads: the main thread only.  Fails: never. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct server_progress {
  bool terminal;
  uint64_t next;  /* base_clock_monotonic from which it is shown again */
  uint64_t width; /* of the line that is there, in columns; 0: there is none */
} server_progress;

void server_progress_begin(server_progress *progress);

/* `rows` so far, and how much of the whole is done; `total` 0: nobody knows the whole. */
void server_progress_show(server_progress *progress, int64_t rows, int64_t done, int64_t total);

/* Takes the line away. */
void server_progress_end(server_progress *progress);
