/* stored_package: see stored_package.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/stored_package.h"

#include "api/engine_state.h"
#include "api/group.h"
#include "api/publish.h"
#include "base/log.h"

/* --- reading ----------------------------------------------------------------------------------- */

/* The version that was about to change records; empty: none. */
static base_slice next_of(base_slice record) {
  data_value next;
  bool noted = data_map_find(record, "next", &next) && next.type == DATA_MAP;
  return noted ? next.raw : (base_slice){0};
}

static base_code read_one(store *records, base_slice record, base_arena *arena,
                          api_stored_package *package, base_error *error) {
  base_buffer bundle = {0};
  base_code code = BASE_OK;
  base_slice version = next_of(record).size > 0 ? next_of(record) : record;
  *package =
      (api_stored_package){.name = base_arena_text(arena, data_map_text(record, "name")),
                           .version = base_arena_text(arena, data_map_text(version, "release")),
                           .hash = base_arena_text(arena, data_map_text(version, "hash")),
                           .enabled = !base_slice_is(data_map_text(record, "state"), "disabled")};
  if (package->hash[0] != '\0') code = store_file_get(records, package->hash, &bundle, error);
  package->bundle = base_arena_slice(arena, base_buffer_slice(&bundle));
  base_buffer_fini(&bundle);
  return code;
}

static bool was_loaded(base_slice record) {
  bool refused = base_slice_is(data_map_text(record, "state"), "refused");
  return (!refused || next_of(record).size > 0) && !model_record_deleted(record);
}

static size_t collect(const store_change_set *set, base_slice *found, size_t most) {
  data_key lower;
  base_slice key;
  base_slice record;
  size_t count = 0;
  data_key_init(&lower);
  data_key_text(&lower, base_slice_text("package"), DATA_KEY_HASH);
  data_key upper = lower;
  data_key_successor(&upper);
  store_cursor *cursor =
      store_cursor_open(set, STORE_RECORD, data_key_slice(&lower), data_key_slice(&upper), false);
  while (store_cursor_next(cursor, &key, &record)) {
    if (!was_loaded(record)) continue;
    if (count < most) found[count] = record;
    count++;
  }
  store_cursor_close(cursor);
  return count;
}

base_code api_stored_package_read(store *records, base_arena *arena,
                                  const api_stored_package **packages, size_t *count,
                                  base_error *error) {
  store_view *view = NULL;
  BASE_TRY(store_view_open(records, &view, error));
  const store_change_set *set = store_change_set_new(view, arena);
  *count = collect(set, NULL, 0);
  base_slice *found = BASE_NEW_ARRAY(arena, base_slice, *count + 1);
  api_stored_package *made = BASE_NEW_ARRAY(arena, api_stored_package, *count + 1);
  base_code code = BASE_OK;
  (void)collect(set, found, *count);
  for (size_t i = 0; code == BASE_OK && i < *count; i++) {
    code = read_one(records, found[i], arena, &made[i], error);
  }
  store_view_close(view);
  *packages = made;
  return code;
}

/* --- writing ----------------------------------------------------------------------------------- */

typedef struct writing {
  api_execution *execution;
  const api_registry *registry;
  base_code code;
} writing;

static const model_type *type_of(const crm_ctx *ctx) {
  return model_schema_find(ctx->schema, base_slice_text("package"));
}

static void append_version(base_slice record, base_buffer *out) {
  static const char *const keys[] = {"release", "hash", "loaded_at", "loaded_by"};
  size_t place = data_append_open_map(out);
  size_t count = 0;
  data_value value;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (!data_map_find(record, keys[i], &value) || value.type == DATA_NIL) continue;
    data_append_pair_raw(out, i == 0 ? "version" : keys[i], value.raw);
    count++;
  }
  data_append_close(out, place, count);
}

/* The versions that can be gone back to, the newest first. Who goes back to the first takes it out;
 * whoever else comes puts the one that ran in front. */
static void append_earlier(const crm_ctx *ctx, base_slice record, base_slice hash,
                           base_buffer *out) {
  int64_t most = api_execution_of((crm_ctx *)(uintptr_t)ctx)->engine->options.package_kept;
  data_value list = {0};
  int64_t count = 0;
  bool back = false;
  size_t place = data_append_open_array(out);
  base_slice before = data_map_text(record, "hash");
  bool listed = data_map_find(record, "earlier", &list) && list.type == DATA_ARRAY;
  data_walk first = data_walk_begin(list.raw);
  if (listed && data_walk_next(&first)) {
    back = base_slice_equal(data_map_text(first.value.raw, "hash"), hash);
  }
  if (!back && before.size > 0) {
    append_version(record, out);
    count++;
  }
  data_walk walk = data_walk_begin(list.raw);
  while (listed && data_walk_next(&walk)) {
    if ((back && walk.index == 0) || count >= most) continue;
    data_append_raw(out, walk.value.raw);
    count++;
  }
  data_append_close(out, place, (size_t)count);
}

