#include "model/gram.h"

#include <stdlib.h>

/* The longest gram: a syllable, the sign and a letter; or "#" and digits. */
#define GRAM_SIZE 16

typedef struct gram {
  size_t size;
  uint8_t bytes[GRAM_SIZE];
} gram;

static void add_bytes(gram *made, const void *bytes, size_t size) {
  memcpy(made->bytes + made->size, bytes, size);
  made->size += size;
}

static void keep(model_grams *grams, const gram *made) {
  if (grams->count == grams->room) {
    size_t room = grams->room == 0 ? 32 : grams->room * 2;
    base_slice *items = BASE_NEW_ARRAY(grams->arena, base_slice, room);
    if (grams->count > 0) memcpy(items, grams->items, grams->count * sizeof *items);
    grams->items = items;
    grams->room = room;
  }
  grams->items[grams->count++] =
      base_arena_slice(grams->arena, base_slice_make(made->bytes, made->size));
}

size_t model_gram_head(uint32_t point, size_t reading, uint8_t bytes[4]) {
  const char *readings[DATA_PINYIN_READINGS];
  size_t count = data_pinyin_readings(point, readings);
  if (count == 0) return data_letter_write(point, bytes);
  bytes[0] = (uint8_t)readings[reading][0];
  return 1;
}

/* Whether an earlier reading of the character begins alike. */
static bool same_head_before(const char *const *readings, size_t reading) {
  for (size_t i = 0; i < reading; i++) {
    if (readings[i][0] == readings[reading][0]) return true;
  }
  return false;
}

/* The beginning of a gram, with each way in which the next letter may begin. */
static void keep_with_next(model_grams *grams, const gram *begun, const data_letters *letters,
                           size_t next) {
  gram made = *begun;
  add_bytes(&made, "'", 1);
  if (next == letters->count) {
    keep(grams, &made);
    return;
  }
  uint32_t point = letters->items[next].point;
  const char *readings[DATA_PINYIN_READINGS];
  size_t count = data_pinyin_readings(point, readings);
  gram before = made;
  for (size_t i = 0; i < (count == 0 ? 1 : count); i++) {
    uint8_t head[4];
    if (count > 0 && same_head_before(readings, i)) continue;
    made = before;
    add_bytes(&made, head, model_gram_head(point, i, head));
    keep(grams, &made);
  }
}

static void add_latin(model_grams *grams, const data_letters *letters, size_t at) {
  gram made = {0};
  size_t next = at;
  while (next < letters->count && next - at < MODEL_GRAM_LATIN &&
         model_gram_latin(letters->items[next].point)) {
    uint8_t letter = (uint8_t)letters->items[next++].point;
    add_bytes(&made, &letter, 1);
  }
  bool cut = next - at == MODEL_GRAM_LATIN || next == letters->count;
  if (cut)
    keep(grams, &made);
  else
    keep_with_next(grams, &made, letters, next);
}

static void add_letter(model_grams *grams, const data_letters *letters, size_t at) {
  uint32_t point = letters->items[at].point;
  const char *readings[DATA_PINYIN_READINGS];
  if (model_gram_latin(point)) {
    add_latin(grams, letters, at);
    return;
  }
  size_t count = data_pinyin_readings(point, readings);
  for (size_t i = 0; i < count; i++) {
    gram made = {0};
    add_bytes(&made, readings[i], strlen(readings[i]));
    keep_with_next(grams, &made, letters, at + 1);
  }
  if (count > 0) return;
  gram made = {0};
  made.size = data_letter_write(point, made.bytes);
  keep_with_next(grams, &made, letters, at + 1);
}

void model_gram_add_text(model_grams *grams, const data_letters *letters) {
  for (size_t i = 0; i < letters->count; i++) add_letter(grams, letters, i);
}

static void add_digits(model_grams *grams, base_slice digits) {
  gram made = {0};
  size_t size = digits.size < MODEL_GRAM_DIGITS ? digits.size : MODEL_GRAM_DIGITS;
  add_bytes(&made, "#", 1);
  add_bytes(&made, digits.data, size);
  keep(grams, &made);
}

void model_gram_add_phone(model_grams *grams, base_slice digits) {
  if (digits.size == 0) return;
  add_digits(grams, digits);
  for (size_t tail = 2; tail < digits.size; tail += 2) {
    add_digits(grams, base_slice_after(digits, digits.size - tail));
  }
}

static int compare(const void *a, const void *b) {
  return base_slice_compare(*(const base_slice *)a, *(const base_slice *)b);
}

void model_gram_sort(model_grams *grams) {
  if (grams->count < 2) return;
  qsort(grams->items, grams->count, sizeof *grams->items, compare);
  size_t kept = 1;
  for (size_t i = 1; i < grams->count; i++) {
    if (base_slice_equal(grams->items[i], grams->items[kept - 1])) continue;
    grams->items[kept++] = grams->items[i];
  }
  grams->count = kept;
}
