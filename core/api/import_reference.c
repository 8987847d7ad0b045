/* import_reference: which record a text of a file means. See import_source.h.
 *
 * Memory:  the ctx's arena.  Threads: one per ctx.
 * Fails:   REFERENCE_MISSING, also when more than one record has that title. */
#include "api/import_source.h"

#define DIGITS_MAX 15

static bool read_number(base_slice text, int64_t *id) {
  *id = 0;
  if (text.size == 0 || text.size > DIGITS_MAX) return false;
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9') return false;
    *id = *id * 10 + (text.data[i] - '0');
  }
  return true;
}

static bool find_unique(crm_ctx *ctx, const model_type *type, base_slice text, int64_t *id) {
  base_slice record;
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    if (!(field->flags & DATA_UNIQUE)) continue;
    if (!model_record_find_by(ctx, type, field->name, text, &record)) continue;
    if (!model_permission_sees(ctx, type, record)) continue;
    *id = data_map_integer(record, "id", 0);
    return true;
  }
  return false;
}

/* Whether a look-up by that field costs no more than what it finds. */
static bool is_indexed(const model_type *type, const char *field) {
  for (size_t i = 0; i < type->index_count; i++) {
    const model_index *index = &type->indexes[i];
    if (index->terms == NULL && strcmp(index->fields[0]->name, field) == 0) return true;
  }
  return false;
}

static base_code find_title(crm_ctx *ctx, const model_type *type, base_slice text, int64_t *id,
                            size_t *found) {
  base_buffer where = {0};
  model_page page = {0};
  if (type->title == NULL || !is_indexed(type, type->title)) return BASE_OK;
  data_append_map(&where, 1);
  data_append_pair_slice(&where, type->title, text);
  model_query query = {.type = type, .where = model_ctx_take(ctx, &where), .limit = 2};
  BASE_TRY(model_find(ctx, &query, &page));
  *found = page.count;
  if (page.count == 1) *id = data_map_integer(page.items[0], "id", 0);
  return BASE_OK;
}

base_code api_source_reference(crm_ctx *ctx, const data_field *field, base_slice text,
                               int64_t *id) {
  const model_type *type = model_schema_find(ctx->schema, base_slice_text(field->to));
  base_slice record;
  size_t titles = 0;
  base_slice shown = data_text_cut(text, 80);
  if (read_number(text, id) && model_record_find(ctx, type, *id, &record)) return BASE_OK;
  if (find_unique(ctx, type, text, id)) return BASE_OK;
  BASE_TRY(find_title(ctx, type, text, id, &titles));
  if (titles == 1) return BASE_OK;
  if (titles > 1) {
    return model_ctx_fail(ctx, BASE_REFERENCE_MISSING, field->name,
                          "%s：有几个 %s 叫“%.*s”，请改用编号",
                          "%s: more than one %s is called “%.*s”; give the number", field->name,
                          field->to, BASE_SLICE_ARGS(shown));
  }
  return model_ctx_fail(ctx, BASE_REFERENCE_MISSING, field->name, "%s：没有 %s “%.*s”",
                        "%s: there is no %s “%.*s”", field->name, field->to,
                        BASE_SLICE_ARGS(shown));
}
