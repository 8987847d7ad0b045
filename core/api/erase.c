#include "api/erase.h"

#include "api/delivery.h"
#include "api/engine_state.h"
#include "api/erase_files.h"
#include "api/erase_past.h"
#include "api/nouns/nouns.h"
#include "api/publish.h"
#include "base/failpoint.h"
#include "base/map.h"

#define BATCH 100 /* records of one change */

/* What belongs to one person. */
typedef struct belongings {
  const model_schema *schema;
  const model_type *type;
  model_alias_set numbers;
  api_erase_past *past; /* the records, and what of the journal is theirs */
  base_map *files;      /* that their personal values name */
  base_arena *arena;    /* of the list */
  base_arena *judged;   /* of what is left of changes */
  base_buffer found;    /* {type, id} of records that are to be blanked */
  base_buffer answers;  /* keys of answers that tell of any of these */
} belongings;

static belongings begin(const model_schema *schema) {
  return (belongings){.schema = schema,
                      .past = api_erase_past_new(),
                      .files = base_map_new(),
                      .arena = base_arena_new(),
                      .judged = base_arena_new()};
}

static void end(belongings *b) {
  api_erase_past_free(b->past);
  base_map_free(b->files);
  base_arena_free(b->arena);
  base_arena_free(b->judged);
  base_buffer_fini(&b->found);
  base_buffer_fini(&b->answers);
}

/* --- what belongs --------------------------------------------------------------------------------- */

static bool is_number(const belongings *b, int64_t id) {
  for (size_t i = 0; i < b->numbers.count; i++) {
    if (b->numbers.ids[i] == id) return true;
  }
  return false;
}

static bool is_record(const belongings *b, base_slice type, int64_t id) {
  data_key key;
  const char *name = base_arena_text(b->judged, type);
  model_record_key(&key, name, id);
  return api_erase_past_is(b->past, data_key_slice(&key));
}

/* Whether the record is the person's own, or says that it belongs to it. */
static bool belongs(const belongings *b, const model_type *type, int64_t id, base_slice record) {
  if (type == b->type) return is_number(b, id);
  const data_field *field = model_type_field(type, base_slice_text(b->type->name));
  if (field != NULL && field->kind == DATA_KIND_REFERENCE &&
      strcmp(field->to, b->type->name) == 0) {
    return is_number(b, data_map_integer(record, field->name, 0));
  }
  if (strcmp(type->name, API_DELIVERY_TYPE) != 0) return false;
  base_slice about = data_map_text(record, "record_type");
  return about.size > 0 && is_record(b, about, data_map_integer(record, "record_id", 0));
}

static const model_type *type_of(const belongings *b, base_slice key, int64_t *id) {
  uint8_t scratch[DATA_KEY_MAX];
  data_value part;
  if (!data_key_read(&key, &part, scratch)) return NULL;
  const model_type *type = model_schema_find(b->schema, part.as.bytes);
  if (type == NULL || !data_key_read(&key, &part, scratch)) return NULL;
  *id = part.as.integer;
  return type;
}

/* --- as it is now --------------------------------------------------------------------------------- */

typedef struct scan {
  belongings *b;
  store_change_set *set;
} scan;

static void add_found(belongings *b, const model_type *type, int64_t id, base_slice record) {
  if (!model_personal_has(type, record)) return;
  data_append_map(&b->found, 2);
  data_append_pair_text(&b->found, "type", type->name);
  data_append_pair_integer(&b->found, "id", id);
}

static void scan_type(const model_type *type, void *self) {
  const scan *s = self;
  data_key lower;
  base_slice key;
  base_slice record;
  data_key_init(&lower);
  data_key_text(&lower, base_slice_text(type->name), DATA_KEY_HASH);
  data_key upper = lower;
  data_key_successor(&upper);
  store_cursor *cursor = store_cursor_open(s->set, STORE_RECORD, data_key_slice(&lower),
                                           data_key_slice(&upper), false);
  while (store_cursor_next(cursor, &key, &record)) {
    int64_t id = data_map_integer(record, "id", 0);
    if (!belongs(s->b, type, id, record)) continue;
    api_erase_past_own(s->b->past, key);
    api_erase_files_note(s->b->files, type, record);
    add_found(s->b, type, id, record);
    base_arena_reset(s->b->judged);
  }
  store_cursor_close(cursor);
}

