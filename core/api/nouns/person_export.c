/* person_export: everything about one person, a page at a time: her records with their history, what belongs to
 * her, what refers to her, links, deliveries, shares, and who read of her (ARC-15).
 *
 * It goes through sources, one behind the other: the record itself, each reference field of each type that
 * points at its type, deliveries, shares, the log of reads, links. `next` is "source|place": the last number,
 * or of links the cursor of their list. */
#include <inttypes.h>
#include <stdlib.h>

#include "api/delivery.h"
#include "api/nouns/nouns.h"
#include "api/read_log.h"

#define PAGE 50

typedef struct exporting {
  crm_ctx *ctx;
  const model_type *person;
  int64_t id;
  base_slice from;  /* the source that the page begins in; empty: any */
  base_slice place; /* in it */
  bool found;       /* that source */
  size_t bytes;     /* of a page, about */
  base_buffer *out;
  size_t begun; /* where the items begin */
  size_t count;
  base_buffer next; /* empty: there is no more */
  base_code code;
} exporting;

static bool is_full(const exporting *e) {
  return e->count >= PAGE || e->out->size - e->begun >= e->bytes;
}

/* Whether it is this source's turn, and where in it to begin. */
static bool enter(exporting *e, base_slice source, base_slice *place) {
  *place = (base_slice){0};
  if (e->code != BASE_OK || e->next.size > 0) return false;
  if (e->from.size > 0 && !e->found) {
    e->found = base_slice_equal(e->from, source);
    if (!e->found) return false;
    *place = e->place;
  }
  return true;
}

static void leave(exporting *e, base_slice source, base_slice place) {
  base_buffer_append(&e->next, source.data, source.size);
  base_buffer_byte(&e->next, '|');
  base_buffer_append(&e->next, place.data, place.size);
}

/* --- one item ------------------------------------------------------------------------------------- */

static void append_history(exporting *e, const model_type *type, int64_t id) {
  model_history_page page = {0};
  base_error ignored = {.language = e->ctx->error->language};
  base_error *outer = e->ctx->error;
  e->ctx->error = &ignored; /* of a record that was purged, or is older than the journal */
  if (model_history_find(e->ctx, type, id, MODEL_LIMIT_MAX, 0, &page) != BASE_OK) page.count = 0;
  e->ctx->error = outer;
  data_append_text(e->out, "history");
  data_append_array(e->out, page.count);
  for (size_t i = 0; i < page.count; i++) {
    data_append_map(e->out, 6);
    data_append_pair_integer(e->out, "seq", (int64_t)page.items[i].sequence);
    data_append_pair_integer(e->out, "at", page.items[i].at);
    data_append_pair_slice(e->out, "actor", page.items[i].actor);
    data_append_pair_slice(e->out, "op", page.items[i].op);
    model_history_append_change(&page.items[i], e->out);
  }
  data_append_text(e->out, "history_next");
  if (page.next != 0)
    data_append_integer(e->out, (int64_t)page.next);
  else
    data_append_nil(e->out);
}

/* Hers are told whole, with all that they were; of what merely refers to her, that it does. */
static void append_record(exporting *e, const model_type *type, base_slice source, bool own,
                          base_slice record) {
  int64_t id = data_map_integer(record, "id", 0);
  data_append_map(e->out, own ? 6 : 3);
  data_append_pair_slice(e->out, "source", source);
  data_append_pair_text(e->out, "type", type->name);
  data_append_pair_integer(e->out, "id", id);
  e->count++;
  if (!own) return;
  data_append_pair_raw(e->out, "record", record);
  append_history(e, type, id);
}

/* --- sources -------------------------------------------------------------------------------------- */

static void export_own(exporting *e) {
  base_slice place;
  base_slice record;
  base_slice source = base_slice_text("record");
  if (!enter(e, source, &place)) return;
  model_alias_set set = model_alias_find(e->ctx, e->person, e->id);
  for (size_t i = 0; i < set.count; i++) {
    if (!model_record_read(e->ctx, e->person, set.ids[i], &record)) continue;
    model_reads_note(e->ctx, e->person, set.ids[i]);
    append_record(e, e->person, source, true, record);
  }
}

