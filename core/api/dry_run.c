/* dry_run: the change set told as records and timers. See dry_run.h.
 *
 * Memory:  the caller's.  Threads: one.  Fails: never. */
#include "api/dry_run.h"

#include "api/delivery.h"

typedef struct telling {
  crm_ctx *ctx;
  store_change_set *before; /* an empty set: the view without the changes */
  base_buffer *out;
  size_t count;
} telling;

static void append_value(base_buffer *out, const char *key, bool found, base_slice value) {
  data_append_text(out, key);
  if (found) {
    data_append_raw(out, value);
  } else {
    data_append_nil(out);
  }
}

/* The type and number of the record that the change is about; NULL: it is about none, or an internal one. */
static const model_type *type_of(const telling *told, const store_change *change, int64_t *number) {
  if (change->table != STORE_RECORD) return NULL;
  base_slice rest = change->key;
  data_value name;
  data_value id;
  uint8_t scratch[DATA_KEY_MAX];
  uint8_t unused[DATA_KEY_MAX];
  if (!data_key_read(&rest, &name, scratch) || !data_key_read(&rest, &id, unused)) return NULL;
  const model_type *type = model_schema_find(told->ctx->schema, name.as.bytes);
  if (type == NULL || (type->flags & MODEL_TYPE_INTERNAL)) return NULL;
  *number = id.as.integer;
  return type;
}

static bool is_delivery(const model_type *type) {
  return strcmp(type->name, API_DELIVERY_TYPE) == 0;
}

static void tell_record(const store_change *change, void *self) {
  telling *told = self;
  int64_t id = 0;
  const model_type *type = type_of(told, change, &id);
  if (type == NULL || is_delivery(type)) return;
  base_slice before = {0};
  bool had = store_get(told->before, STORE_RECORD, change->key, &before);
  base_slice after = change->deleted ? (base_slice){0} : change->value;
  if (!model_permission_sees(told->ctx, type, had ? before : after)) return;
  before = model_permission_show(told->ctx, type, before);
  after = model_permission_answer(told->ctx, type, after);
  data_append_map(told->out, 4);
  data_append_pair_text(told->out, "type", type->name);
  data_append_pair_integer(told->out, "id", id);
  append_value(told->out, "before", had, before);
  append_value(told->out, "after", !change->deleted, after);
  told->count++;
}

/* A rule's call holds the record that it is about: whole, whoever asks. */
static bool may_show(const crm_ctx *ctx, base_slice params) {
  const model_type *type = model_schema_find(ctx->schema, data_map_text(params, "type"));
  return params.size > 0 && (type == NULL || model_permission_find(ctx, type) == NULL);
}

static void tell_timer(const store_change *change, void *self) {
  telling *told = self;
  if (change->table != STORE_TIMER || change->deleted) return;
  model_timer timer;
  model_timer_read(change->key, change->value, &timer);
  data_append_map(told->out, 3);
  data_append_pair_integer(told->out, "due", timer.due);
  data_append_pair_slice(told->out, "op", timer.op);
  append_value(told->out, "params", may_show(told->ctx, timer.params), timer.params);
  told->count++;
}

static void tell_delivery(const store_change *change, void *self) {
  telling *told = self;
  int64_t id = 0;
  const model_type *type = type_of(told, change, &id);
  if (type == NULL || !is_delivery(type) || change->deleted) return;
  data_append_raw(told->out, change->value);
  told->count++;
}

static void append_changes(crm_ctx *ctx, const char *key,
                           void (*tell)(const store_change *change, void *self), base_buffer *out) {
  const store_view *view = store_change_set_view(ctx->set);
  telling told = {.ctx = ctx, .before = store_change_set_new(view, ctx->arena), .out = out};
  data_append_text(out, key);
  size_t place = data_append_open_array(out);
  store_change_set_each(ctx->set, tell, &told);
  data_append_close(out, place, told.count);
}

void api_dry_run_wrap(crm_ctx *ctx, base_buffer *result) {
  base_slice plain = model_ctx_take(ctx, result);
  data_append_map(result, 4);
  data_append_pair_raw(result, "result", plain);
  append_changes(ctx, "changes", tell_record, result);
  append_changes(ctx, "timers", tell_timer, result);
  append_changes(ctx, "deliveries", tell_delivery, result);
}
