/* schema: every type with its fields, indexes, rules and referrers; one immutable object per registry
 * version.
 *
 * Memory:  keeps what it resolves in its own arena and points at the packages' tables and texts, so
 *          packages outlive it.
 * Threads: read-only after model_schema_new; any.
 * Fails:   model_schema_new: VALIDATION_FAILED naming package, type and field: two definitions of
 *          one type, field or index, an index over an unknown field, a reference to an unknown type,
 *          a rule with an unknown field. */
#pragma once

#include "model/type.h"

typedef struct model_schema model_schema;

/* Resolves definitions and rules, in package order. */
base_code model_schema_new(const model_type_definition *const *definitions, size_t definition_count,
                           const model_rule *const *rules, size_t rule_count, model_schema **schema,
                           base_error *error);
void model_schema_free(model_schema *schema);

/* The schema that the store describes itself, in its records of type `type`; it has no rules, and keeps
 * pointing into the ctx's arena. */
base_code model_schema_stored(crm_ctx *ctx, model_schema **schema);

/* How many types there are; their numbers are less. */
size_t model_schema_count(const model_schema *schema);

/* NULL when there is no such type. */
const model_type *model_schema_find(const model_schema *schema, base_slice name);

/* The same, with an error that suggests the nearest name. */
base_code model_schema_type(const model_schema *schema, base_slice name, const model_type **type,
                            base_error *error);
void model_schema_each(const model_schema *schema,
                       void (*visit)(const model_type *type, void *self), void *self);
