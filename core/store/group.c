/* group: ops that become durable together: one frame of the journal, one sync. What is appended
 * stands in the tail at once, under sequences that no reader looks at before the flush publishes
 * them. What only readers need is left to the flush, so that the writer is free: the hash chain, and
 * the order of the tail's keys; what the group's own ops want of it is made up for when they ask.
 *
 * Two groups take turns: one is filled while the one before it is on its way to the disk. The store's
 * `sealed` is that one, until it was published, or, when its flush failed, until its versions were
 * taken back from the tail. Those of a group that was filled on top of it go first.
 *
 * Memory:  both are kept for their buffers until the store is closed.
 * Threads: filling: the writer lane, which holds `writing` from begin to seal or abort. flush: any.
 * Fails:   STORAGE_FULL; a failed sync ends the process. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/random.h"
#include "store/inside.h"

#define SALTS 128 /* taken at once */

struct store_group {
  store *store;
  store_view *view;
  store_group *before; /* was on its way when this one began, or NULL */
  tail_generation *tail;
  uint64_t first;  /* of its first entry */
  store_last last; /* as it will be after the commit */
  bool failed;     /* an append did: nothing of the group may be committed */
  bool dropped;    /* the flush failed with `why`; guarded by the store's mutex */
  base_error why;
  base_buffer entries; /* one behind the other */
  base_buffer frame;
  size_t salts_left;
  uint8_t salts[SALTS * STORE_SALT_SIZE];
  uint32_t *ends; /* of the entries */
  size_t count;
  size_t room;
  base_digest chain; /* the hash of the last entry that has one */
  size_t chained;    /* entries that have */
  tail_added added;  /* a key for each version in the tail */
  size_t ordered;    /* how many of them are; guarded by the store's `ordering` */
};

void store_group_free(store_group *group) {
  if (group == NULL) return;
  base_buffer_fini(&group->entries);
  base_buffer_fini(&group->frame);
  free(group->ends);
  free(group->added.keys);
  free(group);
}

/* --- taking back ------------------------------------------------------------------------------- */

/* What was taken back still has its memory, which counts until the drain lets the generation go. */
static void take_back(store_group *group) {
  while (group->added.count > 0) tail_take_back(group->added.keys[--group->added.count]);
  atomic_store(&group->store->filling_bytes, tail_bytes(group->tail));
}

/* The sealed group, once it is out of the way if its flush failed. With both mutexes held. */
static store_group *settle(store *self) {
  if (self->sealed == NULL || !self->sealed->dropped) return self->sealed;
  take_back(self->sealed);
  self->sealed = NULL;
  return NULL;
}

/* With the store's mutex held. */
static bool is_on_its_way(const store_group *group) {
  return group != NULL && !group->dropped;
}

static void wait_for_flush(store *self) {
  while (is_on_its_way(self->sealed)) {
    (void)base_failpoint("store.group.awaits");
    (void)pthread_cond_wait(&self->flushed, &self->mutex);
  }
}

void store_group_await(store *self) {
  (void)pthread_mutex_lock(&self->mutex);
  wait_for_flush(self);
  (void)settle(self);
  (void)pthread_mutex_unlock(&self->mutex);
}

bool store_group_flushing(store *self) {
  (void)pthread_mutex_lock(&self->mutex);
  bool flushing = is_on_its_way(self->sealed);
  (void)pthread_mutex_unlock(&self->mutex);
  return flushing;
}

/* --- begin ------------------------------------------------------------------------------------- */

/* The one of the two that is not on its way; with the store's last entry, or the other's. */
static store_group *take_turn(store *self) {
  (void)pthread_mutex_lock(&self->mutex);
  store_group *before = settle(self);
  size_t turn = before != NULL && before == self->groups[0] ? 1 : 0;
  if (self->groups[turn] == NULL) {
    self->groups[turn] = base_alloc(sizeof *self->groups[turn]);
    *self->groups[turn] = (store_group){.store = self};
  }
  store_group *taken = self->groups[turn];
  taken->before = before;
  taken->last = self->last;
  if (before != NULL) { /* whose hash is being reckoned */
    taken->last = (store_last){.sequence = before->last.sequence, .at = before->last.at};
  }
  (void)pthread_mutex_unlock(&self->mutex);
  return taken;
}

