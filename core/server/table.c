/* table: see table.h. */
#include "server/table.h"

/* Blocks from Hangul Jamo on are wide: CJK, kana, full-width forms. Close enough for columns. */
#define FIRST_WIDE_LEAD 0xe1
#define COMBINING_LEAD 0xe2 /* general punctuation, arrows: narrow */

size_t server_table_width(base_slice text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size; i++) {
    uint8_t byte = text.data[i];
    if ((byte & 0xc0) == 0x80) continue;
    width += byte >= FIRST_WIDE_LEAD && byte != COMBINING_LEAD ? 2 : 1;
  }
  return width;
}

void server_table_cell(FILE *to, base_slice text, size_t width) {
  size_t taken = server_table_width(text);
  size_t blanks = taken < width ? width - taken : 1;
  (void)fprintf(to, "%.*s%*s", BASE_SLICE_ARGS(text), (int)blanks, "");
}
