/* where: the one predicate language, for queries, rule filters, partial indexes and permissions.
 *
 *   {owner = "李静", due_on = {le = "2026-03-07"}, any = {{state = "open"}, {kind = {in = {…}}}}}
 * Operators: eq ne lt le gt ge in between starts ends contains under is_null. A field that is missing
 * is nil; nil equals nil and is neither less nor greater than anything. Tags and lists match when one
 * element does. Phones compare in normal form, decimal numbers by value; `under` is for paths
 * (data/tree.h). `segment` names one or several wheres of the type that packages define (segment.h): all
 * must hold.
 *
 * Memory:  compiled into the arena given.  Threads: a compiled where is read-only; any.
 * Fails:   INVALID_ARGUMENT naming the field or operator at fault, with a suggestion. */
#pragma once

#include "model/type.h"

/* What one field must satisfy; a where is a conjunction of these and of `any` groups. */
typedef enum model_operator {
  MODEL_EQ,
  MODEL_NE,
  MODEL_LT,
  MODEL_LE,
  MODEL_GT,
  MODEL_GE,
  MODEL_IN,
  MODEL_NOT_IN, /* of alias sets only; no client can write it */
  MODEL_BETWEEN,
  MODEL_STARTS,
  MODEL_ENDS,
  MODEL_CONTAINS,
  MODEL_UNDER,
  MODEL_IS_NULL
} model_operator;

typedef struct model_test {
  const data_field *field;
  const char *path; /* key in the record */
  model_operator op;
  data_value value; /* for IN and BETWEEN an array */
} model_test;

struct model_where {
  size_t test_count;
  const model_test *tests;
  size_t any_count; /* groups; of each, one alternative must hold */
  const struct model_any *anys;
};

typedef struct model_any {
  size_t count;
  const model_where *alternatives;
} model_any;

/* Who asks, for wheres of permissions: in them the texts "$user", "$team" and "$region" stand for these;
 * "$$x" is the text "$x". */
typedef struct model_values {
  base_slice user;      /* a user's name */
  int64_t team;         /* of the team's record; 0: in none */
  base_slice team_name; /* what "$team" is for fields that hold texts */
  base_slice region;    /* empty: has none */
} model_values;

/* An empty slice or nil compiles to the where that always holds. */
base_code model_where_compile(const model_type *type, base_slice where, base_arena *arena,
                              const model_where **compiled, base_error *error);

/* A where of a permission. A condition on a value that the actor does not have never holds. */
base_code model_where_compile_for(const model_type *type, base_slice where,
                                  const model_values *values, base_arena *arena,
                                  const model_where **compiled, base_error *error);

bool model_where_match(const model_where *where, base_slice record);

/* The terms of an index definition as a where map. */
base_slice model_where_from_terms(const model_term *terms, base_arena *arena);
