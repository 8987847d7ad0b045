/* failpoint: places where a test makes the process die or a step fail, and mutants: faults that are
 * built in on purpose, so that a test can show that it would find them.
 *
 *   HAOKE_FAILPOINT=store.journal.before_write:3        the third pass of that point is SIGKILL
 *   HAOKE_FAILPOINT=store.journal.before_write:3:error  the third pass, and no other, answers true:
 *                                                       the caller acts as if its step had failed
 *   HAOKE_FAILPOINT=store.view.before_snapshot:3:pause  each third pass takes
 *                                                       BASE_FAILPOINT_PAUSE_MS longer, so that
 *                                                       others come in between
 *   HAOKE_FAILPOINT=store.view.before_snapshot:1:hold   with HAOKE_HOLD=PATH: whoever passes while there
 *                                                       is a file PATH gives it the name PATH.held and
 *                                                       stands there until that file is gone; the
 *                                                       others pass. So a test from outside has one
 *                                                       thread at a chosen place, as long as it wants;
 *                                                       HAOKE_HOLD_THREAD=NAME: only one of that name
 *   HAOKE_MUTANT=store.ack_before_sync                  that mutant lives
 *
 * A test that must have several threads at chosen places at once watches: its function is called at
 * every pass of every point, in the thread that passes, which stands there until it returns.
 *
 * Names are room.noun.moment for points and room.what_is_wrong for mutants. A name that no place
 * has arms nothing. In builds without HAOKE_FAILPOINTS (releases) both are constant false, and the
 * variables mean nothing.
 *
 * Memory:  nothing is allocated; names are cut at BASE_FAILPOINT_NAME bytes by refusing them.
 * Threads: base_failpoint and base_mutant any; the passes of all threads count together. Arming and
 *          watching: while no other thread passes a point or asks for a mutant.
 * Fails:   base_fatal when the variable or the text of _arm is not of the form above. */
#pragma once

#include <stdbool.h>

enum { BASE_FAILPOINT_NAME = 64, BASE_FAILPOINT_PAUSE_MS = 50 };

#ifdef HAOKE_FAILPOINTS

/* True: fail here, now. */
bool base_failpoint(const char *name);
bool base_mutant(const char *name);

/* For unit tests, in place of the variables, which are read once; NULL disarms. */
void base_failpoint_arm(const char *text);
void base_mutant_arm(const char *name);

/* For unit tests; NULL ends it. */
void base_failpoint_watch(void (*watch)(const char *name, void *self), void *self);

#else

static inline bool base_failpoint(const char *name) {
  (void)name;
  return false;
}

static inline bool base_mutant(const char *name) {
  (void)name;
  return false;
}

#endif
