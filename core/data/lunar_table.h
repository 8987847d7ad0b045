/* lunar_table: the months of the lunar years, one word each. Inside the room only.
 *
 *   bits 0 to 12   one per month of the year, in order: set when it has 30 days, else it has 29
 *   bits 13 to 16  the month that is there twice, or 0
 *   bits 17 to 22  days from 1 January to the first day of the lunar year
 *
 * Memory:  static.  Threads: any.  Fails: never. */
#pragma once

#include "data/lunar.h"

#define DATA_LUNAR_YEARS (DATA_LUNAR_LAST_YEAR - DATA_LUNAR_FIRST_YEAR + 1)

extern const uint32_t data_lunar_years[DATA_LUNAR_YEARS];
