/* member: see member.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/member.h"

#include <stdlib.h>

static const data_field no_fields[] = {{.name = NULL}};

api_member *api_member_new(api_package *package) {
  api_member *member = base_alloc(sizeof *member);
  *member = (api_member){.package = package};
  atomic_init(&member->references, 1);
  return member;
}

api_member *api_member_acquire(api_member *member) {
  atomic_fetch_add(&member->references, 1);
  return member;
}

void api_member_release(api_member *member) {
  if (atomic_fetch_sub(&member->references, 1) > 1) return;
  api_member_stop(member);
  if (member->package->free != NULL) member->package->free(member->package);
  base_buffer_fini(&member->config);
  free(member);
}

/* The key as the server's configuration file has it: "packages.config.hotel.years". */
static base_code refuse_config(const api_package *package, base_error *error) {
  base_error_within(error, package->name);
  base_error_within(error, "packages.config");
  base_error inner = *error;
  return base_error_set(error, inner.code, inner.field, "%s：%s", "%s: %s", inner.field,
                        inner.message);
}

base_code api_member_read_config(const api_package *package, base_slice configs,
                                 base_buffer *config, base_error *error) {
  static const uint8_t empty_map[] = {0x80};
  data_value given;
  if (!data_map_find_slice(configs, base_slice_text(package->name), &given)) {
    given = data_peek(base_slice_make(empty_map, sizeof empty_map));
  }
  base_code code = BASE_OK;
  if (given.type != DATA_MAP) {
    code = base_error_set(error, BASE_VALIDATION_FAILED, NULL, "包的配置必须是一个表 {…}",
                          "the configuration of a package must be a map {…}");
  } else {
    code = data_validate(package->config == NULL ? no_fields : package->config, given.raw,
                         DATA_VALIDATE_DEFAULTS | DATA_VALIDATE_TRUSTED, BASE_VALIDATION_FAILED,
                         config, error);
  }
  return code == BASE_OK ? BASE_OK : refuse_config(package, error);
}

base_code api_member_configure(api_member *member, base_slice configs, base_error *error) {
  return api_member_read_config(member->package, configs, &member->config, error);
}

base_code api_member_try(api_member *member, base_slice values, base_error *error) {
  api_package *package = member->package;
  base_buffer merged = {0};
  base_buffer checked = {0};
  data_splice(base_buffer_slice(&member->config), values, &merged);
  base_code code = data_validate(
      package->config == NULL ? no_fields : package->config, base_buffer_slice(&merged),
      DATA_VALIDATE_DEFAULTS | DATA_VALIDATE_TRUSTED, BASE_VALIDATION_FAILED, &checked, error);
  if (code == BASE_OK) {
    api_member_stop(member);
    if (package->start != NULL) {
      code = package->start(package, base_buffer_slice(&checked), error);
    }
    member->started = code == BASE_OK;
  } else {
    (void)refuse_config(package, error);
  }
  base_buffer_fini(&merged);
  base_buffer_fini(&checked);
  return code;
}

base_code api_member_start(api_member *member, base_error *error) {
  api_package *package = member->package;
  if (member->started) return BASE_OK;
  if (package->start != NULL) {
    BASE_TRY(package->start(package, base_buffer_slice(&member->config), error));
  }
  member->started = true;
  return BASE_OK;
}

void api_member_stop(api_member *member) {
  if (!member->started) return;
  member->started = false;
  if (member->package->stop != NULL) member->package->stop(member->package);
}
