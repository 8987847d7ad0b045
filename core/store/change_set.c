/* change_set: the puts and deletes of one op over a view, in a skip list per table.
 *
 * Memory:  nodes, values and notes lie in the set's arena. A value that is put again gets new room,
 *          so that a caller who still holds the old one compares what was with what is, and a
 *          savepoint can put the old one back.
 * Threads: one at a time.
 * Fails:   TOO_LARGE above the store's change_set_bytes, INVALID_ARGUMENT for a key no table can
 *          hold; the set is then as it was before. */
#include "data/data.h"
#include "store/inside.h"

store_change_set *store_change_set_new(const store_view *view, base_arena *arena) {
  store_change_set *set = BASE_NEW(arena, store_change_set);
  set->view = view;
  set->arena = arena;
  set->limit = view->store->options.change_set_bytes;
  set->random = 2463534242u;
  return set;
}

size_t store_change_set_size(const store_change_set *set) {
  return set->size;
}

bool store_change_set_first(const store_change_set *set, store_table table, base_slice *key) {
  const store_node *first = set->lists[table].next[0];
  if (first != NULL) *key = first->key;
  return first != NULL;
}

size_t store_change_set_room(const store_change_set *set) {
  return set->limit - set->size;
}

void store_change_set_limit(store_change_set *set, size_t bytes) {
  set->limit = bytes;
}

void store_change_set_ignore(store_change_set *set, store_table table) {
  set->ignored |= 1u << table;
}

const store_view *store_change_set_view(const store_change_set *set) {
  return set->view;
}

void store_change_set_move(store_change_set *set, const store_view *view) {
  set->view = view;
}

/* --- the list --- */

/* Where a key stands: on each level the link that leads to the first node not below it. */
typedef struct place {
  store_node **links[STORE_HEIGHT];
  store_node *before;
} place;

static place find_place(store_list *list, base_slice key) {
  place found = {.before = NULL};
  store_node **links = list->next;
  for (size_t level = STORE_HEIGHT; level-- > 0;) {
    if (level < list->height) {
      while (links[level] != NULL && base_slice_compare(links[level]->key, key) < 0) {
        found.before = links[level];
        links = links[level]->next;
      }
    }
    found.links[level] = &links[level];
  }
  return found;
}

const store_node *store_list_from(const store_list *list, base_slice key) {
  const store_node *below = key.size == 0 ? NULL : store_list_below(list, key);
  return below == NULL ? list->next[0] : below->next[0];
}

const store_node *store_list_below(const store_list *list, base_slice key) {
  const store_node *below = NULL;
  store_node *const *links = list->next;
  for (size_t level = list->height; level-- > 0;) {
    while (links[level] != NULL &&
           (key.size == 0 || base_slice_compare(links[level]->key, key) < 0)) {
      below = links[level];
      links = links[level]->next;
    }
  }
  return below;
}

static store_node *find(const store_list *list, base_slice key) {
  if (list->height == 0) return NULL;
  const store_node *below = store_list_below(list, key);
  store_node *node = below == NULL ? list->next[0] : below->next[0];
  return node != NULL && base_slice_equal(node->key, key) ? node : NULL;
}

/* Each further level with a chance of one in four. */
static size_t random_height(store_change_set *set) {
  set->random ^= set->random << 13;
  set->random ^= set->random >> 17;
  set->random ^= set->random << 5;
  size_t height = 1 + (size_t)__builtin_ctz(set->random) / 2;
  return height < STORE_HEIGHT ? height : STORE_HEIGHT;
}

static store_node *insert(store_change_set *set, store_list *list, base_slice key) {
  size_t height = random_height(set);
  place found = find_place(list, key);
  size_t links = height * sizeof(store_node *);
  store_node *node = base_arena_alloc(set->arena, sizeof *node + links + key.size);
  uint8_t *copy = (uint8_t *)node->next + links;
  memcpy(copy, key.data, key.size);
  *node = (store_node){.key = base_slice_make(copy, key.size), .before = found.before};
  for (size_t level = 0; level < height; level++) {
    node->next[level] = *found.links[level];
    *found.links[level] = node;
  }
  if (node->next[0] != NULL) node->next[0]->before = node;
  if (list->height < height) list->height = height;
  set->count++;
  return node;
}

static void remove_node(store_change_set *set, store_list *list, store_node *node) {
  place found = find_place(list, node->key);
  for (size_t level = 0; level < list->height && *found.links[level] == node; level++) {
    *found.links[level] = node->next[level];
  }
  if (node->next[0] != NULL) node->next[0]->before = node->before;
  set->count--;
}

