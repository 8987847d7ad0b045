/* key: the order of bytes is the order of tuples, and what was written reads back. */
#include "data/key.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/random.h"
#include "data/text.h"

static data_value integer_part(int64_t value) {
  return (data_value){.type = DATA_INTEGER, .as.integer = value};
}

static data_value text_part(const void *bytes, size_t size) {
  return (data_value){.type = DATA_TEXT, .as.bytes = base_slice_make(bytes, size)};
}

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

#define PARTS 4

typedef struct tuple {
  size_t count;
  data_value parts[PARTS];
  uint8_t texts[PARTS][8];
} tuple;

/* Integers cluster around every power of two, texts are short and made of few bytes, so that equal
 * beginnings are frequent. */
static data_value random_part(uint8_t text[8]) {
  static const uint8_t alphabet[] = {0x00, 0x01, 0x02, 'a', 'b', 0x7f};
  data_value part = {.type = DATA_NIL};
  size_t size = next_random() % 6;
  switch (next_random() % 8) {
    case 0:
      return part;
    case 1:
      part.type = DATA_BOOLEAN;
      part.as.boolean = next_random() % 2 == 1;
      return part;
    case 2:
    case 3:
    case 4: {
      uint64_t value = ((uint64_t)1 << next_random() % 64) + next_random() % 3 - 1;
      return integer_part((int64_t)(next_random() % 2 ? value : 0 - value));
    }
    default:
      for (size_t i = 0; i < size; i++) text[i] = alphabet[next_random() % sizeof alphabet];
      return text_part(text, size);
  }
}

static void random_tuple(tuple *made, data_key *key) {
  data_key_init(key);
  made->count = 1 + next_random() % PARTS;
  for (size_t i = 0; i < made->count; i++) {
    made->parts[i] = random_part(made->texts[i]);
    data_key_value(key, made->parts[i], DATA_KEY_CUT);
  }
}

static int compare_tuples(const tuple *a, const tuple *b) {
  for (size_t i = 0; i < a->count && i < b->count; i++) {
    int order = data_compare(a->parts[i], b->parts[i]);
    if (order != 0) return order;
  }
  return (a->count > b->count) - (a->count < b->count);
}

/* Gives b the parts of a but for its last. */
static void begin_alike(const tuple *a, tuple *b, data_key *key_b) {
  data_value last = b->parts[0];
  b->count = a->count;
  data_key_init(key_b);
  for (size_t i = 0; i < b->count; i++) {
    b->parts[i] = i + 1 < b->count ? a->parts[i] : last;
    data_key_value(key_b, b->parts[i], DATA_KEY_CUT);
  }
}

static int sign(int order) {
  return (order > 0) - (order < 0);
}

static void bytes_sort_as_tuples_do(void **state) {
  (void)state;
  for (int round = 0; round < 300000; round++) {
    tuple a, b;
    data_key key_a, key_b;
    random_tuple(&a, &key_a);
    random_tuple(&b, &key_b);
    if (next_random() % 2) begin_alike(&a, &b, &key_b);
    int bytes = base_slice_compare(data_key_slice(&key_a), data_key_slice(&key_b));
    assert_int_equal(sign(bytes), sign(compare_tuples(&a, &b)));
  }
}

static void parts_read_back(void **state) {
  (void)state;
  for (int round = 0; round < 50000; round++) {
    tuple made;
    data_key key;
    random_tuple(&made, &key);
    base_slice rest = data_key_slice(&key);
    for (size_t i = 0; i < made.count; i++) {
      data_value part;
      uint8_t scratch[DATA_KEY_MAX];
      assert_true(data_key_read(&rest, &part, scratch));
      assert_int_equal(part.type, made.parts[i].type);
      assert_int_equal(data_compare(part, made.parts[i]), 0);
    }
    assert_int_equal(rest.size, 0);
  }
}

