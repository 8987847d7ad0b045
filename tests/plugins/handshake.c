/* A plugin with nothing in it but its header, which the build spoils in one place. */
#include <crm/plugin.h>

#ifndef HANDSHAKE_MAGIC
#define HANDSHAKE_MAGIC CRM_PLUGIN_MAGIC
#endif
#ifndef HANDSHAKE_MAJOR
#define HANDSHAKE_MAJOR CRM_ABI_MAJOR
#endif
#ifndef HANDSHAKE_MINOR
#define HANDSHAKE_MINOR CRM_ABI_MINOR
#endif
#ifndef HANDSHAKE_OP_SIZE
#define HANDSHAKE_OP_SIZE sizeof(crm_op)
#endif
#ifndef HANDSHAKE_NAME
#define HANDSHAKE_NAME "handshake"
#endif
#ifndef HANDSHAKE_VERSION
#define HANDSHAKE_VERSION "1.0.0"
#endif

static const crm_plugin plugin = {
    .magic = HANDSHAKE_MAGIC,
    .abi_major = HANDSHAKE_MAJOR,
    .abi_minor = HANDSHAKE_MINOR,
    .sizes = {.plugin = sizeof(crm_plugin),
              .field = sizeof(crm_field),
              .transition = sizeof(crm_transition),
              .term = sizeof(crm_term),
              .index = sizeof(crm_index),
              .type = sizeof(crm_type),
              .op = HANDSHAKE_OP_SIZE,
              .rule = sizeof(crm_rule)},
    .name = HANDSHAKE_NAME,
    .version = HANDSHAKE_VERSION,
    .doc = "Nothing but a header.",
};

const crm_plugin *crm_plugin_entry(void) {
  return &plugin;
}
