/* field: a table of fields read from msgpack. See field.h; appending is in field_append.c.
 *
 * Memory:  what is read lives in the caller's arena.  Threads: any.
 * Fails:   VALIDATION_FAILED with the path "phone.kind". */
#include <inttypes.h>
#include <stdio.h>

#include "data/append.h"
#include "data/states.h"
#include "data/text.h"
#include "data/validate.h"

#define NAME_MAX_BYTES 64

/* The form of a field, itself described by fields: the validator names what is wrong with one. */
static const char *const kind_names[] = {
#define KIND_NAME(upper, lower) #lower,
    DATA_KINDS(KIND_NAME)
#undef KIND_NAME
        NULL};

static const data_field label_form[] = {
    {.name = "zh", .kind = DATA_KIND_TEXT},
    {.name = "en", .kind = DATA_KIND_TEXT},
    {0},
};

static const data_field form[] = {
    {.name = "name", .kind = DATA_KIND_TEXT},
    {.name = "kind", .kind = DATA_KIND_CHOICE, .flags = DATA_REQUIRED, .choices = kind_names},
    {.name = "required", .kind = DATA_KIND_BOOLEAN},
    {.name = "unique", .kind = DATA_KIND_BOOLEAN},
    {.name = "index", .kind = DATA_KIND_BOOLEAN},
    {.name = "search", .kind = DATA_KIND_BOOLEAN},
    {.name = "personal", .kind = DATA_KIND_BOOLEAN},
    {.name = "readonly", .kind = DATA_KIND_BOOLEAN},
    {.name = "label", .kind = DATA_KIND_MAP, .fields = label_form},
    {.name = "doc", .kind = DATA_KIND_TEXT},
    {.name = "choices", .kind = DATA_KIND_TAGS},
    {.name = "transitions", .kind = DATA_KIND_MAP},
    {.name = "clocks", .kind = DATA_KIND_ANY},
    {.name = "to", .kind = DATA_KIND_TEXT},
    {.name = "of", .kind = DATA_KIND_CHOICE, .choices = kind_names},
    {.name = "fields", .kind = DATA_KIND_ANY},
    {.name = "default", .kind = DATA_KIND_ANY},
    {.name = "min", .kind = DATA_KIND_INTEGER},
    {.name = "max", .kind = DATA_KIND_INTEGER},
    {0},
};

typedef struct field_parts {
  base_arena *arena;
  base_error *error;
  base_slice map; /* one field in its checked form */
} field_parts;

static base_code refuse(const field_parts *parts, const char *part, const char *zh,
                        const char *en) {
  return base_error_set(parts->error, BASE_VALIDATION_FAILED, part, "%s", "%s",
                        parts->error->language == BASE_EN ? en : zh);
}

static const char *read_text(const field_parts *parts, base_slice map, const char *key) {
  data_value value;
  if (!data_map_find(map, key, &value)) return NULL;
  return base_arena_text(parts->arena, value.as.bytes);
}

static base_code read_name(const field_parts *parts, base_slice key, data_field *field) {
  base_slice name = key.size > 0 ? key : data_map_text(parts->map, "name");
  bool valid = name.size > 0 && name.size <= NAME_MAX_BYTES;
  for (size_t i = 0; i < name.size && valid; i++) {
    uint8_t c = name.data[i];
    valid = (c >= 'a' && c <= 'z') || c >= 0x80 || (i > 0 && ((c >= '0' && c <= '9') || c == '_'));
  }
  if (!valid) {
    return refuse(
        parts, "name", "字段名用汉字或小写字母开头，其余还可用数字和下划线，最多 64 字节",
        "a field's name begins with a Chinese or a small letter and has letters, digits and "
        "underscores, at most 64 bytes");
  }
  field->name = base_arena_text(parts->arena, name);
  return BASE_OK;
}

static void read_flags(const field_parts *parts, data_field *field) {
  for (size_t i = 0; i < DATA_FLAG_COUNT; i++) {
    unsigned flag = 1u << i;
    if (data_map_boolean(parts->map, data_flag_name(flag), false)) field->flags |= flag;
  }
}

