#include "model/link.h"

#include "model/access.h"
#include "model/alias.h"
#include "model/budget.h"
#include "model/find.h"
#include "model/order.h"
#include "model/permission.h"
#include "model/record_write.h"

/* --- rows ----------------------------------------------------------------------------------------- */

static void key_end(data_key *key, base_slice type, int64_t id) {
  data_key_text(key, type, DATA_KEY_HASH);
  data_key_integer(key, id);
}

static void row_key(const model_link_row *row, data_key *key) {
  data_key_init(key);
  key_end(key, row->type, row->id);
  data_key_text(key, row->name, DATA_KEY_HASH);
  data_key_boolean(key, row->out);
  key_end(key, row->to_type, row->to);
}

void model_link_mirror(const model_link_row *row, data_key *key) {
  model_link_row other = {.type = row->to_type,
                          .id = row->to,
                          .name = row->name,
                          .out = !row->out,
                          .to_type = row->type,
                          .to = row->id};
  row_key(&other, key);
}

static bool read_part(base_slice *rest, base_arena *arena, data_type type, data_value *part) {
  uint8_t scratch[DATA_KEY_MAX];
  if (!data_key_read(rest, part, scratch) || part->type != type) return false;
  if (type == DATA_TEXT) part->as.bytes = base_arena_slice(arena, part->as.bytes);
  return true;
}

bool model_link_read(base_slice key, base_arena *arena, model_link_row *row) {
  static const data_type types[] = {DATA_TEXT,    DATA_INTEGER, DATA_TEXT,
                                    DATA_BOOLEAN, DATA_TEXT,    DATA_INTEGER};
  data_value parts[6];
  for (size_t i = 0; i < 6; i++) {
    if (!read_part(&key, arena, types[i], &parts[i])) return false;
  }
  *row = (model_link_row){.type = parts[0].as.bytes,
                          .id = parts[1].as.integer,
                          .name = parts[2].as.bytes,
                          .out = parts[3].as.boolean,
                          .to_type = parts[4].as.bytes,
                          .to = parts[5].as.integer};
  return key.size == 0;
}

static bool row_exists(const crm_ctx *ctx, const model_link_row *row) {
  data_key key;
  base_slice value;
  row_key(row, &key);
  return store_get(ctx->set, STORE_LINK, data_key_slice(&key), &value);
}

static base_code put_row(crm_ctx *ctx, const model_link_row *row) {
  data_key key;
  row_key(row, &key);
  BASE_TRY(model_budget_draw(ctx, MODEL_DRAW_ROWS_WRITTEN, 1));
  BASE_TRY(store_put(ctx->set, STORE_LINK, data_key_slice(&key), (base_slice){0}, ctx->error));
  model_link_mirror(row, &key);
  return store_put(ctx->set, STORE_LINK, data_key_slice(&key), (base_slice){0}, ctx->error);
}

static base_code delete_row(crm_ctx *ctx, const model_link_row *row) {
  data_key key;
  row_key(row, &key);
  BASE_TRY(store_delete(ctx->set, STORE_LINK, data_key_slice(&key), ctx->error));
  model_link_mirror(row, &key);
  return store_delete(ctx->set, STORE_LINK, data_key_slice(&key), ctx->error);
}

/* --- the two ends as alias sets --------------------------------------------------------------------- */

/* Every row that could stand for one link: any number of the one set with any of the other. */
typedef struct pairs {
  model_link_row row;
  model_alias_set from;
  model_alias_set to;
  size_t next;
} pairs;

static bool next_pair(pairs *all) {
  if (all->next == all->from.count * all->to.count) return false;
  all->row.id = all->from.ids[all->next / all->to.count];
  all->row.to = all->to.ids[all->next % all->to.count];
  all->next += 1;
  return true;
}

static bool next_existing(const crm_ctx *ctx, pairs *all) {
  while (next_pair(all)) {
    if (row_exists(ctx, &all->row)) return true;
  }
  return false;
}

