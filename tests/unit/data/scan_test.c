/* scan: what passes, what is refused and when, and that dribbling changes nothing (house, section 9). */
#include "data/scan.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "data/append.h"
#include "data/text.h"

static const data_limits roomy = {
    .bytes = 1 << 24, .depth = 16, .items = 1 << 22, .map_entries = 1 << 20};

#define BYTES(literal) base_slice_make((literal), sizeof(literal) - 1)

static base_code whole(base_slice bytes, data_limits limits) {
  base_error error = {.language = BASE_EN};
  base_code code = data_scan_whole(bytes, limits, &error);
  assert_int_equal(code, error.code);
  return code;
}

static void assert_refused(base_slice bytes, const char *part) {
  base_error error = {.language = BASE_EN};
  assert_int_equal(data_scan_whole(bytes, roomy, &error), BASE_BAD_REQUEST);
  if (strstr(error.message, part) == NULL) {
    fail_msg("\"%s\" does not say \"%s\"", error.message, part);
  }
}

static void good_objects_pass(void **state) {
  (void)state;
  assert_int_equal(whole(BYTES("\xc0"), roomy), BASE_OK);
  assert_int_equal(whole(BYTES("\x94\x00\x01\xabserver.ping\x90"), roomy), BASE_OK);
  assert_int_equal(whole(BYTES("\x82\xa0\x90\xa1"
                               "a\x80"),
                         roomy),
                   BASE_OK);
  assert_int_equal(whole(BYTES("\xd9\x03\xe7\x8e\x8b"), roomy), BASE_OK);
  assert_int_equal(whole(BYTES("\xc4\x02\xff\xfe"), roomy), BASE_OK);
  assert_int_equal(whole(BYTES("\xcb\x40\x04\x00\x00\x00\x00\x00\x00"), roomy), BASE_OK);
}

static void malformed_objects_are_refused(void **state) {
  (void)state;
  assert_refused(BYTES("\xc1"), "0xc1");
  assert_refused(BYTES("\xd4\x01\x00"), "ext");
  assert_refused(BYTES("\xc7\x01\x05\x00"), "ext");
  assert_refused(BYTES("\xd8"), "ext");
  assert_refused(BYTES("\xa2\xc0\xaf"), "UTF-8");
  assert_refused(BYTES("\xa3\xed\xa0\x80"), "UTF-8");
  assert_refused(BYTES("\x81\x01\x02"), "must be text");
  assert_refused(BYTES("\x81\xc4\x01k\x02"), "must be text");
  assert_refused(BYTES("\x81\xc0\x02"), "must be text");
  assert_refused(BYTES("\xca\x7f\xc0\x00\x00"), "finite");
  assert_refused(BYTES("\xca\x7f\x80\x00\x00"), "finite");
  assert_refused(BYTES("\xcb\xff\xf0\x00\x00\x00\x00\x00\x00"), "finite");
  assert_refused(BYTES("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"), "finite");
  assert_refused(BYTES("\x92\x01"), "incomplete");
  assert_refused(BYTES(""), "incomplete");
  assert_refused(BYTES("\x01\x01"), "follows");
  assert_refused(BYTES("\x92\x00\xc1"), "byte 2");
}

static void a_key_may_not_be_twice_in_one_map(void **state) {
  (void)state;
  assert_refused(BYTES("\x82\xa4name\x01\xa4name\x02"), "name");
  assert_refused(BYTES("\x82\xa1k\x01\xd9\x01k\x02"), "k"); /* another form, the same text */
  assert_refused(BYTES("\x83\xa0\x01\xa1"
                       "a\x02\xa0\x03"),
                 "twice");
  assert_refused(BYTES("\x82\xa1"
                       "a\x82\xa1"
                       "b\x01\xa1"
                       "b\x01\xa1"
                       "c\x01"),
                 "\"b\"");
  assert_refused(BYTES("\x83\xa1"
                       "a\x81\xa1"
                       "b\x01\xa1"
                       "c\x90\xa1"
                       "a\x01"),
                 "\"a\"");
  assert_int_equal(whole(BYTES("\x82\xa1"
                               "a\x81\xa1"
                               "a\x01\xa1"
                               "b\x81\xa1"
                               "a\x01"),
                         roomy),
                   BASE_OK);
}

