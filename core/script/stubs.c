/* stubs: stubs.lua with its places filled in. See stubs.h. */
#include "script/stubs.h"

#include <stdio.h>
#include <stdlib.h>

#include "script/script.h"

typedef struct contents {
  base_arena *arena;
  base_buffer *out;
  size_t op_count;
  const api_op **ops; /* those that code of a package may call or a test, by name */
  size_t type_count;
  const model_type **types; /* those that are no secret, by name */
  const api_registry *registry;
} contents;

/* --- gathering ------------------------------------------------------------------------------------- */

static void count_op(const api_op *op, void *self) {
  (void)op;
  ((contents *)self)->op_count++;
}

static void add_op(const api_op *op, void *self) {
  contents *of = self;
  of->ops[of->op_count++] = op;
}

static void count_type(const model_type *type, void *self) {
  (void)type;
  ((contents *)self)->type_count++;
}

static void add_type(const model_type *type, void *self) {
  contents *of = self;
  if (!(type->flags & MODEL_TYPE_INTERNAL)) of->types[of->type_count++] = type;
}

static int compare_ops(const void *a, const void *b) {
  return strcmp((*(const api_op *const *)a)->name, (*(const api_op *const *)b)->name);
}

static int compare_types(const void *a, const void *b) {
  return strcmp((*(const model_type *const *)a)->name, (*(const model_type *const *)b)->name);
}

static void gather(contents *of) {
  const model_schema *schema = api_registry_schema(of->registry);
  api_registry_each_op(of->registry, count_op, of);
  model_schema_each(schema, count_type, of);
  of->ops = BASE_NEW_ARRAY(of->arena, const api_op *, of->op_count + 1);
  of->types = BASE_NEW_ARRAY(of->arena, const model_type *, of->type_count + 1);
  of->op_count = of->type_count = 0;
  api_registry_each_op(of->registry, add_op, of);
  model_schema_each(schema, add_type, of);
  qsort(of->ops, of->op_count, sizeof(void *), compare_ops);
  qsort(of->types, of->type_count, sizeof(void *), compare_types);
}

/* --- names ----------------------------------------------------------------------------------------- */

#define APPEND_KIND(upper, lower) "---| \"" #lower "\"\n"
#define APPEND_CODE(name) "---| \"" #name "\"\n"

static void append_names(const contents *of, const char *class_name) {
  (void)class_name;
  base_buffer_text(of->out, "\n---@alias crm.kind\n" DATA_KINDS(APPEND_KIND));
  base_buffer_text(of->out, "\n---@alias crm.code\n" BASE_CODES(APPEND_CODE));
  base_buffer_text(of->out, "\n---@alias crm.type string\n");
  for (size_t i = 0; i < of->type_count; i++) {
    base_buffer_format(of->out, "---| \"%s\"\n", of->types[i]->name);
  }
}

/* --- overloads: a literal name gives the type's record, the op's params and result ------------------ */

/* One line of the class's method; a star in `rest` is the name. */
static void append_overload(const contents *of, const char *class_name, const char *name,
                            const char *rest) {
  base_buffer_format(of->out, "---@overload fun(self: %s, ", class_name);
  for (; *rest != '\0'; rest++) {
    if (*rest == '*')
      base_buffer_text(of->out, name);
    else
      base_buffer_byte(of->out, (uint8_t)*rest);
  }
  base_buffer_byte(of->out, '\n');
}

static void append_for_types(const contents *of, const char *class_name, const char *rest) {
  for (size_t i = 0; i < of->type_count; i++) {
    append_overload(of, class_name, of->types[i]->name, rest);
  }
}

static void append_get(const contents *of, const char *class_name) {
  append_for_types(of, class_name, "type: \"*\", id: integer): crm.record.*");
}

static void append_find(const contents *of, const char *class_name) {
  append_for_types(of, class_name, "type: \"*\", query?: crm.query.*): crm.record.*[], string?");
}

static void append_each(const contents *of, const char *class_name) {
  append_for_types(of, class_name, "type: \"*\", query?: crm.query.*): fun(): crm.record.*?");
}

static void append_count(const contents *of, const char *class_name) {
  append_for_types(of, class_name, "type: \"*\", where?: crm.where.*): integer");
}

static void append_create(const contents *of, const char *class_name) {
  append_for_types(of, class_name, "type: \"*\", values: crm.values.*): crm.record.*");
}

static void append_update(const contents *of, const char *class_name) {
  append_for_types(of, class_name, "type: \"*\", id: integer, values: crm.values.*): crm.record.*");
}

/* Whether an op can be called by one that a package brings. */
static bool is_inner(const api_op *op) {
  return op->prepare == NULL && !(op->flags & (API_SESSION | API_CONTROL));
}

static bool needs_params(const api_op *op) {
  for (const data_field *field = op->params; field != NULL && field->name != NULL; field++) {
    if (field->flags & DATA_REQUIRED) return true;
  }
  return false;
}

/* A row that gives the record whatever its type, names only what all records have. */
static const char *result_of(const api_op *op) {
  if (op->result == NULL) return "any";
  return op->result == model_system_fields ? "crm.some_record" : "crm.result.*";
}

static void append_op_overload(const contents *of, const char *class_name, const api_op *op) {
  bool params = op->params != NULL && op->params->name != NULL;
  char rest[128];
  (void)snprintf(rest, sizeof rest, "op: \"*\"%s%s): %s",
                 !params            ? ""
                 : needs_params(op) ? ", params: "
                                    : ", params?: ",
                 params ? "crm.params.*" : "", result_of(op));
  append_overload(of, class_name, op->name, rest);
}

