/* read: values in place, in every encoding, and nothing past the end. */
#include "data/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <msgpack.h>

#include "data/append.h"

#define BYTES(literal) base_slice_make((literal), sizeof(literal) - 1)

static void integers_of_every_width(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
    int64_t value;
  } cases[] = {
      {"\x7f", 1, 127},
      {"\xff", 1, -1},
      {"\xe0", 1, -32},
      {"\xcc\xff", 2, 255},
      {"\xcd\xff\xff", 3, 65535},
      {"\xce\xff\xff\xff\xff", 5, 4294967295},
      {"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MAX},
      {"\xd0\x80", 2, -128},
      {"\xd1\x80\x00", 3, -32768},
      {"\xd2\x80\x00\x00\x00", 5, INT32_MIN},
      {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9, INT64_MIN},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_slice rest = base_slice_make(cases[i].bytes, cases[i].size);
    data_value value = data_read(&rest);
    assert_int_equal(value.type, DATA_INTEGER);
    assert_true(value.as.integer == cases[i].value);
    assert_int_equal(value.raw.size, cases[i].size);
    assert_int_equal(rest.size, 0);
  }
}

static void unsigned_beyond_int64_reads_as_float(void **state) {
  (void)state;
  data_value value = data_peek(BYTES("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"));
  assert_int_equal(value.type, DATA_FLOAT);
  assert_true(value.as.number == 0x1p63);
}

static void floats_of_both_widths(void **state) {
  (void)state;
  assert_true(data_peek(BYTES("\xca\x3f\x00\x00\x00")).as.number == 0.5);
  assert_true(data_peek(BYTES("\xcb\x40\x04\x00\x00\x00\x00\x00\x00")).as.number == 2.5);
}

static void a_container_is_read_whole(void **state) {
  (void)state;
  base_slice rest = BYTES(
      "\x92\x93\x01\x82\xa1"
      "a\x02\xa1"
      "b\x90\xda\x00\x01x\x05\x06");
  data_value value = data_read(&rest);
  assert_int_equal(value.type, DATA_ARRAY);
  assert_int_equal(value.as.count, 2);
  assert_int_equal(value.raw.size, 15);
  assert_int_equal(data_read(&rest).as.integer, 6);
  assert_int_equal(rest.size, 0);
}

static void enter_stands_before_the_first_element(void **state) {
  (void)state;
  base_slice rest = BYTES("\xdc\x00\x02\x07\x08");
  data_enter(&rest);
  assert_int_equal(data_read(&rest).as.integer, 7);
  assert_int_equal(data_read(&rest).as.integer, 8);
}

/* Whatever is cut off anywhere reads as nil with nothing raw, and the rest is used up. */
static void nothing_is_read_past_the_end(void **state) {
  (void)state;
  base_buffer out = {0};
  data_append_map(&out, 3);
  data_append_pair_text(&out, "name", "济南舜耕大药房");
  data_append_text(&out, "lines");
  data_append_array(&out, 1);
  data_append_map(&out, 1);
  data_append_pair_integer(&out, "quantity", 70000);
  data_append_text(&out, "weight");
  data_append_float(&out, 0.1);
  for (size_t size = 0; size < out.size; size++) {
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, out.data, size);
    base_slice rest = base_slice_make(exact, size);
    data_value value = data_read(&rest);
    assert_int_equal(value.type, DATA_NIL);
    assert_int_equal(value.raw.size, 0);
    assert_int_equal(rest.size, 0);
    data_walk walk = data_walk_begin(base_slice_make(exact, size));
    while (data_walk_next(&walk)) assert_true(walk.value.raw.size > 0);
    assert_int_equal(data_map_integer(base_slice_make(exact, size), "none", 5), 5);
    free(exact);
  }
  assert_int_equal(data_peek(BYTES("\xdd\xff\xff\xff\xff\x01")).raw.size, 0);
  assert_int_equal(data_peek(BYTES("\xc1")).raw.size, 0);
  base_buffer_fini(&out);
}

static void maps_are_searched_by_key(void **state) {
  (void)state;
  base_buffer out = {0};
  data_append_map(&out, 5);
  data_append_pair_text(&out, "phone", "0531-88881234");
  data_append_text(&out, "skip");
  data_append_map(&out, 1);
  data_append_pair_integer(&out, "id", 1);
  data_append_pair_integer(&out, "id", 77);
  data_append_pair_boolean(&out, "open", true);
  data_append_text(&out, "gone");
  data_append_nil(&out);
  base_slice map = base_buffer_slice(&out);
  data_value value;
  assert_true(data_map_find(map, "id", &value));
  assert_int_equal(value.as.integer, 77);
  assert_true(data_map_find(map, "gone", &value));
  assert_int_equal(value.type, DATA_NIL);
  assert_false(data_map_find(map, "i", &value));
  assert_false(data_map_find(BYTES("\x91\xa2id"), "id", &value));
  assert_false(data_map_find(base_slice_make(NULL, 0), "id", &value));
  assert_int_equal(data_map_integer(map, "id", 0), 77);
  assert_int_equal(data_map_integer(map, "phone", -1), -1);
  assert_true(data_map_boolean(map, "open", false));
  assert_true(data_map_boolean(map, "id", true));
  assert_true(base_slice_is(data_map_text(map, "phone"), "0531-88881234"));
  assert_int_equal(data_map_text(map, "id").size, 0);
  base_buffer_fini(&out);
}

