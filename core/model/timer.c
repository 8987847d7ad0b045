#include "model/timer.h"

#include "model/budget.h"

static void timer_key(data_key *key, int64_t due, base_slice op, base_slice name) {
  data_key_init(key);
  data_key_integer(key, due);
  data_key_text(key, op, DATA_KEY_HASH);
  data_key_text(key, name, DATA_KEY_HASH);
}

static void timer_value(const model_timer *timer, base_buffer *out) {
  size_t place = data_append_open_map(out);
  size_t pairs = 0;
  if (timer->params.size > 0) {
    data_append_pair_raw(out, "params", timer->params);
    pairs += 1;
  }
  data_append_pair_slice(out, "op", timer->op);
  data_append_pair_slice(out, "name", timer->name);
  data_append_pair_slice(out, "actor", timer->actor);
  data_append_pair_slice(out, "package", timer->package);
  data_append_pair_integer(out, "cause", (int64_t)timer->cause);
  data_append_pair_integer(out, "attempts", timer->attempts);
  data_append_close(out, place, pairs + 6);
}

base_code model_timer_keep(crm_ctx *ctx, const model_timer *timer) {
  data_key key;
  BASE_TRY(model_budget_draw(ctx, MODEL_DRAW_TIMERS, 1));
  model_timer caused = *timer;
  timer_key(&key, caused.due, timer->op, timer->name);
  if (caused.cause == 0) {
    caused.cause = store_view_sequence(store_change_set_view(ctx->set)) + 1;
  }
  base_buffer value = {0};
  timer_value(&caused, &value);
  base_code code =
      store_put(ctx->set, STORE_TIMER, data_key_slice(&key), base_buffer_slice(&value), ctx->error);
  base_buffer_fini(&value);
  return code;
}

int64_t model_timer_missed_ms(const crm_ctx *ctx) {
  return ctx->missed_ms == 0 ? MODEL_TIMER_MISSED_MS : ctx->missed_ms;
}

bool model_timer_missed(const crm_ctx *ctx, int64_t due) {
  return ctx->now - due > model_timer_missed_ms(ctx);
}

base_code model_timer_put(crm_ctx *ctx, const model_timer *timer) {
  model_timer caused = *timer;
  /* A package whose timer sets itself at once would never let the server rest. */
  bool chained = ctx->package != NULL && ctx->cause != 0 && timer->due <= ctx->now;
  if (chained) caused.due = ctx->now + MODEL_TIMER_CHAIN_MS;
  return model_timer_keep(ctx, &caused);
}

base_code model_timer_delete(crm_ctx *ctx, int64_t due, base_slice op, base_slice name) {
  data_key key;
  timer_key(&key, due, op, name);
  return store_delete(ctx->set, STORE_TIMER, data_key_slice(&key), ctx->error);
}

bool model_timer_find(const store_change_set *set, int64_t due, base_slice op, base_slice name) {
  data_key key;
  base_slice value;
  timer_key(&key, due, op, name);
  return store_get(set, STORE_TIMER, data_key_slice(&key), &value);
}

int64_t model_timer_due(base_slice key) {
  data_value due;
  uint8_t scratch[DATA_KEY_MAX];
  data_key_read(&key, &due, scratch);
  return due.as.integer;
}

void model_timer_read(base_slice key, base_slice value, model_timer *timer) {
  data_value params;
  bool has_params = data_map_find(value, "params", &params);
  *timer = (model_timer){
      .due = model_timer_due(key),
      .op = data_map_text(value, "op"),
      .name = data_map_text(value, "name"),
      .params = has_params ? params.raw : (base_slice){0},
      .actor = data_map_text(value, "actor"),
      .package = data_map_text(value, "package"),
      .cause = (uint64_t)data_map_integer(value, "cause", 0),
      .attempts = data_map_integer(value, "attempts", 0),
  };
}

bool model_timer_first(const store_change_set *set, base_arena *arena, model_timer *timer) {
  base_slice none = {0};
  base_slice key;
  base_slice value;
  store_cursor *cursor = store_cursor_open(set, STORE_TIMER, none, none, false);
  bool found = store_cursor_next(cursor, &key, &value);
  /* The row is copied: firing deletes it while its call still reads the params. */
  if (found) model_timer_read(key, base_arena_slice(arena, value), timer);
  store_cursor_close(cursor);
  return found;
}
