#include "model/index.h"

#include "model/alias.h"
#include "model/changed.h"
#include "model/nested.h"
#include "model/permission.h"
#include "model/record.h"
#include "model/text.h"
#include "model/where.h"

bool model_index_many(const data_field *field) {
  return field->kind == DATA_KIND_TAGS || field->kind == DATA_KIND_LIST ||
         field->kind == DATA_KIND_TREE;
}

static bool text_to_keep(data_kind kind, base_slice text, base_buffer *scratch) {
  char number[DATA_DECIMAL_KEY_SIZE];
  base_buffer_clear(scratch);
  if (kind == DATA_KIND_PHONE) return data_phone_normal(text, scratch);
  data_decimal_key(text, number);
  base_buffer_text(scratch, number);
  return true;
}

data_value model_index_value(const data_field *field, data_value value, base_buffer *scratch) {
  data_kind kind = field->kind == DATA_KIND_LIST ? field->of : field->kind;
  bool kept_otherwise = kind == DATA_KIND_PHONE || kind == DATA_KIND_DECIMAL;
  if (!kept_otherwise || value.type != DATA_TEXT) return value;
  if (!text_to_keep(kind, value.as.bytes, scratch)) return value;
  data_value normal = {.type = DATA_TEXT, .as.bytes = base_buffer_slice(scratch)};
  return normal;
}

static void key_begin(const model_type *type, const model_index *index, data_key *key) {
  data_key_init(key);
  data_key_text(key, base_slice_text(type->name), DATA_KEY_HASH);
  data_key_text(key, base_slice_text(index->name), DATA_KEY_HASH);
}

static void key_add(const model_index *index, const data_field *field, data_value value,
                    data_key *key) {
  base_buffer scratch = {0};
  data_key_value(key, model_index_value(field, value, &scratch),
                 index->unique ? DATA_KEY_HASH : DATA_KEY_CUT);
  base_buffer_fini(&scratch);
}

/* `element` stands for the one field that holds many values, when the index has such a field. */
static bool row_key(const model_type *type, const model_index *index, base_slice record,
                    const data_value *element, data_key *key) {
  key_begin(type, index, key);
  for (size_t i = 0; i < index->count; i++) {
    data_value value = {0};
    if (element != NULL && model_index_many(index->fields[i]))
      value = *element;
    else
      data_map_find(record, index->fields[i]->name, &value);
    if (index->unique && value.type == DATA_NIL) return false;
    key_add(index, index->fields[i], value, key);
  }
  return true;
}

int64_t model_index_owner(const crm_ctx *ctx, const data_key *key) {
  base_slice value;
  if (!store_get(ctx->set, STORE_UNIQUE, data_key_slice(key), &value)) return 0;
  return data_peek(value).as.integer;
}

/* A record, and what became of it, which is asked once for all indexes. */
typedef struct standing_record {
  base_slice record;
  unsigned standing;
} standing_record;

static standing_record stand(base_slice record) {
  return (standing_record){
      .record = record, .standing = record.size == 0 ? MODEL_LIVE : model_record_standing(record)};
}

/* The rows that a record has in one index. */
typedef struct row_list {
  size_t count;
  data_key *keys;
} row_list;

static const data_field *many_field(const model_index *index) {
  for (size_t i = 0; i < index->count; i++) {
    if (model_index_many(index->fields[i])) return index->fields[i];
  }
  return NULL;
}

static bool has_row(const row_list *rows, const data_key *key) {
  for (size_t i = 0; i < rows->count; i++) {
    if (base_slice_equal(data_key_slice(&rows->keys[i]), data_key_slice(key))) return true;
  }
  return false;
}

/* Two elements may have one key: equal ones of a list, or long ones that begin alike. */
static void add_row(const model_type *type, const model_index *index, int64_t id, base_slice record,
                    const data_value *element, row_list *rows) {
  data_key *key = &rows->keys[rows->count];
  if (!row_key(type, index, record, element, key)) return;
  if (!index->unique) data_key_integer(key, id);
  if (!has_row(rows, key)) rows->count += 1;
}

/* Deleted records have a row in the bin's index and no other; those merged into another keep their
 * unique values and nothing else. */
static bool belongs(const model_index *index, unsigned standing) {
  if (standing == MODEL_LIVE) return !index->deleted;
  if (standing == MODEL_DELETED) return index->deleted;
  return standing == MODEL_MERGED && index->unique;
}

/* An array of the values for each of which the record has a row: a path has one for all that it is
 * under, so that `under` is found like a tag. */
static data_value elements_of(crm_ctx *ctx, const data_field *many, base_slice record) {
  data_value value = model_nested_value(record, many);
  base_buffer above = {0};
  if (many->kind != DATA_KIND_TREE || value.type != DATA_TEXT) return value;
  data_tree_append_above(value.as.bytes, &above);
  return data_peek(model_ctx_take(ctx, &above));
}

static row_list rows_of(crm_ctx *ctx, const model_type *type, const model_index *index, int64_t id,
                        const standing_record *of) {
  base_slice record = of->record;
  row_list rows = {0};
  if (record.size == 0 || !belongs(index, of->standing)) return rows;
  if (!model_where_match(index->where, record)) return rows;
  const data_field *many = many_field(index);
  data_value list = {0};
  if (many != NULL) list = elements_of(ctx, many, record);
  size_t most = many == NULL ? 1 : list.type == DATA_ARRAY ? list.as.count : 0;
  rows.keys = base_arena_alloc(ctx->arena, (most + 1) * sizeof *rows.keys);
  if (many == NULL) {
    add_row(type, index, id, record, NULL, &rows);
    return rows;
  }
  data_walk walk = data_walk_begin(list.raw);
  while (most > 0 && data_walk_next(&walk)) {
    data_value element = model_nested_element(many, walk.value);
    if (element.type != DATA_NIL) add_row(type, index, id, record, &element, &rows);
  }
  return rows;
}

