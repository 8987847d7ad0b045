/* delivery: states, queues and tries. See delivery.h.
 *
 * Memory, Threads, Fails: as the header says. */
#include "api/delivery.h"

#include <stdio.h>

#include "api/execution.h"
#include "api/pause.h"
#include "base/histogram.h"
#include "base/metric.h"

BASE_METRIC(delivered_total, "api_deliveries_delivered_total");
BASE_METRIC(failed_total, "api_deliveries_failed_total");
BASE_METRIC(dead_total, "api_deliveries_dead_total");
BASE_HISTOGRAM(age_ms, "api_delivery_age_ms");

static const model_type *type_of(const crm_ctx *ctx) {
  return model_schema_find(ctx->schema, base_slice_text(API_DELIVERY_TYPE));
}

static const api_delivery_options *options_of(crm_ctx *ctx) {
  return &api_engine_options_get(api_execution_of(ctx)->engine)->delivery;
}

static int64_t id_of(base_slice record) {
  return data_map_integer(record, "id", 0);
}

static bool is_in(base_slice record, const char *state) {
  return base_slice_is(data_map_text(record, "state"), state);
}

static bool is_closed(base_slice record) {
  return is_in(record, "delivered") || is_in(record, "dead");
}

/* --- finding ---------------------------------------------------------------------------------------- */

static base_code find(crm_ctx *ctx, base_buffer *where, const char *const *order, int64_t limit,
                      model_page *page) {
  base_buffer terms = {0};
  size_t count = 0;
  while (order[count] != NULL) count++;
  data_append_array(&terms, count);
  for (size_t i = 0; i < count; i++) data_append_text(&terms, order[i]);
  model_query query = {.type = type_of(ctx),
                       .where = model_ctx_take(ctx, where),
                       .order = model_ctx_take(ctx, &terms),
                       .limit = limit};
  return model_find(ctx, &query, page);
}

static const char *const by_id[] = {"id", NULL};
static const char *const by_target[] = {"target", "id", NULL};

/* The oldest in that state in the queue of `record`. */
static base_code first_in(crm_ctx *ctx, base_slice record, const char *state, bool *found,
                          base_slice *first) {
  model_page page;
  base_buffer where = {0};
  data_append_map(&where, 5);
  data_append_pair_slice(&where, "record_type", data_map_text(record, "record_type"));
  data_append_pair_integer(&where, "record_id", data_map_integer(record, "record_id", 0));
  data_append_pair_slice(&where, "channel", data_map_text(record, "channel"));
  data_append_pair_slice(&where, "target", data_map_text(record, "target"));
  data_append_pair_text(&where, "state", state);
  BASE_TRY(find(ctx, &where, by_id, 1, &page));
  *found = page.count > 0;
  if (*found) *first = page.items[0];
  return BASE_OK;
}

/* About a record, and so in a queue. */
static bool is_queued(base_slice record) {
  return data_map_integer(record, "record_id", 0) != 0;
}

/* The state in which a delivery begins: it waits when one before it is open. */
static base_code begin_state(crm_ctx *ctx, base_slice record, const char **state) {
  bool ahead = false;
  base_slice first;
  *state = "pending";
  if (!is_queued(record)) return BASE_OK;
  BASE_TRY(first_in(ctx, record, "pending", &ahead, &first));
  if (!ahead) BASE_TRY(first_in(ctx, record, "failed", &ahead, &first));
  if (ahead) *state = "waiting";
  return BASE_OK;
}

/* --- writing ---------------------------------------------------------------------------------------- */

static base_code update(crm_ctx *ctx, int64_t id, base_buffer *patch, base_slice *record) {
  base_slice values = model_ctx_take(ctx, patch);
  return model_record_update(ctx, type_of(ctx), id, values, 0, MODEL_TRUSTED, record);
}

static base_slice timer_name(crm_ctx *ctx, int64_t id) {
  return base_slice_text(base_arena_format(ctx->arena, "%lld", (long long)id));
}

static base_code put_timer(crm_ctx *ctx, int64_t id, int64_t due) {
  base_buffer params = {0};
  data_append_map(&params, 3);
  data_append_pair_text(&params, "type", API_DELIVERY_TYPE); /* what the timer is about */
  data_append_pair_integer(&params, "id", id);
  data_append_pair_integer(&params, "due", due);
  model_timer timer = {.due = due,
                       .op = base_slice_text(API_DELIVERY_DUE_OP),
                       .name = timer_name(ctx, id),
                       .params = model_ctx_take(ctx, &params),
                       .actor = base_slice_text("system")};
  return model_timer_keep(ctx, &timer);
}

