/* gram: the short texts under which the letters of a record are found. Inside the room only. One letter
 * gives one gram, a Chinese character one for each of its readings:
 *
 *   a Chinese character      its reading, "'", and how the next begins    zhang'j  jian'g  guo'
 *   a Latin letter, a digit  with those behind it, four at most           3800  or, where Chinese
 *                            follows, up to there, as above               vc'p
 *   any other                itself, as above                             ア'イ
 *   a phone number           "#" and eight digits, from its beginning and from every second digit
 *                            counted from its end                         #13800001  #1001  #01
 *
 * So a text of Chinese characters is found by them, by their pinyin and by their initials, and no row
 * is written twice for that. A query reads the grams that begin with some prefix (term_plan.h).
 *
 * Memory:  the arena.  Threads: any.  Fails: never. */
#pragma once

#include "data/data.h"

#define MODEL_GRAM_LATIN 4  /* letters and digits of one gram */
#define MODEL_GRAM_DIGITS 8 /* of a phone number */

typedef struct model_grams {
  base_arena *arena;
  size_t count;
  size_t room;
  base_slice *items;
} model_grams;

void model_gram_add_text(model_grams *grams, const data_letters *letters);
void model_gram_add_phone(model_grams *grams, base_slice digits);

/* Puts them in order, each once. */
void model_gram_sort(model_grams *grams);

/* Letters and digits that stand in grams with those behind them. */
static inline bool model_gram_latin(uint32_t point) {
  return data_letter_latin(point) || data_letter_digit(point);
}

/* How a letter begins, as UTF-8: a Chinese character with the first letter of its reading, any other
 * with itself. Of several readings that of place `reading`, 0 for the first. */
size_t model_gram_head(uint32_t point, size_t reading, uint8_t bytes[4]);
