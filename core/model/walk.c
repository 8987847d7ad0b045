/* walk: see walk.h. */
#include "model/walk.h"

#include "model/access.h"
#include "model/permission.h"
#include "model/record.h"

base_code model_walk_begin(crm_ctx *ctx, const model_type *type, base_slice where, bool hidden,
                           int64_t after, int64_t most, model_walk *walk) {
  data_key lower;
  data_key upper;
  *walk = (model_walk){.ctx = ctx, .type = type, .hidden = hidden, .id = after, .left = most};
  BASE_TRY(model_access_check(ctx, type, MODEL_ACTION_READ));
  BASE_TRY(model_permission_where(ctx, type, where, &walk->where));
  model_record_key(&lower, type->name, after + 1);
  data_key_init(&upper);
  data_key_text(&upper, base_slice_text(type->name), DATA_KEY_HASH);
  data_key_successor(&upper);
  walk->cursor = store_cursor_open(ctx->set, STORE_RECORD, data_key_slice(&lower),
                                   data_key_slice(&upper), false);
  return BASE_OK;
}

bool model_walk_next(model_walk *walk, base_slice *record) {
  base_slice key;
  while (walk->left > 0) {
    walk->ended = !store_cursor_next(walk->cursor, &key, record);
    if (walk->ended) return false;
    walk->left--;
    walk->id = data_map_integer(*record, "id", walk->id);
    bool seen = walk->hidden || model_record_standing(*record) == MODEL_LIVE;
    if (!seen || !model_where_match(walk->where, *record)) continue;
    *record = model_permission_veil_record(walk->ctx, walk->type, *record);
    return true;
  }
  return false;
}

void model_walk_end(model_walk *walk) {
  store_cursor_close(walk->cursor);
}
