/* sync: brings what was written to the disk piece by piece. A sync of a hundred megabytes keeps every other one
 * on the same disk waiting, those of the journal too, for which clients wait.
 *
 * Memory:  none.
 * Threads: any.
 * Fails:   never: it is a hint. Whether the bytes are safe, the sync that follows says. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/inside.h"

#define PIECE ((off_t)256 << 10)
#define STEP_MOST ((off_t)8 << 20)     /* through parts of a file in which nothing was written */
#define WROTE_NS ((uint64_t)30 * 1000) /* what takes longer has written something */
#define REST 2                         /* pauses, in times of what the piece took */
#define NANOSECONDS_PER_US ((uint64_t)1000)

void store_sync_piece(int file, off_t from, off_t size) {
  unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  (void)sync_file_range(file, from, size, all);
}

void store_sync_pieces(int file, bool (*between)(void *self), void *self) {
  struct stat state;
  off_t from = 0;
  off_t step = PIECE;
  if (fstat(file, &state) != 0) return;
  while (from < state.st_size) {
    uint64_t begun = base_clock_monotonic();
    store_sync_piece(file, from, step);
    uint64_t took = base_clock_monotonic() - begun;
    from += step;
    if (took < WROTE_NS) {
      if (step < STEP_MOST) step *= 2;
    } else {
      step = PIECE;
      if (between(self)) (void)usleep((useconds_t)(took * REST / NANOSECONDS_PER_US));
    }
  }
}
