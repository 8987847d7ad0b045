/* upgrade: what the records there are need before a new version of a package serves. See api/upgrade.h. */
#include "api/member.h"
#include "api/nouns/nouns.h"
#include "api/version.h"

/* --- package.migrate --------------------------------------------------------------------------- */

typedef struct migrating {
  const api_package *package;
  base_slice record;
  int64_t id;
  const char *done; /* the version up to which nothing is left to do */
  int64_t after;    /* where the next migration stands */
} migrating;

/* False when there is nothing to migrate: the package was never there. */
static bool find(crm_ctx *ctx, base_slice name, migrating *state) {
  const struct api_member *member =
      api_registry_member(api_execution_of(ctx)->registry, base_arena_text(ctx->arena, name));
  if (member == NULL ||
      !model_record_find_by(ctx, api_noun_type(ctx, "package"), "name", name, &state->record)) {
    return false;
  }
  base_slice version = data_map_text(state->record, "release");
  base_slice migrated = data_map_text(state->record, "migrated");
  state->package = member->package;
  state->id = data_map_integer(state->record, "id", 0);
  state->done = base_arena_text(ctx->arena, migrated.size > 0 ? migrated : version);
  state->after = data_map_integer(state->record, "migration_after", 0);
  return version.size > 0;
}

static const api_migration *next_migration(const migrating *state) {
  const api_migration *migration = state->package->migrations;
  while (migration != NULL && migration->version != NULL &&
         api_version_compare(migration->version, state->done) <= 0) {
    migration++;
  }
  return migration == NULL || migration->version == NULL ? NULL : migration;
}

static base_code note(crm_ctx *ctx, const migrating *state, const api_migration *migration,
                      int64_t next) {
  base_buffer patch = {0};
  base_slice record;
  data_append_map(&patch, 2);
  data_append_text(&patch, "migration_after");
  if (next > 0) {
    data_append_integer(&patch, next);
  } else {
    data_append_nil(&patch);
  }
  data_append_pair_text(&patch, "migrated", next > 0 ? state->done : migration->version);
  base_slice values = model_ctx_take(ctx, &patch);
  return model_record_update(ctx, api_noun_type(ctx, "package"), state->id, values, 0,
                             MODEL_TRUSTED, &record);
}

static base_code run_migrate(crm_ctx *ctx, base_slice params, base_buffer *result,
                             const void *self) {
  (void)self;
  migrating state = {0};
  data_append_map(result, 0);
  if (!find(ctx, api_param_text(params, "name"), &state)) return BASE_OK;
  const api_migration *migration = next_migration(&state);
  if (migration == NULL) return BASE_OK;
  int64_t next = 0;
  const char *before = model_ctx_enter(ctx, state.package->name);
  base_code code = migration->run(ctx, state.after, &next, migration->self);
  model_ctx_leave(ctx, before);
  BASE_TRY(code);
  BASE_TRY(note(ctx, &state, migration, next));
  api_execution_of(ctx)->again = next > 0 || migration[1].version != NULL;
  return BASE_OK;
}

/* --- package.fill ------------------------------------------------------------------------------ */

typedef struct filling {
  const model_type *type;
  const data_field *field;
  base_buffer initial; /* of the field; empty: it has none */
  int64_t *ids;        /* records that lack it */
  size_t count;
  int64_t last; /* looked at */
  bool more;
} filling;

