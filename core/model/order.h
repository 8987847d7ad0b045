/* order: in what order a list comes, and the cursor that says where its next page begins. Inside the
 * room only.
 *
 * Every order ends with the id, so that no two records are equal. Values are compared in the form that
 * index keys keep (phones normalised, texts cut), so that sorting and indexes agree.
 *
 * Memory:  in the ctx's arena.
 * Threads: one per ctx.
 * Fails:   INVALID_ARGUMENT for an unknown field, a field named twice, a broken or foreign cursor. */
#pragma once

#include "model/ctx.h"

#define MODEL_ORDER_MAX 7 /* six fields and the id */

typedef struct model_order_term {
  const data_field *field;
  bool descending;
} model_order_term;

typedef struct model_order {
  size_t count; /* the last term is the id */
  model_order_term terms[MODEL_ORDER_MAX];
} model_order;

/* `list` is a msgpack array of names, "-" before one for descending; or empty. */
base_code model_order_read(crm_ctx *ctx, const model_type *type, base_slice list,
                           model_order *order);

/* A row of a list: the record and the values it is ordered by. */
typedef struct model_row {
  base_slice record;
  data_value values[MODEL_ORDER_MAX];
} model_row;

/* Fills in the values of the row's record. */
void model_order_values(crm_ctx *ctx, const model_order *order, model_row *row);
int model_order_compare(const model_order *order, const model_row *a, const model_row *b);

/* Bytes as the text of a cursor, and back; false when the text is none. */
base_slice model_cursor_text(crm_ctx *ctx, base_slice bytes);
bool model_cursor_bytes(crm_ctx *ctx, base_slice text, base_slice *bytes);

/* The text cursor that continues behind the row. `query` fingerprints type, where and order. */
base_slice model_cursor_write(crm_ctx *ctx, const model_order *order, uint64_t query,
                              const model_row *row);
base_code model_cursor_read(crm_ctx *ctx, const model_order *order, uint64_t query,
                            base_slice cursor, model_row *row);
