/* job: steps on the long lane, in turn; cancelled between two, taken up again after a stop; and ops that
 * write in several commits. */
#include "shop_staff.h"

#define PATIENCE ((uint64_t)20 * 1000000000)

/* --- a package of jobs --------------------------------------------------------------------------- */

static _Atomic bool step_closed; /* steps wait while it is */
static _Atomic int steps_begun;
static _Atomic int64_t turns[64]; /* which job's step ran when */

static void wait_for(bool (*holds)(shop *self, int64_t id), shop *self, int64_t id) {
  uint64_t until = base_clock_monotonic() + PATIENCE;
  while (!holds(self, id)) {
    if (base_clock_monotonic() > until) fail_msg("it took too long");
    (void)sched_yield();
  }
}

/* Counts up to params.to, one a step. */
static base_code count_step(const api_job *job, bool *done, base_buffer *result) {
  int64_t count = data_map_integer(job->work, "done", 0) + 1;
  int64_t to = data_map_integer(job->params, "to", 0);
  int begun = atomic_fetch_add(&steps_begun, 1);
  if (begun < 64) atomic_store(&turns[begun], job->id);
  while (atomic_load(&step_closed)) (void)sched_yield();
  if (count == data_map_integer(job->params, "fail_at", 0)) {
    return base_error_set(job->error, BASE_RULE_FAILED, "fail_at", "到此为止", "this far");
  }
  base_slice empty = base_slice_make("\x80", 1);
  BASE_TRY(api_job_save(job, empty, count, to));
  *done = count == to;
  if (!*done) return BASE_OK;
  data_append_map(result, 1);
  data_append_pair_integer(result, "counted", count);
  return BASE_OK;
}

/* Reads on behalf of its owner, for ever. */
static base_code read_step(const api_job *job, bool *done, base_buffer *result) {
  (void)done, (void)result;
  base_buffer params = {0};
  base_slice answer;
  data_append_map(&params, 1);
  data_append_pair_text(&params, "type", "customer");
  base_code code = api_job_call(job, "record.count", base_buffer_slice(&params), &answer);
  base_buffer_fini(&params);
  if (code == BASE_OK) atomic_fetch_add(&steps_begun, 1);
  return code;
}

static const api_job_kind kinds[] = {
    {.name = "read", .step = read_step},

    {.name = "count", .step = count_step},
    {.name = "count.once", .step = count_step, .restart = api_job_lost},
    {.name = NULL}};

static base_code start(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  base_slice record;
  BASE_TRY(api_job_create(ctx, self, params, &record));
  api_job_append(ctx, record, result);
  return BASE_OK;
}

/* Creates a customer a run, until there are as many as asked for; 0: for ever. */
static base_code fill(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)self;
  base_buffer values = {0};
  base_slice record;
  api_execution *execution = api_execution_of(ctx);
  execution->carry++;
  data_append_map(&values, 1);
  data_append_text(&values, "name");
  base_slice name =
      base_slice_text(base_arena_format(ctx->arena, "顾客%lld", (long long)execution->carry));
  data_append_slice(&values, name);
  base_slice made = model_ctx_take(ctx, &values);
  BASE_TRY(model_record_create(ctx, shop_type(ctx, "customer"), made, 0, &record));
  execution->again = execution->carry != data_map_integer(params, "to", 0);
  data_append_integer(result, execution->carry);
  if (execution->carry == data_map_integer(params, "fail_at", 0)) {
    return model_ctx_fail(ctx, BASE_RULE_FAILED, NULL, "到此为止", "this far");
  }
  return BASE_OK;
}

static const data_field count_params[] = {{.name = "to", .kind = DATA_KIND_INTEGER},
                                          {.name = "fail_at", .kind = DATA_KIND_INTEGER},
                                          {.name = NULL}};

static const api_op ops[] = {
    {.name = "count.start",
     .flags = API_WRITE,
     .params = count_params,
     .run = start,
     .self = "count"},
    {.name = "once.start",
     .flags = API_WRITE,
     .params = count_params,
     .run = start,
     .self = "count.once"},
    {.name = "read.start",
     .flags = API_WRITE,
     .params = count_params,
     .run = start,
     .self = "read"},
    {.name = "gone.start",
     .flags = API_WRITE,
     .params = count_params,
     .run = start,
     .self = "gone"},
    {.name = "customer.fill", .flags = API_WRITE | API_STEPS, .params = count_params, .run = fill},
    {.name = "gate.wait", .flags = API_CONTROL, .run = shop_gate},
    {.name = NULL}};

static api_package works = {.name = "works", .version = "1.0.0", .ops = ops, .jobs = kinds};

static void begin_engine(shop *self) {
  shop_start_core(self, &works);
}

