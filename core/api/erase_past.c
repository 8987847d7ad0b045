#include "api/erase_past.h"

#include "base/map.h"

typedef struct owned {
  bool now;        /* the person's now: all of it goes */
  bool hers;       /* by the last put */
  bool foreign;    /* somebody else's before, by the journal */
  uint64_t away;   /* the last put by which it was another's */
  uint64_t before; /* the one before that */
} owned;

typedef struct row_put {
  const struct row_put *earlier;
  uint64_t sequence;
} row_put;

/* Of a row, from the first put after a delete on. */
typedef struct life {
  const owned *owner;
  uint64_t first; /* 0: another's from the beginning */
  const row_put *last;
} life;

struct api_erase_past {
  base_map *records;
  base_map *lives; /* of rows that are there at the entry that is being told */
  base_map *parts; /* of changes, by entry, table and key */
  base_arena *arena;
  base_buffer name;
  uint64_t oldest; /* the first entry that was told; 0: none yet */
};

api_erase_past *api_erase_past_new(void) {
  base_arena *arena = base_arena_new();
  api_erase_past *past = BASE_NEW(arena, api_erase_past);
  past->arena = arena;
  past->records = base_map_new();
  past->lives = base_map_new();
  past->parts = base_map_new();
  return past;
}

void api_erase_past_free(api_erase_past *past) {
  base_map_free(past->records);
  base_map_free(past->lives);
  base_map_free(past->parts);
  base_buffer_fini(&past->name);
  base_arena_free(past->arena);
}

/* --- records -------------------------------------------------------------------------------------- */

static owned *find(const api_erase_past *past, base_slice record) {
  return record.size == 0 ? NULL : base_map_get(past->records, record);
}

static owned *add(api_erase_past *past, base_slice record) {
  owned *made = BASE_NEW(past->arena, owned);
  (void)base_map_put(past->records, record, made);
  return made;
}

void api_erase_past_own(api_erase_past *past, base_slice record) {
  owned *one = find(past, record);
  if (one == NULL) one = add(past, record);
  one->now = true;
}

bool api_erase_past_has(const api_erase_past *past, base_slice record) {
  return find(past, record) != NULL;
}

size_t api_erase_past_count(const api_erase_past *past) {
  return base_map_count(past->records);
}

static bool is_hers(const owned *one) {
  return one != NULL && (one->now || one->hers);
}

bool api_erase_past_is(const api_erase_past *past, base_slice record) {
  return is_hers(find(past, record));
}

/* --- parts ---------------------------------------------------------------------------------------- */

/* Lives until the next one is asked for; entry 0 names the row itself. */
static base_slice name_of(api_erase_past *past, uint64_t sequence, store_table table,
                          base_slice key) {
  uint8_t number = (uint8_t)table;
  base_buffer_clear(&past->name);
  base_buffer_append(&past->name, &sequence, sizeof sequence);
  base_buffer_append(&past->name, &number, sizeof number);
  base_buffer_append(&past->name, key.data, key.size);
  return base_buffer_slice(&past->name);
}

static void mark(api_erase_past *past, uint64_t sequence, const store_change *change,
                 api_erase_part part) {
  static api_erase_part parts[] = {API_ERASE_NONE, API_ERASE_VALUE, API_ERASE_WHOLE};
  (void)base_map_put(past->parts, name_of(past, sequence, change->table, change->key),
                     &parts[part]);
}

api_erase_part api_erase_past_part(api_erase_past *past, uint64_t sequence,
                                   const store_change *change, base_slice record) {
  const owned *owner = find(past, record);
  if (owner != NULL && owner->now) return API_ERASE_WHOLE;
  const api_erase_part *part =
      base_map_get(past->parts, name_of(past, sequence, change->table, change->key));
  return part == NULL ? API_ERASE_NONE : *part;
}

/* --- the journal ---------------------------------------------------------------------------------- */

/* A put of before that the journal has and that was not the person's: the record came from another. */
static owned *meet(api_erase_past *past, const store_change *put) {
  owned *made = add(past, put->key);
  made->foreign = put->previous != 0 && put->previous >= past->oldest;
  return made;
}

