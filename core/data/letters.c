/* letters: most names are plain Chinese and need no ICU to be folded. See letters.h.
 *
 * Memory:  the arena; a fold's buffer is freed before return.  Threads: any.  Fails: never. */
#include "data/letters.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "data/text.h"

#define HAN_FIRST 0x3400 /* up to HAN_LAST nothing folds to anything else */
#define HAN_LAST 0x9fff
#define LETTERS (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK | U_GC_SO_MASK)

static uint32_t next_point(base_slice text, size_t *at) {
  UChar32 point;
  U8_NEXT_UNSAFE(text.data, *at, point);
  return (uint32_t)point;
}

static bool folds_plainly(base_slice text) {
  for (size_t at = 0; at < text.size;) {
    uint32_t point = next_point(text, &at);
    if (point >= 0x80 && (point < HAN_FIRST || point > HAN_LAST)) return false;
  }
  return true;
}

static bool is_letter(uint32_t point) {
  if (point < 0x80) return data_letter_latin(point) || data_letter_digit(point);
  if (point >= HAN_FIRST && point <= HAN_LAST) return true;
  return (U_GET_GC_MASK((UChar32)point) & LETTERS) != 0;
}

typedef enum letter_kind { KIND_DIGIT, KIND_HAN, KIND_OTHER } letter_kind;

static letter_kind kind_of(uint32_t point) {
  if (data_letter_digit(point)) return KIND_DIGIT;
  if (point < HAN_FIRST) return KIND_OTHER;
  return u_hasBinaryProperty((UChar32)point, UCHAR_UNIFIED_IDEOGRAPH) ? KIND_HAN : KIND_OTHER;
}

static uint32_t folded(uint32_t point) {
  if (point >= 'A' && point <= 'Z') return point + ('a' - 'A');
  return point == 0xfc ? 'v' : point;
}

static void read_letters(base_slice text, size_t most, data_letters *letters) {
  bool starts = true;
  bool spaced = false;
  letter_kind before = KIND_OTHER;
  for (size_t at = 0; at < text.size && letters->count < most;) {
    uint32_t point = folded(next_point(text, &at));
    if (!is_letter(point)) {
      starts = true;
      spaced = letters->count > 0 && (spaced || u_isUWhiteSpace((UChar32)point));
      continue;
    }
    letter_kind kind = kind_of(point);
    letters->items[letters->count++] =
        (data_letter){.point = point, .starts = starts || kind != before, .spaced = spaced};
    before = kind;
    starts = spaced = false;
  }
}

data_letters data_letters_read(base_slice text, size_t most, base_arena *arena) {
  base_buffer buffer = {0};
  if (!folds_plainly(text)) {
    data_text_fold(text, &buffer);
    text = base_buffer_slice(&buffer);
  }
  size_t room = text.size < most ? text.size : most;
  data_letters letters = {.items = BASE_NEW_ARRAY(arena, data_letter, room + 1)};
  read_letters(text, most, &letters);
  base_buffer_fini(&buffer);
  return letters;
}

size_t data_letter_write(uint32_t point, uint8_t bytes[4]) {
  size_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, point);
  return size;
}