static int begin_stopped(void **state) {
  atomic_store(&step_closed, false);
  atomic_store(&steps_begun, 0);
  return shop_begin_stopped(state);
}

static int begin(void **state) {
  if (begin_stopped(state) != 0) return -1;
  begin_engine(*state);
  return 0;
}

/* --- looking ------------------------------------------------------------------------------------- */

static base_slice job_of(shop *self, int64_t id) {
  return shop_call(self, "job.get", shop_map(self, "i", "id", id));
}

static int64_t progress_of(shop *self, int64_t id) {
  data_value progress;
  assert_true(data_map_find(job_of(self, id), "progress", &progress));
  return data_map_integer(progress.raw, "done", -1);
}

static bool has_ended(shop *self, int64_t id) {
  base_slice state = data_map_text(job_of(self, id), "state");
  return !base_slice_is(state, "queued") && !base_slice_is(state, "running");
}

static bool has_begun(shop *self, int64_t id) {
  (void)self, (void)id;
  return atomic_load(&steps_begun) > 0;
}

static void assert_ended(shop *self, int64_t id, const char *state) {
  wait_for(has_ended, self, id);
  assert_text(data_map_text(job_of(self, id), "state"), state);
}

static int64_t start_job(shop *self, const char *op, int64_t to) {
  base_slice job = shop_call(self, op, shop_map(self, "i", "to", to));
  assert_text(data_map_text(job, "state"), op[0] == 'g' ? "running" : "queued");
  return data_map_integer(job, "id", 0);
}

/* --- jobs ---------------------------------------------------------------------------------------- */

static void a_job_is_started_and_done(void **state) {
  shop *self = *state;
  data_value result;
  int64_t id = start_job(self, "count.start", 5);
  assert_ended(self, id, "done");
  base_slice job = job_of(self, id);
  assert_true(data_map_find(job, "result", &result));
  assert_int_equal(data_map_integer(result.raw, "counted", 0), 5);
  assert_int_equal(progress_of(self, id), 5);
  assert_int_equal(data_map_integer(job, "started_at", 0), SHOP_NOW);
  assert_int_equal(data_map_integer(job, "finished_at", 0), SHOP_NOW);
  assert_text(data_map_text(job, "created_by"), "李静");
  assert_int_equal(atomic_load(&steps_begun), 5);
}

static void a_step_that_fails_ends_the_job(void **state) {
  shop *self = *state;
  data_value error;
  base_slice job =
      shop_call(self, "count.start", shop_map(self, "ii", "to", (int64_t)9, "fail_at", (int64_t)3));
  int64_t id = data_map_integer(job, "id", 0);
  assert_ended(self, id, "failed");
  assert_true(data_map_find(job_of(self, id), "error", &error));
  assert_text(data_map_text(error.raw, "code"), "RULE_FAILED");
  assert_text(data_map_text(error.raw, "field"), "fail_at");
  assert_int_equal(progress_of(self, id), 2);
}

static void jobs_take_turns(void **state) {
  shop *self = *state;
  atomic_store(&step_closed, true);
  int64_t first = start_job(self, "count.start", 6);
  wait_for(has_begun, self, 0);
  int64_t second = start_job(self, "count.start", 6);
  atomic_store(&step_closed, false);
  assert_ended(self, first, "done");
  assert_ended(self, second, "done");
  for (int i = 0; i < 10; i++)
    assert_int_equal(atomic_load(&turns[i]), i % 2 == 0 ? first : second);
}

static void a_job_is_cancelled_between_two_steps(void **state) {
  shop *self = *state;
  atomic_store(&step_closed, true);
  int64_t id = start_job(self, "count.start", 1000000);
  wait_for(has_begun, self, 0);
  base_slice job = shop_call(self, "job.cancel", shop_map(self, "i", "id", id));
  assert_text(data_map_text(job, "state"), "cancelled");
  atomic_store(&step_closed, false);
  assert_ended(self, start_job(self, "count.start", 3), "done");
  assert_text(data_map_text(job_of(self, id), "state"), "cancelled");
  assert_int_equal(progress_of(self, id), 0);
  assert_int_equal(atomic_load(&steps_begun), 4);
  shop_refused(self, BASE_TRANSITION_DENIED, "job.cancel", shop_map(self, "i", "id", id));
}

static void only_owner_and_administrators_see_and_cancel(void **state) {
  shop *self = *state;
  api_session other = shop_session("赵敏", false);
  atomic_store(&step_closed, true);
  int64_t id = start_job(self, "count.start", 1000000);
  (void)shop_try_as(self, &other, "job.cancel", shop_map(self, "i", "id", id));
  assert_int_equal(self->error.code, BASE_NOT_FOUND);
  (void)shop_try_as(self, &other, "job.get", shop_map(self, "i", "id", id));
  assert_int_equal(self->error.code, BASE_NOT_FOUND);
  (void)shop_try_as(self, &self->administrator, "job.cancel", shop_map(self, "i", "id", id));
  assert_int_equal(self->error.code, BASE_OK);
  atomic_store(&step_closed, false);
}

