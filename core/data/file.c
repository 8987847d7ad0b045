/* file: the parts of a file field. See file.h.
 *
 * Memory:  static.  Threads: any.  Fails: see file.h. */
#include "data/file.h"

#define HASH_SIZE 64

const data_field data_file_fields[] = {{.name = "sha256",
                                        .kind = DATA_KIND_TEXT,
                                        .flags = DATA_REQUIRED,
                                        .bounded = true,
                                        .min = HASH_SIZE,
                                        .max = HASH_SIZE},
                                       {.name = "size",
                                        .kind = DATA_KIND_INTEGER,
                                        .flags = DATA_REQUIRED,
                                        .bounded = true,
                                        .min = 0,
                                        .max = DATA_FILE_SIZE_MAX},
                                       {.name = "name",
                                        .kind = DATA_KIND_TEXT,
                                        .flags = DATA_REQUIRED,
                                        .bounded = true,
                                        .min = 1,
                                        .max = DATA_FILE_NAME_MAX},
                                       {.name = "media",
                                        .kind = DATA_KIND_TEXT,
                                        .flags = DATA_REQUIRED,
                                        .bounded = true,
                                        .min = 3,
                                        .max = DATA_FILE_MEDIA_MAX},
                                       {.name = NULL}};

static bool is_hash(base_slice text) {
  for (size_t i = 0; i < text.size; i++) {
    bool digit = text.data[i] >= '0' && text.data[i] <= '9';
    if (!digit && (text.data[i] < 'a' || text.data[i] > 'f')) return false;
  }
  return true;
}

/* A name that could lead out of a folder, or that a header could not carry, is none. */
static bool is_name(base_slice text) {
  if (base_slice_is(text, ".") || base_slice_is(text, "..")) return false;
  for (size_t i = 0; i < text.size; i++) {
    uint8_t byte = text.data[i];
    if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\') return false;
  }
  return true;
}

/* type "/" subtype, of the characters that RFC 6838 has for them. */
static bool is_media(base_slice text) {
  size_t slash = 0;
  for (size_t i = 0; i < text.size; i++) {
    uint8_t byte = text.data[i];
    bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
    bool plain = letter || (byte >= '0' && byte <= '9') || memchr("!#$&-^_.+", byte, 9) != NULL;
    if (byte == '/' && slash == 0 && i > 0)
      slash = i;
    else if (!plain)
      return false;
  }
  return slash > 0 && slash + 1 < text.size;
}

const char *data_file_wrong(base_slice map) {
  if (!is_hash(data_map_text(map, "sha256"))) return "sha256";
  if (!is_name(data_map_text(map, "name"))) return "name";
  return is_media(data_map_text(map, "media")) ? NULL : "media";
}
