/* manifest: the package, its ops and its rules. See manifest.h; types are in manifest_type.c. */
#include "script/manifest.h"

#include <stdlib.h>

#include "script/call.h"

const data_field script_manifest_form[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "version", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "doc", .kind = DATA_KIND_ANY},
    {.name = "needs", .kind = DATA_KIND_TAGS},
    {.name = "own_rights", .kind = DATA_KIND_TAGS},
    {.name = "config", .kind = DATA_KIND_ANY},
    {.name = "include", .kind = DATA_KIND_ANY}, /* joined by crm.package itself: sugar.lua */
    {.name = "types", .kind = DATA_KIND_MAP},
    {.name = "rules", .kind = DATA_KIND_MAP},
    {.name = "segments", .kind = DATA_KIND_MAP},
    {.name = "ops", .kind = DATA_KIND_MAP},
    {.name = "jobs", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP},
    {.name = "migrations", .kind = DATA_KIND_MAP},
    {.name = NULL},
};

const data_field script_manifest_op_form[] = {
    {.name = "write", .kind = DATA_KIND_BOOLEAN},
    {.name = "admin", .kind = DATA_KIND_BOOLEAN},
    {.name = "internal", .kind = DATA_KIND_BOOLEAN},
    {.name = "doc", .kind = DATA_KIND_ANY},
    {.name = "params", .kind = DATA_KIND_ANY},
    {.name = "result", .kind = DATA_KIND_ANY},
    {.name = "errors", .kind = DATA_KIND_TAGS},
    {.name = "since", .kind = DATA_KIND_TEXT},
    {.name = "run", .kind = DATA_KIND_ANY, .flags = DATA_REQUIRED},
    {.name = NULL},
};

const data_field script_manifest_rule_form[] = {
    {.name = "on", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "events", .kind = DATA_KIND_TAGS, .flags = DATA_REQUIRED},
    {.name = "where", .kind = DATA_KIND_MAP},
    {.name = "was", .kind = DATA_KIND_MAP},
    {.name = "fields", .kind = DATA_KIND_TAGS},
    {.name = "doc", .kind = DATA_KIND_ANY},
    {.name = "before", .kind = DATA_KIND_ANY},
    {.name = "after", .kind = DATA_KIND_ANY},
    {.name = NULL},
};

/* --- parts ---------------------------------------------------------------------------------------- */

base_code script_manifest_part(base_slice map, const data_field *form, base_arena *arena,
                               base_slice *part, base_error *error) {
  base_buffer normal = {0};
  base_code code = data_validate(form, map, 0, BASE_VALIDATION_FAILED, &normal, error);
  *part = base_arena_slice(arena, base_buffer_slice(&normal));
  base_buffer_fini(&normal);
  return code;
}

const char *script_manifest_text(base_slice part, const char *key, base_arena *arena) {
  base_slice text = data_map_text(part, key);
  return text.data == NULL ? NULL : base_arena_text(arena, text);
}

const char *const *script_manifest_texts(base_slice part, const char *key, base_arena *arena) {
  data_value list;
  if (!data_map_find(part, key, &list)) return NULL;
  const char **texts = BASE_NEW_ARRAY(arena, const char *, list.as.count + 1);
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) texts[walk.index] = base_arena_text(arena, walk.value.as.bytes);
  return texts;
}

base_code script_manifest_doc(base_slice part, const char *key, base_arena *arena, const char **zh,
                              const char **en, base_error *error) {
  static const data_field form[] = {{.name = "zh", .kind = DATA_KIND_TEXT},
                                    {.name = "en", .kind = DATA_KIND_TEXT},
                                    {.name = NULL}};
  data_value doc;
  if (!data_map_find(part, key, &doc)) return BASE_OK;
  if (doc.type == DATA_TEXT) {
    *zh = *en = base_arena_text(arena, doc.as.bytes);
    return BASE_OK;
  }
  base_slice both;
  base_code code = script_manifest_part(doc.raw, form, arena, &both, error);
  if (code != BASE_OK) {
    base_error_within(error, key);
    return code;
  }
  *zh = script_manifest_text(both, "zh", arena);
  *en = script_manifest_text(both, "en", arena);
  return BASE_OK;
}

base_code script_manifest_fields(base_slice part, const char *key, base_arena *arena,
                                 const data_field **fields, base_error *error) {
  data_value list;
  if (!data_map_find(part, key, &list)) return BASE_OK;
  base_code code = data_field_read(list.raw, arena, fields, error);
  if (code != BASE_OK) base_error_within(error, key);
  return code;
}

