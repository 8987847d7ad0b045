/* version: the versions of packages, numbers with dots between: "1.10.0". Inside the room and of the doors
 * that read manifests.
 *
 * Memory:  none.  Threads: any.  Fails: never. */
#pragma once

#include <stdbool.h>

bool api_version_valid(const char *version);

/* Below 0, 0 or above it, number by number: 1.9 comes before 1.10, and 1.0 is 1. */
int api_version_compare(const char *a, const char *b);