static void append_new_version(const crm_ctx *ctx, const api_package *package, base_slice record,
                               base_slice hash, base_buffer *out) {
  data_append_pair_text(out, "release", package->version);
  data_append_pair_slice(out, "hash", hash);
  data_append_pair_integer(out, "size", (int64_t)package->bundle.size);
  data_append_pair_text(out, "source", package->source == NULL ? "" : package->source);
  data_append_pair_integer(out, "loaded_at", ctx->now);
  data_append_pair_slice(out, "loaded_by", ctx->actor.name);
  data_append_text(out, "earlier");
  append_earlier(ctx, record, hash, out);
  data_append_text(out, "failure");
  data_append_nil(out);
  data_append_text(out, "migrated");
  data_append_nil(out);
  data_append_text(out, "migration_after");
  data_append_nil(out);
}

static base_code put_values(crm_ctx *ctx, base_slice record, base_buffer *values) {
  base_slice made = model_ctx_take(ctx, values);
  base_slice written;
  if (record.size == 0) {
    return model_record_create(ctx, type_of(ctx), made, MODEL_TRUSTED, &written);
  }
  return model_record_update(ctx, type_of(ctx), data_map_integer(record, "id", 0), made, 0,
                             MODEL_TRUSTED, &written);
}

static base_code write_one(crm_ctx *ctx, const api_registry *registry, const api_package *package) {
  char name[STORE_FILE_NAME] = "";
  base_slice record = {0};
  base_buffer values = {0};
  const char *state = api_registry_enabled(registry, package->name) ? "active" : "disabled";
  if (package->bundle.size > 0) {
    BASE_TRY(
        store_file_put(api_execution_of(ctx)->engine->store, package->bundle, name, ctx->error));
  }
  base_slice hash = base_slice_text(name);
  if (!model_record_find_by(ctx, type_of(ctx), "name", base_slice_text(package->name), &record)) {
    record = (base_slice){0};
  }
  bool same = base_slice_is(data_map_text(record, "release"), package->version) &&
              base_slice_equal(data_map_text(record, "hash"), hash);
  data_append_map(&values, same ? 3 : 13);
  data_append_pair_text(&values, "name", package->name);
  data_append_pair_text(&values, "state", state);
  data_append_text(&values, "next");
  data_append_nil(&values);
  if (!same) append_new_version(ctx, package, record, hash, &values);
  return put_values(ctx, record, &values);
}

static void visit(const api_package *package, void *self) {
  writing *all = self;
  if (all->code != BASE_OK || strcmp(package->name, API_PACKAGE_CORE) == 0) return;
  all->code = write_one(&all->execution->ctx, all->registry, package);
}

typedef base_code (*write_step)(api_execution *execution, const void *self);

/* One entry in a group of its own. */
static base_code write_entry(api_engine *engine, const api_registry *registry, api_session *session,
                             const char *op, write_step step, const void *self, base_error *error) {
  api_group group;
  BASE_TRY(api_group_begin(&group, engine, error));
  base_arena *arena = base_arena_new();
  api_execution execution = api_group_execution(&group, registry, session, arena, error);
  api_execution_open(&execution);
  base_code code = step(&execution, self);
  if (code == BASE_OK) {
    code = api_group_append(&group, &execution, base_slice_text(op), (base_slice){0}, error);
  }
  api_execution_close(&execution);
  if (code == BASE_OK) {
    code = api_group_commit(&group, error);
  } else {
    api_group_abort(&group);
  }
  error->data = (base_slice){0}; /* lay in the arena */
  base_arena_free(arena);
  return code;
}

static base_code write_all(api_execution *execution, const void *self) {
  (void)self;
  writing all = {.execution = execution, .registry = execution->registry};
  api_registry_each_package(execution->registry, visit, &all);
  return all.code;
}

static bool has_type(const api_registry *registry) {
  return model_schema_find(api_registry_schema(registry), base_slice_text("package")) != NULL;
}

base_code api_stored_package_write(api_engine *engine, const api_registry *registry,
                                   api_session *session, const char *op, base_error *error) {
  if (!has_type(registry)) return BASE_OK;
  return write_entry(engine, registry, session, op, write_all, NULL, error);
}

