/* schema: fields that the business defines itself, while the server runs (ARC-11). A definition is a
 * change of the type's record; the version of the registry that knows it is in force when that is
 * durable. */
#include "api/custom.h"
#include "api/custom_fill.h"
#include "api/nouns/nouns.h"
#include "base/metric.h"

BASE_METRIC(too_many, "api_limit_custom_fields_total");

typedef struct defining {
  crm_ctx *ctx;
  api_execution *execution;
  const model_type *type;
  const data_field *field;
  base_slice own;         /* {fields, building} of the type as they will be */
  api_registry *next;     /* owned by the execution */
  const model_type *made; /* the type with the field */
} defining;

/* --- what may be defined ------------------------------------------------------------------------------ */

static base_code check_name(defining *d) {
  const data_field *twin = model_type_field(d->type, base_slice_text(d->field->name));
  const char *name = d->field->name;
  if (twin == NULL) return BASE_OK;
  if (data_field_find(d->type->fields, base_slice_text(name)) == NULL) {
    return model_ctx_fail(d->ctx, BASE_VALIDATION_FAILED, "field.name",
                          "字段名 %s 由系统使用，请换一个",
                          "the system uses the name %s: choose another", name);
  }
  if (twin->kind == d->field->kind) {
    return model_ctx_fail(d->ctx, BASE_VALIDATION_FAILED, "field.name", "%s 已经有字段 %s",
                          "%s already has a field %s", d->type->name, name);
  }
  return model_ctx_fail(d->ctx, BASE_VALIDATION_FAILED, "field.kind",
                        "%s 的字段 %s 是 %s，种类不能改变；请另建一个字段",
                        "%s.%s is %s, and a kind is never changed: "
                        "define another field",
                        d->type->name, name, data_kind_name(twin->kind));
}

static base_code check_field(defining *d) {
  base_buffer initial = {0};
  BASE_TRY(check_name(d));
  if (d->field->kind == DATA_KIND_ANY) {
    return model_ctx_fail(d->ctx, BASE_VALIDATION_FAILED, "field.kind", "字段 %s 的种类不能是 any",
                          "%s cannot be of kind any", d->field->name);
  }
  bool has_default = data_field_initial(d->field, &initial);
  base_buffer_fini(&initial);
  if (!(d->field->flags & DATA_REQUIRED) || has_default) return BASE_OK;
  return model_ctx_fail(
      d->ctx, BASE_VALIDATION_FAILED, "field.default",
      "必填字段 %s 需要默认值（default），已有的记录会填上它",
      "the required field %s needs a default, which the records there are will get",
      d->field->name);
}

static base_code read_field(defining *d, base_slice params) {
  base_buffer list = {0};
  const data_field *fields = NULL;
  data_append_array(&list, 1);
  data_append_raw(&list, api_param_raw(params, "field"));
  base_slice one = model_ctx_take(d->ctx, &list);
  base_code code = data_field_read(one, d->ctx->arena, &fields, d->ctx->error);
  if (code != BASE_OK) {
    base_error_within(d->ctx->error, "field");
    return code;
  }
  d->field = &fields[0];
  return check_field(d);
}

/* --- the next version --------------------------------------------------------------------------------- */

static size_t copy_list(base_slice own, const char *key, base_slice but, base_buffer *out) {
  data_value list = {0};
  size_t count = 0;
  if (own.size > 0) data_map_find(own, key, &list);
  data_walk walk = data_walk_begin(list.raw);
  while (list.type == DATA_ARRAY && data_walk_next(&walk)) {
    if (base_slice_equal(walk.value.as.bytes, but) && walk.value.type == DATA_TEXT) continue;
    data_append_raw(out, walk.value.raw);
    count += 1;
  }
  return count;
}

