/* upgrade: see upgrade.h; the ops are in nouns/upgrade.c.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/upgrade.h"

#include "api/group.h"
#include "api/member.h"

/* --- what is to be done ------------------------------------------------------------------------ */

static const api_package *package_named(const api_registry *registry, const char *name) {
  const struct api_member *member = api_registry_member(registry, name);
  return member == NULL ? NULL : member->package;
}

static bool was_required(const api_registry *from, const char *type_name, const data_field *field) {
  const model_type *type = model_schema_find(api_registry_schema(from), base_slice_text(type_name));
  if (type == NULL) return true; /* there are no records of it */
  const data_field *before = data_field_find(type->fields, base_slice_text(field->name));
  return before != NULL && (before->flags & DATA_REQUIRED);
}

static base_code fill_type(const api_registry *from, const model_type_definition *type,
                           api_upgrade_call call, void *self, base_error *error) {
  base_code code = BASE_OK;
  const data_field *field = type->fields;
  for (; code == BASE_OK && field != NULL && field->name != NULL; field++) {
    if (!(field->flags & DATA_REQUIRED) || was_required(from, type->name, field)) continue;
    base_buffer params = {0};
    data_append_map(&params, 2);
    data_append_pair_text(&params, "type", type->name);
    data_append_pair_text(&params, "field", field->name);
    code = call(self, "package.fill", base_buffer_slice(&params), error);
    base_buffer_fini(&params);
  }
  return code;
}

base_code api_upgrade_run(const api_registry *from, const api_registry *to, const char *package,
                          api_upgrade_call call, void *self, base_error *error) {
  const api_package *fresh = package_named(to, package);
  base_buffer params = {0};
  base_code code = BASE_OK;
  if (fresh->migrations != NULL && fresh->migrations[0].version != NULL) {
    data_append_map(&params, 1);
    data_append_pair_text(&params, "name", package);
    code = call(self, "package.migrate", base_buffer_slice(&params), error);
    base_buffer_fini(&params);
  }
  const model_type_definition *type = fresh->types;
  for (; code == BASE_OK && type != NULL && type->name != NULL; type++) {
    code = fill_type(from, type, call, self, error);
  }
  return code;
}

/* --- a step on the writer lane ----------------------------------------------------------------- */

static base_code run_once(api_group *group, const api_registry *registry, api_session *session,
                          const api_op *op, base_slice params, int64_t *carry, bool *again,
                          base_error *error) {
  base_arena *arena = base_arena_new();
  base_buffer result = {0};
  api_execution execution = api_group_execution(group, registry, session, arena, error);
  execution.carry = *carry;
  api_execution_open(&execution);
  base_code code = api_execution_run(&execution, op, params, &result);
  if (code == BASE_OK) {
    code = api_group_append(group, &execution, base_slice_text(op->name), (base_slice){0}, error);
  }
  *again = execution.again;
  *carry = execution.carry;
  api_execution_close(&execution);
  base_buffer_fini(&result);
  error->data = (base_slice){0}; /* lay in the arena */
  base_arena_free(arena);
  return code;
}

base_code api_upgrade_step(api_engine *engine, const api_registry *registry, api_session *session,
                           const char *op, base_slice params, base_error *error) {
  const api_op *row = NULL;
  int64_t carry = 0;
  bool again = false;
  BASE_TRY(api_registry_op(registry, base_slice_text(op), &row, error));
  do {
    api_group group;
    BASE_TRY(api_group_begin(&group, engine, error));
    base_code code = run_once(&group, registry, session, row, params, &carry, &again, error);
    if (code == BASE_OK) {
      code = api_group_commit(&group, error);
    } else {
      api_group_abort(&group);
    }
    BASE_TRY(code);
  } while (again);
  return BASE_OK;
}
