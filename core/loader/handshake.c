/* handshake: magic, version, sizes, names. See handshake.h.
 *
 * Memory:  none.  Threads: any.  Fails: see the header. */
#include "loader/handshake.h"

/* The largest size that a struct of a later minor version may have: beyond, it is garbage. */
#define SIZE_MAX_OF_STRUCT 4096

typedef struct size_row {
  const char *name;
  size_t place; /* in crm_sizes */
  size_t least; /* as ABI 1.0 had it */
} size_row;

#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define SIZE_ROW(noun, last)                                                                       \
  { "crm_" #noun, offsetof(crm_sizes, noun), END_OF(crm_##noun, last) }

/* `last` is the last member that ABI 1.0 had; it stays when a struct grows. */
static const size_row size_rows[] = {
    SIZE_ROW(plugin, self), SIZE_ROW(field, of),   SIZE_ROW(transition, to), SIZE_ROW(term, value),
    SIZE_ROW(index, flags), SIZE_ROW(type, flags), SIZE_ROW(op, flags),      SIZE_ROW(rule, events),
};

static base_code check_version(const crm_plugin *entry, const char *path, base_error *error) {
  if (entry->abi_major != CRM_ABI_MAJOR) {
    return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                          "插件 %s 按 ABI %u 编译，本服务器是 ABI %u：请用本服务器的 crm/plugin.h "
                          "重新编译",
                          "plugin %s was built for ABI %u and this server has ABI %u: build it "
                          "again with this server's crm/plugin.h",
                          path, entry->abi_major, CRM_ABI_MAJOR);
  }
  if (entry->abi_minor > CRM_ABI_MINOR) {
    return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                          "插件 %s 需要 ABI %u.%u，本服务器是 %u.%u：请升级服务器，或用本服务器的 "
                          "crm/plugin.h 重新编译",
                          "plugin %s needs ABI %u.%u and this server has %u.%u: upgrade the "
                          "server, or build the plugin with this server's crm/plugin.h",
                          path, entry->abi_major, entry->abi_minor, CRM_ABI_MAJOR, CRM_ABI_MINOR);
  }
  return BASE_OK;
}

static base_code check_sizes(const crm_plugin *entry, const char *path, base_error *error) {
  for (size_t i = 0; i < sizeof size_rows / sizeof size_rows[0]; i++) {
    const size_row *row = &size_rows[i];
    uint32_t size = 0;
    memcpy(&size, (const char *)&entry->sizes + row->place, sizeof size);
    if (size >= row->least && size <= SIZE_MAX_OF_STRUCT && size % sizeof(void *) == 0) continue;
    return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                          "插件 %s 的 %s 是 %u 字节，ABI %u 至少 %zu 字节：请用 CRM_PLUGIN_HEADER "
                          "填写，并按 64 位编译",
                          "plugin %s says that %s has %u bytes, ABI %u has at least %zu: fill the "
                          "header with CRM_PLUGIN_HEADER and build for 64 bits",
                          path, row->name, size, CRM_ABI_MAJOR, row->least);
  }
  return BASE_OK;
}

static bool name_valid(const char *name) {
  size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
  return name[0] >= 'a' && name[0] <= 'z' && size <= 64 && name[size] == '\0';
}

static base_code check_names(const crm_plugin *entry, const char *path, base_error *error) {
  if (entry->name == NULL || !name_valid(entry->name)) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "name",
                          "插件 %s 的名字缺失或无效：小写字母开头，只含小写字母、数字和 _，最多 64 "
                          "个字符",
                          "plugin %s has no valid name: a small letter, then small letters, digits "
                          "and _, at most 64",
                          path);
  }
  if (entry->version == NULL || entry->version[0] == '\0') {
    return base_error_set(error, BASE_VALIDATION_FAILED, "version",
                          "插件 %s 没有版本：请填写 .version，如 \"1.0.0\"",
                          "plugin %s has no version: fill .version, for example \"1.0.0\"", path);
  }
  if (entry->doc == NULL || entry->doc[0] == '\0') {
    return base_error_set(error, BASE_VALIDATION_FAILED, "doc", "插件 %s 没有说明：请填写 .doc",
                          "plugin %s has no description: fill .doc", path);
  }
  return BASE_OK;
}

base_code loader_handshake_check(const crm_plugin *entry, const char *path, base_error *error) {
  if (entry->magic != CRM_PLUGIN_MAGIC) {
    return base_error_set(error, BASE_VALIDATION_FAILED, NULL,
                          "%s 导出的不是插件描述：请以 CRM_PLUGIN_HEADER 开头填写 crm_plugin",
                          "what %s exports describes no plugin: begin its crm_plugin with "
                          "CRM_PLUGIN_HEADER",
                          path);
  }
  BASE_TRY(check_version(entry, path, error));
  BASE_TRY(check_sizes(entry, path, error));
  return check_names(entry, path, error);
}
