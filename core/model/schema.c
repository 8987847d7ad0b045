/* How definitions and rules become a schema: types are gathered, extensions added, then indexes, rules
 * and referrers resolved once every type is known. */
#include "model/schema.h"

#include <stdlib.h>

#include "base/map.h"
#include "model/index_resolve.h"
#include "model/nested.h"
#include "model/states.h"
#include "model/where.h"

struct model_schema {
  base_arena *arena;
  base_map *types; /* name → model_type */
};

typedef struct resolver {
  model_schema *schema;
  const model_type_definition *const *definitions;
  size_t definition_count;
  const model_rule *const *rules;
  size_t rule_count;
  base_error *error;
} resolver;

static model_type *own_type(const resolver *r, const char *name) {
  return base_map_get(r->schema->types, base_slice_text(name));
}

static const char *package_of(const model_type_definition *definition) {
  return definition->package == NULL ? "core" : definition->package;
}

/* Names that mean something in every record or in every where. */
static bool reserved(const char *name) {
  if (strcmp(name, "any") == 0) return true;
  return data_field_find(model_system_fields, base_slice_text(name)) != NULL;
}

static base_code check_field(resolver *r, const model_type *type,
                             const model_type_definition *definition, const data_field *field) {
  if (reserved(field->name)) {
    return base_error_set(r->error, BASE_VALIDATION_FAILED, field->name,
                          "%s 不能有字段 %s（来自 %s）：这个名字由系统使用",
                          "%s cannot have a field %s (from %s): the system uses that name",
                          type->name, field->name, package_of(definition));
  }
  if (data_field_find(type->fields, base_slice_text(field->name)) != NULL) {
    return base_error_set(r->error, BASE_VALIDATION_FAILED, field->name,
                          "%s 的字段 %s 被重复定义（来自 %s）",
                          "%s has its field %s defined twice (by %s)", type->name, field->name,
                          package_of(definition));
  }
  bool choice = field->kind == DATA_KIND_STATES || field->kind == DATA_KIND_CHOICE;
  if (choice && (field->choices == NULL || field->choices[0] == NULL)) {
    return base_error_set(r->error, BASE_VALIDATION_FAILED, field->name,
                          "%s 的字段 %s 没有可选的值（choices）", "%s.%s has no choices",
                          type->name, field->name);
  }
  return BASE_OK;
}

/* A new table of the type's fields with those of the definition behind. */
static base_code add_fields(resolver *r, model_type *type,
                            const model_type_definition *definition) {
  size_t had = data_field_count(type->fields);
  size_t adds = data_field_count(definition->fields);
  data_field *fields = BASE_NEW_ARRAY(r->schema->arena, data_field, had + adds + 1);
  if (had > 0) memcpy(fields, type->fields, had * sizeof *fields);
  type->fields = fields;
  for (size_t i = 0; i < adds; i++) {
    BASE_TRY(check_field(r, type, definition, &definition->fields[i]));
    fields[had + i] = definition->fields[i];
  }
  return BASE_OK;
}

static base_code new_type(resolver *r, const model_type_definition *definition) {
  model_type *twin = own_type(r, definition->name);
  if (twin != NULL) {
    return base_error_set(r->error, BASE_VALIDATION_FAILED, definition->name,
                          "类型 %s 被 %s 和 %s 重复定义", "type %s is defined by both %s and %s",
                          definition->name, twin->package, package_of(definition));
  }
  model_type *type = BASE_NEW(r->schema->arena, model_type);
  type->name = definition->name;
  type->label_zh = definition->label_zh;
  type->label_en = definition->label_en;
  type->doc = definition->doc;
  type->title = definition->title;
  type->package = package_of(definition);
  type->flags = definition->flags;
  type->number = base_map_count(r->schema->types);
  base_map_put(r->schema->types, base_slice_text(type->name), type);
  return add_fields(r, type, definition);
}

static base_code extend_type(resolver *r, const model_type_definition *definition) {
  model_type *type = own_type(r, definition->name);
  if (type != NULL) {
    /* No package takes away what another one asks for. */
    type->flags |= definition->flags & MODEL_TYPE_LOG_READS;
    return add_fields(r, type, definition);
  }
  return base_error_set(r->error, BASE_VALIDATION_FAILED, definition->name,
                        "%s 想扩展不存在的类型 %s", "%s extends the type %s, which does not exist",
                        package_of(definition), definition->name);
}

