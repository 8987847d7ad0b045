/* entry: one journal entry as bytes: the msgpack array
 *   [at, actor, op, request, cause, packages, hash, [change, …]]
 * whose changes are arrays, told apart by their count:
 *   [table, previous, salt, key, value]   a put
 *   [table, previous, salt, key]          a delete
 *   [table, previous, digest]             either, erased: only the digest is kept (chain.c)
 *   [table, previous, digest, deleted, key, value]
 *                                         either, redacted: the digest of what it was, and what is left of it
 * The sequence is not among them: it follows from the entry's place in its frame.
 *
 * Memory:  slices of a decoded entry point into the bytes.
 * Threads: any.
 * Fails:   decoding gives false for anything else; at the door that ends the process. */
#include "data/data.h"
#include "store/inside.h"

#define ENTRY_PARTS 8
enum { ERASED_PARTS = 3, DELETE_PARTS = 4, PUT_PARTS = 5, REDACTED_PARTS = 6 };

size_t store_entry_append_head(base_buffer *out, const store_entry_head *head, size_t changes) {
  static const base_digest unknown = {{0}};
  data_append_array(out, ENTRY_PARTS);
  data_append_integer(out, head->at);
  data_append_slice(out, head->actor);
  data_append_slice(out, head->op);
  data_append_slice(out, head->request);
  data_append_integer(out, (int64_t)head->cause);
  data_append_slice(out, head->packages);
  data_append_binary(out, base_slice_make(unknown.bytes, sizeof unknown.bytes));
  size_t hash = out->size - sizeof unknown.bytes;
  data_append_array(out, changes);
  return hash;
}

void store_entry_append_change(base_buffer *out, const store_stored_change *stored) {
  const store_change *change = &stored->change;
  bool redacted = stored->digest.size > 0 && !change->erased;
  size_t parts = change->erased ? ERASED_PARTS : change->deleted ? DELETE_PARTS : PUT_PARTS;
  data_append_array(out, redacted ? REDACTED_PARTS : parts);
  data_append_integer(out, (int64_t)change->table);
  data_append_integer(out, (int64_t)change->previous);
  data_append_binary(out, stored->digest.size > 0 ? stored->digest : stored->salt);
  if (change->erased) return;
  if (redacted) data_append_boolean(out, change->deleted);
  data_append_binary(out, change->key);
  if (redacted || !change->deleted) data_append_binary(out, change->value);
}

static bool take_bytes(base_slice *rest, data_type type, base_slice *bytes) {
  data_value value = data_read(rest);
  if (value.type != type) return false;
  *bytes = value.as.bytes;
  return true;
}

static bool take_sized(base_slice *rest, size_t size, base_slice *bytes) {
  return take_bytes(rest, DATA_BINARY, bytes) && bytes->size == size;
}

static bool take_integer(base_slice *rest, int64_t *integer) {
  data_value value = data_read(rest);
  if (value.type != DATA_INTEGER) return false;
  *integer = value.as.integer;
  return true;
}

static bool take_sequence(base_slice *rest, uint64_t *sequence) {
  int64_t integer;
  if (!take_integer(rest, &integer) || integer < 0) return false;
  *sequence = (uint64_t)integer;
  return true;
}

static bool take_head(base_slice *rest, store_entry_head *head) {
  return take_integer(rest, &head->at) && take_bytes(rest, DATA_TEXT, &head->actor) &&
         take_bytes(rest, DATA_TEXT, &head->op) && take_bytes(rest, DATA_TEXT, &head->request) &&
         take_sequence(rest, &head->cause) && take_bytes(rest, DATA_TEXT, &head->packages);
}

/* Moves behind the head of an array. */
static bool take_array(base_slice *rest, size_t *count) {
  base_slice before = *rest;
  data_walk walk = data_walk_begin(before);
  *rest = walk.rest;
  *count = walk.left;
  return !walk.map && rest->size < before.size;
}

