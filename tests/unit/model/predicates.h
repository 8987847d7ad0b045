/* predicates: random conditions on members, as a where map and as what they mean, which is decided here
 * without the model.
 *
 * Memory:  values; alternatives in the world's arena.  Threads: the test's.  Fails: never. */
#pragma once

#include "members.h"

typedef enum relation {
  EQ,
  NE,
  LT,
  LE,
  GT,
  GE,
  IN,
  BETWEEN,
  STARTS,
  ENDS,
  CONTAINS,
  IS_NULL,
  OPERATORS
} relation;

static const char *const operator_names[OPERATORS] = {
    "eq", "ne", "lt", "le", "gt", "ge", "in", "between", "starts", "ends", "contains", "is_null"};

#define PREDICATE_TESTS 3
#define PREDICATE_DEPTH 3

/* `column op operands`: one, or for IN and BETWEEN some. */
typedef struct condition {
  column of;
  relation op;
  bool bare; /* {field = value} */
  size_t count;
  cell operands[CELL_WORDS];
} condition;

typedef struct predicate {
  size_t count;
  condition conditions[PREDICATE_TESTS];
  size_t alternatives; /* of the any group; 0: there is none */
  struct predicate *any;
} predicate;

/* --- what it means ------------------------------------------------------------------------------ */

static inline int plain_compare(cell_kind kind, const cell *a, const char *word, const cell *b) {
  if (kind == WORD) return strcmp(word, b->plain[0]);
  return a->number < b->number ? -1 : a->number > b->number;
}

/* One value, or one element `word` of a list, against the condition; `there` is false for nil. */
static inline bool condition_holds_one(const condition *self, const cell *value, const char *word,
                                       bool there) {
  bool some = false;
  cell_kind kind = value->kind == WORDS ? WORD : value->kind;
  int order[CELL_WORDS] = {0};
  for (size_t i = 0; i < self->count; i++) {
    const cell *operand = &self->operands[i];
    bool comparable = there && operand->kind != NONE;
    if (comparable) order[i] = plain_compare(kind, value, word, operand);
    some = some || (comparable ? order[i] == 0 : !there && operand->kind == NONE);
  }
  const char *part = self->operands[0].words[0];
  bool both = there && self->operands[0].kind != NONE;
  switch (self->op) {
    case EQ:
    case IN:
      return some;
    case NE:
      return !some;
    case LT:
      return both && order[0] < 0;
    case LE:
      return both && order[0] <= 0;
    case GT:
      return both && order[0] > 0;
    case GE:
      return both && order[0] >= 0;
    case BETWEEN:
      return both && self->operands[1].kind != NONE && order[0] >= 0 && order[1] <= 0;
    case STARTS:
      return there && strncmp(word, part, strlen(part)) == 0;
    case ENDS:
      return there && strlen(word) >= strlen(part) &&
             strcmp(word + strlen(word) - strlen(part), part) == 0;
    default:
      return there && strstr(word, part) != NULL;
  }
}

static inline bool condition_holds(const condition *self, const member *of) {
  const cell *value = &of->cells[self->of];
  bool empty = value->kind == NONE || (value->kind == WORDS && value->count == 0);
  if (self->op == IS_NULL) return empty == (self->operands[0].number != 0);
  if (value->kind != WORDS) {
    return condition_holds_one(self, value, value->plain[0], value->kind != NONE);
  }
  bool each_differs = true;
  bool one_holds = false;
  for (size_t i = 0; i < value->count; i++) {
    bool holds = condition_holds_one(self, value, value->plain[i], true);
    each_differs = each_differs && holds;
    one_holds = one_holds || holds;
  }
  return self->op == NE ? each_differs : one_holds;
}

static inline bool predicate_holds(const predicate *self, const member *of) {
  bool any = self->alternatives == 0;
  for (size_t i = 0; i < self->count; i++) {
    if (!condition_holds(&self->conditions[i], of)) return false;
  }
  for (size_t i = 0; i < self->alternatives; i++) any = any || predicate_holds(&self->any[i], of);
  return any;
}

/* --- chance ------------------------------------------------------------------------------------- */

static inline bool column_has_parts(column of) {
  return of != ID && of != SPENT && of != VIP && of != SEEN_AT;
}

