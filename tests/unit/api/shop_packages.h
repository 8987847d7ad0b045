/* shop_packages: what the small server of shop.h can do: a core of a few types and ops, and the
 * package "agency" with ops and rules that call, fail and set timers.
 *
 * Memory:  static tables.  Threads: the switches are atomic.  Fails: as the ops are told to. */
#pragma once

#include <sched.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/execution.h"
#include "base/log.h"

/* --- switches that tests set ------------------------------------------------------------------- */

static _Atomic bool shop_ring_fails;   /* ring.note fails after it has written */
static _Atomic int64_t shop_ring_runs; /* how often ring.note was run */
static _Atomic bool shop_gate_closed;  /* gate.wait waits while it is */
static _Atomic bool shop_gate_entered;
static _Atomic int shop_prepare_runs;
static _Atomic bool shop_prepare_held; /* prepare steps stand until it is false */

static inline void shop_reset_switches(void) {
  atomic_store(&shop_ring_fails, false);
  atomic_store(&shop_ring_runs, 0);
  atomic_store(&shop_gate_closed, false);
  atomic_store(&shop_gate_entered, false);
  atomic_store(&shop_prepare_runs, 0);
  atomic_store(&shop_prepare_held, false);
}

/* --- handlers of the core ---------------------------------------------------------------------- */

static inline const model_type *shop_type(crm_ctx *ctx, const char *name) {
  return model_schema_find(ctx->schema, base_slice_text(name));
}

static inline base_code shop_ping(crm_ctx *ctx, base_slice params, base_buffer *result,
                                  const void *self) {
  (void)params, (void)self;
  data_append_map(result, 2);
  data_append_pair_integer(result, "now", ctx->now);
  data_append_pair_slice(result, "actor", ctx->actor.name);
  return BASE_OK;
}

static inline base_code shop_enter(crm_ctx *ctx, base_slice params, base_buffer *result,
                                   const void *self) {
  static const uint8_t staff[] = {0x91, 0xa5, 's', 't', 'a', 'f', 'f'};
  (void)self;
  api_session_login(api_execution_of(ctx)->session, data_map_text(params, "user"),
                    base_slice_make(staff, sizeof staff));
  data_append_slice(result, ctx->actor.name);
  return BASE_OK;
}