static void rights_that_are_taken_away_end_in_jobs_too(void **state) {
  shop *self = *state;
  data_value error;
  self->staff.identity = 1; /* an account */
  int64_t id = start_job(self, "read.start", 1);
  wait_for(has_begun, self, id);
  (void)shop_try_as(self, &self->administrator, "user.disable",
                    shop_map(self, "t", "user", "李静"));
  assert_int_equal(self->error.code, BASE_OK);
  self->staff.identity = 0;
  assert_ended(self, id, "failed");
  assert_true(data_map_find(job_of(self, id), "error", &error));
  assert_text(data_map_text(error.raw, "code"), "UNAUTHENTICATED");
}

static void clients_do_not_write_jobs(void **state) {
  shop *self = *state;
  int64_t id = start_job(self, "count.start", 1);
  assert_ended(self, id, "done");
  base_slice values = shop_map(self, "t", "kind", "count");
  (void)shop_try_as(self, &self->administrator, "record.create",
                    shop_map(self, "tr", "type", "job", "values", values));
  assert_int_equal(self->error.code, BASE_PERMISSION_DENIED);
  (void)shop_try_as(self, &self->administrator, "record.delete",
                    shop_map(self, "ti", "type", "job", "id", id));
  assert_int_equal(self->error.code, BASE_PERMISSION_DENIED);
  shop_refused(self, BASE_UNKNOWN_METHOD, "job.end",
               shop_map(self, "it", "id", id, "state", "done"));
}

static void lists_are_newest_first(void **state) {
  shop *self = *state;
  data_value items;
  int64_t first = start_job(self, "count.start", 1);
  int64_t second = start_job(self, "once.start", 1);
  assert_ended(self, first, "done");
  assert_ended(self, second, "done");
  base_slice page = shop_call(self, "job.list", shop_map(self, "t", "state", "done"));
  assert_true(data_map_find(page, "items", &items));
  assert_int_equal(items.as.count, 2);
  data_walk walk = data_walk_begin(items.raw);
  assert_true(data_walk_next(&walk));
  assert_int_equal(data_map_integer(walk.value.raw, "id", 0), second);
  page = shop_call(self, "job.list", shop_map(self, "t", "kind", "count"));
  assert_true(data_map_find(page, "items", &items));
  assert_int_equal(items.as.count, 1);
}

/* --- stops --------------------------------------------------------------------------------------- */

static void a_job_goes_on_after_a_stop(void **state) {
  shop *self = *state;
  atomic_store(&step_closed, true);
  int64_t id = start_job(self, "count.start", 40);
  wait_for(has_begun, self, 0);
  atomic_store(&step_closed, false);
  shop_stop(self); /* somewhere in the middle */
  begin_engine(self);
  assert_ended(self, id, "done");
  assert_int_equal(progress_of(self, id), 40);
  /* A step that the stop met before it was saved is done again, no other. */
  assert_in_range(atomic_load(&steps_begun), 40, 41);
}

static void a_kind_that_cannot_go_on_fails(void **state) {
  shop *self = *state;
  data_value error;
  atomic_store(&step_closed, true);
  int64_t id = start_job(self, "once.start", 1000000);
  wait_for(has_begun, self, 0);
  atomic_store(&step_closed, false);
  shop_stop(self);
  begin_engine(self);
  base_slice job = job_of(self, id);
  assert_text(data_map_text(job, "state"), "failed");
  assert_true(data_map_find(job, "error", &error));
  assert_text(data_map_text(error.raw, "code"), "UNAVAILABLE");
}

static void a_kind_that_is_not_there_fails(void **state) {
  shop *self = *state;
  int64_t id = start_job(self, "gone.start", 1);
  shop_stop(self);
  begin_engine(self);
  assert_text(data_map_text(job_of(self, id), "state"), "failed");
}

/* More of them than one commit puts right. */
static void many_jobs_are_put_right_at_once(void **state) {
  shop *self = *state;
  for (int i = 0; i < 401; i++) (void)start_job(self, "gone.start", 1);
  shop_stop(self);
  begin_engine(self);
  base_slice where = shop_map(self, "t", "state", "failed");
  base_slice count =
      shop_call(self, "record.count", shop_map(self, "tr", "type", "job", "where", where));
  assert_int_equal(data_map_integer(count, "count", 0), 401);
}

