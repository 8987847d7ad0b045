/* states: transitions, who may, claims, delays, clocks and their timers, by what the records say. */
#include "world.h"

#define DAY ((int64_t)86400000)
#define HOUR ((int64_t)3600000)

static const char visit_form[] =
    "{owner: {kind: 'text'}, severity: {kind: 'text'}, satisfied: {kind: 'boolean'}, sold_on: "
    "{kind: 'date'},"
    " due_at: {kind: 'datetime', readonly: true}, pressed: {kind: 'integer', readonly: true},"
    " rounds: {kind: 'integer', readonly: true}, days: {kind: 'integer', readonly: true},"
    " hours: {kind: 'integer', readonly: true},"
    " state: {kind: 'states', choices: ['pool', 'claimed', 'waiting', 'closed', 'void'], "
    "transitions: {"
    "  pool: [{to: 'claimed', claims: 'owner'}, {to: 'void', delay: {days: 2, since: 'sold_on', "
    "at: '09:00'}}],"
    "  claimed: [{to: 'closed', where: {satisfied: true}}, 'waiting',"
    "            {to: 'pool', delay: {days: 15, at: '00:00'}, where: {satisfied: nil}},"
    "            {to: 'void', who: {users: ['王总'], fields: ['owner']}}],"
    "  waiting: ['claimed', {to: 'closed', delay: {hours: 12, between: ['09:00', '20:00']}, "
    "policy: 'skip'}]},"
    " clocks: ["
    "  {name: 'solution', runs: ['pool', 'claimed'], pauses: ['waiting'], due: 'due_at',"
    "   ladder: [50, 100, 150], level: 'pressed',"
    "   spans: [{working_days: 1, where: {severity: 'simple'}}, {working_days: 3, where: "
    "{severity: "
    "'general'}}]},"
    "  {name: 'progress', runs: ['pool', 'claimed'], every: true, level: 'rounds',"
    "   spans: [{working_days: 3, at: '00:00', where: {severity: 'complex'}}]},"
    "  {name: 'daily', runs: ['pool'], every: true, level: 'days', policy: 'once',"
    "   spans: [{days: 1, where: {severity: 'daily'}}]},"
    "  {name: 'hourly', runs: ['pool'], every: true, level: 'hours', policy: 'skip',"
    "   spans: [{hours: 2, where: {severity: 'hourly'}}]}]}}";

static const char *const day_kinds[] = {"holiday", "workday", NULL};
static const data_field calendar_fields[] = {
    {.name = "day", .kind = DATA_KIND_DATE},
    {.name = "kind", .kind = DATA_KIND_CHOICE, .choices = day_kinds},
    {.name = NULL}};
static const model_index_definition calendar_indexes[] = {
    {.name = MODEL_CALENDAR_INDEX, .fields = {"day", "kind"}}, {.name = NULL}};

static model_segment segments[3];

static void start(world *in, const model_rule *rules) {
  static const data_field *fields;
  in->error.language = BASE_EN;
  OK(in, data_field_read(world_value(in, visit_form), in->arena, &fields, &in->error));
  segments[0] = (model_segment){.name = "mine", .where = world_value(in, "{owner: '李静'}")};
  segments[1] = (model_segment){.name = "mine_closed",
                                .where = world_value(in, "{segment: 'mine', state: 'closed'}")};
  model_type_definition types[] = {
      {.name = "visit", .fields = fields, .segments = segments},
      {.name = "calendar", .fields = calendar_fields, .indexes = calendar_indexes},
      {.name = NULL}};
  world_schema(in, types, rules);
  world_write(in);
  world_create(in, "calendar", world_value(in, "{day: '2026-01-01', kind: 'holiday'}"));
  in->ctx.actor.name = text("李静");
}

static int64_t at(world *in, const char *instant) {
  base_buffer packed = {0};
  int64_t made = 0;
  data_append_text(&packed, instant);
  data_value value = data_peek(base_buffer_slice(&packed));
  OK(in, data_instant_parse(in->ctx.zone, value, "at", &made, &in->error));
  base_buffer_fini(&packed);
  return made;
}

