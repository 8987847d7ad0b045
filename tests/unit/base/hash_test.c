/* hash: known digests, framing of parts. random: it is not constant. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/random.h"

static int ready(void **state) {
  (void)state;
  base_random_init();
  return 0;
}

static void check_hex(base_digest digest, const char *expected) {
  char text[2 * BASE_HASH_SIZE + 1];
  for (size_t i = 0; i < BASE_HASH_SIZE; i++) {
    (void)snprintf(text + 2 * i, 3, "%02x", digest.bytes[i]);
  }
  assert_string_equal(text, expected);
}

/* As "printf abc | b2sum -l 256" prints them. */
static void digests_are_blake2b(void **state) {
  (void)state;
  check_hex(base_hash_slice(base_slice_text("abc")),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  check_hex(base_hash_slice(base_slice_make(NULL, 0)),
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static void parts_are_framed_by_their_length(void **state) {
  (void)state;
  base_hash hash;
  base_hash_init(&hash);
  base_hash_add(&hash, base_slice_text("abc"));
  base_hash_add_integer(&hash, 0x0102030405060708u);
  base_digest parts = base_hash_final(&hash);
  static const char whole[] = "\0\0\0\0\0\0\0\3abc\1\2\3\4\5\6\7\10";
  base_digest flat = base_hash_slice(base_slice_make(whole, sizeof whole - 1));
  assert_memory_equal(parts.bytes, flat.bytes, BASE_HASH_SIZE);
}

static base_digest hash_two(const char *a, const char *b) {
  base_hash hash;
  base_hash_init(&hash);
  base_hash_add(&hash, base_slice_text(a));
  base_hash_add(&hash, base_slice_text(b));
  return base_hash_final(&hash);
}

static void bytes_cannot_move_between_parts(void **state) {
  (void)state;
  base_digest one = hash_two("李", "静");
  base_digest other = hash_two("李静", "");
  base_digest again = hash_two("李", "静");
  assert_memory_not_equal(one.bytes, other.bytes, BASE_HASH_SIZE);
  assert_memory_equal(one.bytes, again.bytes, BASE_HASH_SIZE);
}

static void random_bytes_differ(void **state) {
  (void)state;
  uint8_t one[32] = {0};
  uint8_t other[32] = {0};
  base_random_bytes(one, sizeof one);
  base_random_bytes(other, sizeof other);
  assert_memory_not_equal(one, other, sizeof one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(digests_are_blake2b),
      cmocka_unit_test(parts_are_framed_by_their_length),
      cmocka_unit_test(bytes_cannot_move_between_parts),
      cmocka_unit_test(random_bytes_differ),
  };
  return cmocka_run_group_tests(tests, ready, NULL);
}