base_code store_group_begin(store *self, store_group **group, base_error *error) {
  store_view *view = NULL;
  BASE_TRY(store_tail_wait(self, error));
  (void)pthread_mutex_lock(&self->writing);
  base_code code = store_view_claim(self, &view, error);
  if (code != BASE_OK) {
    (void)pthread_mutex_unlock(&self->writing);
    return code;
  }
  store_group *begun = take_turn(self);
  begun->view = view;
  begun->tail = atomic_load(&self->filling);
  begun->first = begun->last.sequence + 1;
  begun->failed = begun->dropped = false;
  begun->count = 0;
  begun->chained = 0;
  begun->added.count = begun->ordered = 0;
  base_buffer_clear(&begun->entries);
  view->sequence = begun->last.sequence;
  view->group = begun;
  *group = begun;
  return BASE_OK;
}

const store_view *store_group_view(const store_group *group) {
  return group->view;
}

size_t store_group_size(const store_group *group) {
  return group->entries.size;
}

bool store_group_entry(const store_group *group, uint64_t sequence, base_slice *bytes) {
  if (group->before != NULL && sequence < group->first) group = group->before;
  if (sequence < group->first || sequence - group->first >= group->count) return false;
  size_t at = (size_t)(sequence - group->first);
  size_t begin = at == 0 ? 0 : group->ends[at - 1];
  *bytes = base_slice_make(group->entries.data + begin, group->ends[at] - begin);
  return true;
}

/* --- append --- */

/* The next salt: many are asked of the kernel at once. */
static base_slice take_salt(store_group *group) {
  if (group->salts_left == 0) {
    base_random_bytes(group->salts, sizeof group->salts);
    group->salts_left = sizeof group->salts / STORE_SALT_SIZE;
  }
  group->salts_left--;
  return base_slice_make(group->salts + group->salts_left * STORE_SALT_SIZE, STORE_SALT_SIZE);
}

static void append_change(const store_change *change, void *self) {
  store_group *group = self;
  base_slice before;
  store_stored_change stored = {.change = *change, .salt = take_salt(group)};
  if (change->table == STORE_RECORD) {
    (void)store_view_get(group->view, STORE_RECORD, change->key, &before, &stored.change.previous);
  }
  store_entry_append_change(&group->entries, &stored);
  tail_note(&group->added, tail_add(group->tail, change, group->last.sequence));
}

static void note_end(store_group *group) {
  if (group->count == group->room) {
    group->room = group->room == 0 ? 64 : group->room * 2;
    group->ends = base_realloc(group->ends, group->room * sizeof *group->ends);
  }
  group->ends[group->count++] = (uint32_t)group->entries.size;
}

static base_code refuse_use(base_error *error) {
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "内部错误：修改集不属于这一组，或这一组已失败而未放弃",
                        "Internal error: the change set was made over another view, or the group "
                        "has failed and was not aborted");
}

static base_code check_room(const store_group *group, base_error *error) {
  if (store_segment_frame_size(group->entries.size, group->count) <=
      group->store->options.segment_bytes) {
    return BASE_OK;
  }
  return base_error_set(error, BASE_TOO_LARGE, NULL,
                        "一组修改超过日志文件的上限 %zu 字节（store.segment_bytes）",
                        "The changes of one group exceed a journal file's %zu bytes "
                        "(store.segment_bytes)",
                        group->store->options.segment_bytes);
}

static base_code append(store_group *group, const store_change_set *set,
                        const store_entry_head *head, uint64_t *sequence, base_error *error) {
  if (group->failed || set->view != group->view) return refuse_use(error);
  store_entry_head written = *head;
  if (written.at < group->last.at) written.at = group->last.at;
  group->last = (store_last){.sequence = group->last.sequence + 1, .at = written.at};
  store_entry_append_head(&group->entries, &written, set->count);
  store_change_set_each(set, append_change, group);
  note_end(group);
  group->view->sequence = *sequence = group->last.sequence;
  return check_room(group, error);
}

base_code store_group_append(store_group *group, const store_change_set *set,
                             const store_entry_head *head, uint64_t *sequence, base_error *error) {
  base_code code = append(group, set, head, sequence, error);
  if (code != BASE_OK) group->failed = true;
  return code;
}

/* --- what the flush makes up for --------------------------------------------------------------- */

static void chain_entry(store_group *group, size_t at) {
  size_t changes;
  base_slice bytes;
  store_entry entry = {.sequence = group->first + at};
  if (!store_group_entry(group, entry.sequence, &bytes) ||
      !store_entry_decode(bytes, &entry, &changes) ||
      !store_chain_next(&group->chain, &entry, changes)) {
    store_status_require(MDB_CORRUPTED, "hashing an entry of the group");
  }
  memcpy(group->entries.data + (entry.hash.data - group->entries.data), group->chain.bytes,
         sizeof group->chain.bytes);
}

/* Gives the entries their hashes; none is on its way before the group. */
static void chain_entries(store_group *group) {
  if (group->chained == 0) group->chain = group->store->last.hash;
  while (group->chained < group->count) chain_entry(group, group->chained++);
}

