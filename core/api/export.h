/* export: one piece of an export under way: which rows it has, and in what form. Inside the room only;
 * nouns/export.c has the op.
 *
 * Memory:  the buffers are the op's; the rest lies in its arena.
 * Threads: one.
 * Fails:   api_export_columns: INVALID_ARGUMENT for a field that the type does not have. */
#pragma once

#include "api/execution.h"

typedef enum api_export_format {
  API_EXPORT_JSONL,
  API_EXPORT_MSGPACK,
  API_EXPORT_CSV
} api_export_format;

typedef struct api_export {
  crm_ctx *ctx;
  base_slice params;
  api_export_format format;
  const model_type *only; /* NULL: everything */
  size_t column_count;
  const data_field **columns; /* of CSV */
  data_cell_rules rules;
  int64_t limit;
  size_t bytes;
  base_buffer data;
  int64_t rows;
  base_buffer next; /* text; empty: there is no more */
} api_export;

bool api_export_full(const api_export *e);

/* Chooses the columns of CSV: those asked for, or all. */
base_code api_export_columns(api_export *e);

/* The header of CSV: names, or labels in the session's language; before it, when asked for, the mark by
 * which spreadsheets know UTF-8. */
void api_export_header(api_export *e);

/* Appends a record, or any other map, as the format has it. */
void api_export_row(api_export *e, base_slice record);
