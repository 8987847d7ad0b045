/* mirror: what must be true of a store after each op, told by arrays and plain loops: customers, contacts and
 * orders with references, unique values, merges, links, the recycle bin and fields of the business's own. It
 * knows nothing of indexes, plans, change sets or msgpack.
 *
 * Memory:  one mirror per test, freed by mirror_free.
 * Threads: one.
 * Fails:   the test, when a table is full. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "api/api.h"

#define CUSTOM_MAX 12
#define LINKS_MAX 4096
#define SET_MAX 1024
#define NONE (-1) /* of values that a record does not have */
#define PRICE 100

typedef enum kind { CUSTOMER, CONTACT, ORDER, KINDS } kind;

static const char *const kind_names[KINDS] = {"customer", "contact", "order"};

/* A field of the business's own: all are integers. */
typedef struct custom {
  char name[16];
  bool unique;
  bool indexed;
  int initial; /* of a required field; else NONE */
} custom;

typedef struct thing {
  int64_t id;
  kind kind;
  bool purged;
  bool deleted;
  int64_t into; /* merged_into, or 0 */
  int64_t version;
  int64_t changes;   /* journal entries that changed it */
  int64_t reference; /* a customer's parent, a contact's or an order's customer; 0: none */
  int name;
  int phone;
  int owner;
  int region;
  unsigned tags;
  int day;
  int quantity;
  bool cancelled;
  int customs[CUSTOM_MAX];
  size_t merged_count;
  size_t merged_room;
  int64_t *merged;
} thing;

typedef struct link_row {
  kind type;
  int64_t id;
  int name;
  kind to_type;
  int64_t to;
} link_row;

typedef struct table {
  size_t count; /* of all things ever, purged ones too; the number is the place and one */
  size_t room;
  thing *things;
  size_t present_count; /* those that are not purged, by number */
  int64_t *present;
} table;

typedef struct mirror {
  table tables[KINDS];
  size_t custom_count[KINDS];
  custom customs[KINDS][CUSTOM_MAX];
  size_t link_count;
  link_row links[LINKS_MAX];
} mirror;

/* --- things ---------------------------------------------------------------------------------------- */

/* NULL for a number that was never given, or is purged. */
static inline thing *stored_thing(mirror *m, kind of, int64_t id) {
  table *t = &m->tables[of];
  if (id < 1 || (size_t)id > t->count || t->things[id - 1].purged) return NULL;
  return &t->things[id - 1];
}

static inline bool alive(const thing *one) {
  return one != NULL && !one->deleted && one->into == 0;
}

/* What the number means: the survivor, or NULL. */
static inline thing *meant(mirror *m, kind of, int64_t id) {
  thing *one = stored_thing(m, of, id);
  while (one != NULL && !one->deleted && one->into != 0) one = stored_thing(m, of, one->into);
  return alive(one) ? one : NULL;
}

static inline int64_t root_of(mirror *m, kind of, int64_t id) {
  thing *one = stored_thing(m, of, id);
  while (one != NULL && one->into != 0) one = stored_thing(m, of, one->into);
  return one == NULL ? id : one->id;
}

typedef struct alias_set {
  size_t count;
  int64_t ids[SET_MAX];
} alias_set;

/* The root first, then who was merged into it, level by level. */
static inline alias_set set_of(mirror *m, kind of, int64_t id) {
  alias_set set = {.count = 1, .ids = {root_of(m, of, id)}};
  for (size_t i = 0; i < set.count; i++) {
    const thing *one = stored_thing(m, of, set.ids[i]);
    for (size_t j = 0; one != NULL && j < one->merged_count; j++) {
      assert_true(set.count < SET_MAX);
      set.ids[set.count++] = one->merged[j];
    }
  }
  return set;
}

static inline bool in_set(const alias_set *set, int64_t id) {
  for (size_t i = 0; i < set->count; i++) {
    if (set->ids[i] == id) return true;
  }
  return false;
}

static inline thing *add_thing(mirror *m, const thing *values) {
  table *t = &m->tables[values->kind];
  if (t->count == t->room) {
    t->room = t->room == 0 ? 256 : t->room * 2;
    t->things = realloc(t->things, t->room * sizeof *t->things);
    t->present = realloc(t->present, t->room * sizeof *t->present);
  }
  thing *made = &t->things[t->count++];
  *made = *values;
  made->id = (int64_t)t->count;
  made->version = made->changes = 1;
  t->present[t->present_count++] = made->id;
  return made;
}

static inline void remove_thing(mirror *m, thing *one) {
  table *t = &m->tables[one->kind];
  size_t at = 0;
  while (t->present[at] != one->id) at += 1;
  memmove(&t->present[at], &t->present[at + 1], (t->present_count - at - 1) * sizeof *t->present);
  t->present_count -= 1;
  one->purged = true;
  free(one->merged);
  one->merged = NULL;
}

static inline void mirror_free(mirror *m) {
  for (kind of = CUSTOMER; of < KINDS; of++) {
    for (size_t i = 0; i < m->tables[of].count; i++) free(m->tables[of].things[i].merged);
    free(m->tables[of].things);
    free(m->tables[of].present);
  }
  free(m);
}