/* A piece of a text, whole characters, or of a phone as it is compared. */
static inline cell random_part(world *in, const cell *of, uint64_t *seed) {
  base_slice whole = base_slice_text(of->plain[0]);
  base_slice part = data_text_cut(whole, world_random(seed, (uint32_t)whole.size + 1));
  if (world_random(seed, 2) == 0) part = base_slice_after(whole, part.size);
  return cell_word(base_arena_text(in->arena, part));
}

static inline condition random_condition(world *in, column of, uint64_t *seed) {
  condition made = {.of = of, .count = 1};
  made.op = world_random(seed, 3) == 0 ? EQ : (relation)world_random(seed, OPERATORS);
  bool parts = made.op == STARTS || made.op == ENDS || made.op == CONTAINS;
  if (parts && !column_has_parts(of)) {
    made.op = EQ;
    parts = false;
  }
  if (made.op == IN) made.count = world_random(seed, CELL_WORDS + 1);
  if (made.op == BETWEEN) made.count = 2;
  for (size_t i = 0; i < made.count; i++) {
    made.operands[i] = cell_operand(in, of, seed);
    if (parts) made.operands[i] = random_part(in, &made.operands[i], seed);
    if (!parts && world_random(seed, 6) == 0) made.operands[i] = (cell){.kind = NONE};
  }
  if (made.op == IS_NULL) made.operands[0] = (cell){.kind = FLAG, .number = world_random(seed, 2)};
  made.bare = made.op == EQ && world_random(seed, 2) == 0;
  return made;
}

/* Conditions on one field lie next to each other, with different operators. */
static inline predicate random_predicate(world *in, unsigned depth, uint64_t *seed) {
  predicate made = {0};
  bool used[COLUMNS] = {false};
  size_t wanted = world_random(seed, PREDICATE_TESTS + 1);
  while (made.count < wanted) {
    column of = (column)world_random(seed, COLUMNS);
    if (used[of]) continue;
    used[of] = true;
    condition *first = &made.conditions[made.count];
    *first = random_condition(in, of, seed);
    made.count += 1;
    if (made.count == wanted || first->bare || world_random(seed, 3) != 0) continue;
    condition second = random_condition(in, of, seed);
    if (second.op == first->op || second.bare) continue;
    made.conditions[made.count++] = second;
  }
  if (depth == 0 || world_random(seed, 4) != 0) return made;
  made.alternatives = 1 + world_random(seed, 3);
  made.any = BASE_NEW_ARRAY(in->arena, predicate, made.alternatives);
  for (size_t i = 0; i < made.alternatives; i++) {
    made.any[i] = random_predicate(in, depth - 1, seed);
  }
  return made;
}

/* --- as a where map ----------------------------------------------------------------------------- */

static inline void condition_append(const condition *self, base_buffer *out) {
  bool list = self->op == IN || self->op == BETWEEN;
  data_append_text(out, operator_names[self->op]);
  if (list) data_append_array(out, self->count);
  for (size_t i = 0; i < self->count; i++) cell_append(&self->operands[i], out);
}

static inline void predicate_append(const predicate *self, base_buffer *out) {
  size_t pairs = 0;
  size_t place = data_append_open_map(out);
  for (size_t i = 0; i < self->count; pairs++) {
    const condition *first = &self->conditions[i];
    size_t end = i + 1;
    while (end < self->count && self->conditions[end].of == first->of) end++;
    data_append_text(out, member_columns[first->of]);
    if (first->bare) {
      cell_append(&first->operands[0], out);
    } else {
      data_append_map(out, end - i);
      for (size_t j = i; j < end; j++) condition_append(&self->conditions[j], out);
    }
    i = end;
  }
  if (self->alternatives > 0) {
    data_append_text(out, "any");
    data_append_array(out, self->alternatives);
    for (size_t i = 0; i < self->alternatives; i++) predicate_append(&self->any[i], out);
    pairs += 1;
  }
  data_append_close(out, place, pairs);
}

static inline base_slice predicate_where(world *in, const predicate *self) {
  base_buffer out = {0};
  predicate_append(self, &out);
  base_slice made = base_arena_slice(in->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}