void api_erase_past_put(api_erase_past *past, uint64_t sequence, const store_change *put,
                        bool hers) {
  owned *one = find(past, put->key);
  if (past->oldest == 0) past->oldest = sequence;
  if (one == NULL && !hers) return;
  if (one == NULL) one = meet(past, put);
  if (one->now) return;
  one->hers = hers;
  if (hers) {
    mark(past, sequence, put, API_ERASE_WHOLE);
  } else if (one->away != sequence) {
    one->before = one->away;
    one->away = sequence;
  }
}

static uint64_t away_before(const owned *one, uint64_t sequence) {
  return one->away == sequence ? one->before : one->away;
}

static void mark_puts(api_erase_past *past, const life *lived, store_table table, base_slice key) {
  const store_change row = {.table = table, .key = key};
  for (const row_put *put = lived->last; put != NULL; put = put->earlier) {
    mark(past, put->sequence, &row, API_ERASE_WHOLE);
  }
}

/* True when the row was the person's all the time. */
static bool end_life(api_erase_past *past, uint64_t sequence, const store_change *row,
                     const life *lived) {
  bool hers = lived->owner->now || away_before(lived->owner, sequence) < lived->first;
  if (hers && !lived->owner->now) mark_puts(past, lived, row->table, row->key);
  return hers;
}

/* Without a put that the journal has, the state of the record tells. Of a record that is the person's now, only
 * deletes have to be told whose key does not say it. */
void api_erase_past_delete_row(api_erase_past *past, uint64_t sequence, const store_change *row,
                               base_slice record) {
  const owned *owner = find(past, record);
  const life *lived = base_map_remove(past->lives, name_of(past, 0, row->table, row->key));
  bool hers = lived != NULL ? end_life(past, sequence, row, lived)
                            : is_hers(owner) && !owner->now && !owner->foreign;
  if (hers) mark(past, sequence, row, API_ERASE_WHOLE);
}

static void live_on(api_erase_past *past, life *lived, uint64_t sequence) {
  row_put *put = BASE_NEW(past->arena, row_put);
  *put = (row_put){.earlier = lived->last, .sequence = sequence};
  lived->last = put;
}

static life *begin_life(api_erase_past *past, uint64_t sequence, const store_change *row,
                        const owned *owner) {
  life *made = BASE_NEW(past->arena, life);
  *made = (life){.owner = owner, .first = is_hers(owner) ? sequence : 0};
  (void)base_map_put(past->lives, name_of(past, 0, row->table, row->key), made);
  return made;
}

/* What the put before left in the row was the person's when the record was so until now. */
static void put_over(api_erase_past *past, uint64_t sequence, const store_change *row,
                     const life *lived) {
  uint64_t last = lived->last->sequence;
  if (away_before(lived->owner, sequence) < last) mark(past, last, row, API_ERASE_VALUE);
}

void api_erase_past_put_row(api_erase_past *past, uint64_t sequence, const store_change *row,
                            base_slice record) {
  const owned *owner = find(past, record);
  life *lived = base_map_get(past->lives, name_of(past, 0, row->table, row->key));
  if (lived != NULL && lived->owner != owner) {
    (void)end_life(past, sequence, row, lived);
    (void)base_map_remove(past->lives, name_of(past, 0, row->table, row->key));
    lived = NULL;
  }
  if (owner == NULL || (owner->now && row->table != STORE_UNIQUE)) return;
  if (lived == NULL) {
    lived = begin_life(past, sequence, row, owner);
  } else {
    put_over(past, sequence, row, lived);
  }
  live_on(past, lived, sequence);
}

/* --- the end -------------------------------------------------------------------------------------- */

typedef struct ending {
  api_erase_past *past;
  store_change_set *set;
} ending;

/* A row that is not there though no delete was told: an erasure that was interrupted has that delete already, for
 * the newest goes first. */
static bool end_row(base_slice name, void *value, void *self) {
  const ending *end = self;
  const life *lived = value;
  base_slice was;
  const size_t head = sizeof(uint64_t);
  store_table table = (store_table)name.data[head];
  base_slice key = base_slice_after(name, head + 1);
  if (lived->owner->now || lived->first == 0) return true;
  if (!store_get(end->set, table, key, &was)) mark_puts(end->past, lived, table, key);
  return true;
}

void api_erase_past_end(api_erase_past *past, store_change_set *set) {
  ending end = {.past = past, .set = set};
  base_map_each(past->lives, end_row, &end);
}
