/* registry: everything that may be asked and everything that may be stored, as one immutable
 * version: ops, schema, rules, packages. A request pins the version it was looked up in.
 *
 * Memory:  counted references; the last release stops and frees the packages it alone holds.
 * Threads: reading: any. acquire and release: any.
 * Fails:   VALIDATION_FAILED naming both sides: two packages with one name, op or type; a need that
 *          is not there; a configuration that does not fit its fields; what model_schema_new
 *          refuses. */
#pragma once

#include "api/package.h"

typedef struct api_registry api_registry;

/* Takes over the packages, also when it fails. `configs` is a msgpack map package name →
 * configuration map, or empty. Order: the core first, then the packages so that each follows its
 * needs, else as given. Each package is started; whoever runs the version opens them. */
base_code api_registry_new(api_package *const *packages, size_t count, base_slice configs,
                           api_registry **registry, base_error *error);

api_registry *api_registry_acquire(api_registry *registry);
void api_registry_release(api_registry *registry);

const model_schema *api_registry_schema(const api_registry *registry);

/* UNKNOWN_METHOD with the nearest name. */
base_code api_registry_op(const api_registry *registry, base_slice name, const api_op **op,
                          base_error *error);

void api_registry_each_op(const api_registry *registry, void (*visit)(const api_op *op, void *self),
                          void *self);
void api_registry_each_package(const api_registry *registry,
                               void (*visit)(const api_package *package, void *self), void *self);

/* --- for the engine ------------------------------------------------------------------------------- */

/* The version that follows `from`: the same packages, but `package`, which it takes over also when it
 * fails, in the place of the one of its name, or added. The others are shared, and keep the configuration
 * that they were started with. What is new is not started. */
base_code api_registry_replace(const api_registry *from, api_package *package, base_slice configs,
                               api_registry **registry, base_error *error);

/* What the packages that follow are configured with: a map package name → configuration, or empty. */
base_slice api_registry_configs(const api_registry *registry);

/* The same packages, and that map for those that follow. */
base_code api_registry_configure(const api_registry *from, base_slice configs,
                                 api_registry **registry, base_error *error);

/* The version that follows `from`: the same packages, with these fields of the business's own (custom.h)
 * in the place of those it has. */
base_code api_registry_define(const api_registry *from, base_slice customs, api_registry **registry,
                              base_error *error);
base_slice api_registry_customs(const api_registry *registry);

/* The version that follows `from` with these packages disabled (a msgpack array of names) and all others
 * enabled. Of a disabled package the types stay, so that its records can be read; its ops and rules are
 * not there. VALIDATION_FAILED when an enabled package needs a disabled one. */
base_code api_registry_disable(const api_registry *from, base_slice disabled,
                               api_registry **registry, base_error *error);
base_slice api_registry_disabled(const api_registry *registry);
bool api_registry_enabled(const api_registry *registry, const char *name);

/* Later versions have higher numbers. */
uint64_t api_registry_number(const api_registry *registry);

/* The version is in force: lets calls into its packages. */
void api_registry_open(const api_registry *registry);

/* The package of that name as the version holds it; NULL when there is none. */
struct api_member *api_registry_member(const api_registry *registry, const char *name);