/* Creates a record of the type that `self` names, of the params' values. */
static inline base_code shop_create(crm_ctx *ctx, base_slice params, base_buffer *result,
                                    const void *self) {
  base_slice record;
  BASE_TRY(model_record_create(ctx, shop_type(ctx, self), params, 0, &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static inline base_code shop_get(crm_ctx *ctx, base_slice params, base_buffer *result,
                                 const void *self) {
  base_slice record;
  BASE_TRY(model_record_get(ctx, shop_type(ctx, self), data_map_integer(params, "id", 0), &record));
  data_append_raw(result, record);
  return BASE_OK;
}

static inline base_code shop_rename(crm_ctx *ctx, base_slice params, base_buffer *result,
                                    const void *self) {
  base_slice record;
  base_buffer values = {0};
  data_append_map(&values, 1);
  data_append_pair_slice(&values, "name", data_map_text(params, "name"));
  base_code code = model_record_update(ctx, shop_type(ctx, self), data_map_integer(params, "id", 0),
                                       base_buffer_slice(&values), 0, 0, &record);
  base_buffer_fini(&values);
  if (code == BASE_OK) data_append_raw(result, record);
  return code;
}

static inline base_code shop_count_records(crm_ctx *ctx, base_slice params, base_buffer *result,
                                           const void *self) {
  (void)self;
  int64_t count = 0;
  const model_type *type = NULL;
  BASE_TRY(model_schema_type(ctx->schema, data_map_text(params, "type"), &type, ctx->error));
  BASE_TRY(model_count(ctx, type, (base_slice){0}, &count));
  data_append_map(result, 1);
  data_append_pair_integer(result, "count", count);
  return BASE_OK;
}

static inline base_code shop_find_records(crm_ctx *ctx, base_slice params, base_buffer *result,
                                          const void *self) {
  (void)self;
  data_value where = {0};
  model_query query = {.limit = data_map_integer(params, "limit", 0)};
  model_page page;
  (void)data_map_find(params, "where", &where);
  query.where = where.raw;
  BASE_TRY(model_schema_type(ctx->schema, data_map_text(params, "type"), &query.type, ctx->error));
  BASE_TRY(model_find(ctx, &query, &page));
  data_append_map(result, 1);
  data_append_text(result, "items");
  data_append_array(result, page.count);
  for (size_t i = 0; i < page.count; i++) data_append_raw(result, page.items[i]);
  return BASE_OK;
}

static inline base_code shop_broken(crm_ctx *ctx, base_slice params, base_buffer *result,
                                    const void *self) {
  BASE_TRY(shop_create(ctx, params, result, self));
  return model_ctx_fail(ctx, BASE_RULE_FAILED, NULL, "故意失败", "failed on purpose");
}

/* Answers its own params. */
static inline base_code shop_echo(crm_ctx *ctx, base_slice params, base_buffer *result,
                                  const void *self) {
  (void)ctx, (void)self;
  data_append_raw(result, params);
  return BASE_OK;
}

static inline base_code shop_create_trusted(crm_ctx *ctx, base_slice params, base_buffer *result,
                                            const void *self) {
  base_slice record;
  BASE_TRY(model_record_create(ctx, shop_type(ctx, self), params, MODEL_TRUSTED, &record));
  data_append_raw(result, record);
  return BASE_OK;
}

/* The outcome of a nested call of `op` with the params as they came. */
static inline base_code shop_batch(crm_ctx *ctx, base_slice params, base_buffer *result,
                                   const void *self) {
  (void)self;
  data_value inner;
  data_map_find(params, "params", &inner);
  return ctx->call(ctx, data_map_text(params, "op"), inner.raw, result);
}

static inline base_code shop_prepare(crm_ctx *ctx, base_slice params, base_buffer *prepared,
                                     const void *self) {
  (void)self;
  base_buffer patch = {0};
  atomic_fetch_add(&shop_prepare_runs, 1);
  while (atomic_load(&shop_prepare_held)) (void)sched_yield();
  if (base_slice_is(data_map_text(params, "name"), "短")) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "name", "太短", "too short");
  }
  data_append_map(&patch, 1);
  data_append_pair_text(&patch, "name", "王秀兰（已加密）");
  data_splice(params, base_buffer_slice(&patch), prepared);
  base_buffer_fini(&patch);
  return BASE_OK;
}

static inline base_code shop_clock_advance(crm_ctx *ctx, base_slice params, base_buffer *result,
                                           const void *self) {
  (void)self;
  int64_t to = data_map_integer(params, "to", 0);
  BASE_TRY(api_engine_advance(api_execution_of(ctx)->engine, to, ctx->error));
  data_append_integer(result, to);
  return BASE_OK;
}

static inline base_code shop_clock_set(crm_ctx *ctx, base_slice params, base_buffer *result,
                                       const void *self) {
  (void)self;
  base_clock_set(api_engine_clock(api_execution_of(ctx)->engine),
                 data_map_integer(params, "to", 0));
  data_append_nil(result);
  return BASE_OK;
}

/* Holds the writer lane, so that a test can fill its mailbox. */
static inline base_code shop_gate(crm_ctx *ctx, base_slice params, base_buffer *result,
                                  const void *self) {
  (void)ctx, (void)params, (void)self;
  atomic_store(&shop_gate_entered, true);
  while (atomic_load(&shop_gate_closed)) (void)sched_yield();
  data_append_nil(result);
  return BASE_OK;
}

static inline base_code shop_set_timer(crm_ctx *ctx, base_slice params, base_buffer *result,
                                       const void *self) {
  (void)self;
  base_buffer inner = {0};
  data_append_map(&inner, 1);
  data_append_pair_slice(&inner, "text", data_map_text(params, "name"));
  model_timer timer = {.due = data_map_integer(params, "due", 0),
                       .op = data_map_text(params, "op"),
                       .name = data_map_text(params, "name"),
                       .params = base_buffer_slice(&inner),
                       .actor = ctx->actor.name};
  base_code code = model_timer_put(ctx, &timer);
  base_buffer_fini(&inner);
  data_append_nil(result);
  return code;
}

static inline base_code shop_ring(crm_ctx *ctx, base_slice params, base_buffer *result,
                                  const void *self) {
  BASE_TRY(shop_create(ctx, params, result, self));
  atomic_fetch_add(&shop_ring_runs, 1);
  if (!atomic_load(&shop_ring_fails)) return BASE_OK;
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "暂时不行", "not now");
}

