/* encoding: bytes of files that people bring, as UTF-8 (ICU).
 *
 * A byte order mark says what a file is. Without one, it is UTF-8 when it reads as UTF-8, but for
 * stray bytes that one row brought in; else GB18030, of which GBK and GB2312 are parts.
 *
 * In both, the bytes of comma, quote and line breaks stand for nothing else, so rows and fields may
 * be taken apart before they are decoded.
 *
 * Memory:  a decoder belongs to its maker; results are appended to the caller's buffer.
 * Threads: one per decoder; the rest any.
 * Fails:   data_decoder_read says no to malformed bytes. */
#pragma once

#include "base/buffer.h"

typedef enum data_encoding { DATA_UTF8, DATA_GB18030 } data_encoding;

/* "utf-8", "gb18030" … */
const char *data_encoding_name(data_encoding encoding);
bool data_encoding_find(base_slice name, data_encoding *encoding);

/* Bytes of the mark at the front of a file, and what it says; 0 when there is none. */
size_t data_encoding_mark(base_slice bytes, data_encoding *encoding);

/* What the bytes look like; they may end inside a character. */
data_encoding data_encoding_guess(base_slice bytes);

typedef struct data_decoder data_decoder;

data_decoder *data_decoder_new(data_encoding encoding);
void data_decoder_free(data_decoder *decoder);

/* Appends the text; on failure nothing. */
bool data_decoder_read(data_decoder *decoder, base_slice bytes, base_buffer *out);
