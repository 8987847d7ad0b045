/* csv_fuzz: any bytes at all as a file. Whole and in dribbles it has the same rows; rows that are
 * written again read the same; every field survives decoding, and what decodes is UTF-8. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "data/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what) {
  if (holds) return;
  (void)fprintf(stderr, "csv_fuzz: %s\n", what);
  abort();
}

/* A copy of exactly these bytes, so that the sanitizer sees a read past their end. */
static uint8_t *exact_copy(const uint8_t *data, size_t size) {
  uint8_t *copy = base_alloc(size + 1);
  if (size > 0) memcpy(copy, data, size);
  return realloc(copy, size > 0 ? size : 1);
}

static void tell_row(const data_csv_row *row, base_buffer *told) {
  data_append_array(told, row->count + 2);
  for (size_t i = 0; i < row->count; i++) data_append_binary(told, row->fields[i]);
  data_append_integer(told, (int64_t)(row->lines + row->blank_lines));
  data_append_boolean(told, row->unclosed);
}

/* All rows of the file, which comes in steps of that many bytes. */
static void tell_file(const uint8_t *data, size_t size, size_t step, base_buffer *told) {
  data_csv *csv = data_csv_new();
  data_csv_row row;
  size_t from = 0;
  for (size_t come = 0; come < size || size == 0;) {
    come = step < size - come ? come + step : size;
    uint8_t *copy = exact_copy(data + from, come - from);
    base_slice piece = base_slice_make(copy, come - from);
    bool last = come == size;
    while (data_csv_read(csv, piece, last, &row) == DATA_CSV_ROW) {
      require(row.bytes > 0 && row.bytes <= piece.size,
              "a row takes nothing, or more than is there");
      tell_row(&row, told);
      piece = base_slice_after(piece, row.bytes);
    }
    from = come - piece.size;
    free(copy);
    if (last) break;
  }
  data_csv_free(csv);
}

static void read_fields(data_decoder *decoder, const data_csv_row *row) {
  static const data_field fields[] = {{.name = "值", .kind = DATA_KIND_MONEY},
                                      {.name = "值", .kind = DATA_KIND_DATE},
                                      {.name = "值", .kind = DATA_KIND_TAGS},
                                      {.name = "值", .kind = DATA_KIND_MAP}};
  const data_cell_rules rules = {.decimals = 2};
  for (size_t i = 0; i < row->count; i++) {
    base_buffer text = {0};
    base_buffer value = {0};
    base_error error = {.language = BASE_ZH};
    if (data_decoder_read(decoder, row->fields[i], &text)) {
      require(data_text_valid(base_buffer_slice(&text)), "what was decoded is not UTF-8");
      (void)data_cell_read(&fields[i % 4], base_buffer_slice(&text), &rules, BASE_VALIDATION_FAILED,
                           &value, &error);
    }
    base_buffer_fini(&text);
    base_buffer_fini(&value);
  }
}

/* Reads one row, writes it, and reads that again. */
static void write_again(data_csv *again, const data_csv_row *row) {
  base_buffer written = {0};
  data_csv_row second;
  for (size_t i = 0; i < row->count; i++) data_csv_append(row->fields[i], i == 0, &written);
  data_csv_append_end(&written);
  data_csv_state state = data_csv_read(again, base_buffer_slice(&written), true, &second);
  bool blank = row->count == 0 || (row->count == 1 && row->fields[0].size == 0);
  require(blank || (state == DATA_CSV_ROW && second.count == row->count), "a row is lost");
  for (size_t i = 0; !blank && i < row->count; i++) {
    require(base_slice_equal(row->fields[i], second.fields[i]), "a field is written as another");
  }
  base_buffer_fini(&written);
}

static void use_rows(base_slice file, data_encoding encoding) {
  data_csv *csv = data_csv_new();
  data_csv *again = data_csv_new();
  data_decoder *decoder = data_decoder_new(encoding);
  data_csv_row row;
  while (data_csv_read(csv, file, true, &row) == DATA_CSV_ROW) {
    read_fields(decoder, &row);
    write_again(again, &row);
    file = base_slice_after(file, row.bytes);
  }
  data_decoder_free(decoder);
  data_csv_free(again);
  data_csv_free(csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  base_buffer whole = {0};
  base_buffer dribbled = {0};
  if (size > 4096) return 0;
  uint8_t *copy = exact_copy(data, size);
  base_slice file = base_slice_make(copy, size);
  data_encoding encoding = data_encoding_guess(file);
  size_t mark = data_encoding_mark(file, &encoding);
  tell_file(copy, size, size, &whole);
  tell_file(copy, size, 1 + size % 7, &dribbled);
  require(base_slice_equal(base_buffer_slice(&whole), base_buffer_slice(&dribbled)),
          "dribbling changes the rows");
  use_rows(base_slice_after(file, mark), encoding);
  base_buffer_fini(&whole);
  base_buffer_fini(&dribbled);
  free(copy);
  return 0;
}