/* That the value is taken cannot be kept from whoever wants to write it; by what can. */
static base_code duplicate_unseen(crm_ctx *ctx, const model_index *index) {
  const char *field = index->fields[0]->name;
  return model_ctx_fail(ctx, BASE_DUPLICATE, field, "%s 的值已被使用",
                        "%s has a value that is used already", field);
}

static base_code duplicate(crm_ctx *ctx, const model_type *type, const model_index *index,
                           int64_t owner) {
  owner = model_alias_root(ctx, type, owner);
  if (!model_permission_tells(ctx, type, owner)) return duplicate_unseen(ctx, index);
  base_buffer data = {0};
  data_append_map(&data, 2);
  data_append_pair_text(&data, "type", type->name);
  data_append_pair_integer(&data, "id", owner);
  const data_field *field = index->fields[0];
  base_code code =
      model_ctx_fail(ctx, BASE_DUPLICATE, field->name, "%s 的值已被编号 %lld 的 %s 使用",
                     "%s has a value that number %lld of %s already uses", field->name,
                     (long long)owner, type->name);
  ctx->error->data = model_ctx_take(ctx, &data);
  return code;
}

/* What the record's rows in the index hold. */
static base_slice row_value(crm_ctx *ctx, const model_index *index, int64_t id, base_slice record) {
  base_buffer value = {0};
  if (index->kept_count > 0)
    data_pick(record, index->kept, index->kept_count, &value);
  else
    data_append_integer(&value, id);
  return model_ctx_take(ctx, &value);
}

int64_t model_index_row_id(base_slice value) {
  data_value row = data_peek(value);
  return row.type == DATA_INTEGER ? row.as.integer : data_map_integer(value, "id", 0);
}

bool model_index_keeps(const model_index *index, base_slice field) {
  for (size_t i = 0; i < index->kept_count; i++) {
    if (base_slice_equal(index->kept[i], field)) return true;
  }
  return false;
}

static base_code put_row(crm_ctx *ctx, const model_type *type, const model_index *index, int64_t id,
                         const data_key *key, base_slice value) {
  if (index->unique) {
    int64_t owner = model_index_owner(ctx, key);
    if (owner != 0 && owner != id) return duplicate(ctx, type, index, owner);
  }
  return store_put(ctx->set, index->unique ? STORE_UNIQUE : STORE_INDEX, data_key_slice(key), value,
                   ctx->error);
}

static base_code update_one(crm_ctx *ctx, const model_type *type, const model_index *index,
                            int64_t id, const standing_record *before,
                            const standing_record *after) {
  store_table table = index->unique ? STORE_UNIQUE : STORE_INDEX;
  row_list old = rows_of(ctx, type, index, id, before);
  row_list new = rows_of(ctx, type, index, id, after);
  for (size_t i = 0; i < old.count; i++) {
    if (has_row(&new, &old.keys[i])) continue;
    BASE_TRY(store_delete(ctx->set, table, data_key_slice(&old.keys[i]), ctx->error));
  }
  if (new.count == 0) return BASE_OK;
  base_slice value = row_value(ctx, index, id, after->record);
  bool kept = old.count == 0 || index->kept_count == 0 ||
              base_slice_equal(row_value(ctx, index, id, before->record), value);
  for (size_t i = 0; i < new.count; i++) {
    if (kept && has_row(&old, &new.keys[i])) continue;
    BASE_TRY(put_row(ctx, type, index, id, &new.keys[i], value));
  }
  return BASE_OK;
}

/* Whether the record's rows in the index may be others now. */
static bool follows(const model_index *index, const model_changed *changed) {
  for (size_t i = 0; i < index->count; i++) {
    if (model_changed_has(changed, base_slice_text(index->fields[i]->name))) return true;
  }
  for (const model_term *term = index->terms; term != NULL && term->field != NULL; term++) {
    if (model_changed_has(changed, base_slice_text(term->field))) return true;
  }
  for (size_t i = 0; i < index->kept_count; i++) {
    if (model_changed_has(changed, index->kept[i])) return true;
  }
  return false;
}

base_code model_index_update(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                             base_slice after) {
  standing_record old = stand(before);
  standing_record new = stand(after);
  model_changed changed = model_changed_find(before, after);
  changed.all = changed.all || old.standing != new.standing;
  for (size_t i = 0; i < type->index_count; i++) {
    if (!follows(&type->indexes[i], &changed)) continue;
    BASE_TRY(update_one(ctx, type, &type->indexes[i], id, &old, &new));
  }
  base_slice none = {0};
  return model_text_update(ctx, type, id, old.standing == MODEL_LIVE ? before : none,
                           new.standing == MODEL_LIVE ? after : none, &changed);
}

void model_index_each(crm_ctx *ctx, const model_type *type, int64_t id, base_slice record,
                      void (*visit)(const model_index *index, const data_key *key, base_slice value,
                                    void *self),
                      void *self) {
  standing_record stored = stand(record);
  for (size_t i = 0; i < type->index_count; i++) {
    const model_index *index = &type->indexes[i];
    row_list rows = rows_of(ctx, type, index, id, &stored);
    if (rows.count == 0) continue;
    base_slice value = row_value(ctx, index, id, record);
    for (size_t row = 0; row < rows.count; row++) visit(index, &rows.keys[row], value, self);
  }
}
