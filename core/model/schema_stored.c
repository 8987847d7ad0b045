/* The schema that a store describes itself, in its records of type `type`: without rules, for whoever
 * reads the store without the packages that wrote it. */
#include "model/record.h"
#include "model/schema.h"

/* Records of types; more are taken in as the list grows. */
typedef struct type_list {
  const model_type_definition **items;
  size_t count;
  size_t room;
} type_list;

static void add_type(type_list *list, base_arena *arena, const model_type_definition *type) {
  if (list->count == list->room) {
    size_t room = list->room == 0 ? 64 : list->room * 2;
    const model_type_definition **items =
        BASE_NEW_ARRAY(arena, const model_type_definition *, room);
    for (size_t i = 0; i < list->count; i++) items[i] = list->items[i];
    list->items = items;
    list->room = room;
  }
  list->items[list->count++] = type;
}

static base_code read_type(crm_ctx *ctx, base_slice record, type_list *list) {
  data_value described = {0};
  if (model_record_deleted(record)) return BASE_OK;
  model_type_definition *type = BASE_NEW(ctx->arena, model_type_definition);
  data_map_find(record, "definition", &described);
  BASE_TRY(model_type_read(described.raw, ctx->arena, type, ctx->error));
  add_type(list, ctx->arena, type);
  return BASE_OK;
}

base_code model_schema_stored(crm_ctx *ctx, model_schema **schema) {
  data_key lower;
  base_slice key;
  base_slice record;
  type_list types = {0};
  base_code code = BASE_OK;
  data_key_init(&lower);
  data_key_text(&lower, base_slice_text("type"), DATA_KEY_HASH);
  data_key upper = lower;
  data_key_successor(&upper);
  store_cursor *cursor = store_cursor_open(ctx->set, STORE_RECORD, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  while (code == BASE_OK && store_cursor_next(cursor, &key, &record)) {
    code = read_type(ctx, record, &types);
  }
  store_cursor_close(cursor);
  BASE_TRY(code);
  return model_schema_new(types.items, types.count, NULL, 0, schema, ctx->error);
}
