/* check: the store's door, the model's own check, and the journal replayed into plain maps. See
 * check.h.
 * Memory:  maps of slices into the view, which stays open.  Threads: one.  Fails: as check.h. */
#include "check.h"

#include "base/arena.h"
#include "base/map.h"
#include "model/model.h"

/* A map that LMDB and sanitizers both have room for. */
#define MAP_BYTES ((size_t)1 << 30)

typedef struct checking {
  store *store;
  store_view *view;
  model_schema *schema;
  crm_ctx ctx;
  base_map *tables[STORE_TABLES]; /* key → base_slice in the arena: what the journal makes */
  uint64_t first;                 /* that the journal still has */
  uint64_t last;
} checking;

static base_code finding(base_error *error, const char *what, store_table table,
                         unsigned long long number) {
  return base_error_set(error, BASE_INTERNAL, NULL, "%s（表 %d，%llu）", "%s (table %d, %llu)",
                        what, (int)table, number);
}

/* --- the journal, replayed --- */

static void replay_change(checking *c, const store_change *change) {
  base_map *table = c->tables[change->table];
  if (change->deleted) {
    (void)base_map_remove(table, change->key);
    return;
  }
  base_slice *value = base_arena_alloc(c->ctx.arena, sizeof *value);
  *value = base_arena_slice(c->ctx.arena, change->value);
  (void)base_map_put(table, change->key, value);
}

static base_code replay(checking *c, base_error *error) {
  for (uint64_t sequence = 1; sequence <= c->last; sequence++) {
    store_entry entry;
    store_change change;
    if (!store_entry_get(c->view, sequence, &entry)) {
      return finding(error, "no journal entry", STORE_TABLES, sequence);
    }
    base_slice rest = entry.body;
    while (store_entry_next(&rest, &change)) replay_change(c, &change);
  }
  return BASE_OK;
}

static base_code compare_table(checking *c, store_table table, base_error *error) {
  base_slice key, value;
  size_t count = 0;
  bool same = true;
  store_cursor *cursor = store_cursor_open(c->ctx.set, table, base_slice_make(NULL, 0),
                                           base_slice_make(NULL, 0), false);
  while (same && store_cursor_next(cursor, &key, &value)) {
    const base_slice *made = base_map_get(c->tables[table], key);
    same = made != NULL && base_slice_equal(*made, value);
    count++;
  }
  store_cursor_close(cursor);
  if (!same) return finding(error, "a row that the journal does not make: row", table, count);
  size_t expected = base_map_count(c->tables[table]);
  if (count < expected) return finding(error, "rows missing", table, expected - count);
  return BASE_OK;
}

static base_code check_tables(checking *c, base_error *error) {
  BASE_TRY(replay(c, error));
  for (store_table table = 0; table < STORE_TABLES; table++) {
    BASE_TRY(compare_table(c, table, error));
  }
  return BASE_OK;
}

/* --- records and chain --- */

static void ignore_finding(const char *found, void *self) {
  (void)found;
  (void)self;
}

static base_code check_records(checking *c) {
  model_check_report report;
  BASE_TRY(model_schema_stored(&c->ctx, &c->schema));
  c->ctx.schema = c->schema;
  return model_check(&c->ctx, ignore_finding, NULL, &report);
}

static base_code check_all(checking *c, base_error *error) {
  if (c->last == 0) return BASE_OK;
  uint64_t from = c->first == 1 ? 1 : c->first + 1; /* the first one's predecessor is gone */
  if (from <= c->last) BASE_TRY(store_chain_verify(c->view, from, c->last, NULL, NULL, error));
  if (c->first == 1) BASE_TRY(check_tables(c, error));
  return check_records(c);
}

/* --- what is told --- */

static void tell_entries(checking *c, base_buffer *told) {
  data_append_array(told, c->last == 0 ? 0 : (size_t)(c->last - c->first + 1));
  for (uint64_t sequence = c->first; sequence > 0 && sequence <= c->last; sequence++) {
    store_entry entry = {0};
    (void)store_entry_get(c->view, sequence, &entry);
    data_append_array(told, 4);
    data_append_integer(told, (int64_t)sequence);
    data_append_slice(told, entry.head.actor);
    data_append_slice(told, entry.head.op);
    data_append_slice(told, entry.head.request);
  }
}

static void tell_records(checking *c, base_buffer *told) {
  base_slice key, value;
  size_t place = data_append_open_array(told), count = 0;
  store_cursor *cursor = store_cursor_open(c->ctx.set, STORE_RECORD, base_slice_make(NULL, 0),
                                           base_slice_make(NULL, 0), false);
  while (store_cursor_next(cursor, &key, &value)) {
    data_append_array(told, 2);
    data_append_binary(told, key);
    data_append_raw(told, value);
    count++;
  }
  store_cursor_close(cursor);
  data_append_close(told, place, count);
}

static void tell(checking *c, base_buffer *told) {
  data_append_map(told, 3);
  data_append_pair_integer(told, "sequence", (int64_t)c->last);
  data_append_text(told, "entries");
  tell_entries(c, told);
  data_append_text(told, "records");
  tell_records(c, told);
}

static base_code run(checking *c, const char *directory, base_buffer *told, base_error *error) {
  store_options options = {.directory = directory, .map_bytes = MAP_BYTES};
  BASE_TRY(store_open(&options, &c->store, error));
  BASE_TRY(store_view_open(c->store, &c->view, error));
  c->ctx.set = store_change_set_new(c->view, c->ctx.arena);
  c->first = store_info_get(c->store).first;
  c->last = store_view_sequence(c->view);
  BASE_TRY(check_all(c, error));
  tell(c, told);
  return BASE_OK;
}

base_code check_store(const char *directory, base_buffer *told, base_error *error) {
  checking c = {.ctx = {.arena = base_arena_new(), .error = error}};
  for (size_t i = 0; i < STORE_TABLES; i++) c.tables[i] = base_map_new();
  base_code code = run(&c, directory, told, error);
  if (c.schema != NULL) model_schema_free(c.schema);
  if (c.view != NULL) store_view_close(c.view);
  if (c.store != NULL) store_close(c.store);
  for (size_t i = 0; i < STORE_TABLES; i++) base_map_free(c.tables[i]);
  base_arena_free(c.ctx.arena);
  return code;
}
