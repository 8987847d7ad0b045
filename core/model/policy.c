/* policy: see policy.h. */
#include "model/policy.h"

#include "model/nested.h"

/* [] */
static const uint8_t empty_array[] = {0x90};

static const model_test no_number = {
    .field = &model_system_fields[0],
    .path = "id",
    .op = MODEL_IN,
    .value = {.type = DATA_ARRAY, .raw = {.data = empty_array, .size = sizeof empty_array}}};
static const model_where no_record = {.test_count = 1, .tests = &no_number};
static const model_permission no_permission = {.rights = {{.where = &no_record},
                                                          {.where = &no_record},
                                                          {.where = &no_record},
                                                          {.where = &no_record}}};

const model_policy model_policy_nothing = {.nothing = &no_permission};

static const char *const doing_names[] = {[MODEL_DO_READ] = "read",
                                          [MODEL_DO_CREATE] = "create",
                                          [MODEL_DO_UPDATE] = "update",
                                          [MODEL_DO_DELETE] = "delete"};
static const char *const veil_names[] = {[MODEL_VEIL_READONLY] = "readonly",
                                         [MODEL_VEIL_MASKED] = "masked",
                                         [MODEL_VEIL_HIDDEN] = "hidden"};

const char *model_doing_name(model_doing doing) {
  return doing_names[doing];
}

typedef struct building {
  const model_subject *subject;
  base_arena *arena;
  const model_type *type;
} building;

/* --- rows ----------------------------------------------------------------------------------------- */

static bool row_is_about(base_slice row, const model_type *type) {
  return base_slice_is(data_map_text(row, "type"), type->name);
}

static bool row_allows(base_slice row, model_doing doing) {
  data_value actions = {0};
  data_map_find(row, "actions", &actions);
  data_walk walk = data_walk_begin(actions.type == DATA_ARRAY ? actions.raw : (base_slice){0});
  while (data_walk_next(&walk)) {
    if (base_slice_is(walk.value.as.bytes, doing_names[doing])) return true;
  }
  return false;
}

static model_veil veil_find(data_value name) {
  for (int veil = MODEL_VEIL_READONLY; veil <= MODEL_VEIL_HIDDEN; veil++) {
    bool is = name.type == DATA_TEXT && base_slice_is(name.as.bytes, veil_names[veil]);
    if (is) return (model_veil)veil;
  }
  return MODEL_VEIL_NONE;
}

static model_veil row_veil(base_slice row, const data_field *field) {
  data_value fields = {0};
  data_value veil = {0};
  bool found =
      data_map_find(row, "fields", &fields) && data_map_find(fields.raw, field->name, &veil);
  return found ? veil_find(veil) : MODEL_VEIL_NONE;
}

static bool says(const model_role *role, const model_type *type) {
  data_walk walk = data_walk_begin(role->permissions);
  while (role->permissions.size > 0 && data_walk_next(&walk)) {
    if (row_is_about(walk.value.raw, type)) return true;
  }
  return false;
}

/* --- wheres put together -------------------------------------------------------------------------- */

static bool is_empty(const model_where *where) {
  return where->test_count == 0 && where->any_count == 0;
}

/* Wheres that are gathered before it is known how many there are. */
typedef struct where_list {
  size_t count;
  size_t room;
  model_where *items;
} where_list;

static void add_where(where_list *list, base_arena *arena, const model_where *where) {
  if (list->count == list->room) {
    size_t room = list->room == 0 ? 4 : list->room * 2;
    model_where *items = BASE_NEW_ARRAY(arena, model_where, room);
    if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
    list->items = items;
    list->room = room;
  }
  list->items[list->count++] = *where;
}

/* All must hold. */
static const model_where *join_all(const where_list *list, base_arena *arena) {
  size_t tests = 0;
  size_t anys = 0;
  for (size_t i = 0; i < list->count; i++) {
    tests += list->items[i].test_count;
    anys += list->items[i].any_count;
  }
  model_test *test = BASE_NEW_ARRAY(arena, model_test, tests + 1);
  model_any *any = BASE_NEW_ARRAY(arena, model_any, anys + 1);
  model_where *joined = BASE_NEW(arena, model_where);
  *joined = (model_where){.tests = test, .anys = any};
  for (size_t i = 0; i < list->count; i++) {
    const model_where *one = &list->items[i];
    for (size_t j = 0; j < one->test_count; j++) test[joined->test_count++] = one->tests[j];
    for (size_t j = 0; j < one->any_count; j++) any[joined->any_count++] = one->anys[j];
  }
  return joined;
}