static void walks_count_and_end(void **state) {
  (void)state;
  base_slice map = BYTES(
      "\x82\xa1"
      "a\x01\xa1"
      "b\x02\x05");
  data_walk walk = data_walk_begin(map);
  for (uint32_t i = 0; i < 2; i++) {
    assert_true(data_walk_next(&walk));
    assert_int_equal(walk.index, i);
    assert_int_equal(walk.key.as.bytes.data[0], 'a' + i);
    assert_int_equal(walk.value.as.integer, i + 1);
  }
  assert_false(data_walk_next(&walk));
  walk = data_walk_begin(BYTES("\x92\x05\x06"));
  assert_true(data_walk_next(&walk));
  assert_int_equal(walk.key.type, DATA_NIL);
  assert_true(data_walk_next(&walk));
  assert_int_equal(walk.index, 1);
  assert_false(data_walk_next(&walk));
  walk = data_walk_begin(BYTES("\x80\x91\x01"));
  assert_true(walk.map);
  assert_false(data_walk_next(&walk));
  walk = data_walk_begin(BYTES("\x05"));
  assert_false(data_walk_next(&walk));
}

static void values_have_a_total_order(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
  } ascending[] = {
      {"\xc0", 1},
      {"\xc2", 1},
      {"\xc3", 1},
      {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9},
      {"\xcb\xc0\x04\x00\x00\x00\x00\x00\x00", 9}, /* -2.5 */
      {"\xfe", 1},
      {"\x00", 1},
      {"\xca\x3f\x00\x00\x00", 5}, /* 0.5 */
      {"\x01", 1},
      {"\xcf\x00\x20\x00\x00\x00\x00\x00\x00", 9}, /* 2^53 */
      {"\xcf\x00\x20\x00\x00\x00\x00\x00\x01", 9}, /* 2^53 + 1: no double holds it */
      {"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9},
      {"\xcf\x80\x00\x00\x00\x00\x00\x00\x00", 9},
      {"\xa0", 1},
      {"\xa1"
       "a",
       2},
      {"\xc4\x01"
       "a",
       3},
      {"\xa2"
       "ab",
       3},
      {"\xa1"
       "b",
       2},
      {"\x90", 1},
      {"\x91\x01", 2},
      {"\x92\x01\x00", 3},
      {"\x91\x02", 2},
      {"\x80", 1},
      {"\x81\xa1"
       "a\x01",
       4},
      {"\x81\xa1"
       "a\x02",
       4},
      {"\x81\xa1"
       "b\x01",
       4},
  };
  size_t count = sizeof ascending / sizeof ascending[0];
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < count; j++) {
      data_value a = data_peek(base_slice_make(ascending[i].bytes, ascending[i].size));
      data_value b = data_peek(base_slice_make(ascending[j].bytes, ascending[j].size));
      int order = data_compare(a, b);
      assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
    }
  }
  data_value one = data_peek(BYTES("\x01"));
  assert_int_equal(data_compare(one, data_peek(BYTES("\xca\x3f\x80\x00\x00"))), 0);
}

/* A second reader, msgpack-c's own, must find the same tree in random values. */
static uint32_t random_state = 20260307;

static uint32_t next_random(uint32_t below) {
  random_state = random_state * 1664525u + 1013904223u;
  return (random_state >> 8) % below;
}

static void append_random(base_buffer *out, unsigned depth) {
  uint32_t count = next_random(20);
  switch (next_random(depth == 0 ? 6 : 8)) {
    case 0:
      data_append_nil(out);
      return;
    case 1:
      data_append_boolean(out, next_random(2) == 1);
      return;
    case 2:
      data_append_integer(out, (int64_t)next_random(1u << 24) * (next_random(2) ? 1 : -1) *
                                   (next_random(2) ? 1 : 5000000000));
      return;
    case 3:
      data_append_float(out, (double)next_random(1000) / (next_random(2) ? 8 : 7));
      return;
    case 4:
      data_append_text(out, count < 10 ? "李静" : "济南市历下区泉城路一百八十八号三单元五零二室");
      return;
    case 5:
      data_append_binary(out, base_slice_make("\x00\x01\x02", count % 4));
      return;
    case 6:
      data_append_array(out, count);
      for (uint32_t i = 0; i < count; i++) append_random(out, depth - 1);
      return;
    default:
      data_append_map(out, count);
      for (uint32_t i = 0; i < count; i++) {
        char key[3] = {'k', (char)('a' + i), 0};
        data_append_text(out, key);
        append_random(out, depth - 1);
      }
  }
}

static void assert_same(data_value ours, const msgpack_object *theirs);