/* {…, id = {gt = place}} */
static base_slice add_place(exporting *e, base_slice where, base_slice place) {
  base_buffer patch = {0};
  base_buffer out = {0};
  data_append_map(&patch, 1);
  data_append_text(&patch, "id");
  data_append_map(&patch, 1);
  const char *last = base_arena_text(e->ctx->arena, place);
  data_append_pair_integer(&patch, "gt", place.size == 0 ? 0 : strtoll(last, NULL, 10));
  data_splice(where, base_buffer_slice(&patch), &out);
  base_buffer_fini(&patch);
  return model_ctx_take(e->ctx, &out);
}

static void export_found(exporting *e, const model_type *type, base_slice source, base_slice where,
                         bool own, bool deleted) {
  base_slice place;
  if (!enter(e, source, &place)) return;
  for (bool more = true; more && e->code == BASE_OK;) {
    model_page page = {0};
    model_query query = {.type = type,
                         .where = add_place(e, where, place),
                         .order = api_noun_order(e->ctx, "id"),
                         .limit = PAGE,
                         .deleted = deleted};
    e->code = model_find(e->ctx, &query, &page);
    for (size_t i = 0; e->code == BASE_OK && i < page.count; i++) {
      if (is_full(e)) {
        leave(e, source, place);
        return;
      }
      append_record(e, type, source, own, page.items[i]);
      place = base_slice_text(
          base_arena_format(e->ctx->arena, "%" PRId64, data_map_integer(page.items[i], "id", 0)));
    }
    more = page.next.size > 0;
  }
}

static void export_references(const model_type *type, void *self) {
  exporting *e = self;
  if (type->flags & MODEL_TYPE_INTERNAL) return;
  for (const data_field *field = type->fields; field->name != NULL; field++) {
    bool refers = field->kind == DATA_KIND_REFERENCE && strcmp(field->to, e->person->name) == 0;
    if (!refers) continue;
    base_buffer where = {0};
    data_append_map(&where, 1);
    data_append_pair_integer(&where, field->name, e->id);
    base_slice asked = model_ctx_take(e->ctx, &where);
    bool own = type != e->person && strcmp(field->name, e->person->name) == 0;
    const char *source = base_arena_format(e->ctx->arena, "%s.%s", type->name, field->name);
    const char *bin = base_arena_format(e->ctx->arena, "%s.%s.deleted", type->name, field->name);
    export_found(e, type, base_slice_text(source), asked, own, false);
    export_found(e, type, base_slice_text(bin), asked, own, true);
  }
}

/* Records that name type and number. */
static void export_about(exporting *e, const char *name, const char *number) {
  const model_type *type = api_noun_type(e->ctx, name);
  base_buffer where = {0};
  data_append_map(&where, 2);
  data_append_pair_text(&where, "record_type", e->person->name);
  data_append_pair_integer(&where, number, e->id);
  export_found(e, type, base_slice_text(name), model_ctx_take(e->ctx, &where), true, false);
}

static void append_link(exporting *e, const model_link_item *link) {
  data_append_map(e->out, 5);
  data_append_pair_text(e->out, "source", "links");
  data_append_pair_text(e->out, "type", link->type->name);
  data_append_pair_integer(e->out, "id", data_map_integer(link->record, "id", 0));
  data_append_pair_slice(e->out, "name", link->name);
  data_append_pair_text(e->out, "direction", link->out ? "out" : "in");
  e->count++;
}

static void export_links(exporting *e) {
  base_slice place;
  model_link_page page = {0};
  if (!enter(e, base_slice_text("links"), &place)) return;
  if (is_full(e)) {
    leave(e, base_slice_text("links"), place);
    return;
  }
  model_link_query query = {.type = e->person, .id = e->id, .limit = PAGE, .after = place};
  e->code = model_link_find(e->ctx, &query, &page);
  for (size_t i = 0; e->code == BASE_OK && i < page.count; i++) append_link(e, &page.items[i]);
  if (page.next.size > 0) leave(e, base_slice_text("links"), page.next);
}

/* --- the op --------------------------------------------------------------------------------------- */

