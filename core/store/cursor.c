/* cursor: a range of one table, merged from LMDB's pages and the set's own changes: a put hides
 * what the page has under its key, a delete removes it.
 *
 * Memory:  the cursor lies in the set's arena, LMDB's own is freed by store_cursor_close.
 * Threads: one at a time.
 * Fails:   never; damaged pages end the process. */
#include "store/inside.h"

struct store_cursor {
  const store_change_set *set;
  store_table table;
  bool descending;
  base_slice lower;
  base_slice upper;
  MDB_cursor *pages;
  bool paged; /* page_key and page_value hold the next pair of the pages */
  MDB_val page_key;
  MDB_val page_value;
  const store_node *own; /* the next change of the set */
};

static bool within(const store_cursor *cursor, base_slice key) {
  if (cursor->descending) return base_slice_compare(key, cursor->lower) >= 0;
  return cursor->upper.size == 0 || base_slice_compare(key, cursor->upper) < 0;
}

static bool seek(store_cursor *cursor, MDB_cursor_op op) {
  int status = mdb_cursor_get(cursor->pages, &cursor->page_key, &cursor->page_value, op);
  if (status == MDB_NOTFOUND) return false;
  store_status_require(status, "reading a range");
  return true;
}

static void step_pages(store_cursor *cursor, MDB_cursor_op op) {
  cursor->paged = seek(cursor, op) && within(cursor, store_slice(cursor->page_key));
}

static void begin_pages(store_cursor *cursor) {
  base_slice from = cursor->descending ? cursor->upper : cursor->lower;
  cursor->page_key = store_val(from);
  if (from.size == 0) {
    step_pages(cursor, cursor->descending ? MDB_LAST : MDB_FIRST);
  } else if (!cursor->descending) {
    step_pages(cursor, MDB_SET_RANGE);
  } else {
    step_pages(cursor, seek(cursor, MDB_SET_RANGE) ? MDB_PREV : MDB_LAST);
  }
}

static void step_own(store_cursor *cursor, const store_node *node) {
  cursor->own = node != NULL && within(cursor, node->key) ? node : NULL;
}

static void begin_own(store_cursor *cursor) {
  const store_list *list = &cursor->set->lists[cursor->table];
  step_own(cursor, cursor->descending ? store_list_below(list, cursor->upper)
                                      : store_list_from(list, cursor->lower));
}

store_cursor *store_cursor_open(const store_change_set *set, store_table table, base_slice lower,
                                base_slice upper, bool descending) {
  store_cursor *cursor = BASE_NEW(set->arena, store_cursor);
  cursor->set = set;
  cursor->table = table;
  cursor->descending = descending;
  cursor->lower = base_arena_slice(set->arena, lower);
  cursor->upper = base_arena_slice(set->arena, upper);
  MDB_dbi pages = set->view->store->tables[table];
  store_status_require(mdb_cursor_open(set->view->txn, pages, &cursor->pages), "opening a cursor");
  begin_pages(cursor);
  begin_own(cursor);
  return cursor;
}

/* Below 0 when the pages' pair comes first, above 0 when the set's does, 0 when it hides it. */
static int compare_sources(const store_cursor *cursor) {
  if (cursor->own == NULL) return -1;
  if (!cursor->paged) return 1;
  int order = base_slice_compare(store_slice(cursor->page_key), cursor->own->key);
  return cursor->descending ? -order : order;
}

static void take_page(store_cursor *cursor, base_slice *key, base_slice *value) {
  const store_change_set *set = cursor->set;
  *key = store_view_key(set->view, set->arena, cursor->page_key);
  *value = store_view_value(set->view, set->arena, cursor->table, cursor->page_value);
  step_pages(cursor, cursor->descending ? MDB_PREV : MDB_NEXT);
}

bool store_cursor_next(store_cursor *cursor, base_slice *key, base_slice *value) {
  while (cursor->paged || cursor->own != NULL) {
    int order = compare_sources(cursor);
    if (order < 0) {
      take_page(cursor, key, value);
      return true;
    }
    if (order == 0) step_pages(cursor, cursor->descending ? MDB_PREV : MDB_NEXT);
    const store_node *node = cursor->own;
    step_own(cursor, cursor->descending ? node->before : node->next[0]);
    if (!node->deleted) {
      *key = node->key;
      *value = node->value;
      return true;
    }
  }
  return false;
}

void store_cursor_close(store_cursor *cursor) {
  mdb_cursor_close(cursor->pages);
}
