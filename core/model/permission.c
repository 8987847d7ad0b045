/* permission: see permission.h. */
#include "model/permission.h"

#include "base/failpoint.h"
#include "model/alias.h"
#include "model/reads.h"
#include "model/record.h"

/* --- what is allowed ------------------------------------------------------------------------------ */

const model_permission *model_permission_find(const crm_ctx *ctx, const model_type *type) {
  const model_policy *policy = ctx->actor.policy;
  if (policy == NULL) return NULL;
  return policy->nothing != NULL ? policy->nothing : policy->types[type->number];
}

bool model_permission_hides(const crm_ctx *ctx, const model_type *type) {
  const model_permission *permission = model_permission_find(ctx, type);
  return permission != NULL && !permission->rights[MODEL_DO_READ].all;
}

bool model_permission_allows(crm_ctx *ctx, const model_type *type, model_doing doing,
                             base_slice record) {
  const model_permission *permission = model_permission_find(ctx, type);
  if (permission == NULL || permission->rights[doing].all) return true;
  const model_right *right = &permission->rights[doing];
  const model_where *where = right->where;
  if (right->numbers) where = model_alias_where(ctx, type, where);
  return model_where_match(where, record);
}

bool model_permission_tells(crm_ctx *ctx, const model_type *type, int64_t id) {
  base_slice record;
  if (!model_permission_hides(ctx, type) || base_mutant("model.changes_are_told")) return true;
  return model_record_read(ctx, type, id, &record) &&
         model_permission_allows(ctx, type, MODEL_DO_READ, record);
}

base_code model_permission_check(crm_ctx *ctx, const model_type *type, model_doing doing,
                                 base_slice record) {
  static const struct {
    const char *zh;
    const char *en;
  } words[MODEL_DOINGS] = {[MODEL_DO_READ] = {"查看", "read"},
                           [MODEL_DO_CREATE] = {"新建", "create"},
                           [MODEL_DO_UPDATE] = {"修改", "change"},
                           [MODEL_DO_DELETE] = {"删除", "delete"}};
  if (ctx->actor.policy == NULL) return BASE_OK;
  if (model_permission_allows(ctx, type, doing, record)) return BASE_OK;
  bool english = ctx->error->language == BASE_EN;
  return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, doing == MODEL_DO_CREATE ? "values" : "id",
                        "您的角色无权%s这条 %s 记录", "your roles do not let you %s this %s",
                        english ? words[doing].en : words[doing].zh, type->name);
}

/* --- fields --------------------------------------------------------------------------------------- */

static model_veil veil_of(const model_permission *permission, base_slice name) {
  for (size_t i = 0; permission != NULL && i < permission->field_count; i++) {
    if (base_slice_equal(name, permission->fields[i].name)) return permission->fields[i].veil;
  }
  return MODEL_VEIL_NONE;
}

/* Of "lines.product" the field is lines. */
static base_slice outer_name(const char *name) {
  return base_slice_make(name, strcspn(name, "."));
}

model_veil model_permission_veil(const crm_ctx *ctx, const model_type *type,
                                 const data_field *field) {
  return veil_of(model_permission_find(ctx, type), outer_name(field->name));
}

base_code model_permission_values(crm_ctx *ctx, const model_type *type, base_slice values) {
  const model_permission *permission = model_permission_find(ctx, type);
  if (permission == NULL || permission->field_count == 0) return BASE_OK;
  data_walk walk = data_walk_begin(values);
  while (data_walk_next(&walk)) {
    if (veil_of(permission, walk.key.as.bytes) == MODEL_VEIL_NONE) continue;
    const char *name = base_arena_text(ctx->arena, walk.key.as.bytes);
    return model_ctx_fail(ctx, BASE_PERMISSION_DENIED, name, "您的角色无权写入 %s 的字段 %s",
                          "your roles do not let you write %s.%s", type->name, name);
  }
  return BASE_OK;
}

base_code model_permission_plain(crm_ctx *ctx, const model_type *type, const data_field *field,
                                 const char *part) {
  model_veil veil = model_permission_veil(ctx, type, field);
  if (veil != MODEL_VEIL_MASKED && veil != MODEL_VEIL_HIDDEN) return BASE_OK;
  return model_ctx_fail(
      ctx, BASE_INVALID_ARGUMENT, part, "%s 没有字段 %s，或者您无权这样使用它（%s）",
      "%s has no field %s, or you may not use it so (%s)", type->name, field->name, part);
}

