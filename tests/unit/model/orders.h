/* orders: random orders of members, as an order list and as how two members stand to each other, which
 * is decided here without the model.
 *
 * Memory:  values.  Threads: the test's.  Fails: never. */
#pragma once

#include "members.h"

#define ORDER_TERMS 3

typedef struct ordering {
  size_t count;
  column of[ORDER_TERMS];
  bool descending[ORDER_TERMS];
} ordering;

/* Texts are told apart by what 160 bytes hold of them, whole characters. */
static inline int word_compare(const char *a, const char *b) {
  base_slice kept[2] = {base_slice_text(a), base_slice_text(b)};
  for (size_t i = 0; i < 2; i++) {
    size_t size = kept[i].size < 160 ? kept[i].size : 160;
    while (size < kept[i].size && (kept[i].data[size] & 0xc0) == 0x80) size--;
    kept[i].size = size;
  }
  return base_slice_compare(kept[0], kept[1]);
}

static inline int cell_compare(const cell *a, const cell *b) {
  if (a->kind == NONE || b->kind == NONE) return (int)(a->kind != NONE) - (int)(b->kind != NONE);
  if (a->kind == WORD) return word_compare(a->plain[0], b->plain[0]);
  return a->number < b->number ? -1 : a->number > b->number;
}

/* What is equal in all terms comes by its number, in the direction of the last term. */
static inline int member_compare(const ordering *self, const member *a, const member *b) {
  for (size_t i = 0; i < self->count; i++) {
    int order = cell_compare(&a->cells[self->of[i]], &b->cells[self->of[i]]);
    if (order != 0) return self->descending[i] ? -order : order;
  }
  int order = cell_compare(&a->cells[ID], &b->cells[ID]);
  return self->count > 0 && self->descending[self->count - 1] ? -order : order;
}

static inline bool ordering_names(const ordering *self, column of) {
  for (size_t i = 0; i < self->count; i++) {
    if (self->of[i] == of) return true;
  }
  return false;
}

static inline ordering random_ordering(uint64_t *seed) {
  ordering made = {0};
  size_t wanted = world_random(seed, ORDER_TERMS + 1);
  while (made.count < wanted) {
    column of = (column)world_random(seed, COLUMNS);
    if (of == TAGS || of == PHONES || ordering_names(&made, of)) continue;
    made.descending[made.count] = world_random(seed, 2) == 1;
    made.of[made.count++] = of;
    if (of == ID) break;
  }
  return made;
}

static inline base_slice ordering_list(world *in, const ordering *self) {
  base_buffer out = {0};
  data_append_array(&out, self->count);
  for (size_t i = 0; i < self->count; i++) {
    const char *sign = self->descending[i] ? "-" : "";
    data_append_text(&out, base_arena_format(in->arena, "%s%s", sign, member_columns[self->of[i]]));
  }
  base_slice made = base_arena_slice(in->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}