static void scan_others(const model_type *type, void *self) {
  const scan *s = self;
  if (type != s->b->type && strcmp(type->name, API_DELIVERY_TYPE) != 0) scan_type(type, self);
}

/* Whether a record of these is anywhere in the value. */
static bool tells(const belongings *b, base_slice value) {
  data_type type = data_peek(value).type;
  if (type != DATA_MAP && type != DATA_ARRAY) return false;
  base_slice name = type == DATA_MAP ? data_map_text(value, "type") : (base_slice){0};
  if (name.size > 0 && is_record(b, name, data_map_integer(value, "id", 0))) return true;
  data_walk walk = data_walk_begin(value);
  while (data_walk_next(&walk)) {
    if (tells(b, walk.value.raw)) return true;
  }
  return false;
}

/* Answers that are kept for an idempotency_key. */
static void scan_answers(const scan *s) {
  base_slice key;
  base_slice row;
  data_value result;
  base_slice none = {0};
  store_cursor *cursor = store_cursor_open(s->set, STORE_IDEMPOTENCY, none, none, false);
  while (store_cursor_next(cursor, &key, &row)) {
    bool told = row.size > 0 && data_map_find(row, "result", &result) && tells(s->b, result.raw);
    if (told) data_append_binary(&s->b->answers, key);
    base_arena_reset(s->b->judged);
  }
  store_cursor_close(cursor);
}

static base_code read_records(const api_job *job, belongings *b) {
  store_view *view = NULL;
  BASE_TRY(store_view_open(api_engine_store(job->engine), &view, job->error));
  store_change_set *set = store_change_set_new(view, b->arena);
  crm_ctx ctx = {.arena = b->arena, .error = job->error, .set = set, .schema = b->schema};
  scan s = {.b = b, .set = set};
  b->numbers = model_alias_find(&ctx, b->type, data_map_integer(job->params, "id", 0));
  scan_type(b->type, &s);
  model_schema_each(b->schema, scan_others, &s);
  const model_type *delivery = model_schema_find(b->schema, base_slice_text(API_DELIVERY_TYPE));
  if (delivery != NULL && delivery != b->type) scan_type(delivery, &s); /* about those before */
  scan_answers(&s);
  store_view_close(view);
  return BASE_OK;
}

/* --- in the journal ------------------------------------------------------------------------------- */

/* The key of the record that the row is of; empty when its put alone tells. */
static base_slice owner_of(const belongings *b, const store_change *row) {
  data_key key;
  base_slice type;
  int64_t id = 0;
  if (!model_personal_owner(row, &type, &id)) return (base_slice){0};
  model_record_key(&key, base_arena_text(b->judged, type), id);
  return base_arena_slice(b->judged, data_key_slice(&key));
}

static bool is_row(const store_change *change) {
  return change->table == STORE_INDEX || change->table == STORE_UNIQUE ||
         change->table == STORE_TEXT;
}

typedef void (*change_look)(belongings *b, uint64_t sequence, const store_change *change);

static void look_at_deleted_row(belongings *b, uint64_t sequence, const store_change *change) {
  if (!is_row(change) || !change->deleted) return;
  api_erase_past_delete_row(b->past, sequence, change, owner_of(b, change));
}

static void look_at_record(belongings *b, uint64_t sequence, const store_change *change,
                           const model_type *type, int64_t id) {
  api_erase_past_put(b->past, sequence, change, belongs(b, type, id, change->value));
  if (!api_erase_past_is(b->past, change->key)) return;
  api_erase_files_note(b->files, type, change->value);
}

static const model_type *put_type(const belongings *b, const store_change *change, int64_t *id) {
  if (change->table != STORE_RECORD || change->deleted) return NULL;
  return type_of(b, change->key, id);
}

static void look_at_put(belongings *b, uint64_t sequence, const store_change *change) {
  int64_t id = 0;
  const model_type *type = put_type(b, change, &id);
  if (type == NULL || strcmp(type->name, API_DELIVERY_TYPE) == 0) return;
  look_at_record(b, sequence, change, type, id);
}

/* Whose it is, the record tells that it is about. */
static void look_at_delivery(belongings *b, uint64_t sequence, const store_change *change) {
  int64_t id = 0;
  const model_type *type = put_type(b, change, &id);
  if (type == NULL || strcmp(type->name, API_DELIVERY_TYPE) != 0) return;
  look_at_record(b, sequence, change, type, id);
}

