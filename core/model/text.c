#include "model/text.h"

#include "model/gram.h"

bool model_text_phones(const data_field *field) {
  return field->kind == DATA_KIND_PHONE ||
         (field->kind == DATA_KIND_LIST && field->of == DATA_KIND_PHONE);
}

bool model_text_searches(const model_type *type) {
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    if (model_text_searched(field)) return true;
  }
  return false;
}

void model_text_values(const data_field *field, base_slice record,
                       void (*visit)(const data_field *field, base_slice text, void *self),
                       void *self) {
  data_value value;
  if (!data_map_find(record, field->name, &value)) return;
  if (value.type == DATA_TEXT) visit(field, value.as.bytes, self);
  if (value.type != DATA_ARRAY) return;
  data_walk walk = data_walk_begin(value.raw);
  while (data_walk_next(&walk)) {
    if (walk.value.type == DATA_TEXT) visit(field, walk.value.as.bytes, self);
  }
}

base_slice model_text_digits(base_slice phone, base_arena *arena) {
  base_buffer normal = {0};
  if (!data_phone_normal(phone, &normal)) data_text_narrow(phone, &normal);
  uint8_t *digits = base_arena_alloc(arena, normal.size + 1);
  size_t size = 0;
  for (size_t i = 0; i < normal.size; i++) {
    if (data_letter_digit(normal.data[i])) digits[size++] = normal.data[i];
  }
  base_buffer_fini(&normal);
  return base_slice_make(digits, size);
}

/* --- rows --------------------------------------------------------------------------------------- */

static void add_value(const data_field *field, base_slice text, void *self) {
  model_grams *grams = self;
  if (model_text_phones(field)) {
    model_gram_add_phone(grams, model_text_digits(text, grams->arena));
    return;
  }
  data_letters letters = data_letters_read(text, MODEL_TEXT_LETTERS, grams->arena);
  model_gram_add_text(grams, &letters);
}

static model_grams grams_of(crm_ctx *ctx, const data_field *field, base_slice record) {
  model_grams grams = {.arena = ctx->arena};
  if (record.size > 0) model_text_values(field, record, add_value, &grams);
  model_gram_sort(&grams);
  return grams;
}

static void key_begin(const model_type *type, const data_field *field, data_key *key) {
  data_key_init(key);
  data_key_text(key, base_slice_text(type->name), DATA_KEY_HASH);
  data_key_text(key, base_slice_text(field->name), DATA_KEY_HASH);
}

void model_text_prefix(const model_type *type, const data_field *field, base_slice gram,
                       data_key *key) {
  key_begin(type, field, key);
  data_key_text_prefix(key, gram);
}

static void row_key(const model_type *type, const data_field *field, base_slice gram, int64_t id,
                    data_key *key) {
  key_begin(type, field, key);
  data_key_text(key, gram, DATA_KEY_HASH);
  data_key_integer(key, id);
}

static base_code write_row(crm_ctx *ctx, const data_key *key, bool put) {
  base_slice slice = data_key_slice(key);
  if (put) return store_put(ctx->set, STORE_TEXT, slice, (base_slice){0}, ctx->error);
  return store_delete(ctx->set, STORE_TEXT, slice, ctx->error);
}

static base_code update_field(crm_ctx *ctx, const model_type *type, const data_field *field,
                              int64_t id, base_slice before, base_slice after) {
  model_grams old = grams_of(ctx, field, before);
  model_grams new = grams_of(ctx, field, after);
  size_t i = 0;
  size_t j = 0;
  while (i < old.count || j < new.count) {
    int order = -1;
    if (i == old.count)
      order = 1;
    else if (j < new.count)
      order = base_slice_compare(old.items[i], new.items[j]);
    data_key key;
    row_key(type, field, order > 0 ? new.items[j] : old.items[i], id, &key);
    if (order != 0) BASE_TRY(write_row(ctx, &key, order > 0));
    i += order <= 0;
    j += order >= 0;
  }
  return BASE_OK;
}

base_code model_text_update(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                            base_slice after, const model_changed *changed) {
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    if (!model_text_searched(field)) continue;
    if (!model_changed_has(changed, base_slice_text(field->name))) continue;
    BASE_TRY(update_field(ctx, type, field, id, before, after));
  }
  return BASE_OK;
}

void model_text_each(crm_ctx *ctx, const model_type *type, int64_t id, base_slice record,
                     void (*visit)(const data_key *key, void *self), void *self) {
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    if (!model_text_searched(field)) continue;
    model_grams grams = grams_of(ctx, field, record);
    for (size_t i = 0; i < grams.count; i++) {
      data_key key;
      row_key(type, field, grams.items[i], id, &key);
      visit(&key, self);
    }
  }
}
