#include "model/alias.h"

#include "model/index.h"
#include "model/permission.h"
#include "model/record_write.h"
#include "model/reference.h"

int64_t model_alias_root(const crm_ctx *ctx, const model_type *type, int64_t id) {
  base_slice record;
  while (model_record_read(ctx, type, id, &record)) {
    int64_t into = data_map_integer(record, "merged_into", 0);
    if (into == 0) return id;
    id = into;
  }
  return id;
}

typedef struct growing {
  model_alias_set set;
  size_t room;
} growing;

static void add_id(const crm_ctx *ctx, growing *grown, int64_t id) {
  if (grown->set.count == grown->room) {
    size_t room = grown->room == 0 ? 8 : grown->room * 2;
    int64_t *ids = BASE_NEW_ARRAY(ctx->arena, int64_t, room);
    if (grown->set.count > 0) memcpy(ids, grown->set.ids, grown->set.count * sizeof *ids);
    grown->set.ids = ids;
    grown->room = room;
  }
  grown->set.ids[grown->set.count++] = id;
}

model_alias_set model_alias_find(const crm_ctx *ctx, const model_type *type, int64_t id) {
  growing grown = {0};
  add_id(ctx, &grown, model_alias_root(ctx, type, id));
  for (size_t i = 0; i < grown.set.count; i++) {
    base_slice record;
    data_value merged;
    if (!model_record_read(ctx, type, grown.set.ids[i], &record)) continue;
    if (!data_map_find(record, "merged", &merged)) continue;
    data_walk walk = data_walk_begin(merged.raw);
    while (data_walk_next(&walk)) add_id(ctx, &grown, walk.value.as.integer);
  }
  return grown.set;
}

/* --- the marks ---------------------------------------------------------------------------------- */

static base_slice put_mark(crm_ctx *ctx, base_slice record, const char *key, base_buffer *value) {
  base_buffer patch = {0};
  data_append_map(&patch, 1);
  data_append_text(&patch, key);
  data_append_raw(&patch, base_buffer_slice(value));
  base_buffer_fini(value);
  base_slice marked = model_write_splice(ctx, record, base_buffer_slice(&patch));
  base_buffer_fini(&patch);
  return marked;
}

static base_slice mark_loser(crm_ctx *ctx, base_slice record, int64_t into) {
  base_buffer value = {0};
  if (into == 0)
    data_append_nil(&value);
  else
    data_append_integer(&value, into);
  return put_mark(ctx, record, "merged_into", &value);
}

/* `merged` of the survivor with the id added or taken out; no list at all when it is empty. */
static base_slice mark_survivor(crm_ctx *ctx, base_slice record, int64_t id, bool add) {
  data_value merged = {0};
  data_map_find(record, "merged", &merged);
  base_buffer value = {0};
  size_t place = data_append_open_array(&value);
  size_t count = 0;
  data_walk walk = data_walk_begin(merged.raw);
  while (merged.type == DATA_ARRAY && data_walk_next(&walk)) {
    if (walk.value.as.integer == id) continue;
    data_append_integer(&value, walk.value.as.integer);
    count += 1;
  }
  if (add) {
    data_append_integer(&value, id);
    count += 1;
  }
  data_append_close(&value, place, count);
  if (count == 0) {
    base_buffer_clear(&value);
    data_append_nil(&value);
  }
  return put_mark(ctx, record, "merged", &value);
}

/* --- merge and unmerge ---------------------------------------------------------------------------- */

static base_code refuse_type(crm_ctx *ctx, const model_type *type) {
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "type", "%s 不能合并",
                        "records of type %s cannot be merged", type->name);
}

/* Users and the like are known by their names, which no alias reaches. */
static base_code check_merging(crm_ctx *ctx, const model_type *type, int64_t id, unsigned flags) {
  BASE_TRY(model_write_allowed(ctx, type, flags));
  if (type->flags & (MODEL_TYPE_ADMIN | MODEL_TYPE_INTERNAL)) return refuse_type(ctx, type);
  return model_write_free(ctx, type, id);
}

static base_code not_found(crm_ctx *ctx, const model_type *type, const char *field, int64_t id) {
  return model_ctx_fail(ctx, BASE_NOT_FOUND, field, "没有编号为 %lld 的 %s",
                        "there is no %2$s with number %1$lld", (long long)id, type->name);
}

