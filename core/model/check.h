/* check: every record against its indexes and every index row against its record, rows of the text
 * table included; links and aliases against both their ends; for `haoke verify` and for tests.
 *
 * Memory:  none kept.  Threads: one; reads a view.
 * Fails:   INTERNAL with the first finding; all findings go to `found`. */
#pragma once

#include "model/ctx.h"

typedef struct model_check_report {
  int64_t records;
  int64_t index_rows;
  int64_t unique_rows;
  int64_t text_rows;
  int64_t timers;
  int64_t links; /* rows: two for each */
  int64_t aliases;
  int64_t findings;
} model_check_report;

base_code model_check(crm_ctx *ctx, void (*found)(const char *finding, void *self), void *self,
                      model_check_report *report);
