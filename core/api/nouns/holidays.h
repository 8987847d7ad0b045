/* holidays: the statutory holidays and make-up days that a new data directory begins with. Inside
 * the room only.
 *
 * Memory:  static.  Threads: any.  Fails: as model_record_create. */
#pragma once

#include "model/model.h"

/* Days in a row that are alike, by one notice. */
typedef struct api_holiday {
  const char *first; /* NULL ends the table */
  const char *last;
  bool worked; /* a weekend day that is worked (调休) */
  const char *name;
  const char *source;
} api_holiday;

extern const api_holiday api_holidays[];

/* Writes each day as a record of type `calendar`. */
base_code api_holidays_write(crm_ctx *ctx, const model_type *calendar);