/* One must hold: as it is when there is one, else a group. */
static model_where join_any(const where_list *list, base_arena *arena) {
  if (list->count == 0) return no_record;
  if (list->count == 1) return list->items[0];
  model_any *any = BASE_NEW(arena, model_any);
  *any = (model_any){.count = list->count, .alternatives = list->items};
  return (model_where){.any_count = 1, .anys = any};
}

static bool test_compares_numbers(const model_test *test) {
  data_kind kind = test->field->kind == DATA_KIND_LIST ? test->field->of : test->field->kind;
  return kind == DATA_KIND_REFERENCE || strcmp(test->path, "id") == 0;
}

static bool compares_numbers(const model_where *where) {
  for (size_t i = 0; i < where->test_count; i++) {
    if (test_compares_numbers(&where->tests[i])) return true;
  }
  for (size_t i = 0; i < where->any_count; i++) {
    for (size_t j = 0; j < where->anys[i].count; j++) {
      if (compares_numbers(&where->anys[i].alternatives[j])) return true;
    }
  }
  return false;
}

/* --- one right ------------------------------------------------------------------------------------ */

/* False when the where no longer fits the type: then it allows nothing. */
static bool compile(const building *b, base_slice where, const model_where **compiled) {
  base_error ignored = {0};
  return model_where_compile_for(b->type, where, &b->subject->values, b->arena, compiled,
                                 &ignored) == BASE_OK;
}

static void add_rows(const building *b, const model_role *role, model_doing doing, bool *all,
                     where_list *list) {
  data_walk walk = data_walk_begin(role->permissions);
  while (data_walk_next(&walk)) {
    base_slice row = walk.value.raw;
    data_value where = {0};
    const model_where *compiled;
    if (!row_is_about(row, b->type) || !row_allows(row, doing)) continue;
    data_map_find(row, "where", &where);
    if (!compile(b, where.raw, &compiled)) continue;
    *all = *all || is_empty(compiled);
    add_where(list, b->arena, compiled);
  }
}

static bool share_serves(const model_share *share, const model_type *type, model_doing doing) {
  return base_slice_is(share->type, type->name) &&
         (doing == MODEL_DO_READ || (doing == MODEL_DO_UPDATE && share->write));
}

static void add_shares(const building *b, model_doing doing, where_list *list) {
  base_buffer ids = {0};
  size_t count = 0;
  size_t place = data_append_open_array(&ids);
  for (size_t i = 0; i < b->subject->share_count; i++) {
    if (!share_serves(&b->subject->shares[i], b->type, doing)) continue;
    data_append_integer(&ids, b->subject->shares[i].id);
    count += 1;
  }
  data_append_close(&ids, place, count);
  if (count > 0) {
    model_test *test = BASE_NEW(b->arena, model_test);
    *test = no_number;
    test->value = data_peek(base_arena_slice(b->arena, base_buffer_slice(&ids)));
    const model_where shared = {.test_count = 1, .tests = test};
    add_where(list, b->arena, &shared);
  }
  base_buffer_fini(&ids);
}

/* What is not seen cannot be changed either: `visible` stands with reading alone. */
static void add_visible(const building *b, where_list *list) {
  for (size_t i = 0; i < b->type->visible_count; i++) {
    const model_where *compiled;
    bool fits = compile(b, b->type->visible[i], &compiled);
    add_where(list, b->arena, fits ? compiled : &no_record);
  }
}

static model_right right_of(const building *b, model_doing doing) {
  bool all = b->subject->role_count == 0;
  where_list any = {0};
  where_list every = {0};
  for (size_t i = 0; i < b->subject->role_count; i++) {
    const model_role *role = &b->subject->roles[i];
    if (role->gone) continue;
    if (says(role, b->type)) {
      add_rows(b, role, doing, &all, &any);
    } else {
      all = true;
    }
  }
  if (!all) add_shares(b, doing, &any);
  if (!all) {
    const model_where one = join_any(&any, b->arena);
    add_where(&every, b->arena, &one);
  }
  if (doing == MODEL_DO_READ) add_visible(b, &every);
  model_right right = {.all = every.count == 0};
  right.where = join_all(&every, b->arena);
  right.numbers = compares_numbers(right.where);
  return right;
}

