/* decimal: exact decimal numbers as text: "12.5", "-0.003". For prices per kilogram, rates, doses:
 * what money's minor units cannot say and a float would round.
 *
 * One number has one text: no "+", no zeros before or behind that say nothing, "0" for every zero.
 *
 * Memory:  values.  Threads: any.  Fails: false for texts that are no such number, or too long. */
#pragma once

#include "base/slice.h"

#define DATA_DECIMAL_DIGITS 38 /* before and behind the point together */
#define DATA_DECIMAL_SCALE 18  /* behind the point */
#define DATA_DECIMAL_SIZE 42   /* with sign, point, a zero before the point, and a NUL */

/* Takes "+1", ".5", "5.", "007.10" too; no exponent and no thousands. */
bool data_decimal_read(base_slice typed, char out[DATA_DECIMAL_SIZE]);

/* A text whose byte order is the order of the numbers: what indexes keep and comparisons look at.
 * `number` is one that data_decimal_read wrote. */
#define DATA_DECIMAL_KEY_SIZE 44
void data_decimal_key(base_slice number, char out[DATA_DECIMAL_KEY_SIZE]);

/* Returns <0, 0, >0 for two numbers that data_decimal_read wrote. */
int data_decimal_compare(base_slice a, base_slice b);
