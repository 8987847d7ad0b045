#include "model/check.h"

#include <stdio.h>

#include "base/map.h"
#include "model/index.h"
#include "model/link.h"
#include "model/record.h"
#include "model/text.h"

typedef struct checker {
  crm_ctx *ctx;
  void (*found)(const char *finding, void *self);
  void *self;
  model_check_report *report;
  const model_type *type;
  base_arena *scratch;
  int64_t expected_index; /* rows that the records say there must be */
  int64_t expected_unique;
  int64_t expected_text;
  base_map *
      unbuilt; /* how keys of rows begin that a start is making anew: nobody knows which there are */
} checker;

static void finding(checker *c, const char *text, base_slice key) {
  char line[256];
  int size = snprintf(line, sizeof line, "%s: ", text);
  for (size_t i = 0; i < key.size && size + 3 < (int)sizeof line; i++) {
    bool plain = key.data[i] >= 0x20 && key.data[i] < 0x7f;
    size += snprintf(line + size, sizeof line - (size_t)size, plain ? "%c" : "\\%02x", key.data[i]);
  }
  c->report->findings += 1;
  if (c->found != NULL) c->found(line, c->self);
}

static void expect_row(checker *c, const model_index *index, const data_key *key,
                       base_slice expected) {
  base_slice value;
  store_table table = index->unique ? STORE_UNIQUE : STORE_INDEX;
  bool there = store_get(c->ctx->set, table, data_key_slice(key), &value);
  if (!there && index->building) return;
  if (index->unique)
    c->expected_unique += 1;
  else
    c->expected_index += 1;
  if (!there)
    finding(c, "a record lacks its index row", data_key_slice(key));
  else if (model_index_row_id(value) != model_index_row_id(expected))
    finding(c, "an index row names another record", data_key_slice(key));
  else if (!base_slice_equal(value, expected))
    finding(c, "an index row keeps other values than its record", data_key_slice(key));
}

static void expect(const model_index *index, const data_key *key, base_slice value, void *self) {
  expect_row(self, index, key, value);
}

static void expect_text(const data_key *key, void *self) {
  checker *c = self;
  base_slice value;
  c->expected_text += 1;
  if (store_get(c->ctx->set, STORE_TEXT, data_key_slice(key), &value)) return;
  finding(c, "a record lacks its text row", data_key_slice(key));
}

/* --- aliases -------------------------------------------------------------------------------------- */

static bool lists(base_slice record, int64_t id) {
  data_value merged = {0};
  data_map_find(record, "merged", &merged);
  data_walk walk = data_walk_begin(merged.raw);
  while (merged.type == DATA_ARRAY && data_walk_next(&walk)) {
    if (walk.value.as.integer == id) return true;
  }
  return false;
}

/* The two marks of a merge name each other, and both records share one fate. */
static bool joined(checker *c, int64_t id, int64_t into) {
  base_slice loser;
  base_slice survivor;
  return model_record_read(c->ctx, c->type, id, &loser) &&
         model_record_read(c->ctx, c->type, into, &survivor) &&
         data_map_integer(loser, "merged_into", 0) == into && lists(survivor, id) &&
         model_record_deleted(loser) == model_record_deleted(survivor);
}

static void check_aliases(checker *c, base_slice key, base_slice record) {
  int64_t id = data_map_integer(record, "id", 0);
  int64_t into = data_map_integer(record, "merged_into", 0);
  if (into != 0) c->report->aliases += 1;
  if (into != 0 && !joined(c, id, into)) finding(c, "a record's survivor does not know of it", key);
  data_value merged;
  if (!data_map_find(record, "merged", &merged)) return;
  data_walk walk = data_walk_begin(merged.raw);
  while (data_walk_next(&walk)) {
    if (joined(c, walk.value.as.integer, id)) continue;
    finding(c, "a record lists one that was not merged into it", key);
  }
}

/* --- records -------------------------------------------------------------------------------------- */

static void check_record(checker *c, base_slice key, base_slice record) {
  c->report->records += 1;
  int64_t id = data_map_integer(record, "id", 0);
  data_key own;
  model_record_key(&own, c->type->name, id);
  if (!base_slice_equal(data_key_slice(&own), key)) finding(c, "a record has another id", key);
  check_aliases(c, key, record);
  model_index_each(c->ctx, c->type, id, record, expect, c);
  if (model_record_standing(record) != MODEL_LIVE) return;
  model_text_each(c->ctx, c->type, id, record, expect_text, c);
}

static store_cursor *records_of(const checker *c, const char *type) {
  data_key lower;
  data_key_init(&lower);
  data_key_text(&lower, base_slice_text(type), DATA_KEY_HASH);
  data_key upper = lower;
  data_key_successor(&upper);
  return store_cursor_open(c->ctx->set, STORE_RECORD, data_key_slice(&lower),
                           data_key_slice(&upper), false);
}

