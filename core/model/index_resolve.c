#include "model/index_resolve.h"

#include "model/index.h"
#include "model/nested.h"
#include "model/where.h"

#define FIELDS_MAX (sizeof((model_index *)0)->fields / sizeof(data_field *))

/* Bytes of the longest part of a key for a value: a tag, and for texts an end. */
#define NUMBER_SIZE 9
#define DATE_SIZE (DATA_DATE_SIZE + 1)
#define PHONE_SIZE 32 /* up to 20 digits, a country's plus, an extension's x */
#define TEXT_SIZE(bytes) ((bytes) < DATA_KEY_TEXT_MAX ? (bytes) + 2 : DATA_KEY_TEXT_MAX + 2)

typedef struct resolving {
  const model_type *type;
  const model_index_definition *definition;
  base_error *error;
} resolving;

static base_code refuse(const resolving *r, const char *field, const char *zh, const char *en) {
  bool chinese = r->error->language == BASE_ZH;
  return base_error_set(r->error, BASE_VALIDATION_FAILED, field, "%s 的索引 %s：%s%s",
                        "index %2$s of %1$s: %3$s%4$s", r->type->name, r->definition->name, field,
                        chinese ? zh : en);
}

static size_t longest_choice(const data_field *field) {
  size_t longest = 0;
  for (const char *const *choice = field->choices; choice != NULL && *choice != NULL; choice++) {
    size_t size = strlen(*choice);
    if (size > longest) longest = size;
  }
  return TEXT_SIZE(longest);
}

/* A NUL in a text takes two bytes of a key. */
static size_t text_size(const data_field *field) {
  bool bounded = field->bounded && field->kind != DATA_KIND_TAGS && field->kind != DATA_KIND_LIST &&
                 field->max >= 0 && field->max < DATA_KEY_TEXT_MAX;
  return bounded ? TEXT_SIZE((size_t)field->max * 2) : TEXT_SIZE(DATA_KEY_TEXT_MAX);
}

/* 0 for a kind that has no order. */
static size_t part_size(const data_field *field) {
  switch (field->kind == DATA_KIND_LIST ? field->of : field->kind) {
    case DATA_KIND_BOOLEAN:
      return 1;
    case DATA_KIND_INTEGER:
    case DATA_KIND_MONEY:
    case DATA_KIND_DATETIME:
    case DATA_KIND_REFERENCE:
    case DATA_KIND_DURATION:
      return NUMBER_SIZE;
    case DATA_KIND_DATE:
      return DATE_SIZE;
    case DATA_KIND_LUNAR_DATE:
      return DATA_LUNAR_SIZE + 1;
    case DATA_KIND_PHONE:
      return PHONE_SIZE;
    case DATA_KIND_DECIMAL:
      return DATA_DECIMAL_KEY_SIZE + 1;
    case DATA_KIND_TREE:
      return TEXT_SIZE(DATA_TREE_MAX);
    case DATA_KIND_CHOICE:
    case DATA_KIND_STATES:
      return longest_choice(field);
    case DATA_KIND_LIST:
    case DATA_KIND_MAP:
    case DATA_KIND_FILE:
    case DATA_KIND_ANY:
      return 0;
    default:
      return text_size(field);
  }
}

static base_code resolve_field(const resolving *r, const char *name, model_index *index) {
  const data_field *field = model_nested_find(r->type, base_slice_text(name));
  if (field == NULL) return refuse(r, name, " 是不存在的字段", " is an unknown field");
  if (strcmp(name, "id") == 0) {
    return refuse(r, name, " 不必写：每个索引都以编号结尾",
                  " is not needed: every index ends with it");
  }
  if (part_size(field) == 0) {
    return refuse(r, name, " 的值没有顺序，不能建立索引", " has values without an order");
  }
  if (index->unique && field->kind == DATA_KIND_TREE) {
    return refuse(r, name, " 是路径：记录可以共处一地，不能唯一",
                  " is a path: records may be in one place, it cannot be unique");
  }
  for (size_t i = 0; i < index->count; i++) {
    if (index->fields[i] == field) return refuse(r, name, " 出现了两次", " is there twice");
    if (model_index_many(field) && model_index_many(index->fields[i])) {
      return refuse(r, name, " 是第二个多值字段；一个索引最多一个",
                    " is a second field of many values; an index has one at most");
    }
  }
  index->fields[index->count++] = field;
  return BASE_OK;
}