static base_code gather_types(resolver *r) {
  for (int extends = 0; extends <= 1; extends++) {
    for (size_t i = 0; i < r->definition_count; i++) {
      const model_type_definition *definition = r->definitions[i];
      if (definition->extends != (extends == 1)) continue;
      BASE_TRY(extends ? extend_type(r, definition) : new_type(r, definition));
    }
  }
  return BASE_OK;
}

static size_t count_indexes(const resolver *r, const model_type *type) {
  size_t count = 0;
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    count += (field->flags & (DATA_INDEX | DATA_UNIQUE)) != 0;
  }
  for (size_t i = 0; i < r->definition_count; i++) {
    if (strcmp(r->definitions[i]->name, type->name) != 0) continue;
    const model_index_definition *index = r->definitions[i]->indexes;
    for (; index != NULL && index->name != NULL; index++) count += 1;
  }
  return count;
}

static base_code add_index(resolver *r, model_type *type, const model_index_definition *definition,
                           model_index *indexes) {
  for (size_t i = 0; i < type->index_count; i++) {
    if (strcmp(indexes[i].name, definition->name) == 0) {
      return base_error_set(
          r->error, BASE_VALIDATION_FAILED, definition->name,
          "%s 有两个名为 %s 的索引（字段自己的索引与字段同名）",
          "%s has two indexes named %s (a field's own index is named like the field)", type->name,
          definition->name);
    }
  }
  BASE_TRY(model_index_resolve(type, definition, r->schema->arena, &indexes[type->index_count],
                               r->error));
  type->index_count += 1;
  return BASE_OK;
}

static base_code add_bin(resolver *r, model_type *type, model_index *indexes) {
  static const model_index_definition bin = {.name = MODEL_INDEX_DELETED,
                                             .fields = {MODEL_INDEX_DELETED}};
  BASE_TRY(add_index(r, type, &bin, indexes));
  indexes[type->index_count - 1].deleted = true;
  return BASE_OK;
}

static void mark_building(const model_type_definition *definition, const model_type *type,
                          model_index *indexes) {
  for (const char *const *name = definition->building; name != NULL && *name != NULL; name++) {
    for (size_t i = 0; i < type->index_count; i++) {
      if (strcmp(indexes[i].name, *name) == 0) indexes[i].building = true;
    }
  }
}

static base_code resolve_indexes(resolver *r, model_type *type) {
  model_index *indexes = BASE_NEW_ARRAY(r->schema->arena, model_index, count_indexes(r, type) + 2);
  type->indexes = indexes;
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    if (!(field->flags & (DATA_INDEX | DATA_UNIQUE))) continue;
    model_index_definition single = {.name = field->name,
                                     .fields = {field->name, NULL},
                                     .unique = (field->flags & DATA_UNIQUE) != 0};
    BASE_TRY(add_index(r, type, &single, indexes));
  }
  for (size_t i = 0; i < r->definition_count; i++) {
    if (strcmp(r->definitions[i]->name, type->name) != 0) continue;
    const model_index_definition *index = r->definitions[i]->indexes;
    for (; index != NULL && index->name != NULL; index++) {
      BASE_TRY(add_index(r, type, index, indexes));
    }
  }
  for (size_t i = 0; i < r->definition_count; i++) {
    if (strcmp(r->definitions[i]->name, type->name) != 0) continue;
    mark_building(r->definitions[i], type, indexes);
  }
  return add_bin(r, type, indexes);
}

/* Rules come in package order; within one package they run by name. */
static bool runs_before(const model_rule *a, const model_rule *b) {
  bool same = a->package == b->package ||
              (a->package != NULL && b->package != NULL && strcmp(a->package, b->package) == 0);
  return same && strcmp(a->name, b->name) < 0;
}

static void insert_rule(model_type_rule *rules, size_t count, model_type_rule rule) {
  size_t at = count;
  for (; at > 0 && runs_before(rule.rule, rules[at - 1].rule); at--) rules[at] = rules[at - 1];
  rules[at] = rule;
}

static const char *rule_package(const model_rule *rule) {
  return rule->package == NULL ? "core" : rule->package;
}

