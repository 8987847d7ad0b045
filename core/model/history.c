#include "model/history.h"

#include "base/failpoint.h"
#include "model/access.h"
#include "model/find.h"
#include "model/permission.h"
#include "model/record.h"

/* The record's change in that entry; false when there is none (purged journal, erased change). */
static bool find_change(const crm_ctx *ctx, const data_key *key, uint64_t sequence,
                        store_entry *entry, store_change *change) {
  if (!store_entry_get(store_change_set_view(ctx->set), sequence, entry)) return false;
  base_slice rest = entry->body;
  while (store_entry_next(&rest, change)) {
    bool ours = change->table == STORE_RECORD && !change->erased &&
                base_slice_equal(change->key, data_key_slice(key));
    if (ours) return true;
  }
  return false;
}

static base_code refuse_retired(crm_ctx *ctx, uint64_t sequence) {
  return model_ctx_fail(ctx, BASE_CURSOR_EXPIRED, "after",
                        "更早的变更（第 %llu 条日志及以前）已按保留期限移走，在归档目录里",
                        "earlier changes (entry %llu and before) are older than the journal is "
                        "kept; they are in the archive",
                        (unsigned long long)sequence);
}

/* Where the page begins: the newest change, or the one before `after`. */
static base_code find_start(crm_ctx *ctx, const data_key *key, uint64_t after, uint64_t *sequence) {
  store_entry entry;
  store_change change;
  *sequence = store_record_sequence(ctx->set, data_key_slice(key));
  if (after == 0) return BASE_OK;
  if (!find_change(ctx, key, after, &entry, &change)) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "after", "after 不是这条记录的变更序号：%llu",
                          "after is not the sequence of a change of this record: %llu",
                          (unsigned long long)after);
  }
  *sequence = change.previous;
  const store_view *view = store_change_set_view(ctx->set);
  bool kept = *sequence == 0 || store_entry_get(view, *sequence, &entry);
  return kept ? BASE_OK : refuse_retired(ctx, *sequence);
}

static model_history_item item_of(const store_entry *entry, const store_change *change) {
  return (model_history_item){.sequence = entry->sequence,
                              .at = entry->head.at,
                              .actor = entry->head.actor,
                              .op = entry->head.op,
                              .previous = change->previous,
                              .after = change->deleted ? (base_slice){0} : change->value};
}

base_code model_history_find(crm_ctx *ctx, const model_type *type, int64_t id, int64_t limit,
                             uint64_t after, model_history_page *page) {
  data_key key;
  base_slice record;
  size_t most = 0;
  uint64_t sequence = 0;
  store_entry entry;
  store_change change;
  BASE_TRY(model_access_check(ctx, type, MODEL_ACTION_READ));
  BASE_TRY(model_limit_read(ctx, limit, &most));
  bool there = model_record_read(ctx, type, id, &record);
  bool seen = there && model_permission_sees(ctx, type, record);
  if (!seen && !(there && base_mutant("model.history_is_open"))) {
    return model_ctx_fail(ctx, BASE_NOT_FOUND, "id", "没有编号为 %lld 的 %s",
                          "there is no %2$s with number %1$lld", (long long)id, type->name);
  }
  model_record_key(&key, type->name, id);
  BASE_TRY(find_start(ctx, &key, after, &sequence));
  *page = (model_history_page){.items = BASE_NEW_ARRAY(ctx->arena, model_history_item, most + 1)};
  /* One change more than the page shows: what the last one changed is told by the one before it. */
  while (sequence != 0 && page->count <= most) {
    if (!find_change(ctx, &key, sequence, &entry, &change)) {
      if (page->count > 0) page->items[page->count - 1].cut = true;
      break;
    }
    page->items[page->count] = item_of(&entry, &change);
    if (page->count > 0) page->items[page->count - 1].before = page->items[page->count].after;
    page->count += 1;
    sequence = change.previous;
  }
  if (page->count > 0 && page->count <= most && page->items[page->count - 1].cut) {
    page->next = page->items[page->count - 1].sequence; /* where it is told that there was more */
  }
  if (page->count > most) {
    page->count = most;
    page->next = page->items[most - 1].sequence;
  }
  for (size_t i = 0; i < page->count; i++) model_history_show(ctx, type, &page->items[i]);
  return BASE_OK;
}

void model_history_show(crm_ctx *ctx, const model_type *type, model_history_item *item) {
  item->before = model_permission_show(ctx, type, item->before);
  item->after = model_permission_show(ctx, type, item->after);
}

bool model_history_at(const crm_ctx *ctx, const model_type *type, int64_t id, uint64_t sequence,
                      model_history_item *item) {
  data_key key;
  store_entry entry;
  store_entry before;
  store_change change;
  store_change previous;
  model_record_key(&key, type->name, id);
  if (!find_change(ctx, &key, sequence, &entry, &change)) return false;
  *item = item_of(&entry, &change);
  item->cut = change.previous != 0 && !find_change(ctx, &key, change.previous, &before, &previous);
  if (change.previous != 0 && !item->cut) {
    item->before = previous.deleted ? (base_slice){0} : previous.value;
  }
  return true;
}

/* --- what changed ----------------------------------------------------------------------------------- */

/* Every change has these; the item says them itself. */
static bool is_stamp(base_slice key) {
  return base_slice_is(key, "version") || base_slice_is(key, "updated_at") ||
         base_slice_is(key, "updated_by");
}

/* The pairs of `from` that `other` does not have so. */
static void append_differing(base_slice from, base_slice other, base_buffer *out) {
  size_t place = data_append_open_map(out);
  size_t pairs = 0;
  data_walk walk = data_walk_begin(from);
  while (from.size > 0 && data_walk_next(&walk)) {
    data_value had = {0};
    if (is_stamp(walk.key.as.bytes)) continue;
    data_map_find_slice(other, walk.key.as.bytes, &had);
    if (base_slice_equal(had.raw, walk.value.raw)) continue;
    data_append_raw(out, walk.key.raw);
    data_append_raw(out, walk.value.raw);
    pairs += 1;
  }
  data_append_close(out, place, pairs);
}

void model_history_append_change(const model_history_item *item, base_buffer *out) {
  data_append_text(out, "before");
  if (item->cut) {
    data_append_nil(out);
  } else {
    append_differing(item->before, item->after, out);
  }
  data_append_text(out, "after");
  append_differing(item->after, item->before, out);
}
