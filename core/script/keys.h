/* keys: the keys of a table in one order that is the same in every state and every run: booleans,
 * integers ascending, texts by bytes. Lua's own order depends on a random seed, and an op must do
 * the same thing each time it is run. Inside the room only.
 *
 * Memory:  texts are the table's: they live as long as nobody changes it. The array is the caller's
 *          or a Lua userdata on the stack.
 * Threads: as the state.
 * Fails:   raises for keys without an order (tables, functions, fractions). */
#pragma once

#include "script/state.h"

typedef struct script_key {
  int type; /* LUA_TBOOLEAN, LUA_TNUMBER, LUA_TSTRING */
  bool boolean;
  lua_Integer integer;
  base_slice text;
} script_key;

#define SCRIPT_KEYS_FEW 24

typedef struct script_keys {
  size_t count;
  script_key *all; /* points at few, or at a userdata that was left on the stack */
  script_key few[SCRIPT_KEYS_FEW];
} script_keys;

/* How many keys the table has; charges for the count. */
size_t script_keys_count(lua_State *lua, int index);

/* Reads and sorts the keys of the table at the index; pushes one value or nothing. */
void script_keys_read(lua_State *lua, int index, script_keys *keys);
void script_keys_push(lua_State *lua, const script_key *key);
int script_keys_compare(const void *a, const void *b);

/* The key at the index; raises when it has no order. */
script_key script_keys_check(lua_State *lua, int index);
