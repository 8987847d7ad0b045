/* kind: what a userdata is, told by its first word. Every userdata that scripts can get hold of is made
 * here, and scripts can make none, so that asking costs a comparison.
 *
 * Memory:  the state's; kinds are static.
 * Threads: as the state.
 * Fails:   check raises. */
#pragma once

#include <lauxlib.h>

typedef struct script_kind {
  const char *name; /* for error messages */
} script_kind;

/* Begins every userdata. */
typedef struct script_head {
  const script_kind *kind;
} script_head;

/* Makes the kind's metatable, and leaves it on the top to be filled. */
void script_kind_init(lua_State *lua, const script_kind *kind);

/* Pushes a userdata that begins with a head, and returns it to be filled behind that. */
void *script_kind_push(lua_State *lua, const script_kind *kind, size_t size);

/* The userdata at the index; NULL when it is none, or of another kind. */
static inline void *script_kind_test(lua_State *lua, int index, const script_kind *kind) {
  if (lua_type(lua, index) != LUA_TUSERDATA) return NULL;
  script_head *head = lua_touserdata(lua, index);
  return head->kind == kind ? head : NULL;
}

/* Raises, naming the kind, when it is another one. */
void *script_kind_check(lua_State *lua, int index, const script_kind *kind);
