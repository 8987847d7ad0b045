/* csv: rows of comma-separated values, taken from the front of a file (libcsv), and written.
 *
 * A row ends at a line break outside quotes: LF, CR or both. Blank lines between rows are skipped. A
 * field may be quoted, "" inside is a quote; a stray quote in an unquoted field is a character.
 * Outer blanks of unquoted fields go.
 *
 * Memory:  a row's fields point into the reader until it reads on.
 * Threads: one per reader.
 * Fails:   nothing is malformed but a quote that is never closed, see data_csv_row. */
#pragma once

#include "base/buffer.h"

typedef struct data_csv data_csv;

typedef struct data_csv_row {
  size_t count;
  const base_slice *fields; /* in the file's encoding */
  size_t bytes;             /* that the row took, with its end and the blank lines before it */
  size_t blank_lines;       /* before it */
  size_t lines;             /* that the row itself takes */
  bool unclosed;            /* the file ended inside quotes */
} data_csv_row;

typedef enum data_csv_state { DATA_CSV_ROW, DATA_CSV_MORE, DATA_CSV_END } data_csv_state;

data_csv *data_csv_new(void);
void data_csv_free(data_csv *csv);

/* Reads the row at the front of `bytes`, which begin where a row or a blank line does. MORE: it is
 * not complete; call again with the same bytes and more behind them. `last`: nothing will follow;
 * then what stands at the end without a line break is a row too. END: there is no row, and
 * row->bytes are blank. */
data_csv_state data_csv_read(data_csv *csv, base_slice bytes, bool last, data_csv_row *row);

/* Appends a field, quoted where it has to be; a comma stands before all but the `first`. */
void data_csv_append(base_slice field, bool first, base_buffer *out);

/* Appends the end of a row, CR LF (RFC 4180). */
void data_csv_append_end(base_buffer *out);
