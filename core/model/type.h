/* type: what kinds of records there are, as described by the core and by packages, and resolved
 * into a schema: fields, indexes, rules, one immutable object per registry version.
 *
 * Memory:  definitions belong to their package; a schema keeps copies of what it resolves in its
 *          own arena and points at the packages' texts, so packages outlive it.
 * Threads: read-only after model_schema_new; any.
 * Fails:   model_schema_new: VALIDATION_FAILED naming package, type and field: two definitions of
 *          one type, field or index, an index over an unknown field, a reference to an unknown type,
 *          a rule with an unknown field. */
#pragma once

#include "data/data.h"
#include "model/rule.h"
#include "model/segment.h"

/* A record of this type is seen by the server only: never over record.*, journal.read, search. */
#define MODEL_TYPE_INTERNAL (1u << 0)
/* Only administrators may write it (users, roles, calendars, types). */
#define MODEL_TYPE_ADMIN (1u << 1)
/* The server's own bookkeeping, such as jobs: read like others, written by the server alone, and no part
 * of an export. */
#define MODEL_TYPE_SERVER (1u << 2)
/* Who reads records of it is logged (reads.h, ARC-15). */
#define MODEL_TYPE_LOG_READS (1u << 3)

/* field = value; a list of terms must all hold, the same field twice means either value. */
typedef struct model_term {
  const char *field;
  const char *value;
} model_term;

/* The index that lists a type's deleted records; every type has it. */
#define MODEL_INDEX_DELETED "deleted_at"

/* Fields that the rows of an index may keep besides its own. */
#define MODEL_KEEPS_MAX 12

/* An ordered index over up to six fields, of the records for which `where` holds. Single fields
 * with DATA_INDEX or DATA_UNIQUE need no entry here. "lines.product" is what the maps of a list hold.
 * An index with `keeps` is covering: its rows keep those fields, its own and the id, so that lists and counts
 * which need no others do not look at the records. Each change of a kept field writes the row anew. */
typedef struct model_index_definition {
  const char *name;
  const char *fields[7];                  /* NULL-terminated */
  bool unique;                            /* among the records for which `where` holds */
  const model_term *where;                /* ends with a NULL field; NULL: every record */
  const char *keeps[MODEL_KEEPS_MAX + 1]; /* NULL-terminated */
} model_index_definition;

typedef struct model_type_definition {
  const char *name;
  const char *label_zh;
  const char *label_en;
  const char *doc;
  const char *title;                     /* the field that names a record to people */
  unsigned flags;                        /* MODEL_TYPE_… */
  bool extends;                          /* adds to a type that another package defines */
  const data_field *fields;              /* ends with a NULL name */
  const model_index_definition *indexes; /* ends with a NULL name; may be NULL */
  const char *const
      *building; /* names of indexes that do not serve yet; ends with NULL; may be NULL */
  const model_segment *segments; /* ends with a NULL name; may be NULL */
  base_slice
      visible; /* where with "$user", "$team", "$region", or empty: what is seen of it; see policy.h */
  const char *package;
} model_type_definition;

typedef struct model_where model_where;

typedef struct model_index {
  const char *name;
  size_t count;
  const data_field *fields[6];
  bool unique;
  bool deleted;             /* the recycle bin's: of deleted records only */
  bool building;            /* kept up to date, but older records still lack their rows */
  const model_term *terms;  /* as defined; NULL: every record */
  const model_where *where; /* the same, compiled */
  size_t kept_count;        /* 0: the rows keep the id alone */
  const base_slice *kept;   /* names of all that is in a row: the id, the index's fields, `keeps` */
} model_index;

/* A reference field of some other type that points at this one. */
typedef struct model_referrer {
  const struct model_type *type;
  const model_index *index; /* begins with the reference field */
} model_referrer;

/* A rule of the type with its filter compiled. */
typedef struct model_type_rule {
  const model_rule *rule;
  const model_where *where;
  const model_where *was;
} model_type_rule;

typedef struct model_type {
  const char *name;
  const char *label_zh;
  const char *label_en;
  const char *doc;
  const char *title;
  const char *package;
  unsigned flags;
  const data_field *fields; /* own fields and those packages added; without the system's */
  const data_field *nested; /* what lists of maps hold, as "lines.product" (nested.h) */
  size_t index_count;
  const model_index *indexes;
  size_t segment_count;
  const model_segment *segments;
  size_t number;        /* among the schema's types, from 0 on */
  size_t visible_count; /* wheres of which all must hold for whoever is no administrator */
  const base_slice *visible;
  size_t states_count;
  const struct model_states *states; /* its fields of that kind; see states.h */
  size_t rule_count;
  const model_type_rule *rules; /* in order: package order, then name */
  size_t referrer_count;
  const model_referrer *referrers;
} model_type;

/* A field of the type, the system's fields (id, version, created_at, …) included; NULL if unknown.
 */
const data_field *model_type_field(const model_type *type, base_slice name);

/* id type version created_at created_by updated_at updated_by, and what only some records have:
 * deleted_at deleted_by merged_into merged */
extern const data_field model_system_fields[];

/* NULL when there is none. */
const model_segment *model_type_segment(const model_type *type, base_slice name);

/* The name nearest to a mistyped field ("did you mean"), or an empty slice. */
base_slice model_type_nearest(const model_type *type, base_slice name);

/* Describes the type as msgpack, as api.describe and the stored type records have it; and back, for
 * programs that read a store without its packages. */
void model_type_append(const model_type *type, base_buffer *out);
base_code model_type_read(base_slice described, base_arena *arena,
                          model_type_definition *definition, base_error *error);
