/* table: text in columns for a terminal, where a Chinese character is two columns wide.
 *
 * Memory:  none kept.  Threads: the main thread only.  Fails: never. */
#pragma once

#include <stdio.h>

#include "base/slice.h"

/* Columns that the text takes. */
size_t server_table_width(base_slice text);

/* The text and blanks up to `width` columns; at least one blank. */
void server_table_cell(FILE *to, base_slice text, size_t width);