/* --- fields --------------------------------------------------------------------------------------- */

static bool row_writes(base_slice row) {
  return row_allows(row, MODEL_DO_CREATE) || row_allows(row, MODEL_DO_UPDATE);
}

/* The widest of what the role's rows leave of the field for reading, or for writing. A role that does not
 * allow it at all has no say. */
static bool role_veil(const building *b, const model_role *role, const data_field *field,
                      bool writing, model_veil *veil) {
  bool has_say = !role->gone && !says(role, b->type);
  *veil = MODEL_VEIL_NONE;
  data_walk walk = data_walk_begin(role->permissions);
  while (role->permissions.size > 0 && data_walk_next(&walk)) {
    base_slice row = walk.value.raw;
    bool concerns = writing ? row_writes(row) : row_allows(row, MODEL_DO_READ);
    if (!row_is_about(row, b->type) || !concerns) continue;
    model_veil own = row_veil(row, field);
    if (!writing && own == MODEL_VEIL_READONLY) own = MODEL_VEIL_NONE;
    if (writing && own != MODEL_VEIL_NONE) own = MODEL_VEIL_READONLY;
    if (!has_say || own < *veil) *veil = own;
    has_say = true;
  }
  return has_say;
}

static model_veil widest(const building *b, const data_field *field, bool writing) {
  model_veil least = MODEL_VEIL_HIDDEN;
  bool any = false;
  for (size_t i = 0; i < b->subject->role_count; i++) {
    model_veil own;
    if (!role_veil(b, &b->subject->roles[i], field, writing, &own)) continue;
    if (own < least) least = own;
    any = true;
  }
  return any ? least : MODEL_VEIL_NONE;
}

static void add_fields(const building *b, const data_field *fields, model_permission *made,
                       model_field_right *list) {
  for (const data_field *field = fields; field->name != NULL; field++) {
    model_veil veil = widest(b, field, false);
    if (veil == MODEL_VEIL_NONE) veil = widest(b, field, true);
    if (veil == MODEL_VEIL_NONE) continue;
    list[made->field_count++] =
        (model_field_right){.field = field, .name = base_slice_text(field->name), .veil = veil};
    made->veiled = made->veiled || veil != MODEL_VEIL_READONLY;
  }
}

/* --- the policy ----------------------------------------------------------------------------------- */

static bool any_says(const building *b) {
  for (size_t i = 0; i < b->subject->role_count; i++) {
    if (says(&b->subject->roles[i], b->type)) return true;
  }
  return false;
}

static const model_permission *permission_of(const building *b) {
  model_permission made = {.field_count = 0};
  bool all = true;
  for (int doing = 0; doing < MODEL_DOINGS; doing++) {
    made.rights[doing] = right_of(b, (model_doing)doing);
    all = all && made.rights[doing].all;
  }
  if (any_says(b)) {
    size_t most = data_field_count(b->type->fields) + data_field_count(model_system_fields);
    model_field_right *fields = BASE_NEW_ARRAY(b->arena, model_field_right, most);
    add_fields(b, b->type->fields, &made, fields);
    add_fields(b, model_system_fields, &made, fields);
    made.fields = fields;
  }
  if (all && made.field_count == 0) return NULL;
  model_permission *kept = BASE_NEW(b->arena, model_permission);
  *kept = made;
  return kept;
}

typedef struct filling {
  building building;
  const model_permission **types;
  bool restricts;
} filling;

static void fill_type(const model_type *type, void *self) {
  filling *f = self;
  if (type->flags & MODEL_TYPE_INTERNAL) return;
  f->building.type = type;
  f->types[type->number] = permission_of(&f->building);
  f->restricts = f->restricts || f->types[type->number] != NULL;
}

const model_policy *model_policy_new(const model_schema *schema, const model_subject *subject,
                                     base_arena *arena) {
  size_t count = model_schema_count(schema);
  filling f = {.building = {.subject = subject, .arena = arena},
               .types = BASE_NEW_ARRAY(arena, const model_permission *, count + 1)};
  model_schema_each(schema, fill_type, &f);
  if (!f.restricts) return NULL;
  model_policy *policy = BASE_NEW(arena, model_policy);
  *policy = (model_policy){.count = count, .types = f.types};
  return policy;
}