static void read_texts(const field_parts *parts, data_field *field) {
  data_value label;
  data_map_find(parts->map, "label", &label);
  field->label_zh = read_text(parts, label.raw, "zh");
  field->label_en = read_text(parts, label.raw, "en");
  field->doc = read_text(parts, parts->map, "doc");
  field->to = read_text(parts, parts->map, "to");
}

static base_code read_kinds(const field_parts *parts, data_field *field) {
  bool known = data_kind_find(data_map_text(parts->map, "kind"), &field->kind);
  base_slice of = data_map_text(parts->map, "of");
  known = known && (of.size == 0 || data_kind_find(of, &field->of));
  data_kind element = field->kind == DATA_KIND_LIST ? field->of : field->kind;
  if (!known || (field->kind == DATA_KIND_LIST && of.size == 0)) {
    return refuse(parts, "of", "列表须用 of 指明元素的种类",
                  "a list says in `of` what its elements are");
  }
  if (of.size > 0 && (element == DATA_KIND_LIST || element == DATA_KIND_TAGS)) {
    return refuse(parts, "of", "列表的元素不能是列表或标签", "a list cannot hold lists or tags");
  }
  if (element == DATA_KIND_REFERENCE && field->to == NULL) {
    return refuse(parts, "to", "引用须用 to 指明所引用的类型",
                  "a reference names its type in `to`");
  }
  return BASE_OK;
}

static base_code read_choices(const field_parts *parts, data_field *field) {
  data_value list;
  data_kind element = field->kind == DATA_KIND_LIST ? field->of : field->kind;
  data_map_find(parts->map, "choices", &list);
  bool needed = element == DATA_KIND_CHOICE || element == DATA_KIND_STATES;
  uint32_t count = list.type == DATA_ARRAY ? list.as.count : 0;
  if (needed != (count > 0)) {
    return refuse(parts, "choices", "选项（choice）和状态（states）须列出 choices，其他种类没有",
                  "choice and states list their `choices`; other kinds have none");
  }
  if (count == 0) return BASE_OK;
  const char **choices = BASE_NEW_ARRAY(parts->arena, const char *, count + 1);
  data_walk walk = data_walk_begin(list.raw);
  while (data_walk_next(&walk)) {
    choices[walk.index] = base_arena_text(parts->arena, walk.value.as.bytes);
  }
  field->choices = choices;
  return BASE_OK;
}

static base_code read_fields(const field_parts *parts, data_field *field) {
  data_value list;
  data_kind element = field->kind == DATA_KIND_LIST ? field->of : field->kind;
  if (!data_map_find(parts->map, "fields", &list)) return BASE_OK;
  if (element != DATA_KIND_MAP) {
    return refuse(parts, "fields", "只有映射（map）及其列表才有 fields",
                  "only maps and lists of maps have `fields`");
  }
  return data_field_read(list.raw, parts->arena, &field->fields, parts->error);
}

static base_code read_bounds(const field_parts *parts, data_field *field) {
  data_value min, max;
  bool has_min = data_map_find(parts->map, "min", &min);
  bool has_max = data_map_find(parts->map, "max", &max);
  field->bounded = has_min || has_max;
  if (!field->bounded) return BASE_OK;
  field->min = has_min ? min.as.integer : INT64_MIN;
  field->max = has_max ? max.as.integer : INT64_MAX;
  if (field->min <= field->max) return BASE_OK;
  return refuse(parts, "min", "min 不得大于 max", "min may not be greater than max");
}

static base_code keep_default(const field_parts *parts, data_field *field, data_value value) {
  bool container = value.type == DATA_ARRAY || value.type == DATA_MAP;
  if (value.type == DATA_INTEGER) {
    field->initial = base_arena_format(parts->arena, "%" PRId64, value.as.integer);
  } else if (value.type == DATA_BOOLEAN) {
    field->initial = value.as.boolean ? "true" : "false";
  } else if (value.type == DATA_TEXT) {
    field->initial = base_arena_text(parts->arena, value.as.bytes);
  } else if (container && value.as.count == 0) {
    field->initial = "";
  } else {
    return refuse(parts, "default", "默认值可以是文本、整数、布尔值，或空的数组、映射",
                  "a default is a text, an integer, a boolean, or an empty array or map");
  }
  return BASE_OK;
}

