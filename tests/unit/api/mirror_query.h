/* mirror_query: random conditions and orders, written as a where and answered from the mirror by looking at
 * every record.
 *
 * Memory:  the caller's buffers; lists of numbers in the mirror's order.
 * Threads: one.
 * Fails:   never. */
#pragma once

#include "mirror.h"

#define CONDITIONS_MAX 4
#define RESULTS_MAX 8192

static const char *const names[] = {"王秀兰", "李强", "张建国", "陈静", "赵磊", "孙伟", "周敏"};
static const char *const owners[] = {"李静", "陈强", "赵磊", "王芳", "孙丽"};
static const char *const regions[] = {"山东/济南", "山东/青岛", "江苏/南京", "江苏", "北京"};
static const char *const tag_names[] = {"糖友", "老客户", "会员", "高血压"};
static const char *const link_names[] = {"介绍人", "配偶", "朋友"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static inline const char *date_text(int day, char *text) {
  (void)snprintf(text, 16, "2026-%02d-%02d", day / 28 + 1, day % 28 + 1);
  return text;
}

static inline void phone_text(int phone, char *text, size_t room) {
  (void)snprintf(text, room, "1380000%04d", phone);
}

/* --- chance --------------------------------------------------------------------------------------- */

typedef struct chance {
  uint64_t state;
} chance;

static inline uint64_t roll(chance *of) {
  of->state ^= of->state << 13;
  of->state ^= of->state >> 7;
  of->state ^= of->state << 17;
  return of->state;
}

static inline int below(chance *of, int most) {
  return (int)(roll(of) % (uint64_t)most);
}

static inline bool often(chance *of, int percent) {
  return below(of, 100) < percent;
}

/* --- one condition ---------------------------------------------------------------------------------- */

typedef enum column {
  COLUMN_ID,
  COLUMN_NAME,
  COLUMN_OWNER,
  COLUMN_REGION,
  COLUMN_TAGS,
  COLUMN_PHONE,
  COLUMN_REFERENCE,
  COLUMN_DAY,
  COLUMN_CUSTOM /* and behind it one for each field of the business's own */
} column;

typedef enum comparison { EQUAL, OTHER, AMONG, AT_LEAST, AT_MOST, NULLED, BEGINS } comparison;

typedef struct condition {
  int column;
  comparison how;
  size_t count;
  int64_t values[4]; /* NONE for nil; of texts their place in the list */
} condition;

typedef struct question {
  kind of;
  bool deleted;
  size_t count;
  condition all[CONDITIONS_MAX];
  bool any; /* the last two are alternatives */
} question;

static inline const char *reference_name(kind of) {
  return of == CUSTOMER ? "parent" : "customer";
}

static inline const char *column_name(const mirror *m, kind of, int at) {
  static const char *const fixed[] = {"id",   "name",  "owner", "region",
                                      "tags", "phone", "",      "ordered_on"};
  if (at == COLUMN_REFERENCE) return reference_name(of);
  if (at >= COLUMN_CUSTOM) return m->customs[of][at - COLUMN_CUSTOM].name;
  return fixed[at];
}

/* The value as a number whose order is the order of the values; NONE for nil. */
static inline int64_t value_of(const thing *one, int at) {
  switch (at) {
    case COLUMN_ID:
      return one->id;
    case COLUMN_NAME:
      return one->name;
    case COLUMN_OWNER:
      return one->owner;
    case COLUMN_REGION:
      return one->region;
    case COLUMN_PHONE:
      return one->phone;
    case COLUMN_REFERENCE:
      return one->reference == 0 ? NONE : one->reference;
    case COLUMN_DAY:
      return one->day;
    default:
      return one->customs[at - COLUMN_CUSTOM];
  }
}

static inline const char *text_of(int at, int64_t value, char *scratch) {
  if (at == COLUMN_NAME) return names[value];
  if (at == COLUMN_OWNER) return owners[value];
  if (at == COLUMN_REGION) return regions[value];
  if (at == COLUMN_TAGS) return tag_names[value];
  if (at == COLUMN_DAY) return date_text((int)value, scratch);
  if (at == COLUMN_PHONE) phone_text((int)value, scratch, 16);
  return at == COLUMN_PHONE ? scratch : NULL;
}

/* Texts are compared by their bytes, not by their place in the list. */
static inline int compare_values(int at, int64_t a, int64_t b) {
  char first[16];
  char second[16];
  if (a == NONE || b == NONE) return (a != NONE) - (b != NONE);
  const char *text = text_of(at, a, first);
  if (text == NULL) return a < b ? -1 : a > b;
  int order = strcmp(text, text_of(at, b, second));
  return order < 0 ? -1 : order > 0;
}

/* Numbers of records stand for all that mean the same. */
static inline bool same_value(mirror *m, kind of, int at, int64_t has, int64_t asked) {
  if (at == COLUMN_ID && asked != NONE) asked = root_of(m, of, asked);
  if (at == COLUMN_REFERENCE && has != NONE && asked != NONE) {
    return root_of(m, CUSTOMER, has) == root_of(m, CUSTOMER, asked);
  }
  return has == asked;
}

static inline bool tags_match(const thing *one, const condition *c) {
  bool found = false;
  if (c->how == NULLED) return (one->tags == 0) == (c->values[0] != 0);
  for (size_t i = 0; i < c->count; i++) found = found || (one->tags & (1u << c->values[i])) != 0;
  return c->how == OTHER ? !found : found;
}

static inline bool begins(int at, int64_t has, int64_t asked) {
  char first[16];
  char second[16];
  if (has == NONE) return false;
  const char *part = text_of(at, asked, second);
  return strncmp(text_of(at, has, first), part, strlen(part)) == 0;
}

static inline bool condition_holds(mirror *m, const thing *one, const condition *c) {
  if (c->column == COLUMN_TAGS) return tags_match(one, c);
  int64_t has = value_of(one, c->column);
  bool found = false;
  switch (c->how) {
    case NULLED:
      return (has == NONE) == (c->values[0] != 0);
    case BEGINS:
      return begins(c->column, has, c->values[0]);
    case AT_LEAST:
      return has != NONE && compare_values(c->column, has, c->values[0]) >= 0;
    case AT_MOST:
      return has != NONE && compare_values(c->column, has, c->values[0]) <= 0;
    default:
      break;
  }
  for (size_t i = 0; i < c->count; i++) {
    found = found || same_value(m, one->kind, c->column, has, c->values[i]);
  }
  return c->how == OTHER ? !found : found;
}

static inline bool question_holds(mirror *m, const thing *one, const question *q) {
  bool standing = q->deleted ? one->deleted && one->into == 0 : alive(one);
  size_t fixed = q->any ? q->count - 2 : q->count;
  for (size_t i = 0; standing && i < fixed; i++) standing = condition_holds(m, one, &q->all[i]);
  if (!standing || !q->any) return standing;
  return condition_holds(m, one, &q->all[fixed]) || condition_holds(m, one, &q->all[fixed + 1]);
}

/* --- as a where --------------------------------------------------------------------------------------- */

static inline void append_asked(const condition *c, int64_t value, base_buffer *out) {
  char scratch[16];
  if (value == NONE) {
    data_append_nil(out);
    return;
  }
  const char *text = text_of(c->column, value, scratch);
  if (text == NULL)
    data_append_integer(out, value);
  else
    data_append_text(out, text);
}

static inline void append_condition(const mirror *m, kind of, const condition *c,
                                    base_buffer *out) {
  static const char *const operators[] = {"eq", "ne", "in", "ge", "le", "is_null", "starts"};
  data_append_text(out, column_name(m, of, c->column));
  data_append_map(out, 1);
  data_append_text(out, operators[c->how]);
  if (c->how == AMONG) data_append_array(out, c->count);
  if (c->how == NULLED) data_append_boolean(out, c->values[0] != 0);
  for (size_t i = 0; c->how != NULLED && i < c->count; i++) append_asked(c, c->values[i], out);
}

static inline void append_where(const mirror *m, const question *q, base_buffer *out) {
  size_t fixed = q->any ? q->count - 2 : q->count;
  data_append_map(out, fixed + (q->any ? 1 : 0));
  for (size_t i = 0; i < fixed; i++) append_condition(m, q->of, &q->all[i], out);
  if (!q->any) return;
  data_append_text(out, "any");
  data_append_array(out, 2);
  for (size_t i = fixed; i < q->count; i++) {
    data_append_map(out, 1);
    append_condition(m, q->of, &q->all[i], out);
  }
}

/* --- by chance ------------------------------------------------------------------------------------------ */

static inline bool has_column(const mirror *m, kind of, int at) {
  if (at >= COLUMN_CUSTOM) return (size_t)(at - COLUMN_CUSTOM) < m->custom_count[of];
  if (at == COLUMN_NAME) return of != ORDER;
  if (at == COLUMN_DAY) return of == ORDER;
  if (at == COLUMN_OWNER) return of != CONTACT;
  return at == COLUMN_ID || at == COLUMN_REFERENCE || of == CUSTOMER;
}

static inline int64_t random_number(mirror *m, kind of, chance *by) {
  const table *t = &m->tables[of];
  if (t->present_count == 0 || often(by, 5)) return 1 + below(by, (int)t->count + 3);
  return t->present[below(by, (int)t->present_count)];
}

static inline int64_t random_value(mirror *m, kind of, int at, chance *by) {
  switch (at) {
    case COLUMN_ID:
      return random_number(m, of, by);
    case COLUMN_REFERENCE:
      return random_number(m, CUSTOMER, by);
    case COLUMN_NAME:
      return below(by, COUNT(names));
    case COLUMN_OWNER:
      return below(by, COUNT(owners));
    case COLUMN_REGION:
      return below(by, COUNT(regions));
    case COLUMN_TAGS:
      return below(by, COUNT(tag_names));
    case COLUMN_PHONE:
      return below(by, 600);
    case COLUMN_DAY:
      return below(by, 300);
    default:
      return below(by, 40);
  }
}

static inline condition random_condition(mirror *m, kind of, chance *by) {
  static const comparison ways[] = {EQUAL, EQUAL,    EQUAL,   OTHER,  AMONG,
                                    AMONG, AT_LEAST, AT_MOST, NULLED, BEGINS};
  condition c = {.column = below(by, COLUMN_CUSTOM + CUSTOM_MAX)};
  while (!has_column(m, of, c.column)) c.column = below(by, COLUMN_CUSTOM + CUSTOM_MAX);
  c.how = ways[below(by, COUNT(ways))];
  bool text = c.column == COLUMN_NAME || c.column == COLUMN_OWNER || c.column == COLUMN_REGION;
  if (c.how == BEGINS && !text) c.how = EQUAL;
  bool ranged = c.how == AT_LEAST || c.how == AT_MOST;
  if (ranged && (c.column == COLUMN_TAGS || c.column == COLUMN_PHONE)) c.how = EQUAL;
  c.count = c.how == AMONG ? (size_t)below(by, 4) : 1;
  for (size_t i = 0; i < c.count; i++) c.values[i] = random_value(m, of, c.column, by);
  if (c.how == NULLED) c.values[0] = below(by, 2);
  bool nil = c.column != COLUMN_TAGS && c.column != COLUMN_ID && (c.how == EQUAL || c.how == AMONG);
  if (nil && c.count > 0 && often(by, 10)) c.values[0] = NONE;
  return c;
}

static inline bool asks_column(const question *q, int at) {
  for (size_t i = 0; i < q->count; i++) {
    if (q->all[i].column == at) return true;
  }
  return false;
}

static inline question random_question(mirror *m, kind of, chance *by) {
  question q = {.of = of, .deleted = often(by, 5), .any = often(by, 10)};
  size_t wanted = (size_t)below(by, 3) + (q.any ? 2 : 0);
  while (q.count < wanted) {
    condition c = random_condition(m, of, by);
    /* A map names a field once; alternatives are maps of their own. */
    bool alternative = q.any && q.count + 2 >= wanted;
    if (alternative || !asks_column(&q, c.column)) q.all[q.count++] = c;
  }
  return q;
}
