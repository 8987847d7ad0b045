/* test: runs a package's own tests against a server inside this process.
 *
 * Each test begins with an empty store in a temporary directory and a test clock at TEST_START. The
 * packages are loaded once; engine, store and clock are made anew before each test. */
#include <stdlib.h>

#include "server/command.h"
#include "server/directory.h"
#include "server/instance.h"
#include "server/message.h"
#include "server/packages.h"

#define TEST_START "2026-01-01T09:00:00+08:00"

typedef struct trial {
  server_configuration configuration;
  server_instance instance;
  char root[256]; /* holds the plugin copies and, in `store`, one test's data */
  const char *store;
  const char *package; /* the one under test */
  uint64_t begun;      /* when the test under way was given its empty store */
} trial;

/* --- what a test asks of the server --------------------------------------------------------------
 */

/* A name that is no account is a member of staff: owners need not be accounts. */
static base_code call(void *self, base_slice user, base_slice op, base_slice params,
                      base_buffer *result, base_error *error) {
  trial *now = self;
  api_session session = {.language = error->language};
  base_buffer roles = {0};
  char name[API_NAME_MAX + 1];
  (void)snprintf(name, sizeof name, "%.*s", BASE_SLICE_ARGS(op));
  data_append_array(&roles, 1);
  data_append_text(&roles, user.size == 0 ? "administrator" : "staff");
  api_session_login(&session, user.size == 0 ? base_slice_text("admin") : user,
                    base_buffer_slice(&roles));
  base_buffer_fini(&roles);
  return api_engine_call(now->instance.engine, &session, name, params, result, error);
}

static base_code reset(void *self, bool empty, base_error *error) {
  (void)empty; /* here each test begins with an empty store */
  trial *now = self;
  server_instance_close(&now->instance);
  BASE_TRY(server_directory_delete(now->store, error));
  BASE_TRY(server_instance_open(&now->instance, error));
  BASE_TRY(server_instance_start(&now->instance, error));
  now->begun = base_clock_monotonic();
  return BASE_OK;
}

static base_code configure(void *self, base_slice values, base_error *error) {
  const trial *now = self;
  return api_engine_configure(now->instance.engine, now->package, values, error);
}

/* What a test says stands below its name, two columns in. */
static void report(void *self, const char *test, bool passed, const char *text) {
  const trial *now = self;
  uint64_t nanoseconds = base_clock_monotonic() - now->begun;
  (void)printf("%s %s (%llu ms)\n", passed ? "ok    " : "FAILED", test,
               (unsigned long long)(nanoseconds / 1000000));
  while (*text != '\0') {
    size_t size = strcspn(text, "\n");
    (void)printf("  %.*s\n", (int)size, text);
    text += text[size] == '\n' ? size + 1 : size;
  }
  (void)fflush(stdout);
}

/* --- one run -------------------------------------------------------------------------------------
 */

static base_code prepare(trial *now, const char *name, const char *config, base_error *error) {
  server_instance *instance = &now->instance;
  BASE_TRY(server_configuration_load(config, instance->arena, &now->configuration, error));
  BASE_TRY(server_directory_temporary(now->root, error));
  instance->data = now->root;
  BASE_TRY(server_instance_load(instance, name, error));
  now->package = name;
  now->store = base_arena_format(instance->arena, "%s/store", now->root);
  instance->data = now->store;
  return BASE_OK;
}

static base_code refuse_nothing(const char *folder, const char *filter, base_error *error) {
  if (filter == NULL) {
    return base_error_set(error, BASE_NOT_FOUND, NULL, "%s/test.lua 里没有测试",
                          "%s/test.lua holds no test", folder);
  }
  return base_error_set(error, BASE_NOT_FOUND, NULL, "%s/test.lua 里没有名字含“%s”的测试",
                        "%s/test.lua holds no test with “%s” in its name", folder, filter);
}

static base_code run(trial *now, const char *folder, const char *filter, base_error *error) {
  int64_t passed = 0;
  int64_t failed = 0;
  script_test_host host = {.call = call,
                           .reset = reset,
                           .configure = configure,
                           .report = report,
                           .filter = filter,
                           .self = now};
  BASE_TRY(script_test_run(folder, &host, &passed, &failed, error));
  if (passed + failed == 0) return refuse_nothing(folder, filter, error);
  (void)printf("%lld passed, %lld failed\n", (long long)passed, (long long)failed);
  (void)fflush(stdout);
  if (failed == 0) return BASE_OK;
  return base_error_set(error, BASE_RULE_FAILED, NULL, "没有通过的测试：%lld 个",
                        "tests that failed: %lld", (long long)failed);
}

static void finish(trial *now) {
  base_error ignored = server_message_error();
  server_instance_stop(&now->instance);
  if (now->root[0] != '\0') (void)server_directory_delete(now->root, &ignored);
  base_arena_free(now->instance.arena);
  data_zone_fini();
}

static int test(const server_options *options) {
  base_error error = server_message_error();
  char *folder = realpath(options->words[0], NULL);
  if (folder == NULL) {
    (void)base_error_set(&error, BASE_NOT_FOUND, NULL, "没有目录 %s", "there is no directory %s",
                         options->words[0]);
    return server_message_fail(&error);
  }
  trial now = {.instance = {.configuration = &now.configuration, .arena = base_arena_new()}};
  char *above = base_arena_text(now.instance.arena, base_slice_text(folder));
  char *name = strrchr(above, '/');
  *name++ = '\0';
  now.instance.packages = above;
  now.instance.plugins = server_packages_plugins_directory();
  now.instance.test_clock = TEST_START;
  const char *given = server_options_get(options, "plugins");
  if (given != NULL) now.instance.plugins = given;
  base_log_set_level(BASE_LOG_WARN);
  base_code code = prepare(&now, name, server_options_get(options, "config"), &error);
  if (code == BASE_OK) code = run(&now, folder, server_options_get(options, "filter"), &error);
  finish(&now);
  free(folder);
  return code == BASE_OK ? 0 : server_message_fail(&error);
}

static const server_option options_table[] = {
    {"config", "FILE", "服务器的配置文件（见 check-config）",
     "a server's configuration (see check-config)"},
    {"filter", "TEXT", "只运行名字含 TEXT 的测试", "only tests with TEXT in their name"},
    {"plugins", "DIR", "插件的目录", "folder of plugins"},
    {0}};

const server_command server_command_test = {
    .name = "test",
    .usage = "[--filter TEXT] [--config FILE] [--plugins DIR] PACKAGE_DIR",
    .zh = "运行一个包自己的测试",
    .en = "run a package's own tests",
    .about_zh =
        "载入 PACKAGE_DIR 和它需要的包（同一目录下的其他包、插件），运行它的 test.lua。\n"
        "每个测试开始时数据是空的，测试时钟停在 " TEST_START
        "。\n"
        "全部通过以 0 退出；有测试不通过、没有测试或包不能载入，以 1 退出；用法不对，以 2 退出。\n"
        "数据：只用一个临时目录，结束时删除。",
    .about_en =
        "Loads PACKAGE_DIR and what it needs (its sibling folders, plugins) and runs its\n"
        "test.lua. Each test begins with empty data and a test clock at\n" TEST_START
        ".\nExits with 0 when all passed, with 1 when one failed, when there is none or when the\n"
        "package cannot be loaded, with 2 for wrong usage.\n"
        "Data: only a temporary directory, removed at the end.",
    .options = options_table,
    .least_words = 1,
    .most_words = 1,
    .run = test};
