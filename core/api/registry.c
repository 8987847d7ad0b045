/* registry: the packages' rows gathered into one immutable version. See registry.h.
 *
 * Memory:  rows are copied into the registry's arena because their package is filled in; texts and
 *          tables stay the packages'.
 * Threads: the count of references is atomic; everything else is read-only once it is made.
 * Fails:   as the header says; what was started by then is stopped again. */
#include "api/registry.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "api/package_order.h"
#include "base/map.h"

struct api_registry {
  _Atomic size_t references;
  base_arena *arena;
  size_t count;
  size_t started;
  api_package **packages; /* in order */
  base_map *ops;          /* name → api_op */
  base_map *offered;      /* the ops a client may hear of */
  model_schema *schema;
};

static const data_field no_fields[] = {{.name = NULL}};

static bool is_core(const api_package *package) {
  return strcmp(package->name, API_PACKAGE_CORE) == 0;
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
  base_map_put(registry->ops, base_slice_text(op->name), op);
  if (!(op->flags & API_INTERNAL)) base_map_put(registry->offered, base_slice_text(op->name), op);
  return BASE_OK;
}

static base_code gather_ops(api_registry *registry, base_error *error) {
  for (size_t i = 0; i < registry->count; i++) {
    const api_op *row = registry->packages[i]->ops;
    for (; row != NULL && row->name != NULL; row++) {
      BASE_TRY(add_op(registry, registry->packages[i], row, error));
    }
  }
  return BASE_OK;
}

static size_t count_types(const api_registry *registry) {
  size_t count = 0;
  for (size_t i = 0; i < registry->count; i++) {
    const model_type_definition *row = registry->packages[i]->types;
    for (; row != NULL && row->name != NULL; row++) count++;
  }
  return count;
}

static const model_type_definition **gather_types(api_registry *registry) {
  const model_type_definition **types =
      BASE_NEW_ARRAY(registry->arena, const model_type_definition *, count_types(registry) + 1);
  size_t count = 0;
  for (size_t i = 0; i < registry->count; i++) {
    const model_type_definition *row = registry->packages[i]->types;
    for (; row != NULL && row->name != NULL; row++) {
      model_type_definition *type = BASE_NEW(registry->arena, model_type_definition);
      *type = *row;
      type->package = registry->packages[i]->name;
      types[count++] = type;
    }
  }
  return types;
}

static size_t count_rules(const api_registry *registry) {
  size_t count = 0;
  for (size_t i = 0; i < registry->count; i++) {
    const model_rule *row = registry->packages[i]->rules;
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
    const api_package *package = registry->packages[i];
    for (const model_rule *row = package->rules; row != NULL && row->name != NULL; row++) {
      model_rule *rule = BASE_NEW(registry->arena, model_rule);
      *rule = *row;
      rule->package = is_core(package) ? NULL : package->name;
      rules[count++] = rule;
    }
  }
  return rules;
}

/* --- starting and stopping --------------------------------------------------------------------- */

static base_code read_config(const api_package *package, base_slice configs, base_buffer *out,
                             base_error *error) {
  static const uint8_t empty_map[] = {0x80};
  data_value given;
  if (!data_map_find_slice(configs, base_slice_text(package->name), &given)) {
    given = data_peek(base_slice_make(empty_map, sizeof empty_map));
  }
  base_code code = BASE_OK;
  if (given.type != DATA_MAP) {
    code = base_error_set(error, BASE_VALIDATION_FAILED, NULL, "包 %s 的配置必须是一个表",
                          "the configuration of package %s must be a map", package->name);
  } else {
    code = data_validate(package->config == NULL ? no_fields : package->config, given.raw,
                         DATA_VALIDATE_DEFAULTS | DATA_VALIDATE_TRUSTED, BASE_VALIDATION_FAILED,
                         out, error);
  }
  if (code != BASE_OK) base_error_within(error, package->name);
  return code;
}

static base_code start_package(api_registry *registry, api_package *package, base_slice configs,
                               base_error *error) {
  base_buffer config = {0};
  base_code code = read_config(package, configs, &config, error);
  base_slice kept = base_arena_slice(registry->arena, base_buffer_slice(&config));
  base_buffer_fini(&config);
  BASE_TRY(code);
  if (package->start != NULL) BASE_TRY(package->start(package, kept, error));
  registry->started++;
  return BASE_OK;
}

static base_code fill(api_registry *registry, base_slice configs, base_error *error) {
  BASE_TRY(gather_ops(registry, error));
  BASE_TRY(model_schema_new(gather_types(registry), count_types(registry), gather_rules(registry),
                            count_rules(registry), &registry->schema, error));
  for (size_t i = 0; i < registry->count; i++) {
    BASE_TRY(start_package(registry, registry->packages[i], configs, error));
  }
  return BASE_OK;
}

/* Those that need others stop before them. */
static void stop_packages(api_registry *registry) {
  while (registry->started > 0) {
    api_package *package = registry->packages[--registry->started];
    if (package->stop != NULL) package->stop(package);
  }
}

static void free_packages(api_package *const *packages, size_t count) {
  for (size_t i = count; i > 0; i--) {
    if (packages[i - 1]->free != NULL) packages[i - 1]->free(packages[i - 1]);
  }
}

static void free_registry(api_registry *registry) {
  stop_packages(registry);
  model_schema_free(registry->schema);
  base_map_free(registry->offered);
  base_map_free(registry->ops);
  free_packages(registry->packages, registry->count);
  base_arena_free(registry->arena);
  free(registry);
}

base_code api_registry_new(api_package *const *packages, size_t count, base_slice configs,
                           api_registry **registry, base_error *error) {
  base_arena *arena = base_arena_new();
  api_package **ordered = BASE_NEW_ARRAY(arena, api_package *, count + 1);
  base_code code = api_package_order(packages, count, ordered, error);
  if (code != BASE_OK) {
    free_packages(packages, count);
    base_arena_free(arena);
    return code;
  }
  api_registry *made = base_alloc(sizeof *made);
  *made = (api_registry){.arena = arena,
                         .count = count,
                         .packages = ordered,
                         .ops = base_map_new(),
                         .offered = base_map_new()};
  atomic_init(&made->references, 1);
  code = fill(made, configs, error);
  if (code != BASE_OK) {
    free_registry(made);
    return code;
  }
  *registry = made;
  return BASE_OK;
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
  for (size_t i = 0; i < registry->count; i++) visit(registry->packages[i], self);
}
