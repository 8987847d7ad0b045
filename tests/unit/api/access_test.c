/* access and session: who may call what, by which way. */
#include "shop.h"

static void each_flag_against_each_caller(void **state) {
  (void)state;
  static const model_actor actors[] = {
      {.name = {NULL, 0}},
      {.name = {(const uint8_t *)"赵敏", 6}},
      {.name = {(const uint8_t *)"李静", 6}, .staff = true},
      {.name = {(const uint8_t *)"王芳", 6}, .staff = true, .administrator = true},
  };
  /* Columns: stranger, no role, staff, administrator; a client, then a package. */
  static const struct {
    unsigned flags;
    base_code expected[2][4];
  } rows[] = {
      {0,
       {{BASE_UNAUTHENTICATED, BASE_PERMISSION_DENIED, BASE_OK, BASE_OK},
        {BASE_UNAUTHENTICATED, BASE_PERMISSION_DENIED, BASE_OK, BASE_OK}}},
      {API_WRITE,
       {{BASE_UNAUTHENTICATED, BASE_PERMISSION_DENIED, BASE_OK, BASE_OK},
        {BASE_UNAUTHENTICATED, BASE_PERMISSION_DENIED, BASE_OK, BASE_OK}}},
      {API_OPEN, {{BASE_OK, BASE_OK, BASE_OK, BASE_OK}, {BASE_OK, BASE_OK, BASE_OK, BASE_OK}}},
      {API_SESSION,
       {{BASE_UNAUTHENTICATED, BASE_OK, BASE_OK, BASE_OK},
        {BASE_UNAUTHENTICATED, BASE_OK, BASE_OK, BASE_OK}}},
      {API_ADMIN,
       {{BASE_UNAUTHENTICATED, BASE_PERMISSION_DENIED, BASE_PERMISSION_DENIED, BASE_OK},
        {BASE_UNAUTHENTICATED, BASE_PERMISSION_DENIED, BASE_PERMISSION_DENIED, BASE_OK}}},
      {API_ADMIN | API_SESSION,
       {{BASE_UNAUTHENTICATED, BASE_PERMISSION_DENIED, BASE_PERMISSION_DENIED, BASE_OK},
        {BASE_UNAUTHENTICATED, BASE_PERMISSION_DENIED, BASE_PERMISSION_DENIED, BASE_OK}}},
      {API_INTERNAL,
       {{BASE_UNAUTHENTICATED, BASE_UNKNOWN_METHOD, BASE_UNKNOWN_METHOD, BASE_UNKNOWN_METHOD},
        {BASE_OK, BASE_OK, BASE_OK, BASE_OK}}},
  };
  for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
    api_op op = {.name = "unit.hold", .flags = rows[row].flags};
    for (int caller = 0; caller < 2; caller++) {
      for (int actor = 0; actor < 4; actor++) {
        base_error error = {.language = BASE_ZH};
        base_code code = api_access_check(&actors[actor], &op, (api_caller)caller, &error);
        if (code == rows[row].expected[caller][actor]) continue;
        fail_msg("row %zu, caller %d, actor %d: %s", row, caller, actor, base_code_name(code));
      }
    }
  }
}

static base_slice roles(base_buffer *out, const char *first, const char *second) {
  base_buffer_clear(out);
  data_append_array(out, (size_t)(first != NULL) + (size_t)(second != NULL));
  if (first != NULL) data_append_text(out, first);
  if (second != NULL) data_append_text(out, second);
  return base_buffer_slice(out);
}

static void roles_make_the_actor(void **state) {
  (void)state;
  base_buffer out = {0};
  api_session session = {.language = BASE_EN, .error_map = true, .local = true, .client = "控制台"};
  api_session_login(&session, base_slice_text("李静"), roles(&out, "sales", NULL));
  assert_true(session.staff);
  assert_false(session.administrator);
  assert_text(api_session_actor(&session).name, "李静");
  api_session_login(&session, base_slice_text("王芳"), roles(&out, "staff", "administrator"));
  assert_true(session.administrator);
  api_session_login(&session, base_slice_text("赵敏"), roles(&out, NULL, NULL));
  assert_false(session.staff);
  assert_false(session.administrator);
  api_session_logout(&session);
  assert_int_equal(api_session_actor(&session).name.size, 0);
  assert_int_equal(session.language, BASE_EN);
  assert_true(session.error_map);
  assert_string_equal(session.client, "控制台");
  base_buffer_fini(&out);
}

/* A name that is cut could be another user's. */
static void a_name_too_long_is_nobody(void **state) {
  (void)state;
  base_buffer out = {0};
  char name[API_NAME_MAX + 1];
  api_session session = {.language = BASE_ZH};
  memset(name, 'a', sizeof name);
  api_session_login(&session, base_slice_make(name, API_NAME_MAX), roles(&out, "staff", NULL));
  assert_int_equal(api_session_actor(&session).name.size, API_NAME_MAX);
  api_session_login(&session, base_slice_make(name, sizeof name), roles(&out, "staff", NULL));
  assert_int_equal(api_session_actor(&session).name.size, 0);
  assert_false(session.staff);
  base_buffer_fini(&out);
}

static void strangers_learn_nothing(void **state) {
  shop *self = *state;
  static const char *const ops[] = {"customer.get", "customer.create", "customer.gett", "ring.note",
                                    "clock.set"};
  for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
    (void)shop_try_as(self, &self->stranger, ops[i], (base_slice){0});
    assert_int_equal(self->error.code, BASE_UNAUTHENTICATED);
  }
  base_slice pong = shop_try_as(self, &self->stranger, "server.ping", (base_slice){0});
  shop_check(self, self->error.code);
  assert_text(data_map_text(pong, "actor"), "");
}

static void internal_ops_are_for_packages(void **state) {
  shop *self = *state;
  base_slice note = shop_map(self, "t", "text", "七天后回访");
  shop_refused(self, BASE_UNKNOWN_METHOD, "ring.note", note);
  shop_refused(self, BASE_UNKNOWN_METHOD, "batch.run",
               shop_map(self, "tr", "op", "ring.note", "params", note));
  assert_int_equal(shop_count(self, "note"), 0);
  (void)shop_call(self, "agency.ring", note);
  assert_int_equal(shop_count(self, "note"), 1);
}

static void a_batch_hands_on_who_called_it(void **state) {
  shop *self = *state;
  base_slice to = shop_map(self, "i", "to", SHOP_NOW + SHOP_DAY);
  shop_refused(self, BASE_PERMISSION_DENIED, "clock.advance", to);
  shop_refused(self, BASE_PERMISSION_DENIED, "batch.run",
               shop_map(self, "tr", "op", "clock.advance", "params", to));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_flag_against_each_caller),
      cmocka_unit_test(roles_make_the_actor),
      cmocka_unit_test(a_name_too_long_is_nobody),
      cmocka_unit_test_setup_teardown(strangers_learn_nothing, shop_begin, shop_end),
      cmocka_unit_test_setup_teardown(internal_ops_are_for_packages, shop_begin, shop_end),
      cmocka_unit_test_setup_teardown(a_batch_hands_on_who_called_it, shop_begin, shop_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