static void go(world *in, const char *instant) {
  in->ctx.now = at(in, instant);
  in->ctx.today = data_zone_date(in->ctx.zone, in->ctx.now);
}

static base_slice visit(world *in, const char *values) {
  return base_arena_slice(in->arena, world_create(in, "visit", world_value(in, "%s", values)));
}

static base_slice read_visit(world *in, int64_t id) {
  base_slice record;
  OK(in, model_record_get(&in->ctx, world_type(in, "visit"), id, &record));
  return record;
}

static base_code move(world *in, int64_t id, const char *to) {
  base_slice record;
  return model_states_move(&in->ctx, world_type(in, "visit"), id, text(""), text(to),
                           (base_slice){0}, 0, 0, &record);
}

/* --- timers as a server would fire them -------------------------------------------------------------- */

static size_t count_timers(world *in) {
  base_slice none = {0};
  base_slice key, value;
  size_t count = 0;
  store_cursor *cursor = store_cursor_open(in->ctx.set, STORE_TIMER, none, none, false);
  while (store_cursor_next(cursor, &key, &value)) count++;
  store_cursor_close(cursor);
  return count;
}

static const char *call_timer(world *in, const model_timer *timer) {
  const model_type *type = world_type(in, "visit");
  int64_t id = data_map_integer(timer->params, "id", 0);
  base_slice field = data_map_text(timer->params, "field");
  base_slice to = data_map_text(timer->params, "to");
  int64_t due = data_map_integer(timer->params, "due", 0);
  model_reason reason = MODEL_REASON_GONE;
  if (to.size > 0) {
    OK(in, model_states_delay(&in->ctx, type, id, field, to, due, &reason));
  } else {
    OK(in, model_states_step(&in->ctx, type, id, field, data_map_text(timer->params, "clock"), due,
                             &reason));
  }
  return model_reason_text(reason);
}

/* Fires what is due by then, each at its time unless the server was `down`; the last one's reason. */
static const char *advance(world *in, const char *until, bool down) {
  const char *reason = "";
  int64_t end = at(in, until);
  model_timer timer;
  if (down) go(in, until);
  while (model_timer_first(in->ctx.set, in->arena, &timer) && timer.due <= end) {
    if (timer.due > in->ctx.now) in->ctx.now = timer.due;
    in->ctx.today = data_zone_date(in->ctx.zone, in->ctx.now);
    in->ctx.cause = 1;
    OK(in, model_timer_delete(&in->ctx, timer.due, timer.op, timer.name));
    reason = call_timer(in, &timer);
    in->ctx.cause = 0;
  }
  go(in, until);
  return reason;
}

static int64_t first_due(world *in) {
  model_timer timer;
  assert_true(model_timer_first(in->ctx.set, in->arena, &timer));
  return timer.due;
}

/* --- transitions -------------------------------------------------------------------------------------- */

static void a_write_keeps_to_the_table(void **state) {
  world *in = *state;
  base_slice record;
  start(in, NULL);
  visit(in, "{}");
  REFUSED(in, BASE_TRANSITION_DENIED, "state", "pool to closed; it can go to: claimed, void",
          world_try_update(in, "visit", 1, world_value(in, "{state: 'closed'}"), &record));
  assert_slice(data_map_text(in->error.data, "from"), "pool");
  assert_slice(data_map_text(in->error.data, "to"), "closed");
  assert_slice(data_map_text(in->error.data, "reason"), "transition");
  assert_has(in, in->error.data, "{allowed: ['claimed', 'void']}");
  OK(in, move(in, 1, "claimed"));
  REFUSED(in, BASE_TRANSITION_DENIED, "state", "does not meet the condition",
          move(in, 1, "closed"));
  assert_slice(data_map_text(in->error.data, "reason"), "where");
  record = world_update(in, "visit", 1, world_value(in, "{state: 'closed', satisfied: true}"));
  assert_has(in, record, "{state: 'closed'}");
}

static base_code close_case(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  base_slice record;
  (void)self;
  return model_states_move(ctx, change->type, change->id, text("state"), text("void"),
                           (base_slice){0}, 0, MODEL_TRUSTED, &record);
}