static void append_call(const contents *of, const char *class_name) {
  for (size_t i = 0; i < of->op_count; i++) {
    if (is_inner(of->ops[i])) append_op_overload(of, class_name, of->ops[i]);
  }
}

/* A test calls as a client does. */
static void append_test(const contents *of, const char *class_name) {
  for (size_t i = 0; i < of->op_count; i++) {
    if (!(of->ops[i]->flags & API_INTERNAL)) append_op_overload(of, class_name, of->ops[i]);
  }
}

/* --- classes ----------------------------------------------------------------------------------------- */

static void append_class(const contents *of, const char *begin, const char *name,
                         const data_field *fields, script_stubs_use use) {
  const char *parent = use == SCRIPT_STUBS_RECORD  ? "crm.record"
                       : use == SCRIPT_STUBS_WHERE ? "crm.where"
                                                   : NULL;
  script_stubs_append_class(base_arena_format(of->arena, "%s%s", begin, name), parent, fields, use,
                            of->arena, of->out);
}

/* No class of their own for what queries share: an editor would take it for any of them. */
static void append_type_classes(const contents *of, const model_type *type) {
  base_buffer *out = of->out;
  base_buffer_format(out, "\n-- %s: ", type->name);
  script_stubs_append_line(type->doc, out);
  base_buffer_byte(out, '\n');
  append_class(of, "crm.record.", type->name, type->fields, SCRIPT_STUBS_RECORD);
  append_class(of, "crm.values.", type->name, type->fields, SCRIPT_STUBS_VALUES);
  append_class(of, "crm.where.", type->name, type->fields, SCRIPT_STUBS_WHERE);
  base_buffer_format(out, "---@field any? crm.where.%s[] one of these holds\n", type->name);
  base_buffer_format(out,
                     "\n---@class crm.query.%1$s\n---@field where? crm.where.%1$s\n"
                     "---@field order? string|string[] \"-\" before a field for descending\n"
                     "---@field limit? integer\n"
                     "---@field after? string the cursor of the page before\n",
                     type->name);
}

static void append_op_classes(const contents *of, const api_op *op) {
  base_buffer *out = of->out;
  base_buffer_format(out, "\n-- %s (%s): ", op->name, op->package);
  script_stubs_append_line(op->doc, out);
  base_buffer_byte(out, '\n');
  if (op->params != NULL && op->params->name != NULL) {
    append_class(of, "crm.params.", op->name, op->params, SCRIPT_STUBS_PARAMS);
  }
  if (op->result != NULL && op->result != model_system_fields) {
    append_class(of, "crm.result.", op->name, op->result, SCRIPT_STUBS_RESULT);
  }
}

static void append_config(const api_package *package, void *self) {
  const contents *of = self;
  if (package->config == NULL) return;
  base_buffer_format(of->out, "\n-- ctx.config of %s\n", package->name);
  script_stubs_append_class(base_arena_format(of->arena, "crm.config.%s", package->name), NULL,
                            package->config, SCRIPT_STUBS_CONFIG, of->arena, of->out);
}

static void append_classes(const contents *of, const char *class_name) {
  contents same = *of;
  (void)class_name;
  base_buffer_text(of->out, "\n-- Types\n");
  script_stubs_append_class("crm.record", NULL, model_system_fields, SCRIPT_STUBS_RESULT, of->arena,
                            of->out);
  base_buffer_text(of->out,
                   "\n---@class crm.some_record : crm.record of any type\n"
                   "---@field [string] any\n");
  script_stubs_append_class("crm.where", NULL, model_system_fields, SCRIPT_STUBS_WHERE, of->arena,
                            of->out);
  for (size_t i = 0; i < of->type_count; i++) append_type_classes(of, of->types[i]);
  base_buffer_text(of->out, "\n-- Ops\n");
  for (size_t i = 0; i < of->op_count; i++) append_op_classes(of, of->ops[i]);
  api_registry_each_package(of->registry, append_config, &same);
}

/* --- the whole text ---------------------------------------------------------------------------------- */

typedef struct place {
  const char *name;
  void (*append)(const contents *of, const char *class_name);
} place;

static const place places[] = {{"names", append_names},   {"get", append_get},
                               {"find", append_find},     {"each", append_each},
                               {"count", append_count},   {"call", append_call},
                               {"create", append_create}, {"update", append_update},
                               {"test", append_test},     {"classes", append_classes}};

/* "--% get crm.ctx": what is generated there, for that class. */
static void append_place(const contents *of, base_slice line) {
  char class_name[32] = "";
  size_t size = 0;
  while (size < line.size && line.data[size] != ' ') size++;
  base_slice name = base_slice_make(line.data, size);
  if (size < line.size) {
    base_slice rest = base_slice_after(line, size + 1);
    (void)snprintf(class_name, sizeof class_name, "%.*s", BASE_SLICE_ARGS(rest));
  }
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    if (base_slice_is(name, places[i].name)) places[i].append(of, class_name);
  }
}

static void append_lines(contents *of, const unsigned char *text) {
  for (const char *at = (const char *)text; *at != '\0';) {
    size_t size = strcspn(at, "\n");
    if (strncmp(at, "--% ", 4) == 0) {
      append_place(of, base_slice_make(at + 4, size - 4));
    } else {
      base_buffer_append(of->out, at, size + 1);
    }
    at += size + 1;
  }
}

void script_stubs_append(const api_registry *registry, base_buffer *out) {
  contents of = {.arena = base_arena_new(), .out = out, .registry = registry};
  gather(&of);
  append_lines(&of, script_stubs_text);
  append_lines(&of, script_stubs_library_text);
  append_lines(&of, script_stubs_states_text);
  base_arena_free(of.arena);
}
