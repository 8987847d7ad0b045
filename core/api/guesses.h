/* guesses: how many passwords may be tried, before any is checked. Inside the room only.
 *
 * What counts is a password that was checked and was wrong, within the window that ends now:
 *
 *   `pair`      for one user from one network
 *   `user`      for one user from all networks together ┐ only where the user has never
 *   `address`   from one network for all users together ┘ logged in before
 *
 * Nobody is locked out for longer than the window, and flooding a name from elsewhere does not keep its
 * user from logging in where that user has logged in before. Names count as they are given, so that the
 * count does not tell whether there is such a user.
 *
 * Checks are slow on purpose, so those for strangers (users at networks that are new to them) share one
 * budget: `share_percent` of one core's time, and at most `strangers` of them beyond that.
 *
 * Memory:  bounded: `kept` counts, of which the one that was idle longest makes room. Lost with the
 *          process (docs/decisions/0019-guesses.md).
 * Threads: any; a mutex inside, never held while a password is checked.
 * Fails:   never; a wait that is not 0 says no. */
#pragma once

#include "base/slice.h"

typedef struct api_guess_options {
  int64_t window_ms;      /* login.window_s; default 600 s */
  size_t pair;            /* login.pair; default 5 */
  size_t user;            /* login.user; default 50 */
  size_t address;         /* login.address; default 60 */
  size_t kept;            /* login.kept; default 65 536 */
  unsigned share_percent; /* login.share_percent; default 25 */
  size_t strangers;       /* login.strangers; default 16 */
  size_t networks;        /* login.networks, remembered of one user; default 16 */
} api_guess_options;

typedef struct api_guess {
  base_slice user;
  base_slice network;
  bool known; /* the user has logged in from this network before */
} api_guess;

typedef struct api_guesses api_guesses;

api_guesses *api_guesses_new(const api_guess_options *options);
void api_guesses_free(api_guesses *guesses);

/* Whether the guess may wait for its check: 0, or the milliseconds after which it is worth asking again.
 * A stranger's takes its part of the budget. `now` is the server's clock. */
int64_t api_guesses_admit(api_guesses *guesses, const api_guess *guess, int64_t now);

/* Right before the check: 0, and the guess is counted as a wrong one; else as above. */
int64_t api_guesses_begin(api_guesses *guesses, const api_guess *guess, int64_t now);

/* Right after it, with what the check took: a right one is not counted after all. */
void api_guesses_end(api_guesses *guesses, const api_guess *guess, bool right,
                     uint64_t nanoseconds);

/* Counts that are kept now. */
size_t api_guesses_count(api_guesses *guesses);