static void certain_people_may_and_what_follows_is_not_asked(void **state) {
  world *in = *state;
  model_rule rules[] = {{.name = "ends",
                         .type = "visit",
                         .events = MODEL_UPDATE,
                         .where = world_value(in, "{severity: 'ended', state: 'claimed'}"),
                         .run = close_case},
                        {.name = NULL}};
  start(in, rules);
  visit(in, "{}");
  visit(in, "{}");
  OK(in, move(in, 1, "claimed"));
  OK(in, move(in, 2, "claimed"));
  in->ctx.actor.name = text("周强");
  REFUSED(in, BASE_TRANSITION_DENIED, "state", "you may not", move(in, 1, "void"));
  assert_slice(data_map_text(in->error.data, "reason"), "who");
  assert_has(in, world_update(in, "visit", 1, world_value(in, "{severity: 'ended'}")),
             "{state: 'void'}");
  in->ctx.actor.name = text("王总");
  OK(in, move(in, 2, "void"));
}

static void the_second_to_claim_comes_too_late(void **state) {
  world *in = *state;
  base_slice record;
  start(in, NULL);
  visit(in, "{}");
  OK(in, move(in, 1, "claimed"));
  assert_has(in, read_visit(in, 1), "{owner: '李静', state: 'claimed'}");
  in->ctx.actor.name = text("周强");
  REFUSED(in, BASE_ALREADY_CLAIMED, "owner", "李静", move(in, 1, "claimed"));
  assert_has(in, in->error.data, "{by: '李静'}");
  REFUSED(in, BASE_ALREADY_CLAIMED, "owner", "李静",
          world_try_update(in, "visit", 1, world_value(in, "{state: 'claimed', owner: '周强'}"),
                           &record));
  assert_has(in, read_visit(in, 1), "{owner: '李静', version: 2}");
}

/* --- delays ------------------------------------------------------------------------------------------- */

static void a_delay_is_a_row_while_its_state_and_condition_hold(void **state) {
  world *in = *state;
  base_slice record;
  start(in, NULL);
  visit(in, "{}");
  assert_int_equal(count_timers(in), 0);
  world_update(in, "visit", 1, world_value(in, "{sold_on: '2026-03-10'}"));
  assert_true(first_due(in) == at(in, "2026-03-12T09:00:00+08:00"));
  world_update(in, "visit", 1, world_value(in, "{sold_on: '2026-03-11'}"));
  assert_int_equal(count_timers(in), 1);
  assert_true(first_due(in) == at(in, "2026-03-13T09:00:00+08:00"));
  OK(in, model_record_delete(&in->ctx, world_type(in, "visit"), 1, 0, &record));
  assert_int_equal(count_timers(in), 0);
  OK(in, model_record_restore(&in->ctx, world_type(in, "visit"), 1, 0, &record));
  assert_int_equal(count_timers(in), 1);
  OK(in, move(in, 1, "claimed"));
  assert_true(first_due(in) == at(in, "2026-03-22"));
  world_update(in, "visit", 1, world_value(in, "{satisfied: false}"));
  assert_int_equal(count_timers(in), 0);
  world_update(in, "visit", 1, world_value(in, "{satisfied: nil}"));
  assert_string_equal(advance(in, "2026-03-22", false), "holds");
  assert_has(in, read_visit(in, 1), "{state: 'pool'}");
}

static void what_the_record_no_longer_says_does_not_happen(void **state) {
  world *in = *state;
  const model_type *type;
  model_reason reason;
  start(in, NULL);
  type = world_type(in, "visit");
  visit(in, "{sold_on: '2026-03-10'}");
  int64_t due = first_due(in);
  OK(in, model_states_delay(&in->ctx, type, 1, text("state"), text("void"), due + 1, &reason));
  assert_int_equal(reason, MODEL_REASON_GONE);
  OK(in, model_states_delay(&in->ctx, type, 2, text("state"), text("void"), due, &reason));
  assert_int_equal(reason, MODEL_REASON_GONE);
  OK(in, model_states_delay(&in->ctx, type, 1, text("status"), text("void"), due, &reason));
  assert_int_equal(reason, MODEL_REASON_GONE);
  assert_has(in, read_visit(in, 1), "{state: 'pool', version: 1}");
}