/* --- handlers of the agency -------------------------------------------------------------------- */

/* Calls the op that `self` names with the params, and goes on whatever it answered. */
static inline base_code shop_call_anyway(crm_ctx *ctx, base_slice params, base_buffer *result,
                                         const void *self) {
  base_buffer inner = {0};
  base_code code = ctx->call(ctx, base_slice_text(self), params, &inner);
  base_buffer_fini(&inner);
  data_append_text(result, base_code_name(code));
  return BASE_OK;
}

static inline base_code shop_call_through(crm_ctx *ctx, base_slice params, base_buffer *result,
                                          const void *self) {
  return ctx->call(ctx, base_slice_text(self), params, result);
}

static inline base_code shop_refuse_name(crm_ctx *ctx, const model_rule_change *change,
                                         const void *self) {
  (void)self;
  if (!base_slice_starts(data_map_text(change->after, "name"), base_slice_text("拒"))) {
    return BASE_OK;
  }
  return model_ctx_fail(ctx, BASE_RULE_FAILED, "name", "这位顾客要求不建档案",
                        "this customer asked not to be registered");
}

/* --- tables ------------------------------------------------------------------------------------ */

static const data_field shop_name_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED}, {.name = NULL}};
static const data_field shop_customer_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "phone", .kind = DATA_KIND_PHONE, .flags = DATA_UNIQUE},
    {.name = NULL}};
static const data_field shop_note_fields[] = {
    {.name = "text", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED}, {.name = NULL}};
static const data_field shop_role_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED | DATA_UNIQUE}, {.name = NULL}};
static const data_field shop_type_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED | DATA_UNIQUE},
    {.name = "package", .kind = DATA_KIND_TEXT},
    {.name = "definition", .kind = DATA_KIND_MAP},
    {.name = "unbuilt", .kind = DATA_KIND_MAP},
    {.name = NULL}};
static const data_field shop_secret_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED}, {.name = NULL}};

static const model_type_definition shop_core_types[] = {
    {.name = "customer", .fields = shop_customer_fields},
    {.name = "note", .fields = shop_note_fields},
    {.name = "role", .flags = MODEL_TYPE_ADMIN, .fields = shop_role_fields},
    {.name = "type", .flags = MODEL_TYPE_ADMIN, .fields = shop_type_fields},
    {.name = "secret", .flags = MODEL_TYPE_INTERNAL, .fields = shop_secret_fields},
    {.name = NULL}};

static const data_field shop_id_params[] = {
    {.name = "id", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED}, {.name = NULL}};
static const data_field shop_rename_params[] = {
    {.name = "id", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED},
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = NULL}};
static const data_field shop_count_params[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED}, {.name = NULL}};
static const data_field shop_find_params[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "where", .kind = DATA_KIND_MAP},
    {.name = "limit", .kind = DATA_KIND_INTEGER},
    {.name = NULL}};
static const data_field shop_to_params[] = {
    {.name = "to", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED}, {.name = NULL}};
static const data_field shop_user_params[] = {
    {.name = "user", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED}, {.name = NULL}};
static const data_field shop_batch_params[] = {
    {.name = "op", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "params", .kind = DATA_KIND_MAP, .flags = DATA_REQUIRED},
    {.name = NULL}};
static const data_field shop_timer_params[] = {
    {.name = "due", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED},
    {.name = "op", .kind = DATA_KIND_TEXT, .initial = "ring.note"},
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = NULL}};
static const data_field shop_own_params[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "dry_run", .kind = DATA_KIND_BOOLEAN},
    {.name = NULL}};

static const char shop_customer[] = "customer";
static const char shop_note[] = "note";