/* --- savepoints --- */

static void note(store_change_set *set, store_note replaced) {
  if (set->savepoints == 0) return;
  if (set->note_count == set->note_room) {
    size_t room = set->note_room == 0 ? 32 : set->note_room * 2;
    store_note *notes = BASE_NEW_ARRAY(set->arena, store_note, room);
    if (set->note_count > 0) memcpy(notes, set->notes, set->note_count * sizeof *notes);
    set->notes = notes;
    set->note_room = room;
  }
  set->notes[set->note_count++] = replaced;
}

store_savepoint store_savepoint_begin(store_change_set *set) {
  set->savepoints++;
  return (store_savepoint){.notes = set->note_count};
}

void store_savepoint_commit(store_change_set *set, store_savepoint savepoint) {
  (void)savepoint; /* the one around it may still need the notes */
  set->savepoints--;
  if (set->savepoints == 0) set->note_count = 0;
}

void store_savepoint_abort(store_change_set *set, store_savepoint savepoint) {
  while (set->note_count > savepoint.notes) {
    const store_note *last = &set->notes[--set->note_count];
    if (last->fresh) {
      remove_node(set, &set->lists[last->table], last->node);
    } else {
      last->node->value = last->value;
      last->node->deleted = last->deleted;
    }
    set->size = last->size;
  }
  set->savepoints--;
}

/* --- changing --- */

static base_code check_size(const store_change_set *set, size_t size, base_error *error) {
  if (size <= set->limit) return BASE_OK;
  return base_error_set(
      error, BASE_TOO_LARGE, NULL,
      "一次操作的修改超过上限 %zu 字节（store.change_set_bytes）；请分成几次提交，或调大该配置",
      "The changes of one operation exceed %zu bytes (store.change_set_bytes); split them, or "
      "raise "
      "the limit",
      set->limit);
}

static base_code check_key(base_slice key, base_error *error) {
  if (key.size >= 1 && key.size <= DATA_KEY_MAX) return BASE_OK;
  return base_error_set(error, BASE_INVALID_ARGUMENT, "key",
                        "键有 %zu 字节，必须为 1 至 %d 字节；请缩短组成键的字段",
                        "The key has %zu bytes and must have 1 to %d; shorten the fields it is "
                        "made of",
                        key.size, DATA_KEY_MAX);
}

static base_code write(store_change_set *set, store_table table, base_slice key, base_slice value,
                       bool deleted, base_error *error) {
  BASE_TRY(check_key(key, error));
  if (set->ignored & 1u << table) return BASE_OK;
  store_list *list = &set->lists[table];
  store_node *node = find(list, key);
  size_t replaced = node == NULL ? 0 : key.size + node->value.size;
  size_t size = set->size - replaced + key.size + value.size;
  BASE_TRY(check_size(set, size, error));
  base_slice copy = deleted ? value : base_arena_slice(set->arena, value);
  bool fresh = node == NULL;
  if (fresh) node = insert(set, list, key);
  note(set, (store_note){.table = table,
                         .node = node,
                         .value = node->value,
                         .deleted = node->deleted,
                         .fresh = fresh,
                         .size = set->size});
  node->value = copy;
  node->deleted = deleted;
  set->size = size;
  return BASE_OK;
}

base_code store_put(store_change_set *set, store_table table, base_slice key, base_slice value,
                    base_error *error) {
  return write(set, table, key, value, false, error);
}

base_code store_delete(store_change_set *set, store_table table, base_slice key,
                       base_error *error) {
  return write(set, table, key, base_slice_make(NULL, 0), true, error);
}

/* --- reading --- */

bool store_get(const store_change_set *set, store_table table, base_slice key, base_slice *value) {
  const store_node *node = find(&set->lists[table], key);
  if (node == NULL) return store_view_get(set->view, table, key, value, NULL);
  *value = node->value;
  return !node->deleted;
}

uint64_t store_record_sequence(const store_change_set *set, base_slice key) {
  base_slice value;
  uint64_t sequence;
  (void)store_view_get(set->view, STORE_RECORD, key, &value, &sequence);
  return sequence;
}

void store_change_set_each(const store_change_set *set,
                           void (*visit)(const store_change *change, void *self), void *self) {
  for (store_table table = 0; table < STORE_TABLES; table++) {
    for (const store_node *node = set->lists[table].next[0]; node != NULL; node = node->next[0]) {
      store_change change = {
          .table = table, .key = node->key, .value = node->value, .deleted = node->deleted};
      visit(&change, self);
    }
  }
}
