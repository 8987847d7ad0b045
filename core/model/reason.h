/* reason: why something happened to a record or did not. One list for rules, transitions, delays and
 * clocks, given by pure functions that the real run and its explanation share.
 *
 * Memory:  values.  Threads: any.  Fails: never. */
#pragma once

#include "base/error.h"

typedef enum model_reason {
  MODEL_REASON_HOLDS,      /* nothing stands against it */
  MODEL_REASON_EVENT,      /* the rule is for other events */
  MODEL_REASON_UNCHANGED,  /* no field that the rule watches changed */
  MODEL_REASON_WAS,        /* the condition on the record before does not hold */
  MODEL_REASON_WHERE,      /* the condition does not hold */
  MODEL_REASON_TRANSITION, /* the table has no such transition */
  MODEL_REASON_WHO,        /* the actor is none of those who may */
  MODEL_REASON_SINCE,      /* the field that it counts from is empty */
  MODEL_REASON_GONE,       /* the record is not there, or says so no longer */
  MODEL_REASON_MISSED,     /* its time passed while no server ran, and its policy is to skip */
  MODEL_REASON_BETWEEN,    /* it is an hour of the day at which it must not happen: it waits */
  MODEL_REASON_CAP,        /* there was enough of it lately: it waits */
} model_reason;

/* "holds", "event", "unchanged", … */
const char *model_reason_text(model_reason reason);

/* The same to people. */
const char *model_reason_say(model_reason reason, base_language language);
