#include "model/where.h"

#include "model/index.h"
#include "model/nested.h"
#include "model/where_actor.h"

/* Alternatives inside alternatives: more than this is a mistake, not a question. */
#define WHERE_DEPTH 8

typedef struct compiler {
  const model_type *type;
  const model_values *values; /* NULL: "$user" is a text like others */
  base_arena *arena;
  base_error *error;
  unsigned depth;
} compiler;

static const struct {
  const char *name;
  model_operator op;
} operators[] = {
    {"eq", MODEL_EQ},
    {"ne", MODEL_NE},
    {"lt", MODEL_LT},
    {"le", MODEL_LE},
    {"gt", MODEL_GT},
    {"ge", MODEL_GE},
    {"in", MODEL_IN},
    {"between", MODEL_BETWEEN},
    {"starts", MODEL_STARTS},
    {"ends", MODEL_ENDS},
    {"contains", MODEL_CONTAINS},
    {"under", MODEL_UNDER},
    {"is_null", MODEL_IS_NULL},
};

static base_code too_deep(compiler *c) {
  return base_error_set(c->error, BASE_INVALID_ARGUMENT, "where",
                        "where 应为字段到条件的映射，最多嵌套 %d 层",
                        "where is a map of fields to conditions, at most %d deep", WHERE_DEPTH);
}

static base_code unknown_field(compiler *c, base_slice name) {
  base_slice near = model_type_nearest(c->type, name);
  char *field = base_arena_text(c->arena, name);
  if (near.size == 0) {
    return base_error_set(c->error, BASE_INVALID_ARGUMENT, field, "%s 没有字段 %s",
                          "%s has no field %s", c->type->name, field);
  }
  return base_error_set(c->error, BASE_INVALID_ARGUMENT, field, "%s 没有字段 %s，是否指 %.*s？",
                        "%s has no field %s; did you mean %.*s?", c->type->name, field,
                        BASE_SLICE_ARGS(near));
}

/* Of tags and lists one element is compared. */
static data_kind compared_kind(const data_field *field) {
  if (field->kind == DATA_KIND_TAGS) return DATA_KIND_TEXT;
  return field->kind == DATA_KIND_LIST ? field->of : field->kind;
}

static data_type wanted_type(const data_field *field) {
  switch (compared_kind(field)) {
    case DATA_KIND_INTEGER:
    case DATA_KIND_MONEY:
    case DATA_KIND_DATETIME:
    case DATA_KIND_REFERENCE:
    case DATA_KIND_DURATION:
      return DATA_INTEGER;
    case DATA_KIND_BOOLEAN:
      return DATA_BOOLEAN;
    case DATA_KIND_MAP:
    case DATA_KIND_FILE:
    case DATA_KIND_ANY:
    case DATA_KIND_LIST:
      return DATA_NIL;
    default:
      return DATA_TEXT;
  }
}

static base_code wrong_value(compiler *c, const data_field *field) {
  return base_error_set(c->error, BASE_INVALID_ARGUMENT, field->name,
                        "条件中 %s 的值类型不对，应为 %s",
                        "the condition on %s needs a value of kind %s", field->name,
                        data_kind_name(compared_kind(field)));
}

static base_code not_text(compiler *c, const data_field *field) {
  return base_error_set(c->error, BASE_INVALID_ARGUMENT, field->name,
                        "starts、ends、contains 只用于文本字段和文本值；%s 的类型是 %s",
                        "starts, ends and contains take a text and a field of texts; %s is %s",
                        field->name, data_kind_name(field->kind));
}

/* The text in the form in which records hold it, for kinds that have one of their own; false when the
 * text is no such value. */
static bool read_text(data_kind kind, base_slice typed, base_buffer *out) {
  char number[DATA_DECIMAL_SIZE];
  char date[DATA_LUNAR_SIZE];
  data_lunar lunar;
  if (kind == DATA_KIND_TREE) return data_tree_read(typed, out);
  if (kind == DATA_KIND_DECIMAL) {
    if (!data_decimal_read(typed, number)) return false;
    base_buffer_text(out, number);
    return true;
  }
  if (!data_lunar_read(typed, &lunar)) return false;
  data_lunar_format(lunar, date);
  base_buffer_text(out, date);
  return true;
}

