/* boot: roles and types as records. See boot.h.
 *
 * Memory:  one arena for the whole boot.  Threads: one.  Fails: as the header says.
 *
 * Before rows are made anew, the type's record says of what (`unbuilt`), and its description lacks it; both
 * are set right when all is built. Whatever interrupts the building, the version that starts next, this
 * one or the one before, makes those rows anew. */
#include "api/boot.h"

#include "api/engine_state.h"
#include "api/nouns/holidays.h"
#include "base/failpoint.h"

typedef struct booting {
  api_engine *engine;
  const api_registry *registry;
  base_arena *arena;
  base_error *error;
  api_group group;
  base_code code;
  bool holds; /* what is asked of every type */
} booting;

api_session api_boot_session(const api_engine *engine) {
  return (api_session){
      .user = "system", .administrator = true, .staff = true, .language = engine->options.language};
}

static const model_type *type_of(const booting *boot, const char *name) {
  const model_schema *schema = api_registry_schema(boot->registry);
  return model_schema_find(schema, base_slice_text(name));
}

/* The record of `type` with that name; 0 when there is none. The records themselves are searched,
 * because the indexes over them may still have to be built. */
static int64_t find_named(const store_change_set *set, const char *type, const char *name,
                          base_slice *record) {
  data_key lower;
  data_key_init(&lower);
  data_key_text(&lower, base_slice_text(type), DATA_KEY_HASH);
  data_key upper = lower;
  data_key_successor(&upper);
  base_slice key;
  int64_t id = 0;
  store_cursor *cursor =
      store_cursor_open(set, STORE_RECORD, data_key_slice(&lower), data_key_slice(&upper), false);
  while (id == 0 && store_cursor_next(cursor, &key, record)) {
    bool found =
        base_slice_is(data_map_text(*record, "name"), name) && !model_record_deleted(*record);
    if (found) id = data_map_integer(*record, "id", 0);
  }
  store_cursor_close(cursor);
  return id;
}

/* A map that the record has under the key; empty when there is none. */
static base_slice map_of(base_slice record, const char *key) {
  data_value found;
  bool is_map = data_map_find(record, key, &found) && found.type == DATA_MAP;
  return is_map ? found.raw : (base_slice){0};
}

/* --- one record in one entry ------------------------------------------------------------------- */

static base_code write_record(booting *boot, const char *type_name, const char *name,
                              base_slice values) {
  const model_type *type = type_of(boot, type_name);
  api_session session = api_boot_session(boot->engine);
  api_execution execution =
      api_group_execution(&boot->group, boot->registry, &session, boot->arena, boot->error);
  base_slice record;
  api_execution_open(&execution);
  int64_t id = find_named(execution.ctx.set, type_name, name, &record);
  base_code code =
      id == 0 ? model_record_create(&execution.ctx, type, values, MODEL_TRUSTED, &record)
              : model_record_update(&execution.ctx, type, id, values, 0, MODEL_TRUSTED, &record);
  if (code == BASE_OK) {
    code = api_group_append(&boot->group, &execution, base_slice_text("server.start"),
                            (base_slice){0}, boot->error);
  }
  api_execution_close(&execution);
  return code;
}

static base_code write_role(booting *boot, const char *name) {
  base_buffer values = {0};
  if (type_of(boot, "role") == NULL) return BASE_OK;
  data_append_map(&values, 1);
  data_append_pair_text(&values, "name", name);
  base_code code = write_record(boot, "role", name, base_buffer_slice(&values));
  base_buffer_fini(&values);
  return code;
}

static void write_type(const model_type *type, void *self) {
  booting *boot = self;
  base_buffer values = {0};
  if (boot->code != BASE_OK) return;
  data_append_map(&values, 4);
  data_append_pair_text(&values, "name", type->name);
  data_append_pair_text(&values, "package", type->package);
  data_append_text(&values, "unbuilt");
  data_append_nil(&values);
  data_append_text(&values, "definition");
  model_type_append(type, &values);
  boot->code = write_record(boot, "type", type->name, base_buffer_slice(&values));
  base_buffer_fini(&values);
}

static base_code write_holidays(booting *boot) {
  api_session session = api_boot_session(boot->engine);
  api_execution execution =
      api_group_execution(&boot->group, boot->registry, &session, boot->arena, boot->error);
  api_execution_open(&execution);
  base_code code = api_holidays_write(&execution.ctx, type_of(boot, "calendar"));
  if (code == BASE_OK) {
    code = api_group_append(&boot->group, &execution, base_slice_text("server.start"),
                            (base_slice){0}, boot->error);
  }
  api_execution_close(&execution);
  return code;
}

static base_code write_schedules(booting *boot) {
  api_session session = api_boot_session(boot->engine);
  api_execution execution =
      api_group_execution(&boot->group, boot->registry, &session, boot->arena, boot->error);
  api_execution_open(&execution);
  base_code code = api_schedule_write(&execution.ctx, boot->registry);
  if (code == BASE_OK) {
    code = api_group_append(&boot->group, &execution, base_slice_text("server.start"),
                            (base_slice){0}, boot->error);
  }
  api_execution_close(&execution);
  return code;
}

/* A business that took holidays out keeps its own calendar: they are written once, with the type. */
static base_code write_records(booting *boot, bool new_calendar) {
  const model_schema *schema = api_registry_schema(boot->registry);
  BASE_TRY(api_group_begin(&boot->group, boot->engine, boot->error));
  boot->code = write_role(boot, "administrator");
  if (boot->code == BASE_OK) boot->code = write_role(boot, "staff");
  if (type_of(boot, "type") != NULL) model_schema_each(schema, write_type, boot);
  if (boot->code == BASE_OK && new_calendar) boot->code = write_holidays(boot);
  if (boot->code == BASE_OK) boot->code = write_schedules(boot);
  if (boot->code != BASE_OK) {
    api_group_abort(&boot->group);
    return boot->code;
  }
  return api_group_commit(&boot->group, boot->error);
}