/* Functions are written as true. */
static base_code check_function(base_slice part, const char *key, base_error *error) {
  if (data_map_boolean(part, key, false)) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, key, "%s 必须是函数",
                        "%s must be a function", key);
}

/* "noun.verb" when `dots` is 1, else a plain name. */
static base_code check_name(base_slice name, unsigned dots, base_error *error) {
  bool good = name.size > 0;
  unsigned found = 0;
  for (size_t i = 0; i < name.size; i++) {
    uint8_t c = name.data[i];
    bool letter = (c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9');
    bool dot = c == '.' && i > 0 && i + 1 < name.size;
    found += dot;
    good = good && (letter || dot);
  }
  if (good && found == dots) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                        dots == 1 ? "“%.*s”不是操作名：请写成 noun.verb，只用小写字母、数字和 _"
                                  : "“%.*s”不是名字：只用小写字母、数字和 _，以字母开头",
                        dots == 1 ? "'%.*s' is no name of an op: write noun.verb in small letters, "
                                    "digits and _"
                                  : "'%.*s' is no name: use small letters, digits and _, a letter "
                                    "first",
                        BASE_SLICE_ARGS(name));
}

static size_t count_entries(base_slice map) {
  data_value value = data_peek(map);
  return value.type == DATA_MAP ? value.as.count : 0;
}

static script_function *add_function(script_package *package, size_t index, const char *part,
                                     const char *name, const char *member) {
  script_function *function = &package->functions[index];
  *function = (script_function){
      .package = package, .index = (int)index + 1, .part = part, .name = name, .member = member};
  return function;
}

/* --- ops ------------------------------------------------------------------------------------------ */

static unsigned op_flags(base_slice part) {
  return (data_map_boolean(part, "write", false) ? (unsigned)API_WRITE : 0) |
         (data_map_boolean(part, "admin", false) ? (unsigned)API_ADMIN : 0) |
         (data_map_boolean(part, "internal", false) ? (unsigned)API_INTERNAL : 0);
}

/* The codes as the op table has them: one text, a blank between. */
static base_code read_errors(base_slice part, base_arena *arena, const char **errors,
                             base_error *error) {
  const char *const *codes = script_manifest_texts(part, "errors", arena);
  for (; codes != NULL && *codes != NULL; codes++) {
    if (base_code_find(base_slice_text(*codes)) == BASE_OK) {
      return base_error_set(error, BASE_VALIDATION_FAILED, "errors", "没有错误码 %s",
                            "there is no error code %s", *codes);
    }
    *errors = *errors == NULL ? *codes : base_arena_format(arena, "%s %s", *errors, *codes);
  }
  return BASE_OK;
}

static base_code read_op(base_slice map, script_package *package, size_t index, api_op *op,
                         base_error *error) {
  base_arena *arena = package->arena;
  base_slice part;
  BASE_TRY(check_name(base_slice_text(op->name), 1, error));
  BASE_TRY(script_manifest_part(map, script_manifest_op_form, arena, &part, error));
  BASE_TRY(check_function(part, "run", error));
  BASE_TRY(script_manifest_doc(part, "doc", arena, &op->doc_zh, &op->doc, error));
  BASE_TRY(script_manifest_fields(part, "params", arena, &op->params, error));
  BASE_TRY(script_manifest_fields(part, "result", arena, &op->result, error));
  BASE_TRY(read_errors(part, arena, &op->errors, error));
  op->flags = op_flags(part) | (package->door.own_ops ? (unsigned)API_OWN_RIGHTS : 0);
  op->since = script_manifest_text(part, "since", arena);
  if (op->since == NULL) op->since = "1";
  op->package = package->name;
  op->run = script_call_op;
  script_function *function = add_function(package, index, "ops", op->name, "run");
  function->result = op->result;
  op->self = function;
  return BASE_OK;
}

static base_code read_ops(base_slice map, script_package *package, base_error *error) {
  api_op *ops = BASE_NEW_ARRAY(package->arena, api_op, count_entries(map) + 1);
  package->door.ops = ops;
  data_walk walk = data_walk_begin(map);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    ops[i].name = base_arena_text(package->arena, walk.key.as.bytes);
    base_code code = read_op(walk.value.raw, package, i, &ops[i], error);
    if (code != BASE_OK) {
      base_error_within(error, ops[i].name);
      base_error_within(error, "ops");
      return code;
    }
  }
  return BASE_OK;
}

