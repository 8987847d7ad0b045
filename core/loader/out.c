/* out: msgpack with counted containers. See out.h.
 *
 * Memory:  in an arena, growth leaves the old bytes behind: at most as much again.
 * Threads: one at a time.  Fails: see the header. */
#include "loader/out.h"

#define HEAD_MAX 9 /* of any value; a container's head grows by at most 4 when it is ended */
#define FIRST_CAPACITY 256

crm_out *loader_out_new(base_arena *arena) {
  crm_out *out = BASE_NEW(arena, crm_out);
  out->arena = arena;
  return out;
}

void loader_out_init(crm_out *out, base_buffer buffer) {
  *out = (crm_out){.buffer = buffer, .origin = buffer.size};
}

/* Makes room, so that the buffer of an arena never grows by itself. */
static void make_room(crm_out *out, size_t size) {
  base_buffer *buffer = &out->buffer;
  size_t more = size + HEAD_MAX;
  if (out->arena == NULL || (buffer->data != NULL && more <= buffer->capacity - buffer->size)) {
    return;
  }
  size_t capacity = buffer->capacity * 2 + FIRST_CAPACITY + more;
  uint8_t *data = base_arena_alloc(out->arena, capacity);
  if (buffer->data != NULL) memcpy(data, buffer->data, buffer->size);
  *buffer = (base_buffer){.data = data, .size = buffer->size, .capacity = capacity};
}

void loader_out_append(crm_out *out, crm_value value) {
  base_slice bytes = base_slice_make(value.bytes.data, value.bytes.size);
  base_slice raw = base_slice_make(value.raw.data, value.raw.size);
  bool container = value.type == CRM_ARRAY || value.type == CRM_MAP;
  make_room(out, container ? raw.size : bytes.size);
  out->levels[out->depth].count += 1;
  switch (value.type) {
    case CRM_NIL:
      data_append_nil(&out->buffer);
      return;
    case CRM_BOOLEAN:
      data_append_boolean(&out->buffer, value.integer != 0);
      return;
    case CRM_INTEGER:
      data_append_integer(&out->buffer, value.integer);
      return;
    case CRM_FLOAT:
      data_append_float(&out->buffer, value.number);
      return;
    case CRM_TEXT:
      data_append_slice(&out->buffer, bytes);
      return;
    case CRM_BINARY:
      data_append_binary(&out->buffer, bytes);
      return;
    default:
      if (!container || raw.size == 0) out->broken = true;
      data_append_raw(&out->buffer, raw);
  }
}

void loader_out_begin(crm_out *out, uint32_t type) {
  if (out->depth == LOADER_OUT_DEPTH || (type != CRM_ARRAY && type != CRM_MAP)) {
    out->broken = true;
    return;
  }
  make_room(out, 0);
  out->levels[out->depth].count += 1;
  bool map = type == CRM_MAP;
  size_t place = map ? data_append_open_map(&out->buffer) : data_append_open_array(&out->buffer);
  out->levels[++out->depth] = (loader_level){.place = place, .map = map};
}

void loader_out_end(crm_out *out) {
  if (out->depth == 0) {
    out->broken = true;
    return;
  }
  const loader_level *level = &out->levels[out->depth--];
  if (level->map && level->count % 2 != 0) out->broken = true;
  make_room(out, 0);
  data_append_close(&out->buffer, level->place, level->map ? level->count / 2 : level->count);
}

base_slice loader_out_bytes(const crm_out *out) {
  static const uint8_t never_used = 0xc1;
  if (out->broken || out->depth > 0) return base_slice_make(&never_used, 1);
  if (out->buffer.size == out->origin) return base_slice_make(NULL, 0);
  return base_slice_make(out->buffer.data + out->origin, out->buffer.size - out->origin);
}

base_code loader_out_check(base_slice bytes, const char *plugin, const char *what,
                           base_error *error) {
  static const data_limits limits = {
      .bytes = (size_t)16 << 20, .depth = 64, .items = (size_t)1 << 20, .map_entries = 65536};
  base_error found = {.language = error->language};
  if (data_scan_whole(bytes, limits, &found) == BASE_OK) return BASE_OK;
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "插件 %s 给出的 %s 不是一个完整的值：%s。检查 begin 和 end、键和 UTF-8",
                        "plugin %s: its %s is not one whole value: %s. Look at begin and end, keys "
                        "and UTF-8",
                        plugin, what, found.message);
}
