/* registry: the packages' rows gathered into one immutable version. See registry.h.
 *
 * Memory:  rows are copied into the registry's arena because their package is filled in; texts and
 *          tables stay the packages'.
 * Threads: the count of references is atomic; everything else is read-only once it is made.
 * Fails:   as the header says. */
#include "api/registry.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "api/custom.h"
#include "api/member.h"
#include "api/package_order.h"
#include "api/tally.h"
#include "base/map.h"

struct api_registry {
  _Atomic size_t references;
  uint64_t number; /* rises from version to version of this process */
  base_arena *arena;
  size_t count;
  api_member **members; /* in order */
  base_slice configs;   /* of all packages, for the versions that follow */
  base_slice customs;   /* fields of the business's own; see custom.h */
  base_slice
      disabled;  /* names of packages whose ops and rules do not work, msgpack array; or empty */
  base_map *ops; /* name → api_op */
  base_map *offered; /* the ops a client may hear of */
  model_schema *schema;
};

static bool is_core(const api_package *package) {
  return strcmp(package->name, API_PACKAGE_CORE) == 0;
}

bool api_registry_enabled(const api_registry *registry, const char *name) {
  data_walk walk = data_walk_begin(registry->disabled);
  while (registry->disabled.size > 0 && data_walk_next(&walk)) {
    if (base_slice_is(walk.value.as.bytes, name)) return false;
  }
  return true;
}

base_slice api_registry_disabled(const api_registry *registry) {
  return registry->disabled;
}

/* --- gathering --------------------------------------------------------------------------------- */

static base_code add_op(api_registry *registry, const api_package *package, const api_op *row,
                        base_error *error) {
  const api_op *twin = base_map_get(registry->ops, base_slice_text(row->name));
  if (twin != NULL) {
    return base_error_set(error, BASE_VALIDATION_FAILED, row->name, "操作 %s 被 %s 和 %s 重复定义",
                          "op %s is defined by both %s and %s", row->name, twin->package,
                          package->name);
  }
  api_op *op = BASE_NEW(registry->arena, api_op);
  *op = *row;
  op->package = package->name;
  op->tally = api_tally_of(op->name);
  base_map_put(registry->ops, base_slice_text(op->name), op);
  if (!(op->flags & API_INTERNAL)) base_map_put(registry->offered, base_slice_text(op->name), op);
  return BASE_OK;
}

static base_code gather_ops(api_registry *registry, base_error *error) {
  for (size_t i = 0; i < registry->count; i++) {
    if (!api_registry_enabled(registry, registry->members[i]->package->name)) continue;
    const api_op *row = registry->members[i]->package->ops;
    for (; row != NULL && row->name != NULL; row++) {
      BASE_TRY(add_op(registry, registry->members[i]->package, row, error));
    }
  }
  return BASE_OK;
}

static size_t count_types(const api_registry *registry) {
  size_t count = 0;
  for (size_t i = 0; i < registry->count; i++) {
    const model_type_definition *row = registry->members[i]->package->types;
    for (; row != NULL && row->name != NULL; row++) count++;
  }
  return count;
}

typedef struct type_list {
  size_t count;
  const model_type_definition **items;
} type_list;

static bool has_type(const type_list *types, const char *name) {
  for (size_t i = 0; i < types->count; i++) {
    if (strcmp(types->items[i]->name, name) == 0) return true;
  }
  return false;
}

/* Fields of a type whose package is not loaded wait for it. */
static base_code gather_customs(api_registry *registry, type_list *types, base_error *error) {
  size_t count = 0;
  size_t pairs = registry->customs.size > 0 ? data_peek(registry->customs).as.count : 0;
  model_type_definition *made = BASE_NEW_ARRAY(registry->arena, model_type_definition, pairs + 1);
  BASE_TRY(api_custom_definitions(registry->customs, registry->arena, made, &count, error));
  for (size_t i = 0; i < count; i++) {
    if (has_type(types, made[i].name)) types->items[types->count++] = &made[i];
  }
  return BASE_OK;
}

