/* diagram: see diagram.h. */
#include "server/diagram.h"

#include "server/json.h"

static base_slice part(base_slice map, const char *key) {
  data_value value;
  return data_map_find(map, key, &value) ? value.raw : (base_slice){0};
}

/* States are numbered: their names may have any characters. */
static unsigned number_of(base_slice choices, base_slice state) {
  data_walk walk = data_walk_begin(choices);
  while (data_walk_next(&walk)) {
    if (base_slice_equal(walk.value.as.bytes, state)) return walk.index + 1;
  }
  return 0;
}

/* A label is one line and ends at a colon or semicolon: others that look like them take their place. */
static void append_label(base_slice text, base_buffer *out) {
  bool blank = true;
  for (size_t i = 0; i < text.size; i++) {
    uint8_t c = text.data[i];
    bool space = c == ' ' || c == '\n';
    if (c == '"' || c == '{' || c == '}' || (space && blank)) continue;
    if (c == ':') {
      base_buffer_text(out, "∶");
    } else if (c == ';' || space) {
      base_buffer_byte(out, space ? ' ' : ',');
    } else {
      base_buffer_byte(out, c);
    }
    blank = space;
  }
  while (out->size > 0 && out->data[out->size - 1] == ' ') out->size--;
}

static void append_part(base_slice way, const char *key, base_buffer *out) {
  base_slice value = part(way, key);
  base_buffer text = {0};
  if (value.size == 0) return;
  server_json_append(data_peek(value), &text);
  base_buffer_format(out, " %s ", key);
  append_label(base_buffer_slice(&text), out);
  base_buffer_fini(&text);
}

static void append_way(unsigned from, base_slice choices, data_value way, base_buffer *out) {
  bool plain = way.type == DATA_TEXT;
  base_slice to = plain ? way.as.bytes : data_map_text(way.raw, "to");
  base_buffer label = {0};
  base_buffer_format(out, "  s%u --> s%u", from, number_of(choices, to));
  for (size_t i = 0; !plain && i < 4; i++) {
    static const char *const keys[] = {"who", "where", "delay", "claims"};
    append_part(way.raw, keys[i], &label);
  }
  if (label.size > 0) {
    base_buffer_text(out, " :");
    base_buffer_append(out, label.data, label.size);
  }
  base_buffer_byte(out, '\n');
  base_buffer_fini(&label);
}

static void append_states(base_slice field, base_buffer *out) {
  base_slice choices = part(field, "choices");
  base_slice first = data_map_text(field, "default");
  data_walk walk = data_walk_begin(choices);
  while (data_walk_next(&walk)) {
    base_slice state = walk.value.as.bytes;
    base_buffer_format(out, "  state \"%.*s\" as s%u\n", BASE_SLICE_ARGS(state), walk.index + 1);
  }
  base_buffer_format(out, "  [*] --> s%u\n", first.size > 0 ? number_of(choices, first) : 1);
}

static void append_ways(base_slice field, base_buffer *out) {
  base_slice choices = part(field, "choices");
  base_slice transitions = part(field, "transitions");
  data_walk states = data_walk_begin(choices);
  while (data_walk_next(&states)) {
    data_value ways = {0};
    unsigned from = states.index + 1;
    (void)data_map_find_slice(transitions, states.value.as.bytes, &ways);
    if (ways.type != DATA_ARRAY) {
      base_buffer_format(out, "  s%u --> [*]\n", from);
      continue;
    }
    data_walk walk = data_walk_begin(ways.raw);
    while (data_walk_next(&walk)) append_way(from, choices, walk.value, out);
  }
}

static void append_field(base_slice type, base_slice field, base_buffer *out) {
  base_buffer_format(out, "stateDiagram-v2\n  %%%% %.*s.%.*s\n",
                     BASE_SLICE_ARGS(data_map_text(type, "name")),
                     BASE_SLICE_ARGS(data_map_text(field, "name")));
  append_states(field, out);
  append_ways(field, out);
}

size_t server_diagram_append(base_slice types, const char *type, base_buffer *out) {
  size_t count = 0;
  data_walk walk = data_walk_begin(types);
  while (data_walk_next(&walk)) {
    if (type != NULL && !base_slice_is(data_map_text(walk.value.raw, "name"), type)) continue;
    data_walk fields = data_walk_begin(part(walk.value.raw, "fields"));
    while (data_walk_next(&fields)) {
      if (!base_slice_is(data_map_text(fields.value.raw, "kind"), "states")) continue;
      if (count++ > 0) base_buffer_byte(out, '\n');
      append_field(walk.value.raw, fields.value.raw, out);
    }
  }
  return count;
}
