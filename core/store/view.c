/* view: one moment of the store: a read transaction of LMDB, the generations of the tail, and the
 * sequence up to which they are looked at. To open one,
 *   1. a slot is taken with the number of removals so far: generations removed later stay
 *   2. the head's sequence H is read
 *   3. the generations are read
 *   4. LMDB's snapshot is taken; it reaches up to P
 * Every entry up to H is in the generations, or was drained before they were read and is in the
 * snapshot. The snapshot may hold more, when a drain ended meanwhile: then P > H, nothing of the
 * tail is looked at, and the view is simply the moment P. From the tail only what lies behind P
 * counts: what is older may have been overtaken in LMDB.
 *
 * Memory:  the views are the store's, each with its read transaction, which is renewed.
 * Threads: any thread opens; an open view has one user. No locks: a slot is taken by one exchange.
 * Fails:   UNAVAILABLE when all views are open. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "store/inside.h"

/* Where this thread found a free slot last. */
static _Thread_local unsigned slot_hint;

static store_view *take_slot(store *self) {
  for (unsigned i = 0; i < STORE_VIEWS_MAX; i++) {
    unsigned at = (slot_hint + i) % STORE_VIEWS_MAX;
    uint64_t idle = VIEW_IDLE;
    uint64_t removals = atomic_load(&self->removals);
    (void)base_failpoint("store.view.before_slot");
    if (atomic_load_explicit(&self->views[at].slot, memory_order_relaxed) == VIEW_IDLE &&
        atomic_compare_exchange_strong(&self->views[at].slot, &idle, removals)) {
      slot_hint = at;
      return &self->views[at];
    }
  }
  return NULL;
}

static base_code refuse(store_view *view, base_error *error) {
  if (view != NULL) atomic_store(&view->slot, VIEW_IDLE);
  return base_error_set(error, BASE_UNAVAILABLE, NULL, "同时进行的读取已达上限 %d 个；请稍后重试",
                        "Already %d reads are under way, which is the limit; try again later",
                        STORE_VIEWS_MAX);
}

static int begin_snapshot(store_view *view) {
  MDB_env *env = view->store->env;
  return view->txn != NULL ? mdb_txn_renew(view->txn)
                           : mdb_txn_begin(env, NULL, MDB_RDONLY, &view->txn);
}

static void read_generations(store_view *view) {
  tail_generation *filling = atomic_load(&view->store->filling);
  (void)base_failpoint("store.view.before_older");
  view->generations[0] = filling;
  view->generations[1] = atomic_load(&filling->older);
}

base_code store_view_claim(store *self, store_view **view, base_error *error) {
  store_view *opened = take_slot(self);
  if (opened == NULL) return refuse(NULL, error);
  (void)base_failpoint("store.view.before_head");
  uint64_t head = atomic_load(&self->head);
  (void)base_failpoint("store.view.before_generations");
  read_generations(opened);
  (void)base_failpoint("store.view.before_snapshot");
  int status = begin_snapshot(opened);
  if (status == MDB_READERS_FULL) return refuse(opened, error);
  store_status_require(status, "opening a view");
  opened->position = store_position_get(opened->txn, self->identity_table).sequence;
  opened->sequence = head > opened->position ? head : opened->position;
  if (base_mutant("store.view_without_handshake")) {
    opened->sequence = head;
    opened->position = 0;
  }
  opened->group = NULL;
  atomic_store_explicit(&opened->opened, base_clock_coarse(), memory_order_relaxed);
  *view = opened;
  return BASE_OK;
}

base_code store_view_open(store *self, store_view **view, base_error *error) {
  return store_view_claim(self, view, error);
}

void store_view_close(store_view *view) {
  mdb_txn_reset(view->txn);
  view->generations[0] = view->generations[1] = NULL;
  atomic_store_explicit(&view->opened, 0, memory_order_relaxed);
  atomic_store_explicit(&view->slot, VIEW_IDLE, memory_order_release);
}

base_code store_view_drained(store *self, uint64_t *position, base_error *error) {
  store_view *view = NULL;
  base_code code = store_view_open(self, &view, error);
  if (view == NULL) return code;
  *position = view->position;
  store_view_close(view);
  return BASE_OK;
}

uint64_t store_view_sequence(const store_view *view) {
  return view->sequence;
}

bool store_view_newest(const store_view *view) {
  return view->sequence >= atomic_load(&view->store->head);
}

/* --- out of sight ------------------------------------------------------------------------------ */

uint64_t store_view_next_removal(const store *self) {
  return atomic_load(&self->removals) + 1;
}

void store_view_retire(store *self, void (*release)(store *self, void *what), void *what) {
  store_retired *retired = base_alloc(sizeof *retired);
  *retired = (store_retired){.next = self->retired,
                             .removed = atomic_fetch_add(&self->removals, 1) + 1,
                             .release = release,
                             .what = what};
  self->retired = retired;
}

static uint64_t oldest_slot(store *self) {
  uint64_t oldest = VIEW_IDLE;
  for (size_t i = 0; i < STORE_VIEWS_MAX; i++) {
    uint64_t slot = atomic_load(&self->views[i].slot);
    if (slot < oldest) oldest = slot;
  }
  return oldest;
}

void store_view_free_retired(store *self) {
  uint64_t oldest = self->retired == NULL ? 0 : oldest_slot(self);
  store_retired **link = &self->retired;
  while (*link != NULL) {
    store_retired *retired = *link;
    if (retired->removed <= oldest) {
      *link = retired->next;
      retired->release(self, retired->what);
      free(retired);
    } else {
      link = &retired->next;
    }
  }
}

/* --- reading ----------------------------------------------------------------------------------- */

base_slice store_record_value(base_slice stored) {
  if (stored.size < STORE_HEADER_SIZE) store_status_require(MDB_CORRUPTED, "reading a record");
  return base_slice_after(stored, STORE_HEADER_SIZE);
}

uint64_t store_record_header(base_slice stored) {
  if (stored.size < STORE_HEADER_SIZE) store_status_require(MDB_CORRUPTED, "reading a record");
  return store_number_read(stored.data);
}

static const tail_version *find_version(const store_view *view, store_table table, base_slice key) {
  for (size_t i = 0; i < 2 && view->generations[i] != NULL; i++) {
    const tail_key *found = tail_find(view->generations[i], table, key);
    const tail_version *version = found == NULL ? NULL : tail_version_at(found, view->sequence);
    if (version != NULL) return version->sequence > view->position ? version : NULL;
  }
  return NULL;
}

static bool get_page(const store_view *view, store_table table, base_slice key, base_slice *value,
                     uint64_t *sequence) {
  MDB_val name = store_val(key), found;
  int status = mdb_get(view->txn, view->store->tables[table], &name, &found);
  if (status == MDB_NOTFOUND) return false;
  store_status_require(status, "reading a value");
  *value = store_slice(found);
  if (table == STORE_RECORD) {
    if (sequence != NULL) *sequence = store_record_header(*value);
    *value = store_record_value(*value);
  }
  return true;
}

bool store_view_get(const store_view *view, store_table table, base_slice key, base_slice *value,
                    uint64_t *sequence) {
  if (sequence != NULL) *sequence = 0;
  *value = base_slice_make(NULL, 0);
  if (key.size == 0) return false;
  const tail_version *version = find_version(view, table, key);
  if (version == NULL) return get_page(view, table, key, value, sequence);
  if (version->deleted) return false;
  *value = version->value;
  if (sequence != NULL) *sequence = version->sequence;
  return true;
}
