/* states: what a field of the kind `states` makes true of its records. Every write is held against the
 * table of transitions; delays and clocks follow from the record as rows of the timer table.
 *
 * A record carries `timing`, a map of the states field's name to
 *   {since, delays = {to = due}, clocks = {name = {span, from, total, passed, due, at}}}
 * Instants are milliseconds UTC. `since`: when the state began. A delay is there while its condition
 * holds. Of a clock: which span, from when it runs (0: it stands), how much of it there is and how
 * much had passed then, when it ends, and when its next step is due.
 *
 * The timer rows are derived from `timing` as index rows are from fields, by model_states_rows: a
 * record that leaves a state takes its timers with it, one in the recycle bin has none. A timer calls
 * MODEL_STATES_OP, which looks whether the record still says so.
 *
 * Memory:  what is made lies in ctx->arena; a type's tables in its schema's.
 * Threads: one per ctx; tables are read-only.
 * Fails:   TRANSITION_DENIED with data {field, from, to, allowed = {…}, reason}: reason is the text of
 *          a model_reason; ALREADY_CLAIMED with data {by}; VALIDATION_FAILED where a year without
 *          calendar records would have to be known. */
#pragma once

#include "model/ctx.h"
#include "model/reason.h"
#include "model/where.h"

typedef struct model_transition {
  const data_transition *row;
  const model_where *where;
} model_transition;

typedef struct model_clock {
  const data_clock *row;
  const model_where *const *wheres; /* of its spans */
} model_clock;

/* A states field of a type, resolved. */
typedef struct model_states {
  const data_field *field;
  size_t count;
  const model_transition *transitions;
  size_t clock_count;
  const model_clock *clocks;
  bool timed; /* it has a delay or a clock */
} model_states;

#define MODEL_STATES_OP "states.due"
#define MODEL_TIMING "timing"

/* Resolves the type's states fields. VALIDATION_FAILED naming field and part. */
base_code model_states_resolve(const model_type *type, base_arena *arena,
                               const model_states **states, size_t *count, base_error *error);

/* The states field of that name, or the only one when the name is empty; NULL: none. */
const model_states *model_states_find(const model_type *type, base_slice field);

/* Pure: whether the actor may take the record, as it would be, along that way. `by_hand` asks who. */
model_reason model_states_judge(crm_ctx *ctx, const model_states *states, base_slice from,
                                base_slice to, base_slice before, base_slice after, bool by_hand,
                                const model_transition **found);

/* Pure: whether a record in that state has the delay, and if not why. */
model_reason model_states_waits(const crm_ctx *ctx, const model_transition *way, base_slice state,
                                base_slice record);

/* --- for the writes of records -------------------------------------------------------------------- */

/* Checks every states field; fills fields that claim. */
base_code model_states_check(crm_ctx *ctx, const model_type *type, base_slice before,
                             base_slice *after, unsigned flags);

/* Brings `timing` and the fields that clocks show into agreement with the record. */
base_code model_states_time(crm_ctx *ctx, const model_type *type, base_slice before,
                            base_slice *after);

/* Replaces the timer rows of `before` by those of `after`. */
base_code model_states_rows(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                            base_slice after);

/* A record that is older than a states field, a delay or a clock of its type gets what it would have: the first
 * state, and its timers. What ran goes on as it was set. A delay counts from when the state began where that is
 * known, from its `since`, else from now; a clock from its `since`, else from now. No rule runs: nothing happened
 * to the record. Writes nothing when it has all. */
base_code model_states_adopt(crm_ctx *ctx, const model_type *type, int64_t id);

/* --- for ops -------------------------------------------------------------------------------------- */

/* Takes the record along one transition, with further values. ALREADY_CLAIMED when it is there by a
 * transition that claims. */
base_code model_states_move(crm_ctx *ctx, const model_type *type, int64_t id, base_slice field,
                            base_slice to, base_slice values, int64_t version, unsigned flags,
                            base_slice *record);

/* What a timer does: the delay to state `to`, or the next step of the clock, when the record still says
 * that it is due at `due`. `*reason`: MODEL_REASON_HOLDS when it happened. */
base_code model_states_delay(crm_ctx *ctx, const model_type *type, int64_t id, base_slice field,
                             base_slice to, int64_t due, model_reason *reason);
base_code model_states_step(crm_ctx *ctx, const model_type *type, int64_t id, base_slice field,
                            base_slice clock, int64_t due, model_reason *reason);
