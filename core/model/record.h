/* record: create, get, update, delete, restore and purge, with everything that must hold for a record:
 * validated values, references that exist, unique fields, states along their transitions, rules,
 * indexes.
 *
 * A record's number may be that of one that was merged into another (alias.h): it then means the
 * survivor, in get and find, in update and delete.
 *
 * Memory:  records are slices of msgpack maps, of the view or of ctx->arena; see ctx.h.
 * Threads: one per ctx.
 * Fails:   VALIDATION_FAILED REFERENCE_MISSING DUPLICATE (data: {type, id}) TRANSITION_DENIED
 *          VERSION_CONFLICT (data: {version}) NOT_FOUND REFERENCE_IN_USE PERMISSION_DENIED
 *          READ_ONLY TOO_LARGE, and whatever a rule answers. */
#pragma once

#include "model/ctx.h"
#include "model/policy.h"

/* The caller is a rule, a package or the core itself: readonly fields may be set. */
#define MODEL_TRUSTED (1u << 0)
/* The values follow from other records (totals): version and stamps stay as they are. */
#define MODEL_QUIET (1u << 1)

/* What may have become of a record: marks, ored. */
typedef enum model_standing {
  MODEL_LIVE = 0,
  MODEL_DELETED = 1, /* lies in the recycle bin: deleted_at, deleted_by */
  MODEL_MERGED = 2,  /* its number means another record: merged_into */
} model_standing;

/* The record as the actor may see it (permission.h); NOT_FOUND also when the actor may not. What writes
 * return is shown so, too. */
base_code model_record_get(crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record);

/* The same without an error: false when there is none. */
bool model_record_find(crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record);

/* Whether the actor may do that to the record: NOT_FOUND, PERMISSION_DENIED. `is` becomes its number, the
 * survivor's of one that was merged. */
base_code model_record_may(crm_ctx *ctx, const model_type *type, int64_t id, model_doing doing,
                           int64_t *is);

/* The record whose unique field has that text (a phone in any spelling); false when there is none.
 * Asks no access. */
bool model_record_find_by(crm_ctx *ctx, const model_type *type, const char *field, base_slice text,
                          base_slice *record);

base_code model_record_create(crm_ctx *ctx, const model_type *type, base_slice values,
                              unsigned flags, base_slice *record);

/* `version` 0 does not ask. Omitted fields keep their value, nil clears. An update that changes
 * nothing writes nothing and returns the record as it is. */
base_code model_record_update(crm_ctx *ctx, const model_type *type, int64_t id, base_slice values,
                              int64_t version, unsigned flags, base_slice *record);

/* Takes the record out of lists and indexes; it keeps its place, with deleted_at and deleted_by. A
 * record whose write is under way cannot be deleted from inside its rules: RULE_FAILED. */
base_code model_record_delete(crm_ctx *ctx, const model_type *type, int64_t id, unsigned flags,
                              base_slice *record);

/* Takes a deleted record out of the recycle bin: its references must still exist and its unique values
 * be free, its indexes are made again, and rules of MODEL_RESTORE run. NOT_FOUND when it is not in
 * the bin. */
base_code model_record_restore(crm_ctx *ctx, const model_type *type, int64_t id, unsigned flags,
                               base_slice *record);

/* Removes a deleted record for good, with its links and the records merged into it; its number is not
 * given again, and the journal keeps what it was. No rules run: it was deleted before. */
base_code model_record_purge(crm_ctx *ctx, const model_type *type, int64_t id, unsigned flags,
                             base_slice *record);

/* Puts what is left of a record whose personal values are erased, whatever became of it; one version more, no
 * rules, no checks. */
base_code model_record_blank(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                             base_slice after);

/* The very record of that number as it is stored, whatever became of it. Asks no access. */
bool model_record_read(const crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record);
unsigned model_record_standing(base_slice record);
bool model_record_deleted(base_slice record);

/* From here on no new record of any type, known or not, gets one of the next `count` numbers. */
base_code model_record_skip_ids(crm_ctx *ctx, int64_t count);

/* From here on no new record of the type gets this number or a lower one. */
base_code model_record_count_id(crm_ctx *ctx, const model_type *type, int64_t id);

/* Keys of the record table: (type, id). */
void model_record_key(data_key *key, const char *type, int64_t id);