/* A batch of numbers of records: of those that have no value, or of all when there is no field. */
static void collect(crm_ctx *ctx, filling *fill, int64_t after, int64_t most) {
  data_key lower;
  data_key upper;
  base_slice key;
  base_slice record;
  data_value value;
  int64_t looked = 0;
  fill->ids = BASE_NEW_ARRAY(ctx->arena, int64_t, (size_t)most);
  model_record_key(&lower, fill->type->name, after + 1);
  data_key_init(&upper);
  data_key_text(&upper, base_slice_text(fill->type->name), DATA_KEY_HASH);
  data_key_successor(&upper);
  store_cursor *cursor = store_cursor_open(ctx->set, STORE_RECORD, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  while (looked < most && store_cursor_next(cursor, &key, &record)) {
    looked++;
    fill->last = data_map_integer(record, "id", 0);
    bool given = fill->field != NULL && data_map_find(record, fill->field->name, &value) &&
                 value.type != DATA_NIL;
    if (!given && model_record_standing(record) == MODEL_LIVE)
      fill->ids[fill->count++] = fill->last;
  }
  fill->more = looked == most;
  store_cursor_close(cursor);
}

static base_code fill_one(crm_ctx *ctx, const filling *fill, int64_t id) {
  base_buffer patch = {0};
  base_slice record;
  if (fill->initial.size == 0) {
    return model_ctx_fail(ctx, BASE_VALIDATION_FAILED, fill->field->name,
                          "%s %lld 没有字段 %s，而新版本要求必填：请给字段默认值（default），"
                          "或在 migrations 中填写",
                          "%s %lld has no %s, which the new version requires: give the field a "
                          "default, or fill it in a migration",
                          fill->type->name, (long long)id, fill->field->name);
  }
  data_append_map(&patch, 1);
  data_append_pair_raw(&patch, fill->field->name, base_buffer_slice(&fill->initial));
  base_slice values = model_ctx_take(ctx, &patch);
  return model_record_update(ctx, fill->type, id, values, 0, MODEL_TRUSTED, &record);
}

/* Each of the batch; what more the change set would hold than half of what it may is the next step's. */
static base_code each(crm_ctx *ctx, filling *fill,
                      base_code (*run)(crm_ctx *ctx, const filling *fill, int64_t id)) {
  size_t room = store_change_set_room(ctx->set);
  for (size_t i = 0; i < fill->count; i++) {
    BASE_TRY(run(ctx, fill, fill->ids[i]));
    if (i + 1 == fill->count || store_change_set_room(ctx->set) > room / 2) continue;
    fill->last = fill->ids[i];
    fill->more = true;
    return BASE_OK;
  }
  return BASE_OK;
}

static base_code run_fill(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  api_execution *execution = api_execution_of(ctx);
  filling fill = {.type = model_schema_find(ctx->schema, api_param_text(params, "type"))};
  fill.field = data_field_find(fill.type->fields, api_param_text(params, "field"));
  (void)data_field_initial(fill.field, &fill.initial);
  collect(ctx, &fill, execution->carry, api_engine_options_get(execution->engine)->build_rows);
  base_code code = each(ctx, &fill, fill_one);
  base_buffer_fini(&fill.initial);
  execution->carry = fill.last;
  execution->again = fill.more;
  data_append_map(result, 0);
  return code;
}

/* --- package.time ------------------------------------------------------------------------------ */

static base_code time_one(crm_ctx *ctx, const filling *fill, int64_t id) {
  return model_states_adopt(ctx, fill->type, id);
}

static base_code run_time(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  api_execution *execution = api_execution_of(ctx);
  filling fill = {.type = model_schema_find(ctx->schema, api_param_text(params, "type"))};
  collect(ctx, &fill, execution->carry, api_engine_options_get(execution->engine)->build_rows);
  BASE_TRY(each(ctx, &fill, time_one));
  execution->carry = fill.last;
  execution->again = fill.more;
  data_append_map(result, 0);
  return BASE_OK;
}

/* --- rows -------------------------------------------------------------------------------------- */

static const data_field migrate_params[] = {
    {.name = "name", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED}, {0}};
static const data_field fill_params[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "field", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {0}};

static const data_field time_params[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED}, {0}};

const api_op api_ops_upgrade[] = {
    {.name = "package.migrate",
     .flags = API_WRITE | API_INTERNAL | API_STEPS,
     .params = migrate_params,
     .since = "2",
     .doc = "The next step of the migrations of a package whose new version is to serve.",
     .doc_zh = "脚本包新版本启用之前，执行数据迁移的下一步。",
     .run = run_migrate},
    {.name = "package.fill",
     .flags = API_WRITE | API_INTERNAL | API_STEPS,
     .params = fill_params,
     .since = "2",
     .doc = "Gives records the default of a field that a new version of a package requires.",
     .doc_zh = "为新版本要求必填的字段填入默认值。",
     .run = run_fill},
    {.name = "package.time",
     .flags = API_WRITE | API_INTERNAL | API_STEPS,
     .params = time_params,
     .since = "2",
     .doc =
         "Gives records the first state and the timers of states fields, delays and clocks that a "
         "new version of a package brings.",
     .doc_zh = "为已有记录补上新版本带来的初始状态和定时。",
     .run = run_time},
    {.name = NULL}};
