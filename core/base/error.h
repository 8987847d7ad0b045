/* error: the stable codes of the protocol, and one error with its text and field.
 * Memory:  a base_error is a plain value that its caller owns; `data` points into the caller's
 *          arena.
 * Threads: values; one thread at a time.
 * Fails:   nothing here can fail; texts that do not fit are cut at a character.
 *
 * A function that can fail returns a base_code and fills the base_error it was given exactly once,
 * at the place that knows most. Callers pass the code on with BASE_TRY. */
#pragma once

#include "base/slice.h"

#define BASE_CODES(X)                                                                              \
  X(BAD_REQUEST)                                                                                   \
  X(UNKNOWN_METHOD)                                                                                \
  X(INVALID_ARGUMENT)                                                                              \
  X(VALIDATION_FAILED)                                                                             \
  X(TOO_LARGE)                                                                                     \
  X(UNAUTHENTICATED)                                                                               \
  X(PERMISSION_DENIED)                                                                             \
  X(NOT_FOUND)                                                                                     \
  X(VERSION_CONFLICT)                                                                              \
  X(DUPLICATE)                                                                                     \
  X(TRANSITION_DENIED)                                                                             \
  X(RULE_FAILED)                                                                                   \
  X(REFERENCE_MISSING)                                                                             \
  X(REFERENCE_IN_USE)                                                                              \
  X(ALREADY_CLAIMED)                                                                               \
  X(IDEMPOTENCY_MISMATCH)                                                                          \
  X(CURSOR_EXPIRED)                                                                                \
  X(RATE_LIMITED)                                                                                  \
  X(BUDGET_EXCEEDED)                                                                               \
  X(SCRIPT_ERROR)                                                                                  \
  X(STORAGE_FULL)                                                                                  \
  X(READ_ONLY)                                                                                     \
  X(UNAVAILABLE)                                                                                   \
  X(INTERNAL)

typedef enum base_code {
  BASE_OK = 0,
#define BASE_CODE_ENUM(name) BASE_##name,
  BASE_CODES(BASE_CODE_ENUM)
#undef BASE_CODE_ENUM
} base_code;

/* The languages that texts exist in. The first is the default of every server and session. */
typedef enum base_language { BASE_ZH = 0, BASE_EN = 1 } base_language;

typedef struct base_error {
  base_code code;
  base_language language; /* set by whoever owns the error, before it is filled */
  char field[128];        /* dotted path of the field at fault ("lines[0].quantity"), or "" */
  char message[512];
  char place[96];  /* of the script that failed, "health_product/init.lua:12", or "" */
  base_slice data; /* one msgpack map with details ({id = 12}), or empty */
} base_error;

/* "NOT_FOUND" for BASE_NOT_FOUND; "OK" for BASE_OK. */
const char *base_code_name(base_code code);

/* The code of that name; BASE_OK when there is none. */
base_code base_code_find(base_slice name);

/* Whether the same request may succeed later without being changed. */
bool base_code_retry(base_code code);

/* Fills the error and returns its code. The texts are two printf formats that take the same
 * arguments in the same order; the error's language chooses one. `field` may be NULL. */
base_code base_error_set(base_error *error, base_code code, const char *field, const char *zh,
                         const char *en, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

/* Puts a step before the field's path: with "lines[0]", "quantity" becomes "lines[0].quantity". A
 * path that begins with an index is joined without a dot: "lines" before "[0]" is "lines[0]". */
void base_error_within(base_error *error, const char *step);

/* Empties the error and keeps its language. */
void base_error_clear(base_error *error);

#define BASE_TRY(call)                                                                             \
  do {                                                                                             \
    base_code base_try_code = (call);                                                              \
    if (base_try_code != BASE_OK) return base_try_code;                                            \
  } while (0)
