/* drain: brings a generation of the tail into LMDB, in one fully synced transaction that carries the
 * position. The writer fills the next generation meanwhile. Whatever stops the process, LMDB is as
 * one of these transactions left it, and the journal has the rest.
 *
 * LMDB would sync all pages of the transaction at once, and the journal's syncs would wait behind them. So it is
 * told not to, and its file is synced here, in pieces with pauses; until that is done there is a way back
 * (undo.c). Views may see the transaction before: what it holds is durable, in the journal.
 *
 *   swap    under `writing`, while no group is on its way to the disk: the filling generation becomes
 *           its successor's `older`
 *   write   the newest version of each key, in order; then the position; commit and sync
 *   remove  `older` becomes NULL; the generation goes when no view holds it
 *
 * Memory:  the generations.
 * Threads: one drains at a time (`draining`): the drain lane, or the writer where there is none.
 * Fails:   STORAGE_FULL: the generation stays and is tried again. */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/metric.h"
#include "store/inside.h"

#define NANOSECONDS_PER_MS ((uint64_t)1000000)
#define WAIT_MOST_MS 20 /* of one group, while there is room */

BASE_METRIC(drains_total, "store_drains_total");
BASE_METRIC(drained_keys_total, "store_drained_keys_total");
BASE_METRIC(drain_ms_total, "store_drain_ms_total");
BASE_METRIC(waits_ms_total, "store_tail_waits_ms_total");

/* --- keys -------------------------------------------------------------------------------------- */

static int put_record(MDB_cursor *cursor, MDB_val *key, const tail_version *version) {
  MDB_val value = {.mv_size = STORE_HEADER_SIZE + version->value.size};
  int status = mdb_cursor_put(cursor, key, &value, MDB_RESERVE);
  if (status != MDB_SUCCESS) return status;
  uint8_t *room = value.mv_data;
  store_number_write(room, version->sequence);
  if (version->value.size > 0) {
    memcpy(room + STORE_HEADER_SIZE, version->value.data, version->value.size);
  }
  return MDB_SUCCESS;
}

static int write_key(MDB_cursor *cursor, const tail_key *key) {
  const tail_version *version = tail_version_at(key, UINT64_MAX);
  MDB_val name = store_val(key->key);
  if (version == NULL) return MDB_SUCCESS;
  if (version->deleted) {
    MDB_val found;
    int status = mdb_cursor_get(cursor, &name, &found, MDB_SET);
    if (status == MDB_SUCCESS) status = mdb_cursor_del(cursor, 0);
    return status == MDB_NOTFOUND ? MDB_SUCCESS : status;
  }
  if (key->table == STORE_RECORD) return put_record(cursor, &name, version);
  MDB_val value = store_val(version->value);
  return mdb_cursor_put(cursor, &name, &value, 0);
}

static int write_table(const store *self, MDB_txn *txn, const tail_generation *generation,
                       store_table table) {
  MDB_cursor *cursor;
  const tail_key *key = tail_from(generation, table, base_slice_make(NULL, 0));
  if (key == NULL) return MDB_SUCCESS;
  int status = mdb_cursor_open(txn, self->tables[table], &cursor);
  if (status != MDB_SUCCESS) return status;
  for (; key != NULL && status == MDB_SUCCESS; key = tail_next(key)) {
    status = write_key(cursor, key);
  }
  mdb_cursor_close(cursor);
  return status;
}

/* The position in a transaction of its own, ahead of what it stands for. */
static int commit_position_alone(const store *self, const store_last *last) {
  MDB_txn *txn;
  int status = mdb_txn_begin(self->env, NULL, 0, &txn);
  if (status != MDB_SUCCESS) return status;
  status = store_position_put(txn, self->identity_table, last);
  if (status == MDB_SUCCESS) return mdb_txn_commit(txn);
  mdb_txn_abort(txn);
  return status;
}

/* --- committing -------------------------------------------------------------------------------- */

/* Whether the filling generation is to be drained at once. */
static bool is_full(const store *self) {
  return atomic_load(&self->filling_ops) >= self->options.drain_ops ||
         atomic_load(&self->filling_bytes) >= self->options.drain_bytes;
}

/* There is no going on without it: a later sync would not tell that pages were lost. */
static void require_sync(int status) {
  if (status == 0) return;
  base_fatal(
      "store.sync",
      "file=data.mdb reason=\"%s\" advice=\"what the disk did not confirm is in the journal; "
      "check the disk before starting again\"",
      strerror(status));
}

/* The writer may need the journal's next segment before this drain has ended. */
static base_code prepare_journal(store *self, base_error *error) {
  if (self->wake == NULL || store_space_get(self) != STORE_SPACE_ROOM) return BASE_OK;
  return store_journal_prepare(&self->journal, error);
}