/* A map of `count` keys, the last of which is `last`. */
static base_slice big_map(base_buffer *out, uint32_t count, uint32_t last) {
  base_buffer_clear(out);
  data_append_map(out, count);
  for (uint32_t i = 0; i < count; i++) {
    char key[16];
    (void)snprintf(key, sizeof key, "%u", i + 1 == count ? last : i * 7919u);
    data_append_pair_integer(out, key, i);
  }
  return base_buffer_slice(out);
}

static void twins_are_found_in_maps_of_every_size(void **state) {
  (void)state;
  static const uint32_t counts[] = {2, 3, 23, 24, 25, 26, 300, 5000};
  base_buffer map = {0};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    uint32_t count = counts[i];
    assert_int_equal(whole(big_map(&map, count, 1), roomy), BASE_OK);
    assert_int_equal(whole(big_map(&map, count, 0), roomy), BASE_BAD_REQUEST);
    assert_int_equal(whole(big_map(&map, count, (count - 2) * 7919u), roomy), BASE_BAD_REQUEST);
    assert_int_equal(whole(big_map(&map, count, (count - 2) / 2 * 7919u), roomy), BASE_BAD_REQUEST);
  }
  base_buffer_fini(&map);
}

/* Each limit passes at its value and fails one below. */
static void limits_hold_exactly(void **state) {
  (void)state;
  base_slice object = BYTES(
      "\x82\xa1"
      "a\x92\x01\x92\x02\x03\xa1"
      "b\x80");
  data_limits exact = {.bytes = object.size, .depth = 3, .items = 10, .map_entries = 2};
  assert_int_equal(whole(object, exact), BASE_OK);
  data_limits less = exact;
  less.bytes--;
  assert_int_equal(whole(object, less), BASE_TOO_LARGE);
  less = exact;
  less.depth--;
  assert_int_equal(whole(object, less), BASE_TOO_LARGE);
  less = exact;
  less.items = 8;
  assert_int_equal(whole(object, less), BASE_TOO_LARGE);
  less.items = 9;
  assert_int_equal(whole(object, less), BASE_OK);
  less = exact;
  less.map_entries--;
  assert_int_equal(whole(object, less), BASE_TOO_LARGE);
}

/* Five bytes that announce gigabytes fail by themselves, without a wait for what they announce. */
static void announcements_are_refused_from_the_head_alone(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *says;
  } cases[] = {
      {"\xdb\xff\xff\xff\xff", 5, "bytes"},          {"\xc6\x40\x00\x00\x00", 5, "bytes"},
      {"\xdd\xff\xff\xff\xff", 5, "items"},          {"\xdf\xff\xff\xff\xff", 5, "entries"},
      {"\xdf\x80\x00\x00\x00", 5, "entries"},        {"\x92\x01\xdd\x00\x40\x00\x00", 7, "items"},
      {"\x81\xa1k\xdd\x00\x3f\xff\xff", 8, "items"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_error error = {.language = BASE_EN};
    data_scan scan;
    data_scan_init(&scan, roomy);
    base_slice bytes = base_slice_make(cases[i].bytes, cases[i].size);
    assert_int_equal(data_scan_run(&scan, bytes, &error), DATA_SCAN_FAILED);
    assert_int_equal(error.code, BASE_TOO_LARGE);
    assert_non_null(strstr(error.message, cases[i].says));
    assert_true(scan.levels.capacity + scan.keys.capacity < 4096);
    data_scan_fini(&scan);
  }
}