static base_code take_timer_back(crm_ctx *ctx, base_slice record) {
  int64_t due = data_map_integer(record, "due_at", 0);
  if (!is_in(record, "failed")) return BASE_OK;
  return model_timer_delete(ctx, due, base_slice_text(API_DELIVERY_DUE_OP),
                            timer_name(ctx, id_of(record)));
}

/* Lets the next one of the queue leave, when none before it is open. */
static base_code release_next(crm_ctx *ctx, base_slice record) {
  const char *state = NULL;
  bool found = false;
  base_slice next;
  base_buffer patch = {0};
  BASE_TRY(begin_state(ctx, record, &state));
  if (!is_queued(record) || strcmp(state, "pending") != 0) return BASE_OK;
  BASE_TRY(first_in(ctx, record, "waiting", &found, &next));
  if (!found) return BASE_OK;
  data_append_map(&patch, 1);
  data_append_pair_text(&patch, "state", "pending");
  return update(ctx, id_of(next), &patch, &next);
}

static base_code close_delivery(crm_ctx *ctx, base_slice delivery, const char *state,
                                int64_t attempts, base_slice error, base_slice *record) {
  base_buffer patch = {0};
  data_append_map(&patch, 5);
  data_append_pair_text(&patch, "state", state);
  data_append_pair_integer(&patch, "attempts", attempts);
  data_append_pair_integer(&patch, "closed_at", ctx->now);
  data_append_text(&patch, "due_at");
  data_append_nil(&patch);
  data_append_text(&patch, "error");
  if (error.size > 0) {
    data_append_slice(&patch, error);
  } else {
    data_append_nil(&patch);
  }
  BASE_TRY(take_timer_back(ctx, delivery));
  BASE_TRY(update(ctx, id_of(delivery), &patch, record));
  return release_next(ctx, *record);
}

/* --- how many are remembered -------------------------------------------------------------------------- */

static base_code forget(crm_ctx *ctx, base_slice record) {
  data_key key;
  model_record_key(&key, API_DELIVERY_TYPE, id_of(record));
  BASE_TRY(model_index_update(ctx, type_of(ctx), id_of(record), record, (base_slice){0}));
  return store_delete(ctx->set, STORE_RECORD, data_key_slice(&key), ctx->error);
}

/* Two of each state for each new one: what became too much shrinks. */
static base_code forget_oldest(crm_ctx *ctx, int64_t newest) {
  static const char *const closed[] = {"delivered", "dead"};
  int64_t kept = options_of(ctx)->kept;
  if (newest <= kept) return BASE_OK;
  for (size_t s = 0; s < sizeof closed / sizeof closed[0]; s++) {
    model_page page;
    base_buffer where = {0};
    data_append_map(&where, 1);
    data_append_pair_text(&where, "state", closed[s]);
    BASE_TRY(find(ctx, &where, by_id, 2, &page));
    for (size_t i = 0; i < page.count && id_of(page.items[i]) <= newest - kept; i++) {
      BASE_TRY(forget(ctx, page.items[i]));
    }
  }
  return BASE_OK;
}

/* --- made ------------------------------------------------------------------------------------------- */

static base_code check_data(crm_ctx *ctx, base_slice values) {
  data_value data = {0};
  size_t most = options_of(ctx)->data_bytes;
  if (!data_map_find(values, "data", &data) || data.raw.size <= most) return BASE_OK;
  return model_ctx_fail(
      ctx, BASE_TOO_LARGE, "data",
      "投递内容有 %zu 字节，超过 deliveries.data_bytes（%zu）：请只放收件方需要的字段",
      "a delivery's data have %zu bytes, more than deliveries.data_bytes (%zu): "
      "give what the receiver needs",
      data.raw.size, most);
}