static void integers_at_the_borders(void **state) {
  (void)state;
  static const int64_t ascending[] = {
      INT64_MIN, INT64_MIN + 1, -65536, -65535,        -256,     -255, -1, 0,
      1,         255,           256,    INT64_MAX - 1, INT64_MAX};
  data_key before;
  data_key_init(&before);
  data_key_boolean(&before, true);
  for (size_t i = 0; i < sizeof ascending / sizeof ascending[0]; i++) {
    data_key key;
    data_key_init(&key);
    data_key_integer(&key, ascending[i]);
    assert_true(base_slice_compare(data_key_slice(&before), data_key_slice(&key)) < 0);
    base_slice rest = data_key_slice(&key);
    data_value part;
    uint8_t scratch[DATA_KEY_MAX];
    assert_true(data_key_read(&rest, &part, scratch));
    assert_true(part.as.integer == ascending[i]);
    before = key;
  }
}

static void long_text_is_cut_at_a_character(void **state) {
  (void)state;
  char address[3 * 100 + 1] = "";
  for (int i = 0; i < 100; i++) memcpy(address + i * 3, "济", 3);
  data_key key;
  data_key_init(&key);
  data_key_text(&key, base_slice_make(address, 300), DATA_KEY_CUT);
  base_slice rest = data_key_slice(&key);
  data_value part;
  uint8_t scratch[DATA_KEY_MAX];
  assert_true(data_key_read(&rest, &part, scratch));
  assert_int_equal(part.as.bytes.size, 159);
  assert_true(data_text_valid(part.as.bytes));
}

static void long_text_is_hashed_for_unique_keys(void **state) {
  (void)state;
  char typed[400];
  memset(typed, 'a', sizeof typed);
  data_key first, second, short_one;
  data_key_init(&first);
  data_key_text(&first, base_slice_make(typed, sizeof typed), DATA_KEY_HASH);
  typed[399] = 'b';
  data_key_init(&second);
  data_key_text(&second, base_slice_make(typed, sizeof typed), DATA_KEY_HASH);
  assert_int_equal(first.size, second.size);
  assert_memory_not_equal(first.bytes, second.bytes, first.size);
  base_slice rest = data_key_slice(&first);
  data_value part;
  uint8_t scratch[DATA_KEY_MAX];
  assert_true(data_key_read(&rest, &part, scratch));
  assert_int_equal(part.type, DATA_BINARY);
  data_key_init(&short_one);
  data_key_text(&short_one, base_slice_make(typed, DATA_KEY_TEXT_MAX), DATA_KEY_HASH);
  rest = data_key_slice(&short_one);
  assert_true(data_key_read(&rest, &part, scratch));
  assert_int_equal(part.type, DATA_TEXT);
  assert_int_equal(part.as.bytes.size, DATA_KEY_TEXT_MAX);
}

/* Six parts of the worst text, all NULs, do not fit: the key stays within its size and readable. */
static void a_key_never_grows_beyond_its_limit(void **state) {
  (void)state;
  static const char nuls[200];
  for (int when_long = DATA_KEY_CUT; when_long <= DATA_KEY_HASH; when_long++) {
    data_key key;
    data_key_init(&key);
    for (int i = 0; i < 6; i++) {
      data_key_text(&key, base_slice_make(nuls, sizeof nuls), (data_key_long)when_long);
      data_key_text(&key, base_slice_make(nuls, 150), (data_key_long)when_long);
      data_key_integer(&key, INT64_MIN);
    }
    for (int i = 0; i < DATA_KEY_MAX; i++) data_key_nil(&key);
    assert_int_equal(key.size, DATA_KEY_MAX);
    base_slice rest = data_key_slice(&key);
    data_value part;
    uint8_t scratch[DATA_KEY_MAX];
    while (rest.size > 0) assert_true(data_key_read(&rest, &part, scratch));
  }
}

static void a_prefix_begins_what_it_should(void **state) {
  (void)state;
  static const char *const names[] = {"王", "王芳", "王丽", "李静", "w", ""};
  data_key prefix;
  data_key_init(&prefix);
  data_key_integer(&prefix, 3);
  data_key_text_prefix(&prefix, base_slice_text("王"));
  data_key end = prefix;
  data_key_successor(&end);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    data_key key;
    data_key_init(&key);
    data_key_integer(&key, 3);
    data_key_text(&key, base_slice_text(names[i]), DATA_KEY_CUT);
    data_key_integer(&key, (int64_t)i);
    bool expected = base_slice_starts(base_slice_text(names[i]), base_slice_text("王"));
    assert_int_equal(base_slice_starts(data_key_slice(&key), data_key_slice(&prefix)), expected);
    bool within = base_slice_compare(data_key_slice(&prefix), data_key_slice(&key)) <= 0 &&
                  base_slice_compare(data_key_slice(&key), data_key_slice(&end)) < 0;
    assert_int_equal(within, expected);
  }
}