static void assert_same_contents(data_value ours, const msgpack_object *theirs) {
  data_walk walk = data_walk_begin(ours.raw);
  while (data_walk_next(&walk)) {
    if (walk.map) {
      assert_same(walk.key, &theirs->via.map.ptr[walk.index].key);
      assert_same(walk.value, &theirs->via.map.ptr[walk.index].val);
    } else {
      assert_same(walk.value, &theirs->via.array.ptr[walk.index]);
    }
  }
  assert_int_equal(walk.left, 0);
}

static void assert_same(data_value ours, const msgpack_object *theirs) {
  switch (theirs->type) {
    case MSGPACK_OBJECT_NIL:
      assert_int_equal(ours.type, DATA_NIL);
      assert_int_equal(ours.raw.size, 1);
      return;
    case MSGPACK_OBJECT_BOOLEAN:
      assert_int_equal(ours.as.boolean, theirs->via.boolean);
      return;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
      assert_int_equal(ours.type, DATA_INTEGER);
      assert_true(ours.as.integer == theirs->via.i64);
      return;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
      assert_true(ours.as.number == theirs->via.f64);
      return;
    case MSGPACK_OBJECT_STR:
    case MSGPACK_OBJECT_BIN:
      assert_int_equal(ours.type, theirs->type == MSGPACK_OBJECT_STR ? DATA_TEXT : DATA_BINARY);
      assert_int_equal(ours.as.bytes.size, theirs->via.str.size);
      assert_memory_equal(ours.as.bytes.data, theirs->via.str.ptr, theirs->via.str.size);
      return;
    case MSGPACK_OBJECT_ARRAY:
      assert_int_equal(ours.as.count, theirs->via.array.size);
      assert_same_contents(ours, theirs);
      return;
    case MSGPACK_OBJECT_MAP:
      assert_int_equal(ours.as.count, theirs->via.map.size);
      assert_same_contents(ours, theirs);
      return;
    default:
      fail();
  }
}

static void agrees_with_another_reader(void **state) {
  (void)state;
  base_buffer out = {0};
  for (int round = 0; round < 500; round++) {
    base_buffer_clear(&out);
    append_random(&out, 3);
    msgpack_unpacked theirs;
    msgpack_unpacked_init(&theirs);
    assert_int_equal(msgpack_unpack_next(&theirs, (const char *)out.data, out.size, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    base_slice rest = base_buffer_slice(&out);
    data_value ours = data_read(&rest);
    assert_int_equal(rest.size, 0);
    assert_same(ours, &theirs.data);
    assert_int_equal(data_compare(ours, ours), 0);
    msgpack_unpacked_destroy(&theirs);
  }
  base_buffer_fini(&out);
}

/* Keys alone, keys with values, and searched ones: three ways over the same map. */
static void keys_are_walked_past_every_value(void **state) {
  (void)state;
  base_buffer out = {0};
  for (int round = 0; round < 2000; round++) {
    base_buffer_clear(&out);
    data_append_map(&out, 6);
    for (int pair = 0; pair < 6; pair++) {
      char key[64] = "";
      for (int i = 0; i < pair * (round % 9); i++) key[i] = (char)('a' + pair);
      if (key[0] == '\0') key[0] = (char)('a' + pair);
      data_append_text(&out, key);
      append_random(&out, 2);
    }
    base_slice map = base_buffer_slice(&out);
    data_walk all = data_walk_begin(map);
    data_walk keys = data_walk_begin(map);
    while (data_walk_next(&all)) {
      data_value found;
      assert_true(data_walk_key(&keys));
      assert_true(base_slice_equal(keys.key.raw, all.key.raw));
      assert_true(data_map_find_slice(map, all.key.as.bytes, &found));
      assert_ptr_equal(found.raw.data, all.value.raw.data);
      assert_int_equal(found.raw.size, all.value.raw.size);
    }
    assert_false(data_walk_key(&keys));
    assert_int_equal(keys.rest.size, 0);
    /* Cut anywhere, nothing behind the end is looked at (the sanitizer sees to it). */
    size_t cut = next_random((uint32_t)map.size);
    uint8_t *copy = malloc(cut);
    memcpy(copy, map.data, cut);
    data_walk some = data_walk_begin(base_slice_make(copy, cut));
    while (data_walk_key(&some)) continue;
    data_value found;
    (void)data_map_find(base_slice_make(copy, cut), "zz", &found);
    free(copy);
  }
  base_buffer_fini(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(integers_of_every_width),
      cmocka_unit_test(unsigned_beyond_int64_reads_as_float),
      cmocka_unit_test(floats_of_both_widths),
      cmocka_unit_test(a_container_is_read_whole),
      cmocka_unit_test(enter_stands_before_the_first_element),
      cmocka_unit_test(nothing_is_read_past_the_end),
      cmocka_unit_test(maps_are_searched_by_key),
      cmocka_unit_test(walks_count_and_end),
      cmocka_unit_test(values_have_a_total_order),
      cmocka_unit_test(agrees_with_another_reader),
      cmocka_unit_test(keys_are_walked_past_every_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
