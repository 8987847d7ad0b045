/* version: see version.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/version.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

bool api_version_valid(const char *version) {
  for (;;) {
    size_t digits = strspn(version, DIGITS);
    if (digits == 0 || digits > 9) return false;
    version += digits;
    if (*version == '\0') return true;
    if (*version++ != '.') return false;
  }
}

/* The number at the front, which is taken away with its dot; 0 when there is none. */
static long next_number(const char **at) {
  char *end = NULL;
  long number = strtol(*at, &end, 10);
  *at = *end == '.' ? end + 1 : end + strlen(end);
  return number;
}

int api_version_compare(const char *a, const char *b) {
  while (*a != '\0' || *b != '\0') {
    long left = next_number(&a);
    long right = next_number(&b);
    if (left != right) return left < right ? -1 : 1;
  }
  return 0;
}
