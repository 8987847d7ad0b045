/* upgrade: see upgrade.h; the ops are in nouns/upgrade.c.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/upgrade.h"

#include "api/boot.h"
#include "api/group.h"
#include "api/job.h"
#include "api/member.h"
#include "api/stored_package.h"
#include "base/failpoint.h"
#include "base/log.h"

/* --- what is to be done ------------------------------------------------------------------------ */

static const api_package *package_named(const api_registry *registry, const char *name) {
  const struct api_member *member = api_registry_member(registry, name);
  return member == NULL ? NULL : member->package;
}

static bool was_required(const api_registry *from, const char *type_name, const data_field *field) {
  if (from == NULL) return false;
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

static bool has_states(const model_type_definition *type) {
  const data_field *field = type->fields;
  for (; field != NULL && field->name != NULL; field++) {
    if (field->kind == DATA_KIND_STATES) return true;
  }
  return false;
}

/* Whether the type is described as it was before. */
static bool is_same(const api_registry *from, const api_registry *to, const char *name) {
  const model_type *before =
      from == NULL ? NULL : model_schema_find(api_registry_schema(from), base_slice_text(name));
  const model_type *after = model_schema_find(api_registry_schema(to), base_slice_text(name));
  base_buffer was = {0};
  base_buffer is = {0};
  if (before != NULL) model_type_append(before, &was);
  model_type_append(after, &is);
  bool same = base_slice_equal(base_buffer_slice(&was), base_buffer_slice(&is));
  base_buffer_fini(&was);
  base_buffer_fini(&is);
  return same;
}

static base_code time_type(const api_registry *from, const api_registry *to,
                           const model_type_definition *type, api_upgrade_call call, void *self,
                           base_error *error) {
  base_buffer params = {0};
  if (!has_states(type) || is_same(from, to, type->name)) return BASE_OK;
  data_append_map(&params, 1);
  data_append_pair_text(&params, "type", type->name);
  base_code code = call(self, "package.time", base_buffer_slice(&params), error);
  base_buffer_fini(&params);
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
    if (code == BASE_OK) code = time_type(from, to, type, call, self, error);
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
      (void)base_failpoint("api.upgrade.before_commit");
      code = api_group_commit(&group, error);
    } else {
      api_group_abort(&group);
    }
    BASE_TRY(code);
    (void)base_failpoint("api.upgrade.after_commit");
  } while (again);
  return BASE_OK;
}

/* --- at a start -------------------------------------------------------------------------------- */

typedef struct booting {
  api_engine *engine;
  const api_registry *registry;
  api_session session;
  base_error *error;
  base_code code;
} booting;

static base_code boot_step(void *self, const char *op, base_slice params, base_error *error) {
  booting *boot = self;
  return api_upgrade_step(boot->engine, boot->registry, &boot->session, op, params, error);
}

/* The records stay as far as they came, and the next start runs the version before again. */
static base_code give_up(const booting *boot, const api_package *package) {
  base_error inner = *boot->error;
  api_session session = boot->session;
  base_buffer failure = {0};
  api_job_append_error(&inner, &failure);
  api_stored_package_refuse(boot->engine, &session, "server.start", package->name,
                            base_buffer_slice(&failure));
  base_buffer_fini(&failure);
  if (package->bundle.size == 0) {
    return base_error_set(boot->error, inner.code, inner.field,
                          "插件 %s %s 没能处理现有数据：%s。请把原来的插件放回插件目录，再启动",
                          "plugin %s %s failed on the records there are: %s. Put the plugin that "
                          "served before back into its folder, then start",
                          package->name, package->version, inner.message);
  }
  return base_error_set(boot->error, inner.code, inner.field,
                        "包 %s %s 没能处理现有数据：%s。请再次启动，将使用原来的版本",
                        "package %s %s failed on the records there are: %s. Start again: the "
                        "version that served before serves then",
                        package->name, package->version, inner.message);
}

static void boot_package(const api_package *package, void *self) {
  booting *boot = self;
  bool differs = false;
  if (boot->code != BASE_OK || strcmp(package->name, API_PACKAGE_CORE) == 0) return;
  boot->code = api_stored_package_differs(boot->engine, package, &differs, boot->error);
  if (boot->code != BASE_OK || !differs) return;
  base_log(BASE_LOG_INFO, "api.package_upgrade", "package=%s version=%s", package->name,
           package->version);
  boot->code = api_upgrade_run(NULL, boot->registry, package->name, boot_step, boot, boot->error);
  if (boot->code != BASE_OK) boot->code = give_up(boot, package);
}

base_code api_upgrade_boot(api_engine *engine, const api_registry *registry, base_error *error) {
  booting boot = {
      .engine = engine, .registry = registry, .session = api_boot_session(engine), .error = error};
  api_registry_each_package(registry, boot_package, &boot);
  return boot.code;
}