/* The very record of that number, alive; not the one it was merged into, which must be seen, too. */
static base_code read_loser(crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record) {
  base_slice survivor;
  bool there = model_record_fetch(ctx, type, id, &survivor) &&
               model_record_read(ctx, type, id, record) && !model_record_deleted(*record) &&
               model_permission_sees(ctx, type, *record);
  if (!there) return not_found(ctx, type, "id", id);
  BASE_TRY(model_permission_check(ctx, type, MODEL_DO_DELETE, *record));
  *record = base_arena_slice(ctx->arena, *record);
  return BASE_OK;
}

static base_code read_survivor(crm_ctx *ctx, const model_type *type, int64_t into,
                               base_slice *record) {
  BASE_TRY(model_record_need(ctx, type, into, "into", record));
  BASE_TRY(model_permission_check(ctx, type, MODEL_DO_UPDATE, *record));
  *record = base_arena_slice(ctx->arena, *record);
  return BASE_OK;
}

static base_code run_rules(crm_ctx *ctx, const model_type *type, model_event event, int64_t id,
                           base_slice before, base_slice after) {
  model_rule_change change = {
      .event = event, .type = type, .id = id, .before = before, .after = after};
  return model_rule_run(ctx, &change, NULL);
}

base_code model_alias_create(crm_ctx *ctx, const model_type *type, int64_t id, int64_t into,
                             unsigned flags, base_slice *survivor) {
  base_slice loser = {0};
  base_slice stays = {0};
  BASE_TRY(check_merging(ctx, type, id, flags));
  BASE_TRY(read_loser(ctx, type, id, &loser));
  BASE_TRY(read_survivor(ctx, type, into, &stays));
  int64_t already = data_map_integer(loser, "merged_into", 0);
  if (already != 0) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "id",
                          "编号 %lld 的 %s 已合并到编号 %lld；要改合并到别处，请先 record.unmerge",
                          "number %lld of %s is merged into number %lld already; to merge it "
                          "elsewhere, call record.unmerge first",
                          (long long)id, type->name, (long long)already);
  }
  int64_t to = data_map_integer(stays, "id", into);
  if (to == id) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "into", "编号 %lld 的 %s 不能合并到自己",
                          "number %lld of %s cannot be merged into itself", (long long)id,
                          type->name);
  }
  BASE_TRY(model_write_free(ctx, type, to));
  BASE_TRY(model_write_put(ctx, type, id, loser, mark_loser(ctx, loser, to)));
  base_slice marked = mark_survivor(ctx, stays, id, true);
  BASE_TRY(model_write_put(ctx, type, to, stays, marked));
  BASE_TRY(run_rules(ctx, type, MODEL_MERGE, id, loser, marked));
  return model_record_get(ctx, type, to, survivor);
}

static base_code check_merged(crm_ctx *ctx, const model_type *type, int64_t id, int64_t into,
                              int64_t is) {
  if (is == 0) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "id", "编号 %lld 的 %s 没有合并到别处",
                          "number %lld of %s is not merged into another", (long long)id,
                          type->name);
  }
  if (into == 0 || into == is || into == model_alias_root(ctx, type, is)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "into",
                        "编号 %lld 的 %s 合并到的是编号 %lld，不是 %lld",
                        "number %lld of %s is merged into number %lld, not %lld", (long long)id,
                        type->name, (long long)is, (long long)into);
}

base_code model_alias_delete(crm_ctx *ctx, const model_type *type, int64_t id, int64_t into,
                             unsigned flags, base_slice *survivor) {
  base_slice loser = {0};
  base_slice stays = {0};
  BASE_TRY(check_merging(ctx, type, id, flags));
  BASE_TRY(read_loser(ctx, type, id, &loser));
  int64_t is = data_map_integer(loser, "merged_into", 0);
  int64_t root = model_alias_root(ctx, type, id);
  BASE_TRY(check_merged(ctx, type, id, into, is));
  BASE_TRY(model_write_free(ctx, type, root));
  if (!model_record_read(ctx, type, is, &stays)) return not_found(ctx, type, "into", is);
  stays = base_arena_slice(ctx->arena, stays);
  base_slice back = mark_loser(ctx, loser, 0);
  BASE_TRY(model_reference_check(ctx, type, (base_slice){0}, back));
  BASE_TRY(model_write_put(ctx, type, id, loser, back));
  BASE_TRY(model_write_put(ctx, type, is, stays, mark_survivor(ctx, stays, id, false)));
  BASE_TRY(model_record_need(ctx, type, root, "id", survivor));
  BASE_TRY(run_rules(ctx, type, MODEL_UNMERGE, id, *survivor, back));
  return model_record_get(ctx, type, root, survivor);
}