static base_code find_end(crm_ctx *ctx, const model_type *type, int64_t *id, const char *field,
                          base_slice *record) {
  BASE_TRY(model_record_need(ctx, type, *id, field, record));
  *id = data_map_integer(*record, "id", *id);
  return BASE_OK;
}

/* Both ends must be there; from here on they are the survivors. */
static base_code begin(crm_ctx *ctx, model_link *link, unsigned flags, pairs *all) {
  BASE_TRY(model_write_allowed(ctx, link->type, flags));
  BASE_TRY(model_access_check(ctx, link->to_type, MODEL_ACTION_READ));
  base_slice record;
  BASE_TRY(find_end(ctx, link->type, &link->id, "id", &record));
  BASE_TRY(model_permission_check(ctx, link->type, MODEL_DO_UPDATE, record));
  BASE_TRY(find_end(ctx, link->to_type, &link->to, "to_id", &record));
  *all = (pairs){.row = {.type = base_slice_text(link->type->name),
                         .id = link->id,
                         .name = link->name,
                         .out = true,
                         .to_type = base_slice_text(link->to_type->name),
                         .to = link->to},
                 .from = model_alias_find(ctx, link->type, link->id),
                 .to = model_alias_find(ctx, link->to_type, link->to)};
  return BASE_OK;
}

base_code model_link_create(crm_ctx *ctx, model_link *link, unsigned flags) {
  pairs all;
  BASE_TRY(begin(ctx, link, flags, &all));
  if (link->type == link->to_type && link->id == link->to) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "to_id", "编号 %lld 的 %s 不能关联到自己",
                          "number %lld of %s cannot be linked to itself", (long long)link->id,
                          link->type->name);
  }
  model_link_row row = all.row;
  return next_existing(ctx, &all) ? BASE_OK : put_row(ctx, &row);
}

base_code model_link_delete(crm_ctx *ctx, model_link *link, unsigned flags) {
  pairs all;
  bool found = false;
  BASE_TRY(begin(ctx, link, flags, &all));
  for (; next_existing(ctx, &all); found = true) BASE_TRY(delete_row(ctx, &all.row));
  if (found) return BASE_OK;
  return model_ctx_fail(ctx, BASE_NOT_FOUND, "name", "没有从 %s %lld 到 %s %lld 的关联 %.*s",
                        "there is no link from %s %lld to %s %lld named %.*s", link->type->name,
                        (long long)link->id, link->to_type->name, (long long)link->to,
                        BASE_SLICE_ARGS(link->name));
}

base_code model_link_purge(crm_ctx *ctx, const model_type *type, int64_t id) {
  data_key lower;
  data_key_init(&lower);
  key_end(&lower, base_slice_text(type->name), id);
  data_key upper = lower;
  data_key_successor(&upper);
  base_slice key;
  base_slice value;
  /* What is deleted behind the cursor's back may or may not be seen: one row at a time. */
  for (bool more = true; more;) {
    store_cursor *cursor = store_cursor_open(ctx->set, STORE_LINK, data_key_slice(&lower),
                                             data_key_slice(&upper), false);
    model_link_row row;
    more = store_cursor_next(cursor, &key, &value) && model_link_read(key, ctx->arena, &row);
    store_cursor_close(cursor);
    if (more) BASE_TRY(delete_row(ctx, &row));
  }
  return BASE_OK;
}

/* --- lists ------------------------------------------------------------------------------------------ */

typedef struct listing {
  crm_ctx *ctx;
  const model_link_query *query;
  model_alias_set own;
  model_link_page *page;
  size_t limit;
  int64_t looked_at;
  base_slice last; /* key of the row looked at last */
  bool full;
} listing;

static void prefix_of(const listing *list, int64_t id, data_key *key) {
  data_key_init(key);
  key_end(key, base_slice_text(list->query->type->name), id);
  if (list->query->name.size > 0) data_key_text(key, list->query->name, DATA_KEY_HASH);
}

static bool readable(crm_ctx *ctx, const model_type *type) {
  bool may = model_access_check(ctx, type, MODEL_ACTION_READ) == BASE_OK;
  if (!may) base_error_clear(ctx->error);
  return may;
}

