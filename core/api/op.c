/* op: a row as api.describe shows it. See op.h.
 *
 * Memory:  the caller's buffer.  Threads: any.  Fails: never. */
#include "api/op.h"

static const struct {
  unsigned flag;
  const char *name;
} flag_names[] = {
    {API_WRITE, "write"},       {API_ADMIN, "admin"},           {API_OPEN, "open"},
    {API_SESSION, "session"},   {API_POINT, "point"},           {API_CONTROL, "control"},
    {API_INTERNAL, "internal"}, {API_STEPS, "steps"},           {API_ALONE, "alone"},
    {API_LONG, "long"},         {API_OWN_RIGHTS, "own_rights"},
};

static void append_flags(unsigned flags, base_buffer *out) {
  size_t place = data_append_open_array(out);
  size_t count = 0;
  for (size_t i = 0; i < sizeof flag_names / sizeof flag_names[0]; i++) {
    if (!(flags & flag_names[i].flag)) continue;
    data_append_text(out, flag_names[i].name);
    count++;
  }
  data_append_close(out, place, count);
}

static void append_errors(const char *errors, base_buffer *out) {
  size_t place = data_append_open_array(out);
  size_t count = 0;
  const char *at = errors == NULL ? "" : errors;
  while (*(at += strspn(at, " ")) != '\0') {
    size_t size = strcspn(at, " ");
    data_append_slice(out, base_slice_make(at, size));
    at += size;
    count++;
  }
  data_append_close(out, place, count);
}

static void append_fields(const char *key, const data_field *fields, base_buffer *out) {
  data_append_text(out, key);
  if (fields == NULL) {
    data_append_array(out, 0);
  } else {
    data_field_append(fields, out);
  }
}

static void append_text(const char *key, const char *text, base_buffer *out) {
  data_append_pair_text(out, key, text == NULL ? "" : text);
}

void api_op_append(const api_op *op, base_buffer *out) {
  data_append_map(out, 9);
  data_append_pair_text(out, "name", op->name);
  data_append_text(out, "flags");
  append_flags(op->flags, out);
  append_text("since", op->since, out);
  append_fields("params", op->params, out);
  append_fields("result", op->result, out);
  data_append_text(out, "errors");
  append_errors(op->errors, out);
  append_text("doc", op->doc, out);
  append_text("doc_zh", op->doc_zh, out);
  append_text("package", op->package, out);
}
