/* members: a type with a field of every kind and indexes of every sort, random records of it, and the
 * same records as plain C values, kept apart from the model, to say what it must answer.
 *
 * Memory:  texts are static or in the world's arena.
 * Threads: the test's.
 * Fails:   the test fails with the model's message. */
#pragma once

#include "world.h"

/* --- the type ----------------------------------------------------------------------------------- */

typedef enum column {
  ID,
  NAME,
  PHONE,
  LEVEL,
  STATE,
  OWNER,
  SPENT,
  VIP,
  BORN,
  TAGS,
  PHONES,
  SEEN_AT,
  CODE,
  COLUMNS
} column;

static const char *const member_columns[COLUMNS] = {"id",     "name",    "phone", "level", "state",
                                                    "owner",  "spent",   "vip",   "born",  "tags",
                                                    "phones", "seen_at", "code"};

static const char *const member_levels[] = {"普通", "金卡", "白金", "钻石", NULL};
static const char *const member_states[] = {"open", "done", "cancelled", NULL};

static const data_field member_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_INDEX},
    {.name = "phone", .kind = DATA_KIND_PHONE, .flags = DATA_INDEX},
    {.name = "level", .kind = DATA_KIND_CHOICE, .choices = member_levels, .flags = DATA_INDEX},
    {.name = "state", .kind = DATA_KIND_CHOICE, .choices = member_states},
    {.name = "owner", .kind = DATA_KIND_TEXT},
    {.name = "spent", .kind = DATA_KIND_MONEY, .flags = DATA_INDEX},
    {.name = "vip", .kind = DATA_KIND_BOOLEAN},
    {.name = "born", .kind = DATA_KIND_DATE},
    {.name = "tags", .kind = DATA_KIND_TAGS, .flags = DATA_INDEX},
    {.name = "phones", .kind = DATA_KIND_LIST, .of = DATA_KIND_PHONE, .flags = DATA_INDEX},
    {.name = "seen_at", .kind = DATA_KIND_DATETIME},
    {.name = "code", .kind = DATA_KIND_TEXT, .flags = DATA_UNIQUE},
    {.name = NULL}};

static const model_term member_open[] = {{"state", "open"}, {NULL, NULL}};
static const model_term member_busy[] = {
    {"state", "open"}, {"level", "金卡"}, {"state", "done"}, {NULL, NULL}};

static const model_index_definition member_indexes[] = {
    {.name = "owner_born", .fields = {"owner", "born"}, .keeps = {"name", "state", "vip"}},
    {.name = "open_born", .fields = {"born"}, .where = member_open},
    {.name = "open_owner_born",
     .fields = {"owner", "born"},
     .where = member_open,
     .keeps = {"state", "name"}},
    {.name = "busy_spent", .fields = {"level", "spent"}, .where = member_busy},
    {.name = "tags_spent", .fields = {"tags", "spent"}},
    {.name = "vip_state_name", .fields = {"vip", "state", "name"}},
    {.name = "open_phone", .fields = {"phone", "owner", "spent"}, .where = member_open},
    {.name = NULL}};

static const model_type_definition member_types[] = {
    {.name = "member", .fields = member_fields, .indexes = member_indexes}, {.name = NULL}};

/* --- cells -------------------------------------------------------------------------------------- */

typedef enum cell_kind { NONE, FLAG, NUMBER, WORD, WORDS } cell_kind;

#define CELL_WORDS 3

/* A value of a record; of phones `plain` is the form in which they compare. */
typedef struct cell {
  cell_kind kind;
  int64_t number;
  size_t count;
  const char *words[CELL_WORDS];
  const char *plain[CELL_WORDS];
} cell;

#define THIRTY "好客好客好客好客好客"
#define LONG THIRTY THIRTY THIRTY THIRTY THIRTY "好客12" /* 158 bytes */

/* Names that begin one another, that are cut at 160 bytes to the same, and whose cuts come in another
 * order than they. */
static const char *const cell_names[] = {
    "王秀兰", "王秀英",  "王",      "王芳",       "李静",       "",         "a", "ab",
    THIRTY,   LONG "甲", LONG "xy", LONG "xyz一", LONG "xyz二", LONG "xyz", LONG};
static const char *const cell_owners[] = {"李静", "周强", "王总", "陈主管", "李"};
static const char *const cell_dates[] = {"1958-03-07", "1966-10-01", "1970-01-01",
                                         "1999-12-31", "2026-02-28", "2026-03-07"};
static const char *const cell_tags[] = {"糖友", "老客户", "高血压", "vip", "糖"};
static const char *const cell_phones[][2] = {
    {"138-0000-1001", "13800001001"},     {"+86 138 0000 1001", "13800001001"},
    {"(138)00001001", "13800001001"},     {"139 0000 2001", "13900002001"},
    {"0531-88881234", "053188881234"},    {"0531 8888 1234转801", "053188881234x801"},
    {"+44 20 7946 0000", "+442079460000"}};
static const int64_t cell_numbers[] = {-500, -1, 0, 1, 2, 255, 256, 100000, INT64_C(9000000000)};

#define SOME(seed, list) (list)[world_random((seed), sizeof(list) / sizeof(list)[0])]

static inline cell cell_word(const char *word) {
  return (cell){.kind = WORD, .count = 1, .words = {word}, .plain = {word}};
}

static inline cell cell_number(int64_t number) {
  return (cell){.kind = NUMBER, .number = number};
}

