/* imports: short ways to import customers, over a core whose customers have rules.
 *
 * Memory, Threads, Fails: as shop.h says. */
#pragma once

#include "shop_staff.h"

#define HEADER "名称,电话,负责人,生日,标签\n"

/* --- a package with rules ------------------------------------------------------------------------ */

/* Who is called 带… gets an activity; who is called 拒… is refused after something was written. */
static inline base_code note_arrival(crm_ctx *ctx, const model_rule_change *change,
                                     const void *self) {
  (void)self;
  base_buffer values = {0};
  base_slice record;
  base_slice name = data_map_text(change->after, "name");
  bool refuses = base_slice_starts(name, base_slice_text("拒"));
  if (!refuses && !base_slice_starts(name, base_slice_text("带"))) return BASE_OK;
  data_append_map(&values, 2);
  data_append_pair_integer(&values, "customer", change->id);
  data_append_pair_text(&values, "kind", "visit");
  base_slice activity = model_ctx_take(ctx, &values);
  BASE_TRY(model_record_create(ctx, shop_type(ctx, "activity"), activity, MODEL_TRUSTED, &record));
  return refuses ? model_ctx_fail(ctx, BASE_RULE_FAILED, "name", "不收", "not taken") : BASE_OK;
}

static const model_rule rules[] = {{.name = "arrival",
                                    .package = "door",
                                    .type = "customer",
                                    .events = MODEL_CREATE,
                                    .run = note_arrival},
                                   {.name = NULL}};
static const api_op ops[] = {{.name = "gate.wait", .flags = API_CONTROL, .run = shop_gate},
                             {.name = NULL}};
static api_package door = {.name = "door", .version = "1.0.0", .rules = rules, .ops = ops};

static inline void begin_engine(shop *self) {
  shop_start_core(self, &door);
}

static inline int imports_begin(void **state) {
  if (shop_begin_stopped(state) != 0) return -1;
  begin_engine(*state);
  return 0;
}

static inline void restart_with(shop *self, api_import_options options) {
  shop_stop(self);
  self->import = options;
  begin_engine(self);
}

/* --- calls --------------------------------------------------------------------------------------- */

static inline int64_t start(shop *self, const char *kinds, const char *name, const char *value) {
  base_slice params = name == NULL ? shop_map(self, "t", "type", "customer")
                                   : shop_map(self, kinds, "type", "customer", name, value);
  return data_map_integer(shop_call(self, "import.start", params), "id", 0);
}

static inline int64_t start_customers(shop *self) {
  return start(self, "t", NULL, NULL);
}

static inline int64_t start_dry(shop *self) {
  base_slice params = shop_map(self, "tb", "type", "customer", "dry_run", true);
  return data_map_integer(shop_call(self, "import.start", params), "id", 0);
}

static inline base_slice data_params(shop *self, int64_t id, int64_t offset, base_slice bytes,
                                     bool last) {
  base_buffer data = {0};
  data_append_binary(&data, bytes);
  base_slice params = shop_map(self, "iirb", "id", id, "offset", offset, "data",
                               base_buffer_slice(&data), "last", (int)last);
  base_buffer_fini(&data);
  return params;
}

static inline base_slice send(shop *self, int64_t id, int64_t offset, const char *text, bool last) {
  return shop_call(self, "import.data", data_params(self, id, offset, base_slice_text(text), last));
}

/* The whole file in pieces of `step` bytes. */
static inline base_slice send_file(shop *self, int64_t id, const char *text, size_t step) {
  size_t size = strlen(text);
  base_slice status = {0};
  for (size_t at = 0; at < size; at += step) {
    size_t piece = size - at < step ? size - at : step;
    status = shop_call(
        self, "import.data",
        data_params(self, id, (int64_t)at, base_slice_make(text + at, piece), at + piece == size));
  }
  return status;
}