static base_code check_watched(resolver *r, const model_type *type, const model_rule *rule) {
  for (const char *const *name = rule->fields; name != NULL && *name != NULL; name++) {
    if (model_type_field(type, base_slice_text(*name)) != NULL) continue;
    return base_error_set(r->error, BASE_VALIDATION_FAILED, *name,
                          "规则 %s（%s）关注的字段 %s 在 %s 中不存在",
                          "rule %s (%s) watches the field %s, which %s does not have", rule->name,
                          rule_package(rule), *name, type->name);
  }
  return BASE_OK;
}

static base_code compile_part(resolver *r, const model_type *type, const model_rule *rule,
                              base_slice given, const char *part, const model_where **compiled) {
  base_error inner = {.language = r->error->language};
  if (model_where_compile(type, given, r->schema->arena, compiled, &inner) == BASE_OK) {
    return BASE_OK;
  }
  return base_error_set(r->error, BASE_VALIDATION_FAILED, inner.field, "%s（规则 %s，%s）：%s",
                        "%s of rule %s (%s): %s", part, rule->name, rule_package(rule),
                        inner.message);
}

static base_code resolve_rule(resolver *r, const model_type *type, const model_rule *rule,
                              model_type_rule *entry) {
  *entry = (model_type_rule){.rule = rule};
  BASE_TRY(check_watched(r, type, rule));
  BASE_TRY(compile_part(r, type, rule, rule->where, "where", &entry->where));
  return compile_part(r, type, rule, rule->was, "was", &entry->was);
}

static base_code resolve_rules(resolver *r, model_type *type) {
  model_type_rule *rules = BASE_NEW_ARRAY(r->schema->arena, model_type_rule, r->rule_count + 1);
  for (size_t i = 0; i < r->rule_count; i++) {
    if (strcmp(r->rules[i]->type, type->name) != 0) continue;
    model_type_rule entry;
    BASE_TRY(resolve_rule(r, type, r->rules[i], &entry));
    insert_rule(rules, type->rule_count, entry);
    type->rule_count += 1;
  }
  type->rules = rules;
  return BASE_OK;
}

static base_code check_rules(resolver *r) {
  for (size_t i = 0; i < r->rule_count; i++) {
    const model_rule *rule = r->rules[i];
    if (own_type(r, rule->type) != NULL) continue;
    return base_error_set(r->error, BASE_VALIDATION_FAILED, rule->name,
                          "规则 %s（%s）指向不存在的类型 %s",
                          "rule %s (%s) is on the type %s, which does not exist", rule->name,
                          rule_package(rule), rule->type);
  }
  return BASE_OK;
}

static bool refers(const data_field *field) {
  return field->kind == DATA_KIND_REFERENCE ||
         (field->kind == DATA_KIND_LIST && field->of == DATA_KIND_REFERENCE);
}

static base_code check_references(resolver *r, const model_type *type, const data_field *fields) {
  for (const data_field *field = fields; field != NULL && field->name != NULL; field++) {
    if (refers(field) && (field->to == NULL || own_type(r, field->to) == NULL)) {
      return base_error_set(r->error, BASE_VALIDATION_FAILED, field->name,
                            "%s 的字段 %s 引用了不存在的类型 %s",
                            "%s.%s refers to the type %s, which does not exist", type->name,
                            field->name, field->to == NULL ? "(none)" : field->to);
    }
    BASE_TRY(check_references(r, type, field->fields));
  }
  return BASE_OK;
}

/* An index in which every record has a row that refers by the field. Unique ones leave out records
 * without all their values, so only the field's own will do. */
static const model_index *index_on(const model_type *type, const data_field *field) {
  for (size_t i = 0; i < type->index_count; i++) {
    const model_index *index = &type->indexes[i];
    bool whole = index->terms == NULL && (!index->unique || index->count == 1);
    if (index->fields[0] == field && whole) return index;
  }
  return NULL;
}

static void add_referrer(resolver *r, const char *to, const model_type *type,
                         const model_index *index) {
  model_type *target = own_type(r, to);
  model_referrer *referrers =
      BASE_NEW_ARRAY(r->schema->arena, model_referrer, target->referrer_count + 1);
  if (target->referrer_count > 0) {
    memcpy(referrers, target->referrers, target->referrer_count * sizeof *referrers);
  }
  referrers[target->referrer_count] = (model_referrer){.type = type, .index = index};
  target->referrers = referrers;
  target->referrer_count += 1;
}

