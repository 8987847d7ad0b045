/* import_columns: which field a column of a file is. See import_source.h.
 *
 * A column is found by the mapping, by a field's name, or by its label in either language. The mapping
 * goes from the file's name to the field's; written the other way round it is understood too, because
 * the header tells which of the two is meant.
 *
 * Memory:  the ctx's arena.  Threads: one per ctx.  Fails: INVALID_ARGUMENT with the column. */
#include "api/import_source.h"

static bool same(base_slice a, const char *b) {
  base_buffer first = {0};
  base_buffer second = {0};
  if (b == NULL) return false;
  data_text_fold(a, &first);
  data_text_fold(base_slice_text(b), &second);
  bool equal = base_slice_equal(base_buffer_slice(&first), base_buffer_slice(&second));
  base_buffer_fini(&first);
  base_buffer_fini(&second);
  return equal;
}

/* By label, or by name in another case. */
static const data_field *find_alike(const data_field *fields, base_slice name) {
  for (const data_field *each = fields; each->name != NULL; each++) {
    if (same(name, each->name) || same(name, each->label_zh) || same(name, each->label_en)) {
      return each;
    }
  }
  return NULL;
}

static const data_field *find_any(const model_type *type, base_slice name) {
  const data_field *field = model_type_field(type, name);
  if (field == NULL) field = find_alike(type->fields, name);
  return field != NULL ? field : find_alike(model_system_fields, name);
}

/* What the mapping says of a name of the file: a field's name, empty for none of them. */
static bool find_mapped(const api_import *import, const model_type *type, base_slice name,
                        base_slice *field) {
  data_value mapping = {0};
  *field = (base_slice){0};
  if (!data_map_find(import->params, "mapping", &mapping)) return false;
  data_walk walk = data_walk_begin(mapping.raw);
  while (data_walk_next(&walk)) {
    if (base_slice_equal(walk.key.as.bytes, name)) {
      if (walk.value.type == DATA_TEXT) *field = walk.value.as.bytes;
      return true;
    }
    bool reversed = walk.value.type == DATA_TEXT && base_slice_equal(walk.value.as.bytes, name) &&
                    find_any(type, walk.value.as.bytes) == NULL;
    if (!reversed) continue;
    *field = walk.key.as.bytes;
    return true;
  }
  return false;
}

/* The server's own fields and readonly ones are not a client's to give. */
static bool is_given(const api_import *import, const model_type *type, const data_field *field) {
  bool own = data_field_find(type->fields, base_slice_text(field->name)) == field;
  return import->keep_ids || (own && !(field->flags & DATA_READONLY));
}

const data_field *api_source_field(const api_import *import, const model_type *type,
                                   base_slice name, bool *known) {
  base_slice mapped;
  bool by_mapping = find_mapped(import, type, name, &mapped);
  if (by_mapping && mapped.size > 0) name = mapped;
  const data_field *field = by_mapping && mapped.size == 0 ? NULL : find_any(type, name);
  *known = field != NULL || (by_mapping && mapped.size == 0);
  return field != NULL && is_given(import, type, field) ? field : NULL;
}

/* --- the header ---------------------------------------------------------------------------------- */

static base_code refuse_column(api_import *import, base_slice name) {
  base_slice near = model_type_nearest(import->type, name);
  base_slice shown = data_text_cut(name, 80);
  return model_ctx_fail(
      import->ctx, BASE_INVALID_ARGUMENT, "mapping",
      "文件的列“%.*s”不是 %s 的字段%s%.*s；请用 mapping 指明它是哪个字段，或映射为 nil 略过",
      "the file's column “%.*s” is no field of %s%s%.*s; say by `mapping` which field it is, or "
      "map "
      "it to nil to leave it out",
      BASE_SLICE_ARGS(shown), import->type->name, near.size > 0 ? " → " : "",
      BASE_SLICE_ARGS(near));
}

static base_code refuse_twice(api_import *import, const char *field) {
  return model_ctx_fail(import->ctx, BASE_INVALID_ARGUMENT, "mapping",
                        "文件有两列都是字段 %s；请用 mapping 略过其中一列",
                        "two columns of the file are the field %s; leave one out by `mapping`",
                        field);
}

/* A header under way: what each column is. */
typedef struct heading {
  const data_field **fields; /* NULL: left out */
  base_slice *names;
  size_t count;
} heading;

static base_code read_name(api_source *source, base_slice cell, base_slice *name) {
  api_import *import = source->import;
  base_buffer text = {0};
  bool valid = data_decoder_read(source->decoder, cell, &text);
  *name = data_text_trim(model_ctx_take(import->ctx, &text));
  if (valid) return BASE_OK;
  return model_ctx_fail(import->ctx, BASE_INVALID_ARGUMENT, "encoding",
                        "文件的表头不是有效的 %s：请用 encoding 指明编码",
                        "the file's header is not valid %s: say the encoding by `encoding`",
                        data_encoding_name(import->encoding));
}

static base_code add_column(api_source *source, base_slice cell, heading *head) {
  api_import *import = source->import;
  bool known = true;
  base_slice name;
  BASE_TRY(read_name(source, cell, &name));
  const data_field *field =
      name.size == 0 ? NULL : api_source_field(import, import->type, name, &known);
  if (!known) return refuse_column(import, name);
  for (size_t i = 0; field != NULL && i < head->count; i++) {
    if (head->fields[i] == field) return refuse_twice(import, field->name);
  }
  head->names[head->count] = name;
  head->fields[head->count++] = field;
  return BASE_OK;
}

static void keep_columns(api_import *import, const heading *head) {
  base_buffer columns = {0};
  base_buffer ignored = {0};
  size_t ignored_count = 0;
  size_t place = data_append_open_array(&ignored);
  data_append_array(&columns, head->count);
  for (size_t i = 0; i < head->count; i++) {
    if (head->fields[i] != NULL) {
      data_append_text(&columns, head->fields[i]->name);
      continue;
    }
    data_append_nil(&columns);
    data_append_slice(&ignored, head->names[i]);
    ignored_count++;
  }
  data_append_close(&ignored, place, ignored_count);
  import->columns = model_ctx_take(import->ctx, &columns);
  import->ignored = model_ctx_take(import->ctx, &ignored);
}

static bool has_field(const heading *head) {
  for (size_t i = 0; i < head->count; i++) {
    if (head->fields[i] != NULL) return true;
  }
  return false;
}

base_code api_source_header(api_source *source, const data_csv_row *header) {
  api_import *import = source->import;
  base_arena *arena = import->ctx->arena;
  heading head = {.fields = BASE_NEW_ARRAY(arena, const data_field *, header->count + 1),
                  .names = BASE_NEW_ARRAY(arena, base_slice, header->count + 1)};
  for (size_t i = 0; i < header->count; i++) {
    BASE_TRY(add_column(source, header->fields[i], &head));
  }
  if (!has_field(&head)) {
    return model_ctx_fail(
        import->ctx, BASE_INVALID_ARGUMENT, "mapping",
        "文件的第一行没有一列是 %s 的字段：第一行应为表头",
        "no column of the file's first row is a field of %s: the first row is the "
        "header",
        import->type->name);
  }
  keep_columns(import, &head);
  return BASE_OK;
}
