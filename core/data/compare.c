/* compare: the total order of values. See read.h.
 *
 * Memory:  none.  Threads: any.  Fails: never. */
#include "data/read.h"

static int order_of(int64_t a, int64_t b) {
  return a < b ? -1 : a > b;
}

/* Exact also where a double cannot hold the integer. */
static int compare_mixed(int64_t integer, double number) {
  if (!(number < 0x1p63)) return -1;
  if (number < -0x1p63) return 1;
  int64_t whole = (int64_t)number;
  if (integer != whole) return order_of(integer, whole);
  double fraction = number - (double)whole;
  return fraction > 0 ? -1 : fraction < 0;
}

static int compare_numbers(data_value a, data_value b) {
  if (a.type == DATA_INTEGER && b.type == DATA_INTEGER) {
    return order_of(a.as.integer, b.as.integer);
  }
  if (a.type == DATA_INTEGER) return compare_mixed(a.as.integer, b.as.number);
  if (b.type == DATA_INTEGER) return -compare_mixed(b.as.integer, a.as.number);
  return a.as.number < b.as.number ? -1 : a.as.number > b.as.number;
}

/* Like dictionaries: the first difference decides, and what ends first is less. */
static int compare_contents(data_value a, data_value b) {
  data_walk left = data_walk_begin(a.raw);
  data_walk right = data_walk_begin(b.raw);
  while (true) {
    bool more_left = data_walk_next(&left);
    bool more_right = data_walk_next(&right);
    if (!more_left || !more_right) return (int)more_left - (int)more_right;
    int order = left.map ? data_compare(left.key, right.key) : 0;
    if (order == 0) order = data_compare(left.value, right.value);
    if (order != 0) return order;
  }
}

static int rank_of(data_type type) {
  static const int ranks[] = {
      [DATA_NIL] = 0,  [DATA_BOOLEAN] = 1, [DATA_INTEGER] = 2, [DATA_FLOAT] = 2,
      [DATA_TEXT] = 3, [DATA_BINARY] = 3,  [DATA_ARRAY] = 4,   [DATA_MAP] = 5};
  return ranks[type];
}

/* Contents nest no deeper than the scanner let pass. */
int data_compare(data_value a, data_value b) {
  if (rank_of(a.type) != rank_of(b.type)) return order_of(rank_of(a.type), rank_of(b.type));
  switch (a.type) {
    case DATA_NIL:
      return 0;
    case DATA_BOOLEAN:
      return (int)a.as.boolean - (int)b.as.boolean;
    case DATA_INTEGER:
    case DATA_FLOAT:
      return compare_numbers(a, b);
    case DATA_TEXT:
    case DATA_BINARY: {
      int order = base_slice_compare(a.as.bytes, b.as.bytes);
      return order != 0 ? order : order_of(a.type, b.type);
    }
    case DATA_ARRAY:
    case DATA_MAP:
      return compare_contents(a, b);
  }
  return 0;
}