/* --- rules ---------------------------------------------------------------------------------------- */

static base_code read_events(base_slice part, unsigned *events, base_error *error) {
  static const char *const names[] = {"create", "update", "delete", "restore", "merge", "unmerge"};
  static const unsigned flags[] = {MODEL_CREATE,  MODEL_UPDATE, MODEL_DELETE,
                                   MODEL_RESTORE, MODEL_MERGE,  MODEL_UNMERGE};
  data_value list;
  data_map_find(part, "events", &list);
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    unsigned flag = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      if (base_slice_is(walk.value.as.bytes, names[i])) flag = flags[i];
    }
    if (flag == 0) {
      return base_error_set(error, BASE_VALIDATION_FAILED, "events",
                            "没有事件 %.*s：请用 create、update、delete、restore、merge、unmerge",
                            "there is no event %.*s: use create, update, delete, restore, merge, "
                            "unmerge",
                            BASE_SLICE_ARGS(walk.value.as.bytes));
    }
    *events |= flag;
  }
  return BASE_OK;
}

static const char *const moment_names[] = {[MODEL_BEFORE] = "before", [MODEL_AFTER] = "after"};

static base_code read_moment(base_slice part, model_rule *rule, base_error *error) {
  data_value value;
  bool before = data_map_find(part, "before", &value);
  bool after = data_map_find(part, "after", &value);
  if (before == after) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "before",
                          "规则要么有 before 函数（在修改之内），要么有 after 函数（在修改之后）",
                          "a rule has a function `before`, inside the change, or one `after` it");
  }
  rule->moment = after ? MODEL_AFTER : MODEL_BEFORE;
  return check_function(part, moment_names[rule->moment], error);
}

static base_code read_rule(base_slice map, script_package *package, size_t index, model_rule *rule,
                           base_error *error) {
  base_arena *arena = package->arena;
  base_slice part;
  const char *doc_zh = NULL;
  data_value where;
  BASE_TRY(check_name(base_slice_text(rule->name), 0, error));
  BASE_TRY(script_manifest_part(map, script_manifest_rule_form, arena, &part, error));
  BASE_TRY(read_moment(part, rule, error));
  BASE_TRY(read_events(part, &rule->events, error));
  BASE_TRY(script_manifest_doc(part, "doc", arena, &doc_zh, &rule->doc, error));
  rule->package = package->name;
  rule->own_rights = package->door.own_rules;
  rule->type = script_manifest_text(part, "on", arena);
  rule->fields = script_manifest_texts(part, "fields", arena);
  if (data_map_find(part, "where", &where)) rule->where = where.raw;
  if (data_map_find(part, "was", &where)) rule->was = where.raw;
  rule->run = script_call_rule;
  rule->self = add_function(package, index, "rules", rule->name, moment_names[rule->moment]);
  return BASE_OK;
}

static base_code read_rules(base_slice map, script_package *package, size_t first,
                            base_error *error) {
  model_rule *rules = BASE_NEW_ARRAY(package->arena, model_rule, count_entries(map) + 1);
  package->door.rules = rules;
  data_walk walk = data_walk_begin(map);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    rules[i].name = base_arena_text(package->arena, walk.key.as.bytes);
    base_code code = read_rule(walk.value.raw, package, first + i, &rules[i], error);
    if (code != BASE_OK) {
      base_error_within(error, rules[i].name);
      base_error_within(error, "rules");
      return code;
    }
  }
  return BASE_OK;
}

/* --- migrations ----------------------------------------------------------------------------------- */

static int by_version(const void *a, const void *b) {
  return api_version_compare(((const api_migration *)a)->version,
                             ((const api_migration *)b)->version);
}

static base_code read_migration(data_value key, data_value value, script_package *package,
                                size_t index, api_migration *migration, base_error *error) {
  migration->version = base_arena_text(package->arena, key.as.bytes);
  if (!api_version_valid(migration->version) ||
      api_version_compare(migration->version, package->door.version) > 0) {
    return base_error_set(
        error, BASE_VALIDATION_FAILED, migration->version, "“%s”不是不高于 %s 的版本号，如 1.1.0",
        "'%s' is no version up to %s, such as 1.1.0", migration->version, package->door.version);
  }
  if (value.type != DATA_BOOLEAN) {
    return base_error_set(error, BASE_VALIDATION_FAILED, migration->version, "%s 必须是函数",
                          "%s must be a function", migration->version);
  }
  migration->run = script_call_migration;
  migration->self = add_function(package, index, "migrations", migration->version, NULL);
  return BASE_OK;
}