static void look_at_put_row(belongings *b, uint64_t sequence, const store_change *change) {
  if (!is_row(change) || change->deleted) return;
  api_erase_past_put_row(b->past, sequence, change, owner_of(b, change));
}

static void look(const store_entry *entry, void *self) {
  static const change_look looks[] = {look_at_deleted_row, look_at_put, look_at_delivery,
                                      look_at_put_row};
  belongings *b = self;
  store_change change;
  for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
    base_slice rest = entry->body;
    while (store_entry_next(&rest, &change)) {
      if (!change.erased) looks[i](b, entry->sequence, &change);
    }
    base_arena_reset(b->judged);
  }
}

static bool is_whole(const belongings *b, const store_entry *entry, const store_change *record) {
  return api_erase_past_part(b->past, entry->sequence, record, record->key) == API_ERASE_WHOLE;
}

static bool touches(const belongings *b, const store_entry *entry) {
  store_change change;
  base_slice rest = entry->body;
  while (store_entry_next(&rest, &change)) {
    if (change.table != STORE_RECORD || change.erased) continue;
    if (change.deleted ? api_erase_past_has(b->past, change.key) : is_whole(b, entry, &change)) {
      return true;
    }
  }
  return false;
}

static store_verdict judge_record(const belongings *b, const store_entry *entry,
                                  const store_change *change, store_change *left) {
  int64_t id = 0;
  const model_type *type = put_type(b, change, &id);
  if (type == NULL || !is_whole(b, entry, change)) return STORE_KEEP;
  if (!model_personal_has(type, change->value)) return STORE_KEEP;
  left->value = model_personal_blank(type, change->value, b->judged);
  return STORE_REDACT;
}

/* Of a row whose key has become another's, only the value that it had goes. */
static store_verdict keep_key(const store_change *change, store_verdict verdict,
                              store_change *left) {
  if (verdict == STORE_ERASE) left->value = change->value;
  left->key = change->key;
  return base_slice_equal(left->value, change->value) ? STORE_KEEP : STORE_REDACT;
}

static store_verdict judge_key(const belongings *b, const store_entry *entry,
                               const store_change *change, store_change *left) {
  base_slice type;
  int64_t id = 0;
  base_slice owner = owner_of(b, change);
  api_erase_part part = api_erase_past_part(b->past, entry->sequence, change, owner);
  if (part == API_ERASE_NONE) return STORE_KEEP;
  if (!model_personal_owner(change, &type, &id)) return STORE_ERASE;
  const model_type *found = model_schema_find(b->schema, type);
  if (found == NULL) return STORE_KEEP;
  store_verdict verdict = model_personal_row(found, change, b->judged, left);
  return part == API_ERASE_WHOLE ? verdict : keep_key(change, verdict, left);
}

/* Two rows of one record may become the same: then the put stays and the delete goes. */
static bool is_put_again(const belongings *b, const store_entry *entry, base_slice key) {
  store_change change;
  base_slice rest = entry->body;
  while (store_entry_next(&rest, &change)) {
    if (change.table != STORE_INDEX || change.erased || change.deleted) continue;
    store_change left = change;
    if (judge_key(b, entry, &change, &left) == STORE_ERASE) continue;
    if (base_slice_equal(left.key, key)) return true;
  }
  return false;
}

static store_verdict judge_row(const belongings *b, const store_entry *entry,
                               const store_change *change, store_change *left) {
  store_verdict verdict = judge_key(b, entry, change, left);
  bool folds = change->table == STORE_INDEX && change->deleted && verdict != STORE_ERASE &&
               api_erase_past_has(b->past, owner_of(b, change));
  return folds && is_put_again(b, entry, left->key) ? STORE_ERASE : verdict;
}

static store_verdict judge(const store_entry *entry, const store_change *change, store_change *left,
                           void *self) {
  belongings *b = self;
  base_arena_reset(b->judged);
  switch (change->table) {
    case STORE_RECORD:
      return judge_record(b, entry, change, left);
    case STORE_INDEX:
    case STORE_UNIQUE:
    case STORE_TEXT:
      return judge_row(b, entry, change, left);
    case STORE_IDEMPOTENCY: /* an answer, which shows what was written */
      return change->value.size > 0 && touches(b, entry) ? STORE_ERASE : STORE_KEEP;
    default:
      return STORE_KEEP;
  }
}

