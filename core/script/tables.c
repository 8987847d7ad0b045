/* tables: the table `table`, with bounds and a budget. Sorting is stable and asks nothing of
 * chance: stock table.sort picks its pivots by the clock.
 *
 * Memory:  the state's.  Threads: as the state.  Fails: raises. */
#include "script/globals.h"
#include "script/value.h"

#define UNPACK_MAX 200

static lua_Integer length_of(lua_State *lua) {
  script_value_check_table(lua, 1);
  return (lua_Integer)lua_rawlen(lua, 1);
}

/* table.insert(list, value) or table.insert(list, place, value) */
static int insert(lua_State *lua) {
  lua_Integer place = length_of(lua) + 1;
  if (lua_gettop(lua) == 3) {
    lua_Integer end = place;
    place = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, place >= 1 && place <= end, 2, "the place is outside the list");
    script_state_charge(lua, (size_t)(end - place));
    for (lua_Integer i = end; i > place; i--) {
      lua_rawgeti(lua, 1, i - 1);
      lua_rawseti(lua, 1, i);
    }
  } else if (lua_gettop(lua) != 2) {
    return luaL_error(lua, "table.insert takes a list, perhaps a place, and a value");
  }
  lua_rawseti(lua, 1, place);
  return 0;
}

/* table.remove(list, place?): the element that was there */
static int remove_one(lua_State *lua) {
  lua_Integer count = length_of(lua);
  lua_Integer place = luaL_optinteger(lua, 2, count);
  if (count == 0) {
    lua_pushnil(lua);
    return 1;
  }
  luaL_argcheck(lua, place >= 1 && place <= count, 2, "the place is outside the list");
  script_state_charge(lua, (size_t)(count - place));
  lua_rawgeti(lua, 1, place);
  for (lua_Integer i = place; i < count; i++) {
    lua_rawgeti(lua, 1, i + 1);
    lua_rawseti(lua, 1, i);
  }
  lua_pushnil(lua);
  lua_rawseti(lua, 1, count);
  return 1;
}

static size_t text_size(lua_State *lua, int index) {
  return lua_type(lua, index) == LUA_TSTRING ? (size_t)lua_rawlen(lua, index) : 0;
}

/* What the texts among the elements make; numbers are short. */
static size_t concat_size(lua_State *lua, size_t between, lua_Integer from, lua_Integer to) {
  size_t size = 0;
  for (lua_Integer i = from; i <= to; i++) {
    script_state_charge(lua, 1);
    lua_rawgeti(lua, 1, i);
    size += text_size(lua, -1) + between;
    lua_pop(lua, 1);
    script_state_check_size(lua, size);
  }
  return size;
}

/* table.concat(list, between?, from?, to?) */
static int concat(lua_State *lua) {
  size_t between_size = 0;
  lua_Integer count = length_of(lua);
  const char *between = luaL_optlstring(lua, 2, "", &between_size);
  lua_Integer from = luaL_optinteger(lua, 3, 1);
  lua_Integer to = luaL_optinteger(lua, 4, count);
  luaL_argcheck(lua, from >= 1 && to <= count, 3, "the range is outside the list");
  luaL_Buffer out;
  script_state_make_room(lua, concat_size(lua, between_size, from, to));
  luaL_buffinit(lua, &out);
  for (lua_Integer i = from; i <= to; i++) {
    script_state_charge(lua, 1);
    if (i > from) luaL_addlstring(&out, between, between_size);
    int type = lua_rawgeti(lua, 1, i);
    if (type != LUA_TSTRING && type != LUA_TNUMBER) {
      return luaL_error(lua, "table.concat: element %d is a %s", (int)i, lua_typename(lua, type));
    }
    luaL_addvalue(&out);
  }
  luaL_pushresult(&out);
  return 1;
}

/* table.unpack(list, from?, to?) */
static int unpack(lua_State *lua) {
  lua_Integer count = length_of(lua);
  lua_Integer from = luaL_optinteger(lua, 2, 1);
  lua_Integer to = luaL_optinteger(lua, 3, count);
  if (from > to) return 0;
  if (from < 1 || to > INT32_MAX || to - from >= UNPACK_MAX) {
    return luaL_error(lua, "table.unpack gives at most %d values", UNPACK_MAX);
  }
  luaL_checkstack(lua, UNPACK_MAX, "too many values");
  for (lua_Integer i = from; i <= to; i++) lua_rawgeti(lua, 1, i);
  return (int)(to - from + 1);
}

/* --- sort: merging runs of doubling length, between the list (1) and a second one (3) -------------- */

static bool goes_before(lua_State *lua, int a, int b) {
  script_state_charge(lua, 4 + text_size(lua, a) / 64 + text_size(lua, b) / 64);
  if (lua_isnil(lua, 2)) return lua_compare(lua, a, b, LUA_OPLT) != 0;
  lua_pushvalue(lua, 2);
  lua_pushvalue(lua, a < 0 ? a - 1 : a);
  lua_pushvalue(lua, b < 0 ? b - 2 : b);
  script_state_enter(lua);
  lua_call(lua, 2, 1);
  script_state_leave(lua);
  bool before = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  return before;
}

/* The right element goes first only when it is less: equal ones keep their order. */
static void merge(lua_State *lua, int from, int to, lua_Integer left, lua_Integer middle,
                  lua_Integer end) {
  lua_Integer i = left;
  lua_Integer j = middle;
  for (lua_Integer place = left; place < end; place++) {
    lua_rawgeti(lua, from, i);
    lua_rawgeti(lua, from, j);
    bool right = j < end && (i >= middle || goes_before(lua, -1, -2));
    if (!right) lua_pop(lua, 1);
    lua_rawseti(lua, to, place);
    lua_settop(lua, 3);
    if (right) {
      j++;
    } else {
      i++;
    }
  }
}

static lua_Integer least(lua_Integer a, lua_Integer b) {
  return a < b ? a : b;
}

/* table.sort(list, before?) */
static int sort(lua_State *lua) {
  lua_Integer count = length_of(lua);
  if (!lua_isnoneornil(lua, 2)) luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_settop(lua, 2);
  lua_createtable(lua, (int)least(count, INT32_MAX), 0);
  int from = 1;
  for (lua_Integer width = 1; width < count; width *= 2) {
    int to = 4 - from;
    script_state_charge(lua, (size_t)count);
    for (lua_Integer left = 1; left <= count; left += 2 * width) {
      merge(lua, from, to, left, least(left + width, count + 1),
            least(left + 2 * width, count + 1));
    }
    from = to;
  }
  for (lua_Integer i = 1; i <= count && from != 1; i++) {
    lua_rawgeti(lua, from, i);
    lua_rawseti(lua, 1, i);
  }
  return 0;
}

void script_tables_push(lua_State *lua) {
  static const luaL_Reg own[] = {{"concat", concat}, {"insert", insert}, {"remove", remove_one},
                                 {"sort", sort},     {"unpack", unpack}, {NULL, NULL}};
  lua_newtable(lua);
  luaL_setfuncs(lua, own, 0);
  script_globals_seal(lua, "table");
}
