/* states: what a field of the kind `states` knows beside its choices: the transitions and the
 * clocks. Data only, so that it is stored and described with the field; what it means is in
 * model/states.h.
 *
 *   transitions = {
 *     pool = {"claimed", {to = "void", who = {roles = {"leader"}}, where = {calls = {ge = 3}}}},
 *     claimed = {{to = "pool", delay = {days = 15, at = "00:00"}}},
 *   }
 *   clocks = {{name = "solution", runs = {"open"}, pauses = {"waiting"}, due = "due_at",
 *              spans = {{working_days = 3}}, ladder = {50, 80, 100, 150}, level = "pressed"}}
 *
 * Memory:  tables and texts lie in the arena given, or are static.
 * Threads: read-only once read.
 * Fails:   data_states_read: VALIDATION_FAILED naming the part at fault. */
#pragma once

#include "data/span.h"

/* Who may make a transition: somebody with one of the roles, one of the users, or somebody whom one
 * of the record's fields names. Lists end with NULL; NULL: nobody by that way. */
typedef struct data_who {
  const char *const *roles;
  const char *const *users;
  const char *const *fields;
} data_who;

/* What becomes of a delay or a clock's step that could not happen at its time. */
typedef enum data_policy {
  DATA_LATE, /* happens when it can, each one */
  DATA_ONCE, /* of several that were missed only the last happens */
  DATA_SKIP, /* what was missed does not happen */
} data_policy;

/* How often is enough: a delay whose time has come waits a day while within the last `days` there were
 * `most` records of `type` whose field `by` names the same record. */
typedef struct data_cap {
  const char *type;
  const char *by;
  const char *of; /* the field of the own record that says whom; NULL: the record itself */
  int64_t days;
  int64_t most;
  base_slice where; /* of those that count; may be empty */
} data_cap;

/* One allowed change of a states field; `from` NULL ends the table. */
typedef struct data_transition {
  const char *from;
  const char *to;
  const data_who *who;    /* NULL: whoever may write the record */
  base_slice where;       /* of the record as it would be; empty: every record */
  const data_span *delay; /* a timer makes the transition, so long after the state began; NULL */
  data_policy policy;     /* of the delay */
  const data_cap *cap;    /* of the delay; NULL */
  const char *claims; /* the field that names who made it, which others then cannot take; NULL */
} data_transition;

/* A span that holds for the records of its where. */
typedef struct data_clock_span {
  data_span span;
  base_slice where;
} data_clock_span;

/* Time that runs while the field is in some states. */
typedef struct data_clock {
  const char *name; /* NULL ends the table */
  const char *const *runs;
  const char *const *pauses; /* states in which it stands still; in all others it has ended */
  size_t span_count;
  const data_clock_span *spans; /* the first that holds; when none does the clock does not run */
  const char *due;              /* the datetime field that shows when it ends; NULL */
  const int64_t *ladder;        /* percents, ascending, ends with 0; NULL */
  bool every;                   /* the span comes again and again */
  const char *level;            /* the integer field that shows the last percent, or how often */
  data_policy policy;           /* of its steps */
} data_clock;

const char *data_policy_name(data_policy policy);

/* Whether the list, which may be NULL, has the text. */
bool data_states_has(const char *const *list, base_slice text);

/* Reads `transitions` and `clocks` of a field of kind states, whose choices are known; refuses them for
 * other kinds. */
base_code data_states_read(base_slice map, base_arena *arena, data_field *field, base_error *error);

/* Appends both as pairs of the open map of a field, and says how many. */
size_t data_states_append(const data_field *field, base_buffer *out);