static void nothing_ends_outside_its_hours_or_when_it_was_missed(void **state) {
  world *in = *state;
  start(in, NULL);
  for (int64_t id = 1; id <= 3; id++) {
    visit(in, "{}");
    OK(in, move(in, id, "claimed"));
    OK(in, move(in, id, "waiting"));
  }
  assert_true(first_due(in) == at(in, "2026-03-08T09:00:00+08:00"));
  assert_string_equal(advance(in, "2026-03-08T10:00:00+08:00", true), "holds");
  visit(in, "{}");
  OK(in, move(in, 4, "claimed"));
  OK(in, move(in, 4, "waiting")); /* due at 22:00, moved on to 09:00 of the 9th */
  assert_string_equal(advance(in, "2026-03-09T10:00:00.001+08:00", true), "missed");
  assert_has(in, read_visit(in, 4), "{state: 'waiting'}");
}

static void what_comes_late_waits_for_its_hours(void **state) {
  world *in = *state;
  start(in, NULL);
  go(in, "2026-03-07T07:30:00+08:00");
  visit(in, "{}");
  OK(in, move(in, 1, "claimed"));
  OK(in, move(in, 1, "waiting"));
  assert_true(first_due(in) == at(in, "2026-03-07T19:30:00+08:00"));
  assert_string_equal(advance(in, "2026-03-07T20:10:00+08:00", true), "between");
  assert_true(first_due(in) == at(in, "2026-03-08T09:00:00+08:00"));
  assert_string_equal(advance(in, "2026-03-08T09:00:00+08:00", false), "holds");
  assert_has(in, read_visit(in, 1), "{state: 'closed'}");
}

static void enough_is_enough_for_a_day(void **state) {
  world *in = *state;
  static const data_field calls[] = {{.name = "visit", .kind = DATA_KIND_INTEGER}, {.name = NULL}};
  static const data_field *fields;
  in->error.language = BASE_EN;
  OK(in, data_field_read(
             world_value(in,
                         "{state: {kind: 'states', choices: ['idle', 'called'], transitions: {"
                         "idle: [{to: 'called', delay: {days: 1}, cap: {type: 'call', "
                         "by: 'visit', days: 7, most: 2}}]}}}"),
             in->arena, &fields, &in->error));
  model_type_definition types[] = {
      {.name = "visit", .fields = fields}, {.name = "call", .fields = calls}, {.name = NULL}};
  world_schema(in, types, NULL);
  world_write(in);
  visit(in, "{}");
  visit(in, "{}");
  for (int i = 0; i < 2; i++) world_create(in, "call", world_value(in, "{visit: 1}"));
  world_create(in, "call", world_value(in, "{visit: 2}"));
  assert_string_equal(advance(in, "2026-03-08T10:00:00+08:00", false), "holds");
  assert_has(in, read_visit(in, 2), "{state: 'called'}");
  assert_has(in, read_visit(in, 1), "{state: 'idle'}");
  assert_true(first_due(in) == at(in, "2026-03-09T10:00:00+08:00"));
  assert_string_equal(advance(in, "2026-03-13T10:00:00+08:00", false), "cap");
  assert_string_equal(advance(in, "2026-03-14T10:00:00+08:00", false), "holds");
  assert_has(in, read_visit(in, 1), "{state: 'called'}");
}

/* --- clocks ------------------------------------------------------------------------------------------- */

static void assert_due(world *in, int64_t id, const char *when) {
  assert_true(data_map_integer(read_visit(in, id), "due_at", 0) == at(in, when));
}

