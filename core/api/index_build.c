/* index_build: rows of indexes and of searched fields that a schema adds, changes or drops. See boot.h.
 *
 * Memory:  one arena, reset after each batch.  Threads: the one that makes the engine.
 * Fails:   DUPLICATE, or as the store.
 *
 * An index that is new or changed is emptied first, whatever was there: an earlier build may have
 * been cut short, and a server without the index may have run since. The text rows of a field are
 * handled like an index of the field's name. */
#include "api/boot.h"
#include "api/engine_state.h"
#include "data/data.h"

/* Lists in a type's description. */
#define LIST_INDEXES "indexes"
#define LIST_SEARCH "search"

#define BATCH_ROWS ((size_t)1000)
#define BATCH_BYTES ((size_t)256 * 1024)

typedef struct building {
  api_engine *engine;
  const api_registry *registry;
  const model_type *type;
  base_arena *arena;
  base_error *error;
} building;

/* One batch in a group of its own; `step` says in *more whether there is another. */
typedef base_code (*batch_step)(building *build, crm_ctx *ctx, void *self, bool *more);

static base_code run_batch(building *build, batch_step step, void *self, bool *more) {
  api_group group;
  api_session session = api_boot_session(build->engine);
  BASE_TRY(api_group_begin(&group, build->engine, build->error));
  api_execution execution =
      api_group_execution(&group, build->registry, &session, build->arena, build->error);
  api_execution_open(&execution);
  base_code code = step(build, &execution.ctx, self, more);
  if (code == BASE_OK) {
    code = api_group_append(&group, &execution, base_slice_text("server.start"), (base_slice){0},
                            build->error);
  }
  if (code == BASE_OK) {
    code = api_group_commit(&group, build->error);
  } else {
    api_group_abort(&group);
  }
  api_execution_close(&execution);
  return code;
}

static base_code run_batches(building *build, batch_step step, void *self) {
  bool more = true;
  while (more) {
    BASE_TRY(run_batch(build, step, self, &more));
    base_arena_reset(build->arena);
  }
  return BASE_OK;
}

/* Up to BATCH_ROWS pairs from `lower` on. The cursor is closed before anything is changed. */
typedef struct rows {
  size_t count;
  base_slice keys[BATCH_ROWS];
  base_slice values[BATCH_ROWS];
} rows;

static rows *read_rows(crm_ctx *ctx, store_table table, const data_key *lower,
                       const data_key *upper) {
  rows *read = BASE_NEW(ctx->arena, rows);
  store_cursor *cursor =
      store_cursor_open(ctx->set, table, data_key_slice(lower), data_key_slice(upper), false);
  while (read->count < BATCH_ROWS &&
         store_cursor_next(cursor, &read->keys[read->count], &read->values[read->count])) {
    read->count++;
  }
  store_cursor_close(cursor);
  return read;
}

/* --- emptying ---------------------------------------------------------------------------------- */

typedef struct emptying {
  store_table table;
  data_key lower;
  data_key upper;
} emptying;

static base_code empty_batch(building *build, crm_ctx *ctx, void *self, bool *more) {
  (void)build;
  const emptying *empty = self;
  rows *found = read_rows(ctx, empty->table, &empty->lower, &empty->upper);
  for (size_t i = 0; i < found->count; i++) {
    BASE_TRY(store_delete(ctx->set, empty->table, found->keys[i], ctx->error));
  }
  *more = found->count == BATCH_ROWS;
  return BASE_OK;
}

static base_code empty_table(building *build, store_table table, base_slice name) {
  emptying empty = {.table = table};
  data_key_init(&empty.lower);
  data_key_text(&empty.lower, base_slice_text(build->type->name), DATA_KEY_HASH);
  data_key_text(&empty.lower, name, DATA_KEY_HASH);
  empty.upper = empty.lower;
  data_key_successor(&empty.upper);
  return run_batches(build, empty_batch, &empty);
}

/* `list` of a type's description says what the name is of. An index may have been unique before, so
 * both tables are looked at. */