static base_code resolve_fields(const resolving *r, model_index *index) {
  for (const char *const *name = r->definition->fields; *name != NULL; name++) {
    if (index->count == FIELDS_MAX) return refuse(r, *name, " 是第七个字段", " is a seventh field");
    BASE_TRY(resolve_field(r, *name, index));
  }
  return index->count > 0 ? BASE_OK : refuse(r, "fields", " 是空的", " is empty");
}

static bool is_kept(const base_slice *kept, size_t count, base_slice name) {
  for (size_t i = 0; i < count; i++) {
    if (base_slice_equal(kept[i], name)) return true;
  }
  return false;
}

static base_code resolve_keeps(const resolving *r, base_arena *arena, model_index *index) {
  const char *const *keeps = r->definition->keeps;
  if (keeps[0] == NULL) return BASE_OK;
  if (index->unique) {
    return refuse(r, "keeps", " 不能用于唯一索引", " is not for unique indexes");
  }
  base_slice *kept = BASE_NEW_ARRAY(arena, base_slice, FIELDS_MAX + MODEL_KEEPS_MAX + 1);
  kept[index->kept_count++] = base_slice_text("id");
  index->kept = kept;
  for (size_t i = 0; i < index->count; i++) {
    kept[index->kept_count++] = base_slice_text(index->fields[i]->name);
  }
  for (; *keeps != NULL; keeps++) {
    base_slice name = base_slice_text(*keeps);
    if (model_type_field(r->type, name) == NULL) {
      return refuse(r, *keeps, " 是不存在的字段", " is an unknown field");
    }
    if (is_kept(kept, index->kept_count, name)) {
      return refuse(r, *keeps, " 已在索引行中", " is in the rows already");
    }
    kept[index->kept_count++] = name;
  }
  return BASE_OK;
}

/* The id comes last: a key that has no room for it would stand for several records. */
static base_code check_size(const resolving *r, const model_index *index) {
  size_t size =
      TEXT_SIZE(strlen(r->type->name)) + TEXT_SIZE(strlen(index->name)) + (size_t)NUMBER_SIZE;
  for (size_t i = 0; i < index->count; i++) {
    size += part_size(index->fields[i]);
    if (size > DATA_KEY_MAX) {
      return refuse(
          r, index->fields[i]->name,
          " 放不进索引键（480 字节）：请减少字段，或用 max 限制文本的字节数",
          " does not fit into the key of 480 bytes: name fewer fields, or bound the bytes "
          "of the texts by max");
    }
  }
  return BASE_OK;
}

static base_code resolve_where(const resolving *r, base_arena *arena, model_index *index) {
  base_slice where = model_where_from_terms(r->definition->where, arena);
  base_error inner = {.language = r->error->language};
  if (model_where_compile(r->type, where, arena, &index->where, &inner) == BASE_OK) return BASE_OK;
  return base_error_set(r->error, BASE_VALIDATION_FAILED, inner.field, "%s 的索引 %s 的 where：%s",
                        "where of index %2$s of %1$s: %3$s", r->type->name, r->definition->name,
                        inner.message);
}

base_code model_index_resolve(const model_type *type, const model_index_definition *definition,
                              base_arena *arena, model_index *index, base_error *error) {
  resolving r = {.type = type, .definition = definition, .error = error};
  *index = (model_index){
      .name = definition->name, .unique = definition->unique, .terms = definition->where};
  BASE_TRY(resolve_fields(&r, index));
  BASE_TRY(resolve_keeps(&r, arena, index));
  BASE_TRY(check_size(&r, index));
  return resolve_where(&r, arena, index);
}
