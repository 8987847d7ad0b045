/* field: the one language in which record fields, op params, op results, package and server
 * configuration are described.
 *
 * Built-in tables are arrays of data_field that end with a field without a name. The same can be
 * written as msgpack (packages, stored types): data_field_read and data_field_append convert.
 *
 * Memory:  static tables, or the arena given to data_field_read.
 * Threads: read-only after construction; any.
 * Fails:   data_field_read: VALIDATION_FAILED naming the field and the part at fault. */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "data/read.h"

/* name, what a value of it looks like in msgpack. The order is the plugin ABI's: new ones go last. */
#define DATA_KINDS(X)                                                                              \
  X(TEXT, text)             /* text */                                                             \
  X(INTEGER, integer)       /* integer */                                                          \
  X(MONEY, money)           /* integer, minor units */                                             \
  X(BOOLEAN, boolean)       /* boolean */                                                          \
  X(DATE, date)             /* text "2026-03-07" */                                                \
  X(DATETIME, datetime)     /* integer, milliseconds UTC */                                        \
  X(CHOICE, choice)         /* text, one of `choices` */                                           \
  X(STATES, states)         /* text, one of `choices`; changes only along `transitions` */         \
  X(TAGS, tags)             /* array of distinct texts */                                          \
  X(REFERENCE, reference)   /* integer, the id of a record of type `to` */                         \
  X(PHONE, phone)           /* text, as typed */                                                   \
  X(EMAIL, email)           /* text */                                                             \
  X(ADDRESS, address)       /* text */                                                             \
  X(LIST, list)             /* array of `of`; maps described by `fields` when of is MAP */         \
  X(MAP, map)               /* map described by `fields`; any map when there are none */           \
  X(ANY, any)               /* any value: for op params and results, never stored as a field */    \
  X(DECIMAL, decimal)       /* text "12.5", see decimal.h; integers are taken too */               \
  X(DURATION, duration)     /* integer, milliseconds, never negative */                            \
  X(LUNAR_DATE, lunar_date) /* text "2025-06L-15", see lunar.h */                                  \
  X(TREE, tree)             /* text "国内/山东/济南", see tree.h */                          \
  X(FILE, file)             /* map {sha256, size, name, media}, see file.h */

typedef enum data_kind {
#define DATA_KIND_ENUM(upper, lower) DATA_KIND_##upper,
  DATA_KINDS(DATA_KIND_ENUM)
#undef DATA_KIND_ENUM
} data_kind;

typedef enum data_flag {
  DATA_REQUIRED = 1u << 0,
  DATA_UNIQUE = 1u << 1,
  DATA_INDEX = 1u << 2,
  DATA_SEARCH = 1u << 3,
  DATA_PERSONAL = 1u << 4,
  DATA_READONLY = 1u << 5, /* set by the server or by rules, never by a client */
} data_flag;

#define DATA_FLAG_COUNT 6

typedef struct data_field {
  const char *name;
  data_kind kind;
  unsigned flags;
  const char *label_zh;
  const char *label_en;
  const char *doc;                           /* English, with units, range and catalogue id */
  const char *const *choices;                /* NULL-terminated; the first is where states begin */
  const struct data_transition *transitions; /* states; see states.h */
  const struct data_clock *clocks;           /* states; ends with a NULL name; may be NULL */
  const char *to;                            /* reference: a type's name */
  data_kind of;                              /* list: kind of an element */
  const struct data_field *fields;           /* map, list of maps */
  const char *initial; /* default as text: "5", "true", "open"; NULL for none */
  bool bounded;        /* min and max hold */
  int64_t min;         /* numbers: value; text: bytes; list and tags: elements */
  int64_t max;
} data_field;

const char *data_kind_name(data_kind kind);
bool data_kind_find(base_slice name, data_kind *kind);
const char *data_flag_name(unsigned flag); /* "required" */

const data_field *data_field_find(const data_field *fields, base_slice name);
size_t data_field_count(const data_field *fields);

/* The field at a dotted path ("address.city", through maps), or NULL. */
const data_field *data_field_path(const data_field *fields, base_slice path);

/* An array of field maps, as api.describe shows them and packages write them: {name, kind, required,
 * unique, index, search, personal, readonly, label = {zh, en}, doc, choices, transitions, clocks, to,
 * of, fields, default, min, max}; what a field does not have is left out. */
void data_field_append(const data_field *fields, base_buffer *out);

/* The reverse. `list` is an array of such maps, or a map name → {kind, …}. */
base_code data_field_read(base_slice list, base_arena *arena, const data_field **fields,
                          base_error *error);

/* Appends the field's default as msgpack; false when it has none. */
bool data_field_initial(const data_field *field, base_buffer *out);
