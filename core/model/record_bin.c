/* The end of a record's life: into the recycle bin, out of it, or gone. The records that were merged
 * into it lie hidden behind it and share its fate. */
#include "model/alias.h"
#include "model/budget.h"
#include "model/index.h"
#include "model/link.h"
#include "model/permission.h"
#include "model/record_write.h"
#include "model/reference.h"

/* --- marks --------------------------------------------------------------------------------------- */

static base_slice mark_deleted(crm_ctx *ctx, base_slice record) {
  base_buffer patch = {0};
  data_append_map(&patch, 2);
  model_write_append_stamp(ctx, "deleted_at", "deleted_by", &patch);
  base_slice marked = model_write_splice(ctx, record, base_buffer_slice(&patch));
  base_buffer_fini(&patch);
  return marked;
}

static base_slice unmark_deleted(crm_ctx *ctx, base_slice record) {
  base_buffer patch = {0};
  data_append_map(&patch, 2);
  data_append_text(&patch, "deleted_at");
  data_append_nil(&patch);
  data_append_text(&patch, "deleted_by");
  data_append_nil(&patch);
  base_slice marked = model_write_splice(ctx, record, base_buffer_slice(&patch));
  base_buffer_fini(&patch);
  return marked;
}

/* Those merged into the record, which is the first of its set. */
static base_code mark_hidden(crm_ctx *ctx, const model_type *type, int64_t id,
                             base_slice (*mark)(crm_ctx *ctx, base_slice record)) {
  model_alias_set set = model_alias_find(ctx, type, id);
  for (size_t i = 1; i < set.count; i++) {
    base_slice before;
    if (!model_record_read(ctx, type, set.ids[i], &before)) continue;
    before = base_arena_slice(ctx->arena, before);
    BASE_TRY(model_write_put(ctx, type, set.ids[i], before, mark(ctx, before)));
  }
  return BASE_OK;
}

/* --- delete --------------------------------------------------------------------------------------- */

static base_code check_unused(crm_ctx *ctx, const model_type *type, int64_t id) {
  model_alias_set set = model_alias_find(ctx, type, id);
  for (size_t i = 0; i < set.count; i++) BASE_TRY(model_reference_free(ctx, type, set.ids[i]));
  return BASE_OK;
}

base_code model_record_delete(crm_ctx *ctx, const model_type *type, int64_t id, unsigned flags,
                              base_slice *record) {
  base_slice before;
  BASE_TRY(model_write_allowed(ctx, type, flags));
  BASE_TRY(model_budget_draw(ctx, MODEL_DRAW_ROWS_READ, 1));
  BASE_TRY(model_record_need(ctx, type, id, "id", &before));
  BASE_TRY(model_permission_check(ctx, type, MODEL_DO_DELETE, before));
  before = base_arena_slice(ctx->arena, before);
  id = data_map_integer(before, "id", id);
  BASE_TRY(model_write_free(ctx, type, id));
  BASE_TRY(check_unused(ctx, type, id));
  BASE_TRY(mark_hidden(ctx, type, id, mark_deleted));
  *record = mark_deleted(ctx, model_write_stamp(ctx, before));
  BASE_TRY(model_write_put(ctx, type, id, before, *record));
  model_rule_change change = {.event = MODEL_DELETE, .type = type, .id = id, .before = before};
  BASE_TRY(model_rule_run(ctx, &change, NULL));
  *record = model_permission_answer(ctx, type, *record);
  return BASE_OK;
}

/* --- restore and purge ---------------------------------------------------------------------------- */

/* The record itself, not one that was hidden behind another when that was deleted. Who may delete it may
 * take it out of the bin or remove it. */
static base_code read_deleted(crm_ctx *ctx, const model_type *type, int64_t id,
                              base_slice *record) {
  bool there = model_record_read(ctx, type, id, record) &&
               model_record_standing(*record) == MODEL_DELETED &&
               model_permission_sees(ctx, type, *record);
  if (!there) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "id", "回收站里没有编号为 %lld 的 %s",
                          "there is no %2$s with number %1$lld in the recycle bin", (long long)id,
                          type->name);
  }
  *record = base_arena_slice(ctx->arena, *record);
  return model_permission_check(ctx, type, MODEL_DO_DELETE, *record);
}

base_code model_record_restore(crm_ctx *ctx, const model_type *type, int64_t id, unsigned flags,
                               base_slice *record) {
  base_slice before;
  BASE_TRY(model_write_allowed(ctx, type, flags));
  BASE_TRY(read_deleted(ctx, type, id, &before));
  *record = model_write_stamp(ctx, unmark_deleted(ctx, before));
  BASE_TRY(model_reference_check(ctx, type, (base_slice){0}, *record));
  BASE_TRY(model_write_put(ctx, type, id, before, *record));
  BASE_TRY(mark_hidden(ctx, type, id, unmark_deleted));
  BASE_TRY(model_write_fly(ctx, type, id, MODEL_RESTORE, (base_slice){0}, record));
  *record = model_permission_answer(ctx, type, *record);
  return BASE_OK;
}

static base_code remove_record(crm_ctx *ctx, const model_type *type, int64_t id) {
  base_slice before;
  data_key key;
  if (!model_record_read(ctx, type, id, &before)) return BASE_OK;
  before = base_arena_slice(ctx->arena, before);
  model_record_key(&key, type->name, id);
  BASE_TRY(model_link_purge(ctx, type, id));
  BASE_TRY(model_index_update(ctx, type, id, before, (base_slice){0}));
  return store_delete(ctx->set, STORE_RECORD, data_key_slice(&key), ctx->error);
}

base_code model_record_purge(crm_ctx *ctx, const model_type *type, int64_t id, unsigned flags,
                             base_slice *record) {
  BASE_TRY(model_write_allowed(ctx, type, flags));
  BASE_TRY(read_deleted(ctx, type, id, record));
  model_alias_set set = model_alias_find(ctx, type, id);
  for (size_t i = 0; i < set.count; i++) BASE_TRY(remove_record(ctx, type, set.ids[i]));
  *record = model_permission_answer(ctx, type, *record);
  return BASE_OK;
}
