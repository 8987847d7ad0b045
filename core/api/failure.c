/* failure: see failure.h. A note is a savepoint: when it fails, what the timer writes stays.
 *
 * Memory, Threads, Fails: as the header says. */
#include "api/failure.h"

#include <stdlib.h>

#include "api/nouns/nouns.h"

typedef struct noting {
  crm_ctx *ctx;
  const model_type *type;
  const model_timer *timer;
  const base_error *failed; /* NULL: it is over */
  int64_t next;
} noting;

/* --- which ---------------------------------------------------------------------------------------- */

/* The timer's own name among all: it keeps it from one try to the next. */
static base_slice name_of(const noting *n) {
  base_buffer text = {0};
  base_buffer_format(&text, "%.*s %.*s", BASE_SLICE_ARGS(n->timer->op),
                     BASE_SLICE_ARGS(n->timer->name));
  return model_ctx_take(n->ctx, &text);
}

static bool find(const noting *n, base_slice *record) {
  return model_record_find_by(n->ctx, n->type, "timer", name_of(n), record);
}

/* --- what is told --------------------------------------------------------------------------------- */

/* "health_product/init.lua:12": the package in front, the line behind. */
static size_t append_place(const noting *n, base_buffer *out) {
  const char *place = n->failed->place;
  const char *slash = strchr(place, '/');
  const char *colon = strrchr(place, ':');
  base_slice package = n->timer->package;
  if (package.size == 0) package = data_map_text(n->timer->params, "package");
  if (slash != NULL) package = base_slice_make(place, (size_t)(slash - place));
  data_append_pair_slice(out, "package", package);
  bool told = slash != NULL && colon != NULL && colon > slash;
  data_append_text(out, "file");
  if (told) {
    data_append_slice(out, base_slice_make(slash + 1, (size_t)(colon - slash - 1)));
  } else {
    data_append_nil(out);
  }
  data_append_text(out, "line");
  if (told) {
    data_append_integer(out, strtoll(colon + 1, NULL, 10));
  } else {
    data_append_nil(out);
  }
  return 3;
}

/* What the call is about, where its params say so. */
static size_t append_record(const noting *n, base_buffer *out) {
  base_slice type = data_map_text(n->timer->params, "type");
  int64_t id = data_map_integer(n->timer->params, "id", 0);
  if (type.size == 0 || id == 0) return 0;
  data_append_pair_slice(out, "record_type", type);
  data_append_pair_integer(out, "record_id", id);
  return 2;
}

static base_slice values_of(const noting *n, int64_t times) {
  base_buffer out = {0};
  base_slice rule = data_map_text(n->timer->params, "rule");
  size_t place = data_append_open_map(&out);
  data_append_pair_slice(&out, "timer", name_of(n));
  data_append_pair_slice(&out, "op", n->timer->op);
  data_append_pair_integer(&out, "at", n->ctx->now);
  data_append_pair_integer(&out, "times", times);
  data_append_pair_integer(&out, "due", n->next);
  data_append_pair_text(&out, "code", base_code_name(n->failed->code));
  data_append_pair_text(&out, "field", n->failed->field);
  data_append_pair_text(&out, "message", n->failed->message);
  data_append_text(&out, "over_at");
  data_append_nil(&out);
  size_t count = 9 + append_place(n, &out) + append_record(n, &out);
  if (rule.size > 0) {
    data_append_pair_slice(&out, "rule", rule);
    count++;
  }
  data_append_close(&out, place, count);
  return model_ctx_take(n->ctx, &out);
}

/* --- a note --------------------------------------------------------------------------------------- */

static base_code write_failure(const noting *n) {
  base_slice record;
  crm_ctx *ctx = n->ctx;
  if (find(n, &record)) {
    int64_t id = data_map_integer(record, "id", 0);
    int64_t times = data_map_integer(record, "times", 0) + 1;
    return model_record_update(ctx, n->type, id, values_of(n, times), 0, MODEL_TRUSTED, &record);
  }
  BASE_TRY(model_record_create(ctx, n->type, values_of(n, 1), MODEL_TRUSTED, &record));
  int64_t kept = api_engine_options_get(api_execution_of(ctx)->engine)->failure_kept;
  return api_noun_forget(ctx, n->type, data_map_integer(record, "id", 0), kept);
}

static base_code write_over(const noting *n) {
  base_slice record;
  base_buffer patch = {0};
  if (!find(n, &record)) return BASE_OK;
  data_append_map(&patch, 2);
  data_append_pair_integer(&patch, "over_at", n->ctx->now);
  data_append_text(&patch, "due");
  data_append_nil(&patch);
  base_slice values = model_ctx_take(n->ctx, &patch);
  int64_t id = data_map_integer(record, "id", 0);
  return model_record_update(n->ctx, n->type, id, values, 0, MODEL_TRUSTED, &record);
}

/* In a ctx that goes on as if nothing had been noted. */
static void note(crm_ctx *ctx, noting *n) {
  base_error own = {.language = ctx->error->language};
  base_error *outer = ctx->error;
  n->ctx = ctx;
  n->type = model_schema_find(ctx->schema, base_slice_text(API_FAILURE_TYPE));
  if (n->type == NULL) return;
  ctx->error = &own;
  store_savepoint savepoint = store_savepoint_begin(ctx->set);
  if ((n->failed == NULL ? write_over(n) : write_failure(n)) == BASE_OK) {
    store_savepoint_commit(ctx->set, savepoint);
  } else {
    store_savepoint_abort(ctx->set, savepoint);
  }
  ctx->error = outer;
}

void api_failure_note(crm_ctx *ctx, const model_timer *timer, const base_error *failed,
                      int64_t next) {
  noting n = {.timer = timer, .failed = failed, .next = next};
  note(ctx, &n);
}

void api_failure_over(crm_ctx *ctx, const model_timer *timer) {
  noting n = {.timer = timer};
  note(ctx, &n);
}