static void find_referrers(resolver *r, const model_type *type, const data_field *fields) {
  for (const data_field *field = fields; field->name != NULL; field++) {
    if (!refers(field)) continue;
    const model_index *index = index_on(type, field);
    if (index != NULL) add_referrer(r, field->to, type, index);
  }
}

/* --- segments ------------------------------------------------------------------------------------- */

static base_code refuse_segment(resolver *r, const model_segment *segment, const char *zh,
                                const char *en) {
  return base_error_set(r->error, BASE_VALIDATION_FAILED, segment->name, "分组 %s（%s）%s",
                        "segment %s (%s) %s", segment->name,
                        segment->package == NULL ? "core" : segment->package,
                        r->error->language == BASE_EN ? en : zh);
}

static base_code add_segment(resolver *r, model_type *type, const model_segment *segment) {
  if (model_type_segment(type, base_slice_text(segment->name)) != NULL) {
    return refuse_segment(r, segment, "被重复定义", "is defined twice");
  }
  model_segment *all = BASE_NEW_ARRAY(r->schema->arena, model_segment, type->segment_count + 1);
  if (type->segment_count > 0) memcpy(all, type->segments, type->segment_count * sizeof *all);
  all[type->segment_count] = *segment;
  type->segments = all;
  type->segment_count += 1;
  return BASE_OK;
}

/* Once all of a type are known: they may name one another. */
static base_code check_segments(resolver *r, const model_type *type) {
  for (size_t i = 0; i < type->segment_count; i++) {
    const model_where *where;
    base_error inner = {.language = r->error->language};
    const model_segment *segment = &type->segments[i];
    if (model_where_compile(type, segment->where, r->schema->arena, &where, &inner) != BASE_OK) {
      return refuse_segment(r, segment, inner.message, inner.message);
    }
  }
  return BASE_OK;
}

/* What caps count are records of other types. */
static base_code check_caps(resolver *r, const model_type *type) {
  for (size_t i = 0; i < type->states_count; i++) {
    for (size_t j = 0; j < type->states[i].count; j++) {
      const data_cap *cap = type->states[i].transitions[j].row->cap;
      const model_type *counted = cap == NULL ? NULL : own_type(r, cap->type);
      bool known =
          counted != NULL && data_field_find(counted->fields, base_slice_text(cap->by)) != NULL &&
          (cap->of == NULL || data_field_find(type->fields, base_slice_text(cap->of)) != NULL);
      if (cap == NULL || known) continue;
      return base_error_set(r->error, BASE_VALIDATION_FAILED, type->states[i].field->name,
                            "%s.%s 的 cap：类型 %s 或其字段 %s 不存在",
                            "cap of %s.%s: there is no type %s, or it has no field %s", type->name,
                            type->states[i].field->name, cap->type, cap->by);
    }
  }
  return BASE_OK;
}

static base_code gather_segments(resolver *r) {
  for (size_t i = 0; i < r->definition_count; i++) {
    const model_type_definition *definition = r->definitions[i];
    const model_segment *segment = definition->segments;
    for (; segment != NULL && segment->name != NULL; segment++) {
      BASE_TRY(add_segment(r, own_type(r, definition->name), segment));
    }
  }
  return BASE_OK;
}

/* --- what is seen of a type ----------------------------------------------------------------------- */

static void add_visible(const resolver *r, model_type *type, base_slice where) {
  base_slice *all = BASE_NEW_ARRAY(r->schema->arena, base_slice, type->visible_count + 1);
  if (type->visible_count > 0) memcpy(all, type->visible, type->visible_count * sizeof *all);
  all[type->visible_count] = where;
  type->visible = all;
  type->visible_count += 1;
}

static void gather_visible(resolver *r) {
  for (size_t i = 0; i < r->definition_count; i++) {
    const model_type_definition *definition = r->definitions[i];
    if (definition->visible.size == 0) continue;
    add_visible(r, own_type(r, definition->name), definition->visible);
  }
}

