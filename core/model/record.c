/* The life of a record. A write goes through fixed steps: validate → references → states → timing →
 * store provisionally → indexes and timers → rules. */
#include "model/record.h"

#include "base/failpoint.h"
#include "model/budget.h"
#include "model/index.h"
#include "model/permission.h"
#include "model/record_write.h"
#include "model/reference.h"
#include "model/states.h"

void model_record_key(data_key *key, const char *type, int64_t id) {
  data_key_init(key);
  data_key_text(key, base_slice_text(type), DATA_KEY_HASH);
  data_key_integer(key, id);
}

/* One walk for both marks: this is asked of every record that is read. */
unsigned model_record_standing(base_slice record) {
  unsigned standing = MODEL_LIVE;
  data_walk walk = data_walk_begin(record);
  while (data_walk_key(&walk)) {
    if (base_slice_is(walk.key.as.bytes, "deleted_at")) standing |= MODEL_DELETED;
    if (base_slice_is(walk.key.as.bytes, "merged_into")) standing |= MODEL_MERGED;
  }
  return standing;
}

bool model_record_deleted(base_slice record) {
  return (model_record_standing(record) & MODEL_DELETED) != 0;
}

bool model_record_read(const crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record) {
  data_key key;
  model_record_key(&key, type->name, id);
  return store_get(ctx->set, STORE_RECORD, data_key_slice(&key), record);
}

/* Alive, whoever asks. */
static bool find_alive(crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record) {
  while (model_record_read(ctx, type, id, record)) {
    unsigned standing = model_record_standing(*record);
    if (standing == MODEL_LIVE) return true;
    if (standing & MODEL_DELETED) return false;
    id = data_map_integer(*record, "merged_into", 0);
  }
  return false;
}

bool model_record_fetch(crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record) {
  return find_alive(ctx, type, id, record) &&
         (model_permission_sees(ctx, type, *record) || base_mutant("model.numbers_are_open"));
}

bool model_record_find(crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record) {
  if (!model_record_fetch(ctx, type, id, record)) return false;
  *record = model_permission_show(ctx, type, *record);
  return true;
}

static base_code refuse_number(crm_ctx *ctx, const model_type *type, const char *field,
                               int64_t id) {
  return model_ctx_fail(ctx, BASE_NOT_FOUND, field, "没有编号为 %lld 的 %s",
                        "there is no %2$s with number %1$lld", (long long)id, type->name);
}

base_code model_record_need(crm_ctx *ctx, const model_type *type, int64_t id, const char *field,
                            base_slice *record) {
  if (model_record_fetch(ctx, type, id, record)) return BASE_OK;
  return refuse_number(ctx, type, field, id);
}

base_code model_record_get(crm_ctx *ctx, const model_type *type, int64_t id, base_slice *record) {
  BASE_TRY(model_budget_draw(ctx, MODEL_DRAW_ROWS_READ, 1));
  if (model_record_find(ctx, type, id, record)) return BASE_OK;
  return refuse_number(ctx, type, "id", id);
}

base_code model_record_may(crm_ctx *ctx, const model_type *type, int64_t id, model_doing doing,
                           int64_t *is) {
  base_slice record;
  BASE_TRY(model_record_need(ctx, type, id, "id", &record));
  *is = data_map_integer(record, "id", id);
  return model_permission_check(ctx, type, doing, record);
}

bool model_record_find_by(crm_ctx *ctx, const model_type *type, const char *field, base_slice text,
                          base_slice *record) {
  data_key key;
  data_key_init(&key);
  data_key_text(&key, base_slice_text(type->name), DATA_KEY_HASH);
  data_key_text(&key, base_slice_text(field), DATA_KEY_HASH);
  data_value value = {.type = DATA_TEXT, .as.bytes = text};
  base_buffer scratch = {0};
  const data_field *described = model_type_field(type, base_slice_text(field));
  data_key_value(&key, model_index_value(described, value, &scratch), DATA_KEY_HASH);
  base_buffer_fini(&scratch);
  int64_t id = model_index_owner(ctx, &key);
  return id != 0 && find_alive(ctx, type, id, record);
}

/* (“id”, type) → the last number of the type; (“id”) → the same for types that have given none. */
static void counter_key(data_key *key, const model_type *type) {
  data_key_init(key);
  data_key_text(key, base_slice_text("id"), DATA_KEY_HASH);
  if (type != NULL) data_key_text(key, base_slice_text(type->name), DATA_KEY_HASH);
}

static bool read_counter(crm_ctx *ctx, const data_key *key, int64_t *last) {
  base_slice value;
  *last = 0;
  if (!store_get(ctx->set, STORE_META, data_key_slice(key), &value)) return false;
  *last = data_peek(value).as.integer;
  return true;
}