/* --- a version that is about to change records --------------------------------------------------- */

static base_code write_note(api_execution *execution, const void *self) {
  const api_package *package = self;
  crm_ctx *ctx = &execution->ctx;
  char hash[STORE_FILE_NAME] = "";
  base_slice record = {0};
  base_buffer values = {0};
  if (package->bundle.size > 0) {
    BASE_TRY(store_file_put(execution->engine->store, package->bundle, hash, ctx->error));
  }
  bool there =
      model_record_find_by(ctx, type_of(ctx), "name", base_slice_text(package->name), &record);
  data_append_map(&values, there ? 1 : 3);
  if (!there) data_append_pair_text(&values, "name", package->name);
  if (!there) data_append_pair_text(&values, "state", "refused");
  data_append_text(&values, "next");
  data_append_map(&values, 2);
  data_append_pair_text(&values, "release", package->version);
  data_append_pair_text(&values, "hash", hash);
  return put_values(ctx, there ? record : (base_slice){0}, &values);
}

base_code api_stored_package_note(api_engine *engine, const api_registry *registry,
                                  api_session *session, const char *op, const api_package *package,
                                  base_error *error) {
  if (!has_type(registry)) return BASE_OK;
  return write_entry(engine, registry, session, op, write_note, package, error);
}

static bool says_other(base_slice record, const api_package *package) {
  char hash[STORE_FILE_NAME] = "";
  if (package->bundle.size > 0) store_file_name(package->bundle, hash);
  return next_of(record).size > 0 ||
         !base_slice_is(data_map_text(record, "release"), package->version) ||
         !base_slice_is(data_map_text(record, "hash"), hash);
}

base_code api_stored_package_differs(api_engine *engine, const api_package *package, bool *differs,
                                     base_error *error) {
  store_view *view = NULL;
  *differs = false;
  BASE_TRY(store_view_open(engine->store, &view, error));
  base_arena *arena = base_arena_new();
  size_t count = collect(store_change_set_new(view, arena), NULL, 0);
  base_slice *found = BASE_NEW_ARRAY(arena, base_slice, count + 1);
  (void)collect(store_change_set_new(view, arena), found, count);
  for (size_t i = 0; i < count; i++) {
    if (!base_slice_is(data_map_text(found[i], "name"), package->name)) continue;
    *differs = says_other(found[i], package);
  }
  store_view_close(view);
  base_arena_free(arena);
  return BASE_OK;
}

/* --- refusals ---------------------------------------------------------------------------------- */

typedef struct refusal {
  const char *name;
  base_slice failure;
} refusal;

static base_code write_refusal(api_execution *execution, const void *self) {
  const refusal *why = self;
  crm_ctx *ctx = &execution->ctx;
  base_slice record = {0};
  base_buffer values = {0};
  base_buffer failure = {0};
  base_buffer patch = {0};
  bool there = model_record_find_by(ctx, type_of(ctx), "name", base_slice_text(why->name), &record);
  data_append_map(&patch, 2);
  data_append_pair_integer(&patch, "at", ctx->now);
  data_append_pair_slice(&patch, "by", ctx->actor.name);
  data_splice(why->failure, base_buffer_slice(&patch), &failure);
  data_append_map(&values, there ? 2 : 4);
  if (!there) data_append_pair_text(&values, "name", why->name);
  if (!there) data_append_pair_text(&values, "state", "refused");
  data_append_pair_raw(&values, "failure", base_buffer_slice(&failure));
  data_append_text(&values, "next");
  data_append_nil(&values);
  base_buffer_fini(&failure);
  base_buffer_fini(&patch);
  return put_values(ctx, there ? record : (base_slice){0}, &values);
}

void api_stored_package_refuse(api_engine *engine, api_session *session, const char *op,
                               const char *name, base_slice failure) {
  base_error error = {.language = engine->options.language};
  const api_registry *registry = api_publish_current(engine);
  const refusal why = {.name = name, .failure = failure};
  base_log(BASE_LOG_ERROR, "api.package_refused", "package=%s op=%s code=%.*s text=\"%.*s\"", name,
           op, BASE_SLICE_ARGS(data_map_text(failure, "code")),
           BASE_SLICE_ARGS(data_map_text(failure, "message")));
  if (!has_type(registry) ||
      write_entry(engine, registry, session, op, write_refusal, &why, &error) == BASE_OK) {
    return;
  }
  base_log(BASE_LOG_ERROR, "api.package_refusal_lost", "package=%s code=%s text=\"%s\"", name,
           base_code_name(error.code), error.message);
}