static base_code gather_types(api_registry *registry, type_list *types, base_error *error) {
  size_t pairs = registry->customs.size > 0 ? data_peek(registry->customs).as.count : 0;
  types->items = BASE_NEW_ARRAY(registry->arena, const model_type_definition *,
                                count_types(registry) + pairs + 1);
  types->count = 0;
  for (size_t i = 0; i < registry->count; i++) {
    const model_type_definition *row = registry->members[i]->package->types;
    for (; row != NULL && row->name != NULL; row++) {
      model_type_definition *type = BASE_NEW(registry->arena, model_type_definition);
      *type = *row;
      type->package = registry->members[i]->package->name;
      types->items[types->count++] = type;
    }
  }
  return gather_customs(registry, types, error);
}

static size_t count_rules(const api_registry *registry) {
  size_t count = 0;
  for (size_t i = 0; i < registry->count; i++) {
    const model_rule *row = registry->members[i]->package->rules;
    if (!api_registry_enabled(registry, registry->members[i]->package->name)) continue;
    for (; row != NULL && row->name != NULL; row++) count++;
  }
  return count;
}

/* The core's rules keep NULL: a ctx without a package is how core code is known. */
static const model_rule **gather_rules(api_registry *registry) {
  const model_rule **rules =
      BASE_NEW_ARRAY(registry->arena, const model_rule *, count_rules(registry) + 1);
  size_t count = 0;
  for (size_t i = 0; i < registry->count; i++) {
    const api_package *package = registry->members[i]->package;
    if (!api_registry_enabled(registry, package->name)) continue;
    for (const model_rule *row = package->rules; row != NULL && row->name != NULL; row++) {
      model_rule *rule = BASE_NEW(registry->arena, model_rule);
      *rule = *row;
      rule->package = is_core(package) ? NULL : package->name;
      rules[count++] = rule;
    }
  }
  return rules;
}

/* --- made and freed ---------------------------------------------------------------------------- */

/* In reverse: those that need others stop before them. */
static void release_members(api_member *const *members, size_t count) {
  for (size_t i = count; i > 0; i--) api_member_release(members[i - 1]);
}

static void free_registry(api_registry *registry) {
  model_schema_free(registry->schema);
  base_map_free(registry->offered);
  base_map_free(registry->ops);
  release_members(registry->members, registry->count);
  base_arena_free(registry->arena);
  free(registry);
}

static base_code order_members(api_member **members, size_t count, base_error *error) {
  base_arena *arena = base_arena_new();
  api_package **given = BASE_NEW_ARRAY(arena, api_package *, count + 1);
  api_package **ordered = BASE_NEW_ARRAY(arena, api_package *, count + 1);
  for (size_t i = 0; i < count; i++) given[i] = members[i]->package;
  base_code code = api_package_order(given, count, ordered, error);
  for (size_t i = 0; code == BASE_OK && i < count; i++) {
    size_t from = i;
    while (members[from]->package != ordered[i]) from++;
    api_member *member = members[from];
    members[from] = members[i];
    members[i] = member;
  }
  base_arena_free(arena);
  return code;
}

/* Who works needs packages that work. */
static base_code check_disabled(const api_registry *registry, base_error *error) {
  for (size_t i = 0; i < registry->count; i++) {
    const api_package *package = registry->members[i]->package;
    const char *const *need = package->needs;
    if (!api_registry_enabled(registry, package->name)) continue;
    for (; need != NULL && *need != NULL; need++) {
      if (api_registry_enabled(registry, *need)) continue;
      return base_error_set(error, BASE_VALIDATION_FAILED, "name",
                            "包 %s 需要 %s：请先停用 %s，或先启用 %s",
                            "package %s needs %s: disable %s first, or enable %s first",
                            package->name, *need, package->name, *need);
    }
  }
  return BASE_OK;
}

