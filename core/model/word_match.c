/* Whether a word is in a text: the word's letters are consumed by the text's, one of which may take
 * several. Which ways are open after each of the text's letters is kept for all places of the word. */
#include "model/word.h"

enum { WHOLE, BEGINNING, FIRST_LETTERS, CLOSED }; /* how a way went at its worst */
enum { PLACE_EXACT, PLACE_START, PLACE_WORD, PLACE_INSIDE };

typedef struct ways {
  uint8_t worst[MODEL_WORD_LETTERS + 1]; /* by place in the word */
  size_t low;                            /* the first open one */
  size_t high;                           /* behind the last */
} ways;

static void close_all(ways *all, size_t count) {
  memset(all->worst, CLOSED, count + 1);
  all->low = count + 1;
  all->high = 0;
}

static void open_way(ways *all, size_t place, uint8_t before, uint8_t how) {
  uint8_t worst = before > how ? before : how;
  if (worst >= all->worst[place]) return;
  all->worst[place] = worst;
  if (place < all->low) all->low = place;
  if (place >= all->high) all->high = place + 1;
}

/* How many letters from `at` on the reading takes. */
static size_t taken(const char *reading, const uint8_t *typed) {
  size_t size = 0;
  while (size < DATA_PINYIN_SIZE && typed[size] != 0 &&
         data_pinyin_begins(reading, base_slice_make(typed, size + 1))) {
    size++;
  }
  return size;
}

static void take_reading(const model_word *word, size_t at, const char *reading, uint8_t before,
                         ways *next) {
  size_t size = taken(reading, word->typed + at);
  if (size == 0) return;
  if (reading[size] == '\0') open_way(next, at + size, before, WHOLE);
  if (at + size == word->count) open_way(next, word->count, before, BEGINNING);
  open_way(next, at + 1, before, FIRST_LETTERS);
  if (size > 1 && reading[1] == 'h') open_way(next, at + 2, before, FIRST_LETTERS);
}

static void take_letter(const model_word *word, uint32_t point, const ways *now, ways *next) {
  const char *readings[DATA_PINYIN_READINGS];
  size_t count = data_pinyin_readings(point, readings);
  close_all(next, word->count);
  for (size_t at = now->low; at < now->high && at < word->count; at++) {
    uint8_t before = now->worst[at];
    if (before == CLOSED) continue;
    if (word->letters[at].point == point) open_way(next, at + 1, before, WHOLE);
    if (word->typed[at] == 0) continue;
    for (size_t i = 0; i < count; i++) take_reading(word, at, readings[i], before, next);
  }
}

static unsigned rank_of(const data_letters *text, size_t start, size_t end, uint8_t worst) {
  unsigned place = PLACE_INSIDE;
  if (text->items[start].starts) place = PLACE_WORD;
  if (start == 0) place = end == text->count ? PLACE_EXACT : PLACE_START;
  return place * 4 + worst;
}

static unsigned match_at(const model_word *word, const data_letters *text, size_t start) {
  ways first;
  ways second;
  ways *now = &first;
  ways *next = &second;
  unsigned best = MODEL_WORD_NONE;
  close_all(now, word->count);
  open_way(now, 0, WHOLE, WHOLE);
  for (size_t i = start; i < text->count && now->low < word->count; i++) {
    take_letter(word, text->items[i].point, now, next);
    uint8_t worst = next->worst[word->count];
    unsigned rank = worst == CLOSED ? MODEL_WORD_NONE : rank_of(text, start, i + 1, worst);
    if (rank < best) best = rank;
    ways *old = now;
    now = next;
    next = old;
  }
  return best;
}

unsigned model_word_match_text(const model_word *word, const data_letters *text) {
  unsigned best = MODEL_WORD_NONE;
  for (size_t start = 0; start < text->count && best > 0; start++) {
    unsigned rank = match_at(word, text, start);
    if (rank < best) best = rank;
  }
  return best;
}

static unsigned match_digits(base_slice wanted, base_slice digits) {
  if (wanted.size > digits.size) return MODEL_WORD_NONE;
  base_slice tail = base_slice_after(digits, digits.size - wanted.size);
  if (wanted.size == digits.size) {
    return base_slice_equal(wanted, digits) ? PLACE_EXACT * 4 : MODEL_WORD_NONE;
  }
  if (base_slice_equal(wanted, tail) || base_slice_starts(digits, wanted)) return PLACE_START * 4;
  bool inside = memmem(digits.data, digits.size, wanted.data, wanted.size) != NULL;
  return inside ? PLACE_INSIDE * 4 : MODEL_WORD_NONE;
}

unsigned model_word_match_phone(const model_word *word, base_slice digits) {
  unsigned best = MODEL_WORD_NONE;
  for (size_t i = 0; i < word->phone_count; i++) {
    unsigned rank = match_digits(word->phones[i], digits);
    if (rank < best) best = rank;
  }
  return best;
}
