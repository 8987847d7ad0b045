/* random: unpredictable bytes (libsodium).
 *
 * Memory:  the caller's.  Threads: any, after base_random_init.  Fails: base_random_init ends the
 * process when the machine has no source of randomness. */
#pragma once

#include <stddef.h>

/* Once, before any thread is started; also readies hash.h and password.h. */
void base_random_init(void);
void base_random_bytes(void *out, size_t size);