static const api_op shop_core_ops[] = {
    {.name = "server.ping",
     .flags = API_OPEN | API_POINT,
     .doc = "Says when and who.",
     .run = shop_ping},
    {.name = "session.enter",
     .flags = API_OPEN | API_SESSION,
     .params = shop_user_params,
     .run = shop_enter},
    {.name = "customer.create",
     .flags = API_WRITE,
     .params = shop_customer_fields,
     .errors = "DUPLICATE  RULE_FAILED",
     .since = "1",
     .run = shop_create,
     .self = shop_customer},
    {.name = "customer.get",
     .flags = API_POINT,
     .params = shop_id_params,
     .run = shop_get,
     .self = shop_customer},
    {.name = "customer.rename",
     .flags = API_WRITE,
     .params = shop_rename_params,
     .run = shop_rename,
     .self = shop_customer},
    {.name = "customer.broken",
     .flags = API_WRITE,
     .params = shop_customer_fields,
     .run = shop_broken,
     .self = shop_customer},
    {.name = "customer.import", .flags = API_WRITE, .params = shop_own_params, .run = shop_echo},
    {.name = "customer.sealed",
     .flags = API_WRITE,
     .params = shop_name_fields,
     .run = shop_create,
     .prepare = shop_prepare,
     .self = shop_customer},
    {.name = "session.sealed",
     .flags = API_SESSION | API_OPEN,
     .params = shop_name_fields,
     .run = shop_call_through,
     .prepare = shop_prepare,
     .self = "server.ping"},
    {.name = "secret.create",
     .flags = API_WRITE,
     .params = shop_name_fields,
     .run = shop_create_trusted,
     .self = "secret"},
    {.name = "record.count", .params = shop_count_params, .run = shop_count_records},
    {.name = "record.find",
     .flags = API_POINT,
     .params = shop_find_params,
     .run = shop_find_records},
    {.name = "batch.run", .flags = API_WRITE, .params = shop_batch_params, .run = shop_batch},
    {.name = "clock.advance",
     .flags = API_CONTROL | API_ADMIN,
     .params = shop_to_params,
     .run = shop_clock_advance},
    {.name = "clock.set",
     .flags = API_CONTROL | API_ADMIN,
     .params = shop_to_params,
     .run = shop_clock_set},
    {.name = "clock.jump", .flags = API_WRITE, .params = shop_to_params, .run = shop_clock_set},
    {.name = "gate.wait", .flags = API_CONTROL, .run = shop_gate},
    {.name = "timer.set", .flags = API_WRITE, .params = shop_timer_params, .run = shop_set_timer},
    {.name = "ring.note",
     .flags = API_WRITE | API_INTERNAL,
     .params = shop_note_fields,
     .run = shop_ring,
     .self = shop_note},
    {.name = NULL}};

static const api_op shop_agency_ops[] = {
    {.name = "agency.tolerant",
     .flags = API_WRITE,
     .params = shop_customer_fields,
     .run = shop_call_anyway,
     .self = "customer.broken"},
    {.name = "agency.curious",
     .flags = API_WRITE,
     .params = shop_id_params,
     .run = shop_call_anyway,
     .self = "customer.get"},
    {.name = "agency.ring",
     .flags = API_WRITE,
     .params = shop_note_fields,
     .run = shop_call_through,
     .self = "ring.note"},
    {.name = "agency.loop", .flags = API_WRITE, .run = shop_call_through, .self = "agency.loop"},
    {.name = "agency.peek",
     .params = shop_customer_fields,
     .run = shop_call_through,
     .self = "customer.create"},
    {.name = "agency.meddle",
     .flags = API_WRITE,
     .params = shop_name_fields,
     .run = shop_call_through,
     .self = "agency.quiet"},
    {.name = "agency.quiet",
     .params = shop_name_fields,
     .run = shop_create_trusted,
     .self = "customer"},
    {.name = "agency.ping", .run = shop_call_through, .self = "server.ping"},
    {.name = NULL}};

static const model_rule shop_agency_rules[] = {{.name = "refuse_name",
                                                .type = "customer",
                                                .events = MODEL_CREATE | MODEL_UPDATE,
                                                .run = shop_refuse_name},
                                               {.name = NULL}};

static api_package shop_core = {
    .name = "core", .version = "0.1.0", .types = shop_core_types, .ops = shop_core_ops};
static const char *const shop_agency_needs[] = {"core", NULL};
static api_package shop_agency = {.name = "agency",
                                  .version = "1.2.0",
                                  .needs = shop_agency_needs,
                                  .ops = shop_agency_ops,
                                  .rules = shop_agency_rules};