static base_code empty_named(building *build, const char *list, base_slice name) {
  if (strcmp(list, LIST_SEARCH) == 0) return empty_table(build, STORE_TEXT, name);
  BASE_TRY(empty_table(build, STORE_INDEX, name));
  return empty_table(build, STORE_UNIQUE, name);
}

/* --- filling ----------------------------------------------------------------------------------- */

typedef struct filling {
  model_type type; /* the schema's, with only the indexes and searched fields to fill */
  data_key lower;  /* where the next batch begins */
  data_key upper;
} filling;

static base_code fill_batch(building *build, crm_ctx *ctx, void *self, bool *more) {
  (void)build;
  filling *fill = self;
  rows *found = read_rows(ctx, STORE_RECORD, &fill->lower, &fill->upper);
  size_t i = 0;
  for (; i < found->count && store_change_set_size(ctx->set) < BATCH_BYTES; i++) {
    base_slice record = found->values[i];
    BASE_TRY(model_index_update(ctx, &fill->type, data_map_integer(record, "id", 0),
                                (base_slice){0}, record));
  }
  *more = i < found->count || found->count == BATCH_ROWS;
  if (i > 0)
    model_record_key(&fill->lower, fill->type.name,
                     data_map_integer(found->values[i - 1], "id", 0) + 1);
  return BASE_OK;
}

static base_code fill_rows(building *build, const model_type *type) {
  filling fill = {.type = *type};
  if (type->index_count == 0 && !model_text_searches(type)) return BASE_OK;
  data_key_init(&fill.lower);
  data_key_text(&fill.lower, base_slice_text(build->type->name), DATA_KEY_HASH);
  fill.upper = fill.lower;
  data_key_successor(&fill.upper);
  return run_batches(build, fill_batch, &fill);
}

/* --- what changes ------------------------------------------------------------------------------ */

/* The element of that name in a list of a type's description; empty when there is none. */
static base_slice named_in(base_slice definition, const char *list, base_slice name) {
  data_value elements;
  if (!data_map_find(definition, list, &elements)) return (base_slice){0};
  data_walk walk = data_walk_begin(elements.raw);
  while (data_walk_next(&walk)) {
    if (base_slice_equal(data_map_text(walk.value.raw, "name"), name)) return walk.value.raw;
  }
  return (base_slice){0};
}

/* Appends {name} of each element of `from` that `to` does not have in the same form; `besides`: and not in
 * any form. Returns how many. */
static size_t append_differing(const char *list, base_slice from, base_slice to, bool besides,
                               base_buffer *out) {
  size_t count = 0;
  data_value elements;
  if (!data_map_find(from, list, &elements)) return 0;
  data_walk walk = data_walk_begin(elements.raw);
  while (data_walk_next(&walk)) {
    base_slice name = data_map_text(walk.value.raw, "name");
    base_slice other = named_in(to, list, name);
    if (besides ? other.size > 0 : base_slice_equal(walk.value.raw, other)) continue;
    data_append_map(out, 1);
    data_append_pair_slice(out, "name", name);
    count++;
  }
  return count;
}

static size_t append_changes(const char *list, base_slice stored, base_slice wanted,
                             base_slice unbuilt, base_buffer *out) {
  data_append_text(out, list);
  size_t place = data_append_open_array(out);
  size_t count = append_differing(list, stored, wanted, false, out);
  count += append_differing(list, wanted, stored, true, out);
  count += append_differing(list, unbuilt, wanted, true, out);
  data_append_close(out, place, count);
  return count;
}

size_t api_index_changes(const model_type *type, base_slice stored, base_slice unbuilt,
                         base_buffer *out) {
  base_buffer described = {0};
  model_type_append(type, &described);
  base_slice wanted = base_buffer_slice(&described);
  data_append_map(out, 2);
  size_t count = append_changes(LIST_INDEXES, stored, wanted, unbuilt, out);
  count += append_changes(LIST_SEARCH, stored, wanted, unbuilt, out);
  base_buffer_fini(&described);
  return count;
}

