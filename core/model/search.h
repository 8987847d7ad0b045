/* search: the records in which all words of a text are found, best first: by Chinese characters, Latin
 * letters, pinyin in full or by first letters, mixed, and by any digits of a phone number (word.h).
 *
 * Records of one rank come as: the whole text before its beginning, that before the beginning of a word
 * inside, that before any other place; the field that names the record before others; letters and whole
 * readings before the beginning of one, that before first letters; then what changed last.
 *
 * Of one type at most ctx->scan_rows rows are looked at; `complete` says whether that was enough.
 *
 * Memory:  hits live in the view or ctx->arena.  Threads: one per ctx.
 * Fails:   INVALID_ARGUMENT (a text without letters, an unknown field or type, a limit out of range),
 *          PERMISSION_DENIED for a type that is asked for by name. */
#pragma once

#include "model/ctx.h"

#define MODEL_SEARCH_MAX 100
#define MODEL_SEARCH_DEFAULT 20

typedef struct model_search_query {
  base_slice text;
  base_slice types; /* msgpack array of names; empty: every type the actor may read */
  base_slice
      where;     /* msgpack map, or empty. Without `types`, those that lack a field of it are left
                     * out */
  int64_t limit; /* 0 for the default */
} model_search_query;

typedef struct model_search_hit {
  const model_type *type;
  const data_field *field; /* where the best of the words was found */
  int64_t id;
  base_slice title; /* empty for a type without one */
  unsigned rank;
  int64_t updated_at;
} model_search_hit;

typedef struct model_search_page {
  size_t count;
  model_search_hit *items;
  bool complete; /* false: there may be more, and better ones */
} model_search_page;

base_code model_search(crm_ctx *ctx, const model_search_query *query, model_search_page *page);
