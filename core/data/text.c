/* text: UTF-8 by hand, folding by ICU. See text.h.
 *
 * Memory:  work space of a fold on the stack, or freed before it returns.
 * Threads: any; ICU's normalizer is immutable.  Fails: ends the process without ICU's data. */
#include "data/text.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include "base/arena.h"
#include "base/log.h"

/* Bytes of the character at `at` when it is well formed, else 0. The second byte's range depends on
 * the first: that is where overlong forms, surrogates and what lies beyond U+10FFFF are told. */
static size_t character_size(const uint8_t *at, size_t left) {
  uint8_t first = at[0];
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
  size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || left < size) return 0;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  if (at[1] < low || at[1] > high) return 0;
  for (size_t i = 2; i < size; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
  }
  return size;
}

/* How many bytes at the front are ASCII, eight at a time. */
static size_t ascii_run(const uint8_t *at, size_t left) {
  size_t run = 0;
  while (left - run >= 8) {
    uint64_t eight;
    memcpy(&eight, at + run, 8);
    if ((eight & 0x8080808080808080u) != 0) break;
    run += 8;
  }
  while (run < left && at[run] < 0x80) run++;
  return run;
}

bool data_text_valid(base_slice text) {
  size_t at = 0;
  while (at < text.size) {
    size_t size = ascii_run(text.data + at, text.size - at);
    if (size == 0) size = character_size(text.data + at, text.size - at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

static bool begins_character(uint8_t byte) {
  return (byte & 0xc0) != 0x80;
}

size_t data_text_length(base_slice text) {
  size_t length = 0;
  for (size_t i = 0; i < text.size; i++) length += begins_character(text.data[i]);
  return length;
}

base_slice data_text_cut(base_slice text, size_t bytes) {
  if (bytes >= text.size) return text;
  while (bytes > 0 && !begins_character(text.data[bytes])) bytes--;
  return base_slice_make(text.data, bytes);
}

/* Bytes of the white space at `at`; 0 when something else stands there. */
static size_t white_size(const uint8_t *at, size_t left) {
  size_t size = character_size(at, left);
  if (size == 0) return 0;
  UChar32 point;
  int32_t index = 0;
  U8_NEXT_UNSAFE(at, index, point);
  return u_isUWhiteSpace(point) ? size : 0;
}

base_slice data_text_trim(base_slice text) {
  while (text.size > 0) {
    size_t white = white_size(text.data, text.size);
    if (white == 0) break;
    text = base_slice_after(text, white);
  }
  while (text.size > 0) {
    base_slice shorter = data_text_cut(text, text.size - 1);
    if (white_size(text.data + shorter.size, text.size - shorter.size) == 0) break;
    text = shorter;
  }
  return text;
}

/* U+FF01 to U+FF5E are ef bc 81 to ef bc bf and ef bd 80 to ef bd 9e; U+3000 is e3 80 80. */
static uint8_t narrow_of(const uint8_t *at) {
  if (at[0] == 0xe3 && at[1] == 0x80 && at[2] == 0x80) return ' ';
  if (at[0] != 0xef) return 0;
  if (at[1] == 0xbc && at[2] >= 0x81) return (uint8_t)(at[2] - 0x60);
  if (at[1] == 0xbd && at[2] <= 0x9e) return (uint8_t)(at[2] - 0x20);
  return 0;
}

void data_text_narrow(base_slice text, base_buffer *out) {
  for (size_t i = 0; i < text.size;) {
    uint8_t narrow = text.size - i >= 3 ? narrow_of(text.data + i) : 0;
    base_buffer_byte(out, narrow != 0 ? narrow : text.data[i]);
    i += narrow != 0 ? 3 : 1;
  }
}

static void fold_ascii(base_slice text, base_buffer *out) {
  text = data_text_trim(text);
  uint8_t *to = base_buffer_reserve(out, text.size);
  for (size_t i = 0; i < text.size; i++) {
    uint8_t byte = text.data[i];
    to[i] = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
  }
  out->size += text.size;
}

static void require(UErrorCode status, const char *step) {
  if (U_FAILURE(status)) base_fatal("data.text", "step=%s icu=%s", step, u_errorName(status));
}

/* One code point folds to at most 18 UTF-16 units (the Arabic ligature U+FDFA), and takes three
 * bytes when it does: six units for a byte are always enough. */
#define UNITS_OF_A_BYTE 6
#define SMALL 128

static void fold_any(base_slice text, base_buffer *out) {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2 *folder = unorm2_getNFKCCasefoldInstance(&status);
  require(status, "instance");
  UChar small[SMALL * (1 + UNITS_OF_A_BYTE)];
  size_t room = text.size * (1 + UNITS_OF_A_BYTE);
  UChar *wide = text.size <= SMALL ? small : base_alloc(room * sizeof *wide);
  UChar *folded = wide + text.size;
  int32_t size = 0;
  u_strFromUTF8(wide, (int32_t)text.size, &size, (const char *)text.data, (int32_t)text.size,
                &status);
  require(status, "widen");
  size =
      unorm2_normalize(folder, wide, size, folded, (int32_t)(text.size * UNITS_OF_A_BYTE), &status);
  require(status, "normalize");
  int32_t bytes = 0;
  char *to = (char *)base_buffer_reserve(out, (size_t)size * 3);
  u_strToUTF8(to, size * 3, &bytes, folded, size, &status);
  require(status, "narrow");
  base_slice trimmed = data_text_trim(base_slice_make(to, (size_t)bytes));
  memmove(to, trimmed.data, trimmed.size);
  out->size += trimmed.size;
  if (wide != small) free(wide);
}

void data_text_fold(base_slice text, base_buffer *out) {
  if (ascii_run(text.data, text.size) == text.size) {
    fold_ascii(text, out);
  } else {
    fold_any(text, out);
  }
}
