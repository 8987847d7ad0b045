/* key: tuples as bytes whose byte order is the order of the tuples (house, section 5).
 *
 * A part is nil, a boolean, an integer or text; nil < booleans < integers < text. Text ends inside
 * the key, so ("a", 2) sorts before ("ab", 1). A key is at most DATA_KEY_MAX bytes; text that is
 * longer than its part may be is cut at a character (index) or replaced by its hash (unique), as
 * asked. Of other values a float counts as its whole number, binary as text, arrays and maps as nil.
 * A part for which no room is left is left out.
 *
 * Memory:  a data_key is a plain value.  Threads: any.  Fails: never. */
#pragma once

#include "data/read.h"

#define DATA_KEY_MAX 480
#define DATA_KEY_TEXT_MAX 160 /* bytes of a text part; a NUL or 0x01 in it takes two */

typedef struct data_key {
  size_t size;
  uint8_t bytes[DATA_KEY_MAX];
} data_key;

typedef enum data_key_long { DATA_KEY_CUT, DATA_KEY_HASH } data_key_long;

void data_key_init(data_key *key);
void data_key_nil(data_key *key);
void data_key_boolean(data_key *key, bool value);
void data_key_integer(data_key *key, int64_t value);
void data_key_text(data_key *key, base_slice text, data_key_long when_long);
void data_key_value(data_key *key, data_value value, data_key_long when_long);

/* What a part keeps of a text, if the key has room: all of it, or its beginning up to a character. */
base_slice data_key_text_kept(base_slice text);

/* The beginning of a text part, without its end: every text that starts so has this prefix. */
void data_key_text_prefix(data_key *key, base_slice text);

/* Turns the key into the least key that is greater than every key it begins. */
void data_key_successor(data_key *key);

static inline base_slice data_key_slice(const data_key *key) {
  return base_slice_make(key->bytes, key->size);
}

/* Reads the part at the front of `rest` and moves behind it; text is unescaped into `scratch`,
 * which holds DATA_KEY_MAX bytes; a hash reads as DATA_BINARY. The part has no raw bytes. False when
 * the bytes are no key. */
bool data_key_read(base_slice *rest, data_value *part, uint8_t *scratch);
