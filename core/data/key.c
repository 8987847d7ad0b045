/* key: how a part is written. See key.h.
 *
 * Memory:  the key itself.  Threads: any.  Fails: never; what no longer fits is left out.
 *
 * The first byte of a part tells its type, in the order of the types. An integer of n bytes has the
 * tag ZERO + n, a negative one ZERO - n, so that longer positive and shorter negative ones are
 * greater. A text's NUL and 0x01 are written as two bytes: its end, a NUL, occurs nowhere in it. */
#include "data/key.h"

#include "base/hash.h"
#include "data/text.h"

enum {
  TAG_NIL = 0x01,
  TAG_FALSE = 0x02,
  TAG_TRUE = 0x03,
  TAG_ZERO = 0x18,
  TAG_TEXT = 0x30,
  TAG_HASH = 0x31,
  TEXT_END = 0x00,
  TEXT_ESCAPE = 0x01,
};

static size_t room_in(const data_key *key) {
  return DATA_KEY_MAX - key->size;
}

static void add(data_key *key, uint8_t byte) {
  if (key->size < DATA_KEY_MAX) key->bytes[key->size++] = byte;
}

void data_key_init(data_key *key) {
  key->size = 0;
}

void data_key_nil(data_key *key) {
  add(key, TAG_NIL);
}

void data_key_boolean(data_key *key, bool value) {
  add(key, value ? TAG_TRUE : TAG_FALSE);
}

void data_key_integer(data_key *key, int64_t value) {
  uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  unsigned width = 0;
  while (width < 8 && magnitude >> (8 * width) != 0) width++;
  if (room_in(key) < width + 1) return;
  add(key, (uint8_t)(value < 0 ? TAG_ZERO - width : TAG_ZERO + width));
  uint64_t written = value < 0 ? ~magnitude : magnitude;
  while (width > 0) add(key, (uint8_t)(written >> (8 * --width)));
}

/* The beginning of `text` that takes at most `room` bytes as a part. */
static base_slice fitting(base_slice text, size_t room) {
  size_t fits = 0;
  for (; fits < text.size; fits++) {
    size_t width = text.data[fits] <= TEXT_ESCAPE ? 2 : 1;
    if (width > room) break;
    room -= width;
  }
  return data_text_cut(text, fits);
}

base_slice data_key_text_kept(base_slice text) {
  return fitting(text, DATA_KEY_TEXT_MAX);
}

/* The same where the key has less room than that; its tag and its end take two bytes. */
static base_slice kept_in(const data_key *key, base_slice text) {
  size_t room = room_in(key) > 2 ? room_in(key) - 2 : 0;
  return fitting(text, room < DATA_KEY_TEXT_MAX ? room : DATA_KEY_TEXT_MAX);
}

static void add_text(data_key *key, base_slice text) {
  add(key, TAG_TEXT);
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] > TEXT_ESCAPE) {
      add(key, text.data[i]);
    } else {
      add(key, TEXT_ESCAPE);
      add(key, (uint8_t)(text.data[i] + 1));
    }
  }
}

static void add_hash(data_key *key, base_slice text) {
  if (room_in(key) < 1 + BASE_HASH_SIZE) return;
  base_digest digest = base_hash_slice(text);
  add(key, TAG_HASH);
  memcpy(key->bytes + key->size, digest.bytes, BASE_HASH_SIZE);
  key->size += BASE_HASH_SIZE;
}

/* Nearly every text: it fits, and nothing in it has to be written as two bytes. */
static bool is_plain(const data_key *key, base_slice text) {
  return text.size > 0 && text.size <= DATA_KEY_TEXT_MAX && text.size + 2 <= room_in(key) &&
         memchr(text.data, TEXT_END, text.size) == NULL &&
         memchr(text.data, TEXT_ESCAPE, text.size) == NULL;
}

static void add_plain(data_key *key, base_slice text) {
  uint8_t *end = key->bytes + key->size;
  *end = TAG_TEXT;
  memcpy(end + 1, text.data, text.size);
  end[1 + text.size] = TEXT_END;
  key->size += text.size + 2;
}

void data_key_text(data_key *key, base_slice text, data_key_long when_long) {
  if (is_plain(key, text)) {
    add_plain(key, text);
    return;
  }
  base_slice kept = kept_in(key, text);
  if (kept.size < text.size && when_long == DATA_KEY_HASH) {
    add_hash(key, text);
  } else if (room_in(key) >= 2) {
    add_text(key, kept);
    add(key, TEXT_END);
  }
}