static void append_unchanged(const char *list, base_slice stored, base_slice changes,
                             base_buffer *out) {
  data_value elements;
  data_append_text(out, list);
  size_t place = data_append_open_array(out);
  size_t count = 0;
  if (data_map_find(stored, list, &elements)) {
    data_walk walk = data_walk_begin(elements.raw);
    while (data_walk_next(&walk)) {
      if (named_in(changes, list, data_map_text(walk.value.raw, "name")).size > 0) continue;
      data_append_raw(out, walk.value.raw);
      count++;
    }
  }
  data_append_close(out, place, count);
}

void api_index_without(base_slice stored, base_slice changes, base_buffer *out) {
  base_buffer patch = {0};
  data_append_map(&patch, 2);
  append_unchanged(LIST_INDEXES, stored, changes, &patch);
  append_unchanged(LIST_SEARCH, stored, changes, &patch);
  data_splice(stored, base_buffer_slice(&patch), out);
  base_buffer_fini(&patch);
}

/* --- the door ---------------------------------------------------------------------------------- */

static base_code empty_list(building *build, const char *list, base_slice changes) {
  data_value elements;
  data_map_find(changes, list, &elements);
  data_walk walk = data_walk_begin(elements.raw);
  while (data_walk_next(&walk)) {
    BASE_TRY(empty_named(build, list, data_map_text(walk.value.raw, "name")));
  }
  return BASE_OK;
}

/* The type with only those indexes and searched fields of which rows are to be made. */
static model_type changed_only(const model_type *type, base_slice changes, base_arena *arena) {
  model_type changed = *type;
  size_t count = data_field_count(type->fields);
  model_index *indexes = BASE_NEW_ARRAY(arena, model_index, type->index_count + 1);
  data_field *fields = BASE_NEW_ARRAY(arena, data_field, count + 1);
  memcpy(fields, type->fields, count * sizeof *fields);
  changed.indexes = indexes;
  changed.fields = fields;
  changed.index_count = 0;
  for (size_t i = 0; i < type->index_count; i++) {
    base_slice name = base_slice_text(type->indexes[i].name);
    if (named_in(changes, LIST_INDEXES, name).size == 0) continue;
    indexes[changed.index_count++] = type->indexes[i];
  }
  for (size_t i = 0; i < count; i++) {
    base_slice name = base_slice_text(fields[i].name);
    if (named_in(changes, LIST_SEARCH, name).size == 0) fields[i].flags &= ~(unsigned)DATA_SEARCH;
  }
  return changed;
}

base_code api_index_build(api_engine *engine, const api_registry *registry, const model_type *type,
                          base_slice changes, base_error *error) {
  base_arena *arena = base_arena_new();
  building build = {.engine = engine,
                    .registry = registry,
                    .type = type,
                    .arena = base_arena_new(),
                    .error = error};
  model_type changed = changed_only(type, changes, arena);
  base_code code = empty_list(&build, LIST_INDEXES, changes);
  if (code == BASE_OK) code = empty_list(&build, LIST_SEARCH, changes);
  if (code == BASE_OK) code = fill_rows(&build, &changed);
  base_arena_free(build.arena);
  base_arena_free(arena);
  return code;
}

static bool keeps_list(const char *list, base_slice stored, base_slice wanted) {
  data_value elements;
  if (!data_map_find(stored, list, &elements)) return true;
  data_walk walk = data_walk_begin(elements.raw);
  while (data_walk_next(&walk)) {
    base_slice kept = named_in(wanted, list, data_map_text(walk.value.raw, "name"));
    if (!base_slice_equal(walk.value.raw, kept)) return false;
  }
  return true;
}

bool api_index_keeps(const model_type *type, base_slice stored) {
  base_buffer out = {0};
  model_type_append(type, &out);
  base_slice wanted = base_buffer_slice(&out);
  bool keeps = keeps_list(LIST_INDEXES, stored, wanted) && keeps_list(LIST_SEARCH, stored, wanted);
  base_buffer_fini(&out);
  return keeps;
}
