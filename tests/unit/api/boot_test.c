/* boot: roles, types and indexes are there before the first request, and written only once. */
#include "shop.h"

/* The record of a type that has that name; empty when there is none. */
static base_slice named(shop *self, const char *type, const char *name) {
  store_view *view;
  base_slice none = {0};
  base_slice key;
  base_slice record;
  base_slice found = {0};
  shop_check(self, store_view_open(self->store, &view, &self->error));
  store_change_set *set = store_change_set_new(view, self->arena);
  store_cursor *cursor = store_cursor_open(set, STORE_RECORD, none, none, false);
  while (store_cursor_next(cursor, &key, &record)) {
    bool same = base_slice_is(data_map_text(record, "type"), type) &&
                base_slice_is(data_map_text(record, "name"), name);
    if (same) found = base_arena_slice(self->arena, record);
  }
  store_cursor_close(cursor);
  store_view_close(view);
  return found;
}

static void count_finding(const char *finding, void *self) {
  ++*(int *)self;
  print_message("%s\n", finding);
}

/* Every index row has its record and every record its rows. */
static model_check_report check(shop *self) {
  store_view *view;
  int findings = 0;
  model_check_report report = {0};
  shop_check(self, store_view_open(self->store, &view, &self->error));
  crm_ctx ctx = {.arena = self->arena,
                 .error = &self->error,
                 .set = store_change_set_new(view, self->arena),
                 .schema = api_registry_schema(self->registry),
                 .zone = self->zone,
                 .now = SHOP_NOW};
  (void)model_check(&ctx, count_finding, &findings, &report);
  store_view_close(view);
  assert_int_equal(findings, 0);
  return report;
}

static void roles_and_types_are_there(void **state) {
  shop *self = *state;
  assert_true(named(self, "role", "administrator").size > 0);
  assert_true(named(self, "role", "staff").size > 0);
  base_slice type = named(self, "type", "customer");
  assert_text(data_map_text(type, "package"), "core");
  assert_text(data_map_text(type, "created_by"), "system");
  data_value definition;
  base_buffer wanted = {0};
  assert_true(data_map_find(type, "definition", &definition));
  model_type_append(
      model_schema_find(api_registry_schema(self->registry), base_slice_text("customer")), &wanted);
  assert_true(base_slice_equal(definition.raw, base_buffer_slice(&wanted)));
  base_buffer_fini(&wanted);
  assert_text(shop_entry(self, 0).head.op, "server.start");
  assert_text(shop_entry(self, 0).head.actor, "system");
  assert_int_equal(shop_count(self, "type"), 5);
  assert_true(check(self).unique_rows >= 7);
}

static void a_restart_writes_nothing(void **state) {
  shop *self = *state;
  uint64_t entries = shop_entries(self);
  shop_restart(self);
  assert_int_equal(shop_entries(self), entries);
  (void)shop_call(self, "customer.create", shop_map(self, "t", "name", "张建国"));
  shop_restart(self);
  assert_int_equal(shop_entries(self), entries + 1);
}

/* With the core as it is delivered. */
static void the_core_itself_boots_once(void **state) {
  shop *self = *state;
  self->packages[0] = api_core_package();
  shop_start(self);
  uint64_t entries = shop_entries(self);
  assert_true(named(self, "role", "staff").size > 0);
  assert_true(named(self, "type", "order").size > 0);
  (void)check(self);
  shop_stop(self);
  self->packages[0] = api_core_package();
  shop_start(self);
  assert_int_equal(shop_entries(self), entries);
}

/* --- the same core with other types ------------------------------------------------------------ */

static api_package changed_core(const model_type_definition *types) {
  api_package core = shop_core;
  core.types = types;
  return core;
}

static const data_field indexed_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED | DATA_INDEX},
    {.name = "phone", .kind = DATA_KIND_PHONE, .flags = DATA_UNIQUE},
    {.name = "grade", .kind = DATA_KIND_TEXT},
    {.name = NULL}};
