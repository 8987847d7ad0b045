/* custom_fill: see custom_fill.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/custom_fill.h"

/* A batch ends when it has changed this much. */
#define FILL_BYTES ((size_t)256 * 1024)

bool api_custom_fills(const data_field *field) {
  return (field->flags & (DATA_INDEX | DATA_UNIQUE | DATA_SEARCH | DATA_REQUIRED)) != 0;
}

/* The type as if it had that field only. */
static model_type only_field(const model_type *type, const data_field *field, base_arena *arena) {
  model_type only = *type;
  data_field *fields = BASE_NEW_ARRAY(arena, data_field, 2);
  model_index *indexes = BASE_NEW_ARRAY(arena, model_index, 1);
  fields[0] = *field;
  only.fields = fields;
  only.indexes = indexes;
  only.index_count = 0;
  for (size_t i = 0; i < type->index_count; i++) {
    if (strcmp(type->indexes[i].name, field->name) != 0) continue;
    indexes[0] = type->indexes[i];
    only.index_count = 1;
  }
  return only;
}

/* A required field is there in every record, in older ones with its default. */
static base_code give_default(crm_ctx *ctx, const model_type *type, const data_field *field,
                              int64_t id, base_slice *record) {
  data_value value;
  if (!(field->flags & DATA_REQUIRED) || data_map_find(*record, field->name, &value)) {
    return BASE_OK;
  }
  data_key key;
  base_buffer patch = {0};
  base_buffer out = {0};
  data_append_map(&patch, 1);
  data_append_text(&patch, field->name);
  (void)data_field_initial(field, &patch);
  data_splice(*record, base_buffer_slice(&patch), &out);
  base_buffer_fini(&patch);
  *record = model_ctx_take(ctx, &out);
  model_record_key(&key, type->name, id);
  return store_put(ctx->set, STORE_RECORD, data_key_slice(&key), *record, ctx->error);
}

static base_code fill_one(crm_ctx *ctx, const model_type *only, const data_field *field, int64_t id,
                          base_slice record) {
  BASE_TRY(give_default(ctx, only, field, id, &record));
  return model_index_update(ctx, only, id, (base_slice){0}, record);
}

/* The records of a batch; what the ctx's own set changes must not meet an open cursor. */
typedef struct batch {
  size_t count;
  base_slice *records;
  bool more;
} batch;

static batch read_batch(crm_ctx *ctx, const model_type *type, int64_t after, size_t most) {
  batch read = {.records = BASE_NEW_ARRAY(ctx->arena, base_slice, most + 1)};
  data_key lower;
  data_key upper;
  base_slice key;
  model_record_key(&lower, type->name, after + 1);
  data_key_init(&upper);
  data_key_text(&upper, base_slice_text(type->name), DATA_KEY_HASH);
  data_key_successor(&upper);
  store_cursor *cursor = store_cursor_open(ctx->set, STORE_RECORD, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  while (read.count <= most && store_cursor_next(cursor, &key, &read.records[read.count])) {
    read.count += 1;
    if (read.count > most) break;
  }
  store_cursor_close(cursor);
  read.more = read.count > most;
  if (read.more) read.count = most;
  return read;
}

base_code api_custom_fill(crm_ctx *ctx, const model_type *type, const data_field *field,
                          int64_t after, int64_t most, int64_t *last, bool *more) {
  model_type only = only_field(type, field, ctx->arena);
  batch read = read_batch(ctx, type, after, (size_t)most);
  size_t limit = store_change_set_size(ctx->set) + FILL_BYTES;
  size_t i = 0;
  *last = after;
  for (; i < read.count && store_change_set_size(ctx->set) < limit; i++) {
    *last = data_map_integer(read.records[i], "id", 0);
    BASE_TRY(fill_one(ctx, &only, field, *last, read.records[i]));
  }
  *more = read.more || i < read.count;
  return BASE_OK;
}
