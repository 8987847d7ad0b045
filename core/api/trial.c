/* trial: see trial.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "api/trial.h"

#include <stdio.h>

#include "api/boot.h"
#include "api/fork.h"
#include "api/member.h"
#include "api/upgrade.h"

#define TOLD_MAX 1200 /* bytes of the error's text; all is in the report */

typedef struct trying {
  api_engine *engine;
  const api_registry *current;
  api_registry *next;
  const api_package *package;
  api_fork *data;  /* with the business's records; made when first needed */
  api_fork *empty; /* of the test under way, or NULL */
  api_fork *on;    /* where the test under way runs */
  api_trial *report;
} trying;

/* --- where tests run --------------------------------------------------------------------------- */

static base_code call_step(void *self, const char *op, base_slice params, base_error *error) {
  const trying *now = self;
  api_session session = api_boot_session(now->engine);
  base_buffer result = {0};
  base_code code =
      api_engine_call_inside(api_fork_engine(now->data), &session, op, params, &result, error);
  error->data = (base_slice){0}; /* lies in `result` */
  base_buffer_fini(&result);
  return code;
}

/* The fork with what the new version does to the records that are there. */
static base_code open_data(trying *now, base_error *error) {
  if (now->data != NULL) return BASE_OK;
  BASE_TRY(api_fork_open(now->engine, now->next, &now->data, error));
  return api_upgrade_run(now->current, now->next, now->package->name, call_step, now, error);
}

static base_code reset(void *self, bool empty, base_error *error) {
  trying *now = self;
  if (atomic_load(&now->engine->stopping)) {
    return base_error_set(error, BASE_UNAVAILABLE, NULL, "服务器正在停止，请稍后重试",
                          "the server is stopping: try again later");
  }
  api_fork_close(now->empty);
  now->empty = NULL;
  if (empty) BASE_TRY(api_fork_open_empty(now->engine, now->next, &now->empty, error));
  now->on = empty ? now->empty : now->data;
  return BASE_OK;
}

/* A name that is no account is a member of staff: owners need not be accounts. */
static base_code call(void *self, base_slice user, base_slice op, base_slice params,
                      base_buffer *result, base_error *error) {
  const trying *now = self;
  api_session session = {.language = error->language};
  base_buffer roles = {0};
  char name[API_NAME_MAX + 1];
  (void)snprintf(name, sizeof name, "%.*s", BASE_SLICE_ARGS(op));
  data_append_array(&roles, 1);
  data_append_text(&roles, user.size == 0 ? "administrator" : "staff");
  api_session_login(&session, user.size == 0 ? base_slice_text("admin") : user,
                    base_buffer_slice(&roles));
  base_buffer_fini(&roles);
  return api_engine_call(api_fork_engine(now->on), &session, name, params, result, error);
}

static base_code configure(void *self, base_slice values, base_error *error) {
  const trying *now = self;
  return api_engine_configure(api_fork_engine(now->on), now->package->name, values, error);
}

static void report(void *self, const char *test, bool passed, const char *text) {
  const trying *now = self;
  base_buffer *tests = &now->report->tests;
  data_append_map(tests, 3);
  data_append_pair_text(tests, "name", test);
  data_append_pair_boolean(tests, "passed", passed);
  data_append_pair_text(tests, "text", text);
  if (!passed && now->report->told.size < TOLD_MAX) {
    base_buffer_format(&now->report->told, "\n%s: %s", test, text);
  }
}

/* --- the whole --------------------------------------------------------------------------------- */

static base_code run(trying *now, base_error *error) {
  api_test_host host = {
      .call = call, .reset = reset, .configure = configure, .report = report, .self = now};
  BASE_TRY(api_member_start(api_registry_member(now->next, now->package->name), error));
  BASE_TRY(open_data(now, error));
  if (now->package->test == NULL) return BASE_OK;
  return now->package->test(now->package, &host, &now->report->passed, &now->report->failed, error);
}

base_code api_trial_run(api_engine *engine, const api_registry *current, api_package *package,
                        api_trial *report, base_error *error) {
  trying now = {.engine = engine, .current = current, .package = package, .report = report};
  *report = (api_trial){0};
  BASE_TRY(api_registry_replace(current, package, api_registry_configs(current), &now.next, error));
  base_code code = run(&now, error);
  api_fork_close(now.empty);
  api_fork_close(now.data);
  api_registry_release(now.next);
  return code;
}

void api_trial_fini(api_trial *report) {
  base_buffer_fini(&report->tests);
  base_buffer_fini(&report->told);
}