static const data_field unique_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED | DATA_UNIQUE},
    {.name = "phone", .kind = DATA_KIND_PHONE},
    {.name = NULL}};

static const model_type_definition indexed_types[] = {
    {.name = "customer", .fields = indexed_fields},
    {.name = "note", .fields = shop_note_fields},
    {.name = "role", .flags = MODEL_TYPE_ADMIN, .fields = shop_role_fields},
    {.name = "type", .flags = MODEL_TYPE_ADMIN, .fields = shop_type_fields},
    {.name = "secret", .flags = MODEL_TYPE_INTERNAL, .fields = shop_secret_fields},
    {.name = NULL}};
static const model_type_definition unique_types[] = {
    {.name = "customer", .fields = unique_fields},
    {.name = "note", .fields = shop_note_fields},
    {.name = "role", .flags = MODEL_TYPE_ADMIN, .fields = shop_role_fields},
    {.name = "type", .flags = MODEL_TYPE_ADMIN, .fields = shop_type_fields},
    {.name = "secret", .flags = MODEL_TYPE_INTERNAL, .fields = shop_secret_fields},
    {.name = NULL}};

static void create_customers(shop *self, int count) {
  char phone[32];
  char name[32];
  for (int i = 0; i < count; i++) {
    (void)snprintf(phone, sizeof phone, "1380000%04d", i);
    (void)snprintf(name, sizeof name, "顾客 %d", i);
    (void)shop_call(self, "customer.create", shop_map(self, "tt", "name", name, "phone", phone));
  }
}

static void a_new_index_is_built_from_the_records(void **state) {
  shop *self = *state;
  create_customers(self, 30);
  int64_t rows = check(self).index_rows;
  static api_package core;
  core = changed_core(indexed_types);
  self->packages[0] = &core;
  shop_restart(self);
  assert_int_equal(check(self).index_rows, rows + 30);
  uint64_t entries = shop_entries(self);
  shop_restart(self);
  assert_int_equal(shop_entries(self), entries);
  /* And taken away again with the index: its rows would be wrong when it comes back. */
  self->packages[0] = &shop_core;
  shop_restart(self);
  assert_int_equal(check(self).index_rows, rows);
}

static const data_field searched_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED | DATA_SEARCH},
    {.name = "phone", .kind = DATA_KIND_PHONE, .flags = DATA_UNIQUE},
    {.name = "grade", .kind = DATA_KIND_TEXT},
    {.name = NULL}};
static const model_type_definition searched_types[] = {
    {.name = "customer", .fields = searched_fields},
    {.name = "note", .fields = shop_note_fields},
    {.name = "role", .flags = MODEL_TYPE_ADMIN, .fields = shop_role_fields},
    {.name = "type", .flags = MODEL_TYPE_ADMIN, .fields = shop_type_fields},
    {.name = "secret", .flags = MODEL_TYPE_INTERNAL, .fields = shop_secret_fields},
    {.name = NULL}};

/* "顾客 0" to "顾客 29": gu'k, ke'0 …, and the digits: three letters and another from the tenth on. */
static void a_field_that_is_searched_from_now_on_gets_its_rows(void **state) {
  shop *self = *state;
  create_customers(self, 30);
  assert_int_equal(check(self).text_rows, 0);
  int64_t indexed = check(self).index_rows;
  static api_package core;
  core = changed_core(searched_types);
  self->packages[0] = &core;
  shop_restart(self);
  assert_int_equal(check(self).text_rows, 30 * 3 + 20);
  assert_int_equal(check(self).index_rows, indexed);
  uint64_t entries = shop_entries(self);
  shop_restart(self);
  assert_int_equal(shop_entries(self), entries);
  (void)shop_call(self, "customer.rename", shop_map(self, "it", "id", (int64_t)2, "name", "孙伟"));
  assert_int_equal(check(self).text_rows, 30 * 3 + 20 - 1);
  self->packages[0] = &shop_core;
  shop_restart(self);
  assert_int_equal(check(self).text_rows, 0);
}

