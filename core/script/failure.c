/* failure: raising, reading and reporting. See failure.h. */
#include "script/failure.h"

#include "script/kind.h"
#include "script/package.h"

static const script_kind failure_kind = {"failure"};

typedef struct failure {
  script_head head;
  base_error error;
} failure;

/* "health_product/init.lua:12: …" as far as the line; what does not begin so has no place. */
static void set_place(base_error *error, const char *text) {
  const char *line = strstr(text, ".lua:");
  if (line == NULL) return;
  line += strlen(".lua:");
  size_t size = (size_t)(line - text) + strspn(line, "0123456789");
  if (text[size] != ':' || size >= sizeof error->place) return;
  memcpy(error->place, text, size);
  error->place[size] = '\0';
}

int script_failure_raise_error(lua_State *lua, const base_error *error) {
  script_state *state = script_state_of(lua);
  if (error->code == BASE_BUDGET_EXCEEDED && state->budget != NULL) {
    script_budget_note(state->budget, state);
  }
  failure *raised = script_kind_push(lua, &failure_kind, sizeof *raised);
  base_error *kept = &raised->error;
  *kept = *error;
  if (kept->place[0] == '\0') {
    luaL_where(lua, 1);
    set_place(kept, lua_tostring(lua, -1));
    lua_pop(lua, 1);
  }
  return lua_error(lua);
}

int script_failure_raise(lua_State *lua) {
  return script_failure_raise_error(lua, script_state_of(lua)->ctx->error);
}

const base_error *script_failure_read(lua_State *lua, int index) {
  const failure *found = script_kind_test(lua, index, &failure_kind);
  return found == NULL ? NULL : &found->error;
}

void script_failure_push_text(lua_State *lua, const base_error *error) {
  lua_pushfstring(lua, "%s: %s", base_code_name(error->code), error->message);
}

static int read_part(lua_State *lua) {
  const failure *found = script_kind_check(lua, 1, &failure_kind);
  const base_error *error = &found->error;
  const char *key = luaL_checkstring(lua, 2);
  if (strcmp(key, "code") == 0) {
    lua_pushstring(lua, base_code_name(error->code));
  } else if (strcmp(key, "message") == 0) {
    lua_pushstring(lua, error->message);
  } else if (strcmp(key, "field") == 0 && error->field[0] != '\0') {
    lua_pushstring(lua, error->field);
  } else {
    lua_pushnil(lua);
  }
  return 1;
}

void script_failure_init(lua_State *lua) {
  script_kind_init(lua, &failure_kind);
  lua_pushcfunction(lua, read_part);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
}

static void replace_broken(char *text) {
  base_slice whole = base_slice_text(text);
  if (data_text_valid(whole)) return;
  for (size_t i = 0; i < whole.size; i++) {
    if ((unsigned char)text[i] >= 0x80) text[i] = '?';
  }
}

base_code script_failure_set(base_error *error, base_code code, const char *field,
                             const char *text) {
  (void)base_error_set(error, code, field, "%s", "%s", text);
  if (code == BASE_SCRIPT_ERROR) set_place(error, error->message);
  replace_broken(error->message);
  replace_broken(error->field);
  return code;
}

int script_failure_explain(lua_State *lua) {
  if (lua_type(lua, 1) == LUA_TSTRING || script_failure_read(lua, 1) != NULL) return 1;
  luaL_where(lua, 1);
  lua_pushfstring(lua, "%serror was called with a %s; give it a text, or use ctx:fail",
                  lua_tostring(lua, -1), luaL_typename(lua, 1));
  return 1;
}

/* Texts of Lua begin with "health_product/init.lua:12: "; those that do not say at least whose they
 * are. */
static base_code report_text(const script_state *state, const char *text, base_error *error) {
  char named[sizeof error->message];
  const char *name = state->package->name;
  size_t size = strlen(name);
  if (strncmp(text, name, size) == 0 && text[size] == '/') {
    return script_failure_set(error, BASE_SCRIPT_ERROR, NULL, text);
  }
  (void)snprintf(named, sizeof named, "%s: %s", name, text);
  return script_failure_set(error, BASE_SCRIPT_ERROR, NULL, named);
}

base_code script_failure_report(script_state *state, base_error *error) {
  const base_error *failed = script_failure_read(state->lua, -1);
  if (failed != NULL) {
    if (failed != error) *error = *failed;
    return error->code;
  }
  const char *text = lua_tostring(state->lua, -1);
  return report_text(state, text == NULL ? "an error without a text" : text, error);
}
