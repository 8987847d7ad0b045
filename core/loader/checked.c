/* checked: the host's table of debug builds. Each entry looks at what it was handed (guard.h), calls the
 * entry of the plain table, and remembers what it lends.
 *
 * Memory, Threads: see guard.h.  Fails: by abort(), where the plugin does not keep to the rules. */
#include "loader/guard.h"

#if LOADER_GUARDED

#include "loader/host.h"

/* --- reading ----------------------------------------------------------------------------------- */

static crm_value value(crm_slice bytes) {
  loader_guard_check_bytes(bytes, "value");
  return loader_host.value(bytes);
}

static crm_value lookup(crm_slice map, const char *key) {
  loader_guard_check_bytes(map, "lookup");
  loader_guard_check_given(key, "lookup", "the key");
  return loader_host.lookup(map, key);
}

static bool walk(crm_walk *walked) {
  loader_guard_check_given(walked, "walk", "the walk");
  loader_guard_check_bytes(walked->rest, "walk");
  return loader_host.walk(walked);
}

/* --- writing ----------------------------------------------------------------------------------- */

static crm_out *out_new(crm_ctx *ctx) {
  loader_guard_check_ctx(ctx, "out");
  crm_out *made = loader_host.out(ctx);
  loader_guard_lend_out(made);
  return made;
}

static void append(crm_out *out, crm_value appended) {
  loader_guard_check_out(out, "append");
  bool container = appended.type == CRM_ARRAY || appended.type == CRM_MAP;
  if (container) loader_guard_check_bytes(appended.raw, "append");
  loader_host.append(out, appended);
}

static void begin(crm_out *out, uint32_t type) {
  loader_guard_check_out(out, "begin");
  loader_host.begin(out, type);
}

static void end(crm_out *out) {
  loader_guard_check_out(out, "end");
  loader_host.end(out);
}

static crm_slice bytes(crm_out *out) {
  loader_guard_check_out(out, "bytes");
  return loader_host.bytes(out);
}

/* --- records ----------------------------------------------------------------------------------- */

static void check_type(const crm_ctx *ctx, const char *type, const char *function) {
  loader_guard_check_ctx(ctx, function);
  loader_guard_check_given(type, function, "the type");
}

static int lend(int code, const crm_slice *record) {
  if (code == CRM_OK && record != NULL) loader_guard_lend(*record);
  return code;
}

static int get(crm_ctx *ctx, const char *type, int64_t id, crm_slice *record) {
  check_type(ctx, type, "get");
  loader_guard_check_given(record, "get", "where the record goes");
  return lend(loader_host.get(ctx, type, id, record), record);
}

static int find(crm_ctx *ctx, const crm_query *query, crm_page *page) {
  loader_guard_check_given(query, "find", "the query");
  loader_guard_check_given(page, "find", "where the page goes");
  check_type(ctx, query->type, "find");
  int code = loader_host.find(ctx, query, page);
  for (size_t i = 0; code == CRM_OK && i < page->count; i++) loader_guard_lend(page->items[i]);
  return code;
}

static int count(crm_ctx *ctx, const char *type, crm_slice where, int64_t *counted) {
  check_type(ctx, type, "count");
  loader_guard_check_given(counted, "count", "where the count goes");
  return loader_host.count(ctx, type, where, counted);
}

static int create(crm_ctx *ctx, const char *type, crm_slice values, crm_slice *record) {
  check_type(ctx, type, "create");
  return lend(loader_host.create(ctx, type, values, record), record);
}

static int update(crm_ctx *ctx, const char *type, int64_t id, crm_slice values, int64_t version,
                  crm_slice *record) {
  check_type(ctx, type, "update");
  return lend(loader_host.update(ctx, type, id, values, version, record), record);
}

static int remove_record(crm_ctx *ctx, const char *type, int64_t id, crm_slice *record) {
  check_type(ctx, type, "remove");
  return lend(loader_host.remove(ctx, type, id, record), record);
}

/* --- calls and timers -------------------------------------------------------------------------- */