/* --- files ---------------------------------------------------------------------------------------- */

/* What anything else names stays: other records, and what stays of hers. `blanked`: hers are so already. */
static void keep_files(belongings *b, const store_change_set *set, bool blanked) {
  base_slice key;
  base_slice record;
  base_slice none = {0};
  store_cursor *cursor = store_cursor_open(set, STORE_RECORD, none, none, false);
  while (base_map_count(b->files) > 0 && store_cursor_next(cursor, &key, &record)) {
    int64_t id = 0;
    bool hers = !blanked && api_erase_past_is(b->past, key);
    const model_type *type = hers ? type_of(b, key, &id) : NULL;
    if (type != NULL) record = model_personal_blank(type, record, b->judged);
    api_erase_files_keep(b->files, record);
    base_arena_reset(b->judged);
  }
  store_cursor_close(cursor);
}

typedef struct file_walk {
  belongings *b;
  const store_file_eraser *eraser; /* NULL: the store itself */
  store *store;
  const char *archive;
  base_error *error;
  base_code code;
} file_walk;

static bool erase_file(base_slice key, void *value, void *self) {
  file_walk *walk = self;
  const char *name = base_arena_text(walk->b->judged, key);
  (void)value;
  walk->code = walk->eraser == NULL
                   ? store_file_erase(walk->store, walk->archive, name, walk->error)
                   : walk->eraser->erase(walk->eraser, name, walk->error);
  return walk->code == BASE_OK;
}

static base_code erase_files(file_walk *walk) {
  store_view *view = NULL;
  BASE_TRY(store_view_open(walk->store, &view, walk->error));
  store_change_set *set = store_change_set_new(view, walk->b->arena);
  if (walk->eraser != NULL) api_erase_past_end(walk->b->past, set);
  keep_files(walk->b, set, walk->eraser != NULL);
  store_view_close(view);
  base_map_each(walk->b->files, erase_file, walk);
  return walk->code;
}

/* Between looking and judging. */
static base_code erase_old_files(const store_file_eraser *eraser, void *self, base_error *error) {
  file_walk walk = {.b = self, .eraser = eraser, .store = eraser->store, .error = error};
  return erase_files(&walk);
}

/* --- the job -------------------------------------------------------------------------------------- */

/* One change: `items` of that param of person.erased. */
static base_code call_batch(const api_job *job, const char *param, base_slice items, size_t count) {
  base_slice result;
  base_buffer params = {0};
  data_append_map(&params, 1);
  data_append_text(&params, param);
  data_append_array(&params, count);
  base_buffer_append(&params, items.data, items.size);
  base_slice given = base_arena_slice(job->arena, base_buffer_slice(&params));
  base_buffer_fini(&params);
  return api_job_call(job, "person.erased", given, &result);
}

/* The files first: who begins again finds them as long as the records name them. */
static base_code erase_new_files(const api_job *job, belongings *b) {
  file_walk walk = {.b = b,
                    .store = api_engine_store(job->engine),
                    .archive = api_engine_options_get(job->engine)->archive,
                    .error = job->error};
  return erase_files(&walk);
}

/* What was found, in changes of BATCH. */
static base_code blank(const api_job *job, const char *param, base_slice items) {
  while (items.size > 0) {
    base_slice rest = items;
    size_t count = 0;
    for (; count < BATCH && rest.size > 0; count++) (void)data_read(&rest);
    base_slice batch = base_slice_make(items.data, items.size - rest.size);
    BASE_TRY(call_batch(job, param, batch, count));
    items = rest;
  }
  return BASE_OK;
}

static base_code save(const api_job *job) {
  base_buffer work = {0};
  data_append_map(&work, 1);
  data_append_pair_text(&work, "step", "rewrite");
  base_slice saved = base_arena_slice(job->arena, base_buffer_slice(&work));
  base_buffer_fini(&work);
  return api_job_save(job, saved, 1, 2);
}

static base_code rewrite(const api_job *job, belongings *b, size_t *changed) {
  const char *archive = api_engine_options_get(job->engine)->archive;
  store_eraser eraser = {.look = look, .files = erase_old_files, .judge = judge, .self = b};
  return store_erase(api_engine_store(job->engine), archive, &eraser, changed, job->error);
}

