/* idempotency: rows of the idempotency table. See idempotency.h.
 *
 * Memory:  keys on the stack, slices of the view.  Threads: the writer lane.  Fails: see the
 * header. */
#include "api/idempotency.h"

/* Expired answers that each new one takes away: more than one, so that the table shrinks again. */
#define EXPIRED_PER_ANSWER 2

/* Without the fields marked personal: a map in the arena. Of an op with a prepare step those are the
 * passwords that it takes and the secrets that it gives. Neither is kept, not even as a digest, which
 * could be guessed far quicker than the password's own hash. */
static base_slice without_secrets(const api_request *request, const data_field *fields,
                                  base_slice map) {
  base_buffer patch = {0};
  base_buffer rest = {0};
  size_t count = 0;
  if (request->op->prepare == NULL || fields == NULL) return map;
  size_t place = data_append_open_map(&patch);
  for (const data_field *field = fields; field->name != NULL; field++) {
    if (!(field->flags & DATA_PERSONAL)) continue;
    data_append_text(&patch, field->name);
    data_append_nil(&patch);
    count++;
  }
  data_append_close(&patch, place, count);
  if (count > 0) data_splice(map, base_buffer_slice(&patch), &rest);
  base_slice kept = base_arena_slice(request->arena, base_buffer_slice(&rest));
  base_buffer_fini(&patch);
  base_buffer_fini(&rest);
  return count > 0 ? kept : map;
}

static base_digest digest_of(const api_request *request) {
  base_hash hash;
  base_hash_init(&hash);
  base_hash_add(&hash, base_slice_text(request->op->name));
  base_hash_add(&hash, without_secrets(request, request->op->params, request->params));
  return base_hash_final(&hash);
}

static void key_add(data_key *key, base_slice actor, base_slice name) {
  data_key_text(key, actor, DATA_KEY_HASH);
  data_key_text(key, name, DATA_KEY_HASH);
}

static void answer_key(data_key *key, base_slice actor, base_slice name) {
  data_key_init(key);
  key_add(key, actor, name);
}

/* Integers sort before text: these rows lie together at the front of the table. */
static void time_key(data_key *key, int64_t at, base_slice actor, base_slice name) {
  data_key_init(key);
  data_key_integer(key, at);
  key_add(key, actor, name);
}

static bool is_expired(const crm_ctx *ctx, int64_t at) {
  return at + API_IDEMPOTENCY_MS <= ctx->now;
}

base_code api_idempotency_find(crm_ctx *ctx, api_request *request, bool *found) {
  data_key key;
  base_slice row;
  data_value digest;
  data_value result;
  *found = false;
  answer_key(&key, ctx->actor.name, request->idempotency_key);
  if (!store_get(ctx->set, STORE_IDEMPOTENCY, data_key_slice(&key), &row)) return BASE_OK;
  if (is_expired(ctx, data_map_integer(row, "at", 0))) return BASE_OK;
  base_digest own = digest_of(request);
  bool same = data_map_find(row, "digest", &digest) &&
              base_slice_equal(digest.as.bytes, base_slice_make(own.bytes, sizeof own.bytes));
  if (!same) {
    return model_ctx_fail(ctx, BASE_IDEMPOTENCY_MISMATCH, "idempotency_key",
                          "这个 idempotency_key 在 24 小时内已用于另一个请求：请换一个新的",
                          "this idempotency_key was used for another request within 24 hours: take "
                          "a new one");
  }
  data_map_find(row, "result", &result);
  base_buffer_append(&request->result, result.raw.data, result.raw.size);
  *found = true;
  return BASE_OK;
}

/* --- keeping ----------------------------------------------------------------------------------- */

/* The answer that this one replaces is expired; its row by time would later take the new one. */
static base_code delete_replaced(crm_ctx *ctx, const data_key *answer, base_slice name) {
  base_slice row;
  data_key time;
  if (!store_get(ctx->set, STORE_IDEMPOTENCY, data_key_slice(answer), &row)) return BASE_OK;
  time_key(&time, data_map_integer(row, "at", 0), ctx->actor.name, name);
  return store_delete(ctx->set, STORE_IDEMPOTENCY, data_key_slice(&time), ctx->error);
}

/* Up to EXPIRED_PER_ANSWER rows by time, oldest first; returns how many are expired. */
static size_t find_expired(crm_ctx *ctx, base_slice keys[EXPIRED_PER_ANSWER]) {
  data_key lower;
  data_key upper;
  base_slice value;
  size_t count = 0;
  data_key_init(&lower);
  data_key_integer(&lower, INT64_MIN);
  data_key_init(&upper);
  data_key_integer(&upper, ctx->now - API_IDEMPOTENCY_MS + 1);
  store_cursor *cursor = store_cursor_open(ctx->set, STORE_IDEMPOTENCY, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  base_slice key;
  while (count < EXPIRED_PER_ANSWER && store_cursor_next(cursor, &key, &value)) {
    keys[count++] = base_arena_slice(ctx->arena, key);
  }
  store_cursor_close(cursor);
  return count;
}

/* Without its first part, the instant, a row's key by time is the answer's own key. */
static base_code delete_expired(crm_ctx *ctx, base_slice by_time) {
  data_value at;
  uint8_t scratch[DATA_KEY_MAX];
  base_slice answer = by_time;
  data_key_read(&answer, &at, scratch);
  BASE_TRY(store_delete(ctx->set, STORE_IDEMPOTENCY, by_time, ctx->error));
  return store_delete(ctx->set, STORE_IDEMPOTENCY, answer, ctx->error);
}

static base_code put_answer(crm_ctx *ctx, const api_request *request, const data_key *key) {
  base_digest digest = digest_of(request);
  base_buffer row = {0};
  data_append_map(&row, 3);
  data_append_text(&row, "digest");
  data_append_binary(&row, base_slice_make(digest.bytes, sizeof digest.bytes));
  base_slice result = base_buffer_slice(&request->result);
  data_append_pair_raw(&row, "result", without_secrets(request, request->op->result, result));
  data_append_pair_integer(&row, "at", ctx->now);
  base_code code = store_put(ctx->set, STORE_IDEMPOTENCY, data_key_slice(key),
                             base_buffer_slice(&row), ctx->error);
  base_buffer_fini(&row);
  return code;
}

base_code api_idempotency_put(crm_ctx *ctx, const api_request *request) {
  data_key answer;
  data_key time;
  base_slice expired[EXPIRED_PER_ANSWER];
  answer_key(&answer, ctx->actor.name, request->idempotency_key);
  BASE_TRY(delete_replaced(ctx, &answer, request->idempotency_key));
  size_t count = find_expired(ctx, expired);
  for (size_t i = 0; i < count; i++) BASE_TRY(delete_expired(ctx, expired[i]));
  BASE_TRY(put_answer(ctx, request, &answer));
  time_key(&time, ctx->now, ctx->actor.name, request->idempotency_key);
  return store_put(ctx->set, STORE_IDEMPOTENCY, data_key_slice(&time), (base_slice){0}, ctx->error);
}
