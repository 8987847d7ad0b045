/* inspect: what a plugin brings, as msgpack. See loader.h.
 *
 * Memory:  the caller's buffer.  Threads: any.  Fails: as loading does. */
#include <stdio.h>

#include "loader/plugin.h"

static void append_text(base_buffer *out, const char *key, const char *text) {
  data_append_pair_text(out, key, text == NULL ? "" : text);
}

static void append_fields(base_buffer *out, const char *key, const data_field *fields) {
  data_append_text(out, key);
  if (fields == NULL) {
    data_append_array(out, 0);
  } else {
    data_field_append(fields, out);
  }
}

static void append_names(base_buffer *out, const char *key, const char *const *names) {
  data_append_text(out, key);
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; names != NULL && names[count] != NULL; count++) data_append_text(out, names[count]);
  data_append_close(out, place, count);
}

/* --- types ------------------------------------------------------------------------------------- */

static void append_index(base_buffer *out, const model_index_definition *index) {
  data_append_map(out, 3);
  data_append_pair_text(out, "name", index->name);
  append_names(out, "fields", index->fields);
  data_append_pair_boolean(out, "unique", index->unique);
}

static void append_indexes(base_buffer *out, const model_index_definition *indexes) {
  data_append_text(out, "indexes");
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; indexes != NULL && indexes[count].name != NULL; count++) {
    append_index(out, &indexes[count]);
  }
  data_append_close(out, place, count);
}

static void append_type(base_buffer *out, const model_type_definition *type) {
  data_append_map(out, 6);
  data_append_pair_text(out, "name", type->name);
  data_append_text(out, "label");
  data_append_map(out, 2);
  append_text(out, "zh", type->label_zh);
  append_text(out, "en", type->label_en);
  append_text(out, "doc", type->doc);
  data_append_pair_boolean(out, "extends", type->extends);
  append_fields(out, "fields", type->fields);
  append_indexes(out, type->indexes);
}

static void append_types(base_buffer *out, const model_type_definition *types) {
  data_append_text(out, "types");
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; types[count].name != NULL; count++) append_type(out, &types[count]);
  data_append_close(out, place, count);
}

/* --- ops and rules ----------------------------------------------------------------------------- */

static void append_ops(base_buffer *out, const api_op *ops) {
  data_append_text(out, "ops");
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; ops[count].name != NULL; count++) api_op_append(&ops[count], out);
  data_append_close(out, place, count);
}

static void append_events(base_buffer *out, unsigned events) {
  static const struct {
    unsigned event;
    const char *name;
  } names[] = {{MODEL_CREATE, "create"},   {MODEL_UPDATE, "update"}, {MODEL_DELETE, "delete"},
               {MODEL_RESTORE, "restore"}, {MODEL_MERGE, "merge"},   {MODEL_UNMERGE, "unmerge"}};
  data_append_text(out, "events");
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (!(events & names[i].event)) continue;
    data_append_text(out, names[i].name);
    count++;
  }
  data_append_close(out, place, count);
}

static void append_rule(base_buffer *out, const model_rule *rule) {
  data_append_map(out, rule->where.size > 0 ? 6 : 5);
  data_append_pair_text(out, "name", rule->name);
  data_append_pair_text(out, "type", rule->type);
  append_text(out, "doc", rule->doc);
  append_events(out, rule->events);
  append_names(out, "fields", rule->fields);
  if (rule->where.size > 0) data_append_pair_raw(out, "where", rule->where);
}

static void append_rules(base_buffer *out, const model_rule *rules) {
  data_append_text(out, "rules");
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; rules[count].name != NULL; count++) append_rule(out, &rules[count]);
  data_append_close(out, place, count);
}

/* --- the whole --------------------------------------------------------------------------------- */

static void append_plugin(base_buffer *out, const loader_plugin *plugin) {
  const api_package *package = &plugin->package;
  char abi[16];
  (void)snprintf(abi, sizeof abi, "%u.%u", plugin->entry.abi_major, plugin->entry.abi_minor);
  data_append_map(out, 10);
  data_append_pair_text(out, "name", package->name);
  data_append_pair_text(out, "version", package->version);
  data_append_pair_text(out, "abi", abi);
  data_append_pair_text(out, "doc", package->doc);
  data_append_pair_text(out, "doc_zh", package->doc_zh);
  append_names(out, "needs", package->needs);
  append_fields(out, "config", package->config);
  append_types(out, package->types);
  append_ops(out, package->ops);
  append_rules(out, package->rules);
}

base_code loader_plugin_inspect(const char *path, const char *private_directory, base_buffer *out,
                                base_error *error) {
  loader_plugin *plugin = NULL;
  BASE_TRY(loader_plugin_open(path, private_directory, &plugin, error));
  append_plugin(out, plugin);
  plugin->package.free(&plugin->package);
  return BASE_OK;
}