void store_group_chain(store_group *group) {
  store *self = group->store;
  (void)pthread_mutex_lock(&self->mutex);
  wait_for_flush(self);
  chain_entries(group);
  (void)pthread_mutex_unlock(&self->mutex);
}

/* With `ordering` held. */
static void put_in_order(store_group *group) {
  const tail_added *added = &group->added;
  if (group->ordered == added->count) return;
  tail_order(group->tail, added->keys + group->ordered, added->count - group->ordered);
  group->ordered = added->count;
}

void store_group_order(store_group *group) {
  (void)pthread_mutex_lock(&group->store->ordering);
  if (group->before != NULL) put_in_order(group->before);
  put_in_order(group);
  (void)pthread_mutex_unlock(&group->store->ordering);
}

/* --- the end ----------------------------------------------------------------------------------- */

static void end_filling(store_group *group) {
  store_view_close(group->view);
  (void)pthread_mutex_unlock(&group->store->writing);
}

void store_group_abort(store_group *group) {
  store *self = group->store;
  take_back(group);
  (void)pthread_mutex_lock(&self->mutex);
  (void)settle(self);
  (void)pthread_mutex_unlock(&self->mutex);
  end_filling(group);
  store_tail_ended(self, false);
}

/* Until the one before is out of the way; a group that saw what was dropped cannot be kept. */
static base_code await_before(const store_group *group, base_error *error) {
  store *self = group->store;
  base_code code = BASE_OK;
  (void)pthread_mutex_lock(&self->mutex);
  wait_for_flush(self);
  if (self->sealed != NULL) {
    *error = self->sealed->why;
    code = error->code;
  }
  (void)pthread_mutex_unlock(&self->mutex);
  return code;
}

base_code store_group_seal(store_group *group, base_error *error) {
  store *self = group->store;
  base_code code = group->failed ? refuse_use(error) : await_before(group, error);
  if (code != BASE_OK) {
    store_group_abort(group);
    return code;
  }
  atomic_store(&self->filling_bytes, tail_bytes(group->tail));
  (void)pthread_mutex_lock(&self->mutex);
  self->sealed = group;
  (void)pthread_mutex_unlock(&self->mutex);
  end_filling(group);
  return BASE_OK;
}

static base_code write_frame(store_group *group, base_error *error) {
  segment_frame frame = {.first = group->first,
                         .epoch = group->store->identity.epoch,
                         .count = (uint32_t)group->count};
  base_buffer_clear(&group->frame);
  store_segment_frame_append(&group->frame, &frame, group->ends, base_buffer_slice(&group->entries),
                             group->store->identity.id);
  frame.size = group->frame.size;
  return store_journal_append(&group->store->journal, &frame, base_buffer_slice(&group->frame),
                              error);
}

/* True when it is the first commit into its generation, which is the filling one: none is swapped
 * while a group is sealed. */
static bool publish(store_group *group) {
  store *self = group->store;
  bool first = group->count > 0 && atomic_fetch_add(&self->filling_ops, group->count) == 0;
  if (first) atomic_store(&self->filling_since, base_clock_monotonic());
  (void)pthread_mutex_lock(&self->mutex);
  self->last = group->last;
  self->sealed = NULL;
  atomic_store(&self->head, group->last.sequence);
  (void)pthread_cond_broadcast(&self->flushed);
  (void)pthread_mutex_unlock(&self->mutex);
  return first;
}

static void drop(store_group *group, const base_error *error) {
  store *self = group->store;
  (void)pthread_mutex_lock(&self->mutex);
  group->dropped = true;
  group->why = *error;
  (void)pthread_cond_broadcast(&self->flushed);
  (void)pthread_mutex_unlock(&self->mutex);
}

static base_code write(store_group *group, base_error *error) {
  BASE_TRY(write_frame(group, error));
  (void)pthread_mutex_lock(&group->store->ordering);
  put_in_order(group);
  (void)pthread_mutex_unlock(&group->store->ordering);
  return BASE_OK;
}

base_code store_group_flush(store_group *group, base_error *error) {
  store *self = group->store;
  chain_entries(group);
  group->last.hash = group->chain;
  base_code code = group->count > 0 ? write(group, error) : BASE_OK;
  if (code != BASE_OK) {
    drop(group, error);
    return code;
  }
  bool first = publish(group);
  (void)base_failpoint("store.group.before_replies");
  store_tail_ended(self, first);
  return BASE_OK;
}

base_code store_group_commit(store_group *group, base_error *error) {
  BASE_TRY(store_group_seal(group, error));
  return store_group_flush(group, error);
}
