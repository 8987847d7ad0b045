/* host: the table, and its small entries. See host.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "loader/host.h"

#include <stdio.h>

#include "base/log.h"
#include "loader/guard.h"
#include "loader/out.h"
#include "loader/submit.h"

/* --- writing msgpack --------------------------------------------------------------------------- */

static crm_out *out_new(crm_ctx *ctx) {
  return loader_out_new(ctx->arena);
}

static crm_slice out_bytes(crm_out *out) {
  return loader_lend(loader_out_bytes(out));
}

/* --- failing, facts, memory -------------------------------------------------------------------- */

int loader_host_fail(crm_ctx *ctx, int code, const char *field, const char *zh, const char *en,
                     va_list arguments) {
  char text[sizeof ctx->error->message];
  (void)vsnprintf(text, sizeof text, ctx->error->language == BASE_EN ? en : zh, arguments);
  base_code known = code > CRM_OK && code <= CRM_INTERNAL ? (base_code)code : BASE_INTERNAL;
  return (int)base_error_set(ctx->error, known, field, "%s", "%s", text);
}

static int fail(crm_ctx *ctx, int code, const char *field, const char *zh, const char *en, ...) {
  va_list arguments;
  va_start(arguments, en);
  int failed = loader_host_fail(ctx, code, field, zh, en, arguments);
  va_end(arguments);
  return failed;
}

static const crm_facts *facts(crm_ctx *ctx) {
  crm_facts *known = BASE_NEW(ctx->arena, crm_facts);
  *known = (crm_facts){.now = ctx->now,
                       .actor = loader_lend(ctx->actor.name),
                       .package = loader_lend(base_slice_text(ctx->package)),
                       .today = ctx->today,
                       .writes = ctx->writes,
                       .administrator = ctx->actor.administrator};
  return known;
}

static void *alloc(crm_ctx *ctx, size_t size) {
  return base_arena_zero(ctx->arena, size);
}

/* --- dates ------------------------------------------------------------------------------------- */

static bool date_parse(crm_slice text, crm_date *date) {
  return data_date_parse(loader_slice(text), date);
}

_Static_assert(CRM_DATE_SIZE == DATA_DATE_SIZE, "texts of dates have one size");

static crm_date date_of(crm_ctx *ctx, int64_t instant) {
  return ctx->zone == NULL ? 0 : data_zone_date(ctx->zone, instant);
}

static int64_t midnight(crm_ctx *ctx, crm_date date) {
  return ctx->zone == NULL ? 0 : data_zone_midnight(ctx->zone, date);
}

/* --- log --------------------------------------------------------------------------------------- */

#define LOG_TEXT_MAX 2048

_Static_assert((int)CRM_LOG_DEBUG == (int)BASE_LOG_DEBUG &&
                   (int)CRM_LOG_INFO == (int)BASE_LOG_INFO &&
                   (int)CRM_LOG_WARN == (int)BASE_LOG_WARN &&
                   (int)CRM_LOG_ERROR == (int)BASE_LOG_ERROR,
               "log levels are one list");

void loader_host_log(const crm_host *host, uint32_t level, const char *event, const char *format,
                     va_list arguments) {
  const loader_plugin *plugin = (const loader_plugin *)host;
  char text[LOG_TEXT_MAX];
  (void)vsnprintf(text, sizeof text, format, arguments);
  base_log(level > CRM_LOG_ERROR ? BASE_LOG_ERROR : (base_log_level)level, event, "plugin=%s %s",
           plugin->entry.name, text);
}

static void write_log(const crm_host *host, uint32_t level, const char *event, const char *format,
                      ...) {
  va_list arguments;
  va_start(arguments, format);
  loader_host_log(host, level, event, format, arguments);
  va_end(arguments);
}

const crm_host *loader_host_table(void) {
#if LOADER_GUARDED
  return &loader_host_checked;
#else
  return &loader_host;
#endif
}

const crm_host loader_host = {
    .size = sizeof(crm_host),
    .abi_major = CRM_ABI_MAJOR,
    .abi_minor = CRM_ABI_MINOR,
    .version = HAOKE_VERSION,
    .value = loader_host_value,
    .lookup = loader_host_lookup,
    .walk = loader_host_walk,
    .out = out_new,
    .append = loader_out_append,
    .begin = loader_out_begin,
    .end = loader_out_end,
    .bytes = out_bytes,
    .get = loader_host_get,
    .find = loader_host_find,
    .count = loader_host_count,
    .create = loader_host_create,
    .update = loader_host_update,
    .remove = loader_host_remove,
    .call = loader_host_call,
    .at = loader_host_at,
    .cancel = loader_host_cancel,
    .fail = fail,
    .facts = facts,
    .alloc = alloc,
    .date_parse = date_parse,
    .date_format = data_date_format,
    .date_add_months = data_date_add_months,
    .date_of = date_of,
    .midnight = midnight,
    .log = write_log,
    .submit = loader_submit,
};
