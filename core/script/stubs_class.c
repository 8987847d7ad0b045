/* stubs: field tables as classes. See stubs.h. */
#include "script/stubs.h"

void script_stubs_append_line(const char *text, base_buffer *out) {
  for (; text != NULL && *text != '\0'; text++) {
    base_buffer_byte(out, *text == '\n' || *text == '\r' ? (uint8_t)' ' : (uint8_t)*text);
  }
}

static void append_choices(const char *const *choices, base_buffer *out) {
  for (size_t i = 0; choices[i] != NULL; i++) {
    base_buffer_format(out, "%s\"%s\"", i == 0 ? "" : "|", choices[i]);
  }
}

/* What a value of the kind is in Lua. Maps with fields have a class of their own. */
static void append_kind(const char *class_name, const data_field *field, data_kind kind,
                        base_buffer *out) {
  switch (kind) {
    case DATA_KIND_TEXT:
    case DATA_KIND_PHONE:
    case DATA_KIND_EMAIL:
    case DATA_KIND_ADDRESS:
    case DATA_KIND_DECIMAL:
    case DATA_KIND_LUNAR_DATE:
    case DATA_KIND_TREE:
      base_buffer_text(out, "string");
      return;
    case DATA_KIND_INTEGER:
    case DATA_KIND_MONEY:
    case DATA_KIND_REFERENCE:
    case DATA_KIND_DURATION:
      base_buffer_text(out, "integer");
      return;
    case DATA_KIND_BOOLEAN:
      base_buffer_text(out, "boolean");
      return;
    case DATA_KIND_DATE:
      base_buffer_text(out, "crm.day");
      return;
    case DATA_KIND_DATETIME:
      base_buffer_text(out, "crm.instant");
      return;
    case DATA_KIND_CHOICE:
    case DATA_KIND_STATES:
      if (field->choices != NULL)
        append_choices(field->choices, out);
      else
        base_buffer_text(out, "string");
      return;
    case DATA_KIND_FILE:
      base_buffer_text(out, "{ sha256: string, size: integer, name: string, media: string }");
      return;
    case DATA_KIND_TAGS:
      base_buffer_text(out, "string[]");
      return;
    case DATA_KIND_MAP:
      if (field->fields != NULL)
        base_buffer_format(out, "%s.%s", class_name, field->name);
      else
        base_buffer_text(out, "table<string, any>");
      return;
    default:
      base_buffer_text(out, "any");
  }
}

static void append_type(const char *class_name, const data_field *field, base_buffer *out) {
  if (field->kind != DATA_KIND_LIST) {
    append_kind(class_name, field, field->kind, out);
    return;
  }
  bool several = field->of == DATA_KIND_CHOICE && field->choices != NULL;
  if (several) base_buffer_byte(out, '(');
  append_kind(class_name, field, field->of, out);
  base_buffer_text(out, several ? ")[]" : "[]");
}

static bool may_be_nil(const data_field *field, script_stubs_use use) {
  bool required = (field->flags & DATA_REQUIRED) != 0;
  bool begins = field->initial != NULL || field->kind == DATA_KIND_STATES;
  switch (use) {
    case SCRIPT_STUBS_RECORD:
    case SCRIPT_STUBS_CONFIG:
      return !required && !begins;
    case SCRIPT_STUBS_PARAMS:
      return !required;
    case SCRIPT_STUBS_RESULT:
      return false;
    default:
      return true;
  }
}

/* "customer" of "crm.values.customer" has the inner classes of "crm.record.customer". */
static const char *inner_name(const char *name, script_stubs_use use, base_arena *arena) {
  if (use != SCRIPT_STUBS_VALUES) return name;
  return base_arena_format(arena, "crm.record.%s", name + strlen("crm.values."));
}

static bool is_given(const char *text) {
  return text != NULL && text[0] != '\0';
}

/* " 客户 · customer. Who bought." */
static void append_words(const data_field *field, base_buffer *out) {
  const char *const words[] = {field->label_zh, field->label_en, field->doc};
  const char *between = " ";
  for (size_t i = 0; i < 3; i++) {
    if (!is_given(words[i])) continue;
    base_buffer_text(out, between);
    script_stubs_append_line(words[i], out);
    between = i == 0 && is_given(field->label_en) ? " · " : ". ";
  }
}

static void append_field(const char *inner, const data_field *field, script_stubs_use use,
                         base_buffer *out) {
  bool scalar = field->kind != DATA_KIND_LIST && field->kind != DATA_KIND_MAP &&
                field->kind != DATA_KIND_FILE;
  base_buffer_format(out, "---@field %s%s ", field->name, may_be_nil(field, use) ? "?" : "");
  if (use == SCRIPT_STUBS_WHERE && !scalar)
    base_buffer_text(out, "any");
  else
    append_type(inner, field, out);
  if (use == SCRIPT_STUBS_VALUES) base_buffer_text(out, "|crm.null");
  if (use == SCRIPT_STUBS_WHERE && scalar) base_buffer_text(out, "|crm.match");
  append_words(field, out);
  base_buffer_byte(out, '\n');
}

void script_stubs_append_class(const char *name, const char *parent, const data_field *fields,
                               script_stubs_use use, base_arena *arena, base_buffer *out) {
  bool own = use != SCRIPT_STUBS_VALUES && use != SCRIPT_STUBS_WHERE;
  const char *inner = inner_name(name, use, arena);
  for (const data_field *field = fields; own && field->name != NULL; field++) {
    if (field->fields == NULL) continue;
    script_stubs_append_class(base_arena_format(arena, "%s.%s", name, field->name), NULL,
                              field->fields, use, arena, out);
  }
  base_buffer_format(out, "\n---@class %s%s%s\n", name, parent == NULL ? "" : " : ",
                     parent == NULL ? "" : parent);
  for (const data_field *field = fields; field->name != NULL; field++) {
    append_field(inner, field, use, out);
  }
}
