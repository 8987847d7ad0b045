/* keys: reading and sorting. See keys.h. */
#include "script/keys.h"

#include <stdlib.h>

script_key script_keys_check(lua_State *lua, int index) {
  script_key key = {.type = lua_type(lua, index)};
  size_t size = 0;
  int integral = 1;
  switch (key.type) {
    case LUA_TBOOLEAN:
      key.boolean = lua_toboolean(lua, index) != 0;
      return key;
    case LUA_TNUMBER:
      key.integer = lua_tointegerx(lua, index, &integral);
      break;
    case LUA_TSTRING:
      key.text.data = (const uint8_t *)lua_tolstring(lua, index, &size);
      key.text.size = size;
      return key;
    default:
      integral = 0;
  }
  if (!integral) {
    luaL_error(lua, "keys of a table must be texts, whole numbers or booleans, got a %s",
               luaL_typename(lua, index));
  }
  return key;
}

int script_keys_compare(const void *a, const void *b) {
  const script_key *x = a;
  const script_key *y = b;
  if (x->type != y->type) {
    /* LUA_TBOOLEAN < LUA_TNUMBER < LUA_TSTRING */
    return x->type < y->type ? -1 : 1;
  }
  if (x->type == LUA_TBOOLEAN) return (int)x->boolean - (int)y->boolean;
  if (x->type == LUA_TSTRING) return base_slice_compare(x->text, y->text);
  return x->integer < y->integer ? -1 : x->integer > y->integer;
}

size_t script_keys_count(lua_State *lua, int index) {
  int table = lua_absindex(lua, index);
  size_t count = 0;
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    count++;
    lua_pop(lua, 1);
  }
  script_state_charge(lua, count);
  return count;
}

/* Most tables have few keys: each is put in its place as it comes. False when there are more. */
static bool read_few(lua_State *lua, int table, script_keys *keys) {
  keys->all = keys->few;
  keys->count = 0;
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    lua_pop(lua, 1);
    if (keys->count == SCRIPT_KEYS_FEW) {
      lua_pop(lua, 1);
      return false;
    }
    script_key key = script_keys_check(lua, -1);
    size_t place = keys->count++;
    for (; place > 0 && script_keys_compare(&keys->few[place - 1], &key) > 0; place--) {
      keys->few[place] = keys->few[place - 1];
    }
    keys->few[place] = key;
  }
  script_state_charge(lua, keys->count);
  return true;
}

void script_keys_read(lua_State *lua, int index, script_keys *keys) {
  int table = lua_absindex(lua, index);
  luaL_checkstack(lua, 4, "too many nested tables");
  if (read_few(lua, table, keys)) return;
  keys->count = script_keys_count(lua, table);
  keys->all = lua_newuserdatauv(lua, keys->count * sizeof(script_key), 0);
  lua_pushnil(lua);
  for (size_t i = 0; lua_next(lua, table) != 0; i++) {
    lua_pop(lua, 1);
    keys->all[i] = script_keys_check(lua, -1);
  }
  qsort(keys->all, keys->count, sizeof(script_key), script_keys_compare);
}

void script_keys_push(lua_State *lua, const script_key *key) {
  if (key->type == LUA_TBOOLEAN) {
    lua_pushboolean(lua, key->boolean);
  } else if (key->type == LUA_TNUMBER) {
    lua_pushinteger(lua, key->integer);
  } else {
    lua_pushlstring(lua, (const char *)key->text.data, key->text.size);
  }
}