static base_code fill(api_registry *registry, base_error *error) {
  BASE_TRY(order_members(registry->members, registry->count, error));
  BASE_TRY(check_disabled(registry, error));
  BASE_TRY(gather_ops(registry, error));
  type_list types;
  BASE_TRY(gather_types(registry, &types, error));
  return model_schema_new(types.items, types.count, gather_rules(registry), count_rules(registry),
                          &registry->schema, error);
}

/* What versions have besides their packages. */
typedef struct extras {
  base_slice configs;
  base_slice customs;
  base_slice disabled;
} extras;

static extras extras_of(const api_registry *from) {
  return (extras){.configs = from->configs, .customs = from->customs, .disabled = from->disabled};
}

/* Takes over the members, also when it fails. Nothing is started. */
static base_code make(api_member *const *members, size_t count, const extras *with,
                      api_registry **registry, base_error *error) {
  static _Atomic uint64_t numbers;
  base_arena *arena = base_arena_new();
  api_registry *made = base_alloc(sizeof *made);
  *made = (api_registry){.arena = arena,
                         .number = atomic_fetch_add(&numbers, 1) + 1,
                         .count = count,
                         .members = BASE_NEW_ARRAY(arena, api_member *, count + 1),
                         .configs = base_arena_slice(arena, with->configs),
                         .customs = base_arena_slice(arena, with->customs),
                         .disabled = base_arena_slice(arena, with->disabled),
                         .ops = base_map_new(),
                         .offered = base_map_new()};
  for (size_t i = 0; i < count; i++) made->members[i] = members[i];
  atomic_init(&made->references, 1);
  base_code code = fill(made, error);
  if (code != BASE_OK) {
    free_registry(made);
    return code;
  }
  *registry = made;
  return BASE_OK;
}

/* What was started before the one that fails is stopped when the version is freed. */
static base_code start(const api_registry *registry, base_error *error) {
  for (size_t i = 0; i < registry->count; i++) {
    BASE_TRY(api_member_configure(registry->members[i], registry->configs, error));
  }
  for (size_t i = 0; i < registry->count; i++) {
    BASE_TRY(api_member_start(registry->members[i], error));
  }
  return BASE_OK;
}

base_code api_registry_new(api_package *const *packages, size_t count, base_slice configs,
                           api_registry **registry, base_error *error) {
  base_arena *arena = base_arena_new();
  api_member **members = BASE_NEW_ARRAY(arena, api_member *, count + 1);
  api_registry *made = NULL;
  for (size_t i = 0; i < count; i++) members[i] = api_member_new(packages[i]);
  const extras with = {.configs = configs};
  base_code code = make(members, count, &with, &made, error);
  base_arena_free(arena);
  BASE_TRY(code);
  code = start(made, error);
  if (code != BASE_OK) {
    free_registry(made);
    return code;
  }
  *registry = made;
  return BASE_OK;
}

void api_registry_open(const api_registry *registry) {
  for (size_t i = 0; i < registry->count; i++) {
    api_package *package = registry->members[i]->package;
    if (package->open != NULL) package->open(package);
  }
}

/* --- the next version -------------------------------------------------------------------------- */

base_slice api_registry_configs(const api_registry *registry) {
  return registry->configs;
}

base_code api_registry_replace(const api_registry *from, api_package *package, base_slice configs,
                               api_registry **registry, base_error *error) {
  base_arena *arena = base_arena_new();
  api_member **members = BASE_NEW_ARRAY(arena, api_member *, from->count + 1);
  api_member *fresh = api_member_new(package);
  size_t count = 0;
  bool placed = false;
  for (size_t i = 0; i < from->count; i++) {
    bool same = strcmp(from->members[i]->package->name, package->name) == 0;
    members[count++] = same ? fresh : api_member_acquire(from->members[i]);
    placed = placed || same;
  }
  if (!placed) members[count++] = fresh;
  base_code code = api_member_configure(fresh, configs, error);
  if (code == BASE_OK) {
    extras with = extras_of(from);
    with.configs = configs;
    code = make(members, count, &with, registry, error);
  } else {
    release_members(members, count);
  }
  base_arena_free(arena);
  return code;
}