/* Whether there is time for a rest: not when the writer is about to wait for this drain, nor when nobody writes. */
static bool between_pieces(void *self) {
  store *drained = self;
  base_error ignored = {0}; /* it is tried again when the drain has ended */
  (void)prepare_journal(drained, &ignored);
  return drained->wake != NULL && !is_full(drained) && atomic_load(&drained->filling_ops) > 0;
}

static void sync_data(store *self, int data) {
  if (base_mutant("store.lmdb_nosync")) return;
  store_sync_pieces(data, between_pieces, self);
  require_sync(fdatasync(data) != 0 ? errno : 0);
}

/* As mdb_txn_commit; the transaction is then synced. */
static int commit(store *self, MDB_txn *txn) {
  int data;
  int status = mdb_env_get_fd(self->env, &data);
  if (status == MDB_SUCCESS && !base_mutant("store.drain_without_undo")) {
    status = store_undo_save(self->undo, data);
  }
  if (status != MDB_SUCCESS) {
    mdb_txn_abort(txn);
    return status;
  }
  (void)mdb_env_set_flags(self->env, MDB_NOSYNC, 1);
  status = mdb_txn_commit(txn);
  (void)mdb_env_set_flags(self->env, MDB_NOSYNC, 0);
  (void)base_failpoint("store.drain.before_sync");
  if (status == MDB_SUCCESS) sync_data(self, data);
  (void)base_failpoint("store.drain.before_clear");
  require_sync(store_undo_clear(self->undo));
  return status;
}

/* --- a generation ------------------------------------------------------------------------------ */

static int write_generation(store *self, const tail_generation *generation,
                            const store_last *last) {
  MDB_txn *txn;
  if (generation->entries == 0) return MDB_SUCCESS;
  int status = MDB_SUCCESS;
  if (base_mutant("store.drain_without_position")) status = commit_position_alone(self, last);
  if (status == MDB_SUCCESS) status = mdb_txn_begin(self->env, NULL, 0, &txn);
  if (status != MDB_SUCCESS) return status;
  for (store_table table = 0; table < STORE_TABLES && status == MDB_SUCCESS; table++) {
    status = write_table(self, txn, generation, table);
  }
  (void)base_failpoint("store.drain.before_commit");
  if (status == MDB_SUCCESS) status = store_position_put(txn, self->identity_table, last);
  if (status != MDB_SUCCESS) {
    mdb_txn_abort(txn);
    return status;
  }
  return commit(self, txn);
}

/* --- swapping and removing --------------------------------------------------------------------- */

static tail_generation *next_generation(store *self) {
  tail_generation *next = self->spare != NULL ? self->spare : tail_generation_new();
  self->spare = NULL;
  return next;
}

static void swap(store *self, tail_generation *filling) {
  tail_generation *next = next_generation(self);
  self->loaded = is_full(self);
  filling->last = self->last;
  filling->entries = atomic_load(&self->filling_ops);
  atomic_store(&next->older, filling);
  atomic_store(&self->drains, true);
  atomic_store(&self->draining_ops, filling->entries);
  atomic_store(&self->draining_bytes, tail_bytes(filling));
  atomic_store(&self->filling, next);
  atomic_store(&self->filling_ops, 0);
  atomic_store(&self->filling_bytes, 0);
}

/* The generation to be drained: the one that is left over from last time, or the filling one, which
 * gets a successor. NULL when there is nothing. */
static tail_generation *take_generation(store *self) {
  (void)pthread_mutex_lock(&self->writing);
  store_group_await(self);
  tail_generation *filling = atomic_load(&self->filling);
  tail_generation *older = atomic_load(&filling->older);
  if (older == NULL && (atomic_load(&self->filling_ops) > 0 || is_full(self))) {
    swap(self, filling);
    older = filling;
  }
  (void)pthread_mutex_unlock(&self->writing);
  return older;
}

/* Under load one is kept for the next swap; who is idle keeps none. */
static void release_generation(store *self, void *what) {
  if (self->spare != NULL || !self->loaded) {
    tail_generation_free(what);
  } else {
    tail_generation_clear(what);
    self->spare = what;
  }
}

static void free_spare(store *self) {
  if (self->loaded) return;
  tail_generation_free(self->spare);
  self->spare = NULL;
}

static void remove_generation(store *self, tail_generation *drained) {
  tail_generation *filling = atomic_load(&self->filling); /* changed by whoever drains only */
  (void)base_failpoint("store.drain.before_remove");
  atomic_store(&filling->older, NULL);
  (void)base_failpoint("store.drain.before_count");
  store_view_retire(self, release_generation, drained);
  atomic_store(&self->drains, false);
  atomic_store(&self->draining_ops, 0);
  atomic_store(&self->draining_bytes, 0);
  (void)base_failpoint("store.drain.before_free");
}

/* The writer may fill the next generation. */
static void tell_swapped(store *self) {
  (void)pthread_mutex_lock(&self->mutex);
  (void)pthread_cond_broadcast(&self->drained);
  (void)pthread_mutex_unlock(&self->mutex);
}

