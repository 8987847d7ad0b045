/* decimal: numbers as text. See decimal.h.
 *
 * Memory:  values.  Threads: any.  Fails: see decimal.h.
 *
 * A key begins with the sign (0 negative, 1 zero, 2 positive), then the place of the point behind
 * the first digit that counts, then the digits. Of a negative number place and digits are taken
 * from nine, and a ~ behind them makes the shorter, which is nearer to zero, the greater. */
#include "data/decimal.h"

#include <stdio.h>

#define PLACE_ZERO 20 /* two digits hold places from -17 to 38 */

typedef struct parts {
  bool negative;
  base_slice whole;    /* digits without zeros before */
  base_slice fraction; /* digits without zeros behind */
} parts;

static size_t digits_at(base_slice text) {
  size_t count = 0;
  while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9') count++;
  return count;
}

static bool split(base_slice text, parts *out) {
  bool sign = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+');
  *out = (parts){.negative = sign && text.data[0] == '-', .fraction = base_slice_make("", 0)};
  if (sign) text = base_slice_after(text, 1);
  out->whole = base_slice_make(text.data, digits_at(text));
  text = base_slice_after(text, out->whole.size);
  if (text.size > 0 && text.data[0] == '.') {
    text = base_slice_after(text, 1);
    out->fraction = base_slice_make(text.data, digits_at(text));
    text = base_slice_after(text, out->fraction.size);
  }
  if (text.size > 0 || out->whole.size + out->fraction.size == 0) return false;
  while (out->whole.size > 0 && out->whole.data[0] == '0') {
    out->whole = base_slice_after(out->whole, 1);
  }
  while (out->fraction.size > 0 && out->fraction.data[out->fraction.size - 1] == '0') {
    out->fraction.size--;
  }
  return true;
}

bool data_decimal_read(base_slice typed, char out[DATA_DECIMAL_SIZE]) {
  parts number;
  if (!split(typed, &number)) return false;
  if (number.fraction.size > DATA_DECIMAL_SCALE) return false;
  if (number.whole.size + number.fraction.size > DATA_DECIMAL_DIGITS) return false;
  bool zero = number.whole.size + number.fraction.size == 0;
  (void)snprintf(out, DATA_DECIMAL_SIZE, "%s%.*s%s%.*s", number.negative && !zero ? "-" : "",
                 number.whole.size > 0 ? (int)number.whole.size : 1,
                 number.whole.size > 0 ? (const char *)number.whole.data : "0",
                 number.fraction.size > 0 ? "." : "", (int)number.fraction.size,
                 (const char *)number.fraction.data);
  return true;
}

/* How many digits stand before the point; less than 0 by the zeros that follow it. */
static int place_of(const parts *number) {
  int place = (int)number->whole.size;
  if (place > 0) return place;
  for (size_t i = 0; i < number->fraction.size && number->fraction.data[i] == '0'; i++) place--;
  return place;
}

static void add_digits(char *out, size_t *size, base_slice digits, bool negative) {
  for (size_t i = 0; i < digits.size; i++) {
    out[(*size)++] = (char)(negative ? '9' - digits.data[i] + '0' : digits.data[i]);
  }
}

void data_decimal_key(base_slice number, char out[DATA_DECIMAL_KEY_SIZE]) {
  parts read;
  size_t size = 0;
  bool zero = !split(number, &read) || read.whole.size + read.fraction.size == 0;
  if (zero) {
    memcpy(out, "1", 2);
    return;
  }
  int place = place_of(&read);
  char head[2] = {(char)('0' + (place + PLACE_ZERO) / 10), (char)('0' + (place + PLACE_ZERO) % 10)};
  if (place < 0) read.fraction = base_slice_after(read.fraction, (size_t)-place);
  out[size++] = read.negative ? '0' : '2';
  add_digits(out, &size, base_slice_make(head, 2), read.negative);
  /* Zeros at the end say nothing: 1200 and 1.2 have the same digits. */
  if (read.fraction.size == 0) {
    while (read.whole.data[read.whole.size - 1] == '0') read.whole.size--;
  }
  add_digits(out, &size, read.whole, read.negative);
  add_digits(out, &size, read.fraction, read.negative);
  if (read.negative) out[size++] = '~';
  out[size] = '\0';
}

int data_decimal_compare(base_slice a, base_slice b) {
  char left[DATA_DECIMAL_KEY_SIZE];
  char right[DATA_DECIMAL_KEY_SIZE];
  data_decimal_key(a, left);
  data_decimal_key(b, right);
  return strcmp(left, right);
}