/* A whole text part begins only tuples with that very text, not longer texts. */
static void a_whole_part_begins_no_longer_text(void **state) {
  (void)state;
  data_key whole, longer;
  data_key_init(&whole);
  data_key_text(&whole, base_slice_make("a", 1), DATA_KEY_CUT);
  data_key_init(&longer);
  data_key_text(&longer, base_slice_make("a\0b", 3), DATA_KEY_CUT);
  assert_false(base_slice_starts(data_key_slice(&longer), data_key_slice(&whole)));
}

static void the_successor_is_the_least_greater_key(void **state) {
  (void)state;
  data_key key = {.size = 3, .bytes = {0x30, 0xff, 0xff}};
  data_key_successor(&key);
  assert_int_equal(key.size, 1);
  assert_int_equal(key.bytes[0], 0x31);
  data_key_init(&key);
  data_key_successor(&key);
  assert_int_equal(key.size, 1);
  assert_int_equal(key.bytes[0], 0xff);
}

static void other_values_count_as_their_nearest_part(void **state) {
  (void)state;
  data_key key;
  data_key_init(&key);
  data_key_value(&key, (data_value){.type = DATA_FLOAT, .as.number = 2.9}, DATA_KEY_CUT);
  data_key_value(&key, (data_value){.type = DATA_FLOAT, .as.number = 1e300}, DATA_KEY_CUT);
  data_key_value(&key, (data_value){.type = DATA_FLOAT, .as.number = -1e300}, DATA_KEY_CUT);
  data_key_value(&key, (data_value){.type = DATA_MAP}, DATA_KEY_CUT);
  base_slice rest = data_key_slice(&key);
  data_value part;
  uint8_t scratch[DATA_KEY_MAX];
  assert_true(data_key_read(&rest, &part, scratch));
  assert_true(part.as.integer == 2);
  assert_true(data_key_read(&rest, &part, scratch));
  assert_true(part.as.integer == INT64_MAX);
  assert_true(data_key_read(&rest, &part, scratch));
  assert_true(part.as.integer == INT64_MIN);
  assert_true(data_key_read(&rest, &part, scratch));
  assert_int_equal(part.type, DATA_NIL);
}

static void broken_keys_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
  } broken[] = {{"", 0},         {"\x00", 1},         {"\x04", 1},         {"\x1a\x01", 2},
                {"\x16\x01", 2}, {"\x30\x61", 2},     {"\x30", 1},         {"\x31", 1},
                {"\xff", 1},     {"\x31\x01\x02", 3}, {"\x30\x61\x01", 3}, {"\x21", 1},
                {"\x0f", 1}};
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    base_slice rest = base_slice_make(broken[i].bytes, broken[i].size);
    data_value part;
    uint8_t scratch[DATA_KEY_MAX];
    assert_false(data_key_read(&rest, &part, scratch));
    assert_int_equal(rest.size, broken[i].size);
  }
}

int main(void) {
  base_random_init();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_sort_as_tuples_do),
      cmocka_unit_test(parts_read_back),
      cmocka_unit_test(integers_at_the_borders),
      cmocka_unit_test(long_text_is_cut_at_a_character),
      cmocka_unit_test(long_text_is_hashed_for_unique_keys),
      cmocka_unit_test(a_key_never_grows_beyond_its_limit),
      cmocka_unit_test(a_prefix_begins_what_it_should),
      cmocka_unit_test(a_whole_part_begins_no_longer_text),
      cmocka_unit_test(the_successor_is_the_least_greater_key),
      cmocka_unit_test(other_values_count_as_their_nearest_part),
      cmocka_unit_test(broken_keys_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
