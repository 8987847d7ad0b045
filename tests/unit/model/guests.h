/* guests: types with searched fields, and short ways to search them.
 *
 * Memory:  as world.h.
 * Threads: the test's.
 * Fails:   the test fails with the model's message. */
#pragma once

#include "world.h"

#define FIELD(field, of_kind, of_flags, ...)                                                       \
  { .name = (field), .kind = DATA_KIND_##of_kind, .flags = (of_flags), __VA_ARGS__ }

static const data_field guest_fields[] = {
    FIELD("name", TEXT, DATA_SEARCH),
    FIELD("phone", PHONE, DATA_SEARCH),
    FIELD("other_phones", LIST, DATA_SEARCH, .of = DATA_KIND_PHONE),
    FIELD("nicknames", TAGS, DATA_SEARCH),
    FIELD("note", TEXT, 0),
    FIELD("owner", TEXT, 0),
    {.name = NULL}};
static const data_field dish_fields[] = {
    FIELD("title", TEXT, DATA_SEARCH), FIELD("text", TEXT, DATA_SEARCH), {.name = NULL}};
static const data_field quiet_fields[] = {FIELD("name", TEXT, 0), {.name = NULL}};
static const data_field secret_fields[] = {FIELD("name", TEXT, DATA_SEARCH), {.name = NULL}};

static const model_type_definition guest_types[] = {
    {.name = "guest", .title = "name", .fields = guest_fields},
    {.name = "dish", .title = "title", .fields = dish_fields},
    {.name = "quiet", .title = "name", .fields = quiet_fields},
    {.name = "secret", .title = "name", .flags = MODEL_TYPE_INTERNAL, .fields = secret_fields},
    {.name = NULL}};

static inline void open_shop(world *in) {
  world_schema(in, guest_types, NULL);
  world_write(in);
}

static inline int64_t add_guest(world *in, const char *name, const char *phone) {
  base_slice values = phone == NULL ? world_value(in, "{name: '%s'}", name)
                                    : world_value(in, "{name: '%s', phone: '%s'}", name, phone);
  return data_map_integer(world_create(in, "guest", values), "id", 0);
}

static inline model_search_page search(world *in, const char *words) {
  model_search_query query = {.text = text(words), .limit = MODEL_SEARCH_MAX};
  model_search_page page;
  OK(in, model_search(&in->ctx, &query, &page));
  return page;
}

static inline int64_t text_rows(world *in) {
  base_slice key;
  base_slice value;
  base_slice none = {0};
  int64_t count = 0;
  store_cursor *cursor = store_cursor_open(in->ctx.set, STORE_TEXT, none, none, false);
  while (store_cursor_next(cursor, &key, &value)) count += 1;
  store_cursor_close(cursor);
  return count;
}

static inline void check_clean(world *in) {
  model_check_report report;
  OK(in, model_check(&in->ctx, NULL, NULL, &report));
  assert_int_equal(report.text_rows, text_rows(in));
}