void data_key_text_prefix(data_key *key, base_slice text) {
  if (room_in(key) >= 2) add_text(key, kept_in(key, text));
}

static int64_t whole_of(double number) {
  if (!(number < 0x1p63)) return INT64_MAX;
  return number < -0x1p63 ? INT64_MIN : (int64_t)number;
}

void data_key_value(data_key *key, data_value value, data_key_long when_long) {
  switch (value.type) {
    case DATA_BOOLEAN:
      data_key_boolean(key, value.as.boolean);
      break;
    case DATA_INTEGER:
      data_key_integer(key, value.as.integer);
      break;
    case DATA_FLOAT:
      data_key_integer(key, whole_of(value.as.number));
      break;
    case DATA_TEXT:
    case DATA_BINARY:
      data_key_text(key, value.as.bytes, when_long);
      break;
    case DATA_NIL:
    case DATA_ARRAY:
    case DATA_MAP:
      data_key_nil(key);
      break;
  }
}

/* Bytes 0xff at the end cannot be raised; what is left of them is raised at its last byte. */
void data_key_successor(data_key *key) {
  while (key->size > 0 && key->bytes[key->size - 1] == 0xff) key->size--;
  if (key->size == 0) {
    add(key, 0xff);
  } else {
    key->bytes[key->size - 1]++;
  }
}

static bool read_integer(base_slice *rest, uint8_t tag, data_value *part) {
  size_t width = (size_t)(tag < TAG_ZERO ? TAG_ZERO - tag : tag - TAG_ZERO);
  if (width > rest->size) return false;
  uint64_t magnitude = 0;
  for (size_t i = 0; i < width; i++) {
    uint8_t byte = tag < TAG_ZERO ? (uint8_t)~rest->data[i] : rest->data[i];
    magnitude = magnitude << 8 | byte;
  }
  uint64_t value = tag < TAG_ZERO ? 0 - magnitude : magnitude;
  *part = (data_value){.type = DATA_INTEGER, .as.integer = (int64_t)value};
  *rest = base_slice_after(*rest, width);
  return true;
}

static bool read_text(base_slice *rest, data_value *part, uint8_t *scratch) {
  size_t size = 0;
  for (size_t i = 0; i < rest->size && size < DATA_KEY_MAX; i++) {
    uint8_t byte = rest->data[i];
    if (byte == TEXT_END) {
      *part = (data_value){.type = DATA_TEXT, .as.bytes = base_slice_make(scratch, size)};
      *rest = base_slice_after(*rest, i + 1);
      return true;
    }
    if (byte == TEXT_ESCAPE && ++i == rest->size) return false;
    scratch[size++] = byte == TEXT_ESCAPE ? (uint8_t)(rest->data[i] - 1) : byte;
  }
  return false;
}

static bool read_hash(base_slice *rest, data_value *part, uint8_t *scratch) {
  if (rest->size < BASE_HASH_SIZE) return false;
  memcpy(scratch, rest->data, BASE_HASH_SIZE);
  *part = (data_value){.type = DATA_BINARY, .as.bytes = base_slice_make(scratch, BASE_HASH_SIZE)};
  *rest = base_slice_after(*rest, BASE_HASH_SIZE);
  return true;
}

bool data_key_read(base_slice *rest, data_value *part, uint8_t *scratch) {
  if (rest->size == 0) return false;
  uint8_t tag = rest->data[0];
  base_slice behind = base_slice_after(*rest, 1);
  bool read = true;
  *part = (data_value){.type = DATA_NIL};
  if (tag >= TAG_ZERO - 8 && tag <= TAG_ZERO + 8) {
    read = read_integer(&behind, tag, part);
  } else if (tag == TAG_TEXT) {
    read = read_text(&behind, part, scratch);
  } else if (tag == TAG_HASH) {
    read = read_hash(&behind, part, scratch);
  } else if (tag == TAG_FALSE || tag == TAG_TRUE) {
    *part = (data_value){.type = DATA_BOOLEAN, .as.boolean = tag == TAG_TRUE};
  } else if (tag != TAG_NIL) {
    read = false;
  }
  if (read) *rest = behind;
  return read;
}
