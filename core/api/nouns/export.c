/* export: everything, or the records of one type, in pieces that a client puts one behind the other.
 *
 * Of one type come the records that a list shows; of everything also what lies in the recycle bin and
 * what was merged, then links, and for administrators timers: what import.start with keep_ids makes the
 * same again, byte for byte. The server's own bookkeeping and passwords are no part of it.
 *
 * `next` says where the next piece begins: a type's name and the last number, or a table's name and the
 * last key in hexadecimal digits. */
#include <stdlib.h>

#include "api/export.h"
#include "api/nouns/nouns.h"
#include "base/log.h"

#define LIMIT_MAX 5000
#define LIMIT_DEFAULT 1000

static const char *const formats[] = {"jsonl", "msgpack", "csv", NULL};

/* --- records ------------------------------------------------------------------------------------- */

static void set_next(api_export *e, const char *name, int64_t id) {
  base_buffer_clear(&e->next);
  base_buffer_format(&e->next, "%s/%lld", name, (long long)id);
}

static base_code export_type(api_export *e, const model_type *type, int64_t after) {
  model_walk walk;
  base_slice record;
  base_slice where = api_param_raw(e->params, "where");
  BASE_TRY(model_walk_begin(e->ctx, type, where, e->only == NULL, after, e->ctx->scan_rows, &walk));
  int64_t last = after;
  bool more = false;
  /* Whether there is one more is told by one that is shown: what is left out shows in no cursor. */
  while (!more && model_walk_next(&walk, &record)) {
    more = api_export_full(e);
    if (more) break;
    api_export_row(e, record);
    model_reads_note(e->ctx, type, walk.id);
    last = walk.id;
  }
  if (!walk.ended) set_next(e, type->name, more ? last : walk.id);
  model_walk_end(&walk);
  return BASE_OK;
}

/* --- links and timers ---------------------------------------------------------------------------- */

static bool tells(const api_export *e, base_slice type, int64_t id) {
  const model_type *known = model_schema_find(e->ctx->schema, type);
  return known == NULL || model_permission_tells(e->ctx, known, id);
}

/* A link is told where it begins, to whoever may see both of its ends. */
static bool is_told(const api_export *e, store_table table, base_slice key, model_link_row *row) {
  if (table != STORE_LINK) return true;
  return model_link_read(key, e->ctx->arena, row) && row->out && tells(e, row->type, row->id) &&
         tells(e, row->to_type, row->to);
}

static void append_link(api_export *e, const model_link_row *link) {
  const model_link_row row = *link;
  base_buffer map = {0};
  data_append_map(&map, 6);
  data_append_pair_text(&map, "type", "link");
  data_append_pair_slice(&map, "from_type", row.type);
  data_append_pair_integer(&map, "from", row.id);
  data_append_pair_slice(&map, "name", row.name);
  data_append_pair_slice(&map, "to_type", row.to_type);
  data_append_pair_integer(&map, "to", row.to);
  api_export_row(e, base_buffer_slice(&map));
  base_buffer_fini(&map);
}

static void append_timer(api_export *e, base_slice key, base_slice value) {
  model_timer timer;
  base_buffer map = {0};
  model_timer_read(key, value, &timer);
  data_append_map(&map, timer.params.size > 0 ? 8 : 7);
  data_append_pair_text(&map, "type", "timer");
  data_append_pair_integer(&map, "due", timer.due);
  data_append_pair_slice(&map, "op", timer.op);
  data_append_pair_slice(&map, "name", timer.name);
  data_append_pair_slice(&map, "actor", timer.actor);
  data_append_pair_slice(&map, "package", timer.package);
  data_append_pair_integer(&map, "attempts", timer.attempts);
  if (timer.params.size > 0) data_append_pair_raw(&map, "params", timer.params);
  api_export_row(e, base_buffer_slice(&map));
  base_buffer_fini(&map);
}

static int digit_of(uint8_t byte) {
  return byte >= '0' && byte <= '9'   ? byte - '0'
         : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                                      : -1;
}

/* The least key behind the one that the digits stand for. */
static bool key_behind(base_slice digits, data_key *key) {
  data_key_init(key);
  if (digits.size % 2 != 0 || digits.size / 2 + 1 > DATA_KEY_MAX) return false;
  for (size_t i = 0; i < digits.size; i += 2) {
    int high = digit_of(digits.data[i]);
    int low = digit_of(digits.data[i + 1]);
    if (high < 0 || low < 0) return false;
    key->bytes[key->size++] = (uint8_t)(high << 4 | low);
  }
  if (key->size > 0) key->bytes[key->size++] = 0;
  return true;
}

