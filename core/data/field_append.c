/* field: a table of fields as msgpack. See field.h; reading is in field_read.c.
 *
 * Memory:  the caller's buffer.  Threads: any.  Fails: never. */
#include "data/append.h"
#include "data/states.h"

static size_t append_text(base_buffer *out, const char *key, const char *text) {
  if (text == NULL) return 0;
  data_append_pair_text(out, key, text);
  return 1;
}

static size_t append_flags(base_buffer *out, unsigned flags) {
  size_t pairs = 0;
  for (size_t i = 0; i < DATA_FLAG_COUNT; i++) {
    if ((flags & 1u << i) == 0) continue;
    data_append_pair_boolean(out, data_flag_name(1u << i), true);
    pairs++;
  }
  return pairs;
}

static size_t append_label(base_buffer *out, const data_field *field) {
  if (field->label_zh == NULL && field->label_en == NULL) return 0;
  data_append_text(out, "label");
  size_t place = data_append_open_map(out);
  size_t pairs = append_text(out, "zh", field->label_zh);
  pairs += append_text(out, "en", field->label_en);
  data_append_close(out, place, pairs);
  return 1;
}

static size_t append_choices(base_buffer *out, const char *const *choices) {
  if (choices == NULL) return 0;
  data_append_text(out, "choices");
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (; choices[count] != NULL; count++) data_append_text(out, choices[count]);
  data_append_close(out, place, count);
  return 1;
}

static size_t append_contents(base_buffer *out, const data_field *field) {
  size_t pairs = append_text(out, "to", field->to);
  if (field->kind == DATA_KIND_LIST) pairs += append_text(out, "of", data_kind_name(field->of));
  if (field->fields == NULL) return pairs;
  data_append_text(out, "fields");
  data_field_append(field->fields, out);
  return pairs + 1;
}

static size_t append_default(base_buffer *out, const data_field *field) {
  size_t place = out->size;
  if (field->initial == NULL) return 0;
  data_append_text(out, "default");
  if (data_field_initial(field, out)) return 1;
  out->size = place;
  return 0;
}

static size_t append_bounds(base_buffer *out, const data_field *field) {
  size_t pairs = 0;
  if (!field->bounded) return 0;
  if (field->min != INT64_MIN) {
    data_append_pair_integer(out, "min", field->min);
    pairs++;
  }
  if (field->max != INT64_MAX) {
    data_append_pair_integer(out, "max", field->max);
    pairs++;
  }
  return pairs;
}

static void append_field(const data_field *field, base_buffer *out) {
  size_t place = data_append_open_map(out);
  size_t pairs = append_text(out, "name", field->name);
  pairs += append_text(out, "kind", data_kind_name(field->kind));
  pairs += append_flags(out, field->flags);
  pairs += append_label(out, field);
  pairs += append_text(out, "doc", field->doc);
  pairs += append_choices(out, field->choices);
  pairs += data_states_append(field, out);
  pairs += append_contents(out, field);
  pairs += append_default(out, field);
  pairs += append_bounds(out, field);
  data_append_close(out, place, pairs);
}

void data_field_append(const data_field *fields, base_buffer *out) {
  size_t count = data_field_count(fields);
  data_append_array(out, count);
  for (size_t i = 0; i < count; i++) append_field(&fields[i], out);
}