/* The given value as records of the field would hold it. */
static base_code as_stored(compiler *c, const data_field *field, data_value *given) {
  data_kind kind = compared_kind(field);
  bool number = kind == DATA_KIND_DECIMAL && given->type == DATA_INTEGER;
  bool formed = kind == DATA_KIND_DECIMAL || kind == DATA_KIND_LUNAR_DATE || kind == DATA_KIND_TREE;
  if (!number && (!formed || given->type != DATA_TEXT)) return BASE_OK;
  base_buffer text = {0};
  base_buffer packed = {0};
  bool valid = true;
  if (number)
    base_buffer_format(&text, "%lld", (long long)given->as.integer);
  else
    valid = read_text(kind, given->as.bytes, &text);
  data_append_slice(&packed, base_buffer_slice(&text));
  *given = data_peek(base_arena_slice(c->arena, base_buffer_slice(&packed)));
  base_buffer_fini(&text);
  base_buffer_fini(&packed);
  return valid ? BASE_OK : wrong_value(c, field);
}

/* One operand, checked against the field and brought into the form that indexes keep. */
static base_code operand(compiler *c, const data_field *field, data_value given,
                         data_value *value) {
  data_type wanted = wanted_type(field);
  BASE_TRY(as_stored(c, field, &given));
  if (wanted == DATA_NIL) {
    return base_error_set(c->error, BASE_INVALID_ARGUMENT, field->name, "字段 %s 不能用于条件",
                          "%s cannot be used in a condition", field->name);
  }
  if (given.type != DATA_NIL && given.type != wanted) return wrong_value(c, field);
  base_buffer scratch = {0};
  data_value normal = model_index_value(field, given, &scratch);
  if (scratch.size > 0) {
    normal.as.bytes = base_arena_slice(c->arena, normal.as.bytes);
    base_buffer text = {0};
    data_append_slice(&text, normal.as.bytes);
    normal.raw = base_arena_slice(c->arena, base_buffer_slice(&text));
    base_buffer_fini(&text);
  }
  base_buffer_fini(&scratch);
  *value = normal;
  return BASE_OK;
}

/* An array of operands, made again in the arena in the form that indexes keep. */
static base_code operands(compiler *c, const data_field *field, data_value given, size_t exactly,
                          data_value *value) {
  if (given.type != DATA_ARRAY || (exactly > 0 && given.as.count != exactly)) {
    return base_error_set(c->error, BASE_INVALID_ARGUMENT, field->name,
                          "条件中 %s 需要一个列表（between 恰好两个值）",
                          "the condition on %s needs a list (between: exactly two values)",
                          field->name);
  }
  base_buffer list = {0};
  data_append_array(&list, given.as.count);
  data_walk walk = data_walk_begin(given.raw);
  base_code code = BASE_OK;
  while (code == BASE_OK && data_walk_next(&walk)) {
    data_value one = {0};
    code = operand(c, field, walk.value, &one);
    if (code == BASE_OK && one.type == DATA_NIL)
      data_append_nil(&list);
    else if (code == BASE_OK)
      data_append_raw(&list, one.raw);
  }
  *value = data_peek(base_arena_slice(c->arena, base_buffer_slice(&list)));
  base_buffer_fini(&list);
  return code;
}

static bool has_parts(const data_field *field) {
  return wanted_type(field) == DATA_TEXT && compared_kind(field) != DATA_KIND_DECIMAL;
}

static base_code not_path(compiler *c, const data_field *field) {
  return base_error_set(c->error, BASE_INVALID_ARGUMENT, field->name,
                        "under 只用于树（tree）字段和路径文本，如 山东/济南；%s 的类型是 %s",
                        "under takes a path, such as 山东/济南, and a tree field; %s is %s",
                        field->name, data_kind_name(field->kind));
}