/* E-04: registered on a Friday; the day it is due ends with it. */
static void working_days_are_due_when_their_day_ends(void **state) {
  world *in = *state;
  start(in, NULL);
  go(in, "2026-03-13T10:00:00+08:00");
  visit(in, "{severity: 'simple'}");
  visit(in, "{severity: 'general'}");
  visit(in, "{severity: 'complex'}");
  assert_due(in, 1, "2026-03-17");
  assert_due(in, 2, "2026-03-19");
  advance(in, "2026-03-17T23:59:59+08:00", false);
  assert_has(in, read_visit(in, 1), "{pressed: 150}");
  assert_has(in, read_visit(in, 2), "{pressed: 50}");
  advance(in, "2026-03-24T12:00:00+08:00", false);
  assert_has(in, read_visit(in, 3), "{rounds: 2}");
  OK(in, move(in, 3, "claimed"));
  world_update(in, "visit", 3, world_value(in, "{state: 'closed', satisfied: true}"));
  advance(in, "2026-03-27", false);
  assert_has(in, read_visit(in, 3), "{rounds: 2}");
}

/* Another severity counts from when it was registered. */
static void another_span_counts_from_the_same_beginning(void **state) {
  world *in = *state;
  start(in, NULL);
  go(in, "2026-03-13T10:00:00+08:00");
  visit(in, "{severity: 'simple'}");
  go(in, "2026-03-16T10:00:00+08:00");
  world_update(in, "visit", 1, world_value(in, "{severity: 'general'}"));
  assert_due(in, 1, "2026-03-19");
  world_update(in, "visit", 1, world_value(in, "{severity: 'complex'}"));
  assert_due(in, 1, "1970-01-01T00:00:00Z"); /* no span holds: it shows nothing */
  world_update(in, "visit", 1, world_value(in, "{severity: 'simple'}"));
  OK(in, move(in, 1, "claimed"));
  assert_true(data_map_integer(read_visit(in, 1), "due_at", 0) != 0);
  world_update(in, "visit", 1, world_value(in, "{state: 'closed', satisfied: true}"));
  assert_due(in, 1, "1970-01-01T00:00:00Z");
}

static void a_clock_that_stood_goes_on_with_what_is_left(void **state) {
  world *in = *state;
  start(in, NULL);
  go(in, "2026-03-12T18:00:00+08:00");
  visit(in, "{severity: 'general'}");
  OK(in, move(in, 1, "claimed"));
  assert_due(in, 1, "2026-03-18");
  go(in, "2026-03-13T18:00:00+08:00"); /* one of three days passed */
  OK(in, move(in, 1, "waiting"));
  assert_int_equal(data_map_integer(read_visit(in, 1), "due_at", 0), 0);
  go(in, "2026-03-15T10:00:00+08:00");
  OK(in, move(in, 1, "claimed"));
  assert_due(in, 1, "2026-03-18");
  OK(in, move(in, 1, "waiting"));
  go(in, "2026-03-18T09:00:00+08:00");
  OK(in, move(in, 1, "claimed"));
  assert_due(in, 1, "2026-03-20");
  advance(in, "2026-03-18T13:30:00+08:00", false); /* half of 22.5 hours is 11.25 */
  assert_has(in, read_visit(in, 1), "{state: 'claimed'}");
  assert_int_equal(data_map_integer(read_visit(in, 1), "pressed", 0), 0);
  advance(in, "2026-03-18T15:00:00+08:00", false);
  assert_has(in, read_visit(in, 1), "{pressed: 50}");
}

static void each_policy_says_what_becomes_of_what_was_missed(void **state) {
  world *in = *state;
  start(in, NULL);
  go(in, "2026-03-02T10:00:00+08:00");
  visit(in, "{severity: 'complex'}");
  visit(in, "{severity: 'daily'}");
  visit(in, "{severity: 'hourly'}");
  advance(in, "2026-03-02T12:00:00+08:00", false);
  assert_has(in, read_visit(in, 3), "{hours: 1, version: 2}");
  advance(in, "2026-03-12T11:00:00+08:00", true);
  advance(in, "2026-03-12T11:00:02+08:00", false); /* one behind the other, not at once */
  assert_has(in, read_visit(in, 1), "{rounds: 2, version: 3}");
  assert_has(in, read_visit(in, 2), "{days: 10, version: 2}");
  assert_has(in, read_visit(in, 3), "{hours: 1}");
  assert_true(first_due(in) == at(in, "2026-03-12T12:00:00+08:00"));
  advance(in, "2026-03-12T14:00:00+08:00", false);
  assert_has(in, read_visit(in, 3), "{hours: 3}");
}

