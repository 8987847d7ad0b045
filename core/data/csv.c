/* csv: libcsv, fed line by line, so that it is known where each row ends. See csv.h.
 *
 * Memory:  the fields of one row lie one behind the other in a buffer of the reader.
 * Threads: one per reader.  Fails: ends the process without memory, as all does. */
#include "data/csv.h"

#include <csv.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"

struct data_csv {
  struct csv_parser parser;
  base_buffer text;
  base_buffer ends; /* size_t: where each field ends in text */
  base_buffer slices;
  bool ended;
};

data_csv *data_csv_new(void) {
  data_csv *csv = base_alloc(sizeof *csv);
  *csv = (data_csv){.ended = false};
  (void)csv_init(&csv->parser, 0);
  csv_set_realloc_func(&csv->parser, base_realloc);
  return csv;
}

void data_csv_free(data_csv *csv) {
  if (csv == NULL) return;
  csv_free(&csv->parser);
  base_buffer_fini(&csv->text);
  base_buffer_fini(&csv->ends);
  base_buffer_fini(&csv->slices);
  free(csv);
}

/* --- libcsv -------------------------------------------------------------------------------------- */

static void take_field(void *bytes, size_t size, void *self) {
  data_csv *csv = self;
  base_buffer_append(&csv->text, bytes, size);
  base_buffer_append(&csv->ends, &csv->text.size, sizeof csv->text.size);
}

static void take_end(int byte, void *self) {
  (void)byte;
  ((data_csv *)self)->ended = true;
}

static void parse(data_csv *csv, base_slice line) {
  if (csv_parse(&csv->parser, line.data, line.size, take_field, take_end, csv) == line.size) return;
  base_fatal("data.csv", "text=\"%s\"", csv_strerror(csv_error(&csv->parser)));
}

/* Ends the last row; false when it ends inside quotes. What the open field holds is lost then. */
static bool finish(data_csv *csv) {
  csv_set_opts(&csv->parser, CSV_STRICT | CSV_STRICT_FINI);
  bool closed = csv_fini(&csv->parser, take_field, take_end, csv) == 0;
  csv_set_opts(&csv->parser, 0);
  if (!closed) (void)csv_fini(&csv->parser, NULL, NULL, NULL);
  return closed;
}

/* Forgets a row that is not complete. */
static void begin(data_csv *csv) {
  (void)finish(csv);
  csv->ended = false;
  base_buffer_clear(&csv->text);
  base_buffer_clear(&csv->ends);
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* Bytes of the line at the front with its end; 0 when the end is not there, or may go on. */
static size_t line_size(base_slice bytes, bool last) {
  for (size_t i = 0; i < bytes.size; i++) {
    if (bytes.data[i] == '\n') return i + 1;
    if (bytes.data[i] != '\r') continue;
    if (i + 1 < bytes.size) return bytes.data[i + 1] == '\n' ? i + 2 : i + 1;
    return last ? i + 1 : 0;
  }
  return last ? bytes.size : 0;
}

static bool is_blank(base_slice line) {
  for (size_t i = 0; i < line.size; i++) {
    if (memchr(" \t\r\n", line.data[i], 4) == NULL) return false;
  }
  return true;
}

static void fill(data_csv *csv, data_csv_row *row) {
  size_t from = 0;
  row->count = csv->ends.size / sizeof(size_t);
  base_buffer_clear(&csv->slices);
  base_slice *fields =
      (base_slice *)(void *)base_buffer_reserve(&csv->slices, (row->count + 1) * sizeof *fields);
  for (size_t i = 0; i < row->count; i++) {
    size_t end;
    memcpy(&end, csv->ends.data + i * sizeof end, sizeof end);
    /* A row of empty fields has no text at all. */
    const uint8_t *at = end > from ? csv->text.data + from : csv->text.data;
    fields[i] = base_slice_make(at, end - from);
    from = end;
  }
  row->fields = fields;
}

static size_t skip_blank(base_slice bytes, bool last, data_csv_row *row) {
  for (;;) {
    base_slice rest = base_slice_after(bytes, row->bytes);
    size_t size = line_size(rest, last);
    if (size == 0 || !is_blank(base_slice_make(rest.data, size))) return size;
    row->bytes += size;
    row->blank_lines++;
  }
}

data_csv_state data_csv_read(data_csv *csv, base_slice bytes, bool last, data_csv_row *row) {
  *row = (data_csv_row){.count = 0};
  begin(csv);
  size_t size = skip_blank(bytes, last, row);
  if (size == 0) return last ? DATA_CSV_END : DATA_CSV_MORE;
  while (size > 0 && !csv->ended) {
    parse(csv, base_slice_make(bytes.data + row->bytes, size));
    row->bytes += size;
    row->lines++;
    if (!csv->ended) size = line_size(base_slice_after(bytes, row->bytes), last);
  }
  if (!csv->ended && !last) return DATA_CSV_MORE;
  row->unclosed = !csv->ended && !finish(csv);
  fill(csv, row);
  return DATA_CSV_ROW;
}

/* --- writing ------------------------------------------------------------------------------------- */

static bool wants_quotes(base_slice field) {
  if (field.size == 0) return false;
  if (memchr(" \t", field.data[0], 2) != NULL ||
      memchr(" \t", field.data[field.size - 1], 2) != NULL) {
    return true;
  }
  for (size_t i = 0; i < field.size; i++) {
    if (memchr(",\"\r\n", field.data[i], 4) != NULL) return true;
  }
  return false;
}

void data_csv_append(base_slice field, bool first, base_buffer *out) {
  if (!first) base_buffer_byte(out, ',');
  if (!wants_quotes(field)) {
    base_buffer_append(out, field.data, field.size);
    return;
  }
  size_t size = csv_write(NULL, 0, field.data, field.size);
  (void)csv_write(base_buffer_reserve(out, size), size, field.data, field.size);
  out->size += size;
}

void data_csv_append_end(base_buffer *out) {
  base_buffer_text(out, "\r\n");
}
