/* package: which packages there are, and what each has used. */
#include "api/nouns/nouns.h"

typedef struct package_list {
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
  data_append_map(out, 6);
  data_append_pair_integer(out, "calls", used.calls);
  data_append_pair_integer(out, "instructions", used.instructions);
  data_append_pair_integer(out, "microseconds", used.nanoseconds / 1000);
  data_append_pair_integer(out, "memory_peak", used.memory_peak);
  data_append_pair_integer(out, "errors", used.errors);
  data_append_pair_integer(out, "budget_errors", used.budget_errors);
}

static const char *or_empty(const char *text) {
  return text == NULL ? "" : text;
}

static void append_package(const api_package *package, void *self) {
  package_list *list = self;
  data_append_map(list->out, 6);
  data_append_pair_text(list->out, "name", package->name);
  data_append_pair_text(list->out, "version", or_empty(package->version));
  data_append_pair_text(list->out, "doc", or_empty(package->doc));
  data_append_pair_text(list->out, "doc_zh", or_empty(package->doc_zh));
  data_append_pair_text(list->out, "source", or_empty(package->source));
  append_account(package, list->out);
  list->count += 1;
}

/* --- package.list ------------------------------------------------------------------------------ */

static base_code run_list(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)params;
  (void)self;
  package_list list = {.out = result};
  data_append_map(result, 1);
  data_append_text(result, "items");
  size_t place = data_append_open_array(result);
  api_registry_each_package(api_execution_of(ctx)->registry, append_package, &list);
  data_append_close(result, place, list.count);
  return BASE_OK;
}

static const data_field list_result[] = {
    API_RESULT_ITEMS(
        "One per package, in the order in which they work: name, version, doc, doc_zh, "
        "source (where it was loaded from), and account, what it has used since: calls, "
        "instructions, microseconds, memory_peak (bytes, of one call), errors, and of "
        "these budget_errors; nil where nothing is counted."),
    {.name = NULL}};

const api_op api_ops_package[] = {{.name = "package.list",
                                   .flags = API_ADMIN,
                                   .since = "1",
                                   .result = list_result,
                                   .doc = "The packages that work, and what each has used.",
                                   .doc_zh = "正在运行的包，以及每个包的用量。",
                                   .run = run_list},
                                  {.name = NULL}};
