/* text: UTF-8 and what Chinese and Latin users consider the same (ICU).
 *
 * Memory:  results are appended to the caller's buffer.  Threads: any.
 * Fails:   data_text_valid says no; the rest takes valid text only. */
#pragma once

#include "base/buffer.h"

bool data_text_valid(base_slice text);

/* Characters (code points). */
size_t data_text_length(base_slice text);

/* The longest part of at most `bytes` bytes that ends between two characters. */
base_slice data_text_cut(base_slice text, size_t bytes);

/* Without white space before and behind, the ideographic space (U+3000) included. */
base_slice data_text_trim(base_slice text);

/* Full-width forms of ASCII (U+FF01 to U+FF5E) and the ideographic space as ASCII. */
void data_text_narrow(base_slice text, base_buffer *out);

/* NFKC and case folding: "ＡＢＣ１" and "abc1" become the same; outer white space goes. */
void data_text_fold(base_slice text, base_buffer *out);
