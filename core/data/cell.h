/* cell: one value of a field as people write it in a table, and back.
 *
 * Written: money with its decimals ("12.50"), dates as they are, instants as RFC 3339 in the zone,
 * tags and lists of texts with "; " between, maps and other lists as JSON, booleans true and false.
 *
 * Read besides: 2026/3/7, 2026.3.7, 20260307 and 2026年3月7日; 是 否 yes no 1 0; "1,234.50", "¥12.5",
 * full-width digits; ； 、 and ; between tags. What no rule here knows is handed on as text, and the
 * validator says what it wants.
 *
 * A text that a spreadsheet would take for a formula is written with ' in front, and read without.
 *
 * Memory:  results are appended to the caller's buffer.
 * Threads: any.
 * Fails:   data_cell_read: with the caller's code, naming the field. */
#pragma once

#include "data/field.h"
#include "data/zone.h"

typedef struct data_cell_rules {
  const data_zone *zone;
  unsigned decimals; /* of money: data_money_decimals */
} data_cell_rules;

/* Decimals of a currency's minor unit (ISO 4217): 2 for "CNY", 0 for "JPY". */
unsigned data_money_decimals(base_slice currency);

/* Appends the value that `text` stands for as msgpack; nil when it is blank. */
base_code data_cell_read(const data_field *field, base_slice text, const data_cell_rules *rules,
                         base_code code, base_buffer *out, base_error *error);

/* Appends the value as text; nothing for nil. */
void data_cell_append(const data_field *field, data_value value, const data_cell_rules *rules,
                      base_buffer *out);
