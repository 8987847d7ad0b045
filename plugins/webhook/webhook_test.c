/* What of a webhook needs no server: signatures, JSON texts, addresses. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "address.h"
#include "json.h"
#include "signature.h"

/* --- signatures ------------------------------------------------------------------------------------------ */

/* Reckoned by Python's hmac and base64 over the same parts. */
static void a_signature_is_that_of_the_standard(void **state) {
  (void)state;
  signature_secret secret;
  char signature[SIGNATURE_SIZE];
  assert_true(signature_secret_read(crm_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &secret));
  assert_int_equal(secret.size, 24);
  signature_make(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                 crm_text("{\"test\": 2432232314}"), signature);
  assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void secrets_have_24_to_64_bytes(void **state) {
  (void)state;
  signature_secret secret;
  static const char letters[] =
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAA";
  assert_false(
      signature_secret_read(crm_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), &secret)); /* 23 */
  assert_true(signature_secret_read(crm_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &secret));
  assert_int_equal(secret.size, 24);
  crm_slice long_one = {.data = letters, .size = 88};
  assert_false(signature_secret_read(long_one, &secret)); /* 66 */
  char fits[89];
  memcpy(fits, letters, 88);
  memcpy(fits + 86, "==", 3);
  assert_true(signature_secret_read(crm_text(fits), &secret));
  assert_int_equal(secret.size, 64);
  fits[86] = 'A';
  assert_false(signature_secret_read(crm_text(fits), &secret)); /* 65 */
  assert_false(signature_secret_read(crm_text(""), &secret));
  assert_false(
      signature_secret_read(crm_text("not base64, but long enough to be one ..."), &secret));
  assert_false(signature_secret_read(crm_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &secret));
}

/* --- JSON ------------------------------------------------------------------------------------------------- */

static void is_string(const char *bytes, size_t size, const char *expected) {
  text made = {0};
  json_append_string(&made, (crm_slice){.data = bytes, .size = size});
  text_append(&made, "", 1);
  assert_string_equal(made.data, expected);
  text_free(&made);
}

static void strings_are_escaped(void **state) {
  (void)state;
  is_string("", 0, "\"\"");
  is_string("王秀兰", 9, "\"王秀兰\"");
  is_string("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
  is_string("\b\f\n\r\t\x01\x7f\0z", 9, "\"\\b\\f\\n\\r\\t\\u0001\\u007f\\u0000z\"");
}

static void integers_are_whole(void **state) {
  (void)state;
  text made = {0};
  json_append_integer(&made, INT64_MIN);
  text_append(&made, " ", 1);
  json_append_integer(&made, INT64_MAX);
  text_append(&made, "", 1);
  assert_string_equal(made.data, "-9223372036854775808 9223372036854775807");
  text_free(&made);
}

/* --- addresses -------------------------------------------------------------------------------------------- */

static bool is_private(const char *numbers) {
  struct sockaddr_in four = {.sin_family = AF_INET};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6};
  if (inet_pton(AF_INET, numbers, &four.sin_addr) == 1) {
    return address_is_private((const struct sockaddr *)&four);
  }
  assert_int_equal(inet_pton(AF_INET6, numbers, &six.sin6_addr), 1);
  return address_is_private((const struct sockaddr *)&six);
}

static void private_addresses_are_known(void **state) {
  (void)state;
  static const char *const inside[] = {"0.0.0.0",
                                       "10.0.0.1",
                                       "10.255.255.255",
                                       "100.64.0.1",
                                       "100.127.255.255",
                                       "127.0.0.1",
                                       "127.255.255.255",
                                       "169.254.169.254",
                                       "172.16.0.0",
                                       "172.31.255.255",
                                       "192.168.0.1",
                                       "198.18.0.1",
                                       "198.19.255.255",
                                       "224.0.0.1",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "fc00::1",
                                       "fdff::1",
                                       "fe80::1",
                                       "febf::1",
                                       "ff02::1",
                                       "::ffff:127.0.0.1",
                                       "::ffff:10.0.0.1",
                                       "64:ff9b::10.0.0.1",
                                       "2002:7f00:1::1",
                                       "2001:db8::1",
                                       "::127.0.0.1"};
  static const char *const outside[] = {
      "1.1.1.1",         "9.255.255.255", "11.0.0.0",       "100.63.255.255",   "100.128.0.0",
      "126.255.255.255", "128.0.0.0",     "169.253.0.1",    "172.15.255.255",   "172.32.0.0",
      "192.167.0.1",     "192.169.0.1",   "198.17.0.1",     "198.20.0.0",       "223.255.255.255",
      "2400:3200::1",    "2606:4700::1",  "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"};
  for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
    if (!is_private(inside[i])) fail_msg("%s is not private", inside[i]);
  }
  for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
    if (is_private(outside[i])) fail_msg("%s is private", outside[i]);
  }
  const struct sockaddr other = {.sa_family = AF_UNIX};
  assert_true(address_is_private(&other));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_signature_is_that_of_the_standard),
      cmocka_unit_test(secrets_have_24_to_64_bytes),
      cmocka_unit_test(strings_are_escaped),
      cmocka_unit_test(integers_are_whole),
      cmocka_unit_test(private_addresses_are_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
