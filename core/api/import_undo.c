/* import_undo: what an import made is deleted again, commit by commit, the last one first. See import.h.
 *
 * A record is the import's own as long as every entry that changed it was: they all name the import's
 * first entry as their cause. It is deleted, rules and all, and purged. One that somebody else changed
 * stays, and so does one that others refer to; both are kept as conflicts. What somebody deleted is left
 * where it is.
 *
 * Memory:  the ctx's arena.  Threads: the writer lane.  Fails: as the store; rules are conflicts. */
#include "api/engine_state.h"
#include "api/import.h"

/* One record that the import made. */
typedef struct made {
  const model_type *type;
  int64_t id;
  bool settled; /* deleted, gone, or a conflict */
  base_code code;
} made;

static bool is_own(const api_import *import, const data_key *key) {
  store_entry entry;
  const store_change_set *set = import->ctx->set;
  uint64_t sequence = store_record_sequence(set, data_key_slice(key));
  if (!store_entry_get(store_change_set_view(set), sequence, &entry)) return false;
  return entry.head.cause == (uint64_t)import->cause;
}

static base_code delete_one(api_import *import, made *item) {
  api_execution *execution = api_execution_of(import->ctx);
  crm_ctx *ctx = &execution->ctx;
  base_slice record;
  store_savepoint savepoint = store_savepoint_begin(ctx->set);
  ctx->instructions = execution->engine->options.script_instructions;
  base_code code = model_record_delete(ctx, item->type, item->id, MODEL_TRUSTED, &record);
  if (code == BASE_OK) {
    code = model_record_purge(ctx, item->type, item->id, MODEL_TRUSTED, &record);
  }
  if (code == BASE_OK) code = execution->spoiled.code;
  execution->spoiled = (base_error){0};
  base_error_clear(ctx->error);
  if (code == BASE_OK) {
    store_savepoint_commit(ctx->set, savepoint);
  } else {
    store_savepoint_abort(ctx->set, savepoint);
  }
  return code;
}

/* Looks at the record, and deletes it where that is possible now. */
static void undo_one(api_import *import, made *item) {
  data_key key;
  base_slice record;
  model_record_key(&key, item->type->name, item->id);
  item->settled = true;
  item->code = BASE_OK;
  if (!model_record_read(import->ctx, item->type, item->id, &record)) return;
  if (model_record_standing(record) == MODEL_DELETED) return;
  if (!is_own(import, &key)) {
    item->code = BASE_VERSION_CONFLICT;
    return;
  }
  item->code = delete_one(import, item);
  item->settled = item->code == BASE_OK;
  import->undone += item->settled;
}

static size_t read_list(const api_import *import, base_slice list, made **items) {
  size_t count = 0;
  data_walk walk = data_walk_begin(list);
  *items = BASE_NEW_ARRAY(import->ctx->arena, made, walk.left + 1);
  while (data_walk_next(&walk)) {
    data_walk pair = data_walk_begin(walk.value.raw);
    (void)data_walk_next(&pair);
    const model_type *type = model_schema_find(import->ctx->schema, pair.value.as.bytes);
    (void)data_walk_next(&pair);
    if (type != NULL) (*items)[count++] = (made){.type = type, .id = pair.value.as.integer};
  }
  return count;
}

/* From the last to the first, as long as that sets others free: who refers goes before who is referred
 * to. */
static void undo_all(api_import *import, made *items, size_t count) {
  bool moved = true;
  while (moved) {
    moved = false;
    for (size_t i = count; i-- > 0;) {
      if (items[i].settled) continue;
      undo_one(import, &items[i]);
      moved = moved || items[i].settled;
    }
  }
}

static base_code keep_conflicts(api_import *import, const made *items, size_t count) {
  for (size_t i = 0; i < count; i++) {
    base_buffer row = {0};
    if (items[i].code == BASE_OK) continue;
    data_append_map(&row, 3);
    data_append_pair_text(&row, "type", items[i].type->name);
    data_append_pair_integer(&row, "id", items[i].id);
    data_append_pair_text(&row, "code", base_code_name(items[i].code));
    base_slice conflict = model_ctx_take(import->ctx, &row);
    BASE_TRY(api_job_put_row(import->ctx, import->id, API_IMPORT_CONFLICTS, ++import->conflicts,
                             conflict));
  }
  return BASE_OK;
}

/* Whether the change set was too small for all of them: the rest waits for the next run. */
static bool was_full(const made *items, size_t count, bool moved) {
  for (size_t i = 0; moved && i < count; i++) {
    if (items[i].code == BASE_TOO_LARGE) return true;
  }
  return false;
}

static base_code undo_commit(api_import *import) {
  base_slice list;
  made *items = NULL;
  int64_t before = import->undone;
  if (!api_job_row(import->ctx, import->id, API_IMPORT_MADE, import->undo - 1, &list)) {
    import->undo--;
    return BASE_OK;
  }
  size_t count = read_list(import, list, &items);
  undo_all(import, items, count);
  if (was_full(items, count, import->undone > before)) return BASE_OK;
  import->undo--;
  return keep_conflicts(import, items, count);
}

/* What was referred to from an earlier commit may be free by now: once more, as long as that helps. */
static base_code begin_again(api_import *import) {
  bool more = true;
  bool helps = import->conflicts > 0 && import->undone > import->undone_before;
  if (import->undo > 0 || !helps) return BASE_OK;
  while (more) {
    BASE_TRY(api_job_delete_rows(import->ctx, import->id, API_IMPORT_CONFLICTS, 1000, &more));
  }
  import->conflicts = 0;
  import->undone_before = import->undone;
  import->undo = import->commits;
  return BASE_OK;
}

base_code api_import_undo(api_import *import) {
  import->ctx->cause = (uint64_t)import->cause;
  BASE_TRY(undo_commit(import));
  BASE_TRY(begin_again(import));
  return api_import_save(import);
}