/* Announced items count together: ten arrays of a tenth each are too many as well. */
static void announcements_add_up(void **state) {
  (void)state;
  data_limits limits = roomy;
  limits.items = 1000;
  base_buffer bytes = {0};
  for (int i = 0; i < 4; i++) data_append_array(&bytes, 300);
  base_error error = {.language = BASE_ZH};
  data_scan scan;
  data_scan_init(&scan, limits);
  assert_int_equal(data_scan_run(&scan, base_buffer_slice(&bytes), &error), DATA_SCAN_FAILED);
  assert_int_equal(error.code, BASE_TOO_LARGE);
  assert_int_equal(scan.at, 9);
  data_scan_fini(&scan);
  base_buffer_fini(&bytes);
}

static void objects_in_a_row_share_a_scanner(void **state) {
  (void)state;
  base_slice stream = BYTES("\x94\x00\x01\xa1m\x90\x94\x00\x02\xa1m\x91\x80\x93\x02");
  base_error error = {0};
  data_scan scan;
  data_scan_init(&scan, roomy);
  assert_int_equal(data_scan_run(&scan, stream, &error), DATA_SCAN_DONE);
  assert_int_equal(scan.at, 6);
  assert_int_equal(data_scan_run(&scan, stream, &error), DATA_SCAN_DONE);
  assert_int_equal(scan.at, 6);
  stream = base_slice_after(stream, scan.at);
  data_scan_reset(&scan);
  assert_int_equal(data_scan_run(&scan, stream, &error), DATA_SCAN_DONE);
  assert_int_equal(scan.at, 7);
  stream = base_slice_after(stream, scan.at);
  data_scan_reset(&scan);
  assert_int_equal(data_scan_run(&scan, stream, &error), DATA_SCAN_MORE);
  data_scan_fini(&scan);
}

/* ---- against a plain recursive reading of the specification ---- */

typedef struct plain_scan {
  const uint8_t *bytes;
  size_t size;
  size_t at;
  size_t items;
} plain_scan;

typedef enum plain_verdict { GOOD, SHORT, BAD } plain_verdict;

static uint64_t plain_number(plain_scan *scan, size_t width, plain_verdict *verdict) {
  uint64_t number = 0;
  if (scan->size - scan->at < width) *verdict = SHORT;
  for (size_t i = 0; i < width && *verdict == GOOD; i++) {
    number = number << 8 | scan->bytes[scan->at++];
  }
  return number;
}

static plain_verdict plain_value(plain_scan *scan, size_t depth, base_slice *text);

static plain_verdict plain_text(plain_scan *scan, uint64_t size, base_slice *text, bool is_text) {
  if (scan->size - scan->at < size) return SHORT;
  *text = base_slice_make(scan->bytes + scan->at, size);
  scan->at += size;
  return !is_text || data_text_valid(*text) ? GOOD : BAD;
}

static plain_verdict plain_container(plain_scan *scan, size_t depth, uint64_t count, bool map) {
  base_slice *keys = calloc(count + 1, sizeof *keys);
  plain_verdict result = depth == 0 ? BAD : GOOD;
  bool twins = false;
  for (uint64_t i = 0; i < count && result == GOOD; i++) {
    base_slice ignored = {0};
    if (map) {
      uint8_t first = scan->at < scan->size ? scan->bytes[scan->at] : 0xa0;
      bool text = (first >= 0xa0 && first < 0xc0) || (first >= 0xd9 && first <= 0xdb);
      result = text ? plain_value(scan, depth - 1, &keys[i]) : BAD;
    }
    for (uint64_t j = 0; map && j < i; j++) twins = twins || base_slice_equal(keys[i], keys[j]);
    if (result == GOOD) result = plain_value(scan, depth - 1, &ignored);
  }
  free(keys);
  return result == GOOD && twins ? BAD : result;
}

static bool plain_finite(uint64_t bits, size_t width) {
  return width == 4 ? (bits >> 23 & 0xff) != 0xff : (bits >> 52 & 0x7ff) != 0x7ff;
}

