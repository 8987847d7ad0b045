/* import_source: what a file begins with, what its encoding is, and which format goes where. See
 * import_source.h; import_csv.c and import_maps.c read the rows.
 *
 * Memory:  values in the ctx's arena.  Threads: one.  Fails: see the header. */
#include "api/import_source.h"

#define MARK_MAX 4

/* The end of a file that is no whole row yet has to fit into a commit beside everything else. */
static size_t row_bytes_of(const api_import *import) {
  const api_engine *engine = api_execution_of(import->ctx)->engine;
  size_t most = store_change_set_room(import->ctx->set) / 4;
  size_t asked = api_engine_options_get(engine)->import.row_bytes;
  return asked < most ? asked : most;
}

void api_source_init(api_source *source, api_import *import) {
  const api_engine_options *options = api_engine_options_get(api_execution_of(import->ctx)->engine);
  *source = (api_source){
      .import = import,
      .csv = data_csv_new(),
      .decoder = data_decoder_new(import->encoded ? import->encoding : DATA_UTF8),
      .rules = {.zone = import->ctx->zone, .decimals = data_money_decimals(options->currency)},
      .row_bytes = row_bytes_of(import)};
}

void api_source_fini(api_source *source) {
  data_csv_free(source->csv);
  data_decoder_free(source->decoder);
}

api_source_state api_source_long(api_source *source) {
  (void)model_ctx_fail(source->import->ctx, BASE_TOO_LARGE, "data",
                       "从第 %lld 行起没有一行在 %zu 字节（import.row_bytes）内结束："
                       "是否有引号没有配对？",
                       "from line %lld on no row ends within %zu bytes (import.row_bytes): is a "
                       "quote never closed?",
                       (long long)source->import->line + 1, source->row_bytes);
  return API_SOURCE_BROKEN;
}

/* --- encoding ------------------------------------------------------------------------------------ */

static bool is_ascii(base_slice bytes) {
  for (size_t i = 0; i < bytes.size; i++) {
    if (bytes.data[i] >= 0x80) return false;
  }
  return true;
}

static void use_encoding(api_source *source, data_encoding encoding) {
  source->import->encoded = true;
  source->import->encoding = encoding;
  data_decoder_free(source->decoder);
  source->decoder = data_decoder_new(encoding);
}

void api_source_guess(api_source *source, base_slice bytes, size_t row) {
  if (source->import->encoded || is_ascii(base_slice_make(bytes.data, row))) return;
  use_encoding(source, data_encoding_guess(bytes));
}

static bool is_utf16(base_slice bytes) {
  return bytes.size >= 2 && (bytes.data[0] ^ bytes.data[1]) == 1 && bytes.data[0] >= 0xfe;
}

/* Takes the byte order mark at the front of the file; ROW when there is none. */
static api_source_state take_mark(api_source *source, base_slice bytes, bool last,
                                  api_source_row *row) {
  data_encoding encoding = DATA_UTF8;
  if (is_utf16(bytes)) {
    (void)model_ctx_fail(source->import->ctx, BASE_INVALID_ARGUMENT, "data",
                         "文件是 UTF-16：请另存为 CSV UTF-8",
                         "the file is UTF-16: save it as CSV UTF-8");
    return API_SOURCE_REFUSED;
  }
  if (bytes.size < MARK_MAX && !last) return API_SOURCE_MORE;
  row->bytes = data_encoding_mark(bytes, &encoding);
  if (row->bytes == 0) return API_SOURCE_ROW;
  use_encoding(source, encoding);
  return API_SOURCE_BLANK;
}

/* --- rows ---------------------------------------------------------------------------------------- */

api_source_state api_source_next(api_source *source, base_slice bytes, bool first, bool last,
                                 api_source_row *row) {
  *row = (api_source_row){.bytes = 0};
  if (source->import->format == API_IMPORT_MSGPACK) {
    return api_source_msgpack(source, bytes, last, row);
  }
  if (first) {
    api_source_state state = take_mark(source, bytes, last, row);
    if (state != API_SOURCE_ROW) return state;
  }
  return source->import->format == API_IMPORT_JSONL ? api_source_json(source, bytes, last, row)
                                                    : api_source_csv(source, bytes, last, row);
}

base_slice api_source_value(api_source *source, const api_source_row *row, const char *field) {
  base_slice name = base_slice_make(field, strcspn(field, ".["));
  return source->import->format == API_IMPORT_CSV
             ? api_source_csv_value(source, name)
             : api_source_map_value(source->import->ctx, row->values, name);
}