/* --- records as they are shown -------------------------------------------------------------------- */

/* Characters that stay in front and behind; what is short keeps its first alone. */
#define MASK_FRONT 3
#define MASK_BEHIND 4
#define MASK_SHORT 8
#define MASK_GROWS 8 /* bytes, at most, with a longer head */

static size_t bytes_of(base_slice text, size_t characters) {
  size_t at = 0;
  while (characters-- > 0 && at < text.size) {
    at += 1;
    while (at < text.size && (text.data[at] & 0xc0) == 0x80) at += 1;
  }
  return at;
}

/* 138****1001; 王** */
static void append_masked(base_slice text, base_buffer *out) {
  size_t length = data_text_length(text);
  bool small = length < MASK_SHORT;
  size_t front = bytes_of(text, small ? 1 : MASK_FRONT);
  size_t behind = small ? text.size : bytes_of(text, length - MASK_BEHIND);
  const char *stars = small ? "**" : "****";
  data_append_text_head(out, front + strlen(stars) + text.size - behind);
  base_buffer_append(out, text.data, front);
  base_buffer_text(out, stars);
  base_buffer_append(out, text.data + behind, text.size - behind);
}

/* A pair of a record that is not shown as it is. */
typedef struct cut {
  base_slice key;
  base_slice value;
  model_veil veil;
} cut;

/* In order; as many as `cuts` has room for. What lies behind the last field with a right is not looked at. */
static size_t find_cuts(const model_permission *permission, base_slice record, cut *cuts) {
  size_t count = 0;
  size_t known = 0;
  data_walk walk = data_walk_begin(record);
  while (known < permission->field_count && data_walk_key(&walk)) {
    model_veil veil = veil_of(permission, walk.key.as.bytes);
    if (veil != MODEL_VEIL_NONE) known++;
    if (veil != MODEL_VEIL_HIDDEN && veil != MODEL_VEIL_MASKED) continue;
    const uint8_t *value = walk.key.raw.data + walk.key.raw.size;
    cuts[count++] = (cut){.key = walk.key.raw,
                          .value = base_slice_make(value, (size_t)(walk.rest.data - value)),
                          .veil = veil};
  }
  return count;
}

static void append_cut(const cut *one, base_buffer *out) {
  if (one->veil == MODEL_VEIL_HIDDEN) return;
  data_value value = data_peek(one->value);
  data_append_raw(out, one->key);
  if (value.type == DATA_TEXT)
    append_masked(value.as.bytes, out);
  else
    data_append_nil(out);
}

/* What lies between the cuts is copied as it is: most of a record. */
static void append_between(base_slice record, const cut *cuts, size_t count, base_buffer *out) {
  data_walk whole = data_walk_begin(record); /* which does not measure it */
  size_t pairs = whole.left;
  const uint8_t *from = whole.rest.data;
  for (size_t i = 0; i < count; i++) pairs -= cuts[i].veil == MODEL_VEIL_HIDDEN;
  (void)base_buffer_reserve(out, record.size + count * MASK_GROWS);
  data_append_map(out, pairs);
  for (size_t i = 0; i < count; i++) {
    base_buffer_append(out, from, (size_t)(cuts[i].key.data - from));
    append_cut(&cuts[i], out);
    from = cuts[i].value.data + cuts[i].value.size;
  }
  base_buffer_append(out, from, (size_t)(record.data + record.size - from));
}

base_slice model_permission_veil_record(crm_ctx *ctx, const model_type *type, base_slice record) {
  const model_permission *permission = model_permission_find(ctx, type);
  bool veiled = permission != NULL && permission->veiled && !base_mutant("model.fields_are_shown");
  if (!veiled || record.size == 0) return record;
  cut few[8];
  bool enough = permission->field_count <= sizeof few / sizeof few[0];
  cut *cuts = enough ? few : BASE_NEW_ARRAY(ctx->arena, cut, permission->field_count);
  size_t count = find_cuts(permission, record, cuts);
  base_buffer out = {0};
  if (count == 0) return record;
  append_between(record, cuts, count, &out);
  return model_ctx_take(ctx, &out);
}

base_slice model_permission_show(crm_ctx *ctx, const model_type *type, base_slice record) {
  bool noted = (type->flags & MODEL_TYPE_LOG_READS) && ctx->reads != NULL && record.size > 0;
  if (noted) model_reads_add(ctx, type, data_map_integer(record, "id", 0));
  return model_permission_veil_record(ctx, type, record);
}

