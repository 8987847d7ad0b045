/* explain: why something happened to a record or did not: its last changes with what each rule said to
 * them, where it can go from its state, what is due, what failed. Nothing was recorded for it: the
 * functions that decide (model_rule_judge, model_states_judge, model_states_waits) are asked again about
 * the record as it was. So a rule that is new since answers too.
 *
 * Rules are judged over what an entry made of the record as a whole.
 *
 * Memory:  the ctx's arena.  Threads: any lane.
 * Fails:   NOT_FOUND, PERMISSION_DENIED, as record.history. */
#pragma once

#include "api/nouns/nouns.h"

/* The handler of workflow.explain. */
base_code api_explain_run(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self);

/* Appends the list of timers that are about the record, the earliest first: as they are now (`at` 0), or as they
 * were when the journal was at that entry. Returns from which entry on nothing is left out that was set;
 * 1: of all. Of those that were set before, it tells those that still wait or fired soon after. */
uint64_t api_explain_timers(crm_ctx *ctx, const model_type *type, int64_t id, uint64_t at,
                            base_buffer *out);