static void set_next_key(api_export *e, const char *name, base_slice key) {
  base_buffer_clear(&e->next);
  base_buffer_format(&e->next, "%s/", name);
  for (size_t i = 0; i < key.size; i++) base_buffer_format(&e->next, "%02x", key.data[i]);
}

static void export_table(api_export *e, store_table table, const char *name, const data_key *from) {
  base_slice key;
  base_slice value;
  /* Where this piece began, in case nothing more fits into it. */
  base_slice last = data_key_slice(from);
  if (last.size > 0) last.size -= 1;
  model_link_row row;
  int64_t looked = 0;
  store_cursor *cursor =
      store_cursor_open(e->ctx->set, table, data_key_slice(from), (base_slice){0}, false);
  while (e->next.size == 0 && store_cursor_next(cursor, &key, &value)) {
    bool told = is_told(e, table, key, &row);
    bool stops = (told && api_export_full(e)) || looked++ == e->ctx->scan_rows;
    if (stops) {
      set_next_key(e, name, last);
      break;
    }
    if (told && table == STORE_LINK) append_link(e, &row);
    if (told && table == STORE_TIMER) append_timer(e, key, value);
    if (told || looked == e->ctx->scan_rows) last = base_arena_slice(e->ctx->arena, key);
  }
  store_cursor_close(cursor);
}

/* --- everything ---------------------------------------------------------------------------------- */

/* The parts of an export in order; each begins where the cursor says, or at its front. */
typedef struct parts {
  api_export *e;
  base_slice name; /* the part that the cursor is in; empty: begin with the first */
  base_slice place;
  bool reached;
  bool stopped;
  base_code code;
} parts;

/* Whether the part is exported in this piece, and from where in it. */
static bool enter(parts *p, const char *name, base_slice *from) {
  *from = (base_slice){0};
  if (p->stopped || p->code != BASE_OK) return false;
  if (!p->reached) {
    p->reached = p->name.size == 0 || base_slice_is(p->name, name);
    if (!p->reached) return false;
    *from = p->place;
  }
  return true;
}

static void export_part(const model_type *type, void *self) {
  parts *p = self;
  base_slice from;
  if (p->e->only != NULL && p->e->only != type) return;
  if (p->e->only == NULL && (type->flags & (MODEL_TYPE_INTERNAL | MODEL_TYPE_SERVER))) return;
  if (!enter(p, type->name, &from)) return;
  int64_t after = strtoll(base_arena_text(p->e->ctx->arena, from), NULL, 10);
  p->code = export_type(p->e, type, after);
  p->stopped = p->e->next.size > 0;
}

static base_code bad_cursor(api_export *e) {
  return model_ctx_fail(e->ctx, BASE_INVALID_ARGUMENT, "after",
                        "after 不是 export.read 给出的 next", "after is no `next` of export.read");
}

static base_code export_tables(parts *p) {
  api_export *e = p->e;
  base_slice from;
  data_key key;
  if (e->only != NULL) return BASE_OK;
  if (enter(p, "link", &from)) {
    if (!key_behind(from, &key)) return bad_cursor(e);
    export_table(e, STORE_LINK, "link", &key);
    p->stopped = e->next.size > 0;
  }
  if (e->ctx->actor.administrator && enter(p, "timer", &from)) {
    if (!key_behind(from, &key)) return bad_cursor(e);
    export_table(e, STORE_TIMER, "timer", &key);
  }
  return BASE_OK;
}

static base_code export_parts(api_export *e) {
  base_slice after = api_param_text(e->params, "after");
  const uint8_t *slash = after.size == 0 ? NULL : memchr(after.data, '/', after.size);
  parts p = {.e = e};
  if (after.size > 0 && slash == NULL) return bad_cursor(e);
  if (slash != NULL) {
    p.name = base_slice_make(after.data, (size_t)(slash - after.data));
    p.place = base_slice_after(after, p.name.size + 1);
  }
  model_schema_each(e->ctx->schema, export_part, &p);
  BASE_TRY(p.code);
  BASE_TRY(export_tables(&p));
  return p.reached ? BASE_OK : bad_cursor(e);
}

/* --- the op -------------------------------------------------------------------------------------- */