static inline cell cell_phone(uint64_t *seed) {
  const char *const *phone = SOME(seed, cell_phones);
  return (cell){.kind = WORD, .count = 1, .words = {phone[0]}, .plain = {phone[1]}};
}

/* What a condition on the column compares with; never NONE. */
static inline cell cell_operand(world *in, column of, uint64_t *seed) {
  switch (of) {
    case NAME:
      return cell_word(SOME(seed, cell_names));
    case LEVEL:
      return cell_word(member_levels[world_random(seed, 4)]);
    case STATE:
      return cell_word(member_states[world_random(seed, 3)]);
    case OWNER:
      return cell_word(SOME(seed, cell_owners));
    case BORN:
      return cell_word(SOME(seed, cell_dates));
    case TAGS:
      return cell_word(SOME(seed, cell_tags));
    case PHONE:
    case PHONES:
      return cell_phone(seed);
    case CODE:
      return cell_word(base_arena_format(in->arena, "K%04u", world_random(seed, 600)));
    case VIP:
      return (cell){.kind = FLAG, .number = world_random(seed, 2)};
    case SPENT:
      return cell_number(SOME(seed, cell_numbers));
    case SEEN_AT:
      return cell_number(WORLD_NOW + world_random(seed, 9) * 1000);
    default:
      return cell_number(1 + world_random(seed, 300));
  }
}

/* Up to three elements; tags are not repeated, phones may be. */
static inline cell cell_list(world *in, column of, uint64_t *seed) {
  cell list = {.kind = WORDS};
  size_t wanted = world_random(seed, CELL_WORDS + 1);
  for (size_t i = 0; i < wanted; i++) {
    cell one = cell_operand(in, of, seed);
    bool again = false;
    for (size_t j = 0; j < list.count; j++) again = again || list.words[j] == one.words[0];
    if (again && of == TAGS) continue;
    list.words[list.count] = one.words[0];
    list.plain[list.count++] = one.plain[0];
  }
  return list;
}

static inline cell cell_random(world *in, column of, uint64_t *seed) {
  if (world_random(seed, 5) == 0) return (cell){.kind = NONE};
  return of == TAGS || of == PHONES ? cell_list(in, of, seed) : cell_operand(in, of, seed);
}

static inline void cell_append(const cell *self, base_buffer *out) {
  switch (self->kind) {
    case NONE:
      data_append_nil(out);
      break;
    case FLAG:
      data_append_boolean(out, self->number != 0);
      break;
    case NUMBER:
      data_append_integer(out, self->number);
      break;
    case WORD:
      data_append_text(out, self->words[0]);
      break;
    case WORDS:
      data_append_array(out, self->count);
      for (size_t i = 0; i < self->count; i++) data_append_text(out, self->words[i]);
      break;
  }
}

/* --- a population ------------------------------------------------------------------------------- */

#define MEMBERS_MAX 2500

typedef struct member {
  bool live;
  cell cells[COLUMNS];
} member;

/* members[i] has the id i + 1. */
typedef struct members {
  size_t count;
  member items[MEMBERS_MAX];
} members;

static inline base_slice member_values(world *in, const member *self, const bool *given) {
  base_buffer out = {0};
  size_t count = 0;
  size_t place = data_append_open_map(&out);
  for (column of = NAME; of < COLUMNS; of++) {
    if (given != NULL && !given[of]) continue;
    data_append_text(&out, member_columns[of]);
    cell_append(&self->cells[of], &out);
    count += 1;
  }
  data_append_close(&out, place, count);
  base_slice made = base_arena_slice(in->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

/* Codes are unique: a member's is made of its number. */
static inline cell member_cell(world *in, size_t at, column of, uint64_t *seed) {
  cell made = cell_random(in, of, seed);
  if (of == CODE && made.kind == WORD) {
    made = cell_word(base_arena_format(in->arena, "K%04zu", at + 1));
  }
  return made;
}

static inline void members_create(world *in, members *all, uint64_t *seed) {
  assert_true(all->count < MEMBERS_MAX);
  member *made = &all->items[all->count];
  for (column of = NAME; of < COLUMNS; of++)
    made->cells[of] = member_cell(in, all->count, of, seed);
  all->count += 1;
  base_slice record = world_create(in, "member", member_values(in, made, NULL));
  assert_int_equal(world_id(record), all->count);
  made->cells[ID] = cell_number((int64_t)all->count);
  made->live = true;
}

static inline void members_delete(world *in, members *all, size_t at) {
  if (!all->items[at].live) return;
  all->items[at].live = false;
  world_delete(in, "member", (int64_t)at + 1);
}

/* Some fields become others. */
static inline void members_update(world *in, members *all, size_t at, uint64_t *seed) {
  member *changed = &all->items[at];
  bool given[COLUMNS] = {false};
  if (!changed->live) return;
  for (unsigned i = 0; i < 4; i++) {
    column of = (column)(NAME + world_random(seed, COLUMNS - 1));
    changed->cells[of] = member_cell(in, at, of, seed);
    given[of] = true;
  }
  world_update(in, "member", (int64_t)at + 1, member_values(in, changed, given));
}

static inline void members_change(world *in, members *all, uint64_t *seed) {
  uint32_t what = world_random(seed, 10);
  size_t at = all->count == 0 ? 0 : world_random(seed, (uint32_t)all->count);
  if (all->count == 0 || what < 6)
    members_create(in, all, seed);
  else if (what < 9)
    members_update(in, all, at, seed);
  else
    members_delete(in, all, at);
}
