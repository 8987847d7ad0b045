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
