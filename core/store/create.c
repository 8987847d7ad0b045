/* create: a new data file, which is there whole or not at all: LMDB writes the first pages of a new
 * file without a sync, and cannot open what a power cut left of them.
 *
 * Memory:  none kept.
 * Threads: while a store is opened.
 * Fails:   with LMDB's status or an errno; what was begun is made anew by the next one. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "store/inside.h"

#define UNFINISHED "data.new"

static int write_file(const char *directory) {
  char path[PATH_MAX];
  MDB_env *env;
  int size = snprintf(path, sizeof path, "%s/" UNFINISHED, directory);
  if (size < 0 || (size_t)size >= sizeof path) return ENAMETOOLONG;
  int status = mdb_env_create(&env);
  if (status != MDB_SUCCESS) return status;
  status = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0600);
  if (status == MDB_SUCCESS) status = mdb_env_sync(env, 1);
  mdb_env_close(env);
  return status;
}

int store_create(int folder, const char *directory) {
  if (faccessat(folder, "data.mdb", F_OK, 0) == 0) return MDB_SUCCESS;
  if (unlinkat(folder, UNFINISHED, 0) != 0 && errno != ENOENT) return errno;
  int status = write_file(directory);
  if (status != MDB_SUCCESS) return status;
  if (renameat(folder, UNFINISHED, folder, "data.mdb") != 0) return errno;
  return store_directory_sync(folder);
}