static void ended_jobs_are_forgotten_at_last(void **state) {
  shop *self = *state;
  self->job_kept = 3;
  begin_engine(self);
  int64_t open = start_job(self, "gone.start", 1);
  for (int i = 0; i < 8; i++) {
    int64_t id = start_job(self, "count.start", 1);
    assert_ended(self, id, "done");
    int64_t kept = id < 4 ? id : 4; /* the open one and the three newest */
    assert_int_equal(shop_count(self, "job"), kept);
  }
  assert_text(data_map_text(job_of(self, open), "state"), "running");
}

/* --- ops in several commits ---------------------------------------------------------------------- */

static void an_op_in_steps_commits_each(void **state) {
  shop *self = *state;
  uint64_t before = shop_entries(self);
  base_slice result = shop_call(self, "customer.fill", shop_map(self, "i", "to", (int64_t)7));
  assert_int_equal(data_peek(result).as.integer, 7);
  assert_int_equal(shop_entries(self) - before, 7);
  assert_int_equal(shop_count(self, "customer"), 7);
}

static void what_was_committed_stays_when_a_step_fails(void **state) {
  shop *self = *state;
  shop_refused(self, BASE_RULE_FAILED, "customer.fill",
               shop_map(self, "ii", "to", (int64_t)9, "fail_at", (int64_t)4));
  assert_int_equal(shop_count(self, "customer"), 3);
}

/* Others are served between its steps. */
static void steps_stand_in_line(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  shop_flight_hold(self, &flight);
  size_t filled =
      shop_flight_send(self, &flight, "customer.fill", shop_map(self, "i", "to", (int64_t)50));
  base_slice values = shop_map(self, "t", "name", "张建国");
  size_t made = shop_flight_send(self, &flight, "record.create",
                                 shop_map(self, "tr", "type", "customer", "values", values));
  shop_flight_land(&flight);
  assert_int_equal(flight.order[made], 1);
  assert_int_equal(flight.order[filled], 2);
  assert_int_equal(data_map_integer(shop_flight_result(&flight, made), "id", 0), 2);
  shop_flight_fini(&flight);
}

static void it_is_called_directly_only(void **state) {
  shop *self = *state;
  base_buffer calls = {0};
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.fill",
               shop_map(self, "ib", "to", (int64_t)1, "dry_run", true));
  assert_string_equal(self->error.field, "dry_run");
  data_append_array(&calls, 1);
  data_append_raw(&calls, shop_map(self, "tr", "op", "customer.fill", "params",
                                   shop_map(self, "i", "to", (int64_t)1)));
  shop_refused(self, BASE_INVALID_ARGUMENT, "batch.run",
               shop_map(self, "r", "calls", base_buffer_slice(&calls)));
  base_buffer_fini(&calls);
  assert_int_equal(shop_count(self, "customer"), 0);
}

static void a_key_answers_the_whole(void **state) {
  shop *self = *state;
  base_slice params = shop_map(self, "it", "to", (int64_t)3, "idempotency_key", "一");
  assert_int_equal(data_peek(shop_call(self, "customer.fill", params)).as.integer, 3);
  assert_int_equal(data_peek(shop_call(self, "customer.fill", params)).as.integer, 3);
  assert_int_equal(shop_count(self, "customer"), 3);
}

/* An op that would go on for ever ends with the engine. */
static void a_stop_ends_an_op_between_its_steps(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  size_t endless =
      shop_flight_send(self, &flight, "customer.fill", shop_map(self, "i", "to", (int64_t)0));
  while (shop_count(self, "customer") < 3) (void)sched_yield();
  shop_stop(self);
  assert_int_equal(shop_flight_code(&flight, endless), BASE_UNAVAILABLE);
  shop_flight_fini(&flight);
  begin_engine(self);
  assert_true(shop_count(self, "customer") >= 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_job_is_started_and_done),
      TEST(a_step_that_fails_ends_the_job),
      TEST(jobs_take_turns),
      TEST(a_job_is_cancelled_between_two_steps),
      TEST(only_owner_and_administrators_see_and_cancel),
      TEST(rights_that_are_taken_away_end_in_jobs_too),
      TEST(clients_do_not_write_jobs),
      TEST(lists_are_newest_first),
      TEST(a_job_goes_on_after_a_stop),
      TEST(a_kind_that_cannot_go_on_fails),
      TEST(a_kind_that_is_not_there_fails),
      TEST(many_jobs_are_put_right_at_once),
      cmocka_unit_test_setup_teardown(ended_jobs_are_forgotten_at_last, begin_stopped, shop_end),
      TEST(an_op_in_steps_commits_each),
      TEST(what_was_committed_stays_when_a_step_fails),
      TEST(steps_stand_in_line),
      TEST(it_is_called_directly_only),
      TEST(a_key_answers_the_whole),
      TEST(a_stop_ends_an_op_between_its_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
