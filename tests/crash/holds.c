/* holds: opens the store in a directory as a server does when it starts, checks all of it, and tells
 * on standard output what it holds (check.h).
 *
 *   holds DIR
 *
 * Memory: as check.h.  Threads: one.  Fails: exit status 1 with the first finding on standard error. */
#include <err.h>
#include <stdio.h>

#include "base/random.h"
#include "check.h"

int main(int count, char **words) {
  base_buffer told = {0};
  base_error error = {.language = BASE_EN};
  if (count != 2) errx(2, "usage: holds DIR");
  base_random_init();
  if (check_store(words[1], &told, &error) != BASE_OK) errx(1, "%s", error.message);
  if (fwrite(told.data, 1, told.size, stdout) != told.size) err(2, "standard output");
  base_buffer_fini(&told);
  return 0;
}
