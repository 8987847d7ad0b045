/* convert: rows by stride. See convert.h.
 *
 * Memory:  copies in the plugin's arena.  Threads: any.  Fails: see the header. */
#include "loader/convert.h"

#include "loader/call.h"

#define ROWS_MAX 4096 /* of one table: beyond, it has no end */
#define DEPTH_MAX 8   /* of fields in fields */

typedef struct conversion {
  loader_plugin *plugin;
  base_arena *arena;
  const crm_sizes *sizes;
  const char *table; /* for messages */
  base_error *error;
} conversion;

static base_code refuse(const conversion *in, const char *row, const char *zh, const char *en) {
  return base_error_set(in->error, BASE_VALIDATION_FAILED, row, "插件 %s 的 %s“%s”%s",
                        "plugin %s, %s “%s”: %s", in->plugin->entry.name, in->table, row,
                        in->error->language == BASE_EN ? en : zh);
}

/* --- tables of any struct ---------------------------------------------------------------------- */

/* Every row begins with a pointer to its name; NULL ends the table. */
static base_code count_rows(const conversion *in, const void *table, size_t stride, size_t *count) {
  *count = 0;
  if (table == NULL) return BASE_OK;
  for (size_t i = 0; i < ROWS_MAX; i++) {
    const char *name = NULL;
    memcpy(&name, (const char *)table + i * stride, sizeof name);
    *count = i;
    if (name == NULL) return BASE_OK;
  }
  return refuse(in, "", "没有结尾：表的最后一行应为 {0}",
                "the table has no end: its last row is {0}");
}

static void read_row(const void *table, size_t stride, size_t i, void *row, size_t size) {
  memset(row, 0, size);
  memcpy(row, (const char *)table + i * stride, stride < size ? stride : size);
}

/* --- fields ------------------------------------------------------------------------------------ */

