/* policy: what one actor may do to records, compiled from the roles' permissions, from records shared with
 * the actor, and from what the types themselves say (`visible`).
 *
 * A role's permissions are data: rows {type, actions, where, fields}. For one type and action the actor may
 * do what any of the roles allows; a role without a row for a type allows all that staff may do. Shares are
 * added to that. A type's `visible` wheres must hold besides, for everybody.
 * Of a field the actor has the widest of what the roles leave: hidden < masked < readonly < all.
 *
 * Memory:  lies in the arena given; points at the schema, which must outlive its use.
 * Threads: read-only after model_policy_new; any.
 * Fails:   model_policy_check: VALIDATION_FAILED or INVALID_ARGUMENT naming the row and what is wrong in it.
 *          model_policy_new does not: a row that no longer fits the types allows nothing. */
#pragma once

#include "model/schema.h"
#include "model/where.h"

/* What may be done to a record. */
typedef enum model_doing {
  MODEL_DO_READ,
  MODEL_DO_CREATE,
  MODEL_DO_UPDATE,
  MODEL_DO_DELETE,
} model_doing;

#define MODEL_DOINGS 4

/* "read" */
const char *model_doing_name(model_doing doing);

typedef struct model_right {
  bool all;                 /* every record */
  bool numbers;             /* `where` compares numbers of records, which aliases stand for */
  const model_where *where; /* unless `all` */
} model_right;

typedef enum model_veil {
  MODEL_VEIL_NONE,
  MODEL_VEIL_READONLY,
  MODEL_VEIL_MASKED, /* 138****1001 */
  MODEL_VEIL_HIDDEN,
} model_veil;

typedef struct model_field_right {
  const data_field *field;
  base_slice name; /* its name, measured once */
  model_veil veil; /* never none */
} model_field_right;

/* One type's part of a policy. */
typedef struct model_permission {
  model_right rights[MODEL_DOINGS];
  size_t field_count;
  const model_field_right *fields;
  bool veiled; /* there is a masked or a hidden one */
} model_permission;

typedef struct model_policy {
  const model_permission
      *nothing; /* of every type, when it could not be found out what is allowed */
  size_t count;
  const model_permission *const *types; /* by number of the type; NULL: all that staff may */
} model_policy;

/* The policy of whoever cannot be judged. */
extern const model_policy model_policy_nothing;

typedef struct model_role {
  base_slice name;
  base_slice permissions; /* msgpack array of rows, or empty */
  bool gone;              /* there is no such role any more: it allows nothing */
} model_role;

/* A record that was shared with the actor. */
typedef struct model_share {
  base_slice type;
  int64_t id;
  bool write;
} model_share;

typedef struct model_subject {
  model_values values;
  size_t role_count;
  const model_role *roles;
  size_t share_count;
  const model_share *shares;
} model_subject;

/* NULL when the subject may do all that staff may. */
const model_policy *model_policy_new(const model_schema *schema, const model_subject *subject,
                                     base_arena *arena);

/* Why a policy allows something or does not. */
typedef enum model_ground {
  MODEL_GROUND_OPEN,    /* a role that says nothing of the type */
  MODEL_GROUND_GONE,    /* a role that is not there any more */
  MODEL_GROUND_ROW,     /* a row of a role */
  MODEL_GROUND_ACTION,  /* a role with rows of the type, none of which is for this */
  MODEL_GROUND_SHARE,   /* a share of this record */
  MODEL_GROUND_VISIBLE, /* the type's own where: it must hold besides */
} model_ground;

typedef struct model_policy_reason {
  model_ground ground;
  bool holds;
  base_slice role;  /* of rows and roles */
  size_t number;    /* of the row among the role's, or of the where among the type's */
  base_slice where; /* of rows and of `visible`, as they were written; may be empty */
} model_policy_reason;

/* Tells all that has a say in whether the subject may do that to the record. */
void model_policy_explain(const model_type *type, const model_subject *subject, model_doing doing,
                          base_slice record, base_arena *arena,
                          void (*tell)(const model_policy_reason *reason, void *self), void *self);

/* Whether rows fit the types there are. `field` of the error: "[0].where". */
base_code model_policy_check(const model_schema *schema, base_slice permissions, base_arena *arena,
                             base_error *error);
