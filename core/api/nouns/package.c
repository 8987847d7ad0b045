/* package: which packages there are, and what each has used. */
#include "api/nouns/nouns.h"

typedef struct package_list {
  crm_ctx *ctx;
  base_buffer *out;
  size_t count;
} package_list;

static void append_account(const api_package *package, base_buffer *out) {
  api_account used = {0};
  data_append_text(out, "account");
  if (package->account == NULL) {
    data_append_nil(out);
    return;
  }
  package->account(package, &used);
  data_append_map(out, 11);
  data_append_pair_integer(out, "calls", used.calls);
  data_append_pair_integer(out, "instructions", used.instructions);
  data_append_pair_integer(out, "microseconds", used.nanoseconds / 1000);
  data_append_pair_integer(out, "memory_peak", used.memory_peak);
  data_append_pair_integer(out, "errors", used.errors);
  data_append_pair_integer(out, "budget_errors", used.budget_errors);
  data_append_pair_integer(out, "rows_read", used.rows_read);
  data_append_pair_integer(out, "rows_written", used.rows_written);
  data_append_pair_integer(out, "timers", used.timers);
  data_append_pair_integer(out, "deliveries", used.deliveries);
  data_append_pair_integer(out, "log_bytes", used.log_bytes);
}

static const char *or_empty(const char *text) {
  return text == NULL ? "" : text;
}

static void append_stored(base_slice record, base_buffer *out) {
  static const char *const keys[] = {"state",     "hash",    "size",    "loaded_at",
                                     "loaded_by", "earlier", "failure", NULL};
  for (const char *const *key = keys; *key != NULL; key++) {
    data_value value = {0};
    bool given = record.size > 0 && data_map_find(record, *key, &value);
    data_append_text(out, *key);
    if (given) {
      data_append_raw(out, value.raw);
    } else {
      data_append_nil(out);
    }
  }
}

static base_slice stored_record(crm_ctx *ctx, const char *name) {
  base_slice record = {0};
  bool there = model_record_find_by(ctx, api_noun_type(ctx, "package"), "name",
                                    base_slice_text(name), &record);
  return there ? record : (base_slice){0};
}

static void append_package(const api_package *package, void *self) {
  package_list *list = self;
  data_append_map(list->out, 14);
  data_append_pair_text(list->out, "name", package->name);
  data_append_pair_text(list->out, "version", or_empty(package->version));
  data_append_pair_text(list->out, "doc", or_empty(package->doc));
  data_append_pair_text(list->out, "doc_zh", or_empty(package->doc_zh));
  data_append_pair_text(list->out, "source", or_empty(package->source));
  data_append_text(list->out, "own_rights");
  data_append_array(list->out, (size_t)package->own_rules + package->own_ops);
  if (package->own_rules) data_append_text(list->out, "rules");
  if (package->own_ops) data_append_text(list->out, "ops");
  append_account(package, list->out);
  append_stored(stored_record(list->ctx, package->name), list->out);
  list->count += 1;
}

/* Packages that were refused and never loaded. */
static base_code append_refused(crm_ctx *ctx, package_list *list) {
  model_page page;
  base_buffer where = {0};
  data_append_map(&where, 1);
  data_append_pair_text(&where, "state", "refused");
  base_slice refused = model_ctx_take(ctx, &where);
  BASE_TRY(api_noun_find(ctx, "package", refused, "id", MODEL_LIMIT_MAX, (base_slice){0}, &page));
  for (size_t i = 0; i < page.count; i++) {
    data_append_map(list->out, 8);
    data_append_pair_slice(list->out, "name", data_map_text(page.items[i], "name"));
    append_stored(page.items[i], list->out);
    list->count += 1;
  }
  return BASE_OK;
}

/* --- package.list ------------------------------------------------------------------------------ */

static base_code run_list(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)params;
  (void)self;
  package_list list = {.ctx = ctx, .out = result};
  data_append_map(result, 1);
  data_append_text(result, "items");
  size_t place = data_append_open_array(result);
  api_registry_each_package(api_execution_of(ctx)->registry, append_package, &list);
  BASE_TRY(append_refused(ctx, &list));
  data_append_close(result, place, list.count);
  return BASE_OK;
}

static const data_field list_result[] = {
    API_RESULT_ITEMS(
        "One per package, in the order in which they work: name, version, doc, doc_zh, "
        "source (where it was loaded from), and account, what it has used since: calls, "
        "instructions, microseconds, memory_peak (bytes, of one call), errors, and of "
        "these budget_errors, and what the budgets of script count: rows_read, rows_written, "
        "timers, "
        "deliveries, log_bytes; nil where nothing is counted. With it what its record says: state "
        "(active, disabled), hash and size of its files, loaded_at, loaded_by, earlier (versions "
        "that "
        "can be gone back to), failure (why the last load was refused). At the end those that were "
        "refused and never loaded."),
    {.name = NULL}};

const api_op api_ops_package[] = {{.name = "package.list",
                                   .flags = API_ADMIN,
                                   .since = "1",
                                   .result = list_result,
                                   .doc = "The packages that are loaded, and what each has used.",
                                   .doc_zh = "已装入的包，以及每个包的用量。",
                                   .run = run_list},
                                  {.name = NULL}};