static base_code check_visible(resolver *r, const model_type *type) {
  static const model_values nobody = {.team = 0};
  for (size_t i = 0; i < type->visible_count; i++) {
    const model_where *where;
    base_error inner = {.language = r->error->language};
    if (model_where_compile_for(type, type->visible[i], &nobody, r->schema->arena, &where,
                                &inner) == BASE_OK) {
      continue;
    }
    return base_error_set(r->error, BASE_VALIDATION_FAILED, inner.field, "%s 的 visible：%s",
                          "visible of %s: %s", type->name, inner.message);
  }
  return BASE_OK;
}

typedef struct type_visit {
  resolver *resolver;
  base_code code;
} type_visit;

static bool resolve_type(base_slice name, void *value, void *self) {
  (void)name;
  type_visit *visit = self;
  model_type *type = value;
  type->nested = model_nested_fields(type->fields, visit->resolver->schema->arena);
  visit->code = check_references(visit->resolver, type, type->fields);
  if (visit->code == BASE_OK) visit->code = resolve_indexes(visit->resolver, type);
  if (visit->code == BASE_OK) visit->code = check_segments(visit->resolver, type);
  if (visit->code == BASE_OK) visit->code = check_visible(visit->resolver, type);
  if (visit->code == BASE_OK) {
    visit->code = model_states_resolve(type, visit->resolver->schema->arena, &type->states,
                                       &type->states_count, visit->resolver->error);
  }
  if (visit->code == BASE_OK) visit->code = check_caps(visit->resolver, type);
  if (visit->code == BASE_OK) visit->code = resolve_rules(visit->resolver, type);
  if (visit->code != BASE_OK) return false;
  find_referrers(visit->resolver, type, type->fields);
  find_referrers(visit->resolver, type, type->nested);
  return true;
}

static base_code resolve(resolver *r) {
  BASE_TRY(gather_types(r));
  BASE_TRY(gather_segments(r));
  gather_visible(r);
  BASE_TRY(check_rules(r));
  type_visit visit = {.resolver = r};
  base_map_each(r->schema->types, resolve_type, &visit);
  return visit.code;
}

base_code model_schema_new(const model_type_definition *const *definitions, size_t definition_count,
                           const model_rule *const *rules, size_t rule_count, model_schema **schema,
                           base_error *error) {
  model_schema *made = base_alloc(sizeof *made);
  *made = (model_schema){.arena = base_arena_new(), .types = base_map_new()};
  resolver r = {.schema = made,
                .definitions = definitions,
                .definition_count = definition_count,
                .rules = rules,
                .rule_count = rule_count,
                .error = error};
  base_code code = resolve(&r);
  if (code != BASE_OK) {
    model_schema_free(made);
    return code;
  }
  *schema = made;
  return BASE_OK;
}

void model_schema_free(model_schema *schema) {
  if (schema == NULL) return;
  base_map_free(schema->types);
  base_arena_free(schema->arena);
  free(schema);
}

size_t model_schema_count(const model_schema *schema) {
  return base_map_count(schema->types);
}

const model_type *model_schema_find(const model_schema *schema, base_slice name) {
  return base_map_get(schema->types, name);
}

base_code model_schema_type(const model_schema *schema, base_slice name, const model_type **type,
                            base_error *error) {
  *type = model_schema_find(schema, name);
  if (*type != NULL && !((*type)->flags & MODEL_TYPE_INTERNAL)) return BASE_OK;
  base_slice near = base_map_nearest(schema->types, name);
  const model_type *nearest = near.size == 0 ? NULL : model_schema_find(schema, near);
  if (nearest == NULL || (nearest->flags & MODEL_TYPE_INTERNAL)) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, "type", "没有名为 %.*s 的类型",
                          "there is no type %.*s", BASE_SLICE_ARGS(name));
  }
  return base_error_set(error, BASE_INVALID_ARGUMENT, "type", "没有名为 %.*s 的类型，是否指 %s？",
                        "there is no type %.*s; did you mean %s?", BASE_SLICE_ARGS(name),
                        nearest->name);
}

typedef struct each_visit {
  void (*visit)(const model_type *type, void *self);
  void *self;
} each_visit;

static bool visit_type(base_slice name, void *value, void *self) {
  (void)name;
  each_visit *each = self;
  each->visit(value, each->self);
  return true;
}

void model_schema_each(const model_schema *schema,
                       void (*visit)(const model_type *type, void *self), void *self) {
  each_visit each = {.visit = visit, .self = self};
  base_map_each(schema->types, visit_type, &each);
}