#define SAME_CODE(name)                                                                            \
  _Static_assert((int)CRM_##name == (int)BASE_##name, "crm_code and base_code are one list");
BASE_CODES(SAME_CODE)
#define SAME_KIND(upper, lower)                                                                    \
  _Static_assert((int)CRM_KIND_##upper == (int)DATA_KIND_##upper,                                  \
                 "crm_kind and data_kind are one list");
DATA_KINDS(SAME_KIND)

#define FIELD_FLAGS                                                                                \
  (CRM_REQUIRED | CRM_UNIQUE | CRM_INDEX | CRM_SEARCH | CRM_PERSONAL | CRM_READONLY | CRM_BOUNDED)
_Static_assert((int)CRM_REQUIRED == (int)DATA_REQUIRED && (int)CRM_UNIQUE == (int)DATA_UNIQUE &&
                   (int)CRM_INDEX == (int)DATA_INDEX && (int)CRM_SEARCH == (int)DATA_SEARCH &&
                   (int)CRM_PERSONAL == (int)DATA_PERSONAL &&
                   (int)CRM_READONLY == (int)DATA_READONLY,
               "field flags are one list");

static base_code convert_transitions(const conversion *in, const crm_transition *table,
                                     const data_transition **out) {
  size_t count = 0;
  size_t stride = in->sizes->transition;
  BASE_TRY(count_rows(in, table, stride, &count));
  data_transition *rows = BASE_NEW_ARRAY(in->arena, data_transition, count + 1);
  for (size_t i = 0; i < count; i++) {
    crm_transition row;
    read_row(table, stride, i, &row, sizeof row);
    rows[i] = (data_transition){.from = row.from, .to = row.to};
  }
  *out = table == NULL ? NULL : rows;
  return BASE_OK;
}

static base_code check_field(const conversion *in, const crm_field *row) {
  if (row->kind > CRM_KIND_FILE || row->of > CRM_KIND_FILE) {
    return refuse(in, row->name, "的种类未知：取 crm_kind 之一", "unknown kind: take a crm_kind");
  }
  if (row->flags & ~(uint32_t)FIELD_FLAGS) {
    return refuse(in, row->name, "的标志未知：取 crm_field_flag",
                  "unknown flag: take crm_field_flags");
  }
  bool chooses = row->kind == CRM_KIND_CHOICE || row->kind == CRM_KIND_STATES;
  if (chooses && row->choices == NULL) {
    return refuse(in, row->name, "缺少 choices", "choices are missing");
  }
  return BASE_OK;
}

static void fill_field(const crm_field *row, data_field *field) {
  *field = (data_field){.name = row->name,
                        .kind = (data_kind)row->kind,
                        .flags = row->flags & ~(uint32_t)CRM_BOUNDED,
                        .label_zh = row->label_zh,
                        .label_en = row->label_en,
                        .doc = row->doc,
                        .choices = row->choices,
                        .to = row->to,
                        .of = (data_kind)row->of,
                        .initial = row->initial,
                        .bounded = (row->flags & CRM_BOUNDED) != 0,
                        .min = row->min,
                        .max = row->max};
}

static base_code convert_fields(const conversion *in, const crm_field *table, unsigned depth,
                                const data_field **out) {
  size_t count = 0;
  size_t stride = in->sizes->field;
  *out = NULL;
  if (table == NULL) return BASE_OK;
  BASE_TRY(count_rows(in, table, stride, &count));
  data_field *fields = BASE_NEW_ARRAY(in->arena, data_field, count + 1);
  for (size_t i = 0; i < count; i++) {
    crm_field row;
    read_row(table, stride, i, &row, sizeof row);
    if (depth == DEPTH_MAX) {
      return refuse(in, row.name, "嵌套太深", "fields are nested too deep");
    }
    BASE_TRY(check_field(in, &row));
    fill_field(&row, &fields[i]);
    BASE_TRY(convert_transitions(in, row.transitions, &fields[i].transitions));
    BASE_TRY(convert_fields(in, row.fields, depth + 1, &fields[i].fields));
  }
  *out = fields;
  return BASE_OK;
}

/* --- types ------------------------------------------------------------------------------------- */

static base_code convert_terms(const conversion *in, const crm_term *table,
                               const model_term **out) {
  size_t count = 0;
  size_t stride = in->sizes->term;
  BASE_TRY(count_rows(in, table, stride, &count));
  model_term *terms = BASE_NEW_ARRAY(in->arena, model_term, count + 1);
  for (size_t i = 0; i < count; i++) {
    crm_term row;
    read_row(table, stride, i, &row, sizeof row);
    if (row.value == NULL) return refuse(in, row.field, "缺少值", "the value is missing");
    terms[i] = (model_term){.field = row.field, .value = row.value};
  }
  *out = table == NULL ? NULL : terms;
  return BASE_OK;
}

#define INDEX_FIELDS_MAX                                                                           \
  (sizeof((model_index_definition *)0)->fields / sizeof(const char *) - 1) /* and a NULL */

static base_code convert_index(const conversion *in, const crm_index *row,
                               model_index_definition *index) {
  size_t count = 0;
  while (row->fields != NULL && count <= INDEX_FIELDS_MAX && row->fields[count] != NULL) count++;
  if (count == 0 || count > INDEX_FIELDS_MAX) {
    return refuse(in, row->name, "应有 1 至 6 个字段", "an index has 1 to 6 fields");
  }
  if (row->flags & ~(uint64_t)CRM_INDEX_UNIQUE) {
    return refuse(in, row->name, "的标志未知：取 crm_index_flag",
                  "unknown flag: take a crm_index_flag");
  }
  index->name = row->name;
  index->unique = (row->flags & CRM_INDEX_UNIQUE) != 0;
  for (size_t i = 0; i < count; i++) index->fields[i] = row->fields[i];
  return convert_terms(in, row->where, &index->where);
}

static base_code convert_indexes(const conversion *in, const crm_index *table,
                                 const model_index_definition **out) {
  size_t count = 0;
  size_t stride = in->sizes->index;
  BASE_TRY(count_rows(in, table, stride, &count));
  model_index_definition *indexes = BASE_NEW_ARRAY(in->arena, model_index_definition, count + 1);
  for (size_t i = 0; i < count; i++) {
    crm_index row;
    read_row(table, stride, i, &row, sizeof row);
    BASE_TRY(convert_index(in, &row, &indexes[i]));
  }
  *out = table == NULL ? NULL : indexes;
  return BASE_OK;
}

static base_code convert_type(const conversion *in, const crm_type *row,
                              model_type_definition *type) {
  const uint64_t known = CRM_TYPE_INTERNAL | CRM_TYPE_ADMIN | CRM_TYPE_EXTENDS | CRM_TYPE_LOG_READS;
  if (row->flags & ~known) {
    return refuse(in, row->name, "的标志未知：取 crm_type_flag",
                  "unknown flag: take crm_type_flags");
  }
  *type = (model_type_definition){.name = row->name,
                                  .label_zh = row->label_zh,
                                  .label_en = row->label_en,
                                  .doc = row->doc,
                                  .title = row->title,
                                  .extends = (row->flags & CRM_TYPE_EXTENDS) != 0,
                                  .package = in->plugin->entry.name};
  if (row->flags & CRM_TYPE_INTERNAL) type->flags |= MODEL_TYPE_INTERNAL;
  if (row->flags & CRM_TYPE_ADMIN) type->flags |= MODEL_TYPE_ADMIN;
  if (row->flags & CRM_TYPE_LOG_READS) type->flags |= MODEL_TYPE_LOG_READS;
  BASE_TRY(convert_fields(in, row->fields, 0, &type->fields));
  if (type->fields == NULL) type->fields = BASE_NEW(in->arena, data_field);
  return convert_indexes(in, row->indexes, &type->indexes);
}

static base_code convert_types(conversion *in, const crm_type *table) {
  size_t count = 0;
  size_t stride = in->sizes->type;
  in->table = "type";
  BASE_TRY(count_rows(in, table, stride, &count));
  model_type_definition *types = BASE_NEW_ARRAY(in->arena, model_type_definition, count + 1);
  for (size_t i = 0; i < count; i++) {
    crm_type row;
    read_row(table, stride, i, &row, sizeof row);
    BASE_TRY(convert_type(in, &row, &types[i]));
  }
  in->plugin->package.types = types;
  return BASE_OK;
}

/* --- ops and rules ----------------------------------------------------------------------------- */

static unsigned op_flags(uint64_t flags) {
  unsigned converted = 0;
  if (flags & CRM_OP_WRITE) converted |= API_WRITE;
  if (flags & CRM_OP_ADMIN) converted |= API_ADMIN;
  if (flags & CRM_OP_INTERNAL) converted |= API_INTERNAL;
  if (flags & CRM_OP_POINT) converted |= API_POINT;
  if (flags & CRM_OP_OWN_RIGHTS) converted |= API_OWN_RIGHTS;
  return converted;
}

static base_code check_op(const conversion *in, const crm_op *row) {
  const uint64_t known =
      CRM_OP_WRITE | CRM_OP_ADMIN | CRM_OP_INTERNAL | CRM_OP_POINT | CRM_OP_OWN_RIGHTS;
  const char *dot = strchr(row->name, '.');
  if (dot == NULL || dot == row->name || dot[1] == '\0') {
    return refuse(in, row->name, "的名字应为 名词.动词", "the name must be noun.verb");
  }
  if (row->run == NULL) return refuse(in, row->name, "缺少 run", "run is missing");
  if (row->doc == NULL) return refuse(in, row->name, "缺少 doc", "doc is missing");
  if (row->flags & ~known) {
    return refuse(in, row->name, "的标志未知：取 crm_op_flag", "unknown flag: take crm_op_flags");
  }
  return BASE_OK;
}

static base_code convert_op(const conversion *in, const crm_op *row, api_op *op) {
  BASE_TRY(check_op(in, row));
  loader_op *self = BASE_NEW(in->arena, loader_op);
  *self = (loader_op){.plugin = in->plugin, .op = *row};
  *op = (api_op){.name = row->name,
                 .flags = op_flags(row->flags),
                 .errors = row->errors,
                 .since = row->since == NULL ? "1" : row->since,
                 .doc = row->doc,
                 .doc_zh = row->doc_zh == NULL ? row->doc : row->doc_zh,
                 .run = loader_op_run,
                 .prepare = row->prepare == NULL ? NULL : loader_op_prepare,
                 .self = self,
                 .package = in->plugin->entry.name};
  BASE_TRY(convert_fields(in, row->params, 0, &op->params));
  return convert_fields(in, row->result, 0, &op->result);
}

static base_code convert_ops(conversion *in, const crm_op *table) {
  size_t count = 0;
  size_t stride = in->sizes->op;
  in->table = "op";
  BASE_TRY(count_rows(in, table, stride, &count));
  api_op *ops = BASE_NEW_ARRAY(in->arena, api_op, count + 1);
  for (size_t i = 0; i < count; i++) {
    crm_op row;
    read_row(table, stride, i, &row, sizeof row);
    BASE_TRY(convert_op(in, &row, &ops[i]));
  }
  in->plugin->package.ops = ops;
  return BASE_OK;
}

_Static_assert((int)CRM_CREATE == (int)MODEL_CREATE && (int)CRM_UPDATE == (int)MODEL_UPDATE &&
                   (int)CRM_DELETE == (int)MODEL_DELETE && (int)CRM_RESTORE == (int)MODEL_RESTORE &&
                   (int)CRM_MERGE == (int)MODEL_MERGE && (int)CRM_UNMERGE == (int)MODEL_UNMERGE,
               "events are one list");

static base_code convert_rule(const conversion *in, const crm_rule *row, model_rule *rule) {
  const uint64_t known =
      CRM_CREATE | CRM_UPDATE | CRM_DELETE | CRM_RESTORE | CRM_MERGE | CRM_UNMERGE;
  const model_term *terms = NULL;
  if (row->run == NULL) return refuse(in, row->name, "缺少 run", "run is missing");
  if (row->type == NULL) return refuse(in, row->name, "缺少 type", "type is missing");
  if (row->events == 0 || row->events & ~known) {
    return refuse(in, row->name, "的 events 应取 crm_event", "events must be crm_events");
  }
  BASE_TRY(convert_terms(in, row->where, &terms));
  loader_rule *self = BASE_NEW(in->arena, loader_rule);
  *self = (loader_rule){.plugin = in->plugin, .rule = *row};
  *rule = (model_rule){.name = row->name,
                       .package = in->plugin->entry.name,
                       .type = row->type,
                       .doc = row->doc == NULL ? "" : row->doc,
                       .events = (unsigned)row->events,
                       .fields = row->fields,
                       .run = loader_rule_run,
                       .self = self};
  if (terms != NULL) rule->where = model_where_from_terms(terms, in->arena);
  return BASE_OK;
}

static base_code convert_rules(conversion *in, const crm_rule *table) {
  size_t count = 0;
  size_t stride = in->sizes->rule;
  in->table = "rule";
  BASE_TRY(count_rows(in, table, stride, &count));
  model_rule *rules = BASE_NEW_ARRAY(in->arena, model_rule, count + 1);
  for (size_t i = 0; i < count; i++) {
    crm_rule row;
    read_row(table, stride, i, &row, sizeof row);
    BASE_TRY(convert_rule(in, &row, &rules[i]));
  }
  in->plugin->package.rules = rules;
  return BASE_OK;
}

base_code loader_convert_tables(loader_plugin *plugin, base_error *error) {
  conversion in = {.plugin = plugin,
                   .arena = plugin->arena,
                   .sizes = &plugin->entry.sizes,
                   .table = "config",
                   .error = error};
  BASE_TRY(convert_fields(&in, plugin->entry.config, 0, &plugin->package.config));
  BASE_TRY(convert_types(&in, plugin->entry.types));
  BASE_TRY(convert_ops(&in, plugin->entry.ops));
  return convert_rules(&in, plugin->entry.rules);
}
