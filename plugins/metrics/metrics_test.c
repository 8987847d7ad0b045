/* metrics: Prometheus' text format; and answers of the server that come late, too late, or after the
 * end, which a real server hardly ever gives. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "text.h"
#include "web.h"

static void assert_text(text_buffer *out, const char *expected) {
  assert_false(out->broken);
  text_append(out, "", 1);
  assert_string_equal(out->data, expected);
  text_free(out);
}

static void samples_have_names_labels_and_values(void **state) {
  text_buffer out = {0};
  (void)state;
  const text_label labels[] = {{"op", "order.create", 12}, {"package", "core", 4}, {0}};
  text_type(&out, "store_tail_bytes", 16, "gauge");
  text_sample(&out, "store_tail_bytes", 16, "", NULL, -5);
  text_sample(&out, "api_op_errors_total", 19, "", labels, INT64_MAX);
  assert_text(&out,
              "# TYPE haoke_store_tail_bytes gauge\n"
              "haoke_store_tail_bytes -5\n"
              "haoke_api_op_errors_total{op=\"order.create\",package=\"core\"} "
              "9223372036854775807\n");
}

static void what_would_break_a_line_is_escaped(void **state) {
  text_buffer out = {0};
  (void)state;
  const text_label labels[] = {{"package", "a\"b\\c\nd海", 10}, {0}};
  text_sample(&out, "x y{}", 5, "", labels, 1);
  assert_text(&out, "haoke_x_y__{package=\"a\\\"b\\\\c\\nd海\"} 1\n");
}

static void buckets_are_added_up(void **state) {
  text_buffer out = {0};
  (void)state;
  const int64_t buckets[] = {3, 0, 2};
  const int64_t bounds[] = {1, 2};
  text_histogram(&out, "api_commit_us", 13, NULL, buckets, bounds, 3, 4711);
  assert_text(&out,
              "haoke_api_commit_us_bucket{le=\"1\"} 3\n"
              "haoke_api_commit_us_bucket{le=\"2\"} 3\n"
              "haoke_api_commit_us_bucket{le=\"+Inf\"} 5\n"
              "haoke_api_commit_us_sum 4711\n"
              "haoke_api_commit_us_count 5\n");
}

static void texts_grow(void **state) {
  text_buffer out = {0};
  (void)state;
  for (int64_t i = 0; i < 10000; i++) text_sample(&out, "n", 1, "", NULL, i);
  assert_false(out.broken);
  assert_int_equal(out.size, 10000 * strlen("haoke_n \n") + 10 + 2 * 90 + 3 * 900 + 4 * 9000);
  text_free(&out);
}

/* --- a host that answers when the test says so -------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static crm_done asked; /* the answer that is due */
static void *asked_self;
static int port;

static int take_question(const crm_host *host, const char *op, crm_ask ask, crm_done done,
                         void *self) {
  (void)host, (void)op, (void)ask;
  (void)pthread_mutex_lock(&mutex);
  asked = done;
  asked_self = self;
  (void)pthread_cond_signal(&changed);
  (void)pthread_mutex_unlock(&mutex);
  return CRM_OK;
}

static void answer(const char *message) {
  const crm_reply reply = {.code = CRM_UNAVAILABLE, .field = "", .message = message};
  (void)pthread_mutex_lock(&mutex);
  while (asked == NULL) (void)pthread_cond_wait(&changed, &mutex);
  crm_done done = asked;
  asked = NULL;
  (void)pthread_mutex_unlock(&mutex);
  done(NULL, &reply, asked_self);
}

static void take_log(const crm_host *host, uint32_t level, const char *event, const char *format,
                     ...) {
  char line[256];
  va_list arguments;
  (void)host, (void)level;
  va_start(arguments, format);
  (void)vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (strcmp(event, "metrics.listening") == 0) (void)sscanf(line, "http=127.0.0.1:%d", &port);
}

static const crm_host host = {.size = sizeof host, .submit = take_question, .log = take_log};

static void start(int64_t answer_ms) {
  const web_options options = {.connections = 4, .timeout_s = 60, .answer_ms = answer_ms};
  assert_int_equal(web_start(NULL, &host, &options), CRM_OK);
  assert_true(port > 0);
}

static int request(void) {
  static const char text[] = "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int made = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(made, (const struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(write(made, text, strlen(text)), strlen(text));
  return made;
}

/* Reads until the text was said. */
static void assert_said(int connected, const char *text) {
  char said[4096] = "";
  size_t size = 0;
  while (strstr(said, text) == NULL) {
    ssize_t got = read(connected, said + size, sizeof said - 1 - size);
    if (got <= 0) fail_msg("\"%s\" is not in \"%s\"", text, said);
    size += (size_t)got;
    said[size] = '\0';
  }
  assert_non_null(strstr(said, "HTTP/1.1 503"));
}

static void an_answer_may_come_later(void **state) {
  (void)state;
  start(600000);
  int connected = request();
  answer("the server is starting");
  assert_said(connected, "the server is starting\n");
  (void)close(connected);
  web_stop();
}

static void an_answer_that_comes_too_late_is_not_waited_for(void **state) {
  (void)state;
  start(1);
  int connected = request();
  assert_said(connected, "(answer_ms)");
  answer("too late");
  (void)close(connected);
  web_stop();
}

static void an_answer_may_come_when_nobody_is_there(void **state) {
  (void)state;
  start(600000);
  int connected = request();
  (void)pthread_mutex_lock(&mutex);
  while (asked == NULL) (void)pthread_cond_wait(&changed, &mutex);
  (void)pthread_mutex_unlock(&mutex);
  web_stop();
  answer("after the end");
  (void)close(connected);
  start(600000); /* and it starts again */
  connected = request();
  answer("the second time");
  assert_said(connected, "the second time\n");
  (void)close(connected);
  web_stop();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(samples_have_names_labels_and_values),
      cmocka_unit_test(what_would_break_a_line_is_escaped),
      cmocka_unit_test(buckets_are_added_up),
      cmocka_unit_test(texts_grow),
      cmocka_unit_test(an_answer_may_come_later),
      cmocka_unit_test(an_answer_that_comes_too_late_is_not_waited_for),
      cmocka_unit_test(an_answer_may_come_when_nobody_is_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
