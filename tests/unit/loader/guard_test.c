/* The guard: each way not to keep to the rules ends the process with a sentence that names the plugin,
 * the callback and the function. Each is tried in a process of its own. What keeps to the rules is not
 * ended: every other test of the loader runs guarded. */
#include "desk.h"

#include <signal.h>
#include <sys/wait.h>

#include "loader/guard.h"

static const char *const misuse[] = {TEST_PLUGINS "/misuse.so", NULL};
static const base_slice nothing;

static int64_t customer;

/* In the child: a server of its own, and the calls. */
static void run(desk *self, const char *op) {
  desk_start(self, nothing, misuse);
  customer = desk_customer(self, "张建国", "13800001001");
  base_slice params = desk_map(self, "i", "id", customer);
  if (strstr(op, "kept") != NULL) (void)desk_call(self, "misuse.keep", params);
  if (strcmp(op, "spoil") == 0) {
    (void)desk_create(self, "product", desk_map(self, "t", "name", "海参肽胶囊"));
  } else {
    (void)desk_try_as(self, &self->staff, op, params);
  }
}

static size_t read_all(int from, char *text, size_t room) {
  size_t size = 0;
  ssize_t got = 1;
  while (got > 0 && size + 1 < room) {
    got = read(from, text + size, room - 1 - size);
    if (got > 0) size += (size_t)got;
  }
  text[size] = '\0';
  return size;
}

/* The process ended by itself, and said so. */
static void ends_with(desk *self, const char *op, const char *sentence) {
  char text[4096];
  int ends[2];
  int status = 0;
  assert_int_equal(pipe(ends), 0);
  (void)fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    (void)dup2(ends[1], STDERR_FILENO);
    run(self, op);
    _exit(0);
  }
  (void)close(ends[1]);
  (void)read_all(ends[0], text, sizeof text);
  (void)close(ends[0]);
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT || strstr(text, sentence) == NULL) {
    fail_msg("%s: status %d, «%s» does not say «%s»", op, status, text, sentence);
  }
}

#define SAYS(op, sentence)                                                                         \
  ends_with(*state, "misuse." op, "haoke: plugin misuse, in misuse." op ", called " sentence)

static void a_ctx_ends_with_its_callback(void **state) {
  SAYS("ctx_of_start", "host->get: the ctx is over");
}

static void a_ctx_stays_on_its_thread(void **state) {
  ends_with(
      *state, "misuse.ctx_on_thread",
      "haoke: a thread of a plugin called host->facts: the ctx belongs to a callback that runs "
      "on another thread");
}

static void a_ctx_is_given(void **state) {
  SAYS("no_ctx", "host->alloc: there is no ctx");
}

static void bytes_end_with_their_callback(void **state) {
  SAYS("read_kept", "host->lookup: the bytes are not what the host lent to this callback");
}

static void an_out_ends_with_its_callback(void **state) {
  SAYS("write_kept", "host->append: the out is not this callback's");
}

static void bytes_end_with_the_next_append(void **state) {
  SAYS("read_overwritten", "host->value: the bytes are not");
}

static void bytes_are_the_hosts(void **state) {
  SAYS("read_own", "host->walk: the bytes are not");
}

static void values_are_appended_from_the_host(void **state) {
  SAYS("append_own", "host->append: the bytes are not");
}

static void a_type_is_given(void **state) {
  SAYS("no_type", "host->count: the type is NULL");
}

static void a_place_is_given(void **state) {
  SAYS("no_place", "host->get: where the record goes is NULL");
}

static void the_host_is_the_one_that_was_lent(void **state) {
  SAYS("copied_host", "host->log: the host is not the table that start received");
}

static void a_rule_is_named(void **state) {
  ends_with(*state, "spoil",
            "haoke: plugin misuse, in spoil, called host->lookup: the bytes are not");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)
  const struct CMUnitTest tests[] = {
      TEST(a_ctx_ends_with_its_callback),
      TEST(a_ctx_stays_on_its_thread),
      TEST(a_ctx_is_given),
      TEST(bytes_end_with_their_callback),
      TEST(an_out_ends_with_its_callback),
      TEST(bytes_end_with_the_next_append),
      TEST(bytes_are_the_hosts),
      TEST(values_are_appended_from_the_host),
      TEST(a_type_is_given),
      TEST(a_place_is_given),
      TEST(the_host_is_the_one_that_was_lent),
      TEST(a_rule_is_named),
  };
  return LOADER_GUARDED ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
