/* cursor: a range of one table, merged from what may have a say in it, the strongest first: the
 * set's own changes, the tail's newer generation, its older one, LMDB's pages. A key comes from the
 * strongest source that has it; a delete there hides it.
 *
 * Memory:  the cursor lies in the set's arena, LMDB's own is freed by store_cursor_close.
 * Threads: one at a time.
 * Fails:   never; damaged pages end the process. */
#include "store/inside.h"

enum { OWN, NEWER, OLDER, PAGES, SOURCES };

/* The next pair of one source. */
typedef struct source {
  bool there;
  bool deleted;
  base_slice key;
  base_slice value;
  const void *at; /* OWN: store_node; NEWER, OLDER: tail_key */
} source;

struct store_cursor {
  const store_change_set *set;
  store_table table;
  bool descending;
  base_slice lower;
  base_slice upper;
  MDB_cursor *pages;
  source sources[SOURCES];
};

static bool within(const store_cursor *cursor, base_slice key) {
  if (cursor->descending) return base_slice_compare(key, cursor->lower) >= 0;
  return cursor->upper.size == 0 || base_slice_compare(key, cursor->upper) < 0;
}

/* --- the set's changes ------------------------------------------------------------------------- */

static void take_own(store_cursor *cursor, const store_node *node) {
  source *own = &cursor->sources[OWN];
  own->there = node != NULL && within(cursor, node->key);
  if (!own->there) return;
  *own = (source){
      .there = true, .deleted = node->deleted, .key = node->key, .value = node->value, .at = node};
}

static void step_own(store_cursor *cursor) {
  const store_node *node = cursor->sources[OWN].at;
  take_own(cursor, cursor->descending ? node->before : node->next[0]);
}

static void begin_own(store_cursor *cursor) {
  const store_list *list = &cursor->set->lists[cursor->table];
  take_own(cursor, cursor->descending ? store_list_below(list, cursor->upper)
                                      : store_list_from(list, cursor->lower));
}

/* --- the tail ---------------------------------------------------------------------------------- */

static const tail_key *neighbour(const store_cursor *cursor, const tail_key *key) {
  return cursor->descending ? tail_before(key) : tail_next(key);
}

/* The first key from `key` on that has a version the view shows. */
static void take_tail(store_cursor *cursor, int which, const tail_key *key) {
  const store_view *view = cursor->set->view;
  source *tail = &cursor->sources[which];
  tail->there = false;
  for (; key != NULL && within(cursor, key->key); key = neighbour(cursor, key)) {
    const tail_version *version = tail_version_at(key, view->sequence);
    if (version == NULL || version->sequence <= view->position) continue;
    *tail = (source){.there = true,
                     .deleted = version->deleted,
                     .key = key->key,
                     .value = version->value,
                     .at = key};
    return;
  }
}

static void begin_tail(store_cursor *cursor, int which) {
  const tail_generation *generation = cursor->set->view->generations[which - NEWER];
  if (generation == NULL) return;
  take_tail(cursor, which,
            cursor->descending ? tail_below(generation, cursor->table, cursor->upper)
                               : tail_from(generation, cursor->table, cursor->lower));
}

/* --- the pages --------------------------------------------------------------------------------- */

static void take_pages(store_cursor *cursor, MDB_cursor_op op, MDB_val *key) {
  MDB_val value;
  source *pages = &cursor->sources[PAGES];
  int status = mdb_cursor_get(cursor->pages, key, &value, op);
  pages->there = false;
  if (status == MDB_NOTFOUND) return;
  store_status_require(status, "reading a range");
  pages->key = store_slice(*key);
  if (!within(cursor, pages->key)) return;
  pages->there = true;
  pages->value =
      cursor->table == STORE_RECORD ? store_record_value(store_slice(value)) : store_slice(value);
}

static void step_pages(store_cursor *cursor) {
  MDB_val key;
  take_pages(cursor, cursor->descending ? MDB_PREV : MDB_NEXT, &key);
}

static void begin_pages(store_cursor *cursor) {
  MDB_dbi pages = cursor->set->view->store->tables[cursor->table];
  store_status_require(mdb_cursor_open(cursor->set->view->txn, pages, &cursor->pages),
                       "opening a cursor");
  MDB_val value, key = store_val(cursor->descending ? cursor->upper : cursor->lower);
  if (key.mv_size == 0) {
    take_pages(cursor, cursor->descending ? MDB_LAST : MDB_FIRST, &key);
  } else if (!cursor->descending) {
    take_pages(cursor, MDB_SET_RANGE, &key);
  } else {
    int status = mdb_cursor_get(cursor->pages, &key, &value, MDB_SET_RANGE);
    if (status != MDB_NOTFOUND) store_status_require(status, "reading a range");
    take_pages(cursor, status == MDB_NOTFOUND ? MDB_LAST : MDB_PREV, &key);
  }
}

/* --- all of them ------------------------------------------------------------------------------- */

store_cursor *store_cursor_open(const store_change_set *set, store_table table, base_slice lower,
                                base_slice upper, bool descending) {
  store_cursor *cursor = BASE_NEW(set->arena, store_cursor);
  cursor->set = set;
  cursor->table = table;
  cursor->descending = descending;
  cursor->lower = base_arena_slice(set->arena, lower);
  cursor->upper = base_arena_slice(set->arena, upper);
  if (set->view->group != NULL) store_group_order(set->view->group);
  begin_own(cursor);
  begin_tail(cursor, NEWER);
  begin_tail(cursor, OLDER);
  begin_pages(cursor);
  return cursor;
}

static void step(store_cursor *cursor, int which) {
  if (which == OWN) {
    step_own(cursor);
  } else if (which == PAGES) {
    step_pages(cursor);
  } else {
    take_tail(cursor, which, neighbour(cursor, cursor->sources[which].at));
  }
}

/* The strongest source with the next key, or -1 at the end. */
static int next_source(const store_cursor *cursor) {
  int best = -1;
  for (int i = 0; i < SOURCES; i++) {
    const source *candidate = &cursor->sources[i];
    if (!candidate->there) continue;
    if (best >= 0) {
      int order = base_slice_compare(candidate->key, cursor->sources[best].key);
      if (cursor->descending ? order <= 0 : order >= 0) continue;
    }
    best = i;
  }
  return best;
}

static source take_next(store_cursor *cursor, int which) {
  source taken = cursor->sources[which];
  for (int i = which + 1; i < SOURCES; i++) {
    const source *weaker = &cursor->sources[i];
    if (weaker->there && base_slice_equal(weaker->key, taken.key)) step(cursor, i);
  }
  step(cursor, which);
  return taken;
}

bool store_cursor_next(store_cursor *cursor, base_slice *key, base_slice *value) {
  for (int which = next_source(cursor); which >= 0; which = next_source(cursor)) {
    source taken = take_next(cursor, which);
    if (taken.deleted) continue;
    *key = taken.key;
    *value = taken.value;
    return true;
  }
  return false;
}

void store_cursor_close(store_cursor *cursor) {
  mdb_cursor_close(cursor->pages);
}