/* {fields, building} with a field more, and one name more or less among those building. */
static base_slice change_own(defining *d, base_slice own, bool add, bool building) {
  base_buffer out = {0};
  base_slice name = base_slice_text(d->field->name);
  data_append_map(&out, 2);
  data_append_text(&out, "fields");
  size_t place = data_append_open_array(&out);
  size_t count = copy_list(own, "fields", (base_slice){0}, &out);
  if (add) {
    data_field alone[] = {*d->field, {0}};
    base_buffer described = {0};
    data_field_append(alone, &described);
    data_walk walk = data_walk_begin(base_buffer_slice(&described));
    data_walk_next(&walk);
    data_append_raw(&out, walk.value.raw);
    base_buffer_fini(&described);
    count += 1;
  }
  data_append_close(&out, place, count);
  data_append_text(&out, "building");
  place = data_append_open_array(&out);
  count = copy_list(own, "building", name, &out);
  if (building) data_append_slice(&out, name);
  data_append_close(&out, place, count + (building ? 1 : 0));
  return model_ctx_take(d->ctx, &out);
}

static base_code make_version(defining *d, base_slice own) {
  const api_registry *current = d->execution->registry;
  base_slice customs = api_registry_customs(current);
  d->own = own;
  api_registry_release(d->execution->made);
  d->execution->made = NULL;
  BASE_TRY(api_registry_define(current, api_custom_put(customs, d->type->name, own, d->ctx->arena),
                               &d->execution->made, d->ctx->error));
  d->made =
      model_schema_find(api_registry_schema(d->execution->made), base_slice_text(d->type->name));
  return BASE_OK;
}

static base_code write_record(defining *d) {
  const model_type *types = api_noun_type(d->ctx, "type");
  data_value fields = {0};
  data_value building = {0};
  base_slice record;
  base_buffer patch = {0};
  data_map_find(d->own, "fields", &fields);
  data_map_find(d->own, "building", &building);
  data_append_map(&patch, 3);
  data_append_pair_raw(&patch, "custom", fields.raw);
  data_append_pair_raw(&patch, "building", building.raw);
  data_append_text(&patch, "definition");
  model_type_append(d->made, &patch);
  base_slice values = model_ctx_take(d->ctx, &patch);
  if (!model_record_find_by(d->ctx, types, "name", base_slice_text(d->type->name), &record)) {
    return model_ctx_fail(d->ctx, BASE_INTERNAL, NULL, "类型 %s 没有记录", "type %s has no record",
                          d->type->name);
  }
  return model_record_update(d->ctx, types, data_map_integer(record, "id", 0), values, 0,
                             MODEL_TRUSTED, &record);
}

/* --- records that are there already ------------------------------------------------------------------- */

static int64_t batch_size(const defining *d) {
  return api_engine_options_get(d->execution->engine)->build_rows;
}

/* The rest of the records is looked at from a timer of its own, batch by batch. */
static base_code go_on_later(defining *d, int64_t after) {
  base_buffer params = {0};
  data_append_map(&params, 3);
  data_append_pair_text(&params, "type", d->type->name);
  data_append_pair_text(&params, "field", d->field->name);
  data_append_pair_integer(&params, "after", after);
  model_timer timer = {.due = d->ctx->now,
                       .op = base_slice_text("schema.build"),
                       .name = base_slice_text(base_arena_format(d->ctx->arena, "%s.%s",
                                                                 d->type->name, d->field->name)),
                       .params = model_ctx_take(d->ctx, &params),
                       .actor = base_slice_text("system")};
  return model_timer_put(d->ctx, &timer);
}

/* One batch; an index serves when no record is left. */
static base_code fill(defining *d, int64_t after, bool *building) {
  const data_field *field = data_field_find(d->made->fields, base_slice_text(d->field->name));
  int64_t last = after;
  *building = false;
  if (!api_custom_fills(field)) return BASE_OK;
  BASE_TRY(api_custom_fill(d->ctx, d->made, field, after, batch_size(d), &last, building));
  return *building ? go_on_later(d, last) : BASE_OK;
}

static bool has_index(const data_field *field) {
  return (field->flags & (DATA_INDEX | DATA_UNIQUE)) != 0;
}

/* --- ops ---------------------------------------------------------------------------------------------- */

static base_code check_count(defining *d, base_slice own) {
  data_value fields = {0};
  int64_t most = api_engine_options_get(d->execution->engine)->custom_fields;
  if (own.size > 0) data_map_find(own, "fields", &fields);
  if ((int64_t)fields.as.count < most) return BASE_OK;
  base_metric_add(&too_many, 1);
  return model_ctx_fail(d->ctx, BASE_TOO_LARGE, "field",
                        "%s 已有 %lld 个自定义字段，达到上限（limits.custom_fields）",
                        "%s has %lld fields of the business's own, which is the limit "
                        "(limits.custom_fields)",
                        d->type->name, (long long)most);
}

