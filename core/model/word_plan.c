#include "model/word_plan.h"

#include "model/gram.h"

/* Grams that begin with one letter are many: a cut that has to read them comes last. */
#define WEIGHT_RANGE 1
#define WEIGHT_BROAD 1000

typedef struct planning {
  const model_word *word;
  model_cut *cut;
} planning;

/* --- prefixes ------------------------------------------------------------------------------------- */

typedef struct prefix {
  size_t size;
  uint8_t bytes[32];
} prefix;

static void add_bytes(prefix *made, const void *bytes, size_t size) {
  memcpy(made->bytes + made->size, bytes, size);
  made->size += size;
}

static void keep(planning *p, const prefix *made) {
  model_cut *cut = p->cut;
  base_slice slice = base_slice_make(made->bytes, made->size);
  for (size_t i = 0; i < cut->count; i++) {
    if (base_slice_starts(slice, cut->prefixes[i])) return;
  }
  if (cut->count == cut->room) {
    size_t room = cut->room == 0 ? 64 : cut->room * 2;
    base_slice *prefixes = BASE_NEW_ARRAY(cut->arena, base_slice, room);
    if (cut->count > 0) memcpy(prefixes, cut->prefixes, cut->count * sizeof *prefixes);
    cut->prefixes = prefixes;
    cut->room = room;
  }
  cut->prefixes[cut->count++] = base_arena_slice(cut->arena, slice);
  bool broad = made->size == 1 || (made->size == 2 && made->bytes[0] == '#');
  cut->weight += broad ? WEIGHT_BROAD : WEIGHT_RANGE;
}

/* What a letter sounds like, and how the word's next one, at `next`, begins. */
static void keep_sound(planning *p, const void *sound, size_t size, size_t next) {
  prefix made = {0};
  uint8_t head[4];
  add_bytes(&made, sound, size);
  add_bytes(&made, "'", 1);
  if (next < p->word->count) {
    add_bytes(&made, head, model_gram_head(p->word->letters[next].point, 0, head));
  }
  keep(p, &made);
}

/* --- letters -------------------------------------------------------------------------------------- */

/* The letters from `at` on as they are: so many of them, then Chinese; or up to the word's end. */
static void keep_latin(planning *p, size_t at) {
  const model_word *word = p->word;
  prefix made = {0};
  size_t next = at;
  while (next < word->count && next - at < MODEL_GRAM_LATIN &&
         model_gram_latin(word->letters[next].point)) {
    uint8_t letter = (uint8_t)word->letters[next].point;
    bool may_be_chinese = next > at && !data_letter_digit(letter);
    if (may_be_chinese) keep_sound(p, made.bytes, made.size, next);
    add_bytes(&made, &letter, 1);
    next++;
  }
  bool cut = next - at == MODEL_GRAM_LATIN || next == word->count;
  if (cut)
    keep(p, &made);
  else
    keep_sound(p, made.bytes, made.size, next);
}

/* Characters whose reading begins with the word's letters from `at` on and takes the one at `place`:
 * all of the reading; its beginning, where the word ends; or its first letter, zh, ch and sh too. */
static void keep_syllable(planning *p, const char *syllable, size_t at, size_t place) {
  const model_word *word = p->word;
  size_t size = 0;
  while (word->typed[at + size] != 0 &&
         data_pinyin_begins(syllable, base_slice_make(word->typed + at, size + 1))) {
    size++;
  }
  size_t length = strlen(syllable);
  if (size == length && at + size > place) keep_sound(p, syllable, length, at + size);
  if (size > 0 && size < length && at + size == word->count) {
    prefix made = {0};
    add_bytes(&made, syllable, size);
    keep(p, &made);
  }
  if (size > 0 && length > 1 && at == place) keep_sound(p, syllable, length, at + 1);
  if (size > 1 && length > 2 && syllable[1] == 'h' && at + 1 >= place) {
    keep_sound(p, syllable, length, at + 2);
  }
}

static void keep_syllables(planning *p, size_t at, size_t place) {
  uint8_t first = p->word->typed[at];
  for (size_t i = 0; first != 0 && i < data_pinyin_count(); i++) {
    const char *syllable = data_pinyin_syllable(i);
    if ((uint8_t)syllable[0] == first) keep_syllable(p, syllable, at, place);
  }
}

static void keep_character(planning *p, size_t at) {
  uint32_t point = p->word->letters[at].point;
  const char *readings[DATA_PINYIN_READINGS];
  uint8_t bytes[4];
  if (data_pinyin_readings(point, readings) > 0)
    keep_sound(p, readings[0], strlen(readings[0]), at + 1);
  else
    keep_sound(p, bytes, data_letter_write(point, bytes), at + 1);
}

/* Where a number's digits stand in a gram depends on how many are behind them: as they are, or from the
 * second one on. */
static void keep_phones(planning *p) {
  for (size_t i = 0; i < p->word->phone_count; i++) {
    base_slice digits = p->word->phones[i];
    for (size_t from = 0; from < 2; from++) {
      prefix made = {0};
      base_slice rest = base_slice_after(digits, from);
      add_bytes(&made, "#", 1);
      add_bytes(&made, rest.data, rest.size < MODEL_GRAM_DIGITS ? rest.size : MODEL_GRAM_DIGITS);
      keep(p, &made);
    }
  }
}

static void cut_at(planning *p, size_t place) {
  const model_word *word = p->word;
  if (model_gram_latin(word->letters[place].point))
    keep_latin(p, place);
  else
    keep_character(p, place);
  size_t from = place < DATA_PINYIN_SIZE ? 0 : place - DATA_PINYIN_SIZE + 1;
  for (size_t at = from; at <= place && word->typed[place] != 0; at++) keep_syllables(p, at, place);
  keep_phones(p);
}

static void insert(model_cut *cuts, size_t *count, const model_cut *cut) {
  bool full = *count == MODEL_CUTS_MAX;
  if (full && cuts[*count - 1].weight <= cut->weight) return;
  if (!full) *count += 1;
  size_t at = *count - 1;
  for (; at > 0 && cuts[at - 1].weight > cut->weight; at--) cuts[at] = cuts[at - 1];
  cuts[at] = *cut;
}

size_t model_word_cuts(const model_word *word, base_arena *arena, model_cut cuts[MODEL_CUTS_MAX]) {
  size_t count = 0;
  for (size_t place = 0; place < word->count; place++) {
    model_cut cut = {.arena = arena};
    planning p = {.word = word, .cut = &cut};
    cut_at(&p, place);
    insert(cuts, &count, &cut);
  }
  return count;
}
