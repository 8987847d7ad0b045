/* host_read: msgpack as crm_values. See host.h.
 *
 * Memory:  none; slices of the caller's bytes.  Threads: any.  Fails: never. */
#include "loader/host.h"
#include "loader/plugin.h"

#define SAME_TYPE(crm, data)                                                                       \
  _Static_assert((int)CRM_##crm == (int)DATA_##data, "value types are one list")
SAME_TYPE(NIL, NIL);
SAME_TYPE(BOOLEAN, BOOLEAN);
SAME_TYPE(INTEGER, INTEGER);
SAME_TYPE(FLOAT, FLOAT);
SAME_TYPE(TEXT, TEXT);
SAME_TYPE(BINARY, BINARY);
SAME_TYPE(ARRAY, ARRAY);
SAME_TYPE(MAP, MAP);

static crm_value lend_value(data_value value) {
  crm_value lent = {.type = (uint32_t)value.type, .raw = loader_lend(value.raw)};
  switch (value.type) {
    case DATA_BOOLEAN:
      lent.integer = value.as.boolean;
      break;
    case DATA_INTEGER:
      lent.integer = value.as.integer;
      break;
    case DATA_FLOAT:
      lent.number = value.as.number;
      break;
    case DATA_TEXT:
    case DATA_BINARY:
      lent.bytes = loader_lend(value.as.bytes);
      break;
    case DATA_ARRAY:
    case DATA_MAP:
      lent.count = value.as.count;
      break;
    case DATA_NIL:
      break;
  }
  return lent;
}

crm_value loader_host_value(crm_slice bytes) {
  return lend_value(data_peek(loader_slice(bytes)));
}

crm_value loader_host_lookup(crm_slice map, const char *key) {
  data_value value = {0};
  (void)data_map_find(loader_slice(map), key, &value);
  return lend_value(value);
}

enum { WALK_BEFORE, WALK_ARRAY, WALK_MAP };

static data_walk resume(const crm_walk *walk) {
  base_slice rest = loader_slice(walk->rest);
  if (walk->state != WALK_BEFORE) {
    return (data_walk){.rest = rest, .left = walk->left, .map = walk->state == WALK_MAP};
  }
  data_type type = data_peek(rest).type;
  bool container = type == DATA_ARRAY || type == DATA_MAP;
  return container ? data_walk_begin(rest) : (data_walk){0};
}

bool loader_host_walk(crm_walk *walk) {
  data_walk inner = resume(walk);
  bool more = data_walk_next(&inner);
  walk->rest = loader_lend(inner.rest);
  walk->left = inner.left;
  walk->state = inner.map ? WALK_MAP : WALK_ARRAY;
  walk->key = lend_value(inner.key);
  walk->value = lend_value(inner.value);
  return more;
}
