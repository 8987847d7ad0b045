/* kind: metatables by the address of their kind. See kind.h. */
#include "script/kind.h"

void script_kind_init(lua_State *lua, const script_kind *kind) {
  lua_newtable(lua);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, kind);
  lua_pushstring(lua, kind->name);
  lua_setfield(lua, -2, "__name");
}

void *script_kind_push(lua_State *lua, const script_kind *kind, size_t size) {
  script_head *made = lua_newuserdatauv(lua, size, 0);
  made->kind = kind;
  (void)lua_rawgetp(lua, LUA_REGISTRYINDEX, kind);
  (void)lua_setmetatable(lua, -2);
  return made;
}

void *script_kind_check(lua_State *lua, int index, const script_kind *kind) {
  void *found = script_kind_test(lua, index, kind);
  if (found == NULL) (void)luaL_typeerror(lua, index, kind->name);
  return found;
}