/* The default must itself pass the field; only then is it kept, as text. */
static base_code read_default(const field_parts *parts, data_field *field) {
  data_value value;
  if (!data_map_find(parts->map, "default", &value)) return BASE_OK;
  data_field alone[] = {*field, {0}};
  alone[0].name = "default";
  alone[0].flags = 0;
  base_buffer given = {0};
  base_buffer checked = {0};
  data_append_map(&given, 1);
  data_append_pair_raw(&given, "default", value.raw);
  base_code code = data_validate(alone, base_buffer_slice(&given), 0, BASE_VALIDATION_FAILED,
                                 &checked, parts->error);
  if (code == BASE_OK) {
    data_map_find(base_buffer_slice(&checked), "default", &value);
    code = keep_default(parts, field, value);
  }
  base_buffer_fini(&given);
  base_buffer_fini(&checked);
  return code;
}

static base_code read_parts(const field_parts *parts, base_slice key, data_field *field) {
  BASE_TRY(read_name(parts, key, field));
  read_flags(parts, field);
  read_texts(parts, field);
  BASE_TRY(read_kinds(parts, field));
  BASE_TRY(read_choices(parts, field));
  BASE_TRY(data_states_read(parts->map, parts->arena, field, parts->error));
  BASE_TRY(read_fields(parts, field));
  BASE_TRY(read_bounds(parts, field));
  return read_default(parts, field);
}

/* `key` is the field's name where the table is a map, else empty. */
static base_code read_field(base_slice key, base_slice given, base_arena *arena, data_field *field,
                            base_error *error) {
  base_buffer checked = {0};
  base_code code = data_validate(form, given, 0, BASE_VALIDATION_FAILED, &checked, error);
  if (code == BASE_OK) {
    field_parts parts = {.arena = arena, .error = error, .map = base_buffer_slice(&checked)};
    code = read_parts(&parts, key, field);
  }
  base_buffer_fini(&checked);
  return code;
}

/* Puts the field's name, or else its place, before the part at fault. */
static base_code within_field(const data_walk *walk, base_code code, base_error *error) {
  char step[NAME_MAX_BYTES + 1];
  base_slice name = walk->map ? walk->key.as.bytes : data_map_text(walk->value.raw, "name");
  if (name.size > 0) {
    (void)snprintf(step, sizeof step, "%.*s", BASE_SLICE_ARGS(data_text_cut(name, NAME_MAX_BYTES)));
  } else {
    (void)snprintf(step, sizeof step, "[%" PRIu32 "]", walk->index);
  }
  base_error_within(error, step);
  return code;
}

base_code data_field_read(base_slice list, base_arena *arena, const data_field **fields,
                          base_error *error) {
  data_value table = data_peek(list);
  if (table.type != DATA_ARRAY && table.type != DATA_MAP) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "fields",
                          "字段表应为字段的数组，或字段名到字段的映射",
                          "fields are an array of fields, or a map of names to fields");
  }
  data_field *made = BASE_NEW_ARRAY(arena, data_field, (size_t)table.as.count + 1);
  data_walk walk = data_walk_begin(list);
  while (data_walk_next(&walk)) {
    data_field field = {0};
    base_slice key = walk.map ? walk.key.as.bytes : base_slice_make(NULL, 0);
    base_code code = read_field(key, walk.value.raw, arena, &field, error);
    if (code == BASE_OK && data_field_find(made, base_slice_text(field.name)) != NULL) {
      code = base_error_set(error, BASE_VALIDATION_FAILED, "name", "字段“%s”出现了两次",
                            "the field \"%s\" is there twice", field.name);
    }
    if (code != BASE_OK) return within_field(&walk, code, error);
    made[walk.index] = field;
  }
  *fields = made;
  return BASE_OK;
}
