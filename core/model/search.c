#include "model/search.h"

#include <stdlib.h>

#include "base/failpoint.h"
#include "base/metric.h"
#include "model/access.h"
#include "model/budget.h"
#include "model/permission.h"
#include "model/reads.h"
#include "model/record.h"
#include "model/text.h"
#include "model/where.h"
#include "model/word_rows.h"

BASE_METRIC(searches_incomplete, "model_searches_incomplete_total");

/* What a record that is ranked takes from the budget of the script that asked. */
#define ID_INSTRUCTIONS 50

typedef struct searching {
  crm_ctx *ctx;
  const model_search_query *query;
  model_words words;
  bool phones;         /* a word may be part of a number */
  base_arena *scratch; /* of one record */
  size_t room;
  model_search_page *page;
  base_code code; /* of the first type whose where does not fit */
  base_error misfit;
  size_t searched; /* types */
} searching;

/* --- one record ----------------------------------------------------------------------------------- */

/* The best place of each word in a record so far. */
typedef struct places {
  searching *search;
  const model_type *type;
  unsigned *ranks;         /* by word */
  unsigned best;           /* among them */
  const data_field *field; /* of the best */
} places;

/* Place, field, way: the smaller, the better. */
static unsigned with_field(const places *p, const data_field *field, unsigned rank) {
  bool names = p->type->title != NULL && strcmp(p->type->title, field->name) == 0;
  return MODEL_WORD_PLACE(rank) * 8 + (names ? 0 : 4) + rank % 4;
}

static void note(places *p, size_t word, const data_field *field, unsigned found) {
  if (found == MODEL_WORD_NONE) return;
  unsigned rank = with_field(p, field, found);
  if (rank < p->ranks[word]) p->ranks[word] = rank;
  if (rank >= p->best) return;
  p->best = rank;
  p->field = field;
}

static void look_at(const data_field *field, base_slice text, void *self) {
  places *p = self;
  searching *s = p->search;
  bool phone = model_text_phones(field);
  base_slice digits = {0};
  data_letters letters = {0};
  if (phone)
    digits = model_text_digits(text, s->scratch);
  else
    letters = data_letters_read(text, MODEL_TEXT_LETTERS, s->scratch);
  for (size_t i = 0; i < s->words.count; i++) {
    const model_word *word = &s->words.items[i];
    note(p, i, field,
         phone ? model_word_match_phone(word, digits) : model_word_match_text(word, &letters));
  }
}

/* Whether a word can be in a phone number at all. */
static bool any_phones(const model_words *words) {
  for (size_t i = 0; i < words->count; i++) {
    if (words->items[i].phone_count > 0) return true;
  }
  return false;
}

/* The sum over the words; UINT32_MAX when one is nowhere. */
static unsigned rank_record(searching *s, const model_type *type, base_slice record,
                            const data_field **field) {
  places p = {.search = s, .type = type, .best = UINT32_MAX};
  unsigned sum = 0;
  p.ranks = BASE_NEW_ARRAY(s->scratch, unsigned, s->words.count);
  for (size_t i = 0; i < s->words.count; i++) p.ranks[i] = UINT32_MAX;
  for (const data_field *f = type->fields; f->name != NULL; f++) {
    if (!model_text_searched(f) || (model_text_phones(f) && !s->phones)) continue;
    bool veiled = model_permission_veil(s->ctx, type, f) > MODEL_VEIL_READONLY;
    if (veiled && !base_mutant("model.veiled_fields_are_searched")) continue;
    model_text_values(f, record, look_at, &p);
  }
  for (size_t i = 0; i < s->words.count; i++) {
    if (p.ranks[i] == UINT32_MAX) return UINT32_MAX;
    sum += p.ranks[i];
  }
  *field = p.field;
  return sum;
}

static void add_hit(searching *s, const model_search_hit *hit) {
  model_search_page *page = s->page;
  if (page->count == s->room) {
    size_t room = s->room == 0 ? 64 : s->room * 2;
    model_search_hit *items = BASE_NEW_ARRAY(s->ctx->arena, model_search_hit, room);
    if (page->count > 0) memcpy(items, page->items, page->count * sizeof *items);
    page->items = items;
    s->room = room;
  }
  page->items[page->count++] = *hit;
}

static void try_record(searching *s, const model_type *type, const model_where *where, int64_t id) {
  base_slice record;
  model_search_hit hit = {.type = type, .id = id};
  if (!model_record_read(s->ctx, type, id, &record)) return; /* who has rows is live */
  hit.rank = rank_record(s, type, record, &hit.field);
  base_arena_reset(s->scratch);
  if (hit.rank == UINT32_MAX || !model_where_match(where, record)) return;
  hit.updated_at = data_map_integer(record, "updated_at", 0);
  record = model_permission_veil_record(s->ctx, type, record);
  if (type->title != NULL) hit.title = data_map_text(record, type->title);
  add_hit(s, &hit);
}

