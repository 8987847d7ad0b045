/* pinyin: the table's codes are looked up, syllables compared letter by letter. See pinyin.h.
 *
 * Memory:  static.  Threads: any.  Fails: never. */
#include "data/pinyin.h"

#include "data/pinyin_table.inc"

static uint16_t code_of(uint32_t point) {
  if (point >= TABLE_FIRST && point <= TABLE_LAST) return table_codes[point - TABLE_FIRST];
  size_t low = 0;
  size_t high = sizeof table_others / sizeof table_others[0];
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (table_others[middle].point == point) return table_others[middle].code;
    if (table_others[middle].point < point)
      low = middle + 1;
    else
      high = middle;
  }
  return TABLE_NONE;
}

size_t data_pinyin_readings(uint32_t point, const char *readings[DATA_PINYIN_READINGS]) {
  uint16_t code = code_of(point);
  if (code == TABLE_NONE) return 0;
  if (code < TABLE_SYLLABLES) {
    readings[0] = table_syllables[code];
    return 1;
  }
  const uint16_t *set = &table_sets[code - TABLE_SYLLABLES];
  for (size_t i = 0; i < set[0]; i++) readings[i] = table_syllables[set[1 + i]];
  return set[0];
}

size_t data_pinyin_count(void) {
  return TABLE_SYLLABLES;
}

const char *data_pinyin_syllable(size_t place) {
  return table_syllables[place];
}

/* After these a written u is spoken ü. */
static bool rounds(char initial) {
  return initial == 'j' || initial == 'q' || initial == 'x' || initial == 'y';
}

static bool same_letter(const char *syllable, size_t place, uint8_t typed) {
  char letter = syllable[place];
  if (letter == (char)typed) return true;
  if (letter == 'v') return typed == 'u';
  return letter == 'u' && typed == 'v' && place == 1 && rounds(syllable[0]);
}

bool data_pinyin_begins(const char *syllable, base_slice typed) {
  for (size_t i = 0; i < typed.size; i++) {
    if (syllable[i] == '\0' || !same_letter(syllable, i, typed.data[i])) return false;
  }
  return true;
}