static base_code compile_test(compiler *c, const data_field *field, model_operator op,
                              data_value given, model_test *test) {
  BASE_TRY(model_where_actor(c->values, field, wanted_type(field) == DATA_INTEGER, c->arena, &op,
                             &given, c->error));
  *test = (model_test){.field = field, .path = field->name, .op = op};
  switch (op) {
    case MODEL_IN:
      return operands(c, field, given, 0, &test->value);
    case MODEL_BETWEEN:
      return operands(c, field, given, 2, &test->value);
    case MODEL_IS_NULL:
      if (given.type != DATA_BOOLEAN) {
        return base_error_set(c->error, BASE_INVALID_ARGUMENT, field->name,
                              "%s 的 is_null 只能是 true 或 false",
                              "is_null on %s takes true or false", field->name);
      }
      test->value = given;
      return BASE_OK;
    case MODEL_STARTS:
    case MODEL_ENDS:
    case MODEL_CONTAINS:
      /* Parts of a text are not normalised: the end of a phone number is no phone number. */
      if (given.type != DATA_TEXT || !has_parts(field)) return not_text(c, field);
      test->value = given;
      return BASE_OK;
    case MODEL_UNDER:
      if (given.type != DATA_TEXT || compared_kind(field) != DATA_KIND_TREE) {
        return not_path(c, field);
      }
      return operand(c, field, given, &test->value);
    default:
      return operand(c, field, given, &test->value);
  }
}

static base_code find_operator(compiler *c, const data_field *field, base_slice name,
                               model_operator *op) {
  for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
    if (base_slice_is(name, operators[i].name)) {
      *op = operators[i].op;
      return BASE_OK;
    }
  }
  return base_error_set(
      c->error, BASE_INVALID_ARGUMENT, field->name,
      "%s：未知的运算符 %.*s；可用：eq ne lt le gt ge in between starts ends contains under "
      "is_null",
      "%s: unknown operator %.*s; there are eq ne lt le gt ge in between starts ends "
      "contains under is_null",
      field->name, BASE_SLICE_ARGS(name));
}

static base_code compile_map(compiler *c, base_slice where, model_where *out);

static base_code compile_any(compiler *c, data_value list, model_any *any) {
  if (list.type != DATA_ARRAY || list.as.count == 0) {
    return base_error_set(c->error, BASE_INVALID_ARGUMENT, "any", "any 需要一个非空的条件列表",
                          "any needs a list of at least one condition");
  }
  model_where *alternatives = BASE_NEW_ARRAY(c->arena, model_where, list.as.count);
  data_walk walk = data_walk_begin(list.raw);
  for (size_t i = 0; data_walk_next(&walk); i++) {
    BASE_TRY(compile_map(c, walk.value.raw, &alternatives[i]));
  }
  *any = (model_any){.count = list.as.count, .alternatives = alternatives};
  return BASE_OK;
}

/* A name that the where gives is no field of the type, so that it can only mean segments. */
static bool is_segment(const compiler *c, base_slice name) {
  return base_slice_is(name, "segment") && model_type_field(c->type, name) == NULL;
}

/* Calls `visit` for the where of each segment that the value names. */
static base_code each_segment(compiler *c, data_value names,
                              base_code (*visit)(compiler *c, base_slice where, void *self),
                              void *self) {
  data_walk walk = data_walk_begin(names.type == DATA_ARRAY ? names.raw : (base_slice){0});
  bool one = names.type == DATA_TEXT;
  while (one || (names.type == DATA_ARRAY && data_walk_next(&walk))) {
    base_slice name = one ? names.as.bytes : walk.value.as.bytes;
    const model_segment *segment = model_type_segment(c->type, name);
    if (segment == NULL) {
      return base_error_set(c->error, BASE_INVALID_ARGUMENT, "segment", "%s 没有名为 %.*s 的分组",
                            "%s has no segment %.*s", c->type->name, BASE_SLICE_ARGS(name));
    }
    if (c->depth >= WHERE_DEPTH) return too_deep(c);
    c->depth += 1;
    BASE_TRY(visit(c, segment->where, self));
    c->depth -= 1;
    if (one) return BASE_OK;
  }
  return BASE_OK;
}

typedef struct parts {
  size_t tests;
  size_t anys;
  model_test *test;
  model_any *any;
  model_where *out;
} parts;

/* How many tests and groups a where map makes, so that their arrays can be allocated at once. */
static base_code count_parts(compiler *c, base_slice where, void *self) {
  parts *p = self;
  data_walk walk = data_walk_begin(where);
  while (data_walk_next(&walk)) {
    if (base_slice_is(walk.key.as.bytes, "any")) {
      p->anys += 1;
    } else if (is_segment(c, walk.key.as.bytes)) {
      BASE_TRY(each_segment(c, walk.value, count_parts, p));
    } else {
      p->tests += walk.value.type == DATA_MAP ? walk.value.as.count : 1;
    }
  }
  return BASE_OK;
}