/* --- rows that come in ---------------------------------------------------------------------------- */

static base_code check_actions(const model_type *type, base_slice row, base_error *error) {
  data_value actions = {0};
  bool closed = (type->flags & (MODEL_TYPE_ADMIN | MODEL_TYPE_SERVER)) != 0;
  data_map_find(row, "actions", &actions);
  data_walk walk = data_walk_begin(actions.raw);
  while (data_walk_next(&walk)) {
    bool known = false;
    for (int doing = 0; doing < MODEL_DOINGS; doing++) {
      known = known || base_slice_is(walk.value.as.bytes, doing_names[doing]);
    }
    if (!known) {
      return base_error_set(error, BASE_VALIDATION_FAILED, "actions",
                            "没有动作 %.*s：可用 read、create、update、delete",
                            "there is no action %.*s: there are read, create, update and delete",
                            BASE_SLICE_ARGS(walk.value.as.bytes));
    }
    if (closed && !base_slice_is(walk.value.as.bytes, "read")) {
      return base_error_set(error, BASE_VALIDATION_FAILED, "actions",
                            "%s 只有管理员或服务器可以写入，角色只能给 read",
                            "%s is written by administrators or the server alone: a role can only "
                            "allow to read it",
                            type->name);
    }
  }
  return BASE_OK;
}

static bool can_be_masked(const data_field *field) {
  return field->kind == DATA_KIND_TEXT || field->kind == DATA_KIND_PHONE ||
         field->kind == DATA_KIND_EMAIL || field->kind == DATA_KIND_ADDRESS;
}

static base_code check_field(const model_type *type, data_walk *walk, base_error *error) {
  const data_field *field = model_type_field(type, walk->key.as.bytes);
  base_slice name = walk->key.as.bytes;
  model_veil veil = veil_find(walk->value);
  bool key =
      base_slice_is(name, "id") || base_slice_is(name, "type") || base_slice_is(name, "version");
  if (field == NULL || key) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "fields", "%s 没有可以限制的字段 %.*s",
                          "%s has no field %.*s that can be restricted", type->name,
                          BASE_SLICE_ARGS(name));
  }
  if (veil == MODEL_VEIL_NONE) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "fields",
                          "字段 %.*s 只能是 hidden、masked 或 readonly",
                          "the field %.*s is hidden, masked or readonly", BASE_SLICE_ARGS(name));
  }
  if (veil != MODEL_VEIL_MASKED || can_be_masked(field)) return BASE_OK;
  return base_error_set(error, BASE_VALIDATION_FAILED, "fields",
                        "只有文本、电话、邮箱、地址可以遮盖（masked）；%.*s 的类型是 %s",
                        "only texts, phones, e-mails and addresses can be masked; %.*s is %s",
                        BASE_SLICE_ARGS(name), data_kind_name(field->kind));
}

static base_code check_row(const model_schema *schema, base_slice row, base_arena *arena,
                           base_error *error) {
  static const model_values nobody = {.team = 0};
  const model_type *type;
  const model_where *compiled;
  data_value where = {0};
  data_value fields = {0};
  BASE_TRY(model_schema_type(schema, data_map_text(row, "type"), &type, error));
  BASE_TRY(check_actions(type, row, error));
  data_map_find(row, "where", &where);
  base_code code = model_where_compile_for(type, where.raw, &nobody, arena, &compiled, error);
  if (code != BASE_OK) {
    base_error_within(error, "where");
    return code;
  }
  if (!data_map_find(row, "fields", &fields)) return BASE_OK;
  data_walk walk = data_walk_begin(fields.raw);
  while (data_walk_next(&walk)) BASE_TRY(check_field(type, &walk, error));
  return BASE_OK;
}

base_code model_policy_check(const model_schema *schema, base_slice permissions, base_arena *arena,
                             base_error *error) {
  data_walk walk = data_walk_begin(permissions);
  while (permissions.size > 0 && data_walk_next(&walk)) {
    base_code code = check_row(schema, walk.value.raw, arena, error);
    if (code == BASE_OK) continue;
    base_error_within(error, base_arena_format(arena, "[%u]", walk.index));
    base_error inner = *error;
    return base_error_set(error, BASE_VALIDATION_FAILED, inner.field, "%s", "%s", inner.message);
  }
  return BASE_OK;
}