/* --- rules behind the change ---------------------------------------------------------------------------- */

static base_code set_owner(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  base_buffer values = {0};
  base_slice record;
  int64_t hours = data_map_integer(change->after, "hours", 0);
  (void)self;
  data_append_map(&values, 1);
  data_append_pair_integer(&values, "hours", hours + 1);
  base_slice patch = model_ctx_take(ctx, &values);
  return model_record_update(ctx, change->type, change->id, patch, 0, MODEL_TRUSTED, &record);
}

static void what_follows_is_written_with_the_change_and_runs_once(void **state) {
  world *in = *state;
  static const char *const owner_only[] = {"owner", NULL};
  model_rule rules[] = {{.name = "tell",
                         .package = "desk",
                         .type = "visit",
                         .moment = MODEL_AFTER,
                         .events = MODEL_CREATE | MODEL_UPDATE,
                         .fields = owner_only,
                         .was = world_value(in, "{owner: nil}"),
                         .run = set_owner},
                        {.name = NULL}};
  model_timer timer;
  start(in, rules);
  visit(in, "{}");
  assert_int_equal(count_timers(in), 0); /* there was none before */
  world_update(in, "visit", 1, world_value(in, "{owner: '李静'}"));
  assert_int_equal(count_timers(in), 1);
  assert_true(model_timer_first(in->ctx.set, in->arena, &timer));
  assert_slice(timer.op, MODEL_RULE_OP);
  assert_true(timer.due == in->ctx.now);
  OK(in, model_timer_delete(&in->ctx, timer.due, timer.op, timer.name));
  OK(in, model_rule_run_after(&in->ctx, timer.params));
  assert_has(in, read_visit(in, 1), "{hours: 1, owner: '李静'}");
  assert_int_equal(count_timers(in), 0);
  world_update(in, "visit", 1, world_value(in, "{owner: '周强'}"));
  assert_int_equal(count_timers(in), 0); /* it was not nil */
}

static void rules_that_wake_one_another_end_and_are_named(void **state) {
  world *in = *state;
  model_rule rules[] = {{.name = "again",
                         .package = "desk",
                         .type = "visit",
                         .moment = MODEL_AFTER,
                         .events = MODEL_UPDATE,
                         .run = set_owner},
                        {.name = NULL}};
  model_timer timer;
  base_code code = BASE_OK;
  size_t runs = 0;
  start(in, rules);
  visit(in, "{}");
  world_update(in, "visit", 1, world_value(in, "{owner: '李静'}"));
  while (code == BASE_OK && model_timer_first(in->ctx.set, in->arena, &timer)) {
    in->ctx.chain = (base_slice){0};
    base_error_clear(&in->error);
    OK(in, model_timer_delete(&in->ctx, timer.due, timer.op, timer.name));
    code = model_rule_run_after(&in->ctx, timer.params);
    runs++;
  }
  assert_int_equal(runs, MODEL_RULE_DEPTH);
  assert_int_equal(code, BASE_RULE_FAILED);
  assert_non_null(strstr(in->error.message, "desk.again ← desk.again"));
}

/* --- segments, and tables that are wrong ------------------------------------------------------------------ */

static void a_segment_is_a_where_with_a_name(void **state) {
  world *in = *state;
  int64_t count = 0;
  start(in, NULL);
  const model_type *type = world_type(in, "visit");
  visit(in, "{owner: '李静'}");
  visit(in, "{owner: '周强'}");
  OK(in, model_count(&in->ctx, type, world_value(in, "{segment: 'mine'}"), &count));
  assert_int_equal(count, 1);
  OK(in,
     model_count(&in->ctx, type, world_value(in, "{segment: ['mine', 'mine_closed']}"), &count));
  assert_int_equal(count, 0);
  REFUSED(in, BASE_INVALID_ARGUMENT, "segment", "has no segment yours",
          model_count(&in->ctx, type, world_value(in, "{segment: 'yours'}"), &count));
}