static base_code read_migrations(base_slice map, script_package *package, size_t first,
                                 base_error *error) {
  size_t count = count_entries(map);
  api_migration *migrations = BASE_NEW_ARRAY(package->arena, api_migration, count + 1);
  package->door.migrations = migrations;
  data_walk walk = data_walk_begin(map);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    base_code code =
        read_migration(walk.key, walk.value, package, first + i, &migrations[i], error);
    if (code == BASE_OK) continue;
    base_error_within(error, "migrations");
    return code;
  }
  qsort(migrations, count, sizeof *migrations, by_version);
  return BASE_OK;
}

/* --- the package ---------------------------------------------------------------------------------- */

/* Whose code does not do with what the caller may see and write. */
static base_code read_own_rights(base_slice part, api_package *door, base_error *error) {
  data_value list = {0};
  data_map_find(part, "own_rights", &list);
  data_walk walk = data_walk_begin(list.type == DATA_ARRAY ? list.raw : (base_slice){0});
  while (data_walk_next(&walk)) {
    bool ops = base_slice_is(walk.value.as.bytes, "ops");
    bool rules = base_slice_is(walk.value.as.bytes, "rules");
    door->own_ops = door->own_ops || ops;
    door->own_rules = door->own_rules || rules;
    if (ops || rules) continue;
    return base_error_set(error, BASE_VALIDATION_FAILED, "own_rights",
                          "own_rights 只能有 \"rules\" 和 \"ops\"，没有 %.*s",
                          "own_rights has \"rules\" and \"ops\", there is no %.*s",
                          BASE_SLICE_ARGS(walk.value.as.bytes));
  }
  return BASE_OK;
}

static base_code read_head(base_slice part, script_package *package, base_error *error) {
  api_package *door = &package->door;
  base_slice name = data_map_text(part, "name");
  if (!base_slice_is(name, package->name)) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "name",
                          "脚本包叫 %.*s，目录却叫 %s：两者要相同",
                          "the package is named %.*s and its folder %s: both must be the same",
                          BASE_SLICE_ARGS(name), package->name);
  }
  door->version = script_manifest_text(part, "version", package->arena);
  door->needs = script_manifest_texts(part, "needs", package->arena);
  BASE_TRY(read_own_rights(part, door, error));
  BASE_TRY(script_manifest_doc(part, "doc", package->arena, &door->doc_zh, &door->doc, error));
  return script_manifest_fields(part, "config", package->arena, &door->config, error);
}

static base_code read_package(base_slice manifest, script_package *package, base_error *error) {
  base_slice part;
  data_value types;
  data_value ops;
  data_value rules;
  data_value segments = {0};
  data_value jobs = {0};
  data_value migrations = {0};
  BASE_TRY(script_manifest_part(manifest, script_manifest_form, package->arena, &part, error));
  BASE_TRY(read_head(part, package, error));
  data_map_find(part, "types", &types);
  data_map_find(part, "ops", &ops);
  data_map_find(part, "rules", &rules);
  data_map_find(part, "segments", &segments);
  data_map_find(part, "jobs", &jobs);
  data_map_find(part, "migrations", &migrations);
  size_t op_count = count_entries(ops.raw);
  size_t rule_count = count_entries(rules.raw);
  package->functions = BASE_NEW_ARRAY(package->arena, script_function,
                                      op_count + rule_count + count_entries(migrations.raw) + 1);
  BASE_TRY(script_manifest_types(types.raw, segments.raw, package, error));
  BASE_TRY(read_ops(ops.raw, package, error));
  BASE_TRY(script_manifest_jobs(jobs.raw, package, error));
  BASE_TRY(read_rules(rules.raw, package, op_count, error));
  return read_migrations(migrations.raw, package, op_count + rule_count, error);
}

base_code script_manifest_read(base_slice manifest, script_package *package, base_error *error) {
  base_code code = read_package(manifest, package, error);
  if (code == BASE_OK) return BASE_OK;
  base_error inner = *error;
  return base_error_set(error, code, inner.field, "脚本包 %s 的 %s：%s", "package %s, %s: %s",
                        package->name, inner.field, inner.message);
}