static inline void add_merged(thing *survivor, int64_t id) {
  if (survivor->merged_count == survivor->merged_room) {
    survivor->merged_room = survivor->merged_room == 0 ? 4 : survivor->merged_room * 2;
    survivor->merged = realloc(survivor->merged, survivor->merged_room * sizeof *survivor->merged);
  }
  survivor->merged[survivor->merged_count++] = id;
}

static inline void remove_merged(thing *survivor, int64_t id) {
  size_t kept = 0;
  for (size_t i = 0; i < survivor->merged_count; i++) {
    if (survivor->merged[i] != id) survivor->merged[kept++] = survivor->merged[i];
  }
  survivor->merged_count = kept;
}

/* --- what must hold -------------------------------------------------------------------------------- */

static inline bool refers_well(mirror *m, const thing *one) {
  return one->reference == 0 || meant(m, CUSTOMER, one->reference) != NULL;
}

/* Live records keep their unique values, and so do those that hide behind a live one. */
static inline bool keeps_values(const thing *one) {
  return !one->deleted;
}

/* Whose value it is, as DUPLICATE names them; 0: nobody's. `but` does not count. */
static inline int64_t owner_of_phone(mirror *m, int phone, int64_t but) {
  const table *t = &m->tables[CUSTOMER];
  for (size_t i = 0; phone != NONE && i < t->present_count; i++) {
    const thing *one = stored_thing(m, CUSTOMER, t->present[i]);
    if (one->id != but && one->phone == phone && keeps_values(one)) {
      return root_of(m, CUSTOMER, one->id);
    }
  }
  return 0;
}

static inline int64_t owner_of_custom(mirror *m, kind of, size_t field, int value, int64_t but) {
  const table *t = &m->tables[of];
  for (size_t i = 0; value != NONE && i < t->present_count; i++) {
    const thing *one = stored_thing(m, of, t->present[i]);
    if (one->id != but && one->customs[field] == value && keeps_values(one)) {
      return root_of(m, of, one->id);
    }
  }
  return 0;
}

/* Who has a unique value of this thing already; 0: nobody. */
static inline int64_t twin_of(mirror *m, const thing *one) {
  int64_t owner = one->kind == CUSTOMER ? owner_of_phone(m, one->phone, one->id) : 0;
  for (size_t i = 0; owner == 0 && i < m->custom_count[one->kind]; i++) {
    if (!m->customs[one->kind][i].unique) continue;
    owner = owner_of_custom(m, one->kind, i, one->customs[i], one->id);
  }
  return owner;
}

/* Whether a live record refers to one of the set. */
static inline bool in_use(mirror *m, const alias_set *set) {
  for (kind of = CUSTOMER; of < KINDS; of++) {
    const table *t = &m->tables[of];
    for (size_t i = 0; i < t->present_count; i++) {
      const thing *one = stored_thing(m, of, t->present[i]);
      if (alive(one) && one->reference != 0 && in_set(set, one->reference)) return true;
    }
  }
  return false;
}

typedef struct sums {
  int64_t count;
  int64_t total;
  int day; /* of the newest order; NONE: there is none */
} sums;

/* What the orders of the set come to. */
static inline sums sums_of(mirror *m, const alias_set *set) {
  sums all = {.day = NONE};
  const table *t = &m->tables[ORDER];
  for (size_t i = 0; i < t->present_count; i++) {
    const thing *one = stored_thing(m, ORDER, t->present[i]);
    if (!alive(one) || one->cancelled || !in_set(set, one->reference)) continue;
    all.count += 1;
    all.total += (int64_t)one->quantity * PRICE;
    if (one->day > all.day) all.day = one->day;
  }
  return all;
}

/* --- links ------------------------------------------------------------------------------------------- */

static inline bool joins(mirror *m, const link_row *row, const link_row *asked) {
  return row->type == asked->type && row->name == asked->name && row->to_type == asked->to_type &&
         root_of(m, row->type, row->id) == root_of(m, asked->type, asked->id) &&
         root_of(m, row->to_type, row->to) == root_of(m, asked->to_type, asked->to);
}

static inline size_t count_links(mirror *m, const link_row *asked) {
  size_t count = 0;
  for (size_t i = 0; i < m->link_count; i++) count += joins(m, &m->links[i], asked);
  return count;
}

static inline void remove_links(mirror *m, const link_row *asked) {
  size_t kept = 0;
  for (size_t i = 0; i < m->link_count; i++) {
    if (!joins(m, &m->links[i], asked)) m->links[kept++] = m->links[i];
  }
  m->link_count = kept;
}

static inline void purge_links(mirror *m, kind of, int64_t id) {
  size_t kept = 0;
  for (size_t i = 0; i < m->link_count; i++) {
    const link_row *row = &m->links[i];
    bool ends = (row->type == of && row->id == id) || (row->to_type == of && row->to == id);
    if (!ends) m->links[kept++] = *row;
  }
  m->link_count = kept;
}