static inline base_slice status_of(shop *self, int64_t id) {
  return shop_call(self, "import.status", shop_map(self, "ii", "id", id, "limit", (int64_t)500));
}

static inline void assert_counts(base_slice status, const char *state, int64_t rows,
                                 int64_t created, int64_t failed) {
  assert_text(data_map_text(status, "state"), state);
  assert_int_equal(data_map_integer(status, "rows", -1), rows);
  assert_int_equal(data_map_integer(status, "created", -1), created);
  assert_int_equal(data_map_integer(status, "failed", -1), failed);
}

/* The results as JSON text, in the test's arena. */
static inline const char *results_of(shop *self, int64_t id) {
  data_value items;
  base_buffer text = {0};
  assert_true(data_map_find(status_of(self, id), "items", &items));
  data_json_append(items, &text);
  const char *told = base_arena_text(self->arena, base_buffer_slice(&text));
  base_buffer_fini(&text);
  return told;
}

/* The result of one row. */
static inline base_slice result_of(shop *self, int64_t id, int64_t row) {
  data_value items;
  base_slice page =
      shop_call(self, "import.status",
                shop_map(self, "iii", "id", id, "after", row - 1, "limit", (int64_t)1));
  assert_true(data_map_find(page, "items", &items));
  data_walk walk = data_walk_begin(items.raw);
  assert_true(data_walk_next(&walk));
  assert_int_equal(data_map_integer(walk.value.raw, "row", 0), row);
  return walk.value.raw;
}

static inline void assert_failed(shop *self, int64_t id, int64_t row, int64_t line,
                                 const char *code, const char *field, const char *value) {
  base_slice result = result_of(self, id, row);
  assert_false(data_map_boolean(result, "ok", true));
  assert_int_equal(data_map_integer(result, "line", 0), line);
  assert_text(data_map_text(result, "code"), code);
  assert_text(data_map_text(result, "field"), field);
  assert_text(data_map_text(result, "value"), value);
}

/* Everything, as the export has it. */
static inline const char *export_all(shop *self, const char *type) {
  data_value data;
  base_slice params = type == NULL ? shop_map(self, "i", "limit", (int64_t)5000)
                                   : shop_map(self, "t", "type", type);
  base_slice piece = shop_try_as(self, &self->administrator, "export.read", params);
  shop_check(self, self->error.code);
  assert_true(data_map_find(piece, "data", &data));
  return base_arena_text(self->arena, data.as.bytes);
}

/* --- a file with every sort of row ---------------------------------------------------------- */

#define MIXED                                                                                      \
  HEADER                                                                                           \
  "王秀兰,138-0000-1001,李静,1956/3/7,重点;老客户\r\n"                                   \
  "\n"                                                                                             \
  ",13800001002,李静,,\n"                                                                        \
  "张建国,138 0000 1001,王芳,,\n"                                                             \
  "\"多行\n名称\",13800001003,,2026年2月30日,\n"                                            \
  "孙伟,13800001004,王芳,1960-01-02,\n"                                                        \
  ",,,,\n"                                                                                         \
  "赵敏,13800001005,王芳,,,多出来\n"                                                        \
  "拒绝,13800001006,,,\n"                                                                        \
  "带路,13800001007,,,"

static inline void assert_mixed(shop *self, int64_t id) {
  assert_counts(status_of(self, id), "done", 8, 3, 5);
  assert_failed(self, id, 2, 4, "VALIDATION_FAILED", "name", "");
  assert_failed(self, id, 3, 5, "DUPLICATE", "phone", "138 0000 1001");
  assert_failed(self, id, 4, 6, "VALIDATION_FAILED", "birthday", "2026年2月30日");
  assert_failed(self, id, 6, 10, "VALIDATION_FAILED", "", "");
  assert_failed(self, id, 7, 11, "RULE_FAILED", "name", "拒绝");
  assert_true(data_map_boolean(result_of(self, id, 8), "ok", false));
}