static void tell(const belongings *b, size_t changed, base_buffer *result) {
  data_append_map(result, 2);
  data_append_pair_integer(result, "records", (int64_t)api_erase_past_count(b->past));
  data_append_pair_integer(result, "changes", (int64_t)changed);
}

/* Whoever wrote into a record meanwhile wrote behind what was rewritten: then all is done again. */
static base_code look_again(const api_job *job, const belongings *b, bool *done) {
  belongings now = begin(b->schema);
  now.type = b->type;
  base_code code = read_records(job, &now);
  *done = code == BASE_OK && now.found.size == 0;
  end(&now);
  return code;
}

static base_code refuse_type(const api_job *job) {
  return base_error_set(job->error, BASE_NOT_FOUND, "type",
                        "类型 %.*s 已经不在：先启用它的包，再重新抹除",
                        "the type %.*s is gone: enable its package, then erase again",
                        BASE_SLICE_ARGS(data_map_text(job->params, "type")));
}

static base_code run(const api_job *job, belongings *b, bool *done, base_buffer *result) {
  b->type = model_schema_find(b->schema, data_map_text(job->params, "type"));
  if (b->type == NULL) return refuse_type(job);
  BASE_TRY(read_records(job, b));
  (void)base_failpoint("api.erase.step");
  if (b->found.size > 0 || data_map_text(job->work, "step").size == 0) {
    BASE_TRY(erase_new_files(job, b));
    (void)base_failpoint("api.erase.blank");
    BASE_TRY(blank(job, "records", base_buffer_slice(&b->found)));
    BASE_TRY(blank(job, "answers", base_buffer_slice(&b->answers)));
    return save(job);
  }
  size_t changed = 0;
  BASE_TRY(rewrite(job, b, &changed));
  BASE_TRY(look_again(job, b, done));
  if (*done) tell(b, changed, result);
  return BASE_OK;
}

static base_code step(const api_job *job, bool *done, base_buffer *result) {
  api_registry *registry = api_publish_acquire(job->engine);
  belongings b = begin(api_registry_schema(registry));
  *done = false;
  base_code code = run(job, &b, done, result);
  end(&b);
  api_registry_release(registry);
  return code;
}

const api_job_kind api_jobs_erase[] = {
    {.name = "erase", .doc = "The personal values of one person, everywhere.", .step = step},
    {.name = NULL}};

/* --- records -------------------------------------------------------------------------------------- */

static base_code blank_one(crm_ctx *ctx, base_slice named, int64_t *blanked) {
  base_slice record;
  const model_type *type = model_schema_find(ctx->schema, data_map_text(named, "type"));
  int64_t id = data_map_integer(named, "id", 0);
  if (type == NULL || !model_record_read(ctx, type, id, &record)) return BASE_OK;
  if (!model_personal_has(type, record)) return BASE_OK;
  record = base_arena_slice(ctx->arena, record);
  *blanked += 1;
  return model_record_blank(ctx, type, id, record, model_personal_blank(type, record, ctx->arena));
}

base_code api_erase_blank(crm_ctx *ctx, base_slice records, int64_t *blanked) {
  data_walk walk = data_walk_begin(records);
  *blanked = 0;
  while (data_walk_next(&walk)) BASE_TRY(blank_one(ctx, walk.value.raw, blanked));
  return BASE_OK;
}

/* --- answers -------------------------------------------------------------------------------------- */

/* The key stays taken: whoever repeats the request gets an empty answer, and nothing happens twice. */
static base_code blank_answer(crm_ctx *ctx, base_slice key) {
  base_slice row;
  base_buffer patch = {0};
  base_buffer out = {0};
  if (!store_get(ctx->set, STORE_IDEMPOTENCY, key, &row)) return BASE_OK;
  data_append_map(&patch, 1);
  data_append_text(&patch, "result");
  data_append_map(&patch, 0);
  data_splice(row, base_buffer_slice(&patch), &out);
  base_buffer_fini(&patch);
  return store_put(ctx->set, STORE_IDEMPOTENCY, key, model_ctx_take(ctx, &out), ctx->error);
}

base_code api_erase_answers(crm_ctx *ctx, base_slice keys) {
  data_walk walk = data_walk_begin(keys);
  while (data_walk_next(&walk)) BASE_TRY(blank_answer(ctx, walk.value.as.bytes));
  return BASE_OK;
}
