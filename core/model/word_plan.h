/* word_plan: which grams a record must have if a word is in one of its texts. Inside the room only.
 *
 * A cut is a place in the word: some letter of the text takes it, alone or with others around it, and
 * that letter gave a gram. A cut lists the beginnings of all grams that this can have been; a record
 * that has none of them does not have the word. Each cut of a word is enough by itself; the caller reads
 * them side by side and takes the one with the fewest rows.
 *
 * Memory:  the arena.  Threads: any.  Fails: never. */
#pragma once

#include "model/word.h"

#define MODEL_CUTS_MAX 4 /* of one word */

typedef struct model_cut {
  base_arena *arena;
  size_t count;
  size_t room;
  base_slice *prefixes; /* of grams */
  size_t weight;        /* the smaller, the fewer rows are to be expected */
} model_cut;

/* Fills in the word's best cuts and returns how many; at least one. */
size_t model_word_cuts(const model_word *word, base_arena *arena, model_cut cuts[MODEL_CUTS_MAX]);