static void append_result(const defining *d, bool building, base_buffer *result) {
  data_field alone[] = {*data_field_find(d->made->fields, base_slice_text(d->field->name)), {0}};
  base_buffer described = {0};
  data_field_append(alone, &described);
  data_walk walk = data_walk_begin(base_buffer_slice(&described));
  data_walk_next(&walk);
  data_append_map(result, 3);
  data_append_pair_text(result, "type", d->type->name);
  data_append_pair_raw(result, "field", walk.value.raw);
  data_append_pair_boolean(result, "building", building);
  base_buffer_fini(&described);
}

static base_code run_define(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  bool building = false;
  defining d = {.ctx = ctx, .execution = api_execution_of(ctx)};
  BASE_TRY(api_param_type(ctx, params, "type", &d.type));
  BASE_TRY(read_field(&d, params));
  base_slice own = api_custom_of(api_registry_customs(d.execution->registry), d.type->name);
  BASE_TRY(check_count(&d, own));
  BASE_TRY(make_version(&d, change_own(&d, own, true, false)));
  BASE_TRY(fill(&d, 0, &building));
  if (building && has_index(d.field)) {
    BASE_TRY(make_version(&d, change_own(&d, own, true, true)));
  }
  BASE_TRY(write_record(&d));
  append_result(&d, building, result);
  return BASE_OK;
}

/* Of a type or field that is gone meanwhile nothing is left to build. */
static bool find_building(defining *d, base_slice params) {
  d->type = model_schema_find(d->ctx->schema, api_param_text(params, "type"));
  if (d->type != NULL) {
    d->field = data_field_find(d->type->fields, api_param_text(params, "field"));
  }
  d->made = d->type;
  return d->type != NULL && d->field != NULL;
}

static base_code run_build(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  bool building = false;
  defining d = {.ctx = ctx, .execution = api_execution_of(ctx)};
  bool there = find_building(&d, params);
  if (there) BASE_TRY(fill(&d, api_param_integer(params, "after"), &building));
  if (there && !building && has_index(d.field)) {
    base_slice own = api_custom_of(api_registry_customs(d.execution->registry), d.type->name);
    BASE_TRY(make_version(&d, change_own(&d, own, false, false)));
    BASE_TRY(write_record(&d));
  }
  data_append_map(result, 1);
  data_append_pair_boolean(result, "building", building);
  return BASE_OK;
}

static const data_field define_params[] = {
    API_PARAM_TYPE,
    {.name = "field",
     .kind = DATA_KIND_MAP,
     .flags = DATA_REQUIRED,
     .doc =
         "{name, kind, required, unique, index, search, label, choices, default, min, max, …}, as "
         "api.describe shows fields. A required one needs a default."},
    {0}};

static const data_field define_result[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .doc = "The type."},
    {.name = "field", .kind = DATA_KIND_MAP, .doc = "The field as it is in force."},
    {.name = "building",
     .kind = DATA_KIND_BOOLEAN,
     .doc =
         "Records that are there already are still being looked at; an index serves when that is "
         "done."},
    {0}};

static const data_field build_params[] = {
    {.name = "type", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "field", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {.name = "after", .kind = DATA_KIND_INTEGER, .flags = DATA_REQUIRED},
    {0}};

const api_op api_ops_schema[] = {
    {.name = "schema.define",
     .flags = API_WRITE | API_ADMIN | API_ALONE,
     .params = define_params,
     .errors = "VALIDATION_FAILED TOO_LARGE DUPLICATE",
     .since = "1",
     .result = define_result,
     .doc = "Adds a field of the business's own to a type, without restart: stored, validated, "
            "returned, indexed and grouped from the next request on (ARC-11).",
     .doc_zh = "给一个类型增加自定义字段，无须重启：立即可存储、校验、查询和分组。",
     .run = run_define},
    {.name = "schema.build",
     .flags = API_WRITE | API_INTERNAL | API_ALONE,
     .params = build_params,
     .since = "1",
     .doc = "Looks at a batch of records for a field that was defined.",
     .doc_zh = "为新定义的字段处理一批已有记录。",
     .run = run_build},
    {.name = NULL}};