static void refuse_field(world *in, const char *field, const char *path, const char *says) {
  const data_field *fields;
  base_slice list = world_value(in, "{state: {kind: 'states', choices: ['a', 'b'], %s}}", field);
  in->error.language = BASE_EN;
  REFUSED(in, BASE_VALIDATION_FAILED, path, says,
          data_field_read(list, in->arena, &fields, &in->error));
}

static void tables_that_are_wrong_say_where(void **state) {
  world *in = *state;
  refuse_field(in, "transitions: {a: ['c']}", "state.transitions", "all of them in");
  refuse_field(in, "transitions: {a: [{to: 'a'}]}", "state.transitions", "each once");
  refuse_field(in, "transitions: {a: ['b', {to: 'b'}]}", "state.transitions", "each once");
  refuse_field(in, "transitions: {a: [{to: 'b', whom: {}}]}", "state.transitions.a[0].whom", "who");
  refuse_field(in, "transitions: {a: [{to: 'b', who: {}}]}", "state.transitions.a[0].who", "roles");
  refuse_field(in, "transitions: {a: [{to: 'b', delay: {days: 1, working_days: 1}}]}",
               "state.transitions.a[0].delay.working_days", "cannot be mixed");
  refuse_field(in, "transitions: {a: [{to: 'b', delay: {hours: 1, at: '09:00'}}]}",
               "state.transitions.a[0].delay.at", "goes with");
  refuse_field(in, "transitions: {a: [{to: 'b', delay: {days: 1, at: '24:01'}}]}",
               "state.transitions.a[0].delay.at", "09:00");
  refuse_field(in, "clocks: [{name: 'x', runs: ['c'], spans: [{days: 1}]}]", "state.clocks[0].runs",
               "choices");
  refuse_field(in, "clocks: [{name: 'x', runs: ['a'], spans: [{days: 0}]}]",
               "state.clocks[0].spans", "more than nothing");
  refuse_field(
      in, "clocks: [{name: 'x', runs: ['a'], spans: [{days: 1}], ladder: [80, 50], level: 'n'}]",
      "state.clocks[0].ladder", "ascending");
  refuse_field(in,
               "clocks: [{name: 'x', runs: ['a'], spans: [{days: 1}], ladder: [1001], level: 'n'}]",
               "state.clocks[0].ladder", "1000");
  refuse_field(in, "clocks: [{name: 'x', runs: ['a'], spans: [{days: 1}], ladder: [80]}]",
               "state.clocks[0].level", "level");
}

/* What is described reads back as the same. */
static void a_table_is_described_whole(void **state) {
  world *in = *state;
  const data_field *fields;
  const data_field *again;
  base_buffer first = {0};
  base_buffer second = {0};
  OK(in, data_field_read(world_value(in, visit_form), in->arena, &fields, &in->error));
  data_field_append(fields, &first);
  OK(in, data_field_read(base_buffer_slice(&first), in->arena, &again, &in->error));
  data_field_append(again, &second);
  assert_true(base_slice_equal(base_buffer_slice(&first), base_buffer_slice(&second)));
  assert_true(first.size > 1000);
  base_buffer_fini(&first);
  base_buffer_fini(&second);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(a_write_keeps_to_the_table),
                                     TEST(certain_people_may_and_what_follows_is_not_asked),
                                     TEST(the_second_to_claim_comes_too_late),
                                     TEST(a_delay_is_a_row_while_its_state_and_condition_hold),
                                     TEST(what_the_record_no_longer_says_does_not_happen),
                                     TEST(nothing_ends_outside_its_hours_or_when_it_was_missed),
                                     TEST(what_comes_late_waits_for_its_hours),
                                     TEST(enough_is_enough_for_a_day),
                                     TEST(working_days_are_due_when_their_day_ends),
                                     TEST(another_span_counts_from_the_same_beginning),
                                     TEST(a_clock_that_stood_goes_on_with_what_is_left),
                                     TEST(each_policy_says_what_becomes_of_what_was_missed),
                                     TEST(what_follows_is_written_with_the_change_and_runs_once),
                                     TEST(rules_that_wake_one_another_end_and_are_named),
                                     TEST(a_segment_is_a_where_with_a_name),
                                     TEST(tables_that_are_wrong_say_where),
                                     TEST(a_table_is_described_whole)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
