#include "model/word.h"

static bool is_digits(const data_letter *letters, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!data_letter_digit(letters[i].point)) return false;
  }
  return true;
}

static void add_phone(model_word *word, base_slice digits) {
  bool twin = word->phone_count > 0 && base_slice_equal(word->phones[0], digits);
  if (digits.size > 1 && !twin) word->phones[word->phone_count++] = digits;
}

/* The end of a number is no number: what the normal form makes of it is tried besides, not instead. */
static void read_phones(base_slice typed, base_arena *arena, model_word *word) {
  base_buffer normal = {0};
  uint8_t *digits = base_arena_alloc(arena, word->count);
  for (size_t i = 0; i < word->count; i++) digits[i] = (uint8_t)word->letters[i].point;
  add_phone(word, base_slice_make(digits, word->count));
  if (typed.size == 0) typed = base_slice_make(digits, word->count);
  if (data_phone_normal(typed, &normal)) {
    base_slice number = base_buffer_slice(&normal);
    if (number.data[0] == '+') number = base_slice_after(number, 1);
    add_phone(word, base_arena_slice(arena, number));
  }
  base_buffer_fini(&normal);
}

static void add_word(model_words *words, const data_letter *letters, size_t count,
                     base_arena *arena) {
  uint8_t *typed = base_arena_zero(arena, count + 1);
  model_word *word = &words->items[words->count++];
  *word = (model_word){.count = count, .letters = letters, .typed = typed};
  for (size_t i = 0; i < count; i++) {
    if (data_letter_latin(letters[i].point)) typed[i] = (uint8_t)letters[i].point;
  }
  if (is_digits(letters, count)) read_phones((base_slice){0}, arena, word);
}

/* The end of the run of digits, or of anything else, that begins at `at`. */
static size_t run_end(const data_letter *letters, size_t count, size_t at) {
  bool digits = data_letter_digit(letters[at].point);
  while (at < count && data_letter_digit(letters[at].point) == digits) at++;
  return at;
}

/* Two digits, two letters or a Chinese character say something by themselves. */
static bool stand_alone(const data_letter *letters, size_t count) {
  for (size_t at = 0; at < count;) {
    size_t end = run_end(letters, count, at);
    if (end - at == 1 && letters[at].point < 0x80) return false;
    at = end;
  }
  return true;
}

static void add_runs(model_words *words, const data_letter *letters, size_t count,
                     base_arena *arena) {
  if (!stand_alone(letters, count)) {
    add_word(words, letters, count, arena);
    return;
  }
  for (size_t at = 0; at < count;) {
    size_t end = run_end(letters, count, at);
    add_word(words, letters + at, end - at, arena);
    at = end;
  }
}

static bool is_phone(base_slice text, const data_letters *letters) {
  base_buffer normal = {0};
  bool phone = is_digits(letters->items, letters->count) && data_phone_normal(text, &normal);
  base_buffer_fini(&normal);
  return phone;
}

base_code model_words_read(base_slice text, base_arena *arena, model_words *words,
                           base_error *error) {
  data_letters letters = data_letters_read(text, MODEL_WORD_LETTERS, arena);
  if (letters.count == 0) {
    return base_error_set(error, BASE_INVALID_ARGUMENT, "text",
                          "text 中没有可搜索的文字、字母或数字",
                          "text has no letter or digit to search for");
  }
  *words = (model_words){.items = BASE_NEW_ARRAY(arena, model_word, letters.count)};
  if (is_phone(text, &letters)) {
    add_word(words, letters.items, letters.count, arena);
    words->items[0].phone_count = 0;
    read_phones(text, arena, &words->items[0]);
    return BASE_OK;
  }
  for (size_t at = 0; at < letters.count;) {
    size_t end = at + 1;
    while (end < letters.count && !letters.items[end].spaced) end++;
    add_runs(words, letters.items + at, end - at, arena);
    at = end;
  }
  return BASE_OK;
}