static base_code write_counter(crm_ctx *ctx, base_slice key, int64_t last) {
  base_buffer value = {0};
  data_append_integer(&value, last);
  base_code code = store_put(ctx->set, STORE_META, key, base_buffer_slice(&value), ctx->error);
  base_buffer_fini(&value);
  return code;
}

/* The last number that was given to a record of the type. */
static int64_t last_id(crm_ctx *ctx, const model_type *type, data_key *key) {
  int64_t last;
  data_key general;
  counter_key(key, type);
  if (read_counter(ctx, key, &last)) return last;
  counter_key(&general, NULL);
  (void)read_counter(ctx, &general, &last);
  return last;
}

/* The counter behind `key`, which it becomes; a cursor for each, because the set changes between. */
static bool next_counter(crm_ctx *ctx, base_slice *key, int64_t *last) {
  base_slice found;
  base_slice value;
  data_key upper;
  counter_key(&upper, NULL);
  data_key_successor(&upper);
  store_cursor *cursor =
      store_cursor_open(ctx->set, STORE_META, *key, data_key_slice(&upper), false);
  bool more = store_cursor_next(cursor, &found, &value);
  if (more && base_slice_equal(*key, found)) more = store_cursor_next(cursor, &found, &value);
  if (more) {
    *key = base_arena_slice(ctx->arena, found);
    *last = data_peek(value).as.integer;
  }
  store_cursor_close(cursor);
  return more;
}

base_code model_record_skip_ids(crm_ctx *ctx, int64_t count) {
  data_key general;
  int64_t last;
  counter_key(&general, NULL);
  (void)read_counter(ctx, &general, &last);
  BASE_TRY(write_counter(ctx, data_key_slice(&general), last + count));
  base_slice key = base_arena_slice(ctx->arena, data_key_slice(&general));
  while (next_counter(ctx, &key, &last)) BASE_TRY(write_counter(ctx, key, last + count));
  return BASE_OK;
}

base_code model_record_count_id(crm_ctx *ctx, const model_type *type, int64_t id) {
  data_key key;
  if (last_id(ctx, type, &key) >= id) return BASE_OK;
  return write_counter(ctx, data_key_slice(&key), id);
}

/* Numbers count up per type and are never given twice (ARC-01). */
static base_code next_id(crm_ctx *ctx, const model_type *type, int64_t *id) {
  data_key key;
  *id = last_id(ctx, type, &key) + 1;
  return model_record_count_id(ctx, type, *id);
}

static base_code validate(crm_ctx *ctx, const model_type *type, base_slice values, unsigned flags,
                          base_slice *normal) {
  base_buffer out = {0};
  base_code code =
      data_validate(type->fields, values, flags, BASE_VALIDATION_FAILED, &out, ctx->error);
  *normal = model_ctx_take(ctx, &out);
  return code;
}

/* --- create and update --------------------------------------------------------------------------- */

/* The steps every new form of a record takes, before any rule sees it. */
static base_code settle(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                        base_slice *after, unsigned flags) {
  BASE_TRY(model_reference_check(ctx, type, before, *after));
  BASE_TRY(model_states_check(ctx, type, before, after, flags));
  BASE_TRY(model_states_time(ctx, type, before, after));
  return model_write_put(ctx, type, id, before, *after);
}

/* An update from inside the record's own rules: the same write goes on, with other values. */
static base_code update_flight(crm_ctx *ctx, model_flight *flight, base_slice values,
                               base_slice *record) {
  base_slice patch;
  BASE_TRY(
      validate(ctx, flight->type, values, DATA_VALIDATE_PATCH | DATA_VALIDATE_TRUSTED, &patch));
  base_slice before = flight->record;
  *record = model_write_splice(ctx, before, patch);
  if (base_slice_equal(before, *record)) return BASE_OK;
  BASE_TRY(settle(ctx, flight->type, flight->id, before, record, MODEL_TRUSTED));
  flight->record = *record;
  return BASE_OK;
}

/* Nil means "not there" in a new record. */
static base_slice compose(crm_ctx *ctx, const model_type *type, int64_t id, base_slice values) {
  base_buffer out = {0};
  size_t pairs = 7;
  size_t place = data_append_open_map(&out);
  data_append_pair_integer(&out, "id", id);
  data_append_pair_text(&out, "type", type->name);
  data_append_pair_integer(&out, "version", 1);
  data_walk walk = data_walk_begin(values);
  while (data_walk_next(&walk)) {
    if (walk.value.type == DATA_NIL) continue;
    data_append_raw(&out, walk.key.raw);
    data_append_raw(&out, walk.value.raw);
    pairs++;
  }
  model_write_append_stamp(ctx, "created_at", "created_by", &out);
  model_write_append_stamp(ctx, "updated_at", "updated_by", &out);
  data_append_close(&out, place, pairs);
  return model_ctx_take(ctx, &out);
}

