/* crm: the table `crm`, the one name a package begins with.
 *
 * Memory:  the state's.  Threads: as the state.  Fails: raises. */
#include "script/date.h"
#include "script/globals.h"
#include "script/loading.h"
#include "script/sugar.h"
#include "script/test.h"
#include "script/value.h"

/* crm.list{…}: the same table, which is now a list even when it is empty. */
static int list(lua_State *lua) {
  if (lua_isnone(lua, 1)) lua_newtable(lua);
  script_value_check_table(lua, 1);
  lua_settop(lua, 1);
  script_value_mark_list(lua, 1);
  return 1;
}

void script_crm_push(lua_State *lua, bool test) {
  static const luaL_Reg own[] = {{"list", list},
                                 {"package", script_loading_package},
                                 {"require", script_loading_require},
                                 {"workflow", script_sugar_workflow},
                                 {"cadence", script_sugar_cadence},
                                 {NULL, NULL}};
  lua_newtable(lua);
  luaL_setfuncs(lua, own, 0);
  if (test) {
    lua_pushcfunction(lua, script_test_register);
    lua_setfield(lua, -2, "test");
    lua_pushcfunction(lua, script_test_on);
    lua_setfield(lua, -2, "test_on");
  }
  script_value_push_null(lua);
  lua_setfield(lua, -2, "null");
  script_date_push(lua);
  lua_setfield(lua, -2, "date");
  script_globals_seal(lua, "crm");
}
