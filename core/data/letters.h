/* letters: what of a text counts when it is searched: its letters and digits, folded (text.h), so
 * that case and width make no difference. Punctuation, white space and the like are left out, but
 * what they part is remembered. ü counts as v, as it is typed.
 *
 * Memory:  the arena given.  Threads: any.  Fails: never; takes valid UTF-8. */
#pragma once

#include "base/arena.h"

typedef struct data_letter {
  uint32_t point;
  bool starts; /* a word: something else, or letters of another kind, stand before it */
  bool spaced; /* white space stands before it, and other letters */
} data_letter;

typedef struct data_letters {
  size_t count;
  data_letter *items;
} data_letters;

/* The text's first `most` letters. */
data_letters data_letters_read(base_slice text, size_t most, base_arena *arena);

static inline bool data_letter_latin(uint32_t point) {
  return point >= 'a' && point <= 'z';
}

static inline bool data_letter_digit(uint32_t point) {
  return point >= '0' && point <= '9';
}

/* Appends the letter as UTF-8 to four bytes; returns how many it takes. */
size_t data_letter_write(uint32_t point, uint8_t bytes[4]);
