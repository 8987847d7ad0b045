/* memory: where the states' memory comes from: a function of its own, which the tests replace by one
 * that refuses.
 *
 * Memory:  the caller's, given back with size 0.
 * Threads: any.
 * Fails:   NULL, and the block stays as it was; never when it becomes smaller. */
#pragma once

#include <stddef.h>

void *script_memory_resize(void *memory, size_t old_size, size_t size);