base_code api_delivery_create(crm_ctx *ctx, base_slice values, base_slice *record) {
  const char *state = NULL;
  base_buffer patch = {0};
  base_buffer out = {0};
  BASE_TRY(model_budget_draw(ctx, MODEL_DRAW_DELIVERIES, 1));
  BASE_TRY(check_data(ctx, values));
  BASE_TRY(begin_state(ctx, values, &state));
  data_append_map(&patch, 3);
  data_append_pair_text(&patch, "state", state);
  data_append_pair_integer(&patch, "attempts", 0);
  /* The entry that is being made. */
  data_append_pair_integer(&patch, "sequence",
                           (int64_t)store_view_sequence(store_change_set_view(ctx->set)) + 1);
  data_splice(values, base_buffer_slice(&patch), &out);
  base_buffer_fini(&patch);
  base_slice all = model_ctx_take(ctx, &out);
  BASE_TRY(model_record_create(ctx, type_of(ctx), all, MODEL_TRUSTED, record));
  return forget_oldest(ctx, id_of(*record));
}

/* --- leaving ---------------------------------------------------------------------------------------- */

static bool has(base_slice list, int64_t id) {
  if (list.size == 0) return false;
  data_walk walk = data_walk_begin(list);
  while (data_walk_next(&walk)) {
    if (walk.value.type == DATA_INTEGER && walk.value.as.integer == id) return true;
  }
  return false;
}

typedef struct leaving {
  crm_ctx *ctx;
  const api_delivery_query *query;
  base_buffer *out;
  size_t most; /* bytes of `out` */
  int64_t count;
} leaving;

static bool is_full(const leaving *l) {
  return l->count >= l->query->limit || l->out->size >= l->most;
}

/* What is first of the targets from `from` on; `*target` is the one it is for, empty behind the last. */
static base_code look_from(const leaving *l, base_slice from, bool *found, base_slice *target) {
  model_page page;
  base_buffer where = {0};
  data_append_map(&where, 3);
  data_append_pair_slice(&where, "channel", l->query->channel);
  data_append_pair_text(&where, "state", "pending");
  data_append_text(&where, "target");
  data_append_map(&where, 1);
  data_append_pair_slice(&where, "ge", from);
  BASE_TRY(find(l->ctx, &where, by_target, 1, &page));
  *found = page.count > 0;
  if (*found) *target = data_map_text(page.items[0], "target");
  return BASE_OK;
}

static base_code append_target(leaving *l, base_slice target) {
  model_page page;
  base_buffer where = {0};
  data_append_map(&where, 3);
  data_append_pair_slice(&where, "channel", l->query->channel);
  data_append_pair_text(&where, "state", "pending");
  data_append_pair_slice(&where, "target", target);
  BASE_TRY(find(l->ctx, &where, by_id, l->query->each, &page));
  for (size_t i = 0; i < page.count && !is_full(l); i++) {
    if (has(l->query->under_way, id_of(page.items[i]))) continue;
    data_append_raw(l->out, page.items[i]);
    l->count++;
  }
  return BASE_OK;
}

/* The least text behind all that are equal to it: the fields of deliveries have no control characters. */
static base_slice behind(crm_ctx *ctx, base_slice target) {
  return base_slice_text(base_arena_format(ctx->arena, "%.*s\x01", BASE_SLICE_ARGS(target)));
}

base_code api_delivery_next(crm_ctx *ctx, const api_delivery_query *query, base_buffer *out) {
  size_t most = api_engine_options_get(api_execution_of(ctx)->engine)->result_bytes / 2;
  leaving l = {.ctx = ctx, .query = query, .out = out, .most = out->size + most};
  bool found = !api_pause_get(ctx->set);
  base_slice target = base_slice_text("");
  size_t place = data_append_open_array(out);
  base_code code = BASE_OK;
  while (code == BASE_OK && found && !is_full(&l)) {
    code = look_from(&l, target, &found, &target);
    if (code == BASE_OK && found) code = append_target(&l, target);
    target = behind(ctx, target);
  }
  data_append_close(out, place, (size_t)l.count);
  return code;
}

/* --- reported --------------------------------------------------------------------------------------- */

static int64_t retry_delay(const api_delivery_options *options, int64_t attempts) {
  int64_t delay = options->retry_first_ms;
  for (int64_t i = 1; i < attempts && delay < options->retry_most_ms; i++) delay *= 2;
  return delay < options->retry_most_ms ? delay : options->retry_most_ms;
}

