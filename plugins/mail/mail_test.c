/* What of a mail needs no server: addresses and messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "message.h"

/* 2026-03-07 10:00 in Shanghai. */
#define NOW INT64_C(1772848800000)

static void addresses_are_local_at_domain(void **state) {
  (void)state;
  static const char *const good[] = {"a@b", "wang.xiulan+crm@mail.example.com", "o'neil@example.cn",
                                     "x_y-z=1@a-b.cn"};
  static const char *const bad[] = {"",
                                    "a",
                                    "@b",
                                    "a@",
                                    "a@b@c",
                                    "a b@c",
                                    "a@b c",
                                    "<a@b>",
                                    "a@b\r\nBcc: x@y",
                                    "a@b,c@d",
                                    "\"a\"@b",
                                    "a.@b",
                                    ".a@b",
                                    "a..b@c",
                                    "a@.b",
                                    "a@b.",
                                    "a@[127.0.0.1]",
                                    "王@b.cn",
                                    "a@例子.cn",
                                    "a@b>",
                                    "a;b@c",
                                    "a(b)@c",
                                    "a@b_c"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    if (!message_address_valid(crm_text(good[i]))) fail_msg("%s is refused", good[i]);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    if (message_address_valid(crm_text(bad[i]))) fail_msg("%s is taken", bad[i]);
  }
  const crm_slice with_nul = {.data = "a@b\0c", .size = 5};
  assert_false(message_address_valid(with_nul));
}

static void addresses_have_a_length(void **state) {
  (void)state;
  char address[300];
  memset(address, 'a', sizeof address);
  for (size_t local = 63; local <= 65; local++) {
    memcpy(address + local, "@b", 3);
    assert_int_equal(message_address_valid(crm_text(address)), local <= 64);
    address[local] = address[local + 1] = 'a';
  }
  memset(address, 'a', sizeof address);
  for (size_t size = 253; size <= 255; size++) {
    address[1] = '@';
    const crm_slice whole = {.data = address, .size = size};
    assert_int_equal(message_address_valid(whole), size <= 254);
  }
}

static char *made(message of) {
  static const crm_slice to[] = {{.data = "wang@example.com", .size = 16}};
  text out = {0};
  of.id = 12;
  of.at = NOW;
  of.from = crm_text("crm@haoke.example");
  if (of.to.count == 0) of.to = (message_list){.count = 1, .addresses = to};
  message_append(&of, &out);
  text_append(&out, "", 1);
  return out.data;
}

static void a_message_is_whole(void **state) {
  (void)state;
  char *shown = made((message){.subject = crm_text("Hello"), .plain = crm_text("你好\n")});
  assert_string_equal(shown,
                      "Date: Sat, 07 Mar 2026 02:00:00 +0000\r\n"
                      "Message-ID: <delivery.12.1772848800000@haoke.example>\r\n"
                      "From: <crm@haoke.example>\r\n"
                      "To: <wang@example.com>\r\n"
                      "Subject: Hello\r\n"
                      "MIME-Version: 1.0\r\n"
                      "Auto-Submitted: auto-generated\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: base64\r\n"
                      "\r\n"
                      "5L2g5aW9DQo=\r\n");
  free(shown);
}

/* Every line that is no continuation is one of the headers that were meant. */
static void check_headers(const char *shown) {
  static const char *const names[] = {"Date: ",
                                      "Message-ID: ",
                                      "From: ",
                                      "Reply-To: ",
                                      "To: ",
                                      "Cc: ",
                                      "Subject: ",
                                      "MIME-Version: ",
                                      "Auto-Submitted: ",
                                      "Content-Type: ",
                                      "Content-Transfer-Encoding: "};
  const char *end = strstr(shown, "\r\n\r\n");
  assert_non_null(end);
  for (const char *line = shown; line < end; line = strstr(line, "\r\n") + 2) {
    const char *stop = strstr(line, "\r\n");
    bool known = line[0] == ' ';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      known = known || strncmp(line, names[i], strlen(names[i])) == 0;
    }
    if (!known) fail_msg("a header of its own: %.*s", (int)(stop - line), line);
    assert_true(stop - line <= 76);
    for (const char *at = line; at < stop; at++) assert_true(*at >= ' ' && *at <= '~');
  }
}

static void no_text_becomes_a_header(void **state) {
  (void)state;
  static const char *const attacks[] = {
      "x\r\nBcc: everybody@example.com",
      "x\nBcc: a@b",
      "x\rBcc: a@b",
      "x\r\n\r\nbody",
      "\r\n",
      "\n",
      "=?UTF-8?B?QmNj?=",
      "x\r\n Bcc: a@b",
      "\x7f\x01",
      "王秀兰\r\nBcc: a@b",
      "这是一个很长很长的主题，长到一行放不下，所以要分成几个编码词，每个词都是完整的字符。"};
  for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
    char *shown = made((message){.subject = crm_text(attacks[i]),
                                 .name = crm_text(attacks[i]),
                                 .plain = crm_text(attacks[i]),
                                 .html = crm_text(attacks[i])});
    check_headers(shown);
    assert_null(strstr(shown, "Bcc"));
    free(shown);
  }
}

static void long_words_are_cut_between_characters(void **state) {
  (void)state;
  /* 16 characters of three bytes: 13 in the first word. */
  char *shown = made(
      (message){.subject = crm_text("一二三四五六七八九十一二三四五六"), .plain = crm_text("a")});
  assert_non_null(
      strstr(shown,
             "Subject: =?UTF-8?B?5LiA5LqM5LiJ5Zub5LqU5YWt5LiD5YWr5Lmd5Y2B5LiA5LqM5LiJ?=\r\n"
             " =?UTF-8?B?5Zub5LqU5YWt?=\r\n"));
  free(shown);
}

static void two_parts_are_alternatives(void **state) {
  (void)state;
  char *shown = made((message){
      .subject = crm_text("a"), .plain = crm_text("a\r\nb\rc\n"), .html = crm_text("<p>a</p>")});
  assert_non_null(strstr(shown,
                         "Content-Type: multipart/alternative; boundary=\"haoke-part\"\r\n\r\n"
                         "--haoke-part\r\n"
                         "Content-Type: text/plain; charset=utf-8\r\n"
                         "Content-Transfer-Encoding: base64\r\n\r\n"
                         "YQ0KYg0KYw0K\r\n"
                         "--haoke-part\r\n"
                         "Content-Type: text/html; charset=utf-8\r\n"));
  assert_non_null(strstr(shown, "\r\n--haoke-part--\r\n"));
  free(shown);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses_are_local_at_domain),
      cmocka_unit_test(addresses_have_a_length),
      cmocka_unit_test(a_message_is_whole),
      cmocka_unit_test(no_text_becomes_a_header),
      cmocka_unit_test(long_words_are_cut_between_characters),
      cmocka_unit_test(two_parts_are_alternatives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
