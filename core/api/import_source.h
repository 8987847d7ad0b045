/* import_source: a file's rows, one at a time, as values by field. Inside the room only.
 *
 * Memory:  a source is its user's, ended by api_source_fini; a row lives until the next one.
 * Threads: one.
 * Fails:   a row that cannot be read has its error in ctx->error and row->code; a file that cannot be
 *          read on is BROKEN, with ctx->error; a header that cannot be used is REFUSED: nothing of the
 *          file was taken. */
#pragma once

#include "api/import.h"

#define API_SOURCE_VALUE_MAX 200 /* bytes of a value that a result repeats */

typedef struct api_source {
  api_import *import;
  data_csv *csv;
  data_decoder *decoder;
  data_cell_rules rules;
  size_t row_bytes;   /* import.row_bytes */
  data_csv_row cells; /* the CSV row under way */
} api_source;

typedef enum api_source_state {
  API_SOURCE_ROW,
  API_SOURCE_BLANK, /* bytes that hold no row: a header, a mark, an empty row */
  API_SOURCE_MORE,
  API_SOURCE_END,
  API_SOURCE_BROKEN,
  API_SOURCE_REFUSED
} api_source_state;

typedef struct api_source_row {
  size_t bytes;           /* taken from the file */
  size_t lines_before;    /* blank ones */
  size_t lines;           /* of its own */
  const model_type *type; /* NULL: a timer or a link, see values */
  base_slice values;      /* msgpack map by field */
  base_code code;         /* BASE_OK, or why there are no values … */
  base_slice value;       /* … and what stood in the field at fault, as text */
} api_source_row;

void api_source_init(api_source *source, api_import *import);
void api_source_fini(api_source *source);

/* The row at the front of `bytes`; `first`: they are the file's first ones. */
api_source_state api_source_next(api_source *source, base_slice bytes, bool first, bool last,
                                 api_source_row *row);

/* What the row has in that field, as text; empty when it has nothing. */
base_slice api_source_value(api_source *source, const api_source_row *row, const char *field);

/* --- what its files share --- */

/* No row ends within the bytes that one may have: BROKEN. */
api_source_state api_source_long(api_source *source);

/* The first row that is more than ASCII decides on the encoding, with all bytes that are there. */
void api_source_guess(api_source *source, base_slice bytes, size_t row);

api_source_state api_source_csv(api_source *source, base_slice bytes, bool last,
                                api_source_row *row);
base_slice api_source_csv_value(api_source *source, base_slice field);
api_source_state api_source_json(api_source *source, base_slice bytes, bool last,
                                 api_source_row *row);
api_source_state api_source_msgpack(api_source *source, base_slice bytes, bool last,
                                    api_source_row *row);
base_slice api_source_map_value(crm_ctx *ctx, base_slice values, base_slice field);

/* --- import_columns.c --- */

/* Reads the header into import->columns and import->ignored. INVALID_ARGUMENT names the column. */
base_code api_source_header(api_source *source, const data_csv_row *header);

/* The field that a name of the file means: by the mapping, else by name or label. NULL: it is left out,
 * or, when not `known`, nothing has that name. */
const data_field *api_source_field(const api_import *import, const model_type *type,
                                   base_slice name, bool *known);

/* --- import_reference.c --- */

/* The record that a text means: by its number, a unique value, or an indexed title. */
base_code api_source_reference(crm_ctx *ctx, const data_field *field, base_slice text, int64_t *id);