static base_code begin(api_export *e) {
  crm_ctx *ctx = e->ctx;
  const api_engine_options *options = api_engine_options_get(api_execution_of(ctx)->engine);
  base_slice type = api_param_text(e->params, "type");
  base_slice format = api_param_text(e->params, "format");
  int64_t limit = api_param_integer(e->params, "limit");
  e->format = base_slice_is(format, "csv")       ? API_EXPORT_CSV
              : base_slice_is(format, "msgpack") ? API_EXPORT_MSGPACK
                                                 : API_EXPORT_JSONL;
  e->rules =
      (data_cell_rules){.zone = ctx->zone, .decimals = data_money_decimals(options->currency)};
  e->limit = limit == 0 ? LIMIT_DEFAULT : limit;
  e->bytes = options->export_bytes;
  if (type.size > 0) {
    BASE_TRY(model_schema_type(ctx->schema, type, &e->only, ctx->error));
    return e->format == API_EXPORT_CSV ? api_export_columns(e) : BASE_OK;
  }
  if (e->format != API_EXPORT_CSV && api_param_raw(e->params, "where").size == 0) return BASE_OK;
  return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "type",
                        "导出 CSV 或给出 where 时要说明类型（type）",
                        "say the type for CSV, and for a where");
}

static base_code export_all(api_export *e) {
  BASE_TRY(begin(e));
  if (api_param_text(e->params, "after").size == 0) {
    base_slice type = api_param_text(e->params, "type");
    base_log(BASE_LOG_INFO, "api.export", "actor=\"%.*s\" type=%.*s",
             BASE_SLICE_ARGS(e->ctx->actor.name), BASE_SLICE_ARGS(type));
    if (e->format == API_EXPORT_CSV) api_export_header(e);
  }
  return export_parts(e);
}

static void append_piece(const api_export *e, base_buffer *result) {
  data_append_map(result, 3);
  data_append_pair_integer(result, "rows", e->rows);
  data_append_text(result, "data");
  if (e->format == API_EXPORT_MSGPACK) {
    data_append_binary(result, base_buffer_slice(&e->data));
  } else {
    data_append_slice(result, base_buffer_slice(&e->data));
  }
  data_append_text(result, "next");
  if (e->next.size > 0) {
    data_append_slice(result, base_buffer_slice(&e->next));
  } else {
    data_append_nil(result);
  }
}

static base_code run_read(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  api_export e = {.ctx = ctx, .params = params};
  base_code code = export_all(&e);
  if (code == BASE_OK) append_piece(&e, result);
  base_buffer_fini(&e.data);
  base_buffer_fini(&e.next);
  return code;
}

static const data_field read_params[] = {
    {.name = "type",
     .kind = DATA_KIND_TEXT,
     .doc =
         "A type's name; without it everything: all records, also deleted and merged ones, links, "
         "and for administrators timers."},
    {.name = "where", .kind = DATA_KIND_MAP, .doc = "A predicate over that type."},
    {.name = "format",
     .kind = DATA_KIND_CHOICE,
     .choices = formats,
     .initial = "jsonl",
     .doc = "jsonl, msgpack or csv."},
    {.name = "after", .kind = DATA_KIND_TEXT, .doc = "`next` of the piece before."},
    {.name = "limit",
     .kind = DATA_KIND_INTEGER,
     .bounded = true,
     .min = 1,
     .max = LIMIT_MAX,
     .doc = "Rows of one piece, 1 to 5 000; 1 000 when not given. A piece may have fewer."},
    {.name = "fields",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_TEXT,
     .doc = "CSV: these columns, in this order."},
    {.name = "labels",
     .kind = DATA_KIND_BOOLEAN,
     .doc = "CSV: labels in the session's language as header, not names."},
    {.name = "bom",
     .kind = DATA_KIND_BOOLEAN,
     .doc = "CSV: begin with the byte order mark that Excel wants."},
    {0}};

static const data_field read_result[] = {
    {.name = "rows", .kind = DATA_KIND_INTEGER, .doc = "In this piece."},
    {.name = "data",
     .kind = DATA_KIND_ANY,
     .doc =
         "The piece: binary for msgpack, else text; put one behind the other they are the file."},
    API_RESULT_NEXT,
    {0}};

const api_op api_ops_export[] = {
    {.name = "export.read",
     .params = read_params,
     .result = read_result,
     .errors = "PERMISSION_DENIED",
     .since = "2",
     .doc = "The next piece of an export (ARC-24, RPT-01). In CSV a text that a spreadsheet would "
            "take for a formula has ' in front.",
     .doc_zh = "导出的下一段：某一类型或全部数据，CSV、JSON 行或 msgpack。",
     .run = run_read},
    {.name = NULL}};