/* --- one type ------------------------------------------------------------------------------------- */

static void search_type(searching *s, const model_type *type, const model_where *where) {
  model_word_ids ids;
  model_word_rows(s->ctx, type, &s->words, s->ctx->scan_rows, &ids);
  s->ctx->instructions -= (int64_t)ids.count * ID_INSTRUCTIONS;
  if (model_budget_draw(s->ctx, MODEL_DRAW_ROWS_READ, (int64_t)ids.count) != BASE_OK) return;
  for (size_t i = 0; i < ids.count; i++) try_record(s, type, where, ids.items[i]);
  s->page->complete = s->page->complete && ids.complete;
  if (!ids.complete) base_metric_add(&searches_incomplete, 1);
  s->searched += 1;
}

static base_code search_named(searching *s, base_slice name) {
  crm_ctx *ctx = s->ctx;
  const model_type *type;
  const model_where *where;
  BASE_TRY(model_schema_type(ctx->schema, name, &type, ctx->error));
  BASE_TRY(model_access_check(ctx, type, MODEL_ACTION_READ));
  BASE_TRY(model_permission_where(ctx, type, s->query->where, &where));
  if (!model_text_searches(type)) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "types", "%s 没有可搜索的字段（search）",
                          "%s has no field marked search", type->name);
  }
  search_type(s, type, where);
  return BASE_OK;
}

static base_code search_list(searching *s) {
  data_walk walk = data_walk_begin(s->query->types);
  while (data_walk_next(&walk)) BASE_TRY(search_named(s, walk.value.as.bytes));
  return BASE_OK;
}

static bool may_read(crm_ctx *ctx, const model_type *type) {
  bool allowed = model_access_check(ctx, type, MODEL_ACTION_READ) == BASE_OK;
  base_error_clear(ctx->error);
  return allowed;
}

static void search_any(const model_type *type, void *self) {
  searching *s = self;
  const model_where *where;
  if ((type->flags & MODEL_TYPE_INTERNAL) || !model_text_searches(type)) return;
  if (!may_read(s->ctx, type)) return;
  base_code code = model_permission_where(s->ctx, type, s->query->where, &where);
  if (code == BASE_OK) {
    search_type(s, type, where);
    return;
  }
  if (s->code == BASE_OK) {
    s->code = code;
    s->misfit = *s->ctx->error;
  }
  base_error_clear(s->ctx->error);
}

/* A where that fits no type is a mistake; one that fits some leaves the others out. */
static base_code search_all(searching *s) {
  model_schema_each(s->ctx->schema, search_any, s);
  if (s->searched > 0 || s->code == BASE_OK) return BASE_OK;
  *s->ctx->error = s->misfit;
  return s->code;
}

/* --- the page ------------------------------------------------------------------------------------- */

static int compare_hits(const void *a, const void *b) {
  const model_search_hit *x = a;
  const model_search_hit *y = b;
  if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
  if (x->updated_at != y->updated_at) return x->updated_at > y->updated_at ? -1 : 1;
  if (x->id != y->id) return x->id > y->id ? -1 : 1;
  return strcmp(x->type->name, y->type->name);
}

static base_code read_limit(crm_ctx *ctx, int64_t asked, size_t *limit) {
  if (asked < 0 || asked > MODEL_SEARCH_MAX) {
    return model_ctx_fail(ctx, BASE_INVALID_ARGUMENT, "limit", "limit 应在 1 到 %d 之间",
                          "limit is from 1 to %d", MODEL_SEARCH_MAX);
  }
  *limit = asked == 0 ? MODEL_SEARCH_DEFAULT : (size_t)asked;
  return BASE_OK;
}

base_code model_search(crm_ctx *ctx, const model_search_query *query, model_search_page *page) {
  searching s = {.ctx = ctx, .query = query, .page = page};
  size_t limit = 0;
  *page = (model_search_page){.complete = true};
  BASE_TRY(read_limit(ctx, query->limit, &limit));
  BASE_TRY(model_words_read(query->text, ctx->arena, &s.words, ctx->error));
  s.phones = any_phones(&s.words);
  s.scratch = base_arena_new();
  base_code code = query->types.size > 0 ? search_list(&s) : search_all(&s);
  base_arena_free(s.scratch);
  BASE_TRY(code);
  if (page->count > 1) qsort(page->items, page->count, sizeof *page->items, compare_hits);
  if (page->count > limit) page->count = limit;
  for (size_t i = 0; i < page->count; i++) {
    model_reads_note(ctx, page->items[i].type, page->items[i].id);
  }
  return BASE_OK;
}