/* Of the rows that mean the same two records only the first is listed. */
static bool is_first(const listing *list, const model_link_row *row, const model_type *type) {
  pairs all = {.row = *row, .from = list->own, .to = model_alias_find(list->ctx, type, row->to)};
  if (all.from.count == 1 && all.to.count == 1) return true;
  return next_existing(list->ctx, &all) && all.row.id == row->id && all.row.to == row->to;
}

static bool other_end(const listing *list, const model_link_row *row, model_link_item *item) {
  crm_ctx *ctx = list->ctx;
  const model_type *type = model_schema_find(ctx->schema, row->to_type);
  if (type == NULL || !readable(ctx, type)) return false;
  if (!model_record_find(ctx, type, row->to, &item->record)) return false;
  int64_t id = data_map_integer(item->record, "id", row->to);
  if (type == list->query->type && id == list->own.ids[0]) return false;
  if (!is_first(list, row, type)) return false;
  item->name = row->name;
  item->out = row->out;
  item->type = type;
  return true;
}

/* The rows of one number, from behind `after` on. */
static void list_member(listing *list, int64_t id, base_slice after) {
  data_key lower;
  data_key upper;
  prefix_of(list, id, &lower);
  upper = lower;
  data_key_successor(&upper);
  base_slice from = after.size > 0 ? after : data_key_slice(&lower);
  base_slice key;
  base_slice value;
  store_cursor *cursor =
      store_cursor_open(list->ctx->set, STORE_LINK, from, data_key_slice(&upper), false);
  while (!list->full && store_cursor_next(cursor, &key, &value)) {
    model_link_row row;
    if (base_slice_equal(key, after) || !model_link_read(key, list->ctx->arena, &row)) continue;
    list->full = list->looked_at == list->ctx->scan_rows;
    if (list->full) break;
    list->looked_at += 1;
    bool listed = other_end(list, &row, &list->page->items[list->page->count]);
    list->full = listed && list->page->count == list->limit;
    if (list->full) break;
    /* What is left out does not show in the cursor, unless the page ends for its sake. */
    if (listed || list->looked_at == list->ctx->scan_rows) list->last = key;
    list->page->count += listed;
  }
  store_cursor_close(cursor);
}

static base_code bad_cursor(crm_ctx *ctx) {
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "after",
                        "after 不是这条记录的关联列表返回的游标",
                        "after is not a cursor that the links of this record returned");
}

/* Which number of the set the cursor's row belongs to. */
static base_code find_place(const listing *list, base_slice *after, size_t *member) {
  *member = 0;
  *after = (base_slice){0};
  if (list->query->after.size == 0) return BASE_OK;
  if (!model_cursor_bytes(list->ctx, list->query->after, after)) return bad_cursor(list->ctx);
  for (; *member < list->own.count; *member += 1) {
    data_key prefix;
    prefix_of(list, list->own.ids[*member], &prefix);
    if (base_slice_starts(*after, data_key_slice(&prefix))) return BASE_OK;
  }
  return bad_cursor(list->ctx);
}

base_code model_link_find(crm_ctx *ctx, const model_link_query *query, model_link_page *page) {
  int64_t id = query->id;
  base_slice after;
  size_t member;
  listing list = {.ctx = ctx, .query = query, .page = page};
  BASE_TRY(model_access_check(ctx, query->type, MODEL_ACTION_READ));
  BASE_TRY(model_limit_read(ctx, query->limit, &list.limit));
  base_slice record;
  BASE_TRY(find_end(ctx, query->type, &id, "id", &record));
  list.own = model_alias_find(ctx, query->type, id);
  BASE_TRY(find_place(&list, &after, &member));
  *page = (model_link_page){.items = BASE_NEW_ARRAY(ctx->arena, model_link_item, list.limit + 1)};
  for (; member < list.own.count && !list.full; member++) {
    list_member(&list, list.own.ids[member], after);
    after = (base_slice){0};
  }
  if (list.full) page->next = model_cursor_text(ctx, list.last);
  return BASE_OK;
}