static void read_place(exporting *e, base_slice after) {
  const uint8_t *bar = after.size == 0 ? NULL : memchr(after.data, '|', after.size);
  e->from = after;
  if (bar == NULL) return;
  e->from = base_slice_make(after.data, (size_t)(bar - after.data));
  e->place = base_slice_after(after, e->from.size + 1);
}

static base_code export_all(exporting *e) {
  base_slice record;
  if (!model_record_read(e->ctx, e->person, e->id, &record)) {
    return model_ctx_fail(e->ctx, BASE_NOT_FOUND, "id", "没有编号为 %lld 的 %s",
                          "there is no %2$s with number %1$lld", (long long)e->id, e->person->name);
  }
  e->id = model_alias_root(e->ctx, e->person, e->id);
  export_own(e);
  model_schema_each(e->ctx->schema, export_references, e);
  export_about(e, API_DELIVERY_TYPE, "record_id");
  export_about(e, "share", "record_id");
  export_about(e, API_READ_LOG_TYPE, "records.id");
  export_links(e);
  if (e->code != BASE_OK || e->from.size == 0 || e->found) return e->code;
  return model_ctx_fail(e->ctx, BASE_INVALID_ARGUMENT, "after",
                        "after 不是 person.export 的 next，或者类型已经改变：请从头导出",
                        "after is no `next` of person.export, or the types have changed: begin "
                        "anew");
}

static base_code run_export(crm_ctx *ctx, base_slice params, base_buffer *result,
                            const void *self) {
  (void)self;
  exporting e = {.ctx = ctx,
                 .id = api_param_integer(params, "id"),
                 .bytes = api_engine_options_get(api_execution_of(ctx)->engine)->export_bytes,
                 .out = result};
  BASE_TRY(api_param_type(ctx, params, "type", &e.person));
  read_place(&e, api_param_text(params, "after"));
  data_append_map(result, 2);
  data_append_text(result, "items");
  size_t place = data_append_open_array(result);
  e.begun = result->size;
  base_code code = export_all(&e);
  data_append_close(result, place, e.count);
  data_append_text(result, "next");
  if (e.next.size > 0)
    data_append_slice(result, base_buffer_slice(&e.next));
  else
    data_append_nil(result);
  base_buffer_fini(&e.next);
  return code;
}

static const data_field export_params[] = {API_PARAM_TYPE, API_PARAM_ID, API_PARAM_AFTER, {0}};

static const data_field export_items[] = {
    {.name = "source",
     .kind = DATA_KIND_TEXT,
     .doc = "record, contact.customer …, delivery, share, read_log, links."},
    {.name = "type", .kind = DATA_KIND_TEXT, .doc = "Of the record, or of a link's other end."},
    {.name = "id", .kind = DATA_KIND_INTEGER, .doc = "Its number."},
    {.name = "record", .kind = DATA_KIND_MAP, .doc = "When it belongs to the person."},
    {.name = "history", .kind = DATA_KIND_LIST, .of = DATA_KIND_MAP, .doc = "As record.history."},
    {.name = "history_next",
     .kind = DATA_KIND_INTEGER,
     .doc = "For record.history, when it has more than 500 changes."},
    {.name = "name", .kind = DATA_KIND_TEXT, .doc = "A link's."},
    {.name = "direction", .kind = DATA_KIND_TEXT, .doc = "A link's: out or in."},
    {0}};

static const data_field export_result[] = {{.name = "items",
                                            .kind = DATA_KIND_LIST,
                                            .of = DATA_KIND_MAP,
                                            .fields = export_items,
                                            .doc = "At most 50, or about export.piece_bytes."},
                                           API_RESULT_NEXT,
                                           {0}};

const api_op api_ops_person_export[] = {
    {.name = "person.export",
     .flags = API_ADMIN,
     .params = export_params,
     .result = export_result,
     .errors = "NOT_FOUND",
     .since = "2",
     .doc = "Everything about one person, a page at a time: the record and what belongs to it with "
            "history, what refers to it, deliveries, shares, who read of it, links (ARC-15).",
     .doc_zh =
         "分页导出一个人的全部资料：记录、所属记录及历次修改、引用、投递、共享、读取日志和关联。",
     .run = run_export},
    {.name = NULL}};