static void check_op(const crm_ctx *ctx, const char *op, const char *function) {
  loader_guard_check_ctx(ctx, function);
  loader_guard_check_given(op, function, "the op");
}

static int call(crm_ctx *ctx, const char *op, crm_slice params, crm_slice *result) {
  check_op(ctx, op, "call");
  return lend(loader_host.call(ctx, op, params, result), result);
}

static int at(crm_ctx *ctx, int64_t due, const char *op, const char *name, crm_slice params) {
  check_op(ctx, op, "at");
  loader_guard_check_given(name, "at", "the name");
  return loader_host.at(ctx, due, op, name, params);
}

static int cancel(crm_ctx *ctx, int64_t due, const char *op, const char *name) {
  check_op(ctx, op, "cancel");
  loader_guard_check_given(name, "cancel", "the name");
  return loader_host.cancel(ctx, due, op, name);
}

/* --- the rest ---------------------------------------------------------------------------------- */

static int fail(crm_ctx *ctx, int code, const char *field, const char *zh, const char *en, ...) {
  va_list arguments;
  loader_guard_check_ctx(ctx, "fail");
  loader_guard_check_given(zh, "fail", "the Chinese text");
  loader_guard_check_given(en, "fail", "the English text");
  va_start(arguments, en);
  int failed = loader_host_fail(ctx, code, field, zh, en, arguments);
  va_end(arguments);
  return failed;
}

static const crm_facts *facts(crm_ctx *ctx) {
  loader_guard_check_ctx(ctx, "facts");
  return loader_host.facts(ctx);
}

static void *alloc(crm_ctx *ctx, size_t size) {
  loader_guard_check_ctx(ctx, "alloc");
  return loader_host.alloc(ctx, size);
}

static bool date_parse(crm_slice text, crm_date *date) {
  loader_guard_check_given(date, "date_parse", "where the date goes");
  return loader_host.date_parse(text, date);
}

static void date_format(crm_date date, char text[CRM_DATE_SIZE]) {
  loader_guard_check_given(text, "date_format", "where the text goes");
  loader_host.date_format(date, text);
}

static crm_date date_add_months(crm_date date, int32_t months) {
  return loader_host.date_add_months(date, months);
}

static crm_date date_of(crm_ctx *ctx, int64_t instant) {
  loader_guard_check_ctx(ctx, "date_of");
  return loader_host.date_of(ctx, instant);
}

static int64_t midnight(crm_ctx *ctx, crm_date date) {
  loader_guard_check_ctx(ctx, "midnight");
  return loader_host.midnight(ctx, date);
}

static void write_log(const crm_host *host, uint32_t level, const char *event, const char *format,
                      ...) {
  va_list arguments;
  loader_guard_check_host(host, "log");
  loader_guard_check_given(event, "log", "the event");
  loader_guard_check_given(format, "log", "the format");
  va_start(arguments, format);
  loader_host_log(host, level, event, format, arguments);
  va_end(arguments);
}

static int submit(const crm_host *host, const char *op, crm_ask ask, crm_done done, void *self) {
  loader_guard_check_host(host, "submit");
  loader_guard_check_given(op, "submit", "the op");
  if (done == NULL) loader_guard_check_given(NULL, "submit", "done");
  return loader_host.submit(host, op, ask, done, self);
}

const crm_host loader_host_checked = {
    .size = sizeof(crm_host),
    .abi_major = CRM_ABI_MAJOR,
    .abi_minor = CRM_ABI_MINOR,
    .version = HAOKE_VERSION,
    .value = value,
    .lookup = lookup,
    .walk = walk,
    .out = out_new,
    .append = append,
    .begin = begin,
    .end = end,
    .bytes = bytes,
    .get = get,
    .find = find,
    .count = count,
    .create = create,
    .update = update,
    .remove = remove_record,
    .call = call,
    .at = at,
    .cancel = cancel,
    .fail = fail,
    .facts = facts,
    .alloc = alloc,
    .date_parse = date_parse,
    .date_format = date_format,
    .date_add_months = date_add_months,
    .date_of = date_of,
    .midnight = midnight,
    .log = write_log,
    .submit = submit,
};

#endif
