/* whole: whether a shared object has all the bytes that its heads speak of. The dynamic linker believes
 * them: it maps what is not there, and the process dies of it. A file that is being copied into the folder
 * of plugins looks like that.
 *
 * Memory:  none.  Threads: any.
 * Fails:   false, also when it cannot be read or is of another class than this machine's. */
#pragma once

#include <stdbool.h>

bool loader_whole(const char *path);