/* Left behind by a build that was cut short before the record changed. */
static void put_stray_row(shop *self, store_change_set *set) {
  data_key key;
  data_key_init(&key);
  data_key_text(&key, base_slice_text("customer"), DATA_KEY_HASH);
  data_key_text(&key, base_slice_text("name"), DATA_KEY_HASH);
  data_key_text(&key, base_slice_text("孙伟"), DATA_KEY_CUT);
  data_key_integer(&key, 7);
  shop_check(self,
             store_put(set, STORE_INDEX, data_key_slice(&key), (base_slice){0}, &self->error));
}

static void put_customers(shop *self, int64_t count) {
  store_group *group;
  store_entry_head head = {
      .at = SHOP_NOW, .actor = base_slice_text("李静"), .op = base_slice_text("import.data")};
  uint64_t sequence;
  shop_check(self, store_group_begin(self->store, &group, &self->error));
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  for (int64_t id = 1; id <= count; id++) {
    data_key key;
    model_record_key(&key, "customer", id);
    base_slice record = shop_map(self, "itt", "id", id, "type", "customer", "name", "张建国");
    shop_check(self, store_put(set, STORE_RECORD, data_key_slice(&key), record, &self->error));
  }
  put_stray_row(self, set);
  shop_check(self, store_group_append(group, set, &head, &sequence, &self->error));
  shop_check(self, store_group_commit(group, &self->error));
}

static void large_types_are_built_in_batches(void **state) {
  shop *self = *state;
  put_customers(self, 2500);
  static api_package core;
  core = changed_core(indexed_types);
  self->packages[0] = &core;
  uint64_t entries = shop_entries(self);
  shop_restart(self);
  /* That it is being built, the stray row, three batches and the type's record. */
  assert_int_equal(shop_entries(self), entries + 6);
  assert_int_equal(check(self).index_rows, 2500);
}

/* A unique index that the records do not satisfy stops the start, and the next one tries again. */
static void a_unique_index_must_hold(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", shop_map(self, "t", "name", "张建国"));
  (void)shop_call(self, "customer.create", shop_map(self, "t", "name", "张建国"));
  static api_package core;
  core = changed_core(unique_types);
  self->packages[0] = &core;
  for (int i = 0; i < 2; i++) {
    shop_stop(self);
    assert_int_equal(shop_try_start(self), BASE_DUPLICATE);
    assert_string_equal(self->error.field, "name");
  }
  shop_stop(self);
  self->packages[0] = &shop_core;
  shop_start(self);
  (void)shop_call(self, "customer.rename", shop_map(self, "it", "id", (int64_t)2, "name", "孙伟"));
  self->packages[0] = &core;
  shop_restart(self);
  (void)check(self);
  shop_refused(self, BASE_DUPLICATE, "customer.rename",
               shop_map(self, "it", "id", (int64_t)2, "name", "张建国"));
}

/* The index is there in another form; the version before, when it starts again, makes its rows anew. */
static void an_index_that_cannot_become_unique_comes_back(void **state) {
  shop *self = *state;
  static api_package indexed, unique;
  indexed = changed_core(indexed_types);
  unique = changed_core(unique_types);
  self->packages[0] = &indexed;
  shop_restart(self);
  create_customers(self, 3);
  (void)shop_call(self, "customer.create", shop_map(self, "t", "name", "张建国"));
  (void)shop_call(self, "customer.create", shop_map(self, "t", "name", "张建国"));
  int64_t rows = check(self).index_rows;
  self->packages[0] = &unique;
  shop_stop(self);
  assert_int_equal(shop_try_start(self), BASE_DUPLICATE);
  shop_stop(self);
  self->packages[0] = &indexed;
  shop_start(self);
  assert_int_equal(check(self).index_rows, rows);
  uint64_t entries = shop_entries(self);
  shop_restart(self);
  assert_int_equal(shop_entries(self), entries);
}

/* --- a package that was another when the server went down ---------------------------------------- */

static _Atomic int migrations_run;

