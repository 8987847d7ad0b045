/* log: the form of a line, levels, one line per call whatever a value holds. */
#include "base/log.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int saved_stderr;
static int reader;

/* Standard error becomes a pipe; what is logged can then be read back. */
static int catch_stderr(void **state) {
  (void)state;
  int ends[2];
  if (pipe(ends) != 0) return -1;
  saved_stderr = dup(STDERR_FILENO);
  reader = ends[0];
  (void)dup2(ends[1], STDERR_FILENO);
  (void)close(ends[1]);
  return 0;
}

static int restore_stderr(void **state) {
  (void)state;
  base_log_set_level(BASE_LOG_INFO);
  (void)dup2(saved_stderr, STDERR_FILENO);
  (void)close(saved_stderr);
  (void)close(reader);
  return 0;
}

static const char *read_log(void) {
  static char text[16384];
  base_log(BASE_LOG_ERROR, "end", "%s", "");
  ssize_t size = read(reader, text, sizeof text - 1);
  assert_true(size > 0);
  text[size] = '\0';
  char *end = strstr(text, " event=end");
  assert_non_null(end);
  while (end > text && end[-1] != '\n') end--;
  *end = '\0';
  return text;
}

static void check_time(const char *line) {
  static const char form[] = "time=2000-00-00T00:00:00.000Z level=";
  for (size_t i = 0; i < sizeof form - 1; i++) {
    if (form[i] == '0') {
      assert_in_range(line[i], '0', '9');
    } else {
      assert_int_equal(line[i], form[i]);
    }
  }
}

static void a_line_has_time_level_event_and_pairs(void **state) {
  (void)state;
  base_log(BASE_LOG_WARN, "server.ready", "tcp=%s name=\"%s\"", "127.0.0.1:7420", "好客 一号");
  const char *line = read_log();
  check_time(line);
  assert_string_equal(strchr(line, ' '),
                      " level=warn event=server.ready tcp=127.0.0.1:7420 name=\"好客 一号\"\n");
}

static void no_pairs_leave_no_blank(void **state) {
  (void)state;
  const char *none = "";
  base_log(BASE_LOG_INFO, "server.stopped", none, 0);
  assert_string_equal(strchr(read_log(), ' '), " level=info event=server.stopped\n");
}

static void lines_below_the_level_are_dropped(void **state) {
  (void)state;
  base_log(BASE_LOG_DEBUG, "a", "n=%d", 1);
  base_log_set_level(BASE_LOG_ERROR);
  base_log(BASE_LOG_WARN, "b", "n=%d", 2);
  base_log(BASE_LOG_ERROR, "c", "n=%d", 3);
  base_log_set_level(BASE_LOG_DEBUG);
  base_log(BASE_LOG_DEBUG, "d", "n=%d", 4);
  const char *text = read_log();
  assert_null(strstr(text, "event=a"));
  assert_null(strstr(text, "event=b"));
  assert_non_null(strstr(text, " level=error event=c n=3\n"));
  assert_non_null(strstr(text, " level=debug event=d n=4\n"));
}

static void a_value_cannot_begin_a_line(void **state) {
  (void)state;
  base_log(BASE_LOG_INFO, "rpc.refused", "method=%s", "x\ntime=0 level=error\r\033[2J");
  const char *line = read_log();
  assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
  assert_null(strchr(line, '\r'));
  assert_null(strchr(line, '\033'));
  assert_non_null(strstr(line, "method=x time=0 level=error  [2J\n"));
}

static void a_long_line_is_cut_at_a_character(void **state) {
  (void)state;
  char value[6001];
  for (size_t i = 0; i < 6000; i += 3) memcpy(value + i, "慢", 3);
  value[6000] = '\0';
  for (int shift = 0; shift < 3; shift++) {
    base_log(BASE_LOG_INFO, "x", "v=%.*s%s", shift, "aaa", value);
    const char *line = read_log();
    size_t size = strlen(line);
    assert_in_range(size, 4090, 4096);
    assert_string_equal(line + size - 7, "慢...\n");
  }
}

static void a_fatal_line_is_written_before_the_end(void **state) {
  (void)state;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) base_fatal("store.sync", "reason=\"%s\"", "输入输出错误");
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  assert_non_null(strstr(read_log(), " level=error event=store.sync reason=\"输入输出错误\"\n"));
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, catch_stderr, restore_stderr)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_PIPE(a_line_has_time_level_event_and_pairs),
      WITH_PIPE(no_pairs_leave_no_blank),
      WITH_PIPE(lines_below_the_level_are_dropped),
      WITH_PIPE(a_value_cannot_begin_a_line),
      WITH_PIPE(a_long_line_is_cut_at_a_character),
      WITH_PIPE(a_fatal_line_is_written_before_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