/* --- indexes ----------------------------------------------------------------------------------- */

/* Of a type, as the store has it; empty slices where there is none. */
typedef struct stored_type {
  base_slice definition;
  base_slice unbuilt;
} stored_type;

/* Copied, because the view must not outlive the groups that follow. */
static base_code read_stored(booting *boot, const char *name, stored_type *stored) {
  store_view *view = NULL;
  base_slice record;
  *stored = (stored_type){0};
  BASE_TRY(store_view_open(boot->engine->store, &view, boot->error));
  const store_change_set *set = store_change_set_new(view, boot->arena);
  if (find_named(set, "type", name, &record) != 0) {
    stored->definition = base_arena_slice(boot->arena, map_of(record, "definition"));
    stored->unbuilt = base_arena_slice(boot->arena, map_of(record, "unbuilt"));
  }
  store_view_close(view);
  return BASE_OK;
}

static base_code write_changes(booting *boot, const char *name, const stored_type *stored,
                               base_slice changes) {
  base_buffer values = {0};
  data_append_map(&values, 2);
  data_append_pair_raw(&values, "unbuilt", changes);
  data_append_text(&values, "definition");
  api_index_without(stored->definition, changes, &values);
  base_code code = write_record(boot, "type", name, base_buffer_slice(&values));
  base_buffer_fini(&values);
  return code;
}

/* Says what is being built. A type that is not stored has no records, and so no rows. */
static base_code note_changes(booting *boot, const char *name, const stored_type *stored,
                              base_slice changes) {
  if (stored->definition.size == 0) return BASE_OK;
  BASE_TRY(api_group_begin(&boot->group, boot->engine, boot->error));
  base_code code = write_changes(boot, name, stored, changes);
  if (code != BASE_OK) {
    api_group_abort(&boot->group);
    return code;
  }
  return api_group_commit(&boot->group, boot->error);
}

static base_code build_changes(booting *boot, const model_type *type, base_buffer *changes) {
  stored_type stored;
  BASE_TRY(read_stored(boot, type->name, &stored));
  if (api_index_changes(type, stored.definition, stored.unbuilt, changes) == 0) return BASE_OK;
  BASE_TRY(note_changes(boot, type->name, &stored, base_buffer_slice(changes)));
  (void)base_failpoint("api.boot.before_build");
  base_code code =
      api_index_build(boot->engine, boot->registry, type, base_buffer_slice(changes), boot->error);
  (void)base_failpoint("api.boot.after_build");
  return code;
}

static void build_indexes(const model_type *type, void *self) {
  booting *boot = self;
  base_buffer changes = {0};
  if (boot->code == BASE_OK) boot->code = build_changes(boot, type, &changes);
  base_buffer_fini(&changes);
}

/* --- a version that follows another ------------------------------------------------------------ */

static void check_kept(const model_type *type, void *self) {
  booting *boot = self;
  stored_type stored;
  if (boot->code == BASE_OK) boot->code = read_stored(boot, type->name, &stored);
  if (boot->code == BASE_OK && !api_index_keeps(type, stored.definition)) boot->holds = false;
}

static void check_built(const model_type *type, void *self) {
  booting *boot = self;
  stored_type stored;
  base_buffer changes = {0};
  if (boot->code == BASE_OK) boot->code = read_stored(boot, type->name, &stored);
  if (boot->code == BASE_OK) {
    size_t count = api_index_changes(type, stored.definition, stored.unbuilt, &changes);
    if (count > 0) boot->holds = false;
  }
  base_buffer_fini(&changes);
}

static base_code ask_each(api_engine *engine, const api_registry *registry,
                          void (*check)(const model_type *type, void *self), bool *holds,
                          base_error *error) {
  booting boot = {.engine = engine,
                  .registry = registry,
                  .arena = base_arena_new(),
                  .error = error,
                  .holds = true};
  model_schema_each(api_registry_schema(registry), check, &boot);
  base_arena_free(boot.arena);
  error->data = (base_slice){0}; /* lay in the arena */
  *holds = boot.holds;
  return boot.code;
}

base_code api_boot_keeps(api_engine *engine, const api_registry *registry, bool *keeps,
                         base_error *error) {
  return ask_each(engine, registry, check_kept, keeps, error);
}

base_code api_boot_whole(api_engine *engine, const api_registry *registry, bool *whole,
                         base_error *error) {
  return ask_each(engine, registry, check_built, whole, error);
}

/* --- the whole --------------------------------------------------------------------------------- */

base_code api_boot(api_engine *engine, const api_registry *registry, base_error *error) {
  booting boot = {
      .engine = engine, .registry = registry, .arena = base_arena_new(), .error = error};
  model_schema_each(api_registry_schema(registry), build_indexes, &boot);
  stored_type calendar = {0};
  if (boot.code == BASE_OK) boot.code = read_stored(&boot, "calendar", &calendar);
  bool new_calendar = calendar.definition.size == 0 && type_of(&boot, "calendar") != NULL &&
                      type_of(&boot, "type") != NULL;
  if (boot.code == BASE_OK) boot.code = write_records(&boot, new_calendar);
  base_arena_free(boot.arena);
  error->data = (base_slice){0}; /* lay in the arena */
  return boot.code;
}
