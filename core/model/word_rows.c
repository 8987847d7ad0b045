#include "model/word_rows.h"

#include <stdlib.h>

#include "model/text.h"
#include "model/word_plan.h"

#define READERS_MAX 16 /* cuts that are read side by side */
#define STRETCH 256    /* rows of the first round; each round reads twice as far */

typedef struct reader {
  const model_cut *cut;
  const data_field *field; /* the field and the prefix under way */
  size_t at;
  store_cursor *cursor;
  size_t count;
  size_t room;
  int64_t *ids;
  bool done;
} reader;

typedef struct readers {
  crm_ctx *ctx;
  const model_type *type;
  size_t count;
  reader items[READERS_MAX];
} readers;

/* Whether such grams can be in the field. */
static bool fits(const data_field *field, base_slice gram) {
  return model_text_searched(field) && model_text_phones(field) == (gram.data[0] == '#');
}

static void open_prefix(readers *all, reader *r) {
  data_key lower;
  model_text_prefix(all->type, r->field, r->cut->prefixes[r->at], &lower);
  data_key upper = lower;
  data_key_successor(&upper);
  r->cursor = store_cursor_open(all->ctx->set, STORE_TEXT, data_key_slice(&lower),
                                data_key_slice(&upper), false);
}

/* Goes to the next pair of field and prefix. */
static void next_prefix(readers *all, reader *r) {
  r->field += 1;
  if (r->field->name != NULL) return;
  r->field = all->type->fields;
  r->at += 1;
  r->done = r->at == r->cut->count;
}

static void close_prefix(reader *r) {
  if (r->cursor != NULL) store_cursor_close(r->cursor);
  r->cursor = NULL;
}

/* The last part of a row's key. */
static int64_t id_of(base_slice key) {
  uint8_t scratch[DATA_KEY_MAX];
  data_value part = {0};
  while (data_key_read(&key, &part, scratch)) continue;
  return part.as.integer;
}

static void add_id(readers *all, reader *r, int64_t id) {
  if (r->count == r->room) {
    size_t room = r->room == 0 ? STRETCH : r->room * 2;
    int64_t *ids = base_arena_alloc(all->ctx->arena, room * sizeof *ids);
    if (r->count > 0) memcpy(ids, r->ids, r->count * sizeof *ids);
    r->ids = ids;
    r->room = room;
  }
  r->ids[r->count++] = id;
}

static void read_stretch(readers *all, reader *r, size_t until) {
  base_slice key;
  base_slice value;
  while (!r->done && r->count < until) {
    bool fitting = fits(r->field, r->cut->prefixes[r->at]);
    if (fitting && r->cursor == NULL) open_prefix(all, r);
    if (fitting && store_cursor_next(r->cursor, &key, &value)) {
      add_id(all, r, id_of(key));
      continue;
    }
    close_prefix(r);
    next_prefix(all, r);
  }
}

static reader *first_done(readers *all, size_t until) {
  for (size_t i = 0; i < all->count; i++) {
    read_stretch(all, &all->items[i], until);
    if (all->items[i].done) return &all->items[i];
  }
  return NULL;
}

static void add_readers(readers *all, const model_words *words) {
  for (size_t i = 0; i < words->count; i++) {
    model_cut *cuts = BASE_NEW_ARRAY(all->ctx->arena, model_cut, MODEL_CUTS_MAX);
    size_t count = model_word_cuts(&words->items[i], all->ctx->arena, cuts);
    for (size_t cut = 0; cut < count && all->count < READERS_MAX; cut++) {
      all->items[all->count++] = (reader){.cut = &cuts[cut], .field = all->type->fields};
    }
  }
}

static int compare_ids(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a;
  int64_t right = *(const int64_t *)b;
  return left < right ? -1 : left > right;
}

static void take_ids(reader *r, model_word_ids *ids) {
  ids->items = r->ids;
  ids->count = 0;
  if (r->ids == NULL) return;
  qsort(r->ids, r->count, sizeof *r->ids, compare_ids);
  for (size_t i = 0; i < r->count; i++) {
    if (i == 0 || r->ids[i] != r->ids[i - 1]) r->ids[ids->count++] = r->ids[i];
  }
}

void model_word_rows(crm_ctx *ctx, const model_type *type, const model_words *words, int64_t most,
                     model_word_ids *ids) {
  readers all = {.ctx = ctx, .type = type};
  reader *chosen = NULL;
  size_t limit = (size_t)most + 1; /* one more tells that there is more */
  add_readers(&all, words);
  for (size_t until = STRETCH; chosen == NULL; until *= 2) {
    chosen = first_done(&all, until < limit ? until : limit);
    if (until >= limit) break;
  }
  for (size_t i = 0; i < all.count; i++) close_prefix(&all.items[i]);
  ids->complete = chosen != NULL;
  if (chosen == NULL) all.items[0].count -= 1;
  take_ids(chosen != NULL ? chosen : &all.items[0], ids);
}