static base_code count_migration(crm_ctx *ctx, int64_t after, int64_t *next, const void *self) {
  (void)ctx, (void)self;
  atomic_fetch_add(&migrations_run, 1);
  *next = after < 2 ? after + 1 : 0;
  return BASE_OK;
}

static base_code fail_migration(crm_ctx *ctx, int64_t after, int64_t *next, const void *self) {
  (void)after, (void)next, (void)self;
  return model_ctx_fail(ctx, BASE_RULE_FAILED, NULL, "旧记录太多", "too many records");
}

static void keep(api_package *package) {
  (void)package;
}

static const data_field shelf_fields[] = {{.name = "name", .kind = DATA_KIND_TEXT}, {0}};
static const data_field room_fields[] = {
    {.name = "name", .kind = DATA_KIND_TEXT},
    {.name = "room", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED, .initial = "仓库"},
    {0}};
static const model_type_definition shelf_types[] = {{.name = "shelf", .fields = shelf_fields}, {0}};
static const model_type_definition room_types[] = {{.name = "shelf", .fields = room_fields}, {0}};
static const api_migration migrations[] = {{.version = "1.1.0", .run = count_migration}, {0}};
static const api_migration failing[] = {{.version = "1.2.0", .run = fail_migration}, {0}};
static api_package shelves = {
    .name = "shelves", .version = "1.0.0", .types = shelf_types, .free = keep};
static api_package rooms = {.name = "shelves",
                            .version = "1.1.0",
                            .types = room_types,
                            .migrations = migrations,
                            .free = keep};
static api_package failed = {.name = "shelves",
                             .version = "1.2.0",
                             .types = room_types,
                             .migrations = failing,
                             .free = keep};

static base_code start_with(shop *self, api_package *package) {
  shop_stop(self);
  self->packages[0] = api_core_package();
  self->packages[1] = package;
  return shop_try_start(self);
}

static void a_plugin_that_is_new_is_brought_up_before_it_serves(void **state) {
  shop *self = *state;
  atomic_store(&migrations_run, 0);
  assert_int_equal(start_with(self, &shelves), BASE_OK);
  base_slice values = shop_map(self, "t", "name", "一号货架");
  (void)shop_call(self, "record.create", shop_map(self, "tr", "type", "shelf", "values", values));
  assert_int_equal(start_with(self, &rooms), BASE_OK);
  assert_int_equal(atomic_load(&migrations_run), 3);
  assert_text(data_map_text(named(self, "shelf", "一号货架"), "room"), "仓库");
  assert_text(data_map_text(named(self, "package", "shelves"), "release"), "1.1.0");
  uint64_t entries = shop_entries(self);
  assert_int_equal(start_with(self, &rooms), BASE_OK);
  assert_int_equal(atomic_load(&migrations_run), 3);
  assert_int_equal(shop_entries(self), entries);
  /* One that fails says what to do, and the one before serves when it is back. */
  assert_int_equal(start_with(self, &failed), BASE_RULE_FAILED);
  assert_non_null(strstr(self->error.message, "too many records"));
  assert_non_null(strstr(self->error.message, "back into its folder"));
  assert_int_equal(start_with(self, &rooms), BASE_OK);
  assert_int_equal(atomic_load(&migrations_run), 3);
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, shop_begin, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      SHOP_TEST(roles_and_types_are_there),
      SHOP_TEST(a_restart_writes_nothing),
      cmocka_unit_test_setup_teardown(the_core_itself_boots_once, shop_begin_stopped, shop_end),
      SHOP_TEST(a_new_index_is_built_from_the_records),
      SHOP_TEST(a_field_that_is_searched_from_now_on_gets_its_rows),
      SHOP_TEST(large_types_are_built_in_batches),
      SHOP_TEST(a_unique_index_must_hold),
      SHOP_TEST(an_index_that_cannot_become_unique_comes_back),
      cmocka_unit_test_setup_teardown(a_plugin_that_is_new_is_brought_up_before_it_serves,
                                      shop_begin_stopped, shop_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