static base_code try_later(crm_ctx *ctx, base_slice delivery, int64_t attempts, base_slice error,
                           base_slice *record) {
  base_buffer patch = {0};
  int64_t due = ctx->now + retry_delay(options_of(ctx), attempts);
  data_append_map(&patch, 4);
  data_append_pair_text(&patch, "state", "failed");
  data_append_pair_integer(&patch, "attempts", attempts);
  data_append_pair_integer(&patch, "due_at", due);
  data_append_pair_slice(&patch, "error", error);
  BASE_TRY(put_timer(ctx, id_of(delivery), due));
  return update(ctx, id_of(delivery), &patch, record);
}

/* How long it took from the change to its arrival, tries and pauses included. */
static void count_delivered(const crm_ctx *ctx, base_slice delivery) {
  int64_t age = ctx->now - data_map_integer(delivery, "created_at", ctx->now);
  base_metric_add(&delivered_total, 1);
  base_histogram_add(&age_ms, age < 0 ? 0 : (uint64_t)age);
}

base_code api_delivery_report(crm_ctx *ctx, int64_t id, api_delivery_outcome outcome,
                              base_slice error, base_slice *record) {
  BASE_TRY(model_record_get(ctx, type_of(ctx), id, record));
  base_slice delivery = *record;
  int64_t attempts = data_map_integer(delivery, "attempts", 0) + 1;
  if (!is_in(delivery, "pending")) return BASE_OK;
  if (outcome == API_DELIVERY_DELIVERED) {
    count_delivered(ctx, delivery);
    return close_delivery(ctx, delivery, "delivered", attempts, (base_slice){0}, record);
  }
  if (outcome == API_DELIVERY_DEAD || attempts >= options_of(ctx)->attempts) {
    base_metric_add(&dead_total, 1);
    return close_delivery(ctx, delivery, "dead", attempts, error, record);
  }
  base_metric_add(&failed_total, 1);
  return try_later(ctx, delivery, attempts, error, record);
}

static base_code make_pending(crm_ctx *ctx, int64_t id, base_slice *record) {
  base_buffer patch = {0};
  data_append_map(&patch, 2);
  data_append_pair_text(&patch, "state", "pending");
  data_append_text(&patch, "due_at");
  data_append_nil(&patch);
  return update(ctx, id, &patch, record);
}

base_code api_delivery_due(crm_ctx *ctx, int64_t id, int64_t due) {
  base_slice record;
  if (!model_record_find(ctx, type_of(ctx), id, &record)) return BASE_OK;
  if (!is_in(record, "failed") || data_map_integer(record, "due_at", 0) != due) return BASE_OK;
  return make_pending(ctx, id, &record);
}

/* --- by hand ---------------------------------------------------------------------------------------- */

static base_code open_again(crm_ctx *ctx, base_slice delivery, base_slice *record) {
  static const char *const cleared[] = {"closed_at", "error"};
  const char *state = NULL;
  base_buffer patch = {0};
  BASE_TRY(begin_state(ctx, delivery, &state));
  data_append_map(&patch, 4);
  data_append_pair_text(&patch, "state", state);
  data_append_pair_integer(&patch, "attempts", 0);
  for (size_t i = 0; i < sizeof cleared / sizeof cleared[0]; i++) {
    data_append_text(&patch, cleared[i]);
    data_append_nil(&patch);
  }
  return update(ctx, id_of(delivery), &patch, record);
}

base_code api_delivery_retry(crm_ctx *ctx, base_slice delivery, bool *changed, base_slice *record) {
  *record = delivery;
  *changed = is_closed(delivery) || is_in(delivery, "failed");
  if (!*changed) return BASE_OK;
  if (is_closed(delivery)) return open_again(ctx, delivery, record);
  BASE_TRY(take_timer_back(ctx, delivery));
  return make_pending(ctx, id_of(delivery), record);
}

base_code api_delivery_drop(crm_ctx *ctx, int64_t id, base_slice error, base_slice *record) {
  BASE_TRY(model_record_get(ctx, type_of(ctx), id, record));
  base_slice delivery = *record;
  if (is_closed(delivery)) {
    return model_ctx_fail(ctx, BASE_TRANSITION_DENIED, "id", "投递 %lld 已经结束（%.*s）",
                          "delivery %lld is closed (%.*s)", (long long)id,
                          BASE_SLICE_ARGS(data_map_text(delivery, "state")));
  }
  return close_delivery(ctx, delivery, "dead", data_map_integer(delivery, "attempts", 0), error,
                        record);
}
