/* rule: what a business adds to a change of a record. Hooks, validations, guards, effects and
 * denormalised sums are all rules.
 *
 * A `before` rule runs inside the op, after the record was validated and stored with its index rows,
 * provisionally: it may refuse (any code, usually RULE_FAILED), write other records
 * and update the very record that triggered it (the update joins the one under way).
 *
 * Memory:  rules belong to their package; change slices live as long as the ctx.
 * Threads: run may be called on any lane; `self` is read-only.
 * Fails:   by the rule's own word, through ctx->error. */
#pragma once

#include "base/error.h"

typedef struct crm_ctx crm_ctx;
typedef struct model_where model_where;
struct model_type;

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
  unsigned events; /* model_event, ored */
  /* msgpack map; empty: every record. It is asked of `after`, on delete and merge of `before` */
  base_slice where;
  const char *const *fields; /* update: only when one of these changed; NULL: any */
  base_code (*run)(crm_ctx *ctx, const model_rule_change *change, const void *self);
  const void *self;
} model_rule;

/* Runs the rules of the change's type that apply, in order. Each sees the record as the rules before it
 * left it: `current` points at the record of the write under way, NULL for a delete. A rule runs again
 * when, after its last run, others changed a field it watches; its own changes do not wake it. Rounds and
 * depth are bounded (RULE_FAILED). */
base_code model_rule_run(crm_ctx *ctx, const model_rule_change *change, const base_slice *current);

/* How deep rules may trigger one another, and how many rounds one write may take. */
#define MODEL_RULE_DEPTH 16