static plain_verdict plain_value(plain_scan *scan, size_t depth, base_slice *text) {
  static const size_t widths[] = {1, 2, 4, 8};
  plain_verdict verdict = GOOD;
  if (scan->at == scan->size) return SHORT;
  uint8_t first = scan->bytes[scan->at++];
  scan->items++;
  if (first < 0x80 || first >= 0xe0 || first == 0xc0 || first == 0xc2 || first == 0xc3) return GOOD;
  if (first < 0xa0) return plain_container(scan, depth, first & 15u, first < 0x90);
  if (first < 0xc0) return plain_text(scan, first & 31u, text, true);
  if (first >= 0xc4 && first <= 0xc6) {
    uint64_t size = plain_number(scan, widths[first - 0xc4], &verdict);
    return verdict == GOOD ? plain_text(scan, size, text, false) : verdict;
  }
  if (first == 0xca || first == 0xcb) {
    size_t width = first == 0xca ? 4 : 8;
    uint64_t bits = plain_number(scan, width, &verdict);
    return verdict == GOOD && !plain_finite(bits, width) ? BAD : verdict;
  }
  if (first >= 0xcc && first <= 0xd3) {
    (void)plain_number(scan, widths[(first - 0xcc) % 4], &verdict);
    return verdict;
  }
  if (first >= 0xd9 && first <= 0xdb) {
    uint64_t size = plain_number(scan, widths[first - 0xd9], &verdict);
    return verdict == GOOD ? plain_text(scan, size, text, true) : verdict;
  }
  if (first < 0xdc) return BAD;
  uint64_t count = plain_number(scan, first % 2 == 0 ? 2 : 4, &verdict);
  if (verdict == GOOD && count > scan->size) return SHORT; /* it cannot be there */
  return verdict == GOOD ? plain_container(scan, depth, count, first >= 0xde) : verdict;
}

static uint32_t random_state = 7;

static uint32_t next_random(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 9) % below;
}

/* Bytes that look like msgpack for a while. */
static void append_noise(base_buffer *out, unsigned depth) {
  uint32_t count = next_random(6);
  char key[2] = {(char)('a' + next_random(6)), 0};
  switch (next_random(depth == 0 ? 7 : 10)) {
    case 0:
      base_buffer_byte(out, (uint8_t)next_random(256));
      return;
    case 1:
      data_append_integer(out, (int64_t)next_random(1 << 22) - 1000);
      return;
    case 2:
    case 3:
      data_append_text(out, next_random(2) ? key : "济南");
      return;
    case 4:
      data_append_float(out, next_random(20) == 0 ? INFINITY : 0.1);
      return;
    case 5:
      data_append_boolean(out, true);
      return;
    case 6:
      data_append_binary(out, base_slice_make("\xff\xfe", 2));
      return;
    case 7:
      data_append_array(out, count);
      for (uint32_t i = 0; i < count; i++) append_noise(out, depth - 1);
      return;
    default:
      data_append_map(out, count);
      for (uint32_t i = 0; i < count; i++) {
        key[0] = (char)('a' + (next_random(30) == 0 ? 0 : i));
        data_append_text(out, key);
        append_noise(out, depth - 1);
      }
  }
}

/* A copy of exactly these bytes, so that a read past their end is seen. */
static base_slice exact_copy(base_slice bytes) {
  uint8_t *copy = malloc(bytes.size + 1);
  memcpy(copy, bytes.data, bytes.size);
  return base_slice_make(copy, bytes.size);
}

static data_scan_state dribble(base_slice bytes, size_t *at) {
  base_error error = {0};
  data_scan scan;
  data_scan_init(&scan, roomy);
  data_scan_state state = DATA_SCAN_MORE;
  for (size_t size = 0; size <= bytes.size && state == DATA_SCAN_MORE; size++) {
    base_slice some = exact_copy(base_slice_make(bytes.data, size));
    state = data_scan_run(&scan, some, &error);
    free((void *)(uintptr_t)some.data);
  }
  *at = scan.at;
  data_scan_fini(&scan);
  return state;
}