base_slice model_permission_answer(crm_ctx *ctx, const model_type *type, base_slice record) {
  static const char *const names[] = {"id", "type", "version"};
  base_slice keys[3];
  base_buffer out = {0};
  if (record.size == 0 || model_permission_sees(ctx, type, record)) {
    return model_permission_veil_record(ctx, type, record);
  }
  for (size_t i = 0; i < 3; i++) keys[i] = base_slice_text(names[i]);
  data_pick(record, keys, 3, &out);
  return model_ctx_take(ctx, &out);
}

/* --- wheres --------------------------------------------------------------------------------------- */

static base_code refuse_test(crm_ctx *ctx, const model_type *type, const model_test *test,
                             model_veil veil) {
  if (veil == MODEL_VEIL_MASKED) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, test->path,
                          "字段 %s 对您是遮盖的，条件只能用 eq",
                          "%s is masked for you: only eq is "
                          "allowed on it",
                          test->path);
  }
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, test->path, "%s 没有字段 %s，或者您无权读取它",
                        "%s has no field %s, or you may not read it", type->name, test->path);
}

static base_code check_tests(crm_ctx *ctx, const model_type *type, const model_where *where) {
  for (size_t i = 0; i < where->test_count; i++) {
    const model_test *test = &where->tests[i];
    model_veil veil = model_permission_veil(ctx, type, test->field);
    bool refused = veil == MODEL_VEIL_HIDDEN || (veil == MODEL_VEIL_MASKED && test->op != MODEL_EQ);
    if (refused) return refuse_test(ctx, type, test, veil);
  }
  for (size_t i = 0; i < where->any_count; i++) {
    for (size_t j = 0; j < where->anys[i].count; j++) {
      BASE_TRY(check_tests(ctx, type, &where->anys[i].alternatives[j]));
    }
  }
  return BASE_OK;
}

base_code model_permission_filter(crm_ctx *ctx, const model_type *type, base_slice where,
                                  const model_where **compiled) {
  BASE_TRY(model_where_compile(type, where, ctx->arena, compiled, ctx->error));
  const model_permission *permission = model_permission_find(ctx, type);
  bool veiled = permission != NULL && permission->veiled && !base_mutant("model.wheres_are_open");
  return veiled ? check_tests(ctx, type, *compiled) : BASE_OK;
}

static const model_where *both(crm_ctx *ctx, const model_where *a, const model_where *b) {
  model_where *made = BASE_NEW(ctx->arena, model_where);
  model_test *tests = BASE_NEW_ARRAY(ctx->arena, model_test, a->test_count + b->test_count + 1);
  model_any *anys = BASE_NEW_ARRAY(ctx->arena, model_any, a->any_count + b->any_count + 1);
  if (a->test_count > 0) memcpy(tests, a->tests, a->test_count * sizeof *tests);
  if (b->test_count > 0) {
    memcpy(tests + a->test_count, b->tests, b->test_count * sizeof *tests);
  }
  if (a->any_count > 0) memcpy(anys, a->anys, a->any_count * sizeof *anys);
  if (b->any_count > 0) memcpy(anys + a->any_count, b->anys, b->any_count * sizeof *anys);
  *made = (model_where){.test_count = a->test_count + b->test_count,
                        .tests = tests,
                        .any_count = a->any_count + b->any_count,
                        .anys = anys};
  return made;
}

base_code model_permission_where(crm_ctx *ctx, const model_type *type, base_slice where,
                                 const model_where **compiled) {
  BASE_TRY(model_permission_filter(ctx, type, where, compiled));
  const model_permission *permission = model_permission_find(ctx, type);
  bool hides = permission != NULL && !permission->rights[MODEL_DO_READ].all;
  if (hides && !base_mutant("model.lists_are_open")) {
    *compiled = both(ctx, *compiled, permission->rights[MODEL_DO_READ].where);
  }
  *compiled = model_alias_where(ctx, type, *compiled);
  return BASE_OK;
}

/* --- on its own account --------------------------------------------------------------------------- */

const model_policy *model_permission_lift(crm_ctx *ctx) {
  const model_policy *before = ctx->actor.policy;
  ctx->actor.policy = NULL;
  return before;
}

void model_permission_drop(crm_ctx *ctx, const model_policy *before) {
  ctx->actor.policy = before;
}