/* The same packages with other extras. */
static base_code vary(const api_registry *from, const extras *with, api_registry **registry,
                      base_error *error) {
  base_arena *arena = base_arena_new();
  api_member **members = BASE_NEW_ARRAY(arena, api_member *, from->count + 1);
  for (size_t i = 0; i < from->count; i++) members[i] = api_member_acquire(from->members[i]);
  base_code code = make(members, from->count, with, registry, error);
  base_arena_free(arena);
  return code;
}

base_code api_registry_define(const api_registry *from, base_slice customs, api_registry **registry,
                              base_error *error) {
  extras with = extras_of(from);
  with.customs = customs;
  return vary(from, &with, registry, error);
}

base_code api_registry_disable(const api_registry *from, base_slice disabled,
                               api_registry **registry, base_error *error) {
  extras with = extras_of(from);
  with.disabled = disabled;
  return vary(from, &with, registry, error);
}

base_code api_registry_configure(const api_registry *from, base_slice configs,
                                 api_registry **registry, base_error *error) {
  extras with = extras_of(from);
  with.configs = configs;
  return vary(from, &with, registry, error);
}

uint64_t api_registry_number(const api_registry *registry) {
  return registry->number;
}

base_slice api_registry_customs(const api_registry *registry) {
  return registry->customs;
}

api_registry *api_registry_acquire(api_registry *registry) {
  atomic_fetch_add(&registry->references, 1);
  return registry;
}

void api_registry_release(api_registry *registry) {
  if (registry == NULL) return;
  if (atomic_fetch_sub(&registry->references, 1) == 1) free_registry(registry);
}

/* --- reading ----------------------------------------------------------------------------------- */

const model_schema *api_registry_schema(const api_registry *registry) {
  return registry->schema;
}

base_code api_registry_op(const api_registry *registry, base_slice name, const api_op **op,
                          base_error *error) {
  *op = base_map_get(registry->ops, name);
  if (*op != NULL) return BASE_OK;
  base_slice nearest = base_map_nearest(registry->offered, name);
  if (nearest.size == 0) {
    return base_error_set(
        error, BASE_UNKNOWN_METHOD, NULL, "没有名为 %.*s 的操作：api.describe 列出全部操作",
        "there is no op %.*s: api.describe lists them all", BASE_SLICE_ARGS(name));
  }
  return base_error_set(error, BASE_UNKNOWN_METHOD, NULL, "没有名为 %.*s 的操作，是否指 %.*s？",
                        "there is no op %.*s; did you mean %.*s?", BASE_SLICE_ARGS(name),
                        BASE_SLICE_ARGS(nearest));
}

api_member *api_registry_member(const api_registry *registry, const char *name) {
  for (size_t i = 0; i < registry->count; i++) {
    if (strcmp(registry->members[i]->package->name, name) == 0) return registry->members[i];
  }
  return NULL;
}

typedef struct op_visit {
  void (*visit)(const api_op *op, void *self);
  void *self;
} op_visit;

static bool visit_op(base_slice name, void *value, void *self) {
  (void)name;
  op_visit *each = self;
  each->visit(value, each->self);
  return true;
}

void api_registry_each_op(const api_registry *registry, void (*visit)(const api_op *op, void *self),
                          void *self) {
  op_visit each = {.visit = visit, .self = self};
  base_map_each(registry->ops, visit_op, &each);
}

void api_registry_each_package(const api_registry *registry,
                               void (*visit)(const api_package *package, void *self), void *self) {
  for (size_t i = 0; i < registry->count; i++) visit(registry->members[i]->package, self);
}
