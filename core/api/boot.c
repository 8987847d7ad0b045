/* boot: roles and types as records. See boot.h.
 *
 * Memory:  one arena for the whole boot.  Threads: one.  Fails: as the header says.
 *
 * A type's record is written after its indexes are built: whatever interrupts the building, the next
 * start sees the old description and builds again. */
#include "api/boot.h"

#include "api/engine_state.h"
#include "api/nouns/holidays.h"
#include "base/log.h"

typedef struct booting {
  api_engine *engine;
  const api_registry *registry;
  base_arena *arena;
  base_error *error;
  api_group group;
  base_code code;
  bool keeps; /* every index that is stored */
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

static base_slice definition_of(base_slice record) {
  data_value definition;
  data_map_find(record, "definition", &definition);
  return definition.raw;
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
  data_append_map(&values, 3);
  data_append_pair_text(&values, "name", type->name);
  data_append_pair_text(&values, "package", type->package);
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

/* Copied, because the view must not outlive the groups that follow. */
static base_code stored_definition(booting *boot, const char *name, base_slice *definition) {
  store_view *view = NULL;
  base_slice record;
  *definition = (base_slice){0};
  BASE_TRY(store_view_open(boot->engine->store, &view, boot->error));
  const store_change_set *set = store_change_set_new(view, boot->arena);
  if (find_named(set, "type", name, &record) != 0) {
    *definition = base_arena_slice(boot->arena, definition_of(record));
  }
  store_view_close(view);
  return BASE_OK;
}

static void build_indexes(const model_type *type, void *self) {
  booting *boot = self;
  base_slice stored;
  if (boot->code != BASE_OK) return;
  boot->code = stored_definition(boot, type->name, &stored);
  if (boot->code != BASE_OK) return;
  boot->code = api_index_build(boot->engine, boot->registry, type, stored, boot->error);
}

/* --- a version that follows another ------------------------------------------------------------ */

static void check_indexes(const model_type *type, void *self) {
  booting *boot = self;
  base_slice stored;
  if (boot->code != BASE_OK) return;
  boot->code = stored_definition(boot, type->name, &stored);
  if (boot->code == BASE_OK) boot->keeps = boot->keeps && api_index_keeps(type, stored);
}

static void clear_indexes(const model_type *type, void *self) {
  booting *boot = self;
  base_slice stored;
  if (boot->code != BASE_OK) return;
  boot->code = stored_definition(boot, type->name, &stored);
  if (boot->code != BASE_OK) return;
  boot->code = api_index_clear(boot->engine, boot->registry, type, stored, boot->error);
}

/* Walks the types of the version. */
static base_code each_type(api_engine *engine, const api_registry *registry,
                           void (*visit)(const model_type *type, void *self), bool *keeps,
                           base_error *error) {
  booting boot = {.engine = engine,
                  .registry = registry,
                  .arena = base_arena_new(),
                  .error = error,
                  .keeps = true};
  model_schema_each(api_registry_schema(registry), visit, &boot);
  base_arena_free(boot.arena);
  error->data = (base_slice){0}; /* lay in the arena */
  *keeps = boot.keeps;
  return boot.code;
}

base_code api_boot_keeps(api_engine *engine, const api_registry *registry, bool *keeps,
                         base_error *error) {
  return each_type(engine, registry, check_indexes, keeps, error);
}

base_code api_boot_next(api_engine *engine, const api_registry *registry, base_error *error) {
  base_error second = {.language = error->language};
  bool ignored;
  base_code code = api_boot(engine, registry, error);
  if (code != BASE_OK && each_type(engine, registry, clear_indexes, &ignored, &second) != BASE_OK) {
    base_log(BASE_LOG_ERROR, "api.index_rows_left", "code=%s text=\"%s\"",
             base_code_name(second.code), second.message);
  }
  return code;
}

/* --- the whole --------------------------------------------------------------------------------- */

base_code api_boot(api_engine *engine, const api_registry *registry, base_error *error) {
  booting boot = {
      .engine = engine, .registry = registry, .arena = base_arena_new(), .error = error};
  model_schema_each(api_registry_schema(registry), build_indexes, &boot);
  base_slice calendar = {0};
  if (boot.code == BASE_OK) boot.code = stored_definition(&boot, "calendar", &calendar);
  bool new_calendar =
      calendar.size == 0 && type_of(&boot, "calendar") != NULL && type_of(&boot, "type") != NULL;
  if (boot.code == BASE_OK) boot.code = write_records(&boot, new_calendar);
  base_arena_free(boot.arena);
  error->data = (base_slice){0}; /* lay in the arena */
  return boot.code;
}