base_code model_record_create(crm_ctx *ctx, const model_type *type, base_slice values,
                              unsigned flags, base_slice *record) {
  BASE_TRY(model_write_allowed(ctx, type, flags));
  if (!(flags & MODEL_TRUSTED)) BASE_TRY(model_permission_values(ctx, type, values));
  unsigned trusted = flags & MODEL_TRUSTED ? DATA_VALIDATE_TRUSTED : 0;
  base_slice normal;
  BASE_TRY(validate(ctx, type, values, DATA_VALIDATE_DEFAULTS | trusted, &normal));
  int64_t id = 0;
  BASE_TRY(next_id(ctx, type, &id));
  *record = compose(ctx, type, id, normal);
  BASE_TRY(model_permission_check(ctx, type, MODEL_DO_CREATE, *record));
  BASE_TRY(settle(ctx, type, id, (base_slice){0}, record, flags));
  BASE_TRY(model_write_fly(ctx, type, id, MODEL_CREATE, (base_slice){0}, record));
  *record = model_permission_answer(ctx, type, *record);
  return BASE_OK;
}

static base_code version_conflict(crm_ctx *ctx, const model_type *type, int64_t id, int64_t had,
                                  int64_t is) {
  base_buffer data = {0};
  data_append_map(&data, 1);
  data_append_pair_integer(&data, "version", is);
  base_code code = model_ctx_fail(
      ctx, BASE_VERSION_CONFLICT, "version",
      "编号 %lld 的 %s 已被修改：您看到的是版本 %lld，现在是版本 %lld；请重新读取",
      "number %lld of %s was changed: you saw version %lld, it is at version %lld; read it again",
      (long long)id, type->name, (long long)had, (long long)is);
  ctx->error->data = model_ctx_take(ctx, &data);
  return code;
}

/* The record as it is, whatever number it was asked for by. What a record's own rules write to it is part
 * of a write that was allowed. */
static base_code find_current(crm_ctx *ctx, const model_type *type, int64_t *id,
                              model_flight **flight, base_slice *record) {
  BASE_TRY(model_budget_draw(ctx, MODEL_DRAW_ROWS_READ, 1));
  if (!find_alive(ctx, type, *id, record)) return refuse_number(ctx, type, "id", *id);
  *flight = model_write_flight(ctx, type, data_map_integer(*record, "id", *id));
  if (*flight == NULL) {
    BASE_TRY(model_record_need(ctx, type, *id, "id", record));
    BASE_TRY(model_permission_check(ctx, type, MODEL_DO_UPDATE, *record));
  }
  *id = data_map_integer(*record, "id", *id);
  *record = base_arena_slice(ctx->arena, *record);
  return BASE_OK;
}

base_code model_record_update(crm_ctx *ctx, const model_type *type, int64_t id, base_slice values,
                              int64_t version, unsigned flags, base_slice *record) {
  BASE_TRY(model_write_allowed(ctx, type, flags));
  base_slice before;
  model_flight *flight = NULL;
  BASE_TRY(find_current(ctx, type, &id, &flight, &before));
  if (flight != NULL) return update_flight(ctx, flight, values, record);
  int64_t is = data_map_integer(before, "version", 0);
  if (version != 0 && version != is) return version_conflict(ctx, type, id, version, is);
  if (!(flags & MODEL_TRUSTED)) BASE_TRY(model_permission_values(ctx, type, values));
  unsigned trusted = flags & MODEL_TRUSTED ? DATA_VALIDATE_TRUSTED : 0;
  base_slice patch;
  BASE_TRY(validate(ctx, type, values, DATA_VALIDATE_PATCH | trusted, &patch));
  *record = model_write_splice(ctx, before, patch);
  if (!base_slice_equal(before, *record)) {
    if (!(flags & MODEL_QUIET)) *record = model_write_stamp(ctx, *record);
    BASE_TRY(settle(ctx, type, id, before, record, flags));
    BASE_TRY(model_write_fly(ctx, type, id, MODEL_UPDATE, before, record));
  }
  *record = model_permission_answer(ctx, type, *record);
  return BASE_OK;
}

base_code model_record_blank(crm_ctx *ctx, const model_type *type, int64_t id, base_slice before,
                             base_slice after) {
  return model_write_put(ctx, type, id, before, model_write_stamp(ctx, after));
}
