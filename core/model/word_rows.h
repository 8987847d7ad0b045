/* word_rows: the records that may have all words, read from the text table. Inside the room only.
 *
 * The cuts of all words are read side by side, a stretch at a time, until one of them has no more rows:
 * that is the rarest, found without counting.
 *
 * Memory:  the ctx's arena.  Threads: one per ctx.  Fails: never. */
#pragma once

#include "model/ctx.h"
#include "model/word.h"

typedef struct model_word_ids {
  size_t count;
  int64_t *items; /* ascending, each once */
  bool complete;  /* false: every cut has more rows than `most`; these are the first */
} model_word_ids;

void model_word_rows(crm_ctx *ctx, const model_type *type, const model_words *words, int64_t most,
                     model_word_ids *ids);
