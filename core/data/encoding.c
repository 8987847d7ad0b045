/* encoding: what a file is made of, and GB18030 by ICU. See encoding.h.
 *
 * Memory:  a decoder holds ICU's converter.  Threads: one per decoder.
 * Fails:   ends the process without ICU's data. */
#include "data/encoding.h"

#include <stdlib.h>
#include <unicode/ucnv.h>

#include "base/arena.h"
#include "base/log.h"
#include "data/text.h"

/* So many well-formed characters make up for one stray byte. */
#define GOOD_OF_BAD 16
#define CHARACTER_MAX 4

static const struct {
  const char *name;
  data_encoding encoding;
} names[] = {{"utf-8", DATA_UTF8},      {"utf8", DATA_UTF8},      {"gb18030", DATA_GB18030},
             {"gbk", DATA_GB18030},     {"gb2312", DATA_GB18030}, {"cp936", DATA_GB18030},
             {"gb-18030", DATA_GB18030}};

#define NAME_COUNT (sizeof names / sizeof names[0])

struct data_decoder {
  UConverter *converter; /* NULL: UTF-8 */
};

const char *data_encoding_name(data_encoding encoding) {
  return encoding == DATA_UTF8 ? "utf-8" : "gb18030";
}

bool data_encoding_find(base_slice name, data_encoding *encoding) {
  base_buffer folded = {0};
  bool found = false;
  data_text_fold(name, &folded);
  for (size_t i = 0; i < NAME_COUNT && !found; i++) {
    found = base_slice_is(base_buffer_slice(&folded), names[i].name);
    if (found) *encoding = names[i].encoding;
  }
  base_buffer_fini(&folded);
  return found;
}

size_t data_encoding_mark(base_slice bytes, data_encoding *encoding) {
  static const uint8_t utf8[] = {0xef, 0xbb, 0xbf};
  static const uint8_t gb18030[] = {0x84, 0x31, 0x95, 0x33};
  if (base_slice_starts(bytes, base_slice_make(utf8, sizeof utf8))) {
    *encoding = DATA_UTF8;
    return sizeof utf8;
  }
  if (base_slice_starts(bytes, base_slice_make(gb18030, sizeof gb18030))) {
    *encoding = DATA_GB18030;
    return sizeof gb18030;
  }
  return 0;
}

/* Bytes of the well-formed character of several bytes at the front; 0 when there is none. */
static size_t long_character(base_slice bytes) {
  for (size_t size = 2; size <= CHARACTER_MAX && size <= bytes.size; size++) {
    if (data_text_valid(base_slice_make(bytes.data, size))) return size;
  }
  return 0;
}

data_encoding data_encoding_guess(base_slice bytes) {
  size_t good = 0;
  size_t bad = 0;
  while (bytes.size > 0) {
    bool plain = bytes.data[0] < 0x80;
    size_t size = plain ? 1 : long_character(bytes);
    if (size == 0 && bytes.size < CHARACTER_MAX) break; /* perhaps only cut */
    good += !plain && size > 0;
    bad += size == 0;
    bytes = base_slice_after(bytes, size > 0 ? size : 1);
  }
  return good >= bad * GOOD_OF_BAD ? DATA_UTF8 : DATA_GB18030;
}

/* --- decoding ------------------------------------------------------------------------------------ */

static void require(UErrorCode status, const char *step) {
  if (U_FAILURE(status)) base_fatal("data.encoding", "step=%s icu=%s", step, u_errorName(status));
}

data_decoder *data_decoder_new(data_encoding encoding) {
  data_decoder *decoder = base_alloc(sizeof *decoder);
  *decoder = (data_decoder){.converter = NULL};
  if (encoding == DATA_UTF8) return decoder;
  UErrorCode status = U_ZERO_ERROR;
  decoder->converter = ucnv_open("gb18030", &status);
  require(status, "open");
  ucnv_setToUCallBack(decoder->converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
  require(status, "callback");
  return decoder;
}

void data_decoder_free(data_decoder *decoder) {
  if (decoder == NULL) return;
  if (decoder->converter != NULL) ucnv_close(decoder->converter);
  free(decoder);
}

static bool is_ascii(base_slice bytes) {
  for (size_t i = 0; i < bytes.size; i++) {
    if (bytes.data[i] >= 0x80) return false;
  }
  return true;
}

bool data_decoder_read(data_decoder *decoder, base_slice bytes, base_buffer *out) {
  if (decoder->converter == NULL || is_ascii(bytes)) {
    if (!data_text_valid(bytes)) return false;
    base_buffer_append(out, bytes.data, bytes.size);
    return true;
  }
  UErrorCode status = U_ZERO_ERROR;
  size_t room = bytes.size * 2; /* two bytes become three, four become four */
  char *to = (char *)base_buffer_reserve(out, room);
  ucnv_resetToUnicode(decoder->converter);
  int32_t size = ucnv_toAlgorithmic(UCNV_UTF8, decoder->converter, to, (int32_t)room,
                                    (const char *)bytes.data, (int32_t)bytes.size, &status);
  if (U_FAILURE(status) || (size_t)size > room) return false;
  out->size += (size_t)size;
  return true;
}
