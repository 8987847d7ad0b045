/* view: a read transaction of LMDB. Beginning one anew takes a lock that all processes share, so
 * those that were closed are kept and renewed.
 *
 * Memory:  views live until the store is closed.
 * Threads: the idle ones are guarded by the store's mutex; an open one has one user.
 * Fails:   UNAVAILABLE without a free reader slot. */
#include <stdlib.h>

#include "base/log.h"
#include "store/inside.h"

static store_view *take_idle(store *self) {
  (void)pthread_mutex_lock(&self->mutex);
  store_view *view = self->idle;
  if (view != NULL) self->idle = view->next;
  self->open++;
  (void)pthread_mutex_unlock(&self->mutex);
  if (view != NULL) return view;
  view = base_alloc(sizeof *view);
  *view = (store_view){.store = self};
  return view;
}

static void give_idle(store_view *view) {
  store *self = view->store;
  (void)pthread_mutex_lock(&self->mutex);
  view->next = self->idle;
  self->idle = view;
  self->open--;
  (void)pthread_mutex_unlock(&self->mutex);
}

base_code store_view_open(store *self, store_view **view, base_error *error) {
  store_view *opened = take_idle(self);
  int status = opened->txn != NULL ? mdb_txn_renew(opened->txn)
                                   : mdb_txn_begin(self->env, NULL, MDB_RDONLY, &opened->txn);
  if (status == MDB_READERS_FULL) {
    give_idle(opened);
    return base_error_set(error, BASE_UNAVAILABLE, NULL, "同时进行的读取已达上限 %d 个；请稍后重试",
                          "Already %d reads are under way, which is the limit; try again later",
                          STORE_VIEWS_MAX);
  }
  store_status_require(status, "opening a view");
  *view = opened;
  return BASE_OK;
}

void store_view_close(store_view *view) {
  mdb_txn_reset(view->txn);
  give_idle(view);
}

uint64_t store_view_sequence(const store_view *view) {
  MDB_cursor *cursor;
  MDB_val key, value;
  store_status_require(mdb_cursor_open(view->txn, view->store->journal, &cursor),
                       "opening a cursor");
  int status = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
  uint64_t sequence = status == MDB_SUCCESS ? store_number_read(key.mv_data) : 0;
  mdb_cursor_close(cursor);
  if (status != MDB_NOTFOUND) store_status_require(status, "reading the journal's end");
  return sequence;
}

bool store_view_get(const store_view *view, MDB_dbi table, base_slice key, MDB_val *value) {
  if (key.size == 0) return false;
  MDB_val name = store_val(key);
  int status = mdb_get(view->txn, table, &name, value);
  if (status == MDB_NOTFOUND) return false;
  store_status_require(status, "reading a value");
  return true;
}

base_slice store_view_key(const store_view *view, base_arena *arena, MDB_val key) {
  return view->group ? base_arena_slice(arena, store_slice(key)) : store_slice(key);
}

base_slice store_view_value(const store_view *view, base_arena *arena, store_table table,
                            MDB_val value) {
  base_slice slice = store_slice(value);
  if (table == STORE_RECORD) {
    if (slice.size < STORE_HEADER_SIZE) store_status_require(MDB_CORRUPTED, "reading a record");
    slice = base_slice_after(slice, STORE_HEADER_SIZE);
  }
  return view->group ? base_arena_slice(arena, slice) : slice;
}
