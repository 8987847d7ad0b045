/* password: Argon2id through libsodium.
 * Memory:  the caller's; work memory is wiped and freed inside.
 * Threads: any, but slow by design (tens of milliseconds, tens of MiB): only the prepare lane
 *          calls.
 * Fails:   INTERNAL when the work memory cannot be had. */
#pragma once

#include "base/error.h"

#define BASE_PASSWORD_SIZE 128

typedef struct base_password_cost {
  unsigned passes;     /* iterations, at least 1 */
  unsigned memory_kib; /* at least 8 */
} base_password_cost;

/* Writes the NUL-terminated hash text of `password` ("$argon2id$…"), salt and cost inside. */
base_code base_password_hash(base_slice password, base_password_cost cost,
                             char out[BASE_PASSWORD_SIZE], base_error *error);

/* Whether `password` has that hash. A NULL or malformed hash costs as much time and gives false. */
bool base_password_check(base_slice password, const char *hash, base_password_cost cost);
