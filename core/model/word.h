/* word: what a search asks for. Inside the room only. The text is parted at white space, and between
 * letters and digits where both are long enough to stand alone ("王138", "wang138"); every word must be
 * found, in whichever fields. A text that is a phone number is one word, however it is spelled.
 *
 * A Latin letter stands for itself or, with others, for a Chinese character: for all of a reading, for
 * its first letter (zh, ch and sh also as two), or, at the end of the word, for a reading's beginning.
 *
 * Memory:  the arena.  Threads: any.
 * Fails:   INVALID_ARGUMENT for a text without a letter or digit. */
#pragma once

#include "data/data.h"

#define MODEL_WORD_LETTERS 200 /* of a search */

typedef struct model_word {
  size_t count;
  const data_letter *letters;
  const uint8_t *typed; /* the Latin letters as bytes, 0 for others; count of them and a 0 */
  size_t phone_count;
  base_slice phones[2]; /* digits as typed, and in normal form where that is another */
} model_word;

typedef struct model_words {
  size_t count;
  model_word *items;
} model_words;

base_code model_words_read(base_slice text, base_arena *arena, model_words *words,
                           base_error *error);

/* How well a word is found, 0 best: the whole text, its beginning, the beginning of a word in it,
 * inside; and among these by the letters themselves or whole readings, by the beginning of a reading, by
 * first letters. */
#define MODEL_WORD_NONE 16u
#define MODEL_WORD_PLACE(rank) ((rank) / 4)

unsigned model_word_match_text(const model_word *word, const data_letters *text);
unsigned model_word_match_phone(const model_word *word, base_slice digits);