bool store_entry_decode(base_slice bytes, store_entry *entry, size_t *changes) {
  size_t parts;
  base_slice rest = bytes;
  if (!take_array(&rest, &parts) || parts != ENTRY_PARTS) return false;
  if (!take_head(&rest, &entry->head)) return false;
  if (!take_sized(&rest, BASE_HASH_SIZE, &entry->hash)) return false;
  if (!take_array(&rest, changes)) return false;
  entry->body = rest;
  return true;
}

static bool take_redacted(base_slice *rest, store_stored_change *stored) {
  store_change *change = &stored->change;
  if (!take_sized(rest, sizeof(base_digest), &stored->digest)) return false;
  data_value deleted = data_read(rest);
  change->deleted = deleted.type == DATA_BOOLEAN && deleted.as.boolean;
  return deleted.type == DATA_BOOLEAN && take_bytes(rest, DATA_BINARY, &change->key) &&
         take_bytes(rest, DATA_BINARY, &change->value);
}

static bool take_contents(base_slice *rest, size_t parts, store_stored_change *stored) {
  store_change *change = &stored->change;
  if (parts == REDACTED_PARTS) return take_redacted(rest, stored);
  change->erased = parts == ERASED_PARTS;
  change->deleted = parts == DELETE_PARTS;
  if (change->erased) return take_sized(rest, sizeof(base_digest), &stored->digest);
  if (!take_sized(rest, STORE_SALT_SIZE, &stored->salt)) return false;
  if (!take_bytes(rest, DATA_BINARY, &change->key)) return false;
  return change->deleted || take_bytes(rest, DATA_BINARY, &change->value);
}

bool store_entry_decode_change(base_slice *rest, store_stored_change *stored) {
  size_t parts;
  uint64_t table;
  *stored = (store_stored_change){0};
  if (!take_array(rest, &parts) || parts < ERASED_PARTS || parts > REDACTED_PARTS) return false;
  if (!take_sequence(rest, &table) || table >= STORE_TABLES) return false;
  stored->change.table = (store_table)table;
  return take_sequence(rest, &stored->change.previous) && take_contents(rest, parts, stored);
}

/* What the view has of the journal: entries of its group are not in the file yet. */
static bool find_bytes(const store_view *view, uint64_t sequence, base_slice *bytes) {
  if (sequence == 0 || sequence > view->sequence) return false;
  if (view->group != NULL && store_group_entry(view->group, sequence, bytes)) return true;
  return store_journal_get(&view->store->journal, atomic_load(&view->slot), sequence, bytes);
}

bool store_entry_load(const store_view *view, uint64_t sequence, store_entry *entry,
                      size_t *changes) {
  base_slice bytes;
  entry->sequence = sequence;
  return find_bytes(view, sequence, &bytes) && store_entry_decode(bytes, entry, changes);
}

store_last store_entry_last(const store_entry *entry) {
  store_last last = {.sequence = entry->sequence, .at = entry->head.at};
  memcpy(last.hash.bytes, entry->hash.data, sizeof last.hash.bytes);
  return last;
}

base_digest store_entry_hash(const store_view *view, const store_entry *entry) {
  if (view->group != NULL) store_group_chain(view->group);
  return store_entry_last(entry).hash;
}

bool store_entry_get(const store_view *view, uint64_t sequence, store_entry *entry) {
  size_t changes;
  base_slice bytes;
  entry->sequence = sequence;
  if (!find_bytes(view, sequence, &bytes)) return false;
  if (!store_entry_decode(bytes, entry, &changes)) {
    store_status_require(MDB_CORRUPTED, "reading a journal entry");
  }
  return true;
}

bool store_entry_next(base_slice *rest, store_change *change) {
  store_stored_change stored;
  if (rest->size == 0) return false;
  if (!store_entry_decode_change(rest, &stored)) {
    store_status_require(MDB_CORRUPTED, "reading a journal entry's changes");
  }
  *change = stored.change;
  return true;
}
