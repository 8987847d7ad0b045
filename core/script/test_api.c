/* test: what a test can do: the methods of t.
 *
 *   t:call(op, params) → result        t:as(user) → a t whose calls are the user's
 *   t:fails(code, op, params) → error  t:language(name) → a t that is answered in that language
 *   t:equal(got, wanted)               t:includes(got, part): only what part has must be equal
 *   t:advance(to): moves the clock     t:show(value): writes it into the report
 *   t:configure(values): other values of the package's configuration, until the test ends
 *
 * Memory:  results are made in the state's scratch.
 * Threads: one.
 * Fails:   raises with the line of test.lua. */
#include <stdio.h>

#include "script/difference.h"
#include "script/kind.h"
#include "script/script.h"
#include "script/test.h"
#include "script/value.h"

static const script_kind test_kind = {"t"};

/* Who calls, and the language of the answers. */
typedef struct caller {
  script_head head;
  base_language language;
  char user[128];
} caller;

static const caller *caller_of(lua_State *lua) {
  return script_kind_check(lua, 1, &test_kind);
}

static void push(lua_State *lua, const caller *with) {
  caller *made = script_kind_push(lua, &test_kind, sizeof *made);
  *made = *with;
  made->head.kind = &test_kind;
}

void script_test_push(lua_State *lua) {
  push(lua, &(caller){.language = BASE_ZH});
}

/* --- calls ----------------------------------------------------------------------------------------- */

/* The table at the index as msgpack; it lies in a text on the stack. */
static base_slice pack(lua_State *lua, int index, const char *what) {
  static const uint8_t empty_map[] = {0x80};
  script_state *state = script_state_of(lua);
  base_buffer_clear(&state->scratch);
  if (lua_isnoneornil(lua, index)) {
    base_buffer_append(&state->scratch, empty_map, sizeof empty_map);
  } else {
    script_value_append(lua, index, (script_hint){0}, what);
  }
  lua_pushlstring(lua, (const char *)state->scratch.data, state->scratch.size);
  base_slice kept = base_slice_make(lua_tostring(lua, -1), state->scratch.size);
  base_buffer_clear(&state->scratch);
  return kept;
}

/* Calls the op with the params at the index; the result is in the scratch. */
static base_code call_op(lua_State *lua, const char *op, int params, base_error *error) {
  script_state *state = script_state_of(lua);
  const api_test_host *host = script_test_of(lua)->host;
  const caller *with = caller_of(lua);
  *error = (base_error){.language = with->language};
  base_slice kept = pack(lua, params, "params");
  return host->call(host->self, base_slice_text(with->user), base_slice_text(op), kept,
                    &state->scratch, error);
}

static void push_answer(lua_State *lua) {
  script_value_push(lua, data_peek(base_buffer_slice(&script_state_of(lua)->scratch)));
}

/* "order.create failed with NOT_FOUND at lines[0].product: …" */
static int raise(lua_State *lua, const char *op, const char *instead, const base_error *error) {
  return luaL_error(lua, "%s%s failed with %s%s%s: %s", op, instead, base_code_name(error->code),
                    error->field[0] == '\0' ? "" : " at ", error->field, error->message);
}

static int call(lua_State *lua) {
  base_error error;
  const char *op = luaL_checkstring(lua, 2);
  if (call_op(lua, op, 3, &error) != BASE_OK) return raise(lua, op, "", &error);
  push_answer(lua);
  return 1;
}

static int advance(lua_State *lua) {
  base_error error;
  luaL_checkany(lua, 2);
  lua_newtable(lua);
  lua_pushvalue(lua, 2);
  lua_setfield(lua, -2, "to");
  if (call_op(lua, "clock.advance", lua_gettop(lua), &error) == BASE_OK) return 0;
  return raise(lua, "clock.advance", "", &error);
}

static int configure(lua_State *lua) {
  script_test *test = script_test_of(lua);
  base_error error = {.language = caller_of(lua)->language};
  luaL_checktype(lua, 2, LUA_TTABLE);
  base_slice values = pack(lua, 2, "values");
  test->configured = true;
  if (test->host->configure(test->host->self, values, &error) == BASE_OK) return 0;
  return raise(lua, "configure", "", &error);
}

static void set_text(lua_State *lua, const char *key, const char *text) {
  if (text[0] == '\0') return;
  lua_pushstring(lua, text);
  lua_setfield(lua, -2, key);
}

static int fails(lua_State *lua) {
  base_error error;
  const char *wanted = luaL_checkstring(lua, 2);
  const char *op = luaL_checkstring(lua, 3);
  if (call_op(lua, op, 4, &error) == BASE_OK) {
    return luaL_error(lua, "%s should have failed with %s, but succeeded", op, wanted);
  }
  if (strcmp(base_code_name(error.code), wanted) != 0) {
    return raise(lua, op, lua_pushfstring(lua, " should have failed with %s, but", wanted), &error);
  }
  lua_newtable(lua);
  set_text(lua, "code", base_code_name(error.code));
  set_text(lua, "message", error.message);
  set_text(lua, "field", error.field);
  return 1;
}

static int as_user(lua_State *lua) {
  caller with = *caller_of(lua);
  const char *user = luaL_checkstring(lua, 2);
  luaL_argcheck(lua, strlen(user) < sizeof with.user, 2, "the name is too long");
  (void)snprintf(with.user, sizeof with.user, "%s", user);
  push(lua, &with);
  return 1;
}

static int in_language(lua_State *lua) {
  static const char *const names[] = {"zh-CN", "en", NULL};
  caller with = *caller_of(lua);
  with.language = luaL_checkoption(lua, 2, NULL, names) == 0 ? BASE_ZH : BASE_EN;
  push(lua, &with);
  return 1;
}

/* --- comparing and showing --------------------------------------------------------------------------- */

/* The text of the differences is kept until the failure is reported; raising copies it. */
static int check(lua_State *lua, bool part) {
  base_buffer *text = &script_test_of(lua)->differences;
  (void)caller_of(lua);
  luaL_checkany(lua, 2);
  luaL_checkany(lua, 3);
  lua_settop(lua, 3);
  base_buffer_clear(text);
  size_t count = script_difference_append(lua, 2, 3, part, text);
  if (count == 0) return 0;
  luaL_where(lua, 1);
  lua_pushfstring(lua,
                  count == 1 ? "%d difference, - wanted, + got" : "%d differences, - wanted, + got",
                  (int)count);
  lua_pushlstring(lua, (const char *)text->data, text->size);
  lua_concat(lua, 3);
  return lua_error(lua);
}

static int equal(lua_State *lua) {
  return check(lua, false);
}

static int includes(lua_State *lua) {
  return check(lua, true);
}

static int show(lua_State *lua) {
  script_test *test = script_test_of(lua);
  (void)caller_of(lua);
  luaL_checkany(lua, 2);
  luaL_where(lua, 1);
  if (test->text.size > 0) base_buffer_byte(&test->text, '\n');
  base_buffer_text(&test->text, lua_tostring(lua, -1));
  script_difference_append_value(lua, 2, "", &test->text);
  return 0;
}

const luaL_Reg script_test_methods[] = {{"call", call},           {"fails", fails},
                                        {"as", as_user},          {"language", in_language},
                                        {"equal", equal},         {"includes", includes},
                                        {"advance", advance},     {"show", show},
                                        {"configure", configure}, {NULL, NULL}};

void script_test_init(lua_State *lua) {
  script_kind_init(lua, &test_kind);
  lua_newtable(lua);
  luaL_setfuncs(lua, script_test_methods, 0);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
}
