/* sugar: the chunk of sugar.lua in a state. See sugar.h. */
#include "script/sugar.h"

#include <string.h>

extern const unsigned char script_sugar_text[];

/* Its address is the key of the chunk's functions in the registry. */
static const char sugar_key;

/* Pushes the function of that name. */
static void push(lua_State *lua, const char *name) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &sugar_key) != LUA_TTABLE) {
    const char *text = (const char *)script_sugar_text;
    lua_pop(lua, 1);
    if (luaL_loadbufferx(lua, text, strlen(text), "=crm", "t") != LUA_OK) lua_error(lua);
    lua_call(lua, 0, 1);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &sugar_key);
  }
  lua_getfield(lua, -1, name);
  lua_remove(lua, -2);
}

static int expand(lua_State *lua, const char *name) {
  if (!script_state_of(lua)->loading) {
    return luaL_error(lua, "crm.%s belongs to the top of a file", name);
  }
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 1);
  push(lua, name);
  lua_insert(lua, 1);
  lua_call(lua, 1, 1);
  return 1;
}

int script_sugar_workflow(lua_State *lua) {
  return expand(lua, "workflow");
}

int script_sugar_cadence(lua_State *lua) {
  return expand(lua, "cadence");
}

void script_sugar_join(lua_State *lua, int manifest) {
  int table = lua_absindex(lua, manifest);
  if (lua_getfield(lua, table, "include") != LUA_TNIL) {
    push(lua, "join");
    lua_pushvalue(lua, table);
    lua_call(lua, 1, 0);
  }
  lua_pop(lua, 1);
}
