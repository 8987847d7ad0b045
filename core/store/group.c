/* group: ops that become durable together: one fully synced write transaction of LMDB, which holds
 * the tables' changes and the journal's entries.
 *
 * Memory:  the group owns its buffers until commit or abort.
 * Threads: the writer lane, from begin to the end.
 * Fails:   STORAGE_FULL; a failed sync ends the process. */
#include <stdlib.h>

#include "base/random.h"
#include "store/inside.h"

struct store_group {
  store_view view;
  store_last last; /* as it will be after the commit */
  base_buffer entry;
  base_buffer salts;
  bool changed;
  bool failed; /* an append did: what it wrote must not be committed */
};

base_code store_group_begin(store *self, store_group **group, base_error *error) {
  store_group *begun = base_alloc(sizeof *begun);
  *begun = (store_group){.view = {.store = self, .group = true}};
  int status = mdb_txn_begin(self->env, NULL, 0, &begun->view.txn);
  if (status != MDB_SUCCESS) {
    free(begun);
    return store_status_refuse(self, status, error);
  }
  (void)pthread_mutex_lock(&self->mutex);
  begun->last = self->last;
  self->open++;
  (void)pthread_mutex_unlock(&self->mutex);
  *group = begun;
  return BASE_OK;
}

const store_view *store_group_view(const store_group *group) {
  return &group->view;
}

/* --- append --- */

/* An append under way. */
typedef struct appending {
  store_group *group;
  uint64_t sequence;
  base_hash hash;
  const uint8_t *salt; /* of the next change */
  int status;
} appending;

static uint64_t previous_of(const store_view *view, const store_change *change) {
  MDB_val found;
  if (change->table != STORE_RECORD) return 0;
  if (!store_view_get(view, view->store->tables[STORE_RECORD], change->key, &found)) return 0;
  if (found.mv_size < STORE_HEADER_SIZE) store_status_require(MDB_CORRUPTED, "reading a record");
  return store_number_read(found.mv_data);
}

static int write_record(MDB_txn *txn, MDB_dbi records, const store_change *change,
                        uint64_t sequence) {
  MDB_val key = store_val(change->key);
  MDB_val value = {.mv_size = STORE_HEADER_SIZE + change->value.size};
  int status = mdb_put(txn, records, &key, &value, MDB_RESERVE);
  if (status != MDB_SUCCESS) return status;
  uint8_t *room = value.mv_data;
  store_number_write(room, sequence);
  memcpy(room + STORE_HEADER_SIZE, change->value.data, change->value.size);
  return MDB_SUCCESS;
}

static int write_change(const store_view *view, const store_change *change, uint64_t sequence) {
  MDB_dbi table = view->store->tables[change->table];
  MDB_val key = store_val(change->key);
  if (change->deleted) {
    int status = mdb_del(view->txn, table, &key, NULL);
    return status == MDB_NOTFOUND ? MDB_SUCCESS : status;
  }
  if (change->table == STORE_RECORD) return write_record(view->txn, table, change, sequence);
  MDB_val value = store_val(change->value);
  return mdb_put(view->txn, table, &key, &value, 0);
}

static void append_change(const store_change *change, void *self) {
  appending *append = self;
  if (append->status != MDB_SUCCESS) return;
  const store_view *view = &append->group->view;
  store_stored_change stored = {.change = *change,
                                .salt = base_slice_make(append->salt, STORE_SALT_SIZE)};
  stored.change.previous = previous_of(view, change);
  append->salt += STORE_SALT_SIZE;
  append->status = write_change(view, change, append->sequence);
  store_entry_append_change(&append->group->entry, &stored);
  store_chain_add(&append->hash, &stored);
}

static int write_entry(const store_group *group, uint64_t sequence) {
  uint8_t number[8];
  store_number_write(number, sequence);
  MDB_val key = {.mv_size = sizeof number, .mv_data = number};
  MDB_val value = store_val(base_buffer_slice(&group->entry));
  return mdb_put(group->view.txn, group->view.store->journal, &key, &value, MDB_APPEND);
}

static int append_entry(store_group *group, const store_change_set *set,
                        const store_entry_head *head, store_last *last) {
  size_t salts = set->count * STORE_SALT_SIZE;
  base_buffer_clear(&group->salts);
  base_buffer_clear(&group->entry);
  appending append = {.group = group,
                      .sequence = last->sequence,
                      .salt = base_buffer_reserve(&group->salts, salts)};
  base_random_bytes(group->salts.data, salts);
  size_t place = store_entry_append_head(&group->entry, head, set->count);
  store_chain_begin(&append.hash, &group->last.hash, last->sequence, head);
  store_change_set_each(set, append_change, &append);
  if (append.status != MDB_SUCCESS) return append.status;
  last->hash = base_hash_final(&append.hash);
  memcpy(group->entry.data + place, last->hash.bytes, sizeof last->hash.bytes);
  return write_entry(group, last->sequence);
}

static base_code refuse_use(base_error *error) {
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "内部错误：修改集不属于这一组，或这一组已失败而未放弃",
                        "Internal error: the change set was made over another view, or the group "
                        "has failed and was not aborted");
}

base_code store_group_append(store_group *group, const store_change_set *set,
                             const store_entry_head *head, uint64_t *sequence, base_error *error) {
  if (group->failed || set->view != &group->view) return refuse_use(error);
  store_entry_head written = *head;
  if (written.at < group->last.at) written.at = group->last.at;
  store_last last = {.sequence = group->last.sequence + 1, .at = written.at};
  int status = append_entry(group, set, &written, &last);
  if (status != MDB_SUCCESS) {
    group->failed = true;
    return store_status_refuse(group->view.store, status, error);
  }
  group->last = last;
  group->changed = true;
  *sequence = last.sequence;
  return BASE_OK;
}

/* --- the end --- */

static void end(store_group *group) {
  store *self = group->view.store;
  (void)pthread_mutex_lock(&self->mutex);
  self->open--;
  (void)pthread_mutex_unlock(&self->mutex);
  base_buffer_fini(&group->entry);
  base_buffer_fini(&group->salts);
  free(group);
}

void store_group_abort(store_group *group) {
  mdb_txn_abort(group->view.txn);
  end(group);
}

base_code store_group_commit(store_group *group, base_error *error) {
  store *self = group->view.store;
  bool failed = group->failed;
  if (failed || !group->changed) {
    store_group_abort(group);
    return failed ? refuse_use(error) : BASE_OK;
  }
  int status = mdb_txn_commit(group->view.txn);
  if (status == MDB_SUCCESS) {
    (void)pthread_mutex_lock(&self->mutex);
    self->last = group->last;
    (void)pthread_mutex_unlock(&self->mutex);
  }
  end(group);
  return status == MDB_SUCCESS ? BASE_OK : store_status_refuse(self, status, error);
}