static base_code compile_field(compiler *c, base_slice name, data_value condition,
                               model_test *tests, size_t *count) {
  const data_field *field = model_nested_find(c->type, name);
  if (field == NULL) return unknown_field(c, name);
  if (condition.type != DATA_MAP) {
    return compile_test(c, field, MODEL_EQ, condition, &tests[(*count)++]);
  }
  data_walk walk = data_walk_begin(condition.raw);
  while (data_walk_next(&walk)) {
    model_operator op = MODEL_EQ;
    BASE_TRY(find_operator(c, field, walk.key.as.bytes, &op));
    BASE_TRY(compile_test(c, field, op, walk.value, &tests[(*count)++]));
  }
  return BASE_OK;
}

static base_code compile_parts(compiler *c, base_slice where, void *self) {
  parts *p = self;
  data_walk walk = data_walk_begin(where);
  while (data_walk_next(&walk)) {
    if (base_slice_is(walk.key.as.bytes, "any")) {
      BASE_TRY(compile_any(c, walk.value, &p->any[p->out->any_count++]));
    } else if (is_segment(c, walk.key.as.bytes)) {
      BASE_TRY(each_segment(c, walk.value, compile_parts, p));
    } else {
      BASE_TRY(compile_field(c, walk.key.as.bytes, walk.value, p->test, &p->out->test_count));
    }
  }
  return BASE_OK;
}

static base_code compile_map(compiler *c, base_slice where, model_where *out) {
  parts p = {.out = out};
  if (data_peek(where).type != DATA_MAP || c->depth >= WHERE_DEPTH) return too_deep(c);
  BASE_TRY(count_parts(c, where, &p));
  p.test = BASE_NEW_ARRAY(c->arena, model_test, p.tests + 1);
  p.any = BASE_NEW_ARRAY(c->arena, model_any, p.anys + 1);
  *out = (model_where){.tests = p.test, .anys = p.any};
  c->depth += 1;
  BASE_TRY(compile_parts(c, where, &p));
  c->depth -= 1;
  return BASE_OK;
}

base_code model_where_compile_for(const model_type *type, base_slice where,
                                  const model_values *values, base_arena *arena,
                                  const model_where **compiled, base_error *error) {
  model_where *made = BASE_NEW(arena, model_where);
  *compiled = made;
  if (where.size == 0 || data_peek(where).type == DATA_NIL) return BASE_OK;
  compiler c = {.type = type, .values = values, .arena = arena, .error = error};
  return compile_map(&c, where, made);
}

base_code model_where_compile(const model_type *type, base_slice where, base_arena *arena,
                              const model_where **compiled, base_error *error) {
  return model_where_compile_for(type, where, NULL, arena, compiled, error);
}

/* Whether an earlier term is on the same field. */
static bool came_before(const model_term *terms, const model_term *term) {
  for (; terms != term; terms++) {
    if (strcmp(terms->field, term->field) == 0) return true;
  }
  return false;
}

static void append_term(const model_term *term, base_buffer *out) {
  const char *field = term->field;
  data_append_text(out, field);
  data_append_map(out, 1);
  data_append_text(out, "in");
  size_t list = data_append_open_array(out);
  size_t values = 0;
  for (; term->field != NULL; term++) {
    if (strcmp(term->field, field) != 0) continue;
    data_append_text(out, term->value);
    values += 1;
  }
  data_append_close(out, list, values);
}

base_slice model_where_from_terms(const model_term *terms, base_arena *arena) {
  if (terms == NULL || terms[0].field == NULL) return (base_slice){0};
  base_buffer out = {0};
  size_t place = data_append_open_map(&out);
  size_t pairs = 0;
  for (const model_term *term = terms; term->field != NULL; term++) {
    if (came_before(terms, term)) continue;
    append_term(term, &out);
    pairs += 1;
  }
  data_append_close(&out, place, pairs);
  base_slice made = base_arena_slice(arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}