static void check_type(const model_type *type, void *self) {
  checker *c = self;
  c->type = type;
  base_slice key;
  base_slice record;
  store_cursor *cursor = records_of(c, type->name);
  /* The rows of one record are made in an arena of their own, which ends with the record. */
  base_arena *outer = c->ctx->arena;
  c->ctx->arena = c->scratch;
  while (store_cursor_next(cursor, &key, &record)) {
    check_record(c, key, record);
    base_arena_reset(c->scratch);
  }
  c->ctx->arena = outer;
  store_cursor_close(cursor);
}

/* --- rows that are being built -------------------------------------------------------------------- */

static void note_unbuilt(checker *c, base_slice type, data_value names) {
  data_walk walk = data_walk_begin(names.raw);
  while (names.type == DATA_ARRAY && data_walk_next(&walk)) {
    data_key key;
    data_key_init(&key);
    data_key_text(&key, type, DATA_KEY_HASH);
    data_key_text(&key, data_map_text(walk.value.raw, "name"), DATA_KEY_HASH);
    (void)base_map_put(c->unbuilt, data_key_slice(&key), c);
  }
}

/* Records of types say what a start that was interrupted was building; the next one makes it anew. */
static void read_unbuilt(checker *c) {
  base_slice key;
  base_slice record;
  store_cursor *cursor = records_of(c, "type");
  while (store_cursor_next(cursor, &key, &record)) {
    data_value unbuilt = {0};
    bool is_map = data_map_find(record, "unbuilt", &unbuilt) && unbuilt.type == DATA_MAP;
    if (!is_map) continue;
    data_walk lists = data_walk_begin(unbuilt.raw);
    while (data_walk_next(&lists)) note_unbuilt(c, data_map_text(record, "name"), lists.value);
  }
  store_cursor_close(cursor);
}

typedef struct prefix {
  base_slice key;
  bool found;
} prefix;

static bool begins_with(base_slice start, void *value, void *self) {
  prefix *p = self;
  (void)value;
  p->found = start.size <= p->key.size && memcmp(start.data, p->key.data, start.size) == 0;
  return !p->found;
}

static bool is_unbuilt(const checker *c, base_slice key) {
  prefix p = {.key = key};
  base_map_each(c->unbuilt, begins_with, &p);
  return p.found;
}

static int64_t count_rows(checker *c, store_table table) {
  int64_t count = 0;
  base_slice key;
  base_slice value;
  base_slice none = {0};
  store_cursor *cursor = store_cursor_open(c->ctx->set, table, none, none, false);
  while (store_cursor_next(cursor, &key, &value)) count += !is_unbuilt(c, key);
  store_cursor_close(cursor);
  return count;
}

/* --- links ---------------------------------------------------------------------------------------- */

static bool end_exists(checker *c, base_slice type_name, int64_t id) {
  base_slice record;
  const model_type *type = model_schema_find(c->ctx->schema, type_name);
  return type != NULL && model_record_read(c->ctx, type, id, &record);
}

static void check_link(checker *c, base_slice key) {
  data_key mirror;
  base_slice value;
  model_link_row row;
  if (!model_link_read(key, c->scratch, &row)) {
    finding(c, "a link's key is none", key);
    return;
  }
  model_link_mirror(&row, &mirror);
  if (!store_get(c->ctx->set, STORE_LINK, data_key_slice(&mirror), &value)) {
    finding(c, "a link is not known at its other end", key);
  }
  if (!end_exists(c, row.type, row.id)) finding(c, "a link begins at no record", key);
}

static void check_links(checker *c) {
  base_slice key;
  base_slice value;
  base_slice none = {0};
  store_cursor *cursor = store_cursor_open(c->ctx->set, STORE_LINK, none, none, false);
  while (store_cursor_next(cursor, &key, &value)) {
    c->report->links += 1;
    check_link(c, key);
    base_arena_reset(c->scratch);
  }
  store_cursor_close(cursor);
}

/* Every record found all its rows, so a row too many is one that no record owns. */
static void check_surplus(checker *c) {
  base_slice none = {0};
  if (c->report->index_rows > c->expected_index) {
    finding(c, "index rows that no record owns", none);
  }
  if (c->report->unique_rows > c->expected_unique) {
    finding(c, "unique rows that no record owns", none);
  }
  if (c->report->text_rows > c->expected_text) finding(c, "text rows that no record owns", none);
}

base_code model_check(crm_ctx *ctx, void (*found)(const char *finding, void *self), void *self,
                      model_check_report *report) {
  *report = (model_check_report){0};
  checker c = {.ctx = ctx,
               .found = found,
               .self = self,
               .report = report,
               .scratch = base_arena_new(),
               .unbuilt = base_map_new()};
  read_unbuilt(&c);
  model_schema_each(ctx->schema, check_type, &c);
  check_links(&c);
  base_arena_free(c.scratch);
  report->index_rows = count_rows(&c, STORE_INDEX);
  report->unique_rows = count_rows(&c, STORE_UNIQUE);
  report->text_rows = count_rows(&c, STORE_TEXT);
  report->timers = count_rows(&c, STORE_TIMER);
  base_map_free(c.unbuilt);
  check_surplus(&c);
  if (report->findings == 0) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INTERNAL, NULL, "核对发现 %lld 处不一致",
                        "the check found %lld inconsistencies", (long long)report->findings);
}