static void tell_writer(store *self, int stuck) {
  (void)pthread_mutex_lock(&self->mutex);
  atomic_store(&self->stuck, stuck);
  (void)pthread_cond_broadcast(&self->drained);
  (void)pthread_mutex_unlock(&self->mutex);
}

static int drain_one(store *self) {
  tail_generation *generation = take_generation(self);
  if (generation == NULL) return MDB_SUCCESS;
  tell_swapped(self);
  uint64_t begun = base_clock_monotonic();
  int status = write_generation(self, generation, &generation->last);
  if (status == ENOSPC && store_space_give(self)) {
    status = write_generation(self, generation, &generation->last);
  }
  if (status != MDB_SUCCESS) return status;
  base_metric_add(&drains_total, 1);
  base_metric_add(&drained_keys_total, (int64_t)generation->keys);
  base_metric_add(&drain_ms_total,
                  (int64_t)((base_clock_monotonic() - begun) / NANOSECONDS_PER_MS));
  remove_generation(self, generation);
  return MDB_SUCCESS;
}

base_code store_drain(store *self, base_error *error) {
  (void)pthread_mutex_lock(&self->draining);
  int status = drain_one(self);
  store_view_free_retired(self);
  free_spare(self);
  (void)pthread_mutex_unlock(&self->draining);
  tell_writer(self, status);
  if (status != MDB_SUCCESS) return store_status_refuse(self, status, error);
  return prepare_journal(self, error);
}

/* --- the writer and the drain ------------------------------------------------------------------ */

int64_t store_drain_delay(store *self) {
  if (atomic_load(&self->drains) || is_full(self)) return 0;
  if (atomic_load(&self->filling_ops) == 0) return INT64_MAX;
  uint64_t age = (base_clock_monotonic() - atomic_load(&self->filling_since)) / NANOSECONDS_PER_MS;
  return age >= self->options.drain_ms ? 0 : (int64_t)(self->options.drain_ms - age);
}

void store_drain_attach(store *self, void (*wake)(void *self), void *wake_self) {
  (void)pthread_mutex_lock(&self->mutex);
  self->wake = wake;
  self->wake_self = wake_self;
  (void)pthread_mutex_unlock(&self->mutex);
}

/* How long the next group waits: nothing up to half of the room, then more and more, so that the
 * filling slows down to what the drain takes before it has to stop. That holds as well while the
 * drain lane has not begun, because it is busy or late. */
static int64_t wait_ms(const store *self) {
  size_t room = self->options.tail_bytes;
  size_t bytes = atomic_load(&self->filling_bytes);
  if (bytes <= room / 2) return 0;
  if (bytes >= room) return INT64_MAX;
  return (int64_t)((bytes - room / 2) * WAIT_MOST_MS / (room / 2));
}

/* Until the drain made room, or `ms` are over. */
static void wait_for_drain(store *self, int64_t ms) {
  uint64_t deadline = base_clock_monotonic() + (uint64_t)ms * NANOSECONDS_PER_MS;
  bool more = true;
  (void)pthread_mutex_lock(&self->mutex);
  while (more && atomic_load(&self->stuck) == 0 && wait_ms(self) > 0) {
    more = base_condition_wait(&self->drained, &self->mutex, deadline);
  }
  (void)pthread_mutex_unlock(&self->mutex);
}

/* The drain lane makes room. */
static base_code wait_for_room(store *self, int64_t ms, base_error *error) {
  uint64_t begun = base_clock_monotonic();
  do {
    int stuck = atomic_load(&self->stuck);
    if (ms == INT64_MAX && stuck != 0) return store_status_refuse(self, stuck, error);
    wait_for_drain(self, ms < WAIT_MOST_MS ? ms : WAIT_MOST_MS);
    ms = wait_ms(self);
  } while (ms == INT64_MAX);
  base_metric_add(&waits_ms_total,
                  (int64_t)((base_clock_monotonic() - begun) / NANOSECONDS_PER_MS));
  return BASE_OK;
}

/* No lane: a drain that failed may have made room all the same, by beginning a generation. Whoever has
 * sealed a group may be the one who is to flush it: it is not waited for. */
static base_code make_room(store *self, base_error *error) {
  if (store_group_flushing(self)) return BASE_OK;
  base_code code = is_full(self) ? store_drain(self, error) : BASE_OK;
  if (code == BASE_OK || is_full(self)) return code;
  base_error_clear(error);
  return BASE_OK;
}

base_code store_tail_wait(store *self, base_error *error) {
  if (self->wake == NULL) return make_room(self, error);
  int64_t ms = wait_ms(self);
  return ms == 0 ? BASE_OK : wait_for_room(self, ms, error);
}

void store_tail_ended(store *self, bool first) {
  bool wanted = first || (is_full(self) && atomic_load(&self->stuck) == 0);
  if (wanted && self->wake != NULL) self->wake(self->wake_self);
}