static void agrees_with_a_plain_reading(void **state) {
  (void)state;
  static const data_scan_state expected[] = {
      [GOOD] = DATA_SCAN_DONE, [SHORT] = DATA_SCAN_MORE, [BAD] = DATA_SCAN_FAILED};
  size_t seen[3] = {0};
  base_buffer bytes = {0};
  base_error error = {0};
  for (int round = 0; round < 30000; round++) {
    base_buffer_clear(&bytes);
    append_noise(&bytes, 4);
    if (next_random(3) == 0)
      bytes.data[next_random((uint32_t)bytes.size)] ^= (uint8_t)next_random(256);
    if (next_random(4) == 0) bytes.size = next_random((uint32_t)bytes.size + 1);
    base_slice exact = exact_copy(base_buffer_slice(&bytes));
    base_slice ignored;
    plain_scan plain = {.bytes = exact.data, .size = exact.size};
    plain_verdict verdict = plain_value(&plain, roomy.depth, &ignored);
    data_scan scan;
    data_scan_init(&scan, roomy);
    data_scan_state got = data_scan_run(&scan, exact, &error);
    /* What the plain reading still waits for may be too much already. */
    if (!(verdict == SHORT && got == DATA_SCAN_FAILED)) assert_int_equal(got, expected[verdict]);
    if (verdict == GOOD) assert_int_equal(scan.at, plain.at);
    if (verdict == GOOD) assert_int_equal(scan.items, plain.items);
    size_t at;
    assert_int_equal(dribble(exact, &at), got);
    assert_int_equal(at, scan.at);
    seen[verdict]++;
    data_scan_fini(&scan);
    free((void *)(uintptr_t)exact.data);
  }
  for (int i = GOOD; i <= BAD; i++) assert_true(seen[i] > 1000);
  base_buffer_fini(&bytes);
}

/* Processor time for one object in `step`s of so many bytes. */
static double seconds_for(base_slice bytes, size_t step) {
  base_error error = {0};
  data_scan scan;
  data_scan_init(&scan, roomy);
  clock_t begin = clock();
  data_scan_state state = DATA_SCAN_MORE;
  for (size_t size = step; state == DATA_SCAN_MORE; size += step) {
    if (size > bytes.size) size = bytes.size;
    state = data_scan_run(&scan, base_slice_make(bytes.data, size), &error);
  }
  assert_int_equal(state, DATA_SCAN_DONE);
  data_scan_fini(&scan);
  return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

/* A megabyte byte by byte: were it scanned again each time, it would be 10^12 steps. */
static void dribbling_stays_linear(void **state) {
  (void)state;
  base_buffer bytes = {0};
  data_append_array(&bytes, 200001);
  for (int i = 0; i < 200000; i++) data_append_text(&bytes, "济a");
  char *text = calloc(1, 200001);
  memset(text, 'x', 200000);
  data_append_text(&bytes, text);
  assert_true(seconds_for(base_buffer_slice(&bytes), 1) < 10);
  free(text);
  base_buffer_fini(&bytes);
}

/* Keys that begin alike and come in an order that hurts plain quicksort. */
static void hostile_keys_stay_fast(void **state) {
  (void)state;
  base_buffer bytes = {0};
  data_append_map(&bytes, 200000);
  for (uint32_t i = 0; i < 200000; i++) {
    char key[32];
    (void)snprintf(key, sizeof key, "aaaaaaaaaaaaaaaa%06u", i % 2 ? i : 400000 - i);
    data_append_pair_integer(&bytes, key, 0);
  }
  assert_true(seconds_for(base_buffer_slice(&bytes), 4096) < 10);
  base_buffer_fini(&bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_objects_pass),
      cmocka_unit_test(malformed_objects_are_refused),
      cmocka_unit_test(a_key_may_not_be_twice_in_one_map),
      cmocka_unit_test(twins_are_found_in_maps_of_every_size),
      cmocka_unit_test(limits_hold_exactly),
      cmocka_unit_test(announcements_are_refused_from_the_head_alone),
      cmocka_unit_test(announcements_add_up),
      cmocka_unit_test(objects_in_a_row_share_a_scanner),
      cmocka_unit_test(agrees_with_a_plain_reading),
      cmocka_unit_test(dribbling_stays_linear),
      cmocka_unit_test(hostile_keys_stay_fast),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
