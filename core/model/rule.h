/* rule: what a business adds to a change of a record. Hooks, validations, guards, effects and
 * denormalised sums are all rules.
 *
 * A `before` rule runs inside the op, after the record was validated and stored with its index rows,
 * provisionally: it may refuse (any code, usually RULE_FAILED), write other records
 * and update the very record that triggered it (the update joins the one under way).
 *
 * An `after` rule is a deferred call that is due now: its timer row is written in the same change set as
 * the record, and deleted in that of what the rule does, so that it happens exactly once. It cannot
 * refuse what happened; when it fails it is tried again, as every timer.
 *
 * Memory:  rules belong to their package; change slices live as long as the ctx.
 * Threads: run may be called on any lane; `self` is read-only.
 * Fails:   by the rule's own word, through ctx->error. */
#pragma once

#include "base/error.h"
#include "model/reason.h"

typedef struct crm_ctx crm_ctx;
typedef struct model_where model_where;
struct model_type;
struct model_type_rule;

typedef enum model_moment { MODEL_BEFORE, MODEL_AFTER } model_moment;

typedef enum model_event {
  MODEL_CREATE = 1,
  MODEL_UPDATE = 2,
  MODEL_DELETE = 4,
  MODEL_RESTORE = 8,  /* out of the recycle bin: `before` is empty, as on create */
  MODEL_MERGE = 16,   /* `id` and `before`: the record that goes; `after`: the survivor */
  MODEL_UNMERGE = 32, /* `id` and `after`: the record that is back; `before`: the survivor */
} model_event;

typedef struct model_rule_change {
  model_event event;
  const struct model_type *type;
  int64_t id;
  base_slice before; /* empty on create and restore */
  base_slice after;  /* empty on delete */
} model_rule_change;

typedef struct model_rule {
  const char *name;
  const char *package;
  const char *type;
  const char *doc;
  model_moment moment;
  unsigned events; /* model_event, ored */
  /* msgpack map; empty: every record. It is asked of `after`, on delete and merge of `before` */
  base_slice where;
  base_slice was; /* asked of `before`; of a record that has none only an empty one holds */
  bool
      own_rights; /* sees and writes whatever there is, not what the actor may; the core's rules always */
  const char *const *fields; /* update: only when one of these changed; NULL: any */
  base_code (*run)(crm_ctx *ctx, const model_rule_change *change, const void *self);
  const void *self;
} model_rule;

/* Pure: whether the rule is one for that change, and if not why. */
model_reason model_rule_judge(const struct model_type_rule *entry, const model_rule_change *change);

/* Runs the `before` rules of the change's type that apply, in order, and sets the timers of the `after`
 * rules. Each sees the record as the rules before it left it: `current` points at the record of the write
 * under way, NULL for a delete. A rule runs again when, after its last run, others changed a field it
 * watches; its own changes do not wake it. Rounds and depth are bounded: RULE_FAILED naming the rules
 * that go round. */
base_code model_rule_run(crm_ctx *ctx, const model_rule_change *change, const base_slice *current);

/* What the timer of an `after` rule calls, and with what: {type, id, event, package, rule, before, after,
 * chain}; `chain`: the rules that led to it. A rule that is there no more does nothing. */
#define MODEL_RULE_OP "rule.run"
base_code model_rule_run_after(crm_ctx *ctx, base_slice params);

/* How deep rules may trigger one another, and how many rounds one write may take. */
#define MODEL_RULE_DEPTH 16

/* A rule under way, linked to the one that set it off. */
typedef struct model_rule_frame {
  const struct model_rule_frame *up;
  const model_rule *rule;
} model_rule_frame;
